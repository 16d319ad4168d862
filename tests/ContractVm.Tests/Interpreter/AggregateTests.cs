using System;
using System.Globalization;
using System.Linq;
using System.Text;
using ContractVm.Gas;
using ContractVm.Runtime;
using Xunit;

namespace ContractVm.Tests.Interpreter;

/// <summary>Structs, arrays, i31, casts and the arena that holds them.</summary>
public abstract class AggregateTests(EngineKind engine)
{
    [Fact]
    public void IdentityIsOfTheObjectNotOfItsContents()
    {
        using TextModules modules = new(engine: engine);
        Instance instance = modules.Add("""
            (module
              (type $s (struct (field (mut i32)))) (type $a (array i32))
              (func $bit (param eqref eqref i32) (result i32) (i32.shl (ref.eq (local.get 0) (local.get 1)) (local.get 2)))
              (func (export "run") (result i32) (local $x (ref null $s)) (local $y (ref null $s)) (local $e (ref null $a))
                (local.set $x (struct.new $s (i32.const 1))) (local.set $y (struct.new $s (i32.const 1)))
                (local.set $e (array.new_fixed $a 0))
                (i32.or (call $bit (local.get $x) (local.get $x) (i32.const 0))
                (i32.or (call $bit (local.get $x) (local.get $y) (i32.const 1))
                (i32.or (call $bit (local.get $e) (array.new_fixed $a 0) (i32.const 2))
                (i32.or (call $bit (ref.i31 (i32.const -1)) (ref.i31 (i32.const 0x7fffffff)) (i32.const 3))
                (i32.or (call $bit (ref.i31 (i32.const 0)) (ref.null none) (i32.const 4))
                (i32.or (call $bit (ref.null $s) (ref.null i31) (i32.const 5))
                (call $bit (ref.i31 (i32.const 1)) (ref.i31 (i32.const 2)) (i32.const 6)))))))))
              (func (export "s") (param i32) (result i32) (i31.get_s (ref.i31 (local.get 0))))
              (func (export "u") (param i32) (result i32) (i31.get_u (ref.i31 (local.get 0)))))
            """);
        Assert.Equal(0b101001UL, TextModules.Value(instance, "run"));
        foreach ((uint value, uint signed, uint unsigned) in new[] { (0x3FFF_FFFFu, 0x3FFF_FFFFu, 0x3FFF_FFFFu), (0x4000_0000u, 0xC000_0000u, 0x4000_0000u), (0x8000_0001u, 1u, 1u), (uint.MaxValue, uint.MaxValue, 0x7FFF_FFFFu) })
            Assert.Equal((signed, unsigned), ((uint)TextModules.Value(instance, "s", value), (uint)TextModules.Value(instance, "u", value)));
    }

    [Theory]
    // The index of the type is read as part of the type, not as the next instruction: 0 would be unreachable, 26 a drop.
    [InlineData(0)]
    [InlineData(26)]
    [InlineData(300)]
    public void ASelectMayNameATypeByItsIndex(int before)
    {
        using TextModules modules = new(engine: engine);
        string others = string.Concat(Enumerable.Range(0, before).Select(static i => string.Create(CultureInfo.InvariantCulture, $"(type (struct{string.Concat(Enumerable.Repeat(" (field i32)", i % 20))}{string.Concat(Enumerable.Repeat(" (field i64)", i / 20))}))")));
        Instance instance = modules.Add($$"""
            (module {{others}} (type $s (struct (field i8) (field i32)))
              (func (export "run") (param i32) (result i32)
                (struct.get $s 1 (select (result (ref null $s)) (struct.new $s (i32.const 0) (i32.const 5)) (struct.new $s (i32.const 0) (i32.const 6)) (local.get 0)))))
            """);
        Assert.Equal((5UL, 6UL), (TextModules.Value(instance, "run", 1), TextModules.Value(instance, "run", 0)));
    }

    [Fact]
    public void CastsAlongAChainOfTheMaximumDepth()
    {
        Profile profile = Profiles.ContractVmV1;
        int depth = (int)profile.Limits[Limit.SubtypingDepth];
        StringBuilder text = new("(module (type $t0 (sub (struct (field i32))))");
        for (int i = 1; i <= depth; i++) text.Append(CultureInfo.InvariantCulture, $" (type $t{i} (sub $t{i - 1} (struct (field i32))))");
        // A sibling of the last one, which differs, so that it is another type.
        text.Append(CultureInfo.InvariantCulture, $" (type $side (sub $t{depth - 1} (struct (field i32) (field i64))))");
        text.Append(" (func $make (param i32) (result (ref any))");
        for (int i = 0; i <= depth; i++) text.Append(CultureInfo.InvariantCulture, $" (if (i32.eq (local.get 0) (i32.const {i})) (then (return (struct.new $t{i} (i32.const {i})))))");
        text.Append(" (struct.new_default $side))");
        for (int i = 0; i <= depth; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $" (func (export \"test{i}\") (param i32) (result i32) (ref.test (ref $t{i}) (call $make (local.get 0))))");
            text.Append(CultureInfo.InvariantCulture, $" (func (export \"cast{i}\") (param i32) (result i32) (struct.get $t{i} 0 (ref.cast (ref $t{i}) (call $make (local.get 0)))))");
            text.Append(CultureInfo.InvariantCulture, $" (func (export \"branch{i}\") (param i32) (result i32) (block $l (result (ref $t{i})) (br_on_cast $l (ref any) (ref $t{i}) (call $make (local.get 0))) (return (i32.const -1))) (struct.get $t{i} 0))");
        }

        using Instance instance = TestModules.Instantiate(TextModules.Load(text.Append(')').ToString(), profile));
        for (int made = 0; made <= depth + 1; made++)
        {
            for (int target = 0; target <= depth; target++)
            {
                bool isSubtype = made <= depth ? made >= target : target <= depth - 1;
                ulong content = made <= depth ? (ulong)made : 0;
                Assert.Equal(isSubtype ? 1UL : 0, TextModules.Value(instance, $"test{target}", (ulong)made));
                Assert.Equal(isSubtype ? content : uint.MaxValue, TextModules.Value(instance, $"branch{target}", (ulong)made));
                if (isSubtype) Assert.Equal(content, TextModules.Value(instance, $"cast{target}", (ulong)made));
                else Assert.Equal(TrapKind.CastFailure, TextModules.Trap(instance, $"cast{target}", (ulong)made));
            }
        }

        // One deeper is refused.
        string deeper = text.ToString().Replace("(func $make", $"(type $deeper (sub $t{depth} (struct (field i32)))) (func $make", StringComparison.Ordinal);
        Assert.Equal(ModuleErrorKind.LimitExceeded, TestModules.Refused(Tests.Text.Texts.Read(deeper).Bytes, profile).Kind);
    }

    [Fact]
    public void EqualTypesOfTwoModulesAreOneAndPositionsInAGroupAreTwo()
    {
        using TextModules modules = new(engine: engine);
        // The second module has the types in another order and others before them.
        modules.Add("""
            (module
              (rec (type $a (sub (struct (field (ref null $b))))) (type $b (sub (struct (field (ref null $a))))))
              (type $pair (struct (field i8) (field v128)))
              (func (export "a") (result anyref) (struct.new $a (ref.null $b)))
              (func (export "b") (result anyref) (struct.new $b (struct.new $a (ref.null $b))))
              (func (export "pair") (result anyref) (struct.new $pair (i32.const 0x1ff) (v128.const i64x2 3 4))))
            """, "first");
        Instance second = modules.Add("""
            (module
              (type $unused (func (param i64)))
              (type $alone (struct (field (ref null $alone))))
              (type $pair (struct (field i8) (field v128)))
              (rec (type $a (sub (struct (field (ref null $b))))) (type $b (sub (struct (field (ref null $a))))))
              (type $c (sub $a (struct (field (ref null $b)))))
              (import "first" "a" (func $a (result anyref))) (import "first" "b" (func $b (result anyref))) (import "first" "pair" (func $pair (result anyref)))
              (func (export "bits") (result i32)
                (i32.or (ref.test (ref $a) (call $a)) (i32.or (i32.shl (ref.test (ref $b) (call $a)) (i32.const 1))
                (i32.or (i32.shl (ref.test (ref $b) (call $b)) (i32.const 2)) (i32.or (i32.shl (ref.test (ref $c) (call $a)) (i32.const 3))
                (i32.or (i32.shl (ref.test (ref $alone) (call $a)) (i32.const 4)) (i32.shl (ref.test (ref $pair) (call $pair)) (i32.const 5))))))))
              (func (export "pair") (result i32 v128 i32) (local (ref null $pair))
                (local.set 0 (ref.cast (ref $pair) (call $pair)))
                (struct.get_s $pair 0 (local.get 0)) (struct.get $pair 1 (local.get 0)) (struct.get_u $pair 0 (local.get 0)))
              (func (export "inner") (result i32) (ref.test (ref $a) (struct.get $b 0 (ref.cast (ref $b) (call $b))))))
            """, "second");
        Assert.Equal(0b100101UL, TextModules.Value(second, "bits"));
        Assert.Equal([uint.MaxValue, 3, 4, 255UL], TextModules.Values(second, "pair"));
        Assert.Equal(1UL, TextModules.Value(second, "inner"));
    }

    [Theory]
    [InlineData("i8", "i32", "_u", 0x1F2UL, 0xF2UL)]
    [InlineData("i8", "i32", "_s", 0x1F2UL, 0xFFFF_FFF2UL)]
    [InlineData("i16", "i32", "_u", 0x1_F234UL, 0xF234UL)]
    [InlineData("i16", "i32", "_s", 0x1_F234UL, 0xFFFF_F234UL)]
    [InlineData("i32", "i32", "", 0x8000_0001UL, 0x8000_0001UL)]
    [InlineData("i64", "i64", "", 0x8000_0000_0000_0001UL, 0x8000_0000_0000_0001UL)]
    [InlineData("f32", "f32", "", 0x7FA0_0001UL, 0x7FA0_0001UL)]
    [InlineData("f64", "f64", "", 0x7FF4_0000_0000_0001UL, 0x7FF4_0000_0000_0001UL)]
    public void ArraysOfEachStorageTypeAtTheirBounds(string storage, string type, string sign, ulong written, ulong read)
    {
        using TextModules modules = new(engine: engine);
        Instance instance = modules.Add($$"""
            (module
              (type $a (array (mut {{storage}}))) (global $a (mut (ref null $a)) (ref.null $a))
              (func (export "make") (param i32) (global.set $a (array.new_default $a (local.get 0))))
              (func (export "get") (param i32) (result {{type}}) (array.get{{sign}} $a (global.get $a) (local.get 0)))
              (func (export "set") (param i32 {{type}}) (array.set $a (global.get $a) (local.get 0) (local.get 1)))
              (func (export "fill") (param i32 {{type}} i32) (array.fill $a (global.get $a) (local.get 0) (local.get 1) (local.get 2)))
              (func (export "copy") (param i32 i32 i32) (array.copy $a $a (global.get $a) (local.get 0) (global.get $a) (local.get 1) (local.get 2))))
            """);
        Assert.Equal(TrapKind.NullReference, TextModules.Trap(instance, "get", 0));
        TextModules.Values(instance, "make", 9);
        TextModules.Values(instance, "set", 8, written);
        Assert.Equal((read, 0UL), (TextModules.Value(instance, "get", 8), TextModules.Value(instance, "get", 7)));
        foreach (ulong index in new ulong[] { 9, 0x8000_0000, uint.MaxValue })
        {
            Assert.Equal(TrapKind.ArrayOutOfBounds, TextModules.Trap(instance, "get", index));
            Assert.Equal(TrapKind.ArrayOutOfBounds, TextModules.Trap(instance, "set", index, written));
            Assert.Equal(TrapKind.ArrayOutOfBounds, TextModules.Trap(instance, "fill", index, written, 1));
            Assert.Equal(TrapKind.ArrayOutOfBounds, TextModules.Trap(instance, "copy", 0, index, 1));
            Assert.Equal(TrapKind.ArrayOutOfBounds, TextModules.Trap(instance, "copy", index, 0, 1));
        }

        // A sum of 32 bits would wrap here.
        Assert.Equal(TrapKind.ArrayOutOfBounds, TextModules.Trap(instance, "fill", 1, written, uint.MaxValue));
        TextModules.Values(instance, "fill", 9, written, 0);
        TextModules.Values(instance, "fill", 2, written, 3);
        Assert.Equal([0, 0, 1, 1, 1, 0, 0, 0, 1], Enumerable.Range(0, 9).Select(i => TextModules.Value(instance, "get", (ulong)i) == read ? 1 : 0));
        // Overlapping, towards the end and towards the start: as if through a copy.
        TextModules.Values(instance, "copy", 3, 1, 5);
        Assert.Equal([0, 0, 1, 0, 1, 1, 1, 0, 1], Enumerable.Range(0, 9).Select(i => TextModules.Value(instance, "get", (ulong)i) == read ? 1 : 0));
        TextModules.Values(instance, "copy", 0, 2, 7);
        Assert.Equal([1, 0, 1, 1, 1, 0, 1, 0, 1], Enumerable.Range(0, 9).Select(i => TextModules.Value(instance, "get", (ulong)i) == read ? 1 : 0));
    }

    [Fact]
    public void ArraysOfVectorsAndReferencesOverlapToo()
    {
        using TextModules modules = new(engine: engine);
        Instance instance = modules.Add("""
            (module
              (type $v (array (mut v128))) (type $r (array (mut anyref))) (type $s (array i31ref))
              (func (export "vector") (param i32 i32 i32) (result v128 v128 v128 v128) (local $a (ref $v))
                (local.set $a (array.new_fixed $v 4 (v128.const i64x2 1 10) (v128.const i64x2 2 20) (v128.const i64x2 3 30) (v128.const i64x2 4 40)))
                (array.copy $v $v (local.get $a) (local.get 0) (local.get $a) (local.get 1) (local.get 2))
                (array.get $v (local.get $a) (i32.const 0)) (array.get $v (local.get $a) (i32.const 1)) (array.get $v (local.get $a) (i32.const 2)) (array.get $v (local.get $a) (i32.const 3)))
              (func (export "new") (result v128 v128) (local $a (ref $v))
                (local.set $a (array.new $v (v128.const i64x2 5 6) (i32.const 3)))
                (array.fill $v (local.get $a) (i32.const 0) (v128.const i64x2 7 8) (i32.const 2))
                (array.get $v (local.get $a) (i32.const 1)) (array.get $v (local.get $a) (i32.const 2)))
              ;; From an array of a subtype.
              (func (export "refs") (result i32) (local $a (ref $r))
                (local.set $a (array.new_default $r (i32.const 3)))
                (array.copy $r $s (local.get $a) (i32.const 1) (array.new_fixed $s 2 (ref.i31 (i32.const 8)) (ref.i31 (i32.const 9))) (i32.const 0) (i32.const 2))
                (i31.get_u (ref.cast i31ref (array.get $r (local.get $a) (i32.const 2)))))
              (func (export "null") (array.copy $r $s (array.new_default $r (i32.const 3)) (i32.const 0) (ref.null $s) (i32.const 0) (i32.const 0))))
            """);
        Assert.Equal([1, 10, 1, 10, 2, 20, 3, 30UL], TextModules.Values(instance, "vector", 1, 0, 3));
        Assert.Equal([2, 20, 3, 30, 4, 40, 4, 40UL], TextModules.Values(instance, "vector", 0, 1, 3));
        Assert.Equal([7, 8, 5, 6UL], TextModules.Values(instance, "new"));
        Assert.Equal(9UL, TextModules.Value(instance, "refs"));
        Assert.Equal(TrapKind.NullReference, TextModules.Trap(instance, "null"));
    }

    [Fact]
    public void ReferencesOfTheHostGoThroughAnyAndBack()
    {
        using TextModules modules = new(engine: engine);
        ulong given = 0;
        modules.Host("take", "r", "r", (_, slots) =>
        {
            given = slots[0];
            return HostStatus.Continue;
        });
        Instance instance = modules.Add("""
            (module
              (import "host" "take" (func $take (param externref) (result externref)))
              (type $s (struct (field anyref)))
              (func (export "round") (param externref) (result externref)
                (call $take (extern.convert_any (struct.get $s 0 (struct.new $s (any.convert_extern (local.get 0)))))))
              (func (export "kind") (param externref) (result i32) (local $any anyref)
                (local.set $any (any.convert_extern (local.get 0)))
                (i32.or (ref.test (ref any) (local.get $any)) (i32.or (i32.shl (ref.test (ref eq) (local.get $any)) (i32.const 1))
                (i32.or (i32.shl (ref.test (ref i31) (local.get $any)) (i32.const 2)) (i32.or (i32.shl (ref.test (ref $s) (local.get $any)) (i32.const 3))
                (i32.or (i32.shl (ref.test (ref null none) (local.get $any)) (i32.const 4)) (i32.shl (ref.test (ref none) (local.get $any)) (i32.const 5))))))))
              ;; What goes out as extern and comes back is what it was.
              (func (export "out") (param i32) (result i32)
                (i31.get_u (ref.cast (ref i31) (any.convert_extern (call $take (extern.convert_any (ref.i31 (local.get 0))))))))
              (func (export "null") (result i32) (ref.is_null (extern.convert_any (any.convert_extern (ref.null extern))))))
            """);
        ulong host = References.OfHost(41);
        Assert.Equal((host, host), (TextModules.Value(instance, "round", host), given));
        Assert.Equal((0b000001UL, 0b010000UL, 0b000111UL), (TextModules.Value(instance, "kind", host), TextModules.Value(instance, "kind", References.Null), TextModules.Value(instance, "kind", References.OfI31(3))));
        Assert.Equal((12345UL, 1UL), (TextModules.Value(instance, "out", 12345), TextModules.Value(instance, "null")));
    }

    [Fact]
    public void TheArenaEndsAtTheSamePlaceEveryTime()
    {
        const string Text = """
            (module
              (type $node (struct (field i64) (field (ref null $node)) (field v128))) (type $bytes (array i8)) (tag $e (param i64 i64))
              (global $count (export "count") (mut i64) (i64.const 0)) (global $list (mut (ref null $node)) (ref.null $node))
              (func (export "structs") (loop $l (global.set $list (struct.new $node (global.get $count) (global.get $list) (v128.const i64x2 0 0)))
                (global.set $count (i64.add (global.get $count) (i64.const 1))) (br $l)))
              (func (export "bytes") (param i32) (loop $l (drop (array.new_default $bytes (local.get 0)))
                (global.set $count (i64.add (global.get $count) (i64.const 1))) (br $l)))
              (func (export "exceptions") (loop $l (block $c (result i64 i64) (try_table (catch $e $c) (throw $e (i64.const 1) (i64.const 2))) (unreachable)) (drop) (drop)
                (global.set $count (i64.add (global.get $count) (i64.const 1))) (br $l))))
            """;
        // Of 1024 words the first is never used; an object is a header and its words.
        foreach ((string name, ulong[] arguments, ulong words) in new[] { ("structs", Array.Empty<ulong>(), 5UL), ("bytes", [17], 4), ("bytes", [0], 1), ("bytes", [8184], 1024), ("exceptions", [], 3) })
        {
            for (int time = 0; time < 2; time++)
            {
                using TextModules modules = new(8192, engine);
                Instance instance = modules.Add(Text);
                Meter meter = TextModules.NewMeter();
                ExecutionResult result = TextModules.Call(instance, name, meter, arguments).Result;
                instance.TryGetExport("count", out External count);
                Assert.Equal((TrapKind.ObjectMemoryExhausted, 1023 / words), (result.Trap, ((Global)count).Value));
                Assert.Equal(Profiles.Bare.Schedule.StackWords, meter.StackWordsLeft);
            }
        }
    }

    [Theory]
    [InlineData("(array.new $a (i64.const 1) (local.get 0))", "array.new", 8)]
    [InlineData("(array.new_default $a (local.get 0))", "array.new_default", 8)]
    [InlineData("(array.new_data $a $d (i32.const 0) (local.get 0))", "array.new_data", 8)]
    [InlineData("(array.new_elem $r $e (i32.const 0) (local.get 0))", "array.new_elem", 8)]
    public void WorkIsPaidBeforeItFails(string expression, string name, ulong bytes)
    {
        using TextModules modules = new(engine: engine);
        Instance instance = modules.Add($"(module (type $a (array i64)) (type $r (array funcref)) (data $d \"\") (elem $e funcref) (func (export \"run\") (param i32) (drop {expression})))");
        Assert.True(OpcodeTable.TryFind(name, out Opcode opcode));
        ulong unit = Profiles.Bare.Schedule.PerUnit((int)opcode), length = uint.MaxValue;
        Meter meter = TextModules.NewMeter(), small = TextModules.NewMeter();
        ExecutionResult result = TextModules.Call(instance, "run", meter, length).Result;
        TextModules.Call(instance, "run", small, 0);
        Assert.Equal(Outcome.Failure, result.Outcome);
        Assert.True(unit > 0);
        Assert.Equal(length * bytes * unit, small.InkLeft - meter.InkLeft);
        // With a little less it is ink that ends it, before anything is looked at.
        Meter less = TextModules.NewMeter(length * bytes * unit);
        Assert.Equal(Outcome.OutOfInk, TextModules.Call(instance, "run", less, length).Result.Outcome);
    }

    /// <summary>Stores take over what others have left: nothing of it is to be seen.</summary>
    [Fact]
    public void AnArenaThatIsTakenAgainIsEmpty()
    {
        const string Text = """
            (module (type $row (array (mut i64)))
              (func (export "run") (param $length i32) (result i64) (local $row (ref null $row)) (local $sum i64)
                (local.set $row (array.new_default $row (local.get $length)))
                (loop $next
                  (local.set $length (i32.sub (local.get $length) (i32.const 1)))
                  (local.set $sum (i64.or (local.get $sum) (array.get $row (local.get $row) (local.get $length))))
                  (array.set $row (local.get $row) (local.get $length) (i64.const -1))
                  (br_if $next (local.get $length)))
                (local.get $sum)))
            """;
        // More and fewer words than are cleared by hand, and another limit, so another mapping.
        foreach ((ulong limit, ulong length) in new[] { (1UL << 20, 100UL), (1UL << 20, 16_000UL), (1UL << 20, 16_383UL), (1UL << 20, 16_384UL), (1UL << 20, 100_000UL), (2UL << 20, 150_000UL), (2UL << 20, 1UL), (1UL << 20, 120_000UL) })
        {
            for (int round = 0; round < 3; round++)
            {
                using TextModules modules = new(limit, engine);
                Assert.Equal(0UL, TextModules.Value(modules.Add(Text), "run", length));
            }
        }
    }
}

/// <inheritdoc/>
public class InterpretedAggregateTests() : AggregateTests(EngineKind.Interpreter);

/// <inheritdoc/>
public class CompiledAggregateTests() : AggregateTests(EngineKind.Compiled);
