using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using ContractVm.Conformance;
using ContractVm.Fuzz;
using ContractVm.TestSupport;
using ContractVm.Text;
using Xunit;
using static ContractVm.Tests.Text.Printing.PrinterModules;

namespace ContractVm.Tests.Text.Printing;

/// <summary>Bytes that are no module, and modules made to hurt a printer.</summary>
public class MalformedTextTests
{
    private static readonly byte[] OneType = Items(1, [0x60, 0, 0]);

    public static TheoryData<ModuleErrorCode, int, byte[]> Malformed() => new()
    {
        { ModuleErrorCode.BadMagic, 0, [] },
        { ModuleErrorCode.BadMagic, 0, [0, 1, 2, 3, 1, 0, 0, 0] },
        { ModuleErrorCode.BadVersion, 4, [0, 0x61, 0x73, 0x6D, 2, 0, 0, 0] },
        { ModuleErrorCode.BadSectionId, 8, Module([14, 0]) },
        { ModuleErrorCode.UnexpectedEnd, 10, Module([1, 5, 0]) },
        { ModuleErrorCode.UnexpectedEnd, 10, Module(Section(1, 9, 0x60)) },
        { ModuleErrorCode.SectionOrder, 11, Module(Items(3), Items(1)) },
        { ModuleErrorCode.SectionOrder, 11, Module(Items(1), Items(1)) },
        { ModuleErrorCode.SectionSize, 11, Module(Section(1, 0, 0)) },
        { ModuleErrorCode.BadUtf8, 10, Module(Section(0, 1, 0xFF)) },
        { ModuleErrorCode.BadType, 11, Module(Items(1, [0x61])) },
        { ModuleErrorCode.BadType, 13, Module(Items(1, [0x60, 1, 0x40, 0])) },
        { ModuleErrorCode.BadType, 11, Module(Items(4, [0x7F, 0, 1])) },
        { ModuleErrorCode.BadFlags, 11, Module(Items(5, [8, 1])) },
        { ModuleErrorCode.BadFlags, 12, Module(Items(4, [0x70, 2, 1])) },
        { ModuleErrorCode.BadFlags, 12, Module(Items(6, [0x7F, 2, 0x0B])) },
        { ModuleErrorCode.BadFlags, 11, Module(Items(13, [1, 0])) },
        { ModuleErrorCode.BadFlags, 11, Module(Items(9, [8, 0])) },
        { ModuleErrorCode.BadFlags, 12, Module(Items(9, [1, 1, 0])) },
        { ModuleErrorCode.BadFlags, 11, Module(Items(11, [3, 0])) },
        { ModuleErrorCode.BadExternalKind, 13, Module(Items(2, [0, 0, 5, 0])) },
        { ModuleErrorCode.BadExternalKind, 12, Module(Items(7, [0, 5, 0])) },
        { ModuleErrorCode.FunctionCodeMismatch, 18, Module(OneType, Items(3, [0])) },
        { ModuleErrorCode.FunctionCodeMismatch, 10, Module(Items(10, Sized(0, 0x0B))) },
        { ModuleErrorCode.DataCountMismatch, 13, Module(Section(12, 2), Items(11)) },
        { ModuleErrorCode.DataCountMismatch, 11, Module(Section(12, 2)) },
        { ModuleErrorCode.UnknownOpcode, 23, Code(0x06) },
        { ModuleErrorCode.UnknownOpcode, 23, Code(0xFF) },
        { ModuleErrorCode.UnknownOpcode, 23, Code(0xFC, 0x99, 0x01) },
        { ModuleErrorCode.UnbalancedControl, 23, Code(0x05) },
        { ModuleErrorCode.UnbalancedControl, 26, Code(0x04, 0x40, 0x05, 0x05) },
        { ModuleErrorCode.UnexpectedEnd, 26, Code(0x02, 0x40) },
        { ModuleErrorCode.BodySize, 24, Code(0x0B) },
        { ModuleErrorCode.BadType, 24, Code(0x02, 0x77) },
        { ModuleErrorCode.BadMemoryArgument, 24, Code(0x28, 0x80, 0x01, 0) },
        { ModuleErrorCode.DataCountMissing, 25, Code(0xFC, 9, 0) },
        { ModuleErrorCode.BadFlags, 25, Code(0xFE, 3, 1) },
        { ModuleErrorCode.BadFlags, 25, Code(0xFB, 24, 4, 0, 0x6E, 0x6E) },
        { ModuleErrorCode.BadFlags, 26, Code(0x1F, 0x40, 1, 4, 0) },
        { ModuleErrorCode.IntegerTooLong, 24, Code(0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0) },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void MalformedBytesEndWithTheErrorAsAComment(ModuleErrorCode code, int offset, byte[] module)
    {
        using StringWriter text = new();
        Assert.False(TextPrinter.TryPrint(module, text, PrintOptions.Default, out ModuleError error));
        Assert.Equal(code, error.Code);
        Assert.Equal(offset, error.Offset);
        string[] lines = text.ToString().Split('\n');
        Assert.Equal("", lines[^1]);
        Assert.Equal(";; " + error, lines[^2]);
    }

    [Fact]
    public void WhatStandsBeforeTheMalformedPlaceIsPrinted()
    {
        using StringWriter text = new();
        TextPrinter.TryPrint(Code(0x01, 0x41, 5, 0x06), text, new PrintOptions { Offsets = true }, out _);
        Assert.Equal(
            """
                    (module
            (;@b;)    (type (;0;) (func))
            (;@15;)   (func (;0;) (type 0)
            (;@17;)     nop
            (;@18;)     i32.const 5
                    ;; malformed module (UnknownOpcode) at byte 26, code section, function 0: 0x06 is not the start of an instruction

            """,
            text.ToString());
    }

    [Fact]
    public void MutatedAndCutModulesNeverThrow()
    {
        List<byte[]> seeds = Directory.GetFiles(Path.Combine(TestData.ProjectRoot, "conformance", "cases"), "*.wast").Order(StringComparer.Ordinal)
            .SelectMany(ScriptModules.Read).Where(static bytes => bytes.Length is > 8 and < 4096).ToList();
        Random64 random = new(11);
        int whole = 0, broken = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = (byte[])seeds[random.Below(seeds.Count)].Clone();
            for (int k = random.Below(6); k >= 0; k--) bytes[8 + random.Below(bytes.Length - 8)] = (byte)random.Next();
            PrintOptions options = new() { Names = random.OneIn(2), Offsets = random.OneIn(2) };
            CountingWriter text = new();
            if (TextPrinter.TryPrint(bytes.AsMemory(0, random.OneIn(3) ? random.Below(bytes.Length) : bytes.Length), text, options, out ModuleError error)) whole++;
            else
            {
                broken++;
                Assert.InRange(error.Offset, 0, bytes.Length);
            }

            Assert.InRange(text.Characters, 1, 2_000_000);
        }

        Assert.True(whole > 500 && broken > 500, $"{whole} whole, {broken} broken");
    }

    [Fact]
    public void AMillionNestedBlocksTakeLinearTextAndTime()
    {
        const int depth = 1_000_000;
        byte[] code = new byte[3 * depth];
        for (int i = 0; i < depth; i++)
        {
            code[2 * i] = 0x02;
            code[2 * i + 1] = 0x40;
            code[2 * depth + i] = 0x0B;
        }

        CountingWriter text = new();
        Stopwatch watch = Stopwatch.StartNew();
        Assert.True(TextPrinter.TryPrint(Code(code), text, PrintOptions.Default, out _));
        Assert.InRange(watch.ElapsedMilliseconds, 0, 5000);
        Assert.InRange(text.Characters, 2 * depth, 60L * code.Length);
    }

    [Fact]
    public void LocalsThatTextCannotSpellOutAreAnError()
    {
        byte[] module = Module(OneType, Items(3, [0]), Items(10, Sized([2, 1, 0x7E, 0xFE, 0xFF, 0xFF, 0xFF, 0x0F, 0x7F, 0x01, 0x0B])));
        using StringWriter text = new();
        Assert.False(TextPrinter.TryPrint(module, text, PrintOptions.Default, out ModuleError error));
        Assert.Equal(ModuleErrorCode.LocalsLimit, error.Code);
        Assert.Contains("    (local i64) (;4294967294 locals that are not printed;)\n    nop\n  )\n)\n;; oversized", text.ToString(), StringComparison.Ordinal);

        byte[] tooMany = Module(OneType, Items(3, [0]), Items(10, Sized([2, 2, 0x7E, 0xFE, 0xFF, 0xFF, 0xFF, 0x0F, 0x7F, 0x0B])));
        Assert.False(TextPrinter.TryPrint(tooMany, text, PrintOptions.Default, out error));
        Assert.Equal(ModuleErrorCode.TooManyLocals, error.Code);
    }

    public static TheoryData<string, byte[]> Bombs()
    {
        // Each repeats in a few bytes what took many bytes to say once.
        byte[] manyTypes = new byte[50_000];
        Array.Fill(manyTypes, (byte)0x7B);
        byte[] wideType = Items(1, [0x60, .. Sized(manyTypes), 0]);
        byte[] calls = new byte[60_000], name = Names(Section(1, NameMap(new string('"', 60_000))));
        for (int i = 0; i < calls.Length; i += 3) calls[i] = 0x11;
        byte[] direct = new byte[60_000];
        for (int i = 0; i < direct.Length; i += 2) direct[i] = 0x10;
        byte[][] zeros = new byte[20_000][], bodies = new byte[20_000][], localBombs = new byte[20_000][];
        Array.Fill(zeros, [0]);
        Array.Fill(bodies, Sized(0, 0x0B));
        Array.Fill(localBombs, Sized(1, 0xD0, 0x86, 3, 0x7F, 0x0B));
        return new()
        {
            { "calls of a wide type", Module(wideType, Items(3, [0]), Items(10, Sized([0, .. calls, 0x0B]))) },
            { "functions of a wide type", Module(wideType, Items(3, zeros), Items(10, bodies)) },
            { "calls by a long name", Module(OneType, Items(3, [0]), Items(10, Sized([0, .. direct, 0x0B])), name) },
            { "elements of a long name", Module(Items(9, [1, 0, .. Sized(new byte[60_000])]), Names(Section(1, NameMap(new string('\u4E2D', 140))))) },
            { "locals", Module(OneType, Items(3, zeros), Items(10, localBombs)) },
        };
    }

    [Theory]
    [MemberData(nameof(Bombs))]
    public void TextStaysLinear(string bomb, byte[] module)
    {
        CountingWriter text = new();
        TextPrinter.TryPrint(module, text, PrintOptions.Default, out _);
        Assert.True(text.Characters < 1_000_000 + 500L * module.Length, $"{bomb}: {text.Characters} characters for {module.Length} bytes");
    }

    // A module whose only function has this code; without a data count section.
    private static byte[] Code(params byte[] code) => Module(OneType, Items(3, [0]), Items(10, Sized([0, .. code, 0x0B])));

    private sealed class CountingWriter : TextWriter
    {
        public long Characters { get; private set; }
        public override System.Text.Encoding Encoding => System.Text.Encoding.ASCII;
        public override void Write(char value) => Characters++;
        public override void Write(char[] buffer, int index, int count) => Characters += count;
    }
}
