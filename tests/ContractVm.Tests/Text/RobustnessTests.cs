using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using ContractVm.Conformance;
using ContractVm.TestSupport;
using ContractVm.Text;
using Xunit;

namespace ContractVm.Tests.Text;

public class RobustnessTests
{
    private const int Depth = 1_000_000;

    /// <summary>Less than a second on an idle machine; hours where the time grows with the square.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("(module (func ", "(block ", ")", "))")]
    [InlineData("(module (func ", "block $l ", "end $l ", "))")]
    [InlineData("(module (func (drop ", "(i32.eqz ", ")", ")))")]
    [InlineData("(module (func ", "(if (i32.const 0) (then ", "))", "))")]
    [InlineData("(module (func (if (i32.const 0) (then) (else ", "(if (i32.const 0) (then) (else ", "))", "))))")]
    [InlineData("(module (func ", "(try_table (catch_all 0) ", ")", "))")]
    [InlineData("(module ", "(;", ";)", ")")]
    [InlineData("(module (@x ", "(", ")", "))")]
    public void NestingCostsTimeInProportion(string start, string open, string close, string end)
    {
        string text = start + string.Concat(Enumerable.Repeat(open, Depth)) + string.Concat(Enumerable.Repeat(close, Depth)) + end;
        Stopwatch watch = Stopwatch.StartNew();
        Texts.Read(text);
        Assert.True(watch.Elapsed < Patience, $"{watch.Elapsed}");
    }

    [Theory]
    [InlineData("(")]
    [InlineData("(module (func (if ")]
    [InlineData("(module (func (i32.add ")]
    [InlineData("(@x ")]
    [InlineData("(type (func (param (ref ")]
    public void UnclosedNestingIsRefused(string open)
    {
        Stopwatch watch = Stopwatch.StartNew();
        Texts.Refused(string.Concat(Enumerable.Repeat(open, Depth)));
        Assert.True(watch.Elapsed < Patience, $"{watch.Elapsed}");
    }

    [Fact]
    public void HugeSizesReserveNothing()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Texts.Read("(memory 0 0xffff_ffff_ffff_ffff) (table 0xffff_ffff 0xffff_ffff funcref) (type (array i8)) (func (array.new_fixed 0 0xffff_ffff))");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void TextsAboveTheLimitAreRefusedUnread()
    {
        Assert.False(TextFormat.TryRead(new byte[Lexer.MaximumLength + 1], new TextOptions(), out _, out TextError? error));
        Assert.Equal((TextErrorCode.TooLarge, 1, 1), (error.Code, error.Line, error.Column));
    }

    [Fact]
    public void ManyNamesCostTimeInProportion()
    {
        StringBuilder text = new();
        for (int index = 0; index < 200_000; index++) text.Append($"(func $f{index} (param $p{index} i32) (block $l{index} (br $l{index})) (call $f{index} (local.get $p{index})))");
        Stopwatch watch = Stopwatch.StartNew();
        Texts.Read(text.ToString());
        Assert.True(watch.Elapsed < Patience, $"{watch.Elapsed}");
    }

    [Fact]
    public void RandomBytesGiveAModuleOrAnError()
    {
        Random random = new(7);
        byte[] bytes = new byte[200];
        ReadOnlySpan<byte> alphabet = "()\"$;@\\ \n0x1.e-_abcdefz=,[\u00E9"u8;
        for (int round = 0; round < 20_000; round++)
        {
            int length = random.Next(bytes.Length);
            for (int at = 0; at < length; at++) bytes[at] = random.Next(10) == 0 ? (byte)random.Next(256) : alphabet[random.Next(alphabet.Length)];
            ExpectAnswer(bytes.AsMemory(0, length));
        }
    }

    [SharedDataFact(SuiteTests.Root)]
    public void MutatedTextsGiveAModuleOrAnError()
    {
        Random random = new(11);
        List<string> files = ["align", "annotations", "call_indirect", "elem", "global", "id", "if", "imports", "select", "type-rec", "gc/br_on_cast", "gc/struct", "exceptions/try_table", "simd/simd_const"];
        foreach (string file in files)
        {
            byte[] source = File.ReadAllBytes(Path.Combine(TestData.Shared(SuiteTests.Root)!, "test/core", file + ".wast"));
            TokenList tokens = Lexer.Read(source);
            for (int round = 0; round < 400; round++) ExpectAnswer(Mutate(source, tokens, random));
        }
    }

    /// <summary>Some forms of a script in a module, with tokens left out, doubled and exchanged.</summary>
    private static byte[] Mutate(byte[] source, TokenList tokens, Random random)
    {
        MemoryStream text = new();
        text.Write("(module "u8);
        int start = random.Next(tokens.Count);
        // Begin behind the word module where there is one, so that most of what follows are fields.
        while (start < tokens.Count && tokens.Kind(start) != TokenKind.Module) start++;
        int length = Math.Min(random.Next(400), tokens.Count - start - 1);
        for (int index = start + 1; index < start + length; index++)
        {
            int token = random.Next(60) switch
            {
                0 => -1,
                1 => random.Next(tokens.Count),
                2 => index - 1,
                _ => index,
            };
            if (token < 0) continue;
            text.Write(tokens.Text(token));
            text.WriteByte((byte)' ');
            if (random.Next(80) == 0) text.Write(tokens.Text(token));
        }

        if (random.Next(10) == 0) text.WriteByte(source[random.Next(source.Length)]);
        text.WriteByte((byte)')');
        return text.ToArray();
    }

    private static void ExpectAnswer(ReadOnlyMemory<byte> text)
    {
        bool isRead = TextFormat.TryRead(text, new TextOptions(), out TextModule? module, out TextError? error);
        Assert.Equal(isRead, module is not null);
        Assert.Equal(isRead, error is null);
        // What is written down is a module, valid or not; one that the text gives in bytes is what the bytes are.
        bool isText = text.Span.IndexOf("binary"u8) < 0;
        if (isText && module is not null && !Module.TryLoad(module.Bytes, Profiles.Bare, out _, out ModuleError refusal))
            Assert.True(refusal.Kind != ModuleErrorKind.Malformed, $"{refusal}: {Encoding.UTF8.GetString(text.Span)}");
        if (error is not null) Assert.True(error.Line > 0 && error.Column > 0 && error.Detail.Length > 0);
        ScriptReader.TryRead(text, out _, out _);
    }
}
