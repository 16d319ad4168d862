using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
using System.Text;
using ContractVm.Fuzz;
using ContractVm.Gas;
using Xunit;

namespace ContractVm.Tests.Interpreter;

/// <summary>
/// Every scalar operation that takes or gives floats, on every pair of edge values and on random ones, against its definition over
/// whole numbers (<see cref="FloatOracle"/>): the bits must be the same, whatever the operands.
/// </summary>
public class FloatTests
{
    private const int RandomCases = 1500;
    private static readonly FloatFormat Single = FloatFormat.Single, Double = FloatFormat.Double;
    private static readonly Instance Operations = MakeOperations();
    private static readonly ulong[] Edges32 = EdgesOf(Single), Edges64 = EdgesOf(Double), Edges32i = IntegerEdges(32), Edges64i = IntegerEdges(64);

    public static TheoryData<string> Names => [.. ScalarFloatOperations().Select(static info => info.Name)];

    private static IEnumerable<OpcodeInfo> ScalarFloatOperations() =>
        OpcodeTable.All.Where(static info => (int)info.Opcode < OpcodeTable.VectorBase && info.UsesFloats && info.Immediates == Immediates.None && !info.IsContextual);

    [Theory]
    [MemberData(nameof(Names))]
    public void TheResultIsTheExactOne(string name)
    {
        Assert.True(OpcodeTable.TryFind(name, out Opcode opcode) && Operations.Module.TryGetExport(name, out _));
        OpcodeInfo info = OpcodeTable.Get(opcode);
        Operations.Module.TryGetExport(name, out Export export);
        Func<ulong, ulong, (ulong, TrapKind)> oracle = OracleOf(name);
        Meter meter = new(ulong.MaxValue, 1000);
        ulong[] arguments = new ulong[info.Operands.Length], results = new ulong[1];
        ulong[] first = EdgesOf(info.Operands[0]), second = info.Operands.Length == 2 ? EdgesOf(info.Operands[1]) : [0];
        foreach (ulong a in first)
            foreach (ulong b in second) Check(a, b);
        Random64 random = new(2026);
        for (int i = 0; i < RandomCases; i++)
        {
            ulong a = AnyOf(info.Operands[0], random);
            // Terms far apart hardly touch each other: half of the pairs are near.
            ulong b = info.Operands.Length == 1 ? 0 : random.OneIn(2) ? AnyOf(info.Operands[1], random) : Near(a, info.Operands[1], random);
            Check(a, b);
        }

        void Check(ulong a, ulong b)
        {
            arguments[0] = a;
            if (arguments.Length == 2) arguments[1] = b;
            ExecutionResult result = Operations.Invoke(export.Index, arguments, results, meter);
            (ulong value, TrapKind trap) = oracle(a, b);
            bool isRight = result.Trap == trap && (result.Outcome == Outcome.Success) == (trap == TrapKind.None) && (trap != TrapKind.None || results[0] == value);
            Assert.True(isRight, string.Create(CultureInfo.InvariantCulture, $"{name} 0x{a:x} 0x{b:x}: {results[0]:x} {result}, not {value:x} {trap}"));
        }
    }

    [Fact]
    public void NoOperationIsForgotten() =>
        // 2 × (7 unary, 7 binary, 6 comparisons), 8 truncations, 8 saturating ones, 8 from integers, promote, demote, 4 reinterpretations.
        Assert.Equal(40 + 8 + 8 + 8 + 2 + 4, ScalarFloatOperations().Count());

    [Fact]
    public void TheOracleKnowsTheTextbook()
    {
        // Sums that were done by hand, so that oracle and interpreter cannot be wrong together.
        Assert.Equal(0x3F80_0000UL, FloatOracle.Add(Single, 0x3F80_0000, 0x3380_0000)); // 1 + 2^-24: halfway, to even
        Assert.Equal(0x3F80_0002UL, FloatOracle.Add(Single, 0x3F80_0001, 0x3380_0000)); // 1 + 2^-23 + 2^-24: halfway, to even
        Assert.Equal(0x7F80_0000UL, FloatOracle.Add(Single, 0x7F7F_FFFF, 0x7300_0000)); // half a unit above the largest
        Assert.Equal(0x7F7F_FFFFUL, FloatOracle.Add(Single, 0x7F7F_FFFF, 0x72FF_FFFF));
        Assert.Equal(0x0UL, FloatOracle.Multiply(Single, 0x1, 0x3F00_0000));            // half the smallest denormal, to even
        Assert.Equal(0x2UL, FloatOracle.Multiply(Single, 0x3, 0x3F00_0000));            // one and a half of them
        Assert.Equal(0x3EAA_AAABUL, FloatOracle.Divide(Single, 0x3F80_0000, 0x4040_0000));
        Assert.Equal(0x3FF6_A09E_667F_3BCDUL, FloatOracle.SquareRoot(Double, 0x4000_0000_0000_0000));
        Assert.Equal(0x3FD5_5555_5555_5555UL, FloatOracle.Divide(Double, 0x3FF0_0000_0000_0000, 0x4008_0000_0000_0000));
        Assert.Equal(0x8000_0000UL, FloatOracle.ToWhole(Single, 0xBF00_0000, FloatOracle.Nearest)); // -0.5 to -0
        Assert.Equal(0x4000_0000UL, FloatOracle.ToWhole(Single, 0x3FC0_0000, FloatOracle.Nearest)); // 1.5 to 2
        Assert.Equal(0x5F80_0000UL, FloatOracle.FromWhole(Single, ulong.MaxValue));
        Assert.Equal(0x4B80_0000UL, FloatOracle.FromWhole(Single, (1 << 24) + 1));
        Assert.Equal(0x3F80_0000UL, FloatOracle.Convert(Double, Single, 0x3FF0_0000_1000_0000));
    }

    [Theory]
    [InlineData("f32", 0x7FA0_0001UL)]
    [InlineData("f32", 0xFFC0_1234UL)]
    [InlineData("f64", 0x7FF4_0000_0000_0001UL)]
    [InlineData("f64", 0xFFF8_0000_DEAD_BEEFUL)]
    public void WhatOnlyMovesAFloatKeepsItsBits(string type, ulong nan)
    {
        string integer = type == "f32" ? "i32" : "i64";
        using TextModules modules = new();
        ulong seen = 0;
        modules.Host("pass", type == "f32" ? "f" : "d", type == "f32" ? "f" : "d", (_, slots) =>
        {
            seen = slots[0];
            return HostStatus.Continue;
        });
        Instance instance = modules.Add($$"""
            (module
              (import "host" "pass" (func $pass (param {{type}}) (result {{type}})))
              (type $box (struct (field (mut {{type}})))) (type $row (array (mut {{type}})))
              (tag $e (param {{type}})) (memory 1) (global $g (mut {{type}}) ({{type}}.const 0)) (table 1 funcref) (elem (i32.const 0) $id)
              (func $id (param {{type}}) (result {{type}}) (local.get 0))
              (func (export "run") (param {{type}}) (result {{integer}}) (local $box (ref null $box)) (local $row (ref null $row)) (local $other {{type}})
                (global.set $g (call $id (local.get 0)))
                ({{type}}.store offset=3 (i32.const 5) (global.get $g))
                (local.set $box (struct.new $box ({{type}}.load offset=3 (i32.const 5))))
                (local.set $row (array.new $row (struct.get $box 0 (local.get $box)) (i32.const 3)))
                (local.set $other (array.get $row (local.get $row) (i32.const 2)))
                (local.set $other (select (result {{type}}) (local.get $other) ({{type}}.const 1) (i32.const 1)))
                (local.set $other (select ({{type}}.const 1) (local.get $other) (i32.const 0)))
                (local.set $other (call_indirect (param {{type}}) (result {{type}}) (local.get $other) (i32.const 0)))
                (local.set $other (call $pass (local.tee $other (local.get $other))))
                (local.set $other (block $l (result {{type}}) (br_table $l $l (local.get $other) (i32.const 7))))
                (local.set $other (block $c (result {{type}}) (try_table (catch $e $c) (throw $e (local.get $other))) (unreachable)))
                ({{integer}}.reinterpret_{{type}} (local.get $other)))
              (func (export "constant") (result {{type}}) ({{type}}.const {{(type == "f32" ? "nan:0x200001" : "nan:0x4000000000001")}})))
            """);
        Assert.Equal(nan, TextModules.Value(instance, "run", nan));
        Assert.Equal(nan, seen);
        Assert.Equal(type == "f32" ? 0x7FA0_0001UL : 0x7FF4_0000_0000_0001UL, TextModules.Value(instance, "constant"));
    }

    internal static Func<ulong, ulong, (ulong, TrapKind)> OracleOf(string name)
    {
        string[] parts = name.Split('.', '_');
        FloatFormat format = parts[0] == "f32" ? Single : Double;
        bool fromFloat = parts[0][0] == 'i';
        int width = parts[0].EndsWith("32", StringComparison.Ordinal) ? 32 : 64;
        FloatFormat other = parts.Contains("f32") && parts[0] != "f32" ? Single : parts.Contains("f64") && parts[0] != "f64" ? Double : format;
        bool isSigned = parts[^1] == "s", saturates = parts.Contains("sat");
        ulong magnitude = ~format.SignBit & (format.Width == 32 ? uint.MaxValue : ulong.MaxValue);
        return parts[1] switch
        {
            "add" => (a, b) => (FloatOracle.Add(format, a, b), TrapKind.None),
            "sub" => (a, b) => (FloatOracle.Subtract(format, a, b), TrapKind.None),
            "mul" => (a, b) => (FloatOracle.Multiply(format, a, b), TrapKind.None),
            "div" => (a, b) => (FloatOracle.Divide(format, a, b), TrapKind.None),
            "min" => (a, b) => (FloatOracle.Minimum(format, a, b), TrapKind.None),
            "max" => (a, b) => (FloatOracle.Maximum(format, a, b), TrapKind.None),
            "sqrt" => (a, _) => (FloatOracle.SquareRoot(format, a), TrapKind.None),
            "ceil" => (a, _) => (FloatOracle.ToWhole(format, a, FloatOracle.Ceiling), TrapKind.None),
            "floor" => (a, _) => (FloatOracle.ToWhole(format, a, FloatOracle.Floor), TrapKind.None),
            "nearest" => (a, _) => (FloatOracle.ToWhole(format, a, FloatOracle.Nearest), TrapKind.None),
            "trunc" when !fromFloat => (a, _) => (FloatOracle.ToWhole(format, a, FloatOracle.Truncate), TrapKind.None),
            "trunc" => (a, _) => FloatOracle.ToInteger(other, a, width, isSigned, saturates),
            "abs" => (a, _) => (a & magnitude, TrapKind.None),
            "neg" => (a, _) => (a ^ format.SignBit, TrapKind.None),
            "copysign" => (a, b) => (a & magnitude | b & format.SignBit, TrapKind.None),
            "eq" => (a, b) => (Holds(format, a, b, static order => order == 0), TrapKind.None),
            "ne" => (a, b) => (1 - Holds(format, a, b, static order => order == 0), TrapKind.None),
            "lt" => (a, b) => (Holds(format, a, b, static order => order < 0), TrapKind.None),
            "gt" => (a, b) => (Holds(format, a, b, static order => order > 0), TrapKind.None),
            "le" => (a, b) => (Holds(format, a, b, static order => order <= 0), TrapKind.None),
            "ge" => (a, b) => (Holds(format, a, b, static order => order >= 0), TrapKind.None),
            "convert" => (a, _) => (FloatOracle.FromWhole(format, parts[2] == "i32" ? isSigned ? (int)a : a : isSigned ? (long)a : (BigInteger)a), TrapKind.None),
            "demote" or "promote" => (a, _) => (FloatOracle.Convert(other, format, a), TrapKind.None),
            "reinterpret" => static (a, _) => (a, TrapKind.None),
            _ => throw new InvalidOperationException($"no definition of {name}"),
        };
    }

    // A NaN stands in no order to anything.
    private static ulong Holds(FloatFormat format, ulong a, ulong b, Func<int, bool> accepts) =>
        !format.IsNaN(a) && !format.IsNaN(b) && accepts(FloatOracle.Compare(format, a, b)) ? 1UL : 0;

    private static Instance MakeOperations()
    {
        StringBuilder text = new("(module");
        foreach (OpcodeInfo info in ScalarFloatOperations())
        {
            string parameters = string.Join(' ', info.Operands.Select(Word)), gets = info.Operands.Length == 2 ? "(local.get 0) (local.get 1)" : "(local.get 0)";
            text.Append(CultureInfo.InvariantCulture, $" (func (export \"{info.Name}\") (param {parameters}) (result {Word(info.Results[0])}) ({info.Name} {gets}))");
        }

        return TestModules.Instantiate(TextModules.Load(text.Append(')').ToString()));
    }

    private static string Word(char letter) => letter switch { 'i' => "i32", 'l' => "i64", 'f' => "f32", _ => "f64" };

    private static ulong[] EdgesOf(char letter) => letter switch { 'i' => Edges32i, 'l' => Edges64i, 'f' => Edges32, _ => Edges64 };

    private static ulong[] EdgesOf(FloatFormat format)
    {
        ulong quiet = 1UL << (format.Precision - 2), one = format.Precision == 24 ? 0x3F80_0000UL : 0x3FF0_0000_0000_0000UL;
        SortedSet<ulong> edges =
        [
            0, 1, 2, 3, quiet - 1, (quiet << 1) - 1, quiet << 1, (quiet << 1) + 1, (quiet << 1) + 2,             // zero, denormals, smallest normal
            format.Infinity, format.Infinity - 1, format.Infinity - 2,                                           // infinity, largest finite
            format.Infinity | 1, format.Infinity | (quiet - 1), format.CanonicalNaN, format.CanonicalNaN | 1, format.CanonicalNaN | (quiet - 1),
            one + 1, one - 1, FloatOracle.Divide(format, one, FloatOracle.FromWhole(format, 3)), one + quiet,   // about one, a third, 1.5
        ];
        // Whole numbers where integers and significands end, halves between whole numbers, and a unit in the last place around each.
        foreach (int power in new[] { 0, 1, 2, 22, 23, 24, 25, 30, 31, 32, 33, 51, 52, 53, 54, 62, 63, 64, 65 })
        {
            for (int around = -1; around <= 1; around++)
            {
                ulong whole = FloatOracle.FromWhole(format, (BigInteger.One << power) + around), half = FloatOracle.Round(format, (BigInteger.One << power) * 2 + around, 2, 0, false);
                edges.UnionWith([whole, half]);
                if (around == 0) edges.UnionWith([whole + 1, whole - 1]);
            }
        }

        // Halves of a unit and a little beside: sums and products with one that must be rounded in either direction.
        foreach (int power in new[] { format.Precision - 1, format.Precision, format.Precision + 1 })
        {
            ulong small = FloatOracle.Divide(format, one, FloatOracle.FromWhole(format, BigInteger.One << power));
            edges.UnionWith([small, small + 1, small - 1]);
        }

        return [.. edges.Concat(edges.Select(edge => edge | format.SignBit))];
    }

    private static ulong[] IntegerEdges(int width)
    {
        SortedSet<ulong> edges = [];
        ulong mask = width == 32 ? uint.MaxValue : ulong.MaxValue;
        for (int power = 0; power < width; power++)
        {
            foreach (ulong around in new ulong[] { 0, 1, 2, ulong.MaxValue, ulong.MaxValue - 1 })
            {
                ulong value = (1UL << power) + around;
                edges.UnionWith([value & mask, (0 - value) & mask]);
                // Halfway between two floats of either precision, and one beside.
                foreach (int precision in new[] { 24, 53 })
                    if (power >= precision) edges.UnionWith([(value + (1UL << (power - precision))) & mask, (value + (3UL << (power - precision))) & mask]);
            }
        }

        return [.. edges];
    }

    // Of evenly spread bits hardly any are near a whole number, or near a float of the narrower format: most take an exponent from there.
    private static ulong AnyOf(char letter, Random64 random)
    {
        if (letter == 'l') return random.Next() >> random.Below(64);
        if (letter == 'i') return (uint)random.Next();
        FloatFormat format = letter == 'f' ? Single : Double;
        ulong bits = letter == 'f' ? (uint)random.Next() : random.Next();
        if (random.OneIn(4)) return bits;
        int exponent = letter == 'd' && random.OneIn(2) ? random.Below(290) - 155 : random.Below(70) - 3;
        ulong fraction = bits & ((1UL << (format.Precision - 1)) - 1) & (ulong.MaxValue << random.Below(format.Precision));
        ulong field = (ulong)(exponent - format.LowestExponent - format.Precision + 2);
        return bits & format.SignBit | field << (format.Precision - 1) | fraction;
    }

    private static ulong Near(ulong a, char letter, Random64 random)
    {
        FloatFormat format = letter == 'f' ? Single : Double;
        ulong scatter = random.Next() & ((1UL << random.Below(format.Precision + 4)) - 1);
        return a ^ scatter ^ (random.OneIn(2) ? format.SignBit : 0);
    }
}
