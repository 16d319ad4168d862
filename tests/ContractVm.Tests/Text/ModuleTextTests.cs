using System;
using System.Text;
using ContractVm.Text;
using Xunit;

namespace ContractVm.Tests.Text;

/// <summary>Texts and the bytes that stand for them, worked out by hand from the binary format.</summary>
public class ModuleTextTests
{
    [Theory]
    [InlineData("(module)", "")]
    [InlineData("", "")]
    [InlineData("(type (func)) (type $t (func (param i32) (param $p i64 ) (result f32 f64)))", "010B02" + "600000" + "60027F7E027D7C")]
    [InlineData("(type (struct (field i8 (mut i16)) (field $x (ref null 0))))", "010A015F0378007701630000")]
    [InlineData("(type (array (mut (ref eq))))", "0105015E646D01")]
    [InlineData("(type (array anyref)) (type (array (ref null any)))", "0107025E6E005E6E00")]
    [InlineData("(rec (type $a (func)) (type $b (struct)))", "0108014E026000005F00")]
    [InlineData("(rec) (rec (type (func)))", "0106024E00600000")]
    [InlineData("(type $a (sub (func))) (type (sub $a (func))) (type (sub final $a (func))) (type (sub final (func)))",
        "011504" + "5000600000" + "500100600000" + "4F0100600000" + "600000")]
    public void TypesAreWritten(string text, string hex) => Assert.Equal(hex, Texts.Hex(text));

    [Fact]
    public void TypeUsesFindTheFirstPlainTypeOrAppendOne()
    {
        // The group of two and the open type are passed over, the final one on its own is found, and a new one comes last.
        string text = "(rec (type (func (param i32))) (type (struct))) (type (sub (func (param i32)))) (import \"\" \"\" (func (param i32))) (import \"\" \"\" (func (param i64))) (type (func (param i32)))";
        Assert.Equal("0117" + "04" + "4E0260017F005F00" + "500060017F00" + "60017F00" + "60017E00" + "020902" + "00000003" + "00000004", Texts.Hex(text));
    }

    [Fact]
    public void FoldedAndFlatInstructionsAreTheSame()
    {
        const string Flat = "(func (param i32) (result i32) local.get 0 if $l (result i32) i32.const 1 i32.const 2 i32.add else i32.const 3 br $l end $l)";
        const string Folded = "(func (param i32) (result i32) (if $l (result i32) (local.get 0) (then (i32.add (i32.const 1) (i32.const 2))) (else (br $l (i32.const 3)))))";
        Assert.Equal(Texts.Hex(Flat), Texts.Hex(Folded));
    }

    [Theory]
    [InlineData("i32.load", "280200")]
    [InlineData("i32.load offset=0xffff_ffff_ffff_ffff align=1", "2800FFFFFFFFFFFFFFFFFF01")]
    [InlineData("i32.load 1 align=8", "284301" + "00")]
    [InlineData("v128.load8_lane 3", "FD54000003")]
    [InlineData("v128.load8_lane 1 3", "FD5440010003")]
    [InlineData("v128.load8_lane offset=1 255", "FD540001FF")]
    [InlineData("memory.copy", "FC0A0000")]
    [InlineData("memory.copy 1 0", "FC0A0100")]
    [InlineData("table.init 1", "FC0C0100")]
    [InlineData("table.init 2 1", "FC0C0102")]
    [InlineData("call_indirect", "110000")]
    [InlineData("call_indirect 1 (type 0)", "110001")]
    [InlineData("select (result) (result i32)", "1C017F")]
    [InlineData("ref.test (ref func)", "FB1470")]
    [InlineData("ref.test funcref", "FB1570")]
    [InlineData("ref.cast (ref null 0)", "FB1700")]
    [InlineData("br_on_cast 0 (ref null any) (ref i31)", "FB1801006E6C")]
    [InlineData("br_on_cast_fail 0 anyref (ref null eq)", "FB1903006E6D")]
    [InlineData("br_table 0", "0E0000")]
    [InlineData("br_table 1 2 3", "0E02010203")]
    [InlineData("try_table (catch 0 0) (catch_ref 1 0) (catch_all 0) (catch_all_ref 0) end", "1F4004" + "000000" + "010100" + "0200" + "0300" + "0B")]
    [InlineData("block (result funcref) end", "02700B")]
    [InlineData("block (result (ref 0)) end", "0264000B")]
    [InlineData("block (type 0) end", "02000B")]
    [InlineData("if else end", "04400B")]
    [InlineData("i64.const -0x8000_0000_0000_0000", "428080808080808080807F")]
    [InlineData("f32.const -nan:0x1", "43010080FF")]
    [InlineData("v128.const i16x8 1 -1 0xffff 0 0 0 0 32767", "FD0C0100FFFFFFFF0000000000000000FF7F")]
    [InlineData("v128.const f64x2 1 -inf", "FD0C000000000000F03F000000000000F0FF")]
    [InlineData("i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 200", "FD0D000102030405060708090A0B0C0D0EC8")]
    [InlineData("atomic.fence", "FE0300")]
    [InlineData("i32.atomic.rmw8.cmpxchg_u", "FE4A0000")]
    public void InstructionsAreWritten(string instruction, string hex)
    {
        string module = Texts.Hex($"(type (func)) (func {instruction})");
        int size = hex.Length / 2 + 2;
        string body = $"0A{size + 2:X2}01{size:X2}00{hex}0B";
        Assert.EndsWith(body, module, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(memory 0)", "05030100" + "00")]
    [InlineData("(memory i64 1 0x1_0000_0000_0000)", "050A01" + "05" + "01" + "80808080808040")]
    [InlineData("(memory 1 2 shared)", "0504010301" + "02")]
    [InlineData("(memory (data \"ab\" \"\\u{1F600}\"))", "0504010101" + "01" + "0B0C01" + "0041000B" + "066162F09F9880")]
    [InlineData("(memory i64 (data))", "0504010500" + "00" + "0B0601" + "0042000B" + "00")]
    [InlineData("(table 1 funcref)", "04040170" + "0001")]
    [InlineData("(table i64 1 2 externref)", "0405016F" + "050102")]
    [InlineData("(table 1 (ref any) (ref.i31 (i32.const 0)))", "040C01" + "4000" + "646E0001" + "4100FB1C" + "0B")]
    [InlineData("(global (export \"a\") (export \"b\") (import \"m\" \"n\") (mut f64))", "0208" + "01016D016E" + "037C01" + "0709" + "02" + "01610300" + "01620300")]
    [InlineData("(tag (export \"t\") (param i32))", "01050160017F00" + "0D03010000" + "0705010174" + "0400")]
    public void FieldsAreWritten(string text, string hex) => Assert.Equal(hex, Texts.Hex(text));

    [Theory]
    [InlineData("(elem (i32.const 0) 0 1)", "0041000B020001")]
    [InlineData("(elem func 0)", "01000100")]
    [InlineData("(elem (table 1) (i32.const 0) func 0)", "020141000B000100")]
    [InlineData("(elem (table 0) (offset i32.const 0) func 0)", "0041000B0100")]
    [InlineData("(elem declare func 0)", "03000100")]
    [InlineData("(elem (i32.const 0) funcref (ref.null func))", "0441000B01D0700B")]
    [InlineData("(elem (i32.const 0) (ref func) (ref.func 0))", "0041000B0100")]
    [InlineData("(elem funcref (item ref.func 0) (ref.null func))", "057002D2000BD0700B")]
    [InlineData("(elem (table 0) (i32.const 0) externref (item ref.null extern))", "060041000B6F01D06F0B")]
    [InlineData("(elem declare funcref (ref.func 0))", "077001D2000B")]
    public void ElementSegmentsTakeTheShortestForm(string text, string hex)
    {
        string module = Texts.Hex(text);
        Assert.Equal($"09{hex.Length / 2 + 1:X2}01{hex}", module);
    }

    [Fact]
    public void InlineSegmentsCountInTheirIndexSpaces()
    {
        string text = "(table funcref (elem 0 1)) (elem $e func 0) (func) (func (elem.drop $e))";
        Assert.EndsWith("FC0D010B", Texts.Hex(text), StringComparison.Ordinal);
    }

    [Fact]
    public void LocalsAreRunsOfEqualTypes() =>
        Assert.EndsWith("0A0B" + "01" + "09" + "03" + "027F" + "016400" + "027E" + "0B", Texts.Hex("(type (func)) (func (local i32) (local $x i32) (local (ref 0)) (local i64 i64))"), StringComparison.Ordinal);

    [Fact]
    public void NamesFollowTheirSpaces()
    {
        byte[] bytes = Texts.Read("(module $m (type $t (struct (field i32) (field $f i64))) (func $g (param i32) (param $p i32) (block (block $l))) (tag $e))").Bytes;
        NameSection names = NameSection.CutOff(ref bytes, isWabt: false);
        Assert.Equal([(0, 0u, 0u, "m"), (1, 0, 0, "g"), (2, 0, 1, "p"), (3, 0, 1, "l"), (4, 0, 0, "t"), (10, 0, 1, "f"), (11, 0, 0, "e")], names.Names);
        Assert.Equal(Texts.Hex("(type (struct (field i32 i64))) (func (param i32 i32) (block (block))) (tag)"), Convert.ToHexString(bytes.AsSpan(8)));
    }

    [Fact]
    public void ModulesInOtherFormsAreTaken()
    {
        TextModule binary = Texts.Read("(module $b binary \"\\00asm\" \"\\01\\00\\00\\00\")");
        Assert.Equal(("b", "\0asm\u0001\0\0\0"), (binary.Name, Encoding.ASCII.GetString(binary.Bytes)));
        TextModule quoted = Texts.Read("(module quote \"(module $q (func\" \"))\")");
        Assert.Equal("q", quoted.Name);
        Assert.Equal(TextErrorCode.UnexpectedToken, Texts.Refused("(module quote \"(module binary)\")").Code);
    }

    [Fact]
    public void BytesAreFoundInTheSource()
    {
        TextModule module = Texts.Read("(module\n  (func (result i32)\n    (i32.add (i32.const 1)\n      (i32.const 2))))");
        int add = Array.IndexOf(module.Bytes, (byte)0x6A);
        Assert.True(module.TryFindSource(add, out int line, out int column));
        Assert.Equal((3, 6), (line, column));
        Assert.True(module.TryFindSource(add - 1, out line, out column));
        Assert.Equal((4, 8), (line, column));
        Assert.False(module.TryFindSource(7, out line, out column));
    }
}
