using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using ContractVm.Gas;
using ContractVm.TestSupport;
using ContractVm.Text;
using Xunit;

namespace ContractVm.Tests;

/// <summary>The interface for embedders: linking, typed calls, host functions, observers.</summary>
public class EmbeddingTests
{
    private static readonly Engine Engine = new(Profiles.Bare);

    internal static Module Load(string text) =>
        TextFormat.TryRead(Encoding.UTF8.GetBytes(text), new TextOptions(), out TextModule? module, out TextError? error)
            ? TestModules.Load(module.Bytes)
            : throw new InvalidOperationException($"{error}");

    [Fact]
    public void TheSampleRuns()
    {
        (int exitCode, string output, string error) = TestData.Run("dotnet", ["run", "-c", "Release", "--no-build", "--project", "samples/Embed"]);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("Success: 20! = 2432902008176640000", output, StringComparison.Ordinal);
        int lines = File.ReadAllLines(Path.Combine(TestData.ProjectRoot, "samples", "Embed", "Program.cs")).Length;
        Assert.InRange(lines, 1, 40);
    }

    [Fact]
    public void TypedCallsMoveEveryNumberType()
    {
        using Store store = Engine.NewStore();
        Meter meter = Engine.NewMeter(1UL << 40);
        Module module = Load("""
            (module
              (func (export "i") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
              (func (export "l") (param i64) (result i64) (i64.mul (local.get 0) (i64.const -3)))
              (func (export "f") (param f32 f64) (result f64) (f64.add (f64.promote_f32 (local.get 0)) (local.get 1)))
              (func (export "v") (param v128 i32 v128) (result v128) (i64x2.add (local.get 0) (local.get 2)))
              (func (export "n")))
            """);
        new Linker(store).Instantiate(module, meter, out Instance? instance);
        Assert.Equal(ExecutionResult.Success, new TypedFunction<int, uint, int>(Function(instance!, "i")).Call(2, 5, meter, out int i));
        Assert.Equal(-3, i);
        new TypedFunction<ulong, long>(Function(instance!, "l")).Call(7, meter, out long l);
        Assert.Equal(-21, l);
        new TypedFunction<float, double, double>(Function(instance!, "f")).Call(0.5f, 0.25, meter, out double f);
        Assert.Equal(0.75, f);
        new TypedFunction<UInt128, int, UInt128, UInt128>(Function(instance!, "v")).Call(((UInt128)1 << 64) + 2, 9, ((UInt128)10 << 64) + 20, meter, out UInt128 v);
        Assert.Equal(((UInt128)11 << 64) + 22, v);
        Assert.Equal(ExecutionResult.Success, new TypedFunction<ValueTuple>(Function(instance!, "n")).Call(meter, out _));
        Assert.Throws<ArgumentException>(() => new TypedFunction<int, int>(Function(instance!, "i")));
        Assert.Throws<ArgumentException>(() => new TypedFunction<double, long>(Function(instance!, "l")));
    }

    [Fact]
    public void InstancesShareWhatTheyLink()
    {
        using Store store = Engine.NewStore();
        Linker linker = new(store);
        Meter meter = Engine.NewMeter(1UL << 40);
        linker.Instantiate(Load("""
            (module
              (memory (export "memory") 1 4) (global (export "count") (mut i64) (i64.const 5)) (table (export "table") 2 funcref)
              (tag (export "tag") (param i32))
              (func (export "grow") (result i32) (memory.grow (i32.const 1)))
              (func (export "throw") (param i32) (throw 0 (local.get 0)))
              (func $inc (export "inc") (global.set 0 (i64.add (global.get 0) (i64.const 1))))
              (elem (i32.const 0) func $inc))
            """), meter, out Instance? first);
        linker.Define("a", first!);
        linker.Instantiate(Load("""
            (module
              (import "a" "memory" (memory 1 4)) (import "a" "count" (global (mut i64))) (import "a" "table" (table 2 funcref))
              (import "a" "tag" (tag (param i32))) (import "a" "grow" (func $grow (result i32))) (import "a" "throw" (func $throw (param i32)))
              (func (export "run") (result i64)
                (drop (call $grow))
                (i64.store (i32.const 65536) (i64.const 77))
                (call_indirect (i32.const 0))
                (i64.add (global.get 0) (i64.load (i32.const 65536))))
              (func (export "catch") (result i32)
                (block $caught (result i32) (try_table (result i32) (catch 0 $caught) (call $throw (i32.const 42)) (i32.const 0)))))
            """), meter, out Instance? second);
        Assert.Equal(ExecutionResult.Success, new TypedFunction<long>(Function(second!, "run")).Call(meter, out long sum));
        Assert.Equal(83, sum);
        Assert.Equal(2, first!.Memory!.Pages);
        new TypedFunction<int>(Function(second!, "catch")).Call(meter, out int caught);
        Assert.Equal(42, caught);
        Assert.Throws<InstantiationException>(() => linker.Instantiate(Load("""(module (import "a" "memory" (memory 3)))"""), meter, out _));
        Assert.Throws<InstantiationException>(() => linker.Instantiate(Load("""(module (import "a" "nothing" (func)))"""), meter, out _));
    }

    [Theory]
    [InlineData("table", "(import \"a\" \"table\" (table 1 funcref))")]
    [InlineData("global", "(import \"a\" \"global\" (global funcref))")]
    [InlineData("memory", "(import \"a\" \"memory\" (memory 1))")]
    [InlineData("tag", "(import \"a\" \"tag\" (tag))")]
    [InlineData("run", "(import \"a\" \"run\" (func))")]
    public void NothingOfAnotherStoreIsLinked(string name, string import)
    {
        // Numbers of functions and tags mean something in their own store alone: elsewhere they would name other things.
        using Store store = Engine.NewStore(), other = Engine.NewStore();
        Meter meter = Engine.NewMeter(1UL << 40);
        new Linker(other).Instantiate(Load("""
            (module (table (export "table") 1 funcref (ref.func $run)) (global (export "global") funcref (ref.func $run))
              (memory (export "memory") 1) (tag (export "tag")) (func $run (export "run")))
            """), meter, out Instance? foreign);
        Linker linker = new Linker(store).Define("a", foreign!);
        Assert.Throws<InstantiationException>(() => linker.Instantiate(Load($"(module {import})"), meter, out _));
        Assert.Equal(ExecutionResult.Success, new Linker(other).Define("a", foreign!).Instantiate(Load($"(module {import})"), meter, out _));
        Assert.True(foreign!.TryGetExport(name, out _));
    }

    [Theory]
    [InlineData("(memory.fill (i64.const 0x100000000) (i32.const 1) (i64.const 1))")]
    [InlineData("(memory.fill (i64.const 0) (i32.const 1) (i64.const 0x100000001))")]
    [InlineData("(memory.copy (i64.const 0x100000000) (i64.const 0) (i64.const 1))")]
    [InlineData("(memory.init 0 (i64.const 0x100000000) (i32.const 0) (i32.const 1))")]
    public void BulkOperationsSeeAllBitsOfAnAddress(string operation)
    {
        using Store store = Engine.NewStore();
        Meter meter = Engine.NewMeter(ulong.MaxValue);
        new Linker(store).Instantiate(Load($"(module (memory i64 1) (data \"x\") (func (export \"run\") {operation}))"), meter, out Instance? instance);
        Assert.Equal(TrapKind.MemoryOutOfBounds, new TypedFunction<ValueTuple>(Function(instance!, "run")).Call(meter, out _).Trap);
    }

    [Fact]
    public unsafe void HostFunctionsMayBeStaticMethods()
    {
        FunctionType type = new([ContractVm.ValueType.I32], [ContractVm.ValueType.I32]);
        using Store store = Engine.NewStore();
        Meter meter = Engine.NewMeter(1UL << 40);
        Linker linker = new Linker(store).Define(new HostFunction("host", "double", type, &Double));
        linker.Instantiate(Load("""
            (module (import "host" "double" (func $d (param i32) (result i32)))
              (func (export "run") (param i32) (result i64) (i64.extend_i32_u (call $d (local.get 0)))))
            """), meter, out Instance? instance);
        new TypedFunction<int, long>(Function(instance!, "run")).Call(21, meter, out long result);
        // The host left garbage above the i32: it is cut off.
        Assert.Equal(42, result);
    }

    [Fact]
    public void AnObserverSeesEveryStepAndChangesNothing()
    {
        Module module = Load("""
            (module (import "host" "note" (func $note (param i32)))
              (memory 1)
              (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
              (func (export "run") (param i32) (result i32) (local $sum i32)
                (loop $next
                  (local.set $sum (i32.add (local.get $sum) (call $square (local.get 0))))
                  (i32.store offset=4 (local.get 0) (local.get $sum))
                  (call $note (local.get $sum))
                  (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (i32.load8_u (i32.const 5))))
            """);
        Recorder recorder = new();
        (ExecutionResult Result, int Value, ulong Ink) plain = Run(module, null), observed = Run(module, recorder);
        Assert.Equal(plain, observed);
        Assert.Equal(Outcome.Success, plain.Result.Outcome);
        Assert.Equal(6, recorder.Calls.Count);
        Assert.Equal(Enumerable.Repeat(2, 5).Prepend(1).Order(), recorder.Calls.Select(function => function == 1 ? 2 : 1).Order());
        Assert.Equal([25UL, 41, 50, 54, 55], recorder.Notes);
        // Address and displacement of each store, and the load at the end.
        Assert.Equal([(9UL, 4, true), (8, 4, true), (7, 4, true), (6, 4, true), (5, 4, true), (5, 1, false)], recorder.Accesses);
        int first = module.InstructionOffsets(1)[0];
        Assert.Equal((2, first), recorder.Steps[0]);
        Assert.Equal(recorder.Steps.Distinct().Count(), module.InstructionOffsets(0).Count + module.InstructionOffsets(1).Count);
        Assert.All(recorder.Steps, step => Assert.NotNull(module.InstructionAt(step.Offset)));
    }

    private static (ExecutionResult, int, ulong) Run(Module module, ExecutionObserver? observer)
    {
        using Store store = Engine.NewStore();
        Meter meter = Engine.NewMeter(1UL << 40);
        Linker linker = new Linker(store).Define("host", "note", new FunctionType([ContractVm.ValueType.I32], []), static (_, _) => HostStatus.Continue);
        linker.Instantiate(module, meter, out Instance? instance, observer: observer);
        ExecutionResult result = new TypedFunction<int, int>(Function(instance!, "run")).Call(5, meter, out int value);
        return (result, value, meter.InkLeft);
    }

    private static Function Function(Instance instance, string name) =>
        instance.TryGetFunction(name, out Function function) ? function : throw new InvalidOperationException($"no function {name}");

    private static HostStatus Double(HostCall call, Span<ulong> slots)
    {
        slots[0] = (0xFFUL << 32) | (slots[0] * 2);
        return HostStatus.Continue;
    }

    private sealed class Recorder : ExecutionObserver
    {
        public List<(int Function, int Offset)> Steps { get; } = [];
        public List<int> Calls { get; } = [];
        public List<ulong> Notes { get; } = [];
        public List<(ulong Address, int Size, bool IsWrite)> Accesses { get; } = [];

        public override void OnInstruction(Instance instance, int function, int offset, ReadOnlySpan<ulong> operands, ulong inkLeft) => Steps.Add((function, offset));
        public override void OnCall(Instance instance, int function) => Calls.Add(function);
        public override void OnMemoryAccess(Instance instance, int memory, ulong address, int size, bool isWrite) => Accesses.Add((address, size, isWrite));
        public override void OnHostCall(Instance instance, HostFunction function, ReadOnlySpan<ulong> arguments, ReadOnlySpan<ulong> results, HostStatus status) => Notes.Add(arguments[0]);
    }
}
