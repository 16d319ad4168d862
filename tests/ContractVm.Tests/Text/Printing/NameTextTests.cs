using System;
using ContractVm.Text;
using Xunit;
using static ContractVm.Tests.Text.Printing.PrinterModules;

namespace ContractVm.Tests.Text.Printing;

/// <summary>The name section as identifiers.</summary>
public class NameTextTests
{
    private static readonly byte[] OneType = Items(1, [0x60, 1, 0x7F, 0]);

    private static byte[] Functions(int count, params byte[] body)
    {
        byte[][] types = new byte[count][], bodies = new byte[count][];
        Array.Fill(types, [0]);
        Array.Fill(bodies, Sized(body));
        return Concat(Items(3, types), Items(10, bodies));
    }

    [Fact]
    public void EveryKindOfEntityHasAnIdentifier() => Assert.Equal(
        """
        (module $M
          (type $ty (;0;) (func (param i32)))
          (type $st (;1;) (struct (field $x i32) (field i64)))
          (import "" "" (func $imp (;0;) (type $ty) (param $p i32)))
          (table $tab (;0;) 1 (ref null $ty))
          (memory $mem (;0;) 1)
          (memory $mem2 (;1;) 1)
          (tag $tag (;0;) (type $ty) (param i32))
          (global $glo (;0;) (ref func) (ref.func $f))
          (export "x" (tag $tag))
          (start $imp)
          (elem $el (;0;) func $f $imp)
          (func $f (;1;) (type $ty) (param $p i32)
            (local i32) (local $l (ref $st))
            local.get $p
            local.get 1
            call_indirect (type $ty) (param i32)
            struct.get $st $x
            struct.get $st 1
            memory.copy $mem2 $mem
            i32.load $mem2
            memory.init $dat
            table.init $tab $el
            throw $tag
            global.get $glo
          )
          (data $dat (;0;) "")
        )

        """,
        Print(Module(
            Items(1, [0x60, 1, 0x7F, 0], [0x5F, 2, 0x7F, 0, 0x7E, 0]), Items(2, [0, 0, 0, 0]), Items(3, [0]), Items(4, [0x63, 0, 0, 1]),
            Items(5, [0, 1], [0, 1]), Items(13, [0, 0]), Items(6, [0x64, 0x70, 0, 0xD2, 1, 0x0B]), Items(7, [1, (byte)'x', 4, 0]), Section(8, 0),
            Items(9, [1, 0, 2, 1, 0]), Section(12, 1),
            Items(10, Sized(
            [
                2, 1, 0x7F, 1, 0x64, 1, 0x20, 0, 0x20, 1, 0x11, 0, 0, 0xFB, 2, 1, 0, 0xFB, 2, 1, 1, 0xFC, 10, 1, 0, 0x28, 0x42, 1, 0,
                0xFC, 8, 0, 0, 0xFC, 12, 0, 0, 0x08, 0, 0x23, 0, 0x0B,
            ])),
            Items(11, [1, 0]),
            Names(
                Section(0, Name("M")), Section(1, NameMap("imp", "f")),
                Section(2, Vector([0, .. NameMap("p")], [1, 2, 0, 1, (byte)'p', 2, 1, (byte)'l'])),
                Section(4, NameMap("ty", "st")), Section(5, NameMap("tab")), Section(6, NameMap("mem", "mem2")), Section(7, NameMap("glo")),
                Section(8, NameMap("el")), Section(9, NameMap("dat")), Section(10, Vector([1, .. NameMap("x")])), Section(11, NameMap("tag"))))));

    [Fact]
    public void NamesAreMadeLegalAndUnique()
    {
        string text = Print(Module(OneType, Functions(9, 0, 0x10, 5, 0x0B), Names(
            Section(1, NameMap("a", "a", "", "a#1", "a b", "\"é\\", "(", "a", "#2")))));
        string[] expected =
        [
            "$a (;0;)", "$a#1 (;1;) (@name \"a\")", "$#2 (;2;) (@name \"\")", "$a#1#3 (;3;) (@name \"a#1\")", "$\"a b\" (;4;)",
            "$\"\\\"\\c3\\a9\\\\\" (;5;)", "$\"(\" (;6;)", "$a#7 (;7;) (@name \"a\")", "$#2#8 (;8;) (@name \"#2\")",
        ];
        foreach (string start in expected) Assert.Contains($"  (func {start} (type 0) (param i32)\n", text, StringComparison.Ordinal);
        Assert.Contains("    call $\"\\\"\\c3\\a9\\\\\"\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void LongNamesAreCutInIdentifiersAndKeptInAnnotations()
    {
        string longName = new('n', 5000);
        string text = Print(Module(OneType, Functions(1, 0, 0x10, 0, 0x0B), Names(Section(1, NameMap(longName)))));
        string identifier = $"${new string('n', 200)}#0";
        Assert.Contains($"(func {identifier} (;0;) (@name \"{longName}\") (type 0)", text, StringComparison.Ordinal);
        Assert.Contains($"call {identifier}\n", text, StringComparison.Ordinal);

        // A cut never leaves half of a character.
        text = Print(Module(OneType, Functions(1, 0, 0x10, 0, 0x0B), Names(Section(1, NameMap("x" + string.Concat(System.Linq.Enumerable.Repeat("\U0001F600", 100)))))));
        Assert.Contains($"call $\"x{string.Concat(System.Linq.Enumerable.Repeat("\\f0\\9f\\98\\80", 19))}#0\"\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void LabelsMayShadowEachOther()
    {
        // block $l  block $l  br 0  br 1  end  loop $k  br 0  br 1  br 2  end  end; then a try_table $l in a block $l.
        byte[] body =
        [
            0, 0x02, 0x40, 0x02, 0x40, 0x0C, 0, 0x0C, 1, 0x0B, 0x03, 0x40, 0x0C, 0, 0x0C, 1, 0x0C, 2, 0x0B, 0x0B,
            0x02, 0x40, 0x1F, 0x40, 1, 2, 0, 0x0C, 0, 0x0C, 1, 0x0B, 0x0B, 0x0B,
        ];
        string text = Print(Module(OneType, Functions(1, body), Names(Section(3, Vector([0, .. NameMap("l", "l", "k", "l", "l")])))));
        Assert.Equal(
            """
            (module
              (type (;0;) (func (param i32)))
              (func (;0;) (type 0) (param i32)
                block $l
                  block $l
                    br $l
                    br 1
                  end
                  loop $k
                    br $k
                    br $l
                    br 2
                  end
                end
                block $l
                  try_table $l (catch_all $l)
                    br $l
                    br 1
                  end
                end
              )
            )

            """,
            text);
    }

    [Fact]
    public void AMalformedOrSecondNameSectionIsKeptAsItsBytes()
    {
        byte[] malformed = Names(Section(1, NameMap("f")), [2, 9]);
        Assert.Equal("(module\n  (@custom \"name\" (before first) \"\\01\\04\\01\\00\\01f\\02\\09\")\n)\n", Print(Module(malformed)));
        byte[] first = Names(Section(0, Name("M"))), second = Names(Section(0, Name("N")));
        Assert.Equal("(module $M\n  (@custom \"name\" (before first) \"\\00\\02\\01N\")\n)\n", Print(Module(first, second)));
    }

    [Fact]
    public void WithoutNamesEverythingHasItsNumber() => Assert.Equal(
        "(module\n  (type (;0;) (func (param i32)))\n  (@custom \"name\" (after type) \"\\04\\04\\01\\00\\01t\")\n)\n",
        Print(Module(OneType, Names(Section(4, NameMap("t")))), new PrintOptions { Names = false }));
}
