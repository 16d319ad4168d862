using ContractVm.Text;
using Xunit;
using static ContractVm.Tests.Text.Printing.PrinterModules;

namespace ContractVm.Tests.Text.Printing;

/// <summary>Every kind of field, as its text.</summary>
public class FieldTextTests
{
    private static readonly byte[] OneType = Items(1, [0x60, 0, 0]);

    [Fact]
    public void AnEmptyModule() => Assert.Equal("(module\n)\n", Print(Module()));

    [Fact]
    public void FunctionTypes() => Assert.Equal(
        """
        (type (;0;) (func))
        (type (;1;) (func (param i32 i64 f32 f64 v128) (result funcref externref)))
        (type (;2;) (func (param (ref 0) (ref null 1) (ref func) externref)))
        (type (;3;) (func (param anyref eqref i31ref structref arrayref exnref)))
        (type (;4;) (func (result nullref nullfuncref nullexternref nullexnref)))
        """,
        Fields(Items(1,
            [0x60, 0, 0],
            [0x60, 5, 0x7F, 0x7E, 0x7D, 0x7C, 0x7B, 2, 0x70, 0x6F],
            [0x60, 4, 0x64, 0, 0x63, 1, 0x64, 0x70, 0x63, 0x6F, 0],
            [0x60, 6, 0x6E, 0x6D, 0x6C, 0x6B, 0x6A, 0x69, 0],
            [0x60, 0, 4, 0x71, 0x73, 0x72, 0x74])));

    [Fact]
    public void CompositeTypesAndGroups() => Assert.Equal(
        """
        (rec
          (type (;0;) (sub (struct (field i32) (field (mut i8)) (field i16))))
          (type (;1;) (sub final 0 (struct (field (ref null 1)))))
        )
        (type (;2;) (sub 0 1 (array (mut f64))))
        (type (;3;) (func (result i32)))
        (rec)
        (type (;4;) (struct))
        """,
        Fields(Items(1,
            [0x4E, 2, 0x50, 0, 0x5F, 3, 0x7F, 0, 0x78, 1, 0x77, 0, 0x4F, 1, 0, 0x5F, 1, 0x63, 1, 0],
            [0x50, 2, 0, 1, 0x5E, 0x7C, 1],
            [0x4F, 0, 0x60, 0, 1, 0x7F],
            [0x4E, 0],
            [0x4E, 1, 0x5F, 0])));

    [Fact]
    public void Imports() => Assert.Equal(
        """
        (type (;0;) (func (param i32 i64) (result f32)))
        (import "a\"b\\" "\00\ff?\c3\a9" (func (;0;) (type 0) (param i32 i64) (result f32)))
        (import "" "" (table (;0;) 1 funcref))
        (import "m" "n" (table (;1;) i64 1 2 externref))
        (import "m" "n" (memory (;0;) 1 2 shared))
        (import "m" "n" (memory (;1;) i64 0))
        (import "m" "n" (global (;0;) (mut i64)))
        (import "m" "n" (tag (;0;) (type 0) (param i32 i64) (result f32)))
        (import "m" "n" (func (;1;) (type 7)))
        """.Replace("\\ff?", "?", System.StringComparison.Ordinal),
        Fields(Items(1, [0x60, 2, 0x7F, 0x7E, 1, 0x7D]), Items(2,
            [.. Name("a\"b\\"), .. Name("\0?é"), 0, 0],
            [0, 0, 1, 0x70, 0, 1],
            [.. Name("m"), .. Name("n"), 1, 0x6F, 5, 1, 2],
            [.. Name("m"), .. Name("n"), 2, 3, 1, 2],
            [.. Name("m"), .. Name("n"), 2, 4, 0],
            [.. Name("m"), .. Name("n"), 3, 0x7E, 1],
            [.. Name("m"), .. Name("n"), 4, 0, 0],
            [.. Name("m"), .. Name("n"), 0, 7])));

    [Fact]
    public void DefinitionsAndExports() => Assert.Equal(
        """
        (type (;0;) (func))
        (table (;0;) 0 10 funcref)
        (table (;1;) 1 (ref func) (ref.func 0))
        (memory (;0;) 1)
        (tag (;0;) (type 0))
        (global (;0;) i32 (i32.const 5))
        (global (;1;) (mut i32) (i32.const 1) (i32.const 2) (i32.add))
        (global (;2;) i32)
        (export "f" (func 0))
        (export "t" (table 1))
        (export "m" (memory 0))
        (export "g" (global 9))
        (export "e" (tag 0))
        (start 0)
        """,
        Fields(OneType,
            Items(4, [0x70, 1, 0, 10], [0x40, 0, 0x64, 0x70, 0, 1, 0xD2, 0, 0x0B]),
            Items(5, [0, 1]),
            Items(13, [0, 0]),
            Items(6, [0x7F, 0, 0x41, 5, 0x0B], [0x7F, 1, 0x41, 1, 0x41, 2, 0x6A, 0x0B], [0x7F, 0, 0x0B]),
            Items(7, [1, (byte)'f', 0, 0], [1, (byte)'t', 1, 1], [1, (byte)'m', 2, 0], [1, (byte)'g', 3, 9], [1, (byte)'e', 4, 0]),
            Section(8, 0)));

    [Fact]
    public void ElementSegmentsOfAllEightForms() => Assert.Equal(
        """
        (elem (;0;) (offset (i32.const 1)) func 0 1)
        (elem (;1;) func 2)
        (elem (;2;) (table 1) (offset (i32.const 2)) func 3)
        (elem (;3;) declare func 4)
        (elem (;4;) (offset (i32.const 3)) funcref (item (ref.func 5)))
        (elem (;5;) externref (item (ref.null extern)) (item))
        (elem (;6;) (offset (i32.const 4)) (ref 1) (item (global.get 0)))
        (elem (;7;) declare funcref)
        """,
        Fields(Items(9,
            [0, 0x41, 1, 0x0B, 2, 0, 1],
            [1, 0, 1, 2],
            [2, 1, 0x41, 2, 0x0B, 0, 1, 3],
            [3, 0, 1, 4],
            [4, 0x41, 3, 0x0B, 1, 0xD2, 5, 0x0B],
            [5, 0x6F, 2, 0xD0, 0x6F, 0x0B, 0x0B],
            [6, 0, 0x41, 4, 0x0B, 0x64, 1, 1, 0x23, 0, 0x0B],
            [7, 0x70, 0])));

    [Fact]
    public void DataSegmentsSplitLongStrings()
    {
        byte[] text = new byte[200];
        System.Array.Fill(text, (byte)'x');
        string lines = Fields(Items(11, [0, 0x41, 8, 0x0B, .. Sized(0x61, 0x22, 0x5C, 0x0A, 0x7F, 0x80)], [1, 0], [2, 3, 0x42, 0, 0x0B, .. Sized(text)]));
        Assert.Equal($"""
            (data (;0;) (offset (i32.const 8)) "a\"\\\0a\7f\80")
            (data (;1;) "")
            (data (;2;) (memory 3) (offset (i64.const 0))
              "{new string('x', 106)}"
              "{new string('x', 94)}")
            """, lines);
    }

    [Fact]
    public void BlocksInConstantExpressionsArePrintedToo() => Assert.Equal(
        "(global (;0;) i32 block (result i32) (i32.const 1) end)",
        Fields(Items(6, [0x7F, 0, 0x02, 0x7F, 0x41, 1, 0x0B, 0x0B])));

    [Fact]
    public void FunctionsAndLocals() => Assert.Equal(
        """
        (type (;0;) (func (param i32 i32) (result i32)))
        (func (;0;) (type 0) (param i32 i32) (result i32)
          (local i32 i32 i64 (ref 0))
          local.get 5
        )
        (func (;1;) (type 3)
        )
        """,
        Fields(Items(1, [0x60, 2, 0x7F, 0x7F, 1, 0x7F]), Items(3, [0], [3]), Items(10,
            Sized(4, 2, 0x7F, 1, 0x7E, 0, 0x7D, 1, 0x64, 0, 0x20, 5, 0x0B), Sized(0, 0x0B))));

    [Fact]
    public void CustomSectionsKeepTheirPlaces() => Assert.Equal(
        """
        (@custom "a" (before first) "\01")
        (type (;0;) (func))
        (@custom "b" (after type))
        (@custom "c" (after type) "xyz")
        (@custom "d" (after func))
        (@custom "e" (before code))
        (func (;0;) (type 0)
        )
        (@custom "f\22" (after code))
        """.Replace("\\22", "\\\"", System.StringComparison.Ordinal),
        Fields(
            Custom("a", 1), OneType, Custom("b"), Custom("c", 0x78, 0x79, 0x7A), Items(3, [0]), Custom("d"), Section(12, 0),
            Custom("e"), Items(10, Sized(0, 0x0B)), Custom("f\"")));

    [Fact]
    public void OffsetsStandBeforeFieldsAndInstructions()
    {
        byte[] module = Module(OneType, Items(3, [0]), Items(10, Sized(1, 1, 0x7F, 0x01, 0x41, 0x05, 0x1A, 0x0B)), Items(11, [0, 0x41, 0, 0x0B, 0]));
        Assert.Equal(
            """
                    (module
            (;@b;)    (type (;0;) (func))
            (;@15;)   (func (;0;) (type 0)
            (;@16;)     (local i32)
            (;@19;)     nop
            (;@1a;)     i32.const 5
            (;@1c;)     drop
            (;@1d;)   )
            (;@21;)   (data (;0;) (offset (;@22;) (i32.const 0)) "")
                    )

            """,
            Print(module, new PrintOptions { Offsets = true }));
        Assert.Equal(0x01, module[0x19]);
        Assert.Equal(0x0B, module[0x1D]);
    }

    [Fact]
    public void LongListsAreWrapped()
    {
        byte[] parameters = new byte[60];
        System.Array.Fill(parameters, (byte)0x7F);
        string text = Fields(Items(1, [0x60, .. Sized(parameters), 0]));
        Assert.Contains("i32\n  i32", text, System.StringComparison.Ordinal);
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 1, 120));
    }
}
