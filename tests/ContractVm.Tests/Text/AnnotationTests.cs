using System;
using System.Text;
using ContractVm.Text;
using Xunit;

namespace ContractVm.Tests.Text;

public class AnnotationTests
{
    [Fact]
    public void CustomSectionsStandWhereTheyAreToldTo()
    {
        string text = "(module (@custom \"e\" \"1\" \"2\") (@custom \"b\" (before func)) (@custom \"a\" (before first)) (func) (@custom \"d\" (after code) \"x\") (@custom \"c\" (after func)))";
        Assert.Equal(
            "0002" + "0161" + "0104" + "01600000" + "0002" + "0162" + "0302" + "0100" + "0002" + "0163" + "0A04" + "0102000B" + "0003" + "016478" + "0004" + "01653132",
            Texts.Hex(text));
    }

    [Fact]
    public void NamesTakePrecedenceOverIdentifiers()
    {
        byte[] bytes = Texts.Read("(module $m (@name \"M\") (func $f (@name \"F\") (param (@name \"P\") i32) (local $x (@name \"\") i32)) (memory (@name \"λ\") 1))").Bytes;
        Assert.Equal([(0, 0u, 0u, "M"), (1, 0, 0, "F"), (2, 0, 0, "P"), (2, 0, 1, ""), (6, 0, 0, "λ")], NameSection.CutOff(ref bytes, isWabt: false).Names);
    }

    [Fact]
    public void BranchHintsStandBeforeTheCodeWithTheirOffsets()
    {
        string text = "(func) (func (param i32) (local i64) (@metadata.code.branch_hint \"\\01\") (if (local.get 0) (then)) (block (@metadata.code.branch_hint \"\\00\") (br_if 0 (local.get 0))))";
        byte[] bytes = Texts.Read(text).Bytes;
        byte[] expected = [25 + 1 + 9, 25, .. "metadata.code.branch_hint"u8, 1, 1, 2, 5, 1, 1, 12, 1, 0];
        int at = bytes.AsSpan().IndexOf(expected);
        Assert.True(at > 0 && bytes[at - 1] == 0, Convert.ToHexString(bytes));
        Assert.Equal(0x0A, bytes[at + expected.Length]);
    }

    [Theory]
    [InlineData("(@custom \"a\") (module)", TextErrorCode.MisplacedAnnotation)]
    [InlineData("(func (@custom \"a\"))", TextErrorCode.MisplacedAnnotation)]
    [InlineData("(@custom \"a\" (before func) here)", TextErrorCode.BadAnnotation)]
    [InlineData("(@custom \"a\" (before))", TextErrorCode.BadAnnotation)]
    [InlineData("(@custom \"\\ff\")", TextErrorCode.BadUtf8)]
    [InlineData("(module (@name \"a\") (@name \"b\"))", TextErrorCode.DuplicateAnnotation)]
    [InlineData("(module (@name a))", TextErrorCode.BadAnnotation)]
    [InlineData("(func $f (param i32) (@name \"a\"))", TextErrorCode.MisplacedAnnotation)]
    [InlineData("(func (@metadata.code.branch_hint \"\\02\") (if (then)))", TextErrorCode.BadAnnotation)]
    [InlineData("(func (@metadata.code.branch_hint \"\\01\") (nop))", TextErrorCode.InvalidAnnotationTarget)]
    [InlineData("(func (nop) (@metadata.code.branch_hint \"\\01\"))", TextErrorCode.MisplacedAnnotation)]
    [InlineData("(global i32 (@metadata.code.branch_hint \"\\01\") (i32.const 0))", TextErrorCode.MisplacedAnnotation)]
    public void AnnotationsThatAreUnderstoodAreChecked(string text, TextErrorCode code) => Assert.Equal(code, Texts.Refused(text).Code);

    [Fact]
    public void OthersAreWhiteSpace() => Assert.Equal(
        Texts.Hex("(func (result i32) (i32.const 1))"),
        Texts.Hex("((@a) func (@\"b c\" , ; () (@custom 1)) (@c (d) \")\") (result (@x) i32) (i32.const (@y (; ) ;)) 1))"));

    [Fact]
    public void ASectionNameMayBeAnything() => Assert.Contains("λ", Encoding.UTF8.GetString(Texts.Read("(@custom \"λ\")").Bytes), StringComparison.Ordinal);
}
