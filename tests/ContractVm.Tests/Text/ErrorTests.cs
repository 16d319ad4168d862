using ContractVm.Text;
using Xunit;

namespace ContractVm.Tests.Text;

public class ErrorTests
{
    [Theory]
    [InlineData("(module\n  (func \u0007))", TextErrorCode.UnexpectedCharacter, 2, 9)]
    [InlineData("(func é)", TextErrorCode.UnexpectedCharacter, 1, 7)]
    [InlineData("(export \"a\n\")", TextErrorCode.UnclosedString, 1, 9)]
    [InlineData("(export \"", TextErrorCode.UnclosedString, 1, 9)]
    [InlineData("(; (; ;)", TextErrorCode.UnclosedComment, 1, 1)]
    [InlineData("(func (@x (y)", TextErrorCode.UnclosedAnnotation, 1, 7)]
    [InlineData("(import \"é\" \"\\xx\")", TextErrorCode.BadEscape, 1, 14)]
    [InlineData("(data \"\\u{d800}\")", TextErrorCode.BadEscape, 1, 8)]
    [InlineData("(data \"\\u{110000}\")", TextErrorCode.BadEscape, 1, 8)]
    [InlineData("(export \"\\ff\" (func 0))", TextErrorCode.BadUtf8, 1, 9)]
    [InlineData("(func $)", TextErrorCode.EmptyIdentifier, 1, 7)]
    [InlineData("(func $\"\")", TextErrorCode.EmptyIdentifier, 1, 7)]
    [InlineData("(@ x)", TextErrorCode.EmptyAnnotationId, 1, 1)]
    [InlineData("(func) )", TextErrorCode.UnexpectedToken, 1, 8)]
    [InlineData("(module) (module)", TextErrorCode.UnexpectedToken, 1, 10)]
    [InlineData("$x (func)", TextErrorCode.UnexpectedToken, 1, 1)]
    [InlineData("(data \"a\"\"b\")", TextErrorCode.UnexpectedToken, 1, 7)]
    [InlineData("(func (param $x i32 i32))", TextErrorCode.UnexpectedToken, 1, 21)]
    [InlineData("(func (result i32) (param i32))", TextErrorCode.UnexpectedToken, 1, 21)]
    [InlineData("(func (block (param $x i32)))", TextErrorCode.UnexpectedToken, 1, 21)]
    [InlineData("(func (if (i32.const 0)))", TextErrorCode.UnexpectedToken, 1, 24)]
    [InlineData("(func (if (then) (i32.const 0)))", TextErrorCode.UnexpectedToken, 1, 18)]
    [InlineData("(func (if (then) (else) (else)))", TextErrorCode.UnexpectedToken, 1, 25)]
    [InlineData("(func (i32.add i32.const 0))", TextErrorCode.UnexpectedToken, 1, 16)]
    [InlineData("(func block)", TextErrorCode.UnexpectedToken, 1, 12)]
    [InlineData("(func end)", TextErrorCode.UnexpectedToken, 1, 7)]
    [InlineData("(func (else))", TextErrorCode.UnexpectedToken, 1, 8)]
    [InlineData("(func", TextErrorCode.UnexpectedEnd, 1, 6)]
    [InlineData("(func (nop)\n (nope))", TextErrorCode.UnknownInstruction, 2, 3)]
    [InlineData("(func select_t)", TextErrorCode.UnknownInstruction, 1, 7)]
    [InlineData("(func (ref.test_null))", TextErrorCode.UnknownInstruction, 1, 8)]
    [InlineData("(func call $f)", TextErrorCode.UnknownIdentifier, 1, 12)]
    [InlineData("(func (block $a (br $b)))", TextErrorCode.UnknownIdentifier, 1, 21)]
    [InlineData("(func (block $a) (br $a))", TextErrorCode.UnknownIdentifier, 1, 22)]
    [InlineData("(func (if $a (br_if $a) (then)))", TextErrorCode.UnknownIdentifier, 1, 21)]
    [InlineData("(func (local $x i32)) (func (local.get $x))", TextErrorCode.UnknownIdentifier, 1, 40)]
    [InlineData("(type $t (struct (field $x i32))) (type $u (struct)) (func (struct.get $u $x))", TextErrorCode.UnknownIdentifier, 1, 75)]
    [InlineData("(func $f) (import \"\" \"\" (func $f))", TextErrorCode.DuplicateIdentifier, 1, 31)]
    [InlineData("(func (param $x i32) (local $x i32))", TextErrorCode.DuplicateIdentifier, 1, 29)]
    [InlineData("(type (struct (field $x i32) (field $x i32)))", TextErrorCode.DuplicateIdentifier, 1, 37)]
    [InlineData("(func (i32.const 4294967296))", TextErrorCode.NumberOutOfRange, 1, 18)]
    [InlineData("(func br 4294967296)", TextErrorCode.NumberOutOfRange, 1, 10)]
    [InlineData("(func f32.const 1e39)", TextErrorCode.NumberOutOfRange, 1, 17)]
    [InlineData("(func i8x16.extract_lane_s 256)", TextErrorCode.NumberOutOfRange, 1, 28)]
    [InlineData("(func i32.load offset=18446744073709551616)", TextErrorCode.NumberOutOfRange, 1, 16)]
    [InlineData("(func i32.const 1.0)", TextErrorCode.BadNumber, 1, 17)]
    [InlineData("(func i32.load align=3)", TextErrorCode.BadAlignment, 1, 16)]
    [InlineData("(func i32.load align=0)", TextErrorCode.BadAlignment, 1, 16)]
    [InlineData("(func v128.const i64x2 1)", TextErrorCode.WrongLaneCount, 1, 25)]
    [InlineData("(func v128.const i64x2 1 2 3)", TextErrorCode.WrongLaneCount, 1, 28)]
    [InlineData("(type $t (func)) (func (type $t) (param i32))", TextErrorCode.InlineTypeMismatch, 1, 24)]
    [InlineData("(func (type 7) (param i32))", TextErrorCode.InlineTypeMismatch, 1, 7)]
    [InlineData("(func block $a end $b)", TextErrorCode.LabelMismatch, 1, 20)]
    [InlineData("(func block end $b)", TextErrorCode.LabelMismatch, 1, 17)]
    [InlineData("(memory 1) (func (import \"\" \"\"))", TextErrorCode.ImportAfterDefinition, 1, 12)]
    [InlineData("(func) (start 0) (start 0)", TextErrorCode.MultipleStarts, 1, 18)]
    public void RefusalsNameTheirPlace(string text, TextErrorCode code, int line, int column)
    {
        TextError error = Texts.Refused(text);
        Assert.Equal((code, line, column), (error.Code, error.Line, error.Column));
    }

    [Fact]
    public void LinesEndInAnyOfThreeWaysAndColumnsAreCharacters()
    {
        TextError error = Texts.Refused(";; 1\r;; 2\n;; 3\r\n(; \U0001F600\u00E9 ;) nope");
        Assert.Equal((4, 10), (error.Line, error.Column));
        Assert.StartsWith("malformed text (UnexpectedToken) at line 4, column 10: 'nope'", error.ToString(), System.StringComparison.Ordinal);
    }

    [Fact]
    public void BytesThatAreNotUtf8AreRefusedWhereTheyStand()
    {
        Assert.False(TextFormat.TryRead(new byte[] { (byte)'(', (byte)';', 0xC3, 0xA9, 0xFF, (byte)';', (byte)')' }, new TextOptions(), out _, out TextError? error));
        Assert.Equal((TextErrorCode.BadUtf8, 1, 4), (error.Code, error.Line, error.Column));
    }

    [Theory]
    [InlineData("(func (type 7))")]
    [InlineData("(func (call 7) (local.get 7) (br 7) (i32.load align=64))")]
    [InlineData("(func (i8x16.extract_lane_s 200))")]
    [InlineData("(memory 0x1_0000_0000) (table 0xffff_ffff_ffff_ffff funcref)")]
    [InlineData("(export \"a\" (func 3)) (export \"a\" (func 3)) (start 9)")]
    [InlineData("(func (param i32) (result f64))")]
    [InlineData("(global i32 (nop) (block (br 3)) (call 1))")]
    [InlineData("(type (sub 0 1 2 (func)))")]
    [InlineData("(elem (i32.const 0))")]
    public void WhatIsOnlyInvalidIsWritten(string text) => Texts.Read(text);
}
