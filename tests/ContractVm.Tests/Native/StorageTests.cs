using System;
using System.IO;
using System.Linq;
using ContractVm.Gas;
using ContractVm.Native;
using ContractVm.Tests.Interpreter;
using Iced.Intel;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace ContractVm.Tests.Native;

/// <summary>What emitted code finds through its context, and that nothing is left of it afterwards.</summary>
[Collection(nameof(NativeCollection))]
public unsafe class StorageTests
{
    /// <summary>A function that pushes slots, calls a builtin and gives its first slot, or traps.</summary>
    private static Action<HandMade> CallsBuiltin(Builtin builtin, int offset, TrapKind kind, bool hasResult, params ulong[] constants) => made =>
    {
        // Parameters first, then the constants: pushed the last one first.
        foreach (ulong constant in constants.Reverse())
        {
            made.Code.mov(r11, constant);
            made.Code.push(r11);
        }

        made.Code.push(rdx);
        made.Code.push(rcx);
        made.Code.push(rax);
        made.CallBuiltin(builtin);
        made.Code.test(eax, eax);
        Label trapped = made.Code.CreateLabel();
        made.Code.jne(trapped);
        if (hasResult) made.Code.mov(rax, __qword_ptr[rsp]);
        made.Code.add(rsp, 8 * (3 + constants.Length));
        made.Code.ret();
        made.Here(trapped);
        made.Trap(offset, kind);
    };

    [Fact]
    public void BuiltinsDoWhatTheInterpreterDoes()
    {
        using CompiledModule compiled = HandMade.Load(
            """
            (module (memory 1 4) (memory 1) (table $t 4 20 funcref) (table $u 4 funcref)
              (type $f (func)) (type $g (func (param i32)))
              (data "abcdefgh") (elem func $a $b $a)
              (func $a (type $f) unreachable) (func $b (type $g) unreachable)
              (func (export "grow") (param i64 i64) (result i64) unreachable)
              (func (export "init") (param i64 i64 i64) unreachable)
              (func (export "copy") (param i64 i64 i64) unreachable)
              (func (export "fill") (param i64 i64 i64) unreachable)
              (func (export "drop") (param i64) unreachable)
              (func (export "tgrow") (param i64 i64 i64) (result i64) unreachable)
              (func (export "tfill") (param i64 i64 i64) unreachable)
              (func (export "tcopy") (param i64 i64 i64) unreachable)
              (func (export "tinit") (param i64 i64 i64) unreachable)
              (func (export "edrop") (param i64) unreachable)
              (func (export "broken") (param i64) unreachable))
            """,
            made => made.Code.ret(),
            made => made.Code.ret(),
            CallsBuiltin(Builtin.MemoryGrow, 1, TrapKind.Unreachable, true),
            CallsBuiltin(Builtin.MemoryInit, 2, TrapKind.MemoryOutOfBounds, false, 0, 0),
            CallsBuiltin(Builtin.MemoryCopy, 3, TrapKind.MemoryOutOfBounds, false, 1, 0),
            CallsBuiltin(Builtin.MemoryFill, 4, TrapKind.None, false, 0),
            CallsBuiltin(Builtin.DataDrop, 5, TrapKind.Unreachable, false),
            CallsBuiltin(Builtin.TableGrow, 6, TrapKind.Unreachable, true),
            CallsBuiltin(Builtin.TableFill, 7, TrapKind.TableOutOfBounds, false, 0),
            CallsBuiltin(Builtin.TableCopy, 8, TrapKind.TableOutOfBounds, false, 1, 0),
            CallsBuiltin(Builtin.TableInit, 9, TrapKind.None, false, 0, 0),
            CallsBuiltin(Builtin.ElementDrop, 10, TrapKind.Unreachable, false),
            CallsBuiltin((Builtin)999, 11, TrapKind.Unreachable, false));
        Instance instance = HandMade.Instantiate(compiled);
        ulong Value(string name, params ulong[] arguments) => HandMade.Run(instance, name, arguments).Values[0];
        void Does(string name, params ulong[] arguments) => Assert.Equal(ExecutionResult.Success, HandMade.Run(instance, name, arguments).Result);
        void Traps(TrapKind kind, int offset, string name, params ulong[] arguments)
        {
            ExecutionResult result = HandMade.Run(instance, name, arguments).Result;
            Assert.Equal((Outcome.Failure, kind, offset), (result.Outcome, result.Trap, result.TrapOffset));
        }

        Assert.Equal(1UL, Value("grow", 2, 0));
        Assert.Equal(ulong.MaxValue, Value("grow", 2, 0));
        Assert.Equal(3 * 65536UL, instance.Memory!.Descriptor[MemoryDescriptor.ByteLength / 8]);
        Does("init", 100, 2, 4);
        Does("copy", 7, 100, 4);
        Does("fill", 200, 0x1FF, 3);
        Assert.True(instance.Memories[1].TryGetSpan(7, 5, out Span<byte> copied) && copied.SequenceEqual("cdef\0"u8));
        Assert.True(instance.Memory.TryGetSpan(199, 5, out Span<byte> filled) && filled.SequenceEqual((byte[])[0, 255, 255, 255, 0]));
        Traps(TrapKind.MemoryOutOfBounds, 2, "init", 0, 6, 3);
        Traps(TrapKind.MemoryOutOfBounds, 3, "copy", 65530, 0, 8);
        Traps(TrapKind.MemoryOutOfBounds, 4, "fill", 3 * 65536, 0, 1);
        Does("drop", 0);
        Traps(TrapKind.MemoryOutOfBounds, 2, "init", 0, 0, 1);

        Assert.Equal(4UL, Value("tgrow", 1, 3, 0));
        Assert.Equal(ulong.MaxValue, Value("tgrow", 1, 14, 0));
        Assert.Equal([0UL, 0, 0, 0, 1, 1, 1], instance.Tables[0].Elements.ToArray());
        Does("tinit", 1, 0, 3);
        Does("tfill", 5, 2, 2);
        Does("tcopy", 0, 1, 3);
        Assert.Equal([0UL, 1, 2, 1, 1, 2, 2], instance.Tables[0].Elements.ToArray());
        Assert.Equal([1UL, 2, 1, 0], instance.Tables[1].Elements.ToArray());
        ulong* descriptor = (ulong*)InstanceContext.AddressOf(instance.TableArray[0].Pin(instance.Store.Native!), 0);
        Assert.Equal((7UL, 2UL), (descriptor[1], ((ulong*)descriptor[0])[6]));
        Traps(TrapKind.TableOutOfBounds, 7, "tfill", 6, 0, 2);
        Traps(TrapKind.TableOutOfBounds, 8, "tcopy", 2, 0, 3);
        Traps(TrapKind.TableOutOfBounds, 9, "tinit", 0, 1, 3);
        Does("edrop", 0);
        Traps(TrapKind.TableOutOfBounds, 9, "tinit", 0, 0, 1);
        // What a builtin throws is a node fault, and arrives as one.
        Assert.Throws<NodeFaultException>(() => HandMade.Run(instance, "broken", 0));
        Assert.Equal(3UL, Value("grow", 0, 0));
        instance.Store.Dispose();
    }

    [Fact]
    public void InstancesAreLinkedThroughTheirContexts()
    {
        using CompiledModule first = HandMade.Load(
            """
            (module (memory (export "m") 1) (table (export "t") 3 funcref) (global (export "g") (mut i64) (i64.const 40)) (global (export "v") v128 (v128.const i64x2 5 6))
              (elem (i32.const 1) $add) (func $add (export "add") (param i64) (result i64) unreachable))
            """,
            made =>
            {
                // Adds to its own global, at this instance's place, and gives the sum.
                made.Code.add(__qword_ptr[r15 + ContextLayout.Globals], rax);
                made.Code.mov(rax, __qword_ptr[r15 + ContextLayout.Globals]);
                made.Code.mov(__qword_ptr[rbx + 64], rax);
                made.Code.ret();
            });
        using CompiledModule second = HandMade.Load(
            """
            (module (import "a" "add" (func (param i64) (result i64))) (import "a" "t" (table 3 funcref)) (import "a" "g" (global (mut i64))) (import "a" "v" (global v128))
              (import "a" "m" (memory 1)) (import "e" "g" (global i32)) (global $own (export "own") i64 (i64.const 9)) (memory 1)
              (elem (i32.const 2) $call)
              (func $call (export "call") (param i64) (result i64) unreachable)
              (func (export "through") (param i64 i64) (result i64) unreachable)
              (func (export "read") (result i64 i64 i64 i64) unreachable))
            """,
            made =>
            {
                made.CallImport(0);
                made.Code.add(rax, __qword_ptr[r15 + ContextLayout.Globals + 8 * 4]);
                made.Code.ret();
            },
            made =>
            {
                // call_indirect of element rcx of table 0.
                made.Code.mov(r11, __qword_ptr[r15 + ContextLayout.Tables]);
                made.Code.mov(r11, __qword_ptr[r11]);
                made.Code.mov(r11, __qword_ptr[r11 + TableDescriptor.Elements]);
                made.Code.mov(r11, __qword_ptr[r11 + rcx * 8]);
                made.Code.shl(r11, FunctionDescriptor.SizeLog2);
                made.Code.add(r11, __qword_ptr[r15 + ContextLayout.Functions]);
                made.Code.push(r15);
                made.Code.push(rbx);
                made.Code.mov(r15, __qword_ptr[r11 + FunctionDescriptor.Context]);
                made.Code.mov(rbx, __qword_ptr[r15 + ContextLayout.MemoryBase]);
                made.Code.call(__qword_ptr[r11 + FunctionDescriptor.Code]);
                made.Code.pop(rbx);
                made.Code.pop(r15);
                made.Code.ret();
            },
            made =>
            {
                // The imported globals and the second memory's length.
                made.Code.mov(r11, __qword_ptr[r15 + ContextLayout.ImportedGlobals]);
                made.Code.mov(rax, __qword_ptr[r11]);
                made.Code.mov(rax, __qword_ptr[rax]);
                made.Code.mov(rcx, __qword_ptr[r11 + 8]);
                made.Code.mov(rcx, __qword_ptr[rcx + 8]);
                made.Code.mov(rdx, __qword_ptr[r11 + 16]);
                made.Code.mov(edx, __dword_ptr[rdx]);
                made.Code.mov(rsi, __qword_ptr[r15 + ContextLayout.Memories]);
                made.Code.mov(rsi, __qword_ptr[rsi + 8]);
                made.Code.mov(rsi, __qword_ptr[rsi + MemoryDescriptor.ByteLength]);
                made.Code.ret();
            });
        using Store store = new(1 << 20, EngineKind.Compiled);
        Instance a = HandMade.Instantiate(first, store);
        External Of(string name) => a.TryGetExport(name, out External external) ? external : throw new InvalidOperationException(name);
        Global given = new(new GlobalType(ContractVm.ValueType.I32, false), 0xAAAA_0000_0007);
        Instance b = HandMade.Instantiate(second, store, Of("add"), Of("t"), Of("g"), Of("v"), Of("m"), given);
        Assert.Equal(40UL + 2 + 9, HandMade.Run(b, "call", 2).Values[0]);
        Assert.Equal(43UL, HandMade.Run(b, "through", 1, 1).Values[0]);
        Assert.Equal(44UL + 9, HandMade.Run(b, "through", 1, 2).Values[0]);
        Assert.Equal((44UL, 44UL), (a.Globals[0], ((Global)Of("g")).Value));
        Assert.True(a.Memory!.TryGetSpan(64, 1, out Span<byte> stored) && stored[0] == 44);
        Assert.Equal([44UL, 6, 7, 65536], HandMade.Run(b, "read").Values);
        Assert.Equal(9UL, b.Globals[4]);
        // A function of another instance, as one's own import, and from outside.
        Assert.Equal(45UL, ((Function)Of("add")).Owner.Invoke(0, [1], new ulong[1], TextModules.NewMeter()).Outcome == Outcome.Success ? a.Globals[0] : 0);
    }

    [Fact]
    public void AMemoryThatIsTakenAgainIsEmpty()
    {
        foreach (int pages in (int[])[1, 2, 3, 40, 1])
        {
            for (int round = 0; round < 5; round++)
            {
                using LinearMemory memory = new(new MemoryType(new SizeLimits((ulong)pages, 100), false, false), 100);
                Assert.True(memory.TryGetSpan(0, (uint)memory.ByteLength, out Span<byte> span));
                Assert.Equal(-1, span.IndexOfAnyExcept((byte)0));
                span.Fill(0xEE);
                memory.Grow(7);
                Assert.True(memory.TryGetSpan((ulong)pages << 16, 7 << 16, out span));
                Assert.Equal(-1, span.IndexOfAnyExcept((byte)0));
                span.Fill(0xDD);
            }
        }
    }

    [Fact]
    public void AMemoryThatItsMakerDisposesOfFaults()
    {
        using CompiledModule compiled = HandMade.Load(
            "(module (import \"e\" \"m\" (memory 1)) (func (export \"load\") (param i32) (result i32) unreachable))",
            made =>
            {
                made.MayFault(3);
                made.Code.mov(eax, __dword_ptr[rbx + rax]);
                made.Code.ret();
            });
        LinearMemory memory = new(new MemoryType(new SizeLimits(1, 1), false, false), 1);
        Store store = new(1 << 20, EngineKind.Compiled);
        Instance instance = HandMade.Instantiate(compiled, store, memory);
        Assert.Equal(Outcome.Success, HandMade.Run(instance, "load", 5).Result.Outcome);
        memory.Dispose();
        Assert.Equal(TrapKind.MemoryOutOfBounds, HandMade.Run(instance, "load", 5).Result.Trap);
        store.Dispose();
    }

    [Fact]
    public void NothingIsLeftOfModulesAndStores()
    {
        static bool IsWritableCode(string mapping) =>
            mapping.Contains(" rwx", StringComparison.Ordinal)
            && Convert.ToUInt64(mapping[..mapping.IndexOf('-', StringComparison.Ordinal)], 16) - (ulong)CodeMemory.RangeStart < CodeMemory.RangeLength;
        int Mappings() => File.ReadLines("/proc/self/maps").Count();
        void Cycle(int rounds)
        {
            for (int i = 0; i < rounds; i++)
            {
                CompiledModule compiled = HandMade.Load(
                    $"(module (memory {1 + i % 3} 20) (func (export \"run\") (result i32) unreachable))",
                    made =>
                    {
                        for (int k = 0; k < i % 5 * 1000; k++) made.Code.nop();
                        made.Code.mov(eax, 77);
                        made.Code.ret();
                    });
                Instance instance = HandMade.Instantiate(compiled);
                // Unloaded with the last store that uses it, not before.
                if (i % 2 == 0) compiled.Dispose();
                Assert.Equal(77UL, HandMade.Run(instance, "run").Values[0]);
                instance.Store.Dispose();
                if (i % 50 == 0) Assert.DoesNotContain(File.ReadLines("/proc/self/maps"), IsWritableCode);
                if (i % 2 != 0) compiled.Dispose();
            }
        }

        Cycle(20);
        int before = Mappings();
        Cycle(200);
        // .NET itself maps something now and then.
        Assert.InRange(Mappings(), 0, before + 20);
    }

    [Fact]
    public void WhatIsForgottenIsCollected()
    {
        static WeakReference Forget()
        {
            CompiledModule compiled = HandMade.Load("(module (memory 1) (func (export \"run\") (result i32) unreachable))", made =>
            {
                made.Code.mov(eax, 78);
                made.Code.ret();
            });
            Assert.Equal(78UL, HandMade.Run(HandMade.Instantiate(compiled), "run").Values[0]);
            return new WeakReference(compiled);
        }

        WeakReference[] forgotten = [.. Enumerable.Range(0, 10).Select(_ => Forget())];
        for (int i = 0; i < 5; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.True(forgotten.Count(reference => reference.IsAlive) <= 1);
    }

    [Fact]
    public void AStoreIsNotDisposedOfUnderItsOwnCode()
    {
        CompiledModule compiled = HandMade.Load(
            "(module (import \"host\" \"f\" (func)) (func (export \"run\") unreachable))",
            made =>
            {
                made.CallImport(0);
                made.Code.ret();
            });
        Instance instance = HandMade.Instantiate(compiled, HandMade.Host("", "", (call, _) =>
        {
            Assert.Throws<InvalidOperationException>(call.Instance.Store.Dispose);
            return HostStatus.Continue;
        }));
        Assert.Equal(Outcome.Success, HandMade.Run(instance, "run").Result.Outcome);
        instance.Store.Dispose();
        compiled.Dispose();
    }

    [Fact]
    public void WhatIsNotCompiledYetIsCompiledForItsFirstInstance()
    {
        using Store store = new(1 << 20, EngineKind.Compiled);
        Module module = TextModules.Load("(module (func (export \"f\") (result i32) (i32.const 7)))");
        Assert.Null(CompiledModule.Of(module));
        Instance.Create(module, _ => null, null, out Instance? instance, store);
        Assert.NotNull(CompiledModule.Of(module));
        ulong[] results = new ulong[1];
        Assert.Equal(ExecutionResult.Success, instance!.Invoke(0, [], results, new Meter(1_000_000, 1_000)));
        Assert.Equal(7UL, results[0]);
    }

    [Fact]
    public void WhatTheCompilerDoesNotTakeIsRefusedWithTheReason()
    {
        using Store store = new(1 << 20, EngineKind.Compiled);
        // Values in number out of all proportion to the bytes.
        string types = string.Concat(Enumerable.Repeat(" i32", 100)), values = string.Concat(Enumerable.Repeat(" (i32.const 0)", 100)), calls = string.Concat(Enumerable.Repeat(" call $f", 1000));
        Module module = TextModules.Load($"(module (func $f (result{types}){values}) (func{calls} unreachable))");
        InstantiationException refused = Assert.Throws<InstantiationException>(() => Instance.Create(module, _ => null, null, out _, store));
        Assert.Contains("more values", refused.Message, StringComparison.Ordinal);
    }
}
