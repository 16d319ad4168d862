using System;
using System.Linq;
using Xunit;

namespace ContractVm.Tests.Interpreter;

/// <summary>64-bit memories and tables, several memories, and what instances share.</summary>
public class MemoryTests
{
    private const string Wide = """
        (module
          (memory $m{0} i64 1 3)
          (data $d "abcd")
          (func (export "load") (param i64) (result i32) (i32.load8_u $m (local.get 0)))
          (func (export "load8") (param i64) (result i64) (i64.load $m (local.get 0)))
          (func (export "offset") (param i64) (result i32) (i32.load8_u $m offset=0xFFFFFFFF (local.get 0)))
          (func (export "far") (param i64) (result i32) (i32.load8_u $m offset=0xFFFFFFFFFFFFFFFF (local.get 0)))
          (func (export "store") (param i64) (i32.store8 $m (local.get 0) (i32.const 1)))
          (func (export "vector") (param i64) (result v128) (v128.load $m (local.get 0)))
          (func (export "grow") (param i64) (result i64) (memory.grow $m (local.get 0)))
          (func (export "size") (result i64) (memory.size $m))
          (func (export "fill") (param i64 i64) (memory.fill $m (local.get 0) (i32.const 9) (local.get 1)))
          (func (export "copy") (param i64 i64 i64) (memory.copy $m $m (local.get 0) (local.get 1) (local.get 2)))
          (func (export "init") (param i64) (memory.init $m $d (local.get 0) (i32.const 0) (i32.const 4))))
        """;

    // Memory 0 and others have code of their own.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AddressesOf64BitsAreNotCut(bool isSecond)
    {
        const ulong Over = 1UL << 32;
        using TextModules modules = new();
        Instance instance = modules.Add(Wide.Replace("(memory $m{0}", isSecond ? "(memory 1) (memory $m" : "(memory $m", StringComparison.Ordinal));
        LinearMemory memory = instance.Memories[isSecond ? 1 : 0];
        Assert.Equal(0UL, TextModules.Value(instance, "load", 65535));
        foreach (ulong address in new ulong[] { 65536, Over, Over + 4, Over << 8, 1UL << 63, ulong.MaxValue, ulong.MaxValue - 6 })
        {
            foreach (string name in new[] { "load", "store", "vector", "load8", "init" })
                Assert.Equal(TrapKind.MemoryOutOfBounds, TextModules.Trap(instance, name, address));
            Assert.Equal(TrapKind.MemoryOutOfBounds, TextModules.Trap(instance, "fill", address, 1));
            Assert.Equal(TrapKind.MemoryOutOfBounds, TextModules.Trap(instance, "copy", address, 0, 1));
            Assert.Equal(TrapKind.MemoryOutOfBounds, TextModules.Trap(instance, "copy", 0, address, 1));
        }

        // Lengths, whose prices saturate, must not be cut either.
        foreach (ulong length in new ulong[] { 65537, Over, Over + 1 })
        {
            Assert.Equal(TrapKind.MemoryOutOfBounds, TextModules.Trap(instance, "fill", 0, length));
            Assert.Equal(TrapKind.MemoryOutOfBounds, TextModules.Trap(instance, "copy", 0, 0, length));
        }

        // The sum of address and offset wraps to something small.
        Assert.Equal(TrapKind.MemoryOutOfBounds, TextModules.Trap(instance, "offset", ulong.MaxValue - 0xFFFF_FFFE));
        Assert.Equal(TrapKind.MemoryOutOfBounds, TextModules.Trap(instance, "far", 1));
        Assert.Equal(TrapKind.MemoryOutOfBounds, TextModules.Trap(instance, "far", 2));
        Assert.True(memory.TryGetSpan(0, 65536, out Span<byte> bytes));
        Assert.Equal(-1, bytes.IndexOfAnyExcept((byte)0));

        Assert.Equal(ulong.MaxValue, TextModules.Value(instance, "grow", 3));
        Assert.Equal(ulong.MaxValue, TextModules.Value(instance, "grow", Over));
        Assert.Equal(1UL, TextModules.Value(instance, "grow", 2));
        Assert.Equal((3UL, 3UL), (TextModules.Value(instance, "size"), TextModules.Value(instance, "grow", 0)));
        TextModules.Values(instance, "init", 65536 * 3 - 4);
        Assert.Equal((ulong)'d', TextModules.Value(instance, "load", 65536 * 3 - 1));
    }

    [Fact]
    public void IndicesOf64BitsAreNotCut()
    {
        const ulong Over = 1UL << 32;
        using TextModules modules = new();
        Instance instance = modules.Add("""
            (module
              (type $f (func (result i32)))
              (table $t i64 4 8 funcref) (elem $e func $one $one)
              (func $one (type $f) (i32.const 1))
              (func (export "get") (param i64) (result i32) (ref.is_null (table.get $t (local.get 0))))
              (func (export "set") (param i64) (table.set $t (local.get 0) (ref.null func)))
              (func (export "call") (param i64) (result i32) (call_indirect $t (type $f) (local.get 0)))
              (func (export "tail") (param i64) (result i32) (return_call_indirect $t (type $f) (local.get 0)))
              (func (export "fill") (param i64 i64) (table.fill $t (local.get 0) (ref.func $one) (local.get 1)))
              (func (export "copy") (param i64 i64 i64) (table.copy $t $t (local.get 0) (local.get 1) (local.get 2)))
              (func (export "init") (param i64) (table.init $t $e (local.get 0) (i32.const 0) (i32.const 2)))
              (func (export "grow") (param i64) (result i64) (table.grow $t (ref.null func) (local.get 0)))
              (func (export "size") (result i64) (table.size $t)))
            """);
        foreach (ulong index in new ulong[] { 4, Over, Over + 1, 1UL << 63, ulong.MaxValue })
        {
            foreach (string name in new[] { "get", "set", "init" }) Assert.Equal(TrapKind.TableOutOfBounds, TextModules.Trap(instance, name, index));
            foreach (string name in new[] { "call", "tail" }) Assert.Equal(TrapKind.UndefinedElement, TextModules.Trap(instance, name, index));
            Assert.Equal(TrapKind.TableOutOfBounds, TextModules.Trap(instance, "fill", index, 1));
            Assert.Equal(TrapKind.TableOutOfBounds, TextModules.Trap(instance, "copy", index, 0, 1));
            Assert.Equal(TrapKind.TableOutOfBounds, TextModules.Trap(instance, "copy", 0, index, 1));
        }

        Assert.Equal(TrapKind.TableOutOfBounds, TextModules.Trap(instance, "fill", 0, Over));
        Assert.Equal(TrapKind.TableOutOfBounds, TextModules.Trap(instance, "copy", 0, 0, Over));
        Assert.Equal((ulong.MaxValue, ulong.MaxValue), (TextModules.Value(instance, "grow", 5), TextModules.Value(instance, "grow", Over)));
        Assert.Equal((4UL, 8UL), (TextModules.Value(instance, "grow", 4), TextModules.Value(instance, "size")));
        TextModules.Values(instance, "init", 6);
        Assert.Equal(1UL, TextModules.Value(instance, "call", 7));
        Assert.Equal(TrapKind.UninitializedElement, TextModules.Trap(instance, "call", 0));
    }

    [Fact]
    public void BetweenMemoriesOfBothKinds()
    {
        using TextModules modules = new();
        Instance instance = modules.Add("""
            (module
              (memory $a 1) (memory $b i64 1) (memory $c 1)
              (data (memory $a) (i32.const 0) "0123456789") (data (memory $c) (i32.const 65530) "uvwxyz")
              (func (export "ab") (param i64 i32 i32) (memory.copy $b $a (local.get 0) (local.get 1) (local.get 2)))
              (func (export "ba") (param i32 i64 i32) (memory.copy $a $b (local.get 0) (local.get 1) (local.get 2)))
              (func (export "ac") (param i32 i32 i32) (memory.copy $a $c (local.get 0) (local.get 1) (local.get 2)))
              (func (export "a") (param i32) (result i64) (i64.load $a (local.get 0)))
              (func (export "b") (param i64) (result i64) (i64.load $b (local.get 0)))
              (func (export "within") (param i32 i32 i32) (memory.copy $c $c (local.get 0) (local.get 1) (local.get 2))))
            """);
        TextModules.Values(instance, "ab", 65533, 0, 3);
        Assert.Equal("012"u8.ToArray(), BytesOf(instance, 1, 65533, 3));
        foreach (ulong[] arguments in new ulong[][] { [65534, 0, 3], [1UL << 32, 0, 1], [0, 65535, 2] })
            Assert.Equal(TrapKind.MemoryOutOfBounds, TextModules.Trap(instance, "ab", arguments));
        Assert.Equal(TrapKind.MemoryOutOfBounds, TextModules.Trap(instance, "ba", 0, 1UL << 32, 1));
        TextModules.Values(instance, "ba", 20, 65532, 4);
        Assert.Equal("\0" + "012", System.Text.Encoding.ASCII.GetString(BytesOf(instance, 0, 20, 4)));
        TextModules.Values(instance, "ac", 0, 65530, 6);
        Assert.Equal("uvwxyz6789"u8.ToArray(), BytesOf(instance, 0, 0, 10));
        TextModules.Values(instance, "within", 65529, 65530, 6);
        Assert.Equal("uvwxyzz"u8.ToArray(), BytesOf(instance, 2, 65529, 7));
        TextModules.Values(instance, "within", 65530, 65529, 6);
        Assert.Equal("uuvwxyz"u8.ToArray(), BytesOf(instance, 2, 65529, 7));
        // Nothing at all may be copied at the end, not beyond it.
        TextModules.Values(instance, "ac", 65536, 65536, 0);
        Assert.Equal(TrapKind.MemoryOutOfBounds, TextModules.Trap(instance, "ac", 65537, 0, 0));
    }

    private static byte[] BytesOf(Instance instance, int memory, ulong at, uint count)
    {
        Assert.True(instance.Memories[memory].TryGetSpan(at, count, out Span<byte> bytes));
        return bytes.ToArray();
    }

    [Fact]
    public void WhatAnotherInstanceGrowsARunningCallerSees()
    {
        using TextModules modules = new();
        Instance owner = modules.Add("""
            (module
              (memory (export "memory") 1 5) (table (export "table") 1 9 funcref) (global (export "v") (mut v128) (v128.const i64x2 1 2)) (global (export "g") (mut i32) (i32.const 0))
              (func $three (result i32) (i32.const 3)) (elem declare func $three)
              (func (export "grow") (drop (memory.grow (i32.const 1))) (drop (table.grow (ref.func $three) (i32.const 2)))
                (global.set 0 (i64x2.add (global.get 0) (v128.const i64x2 10 20)))
                (i32.store offset=65536 (i32.const 8) (i32.const 77))))
            """, "owner");
        modules.Host("hostGrow", "", "", (_, _) => owner.Memory!.Grow(1) == 2 ? HostStatus.Continue : HostStatus.Fault);
        Instance user = modules.Add("""
            (module
              (import "owner" "memory" (memory $a 1)) (import "owner" "memory" (memory $b 1)) (import "owner" "table" (table $t 1 funcref))
              (import "owner" "v" (global $v (mut v128))) (import "owner" "grow" (func $grow)) (import "host" "hostGrow" (func $hostGrow))
              (func (export "run") (result i32 i32 i32 i64 i32 i32 i32)
                (if (i32.ne (memory.size $a) (i32.const 1)) (then (unreachable)))
                (call $grow)
                (memory.size $a)
                (i32.load $a (i32.const 65544))
                (call_indirect $t (result i32) (i32.const 2))
                (i64x2.extract_lane 1 (global.get $v))
                ;; Through its second name, and through the host.
                (drop (memory.grow $b (i32.const 0)))
                (call $hostGrow) (i32.store $a (i32.const 131080) (i32.const 5)) (i32.load $b (i32.const 131080))
                (drop (memory.grow $b (i32.const 1))) (i32.store $a (i32.const 196616) (i32.const 6)) (i32.load $b (i32.const 196616))
                (memory.size $a)
                (global.set $v (v128.const i64x2 8 9))))
            """, "user");
        Assert.Equal([2, 77, 3, 22, 5, 6, 4UL], TextModules.Values(user, "run"));
        Assert.True(owner.TryGetExport("v", out External global));
        Assert.Equal((8UL, 9UL), (((Global)global).Value, ((Global)global).High));
        // The limits of an import are those of what is imported now.
        Assert.Throws<InstantiationException>(() => modules.Add("(module (import \"owner\" \"memory\" (memory 5)))"));
        modules.Add("(module (import \"owner\" \"memory\" (memory 4)))");
    }

    [Fact]
    public void StartFunctionsRunOnceAfterTheSegments()
    {
        using TextModules modules = new();
        Instance instance = modules.Add("""
            (module (memory 1) (data (i32.const 3) "\05") (global $g (mut i32) (i32.const 0))
              (func $start (global.set $g (i32.add (global.get $g) (i32.load8_u (i32.const 3)))))
              (func (export "g") (result i32) (global.get $g)) (start $start))
            """);
        Assert.Equal(5UL, TextModules.Value(instance, "g"));
        ExecutionResult failed = modules.TryAdd("(module (func $s (unreachable)) (start $s))", out _);
        Assert.Equal((Outcome.Failure, TrapKind.Unreachable, 0), (failed.Outcome, failed.Trap, failed.TrapFunction));
    }

    [Fact]
    public void SegmentsBeforeTheOneThatFailsStayAndTheirFunctionsCanBeCalled()
    {
        using TextModules modules = new();
        Instance owner = modules.Add("""
            (module (memory (export "memory") 1) (table (export "table") 4 funcref)
              (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))
              (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0))))
            """, "owner");
        ExecutionResult result = modules.TryAdd("""
            (module (import "owner" "memory" (memory 1)) (import "owner" "table" (table 4 funcref))
              (memory $own 1) (global $g (mut i32) (i32.const 40))
              (func $f (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1))) (i32.store8 $own (i32.const 0) (i32.const 1)) (i32.add (global.get $g) (i32.load8_u $own (i32.const 0))))
              (elem (i32.const 1) $f)
              (data (i32.const 10) "a") (data (i32.const 65536) "b") (data (i32.const 11) "c"))
            """, out Instance? failed);
        Assert.Equal((Outcome.Failure, TrapKind.MemoryOutOfBounds, true), (result.Outcome, result.Trap, failed is null));
        Assert.Equal(((ulong)'a', 0UL), (TextModules.Value(owner, "load", 10), TextModules.Value(owner, "load", 11)));
        Assert.Equal((42UL, 43UL), (TextModules.Value(owner, "call", 1), TextModules.Value(owner, "call", 1)));

        // A table's segment that does not fit comes before any data, and writes nothing of itself.
        result = modules.TryAdd("""
            (module (import "owner" "memory" (memory 1)) (import "owner" "table" (table 4 funcref))
              (func $f (result i32) (i32.const 8)) (elem (i32.const 2) $f) (elem (i32.const 3) $f $f) (data (i32.const 12) "d"))
            """, out failed);
        Assert.Equal((TrapKind.TableOutOfBounds, true), (result.Trap, failed is null));
        Assert.Equal((8UL, 0UL), (TextModules.Value(owner, "call", 2), TextModules.Value(owner, "load", 12)));
        Assert.Equal(TrapKind.UninitializedElement, TextModules.Trap(owner, "call", 3));
    }
}
