// UNSAFE. Invariant: the only pointers are addresses of static methods, which HostFunction takes.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using ContractVm;
using ContractVm.Compiler;
using ContractVm.Gas;
using ContractVm.Native;
using ContractVm.Text;

namespace Bench;

/// <summary>
/// What crossing a border costs, in nanoseconds: calls in and out of instances, making and dropping them, loading code, growing memory,
/// calls through tables, exceptions, objects. Medians over samples in turns between the engines; loops inside WebAssembly are measured less the empty loop.
/// </summary>
internal sealed class CallSpeed(Variant variant, Module module, Module large)
{
    private const int Settling = 10, Samples = 21, Pages = 1_000;
    private const uint Loops = 20_000;
    private readonly Variant _variant = variant;
    private readonly Module _small = module, _large = large;
    private readonly Store _store = variant.NewStore(module);
    private Instance? _instance;
    private CompiledCode? _code;

    private const string Text = """
        (module
          (import "m" "nothing" (func $nothing))
          (import "m" "sum" (func $sum (param i32 i64) (result i64)))
          (memory (export "memory") 1 1024)
          (table 4 funcref)
          (elem (i32.const 0) $one $two $one $two)
          (type $unary (func (param i32) (result i32)))
          (func (export "empty"))
          (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
          (func $one (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
          (func $two (param i32) (result i32) (i32.xor (local.get 0) (i32.const 2)))
          (func (export "loop") (param i32) (local i32)
            (loop (local.set 1 (i32.add (local.get 1) (i32.const 1)))
              (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "direct") (param i32) (local i32)
            (loop (local.set 1 (call $one (local.get 1)))
              (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "indirect") (param i32) (local i32)
            (loop (local.set 1 (call_indirect (type $unary) (local.get 1) (i32.and (local.get 0) (i32.const 3))))
              (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "nothing") (param i32)
            (loop (call $nothing) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "sum") (param i32) (local i64)
            (loop (local.set 1 (call $sum (local.get 0) (local.get 1)))
              (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "size") (param i32)
            (loop (drop (memory.grow (i32.const 0))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "grow") (param i32)
            (loop (drop (memory.grow (i32.const 1))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (tag $e (param i32))
          (func $throw (param i32) (result i32) (throw $e (local.get 0)))
          (func $deep (param i32 i32) (result i32)
            (if (result i32) (local.get 1) (then (i32.add (i32.const 1) (call $deep (local.get 0) (i32.sub (local.get 1) (i32.const 1))))) (else (throw $e (local.get 0)))))
          (func (export "throw") (param i32) (local i32)
            (loop (block $h (result i32) (try_table (catch $e $h) (throw $e (local.get 0))) (unreachable)) (local.set 1)
              (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "throw1") (param i32) (local i32)
            (loop (block $h (result i32) (try_table (result i32) (catch $e $h) (call $throw (local.get 0)))) (local.set 1)
              (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "throw16") (param i32) (local i32)
            (loop (block $h (result i32) (try_table (result i32) (catch $e $h) (call $deep (local.get 0) (i32.const 15)))) (local.set 1)
              (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "tried") (param i32) (local i32)
            (loop (block $h (result i32) (try_table (result i32) (catch $e $h) (call $one (local.get 1)))) (local.set 1)
              (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (type $cell (sub (struct (field (mut i32))))) (type $wide (sub final $cell (struct (field (mut i32)) (field i64)))) (type $words (array (mut i32)))
          (table $any 4 4 anyref (struct.new $wide (i32.const 1) (i64.const 2)))
          (func (export "new") (param i32) (local (ref null $cell))
            (loop (local.set 1 (struct.new $cell (local.get 0))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "array") (param i32) (local (ref null $words))
            (loop (local.set 1 (array.new_default $words (i32.const 16))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "field") (param i32) (local (ref null $cell)) (local.set 1 (struct.new $cell (i32.const 1)))
            (loop (struct.set $cell 0 (local.get 1) (i32.add (struct.get $cell 0 (local.get 1)) (i32.const 1))) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "element") (param i32) (local (ref null $words)) (local.set 1 (array.new_default $words (i32.const 16)))
            (loop (array.set $words (local.get 1) (i32.and (local.get 0) (i32.const 15)) (i32.add (array.get $words (local.get 1) (i32.and (local.get 0) (i32.const 7))) (i32.const 1)))
              (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "cast") (param i32) (local i32)
            (loop (local.set 1 (i32.add (local.get 1) (struct.get $cell 0 (ref.cast (ref $cell) (table.get $any (i32.and (local.get 0) (i32.const 3)))))))
              (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))
        """;

    /// <summary>Measures and prints the rows whose names contain a word.</summary>
    public static int Run(string word)
    {
        if (!TextFormat.TryRead(Encoding.UTF8.GetBytes(Text), new TextOptions(), out TextModule? text, out TextError? error)) throw new InvalidDataException(error.ToString());
        byte[] kernels = File.ReadAllBytes(Kernels.Module);
        List<CallSpeed> engines = [];
        foreach (Variant variant in (Variant[])[Variant.Compiled, Variant.Interpreter])
            if (variant.TryPrepare(text.Bytes, out Module module, out string? reason) & variant.TryPrepare(kernels, out Module large, out _)) engines.Add(new CallSpeed(variant, module, large));
            else Console.Error.WriteLine($"{variant.Name} is left out: {reason}");
        (string Name, Func<CallSpeed, double?> Measure)[] rows =
        [
            ("call of an empty function and back", static engine => engine.CallIn("empty", [], 0, 5_000)),
            ("call of a function of two numbers and back", static engine => engine.CallIn("add", [3, 4], 1, 5_000)),
            ("call inside a module", static engine => engine.InLoop("direct")),
            ("call_indirect", static engine => engine.InLoop("indirect")),
            ("host function that does nothing", static engine => engine.InLoop("nothing")),
            ("host function of two numbers", static engine => engine.InLoop("sum")),
            ("memory.grow by 0", static engine => engine.InLoop("size")),
            ("memory.grow by a page, of 1 000", static engine => engine.Grow()),
            ("call in a try_table that nothing is thrown to", static engine => engine.InLoop("tried")),
            ("throw, caught in the same function", static engine => engine.InLoop("throw")),
            ("throw, caught one frame above", static engine => engine.InLoop("throw1")),
            ("throw, caught 16 frames above", static engine => engine.InLoop("throw16")),
            ("struct.new of a field", static engine => engine.InLoop("new")),
            ("array.new_default of 16 words", static engine => engine.InLoop("array")),
            ("struct.get, add, struct.set of the same field", static engine => engine.InLoop("field")),
            ("array.get, add, array.set", static engine => engine.InLoop("element")),
            ("table.get, ref.cast to the type above, struct.get", static engine => engine.InLoop("cast")),
            ("store, instance, call, drop: 64 KiB of memory", static engine => engine.Instantiate(engine._small, "empty", [], 0, 100)),
            ("store, instance, call, drop: kernels, 512 KiB", static engine => engine.Instantiate(engine._large, "fib", [1], 1, 100)),
            ("the same, and loading the code of the kernels before", static engine => engine.LoadAndInstantiate(50)),
        ];
        rows = rows.Where(row => row.Name.Contains(word, StringComparison.Ordinal)).ToArray();
        // The first pass lets .NET's tiered compiler see everything before anything counts.
        Sample(engines, rows);
        Thread.Sleep(300);
        List<double>[][] samples = Sample(engines, rows);
        Console.WriteLine("Nanoseconds:\n");
        Console.WriteLine(Figures.Head(["what", .. engines.Select(static engine => engine._variant.Name)]));
        for (int row = 0; row < rows.Length; row++)
            Console.WriteLine(Figures.Row([rows[row].Name, .. samples[row].Select(Figures.Median).Select(static median => Figures.Fixed(median, median < 100 ? 1 : 0))]));
        return 0;
    }

    private static List<double>[][] Sample(List<CallSpeed> engines, (string Name, Func<CallSpeed, double?> Measure)[] rows)
    {
        List<double>[][] samples = rows.Select(_ => engines.Select(static _ => new List<double>()).ToArray()).ToArray();
        for (int row = 0; row < rows.Length; row++)
            for (int round = 0; round < Settling + Samples; round++)
                for (int engine = 0; engine < engines.Count; engine++)
                    if (rows[row].Measure(engines[engine]) is double time && round >= Settling) samples[row][engine].Add(time);
        return samples;
    }

    // One warm instance for all calls.
    private Instance Warm => _instance ??= Make(_small, _store);

    private static Instance Make(Module module, Store store)
    {
        Instance.Create(module, Resolve, null, out Instance? instance, store);
        return instance ?? throw new InvalidDataException("an instance cannot be made");
    }

    private static unsafe External? Resolve(Import import) => import.Name == "nothing"
        ? new HostFunction(import.Module, import.Name, new FunctionType([], []), &Nothing)
        : new HostFunction(import.Module, import.Name, new FunctionType([ContractVm.ValueType.I32, ContractVm.ValueType.I64], [ContractVm.ValueType.I64]), &Sum);

    private static HostStatus Nothing(HostCall call, Span<ulong> slots) => HostStatus.Continue;

    private static HostStatus Sum(HostCall call, Span<ulong> slots)
    {
        slots[0] += slots[1];
        return HostStatus.Continue;
    }

    private double? CallIn(string name, ulong[] arguments, int results, int calls)
    {
        _small.TryGetExport(name, out Export export);
        Instance instance = Warm;
        Meter meter = Variant.NewMeter(_small);
        Span<ulong> slots = stackalloc ulong[results];
        long from = Stopwatch.GetTimestamp();
        for (int call = 0; call < calls; call++) instance.Invoke(export.Index, arguments, slots, meter);
        return Stopwatch.GetElapsedTime(from).TotalNanoseconds / calls;
    }

    private double? InLoop(string name) => Math.Max(0, (Time(Warm, name, Loops) - Time(Warm, "loop", Loops)) / Loops);

    private double? Grow()
    {
        using Store store = _variant.NewStore(_small);
        return Time(Make(_small, store), "grow", Pages) / Pages;
    }

    private double Time(Instance instance, string name, uint argument)
    {
        _small.TryGetExport(name, out Export export);
        Meter meter = Variant.NewMeter(_small);
        long from = Stopwatch.GetTimestamp();
        ExecutionResult result = instance.Invoke(export.Index, [argument], [], meter);
        double elapsed = Stopwatch.GetElapsedTime(from).TotalNanoseconds;
        return result.Outcome == Outcome.Success ? elapsed : throw new InvalidDataException($"{name}: {result}");
    }

    private double? Instantiate(Module module, string name, ulong[] arguments, int results, int times)
    {
        long from = Stopwatch.GetTimestamp();
        for (int i = 0; i < times; i++) Once(module, name, arguments, results);
        return Stopwatch.GetElapsedTime(from).TotalNanoseconds / times;
    }

    private void Once(Module module, string name, ulong[] arguments, int results)
    {
        module.TryGetExport(name, out Export export);
        Meter meter = Variant.NewMeter(module);
        Span<ulong> slots = stackalloc ulong[results];
        using Store store = _variant.NewStore(module);
        ExecutionResult result = Make(module, store).Invoke(export.Index, arguments, slots, meter);
        if (result.Outcome != Outcome.Success) throw new InvalidDataException($"{name}: {result}");
    }

    // From what an artifact holds; reading the artifact itself would come first.
    private double? LoadAndInstantiate(int times)
    {
        if (_variant.Options is not CompilerOptions options) return null;
        _code ??= ModuleCompiler.TryCompile(_large, options, 1, out CompiledCode? code, out string? reason) ? code : throw new InvalidDataException(reason);
        CompiledModule.Of(_large)?.Dispose();
        long from = Stopwatch.GetTimestamp();
        for (int i = 0; i < times; i++)
        {
            if (!CompiledModule.TryLoad(_large, _code!, out CompiledModule? loaded) || !loaded!.TryAttach()) throw new InvalidDataException("the code cannot be loaded");
            Once(_large, "fib", [1], 1);
            loaded.Dispose();
        }

        double elapsed = Stopwatch.GetElapsedTime(from).TotalNanoseconds / times;
        // The other measurements find the module as it was.
        if (CompiledModule.TryLoad(_large, _code!, out CompiledModule? again)) again!.TryAttach();
        return elapsed;
    }
}
