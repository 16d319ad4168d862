using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using ContractVm.Text;

namespace ContractVm.Fuzz;

/// <summary>Texts of modules, with tokens and bytes changed, through the text reader and from there through printer and validator.</summary>
public sealed class TextTarget : FuzzTarget
{
    private const int MostTokens = 3_000, MostChanges = 6;

    private static readonly byte[][] Words =
    [
        .. Array.ConvertAll(
            [
                "(", ")", "module", "func", "param", "result", "local", "type", "rec", "sub", "final", "struct", "field", "array", "mut", "ref", "null", "import", "export", "table", "memory", "global",
                "tag", "elem", "data", "start", "offset", "item", "declare", "block", "loop", "if", "then", "else", "end", "try_table", "catch", "catch_ref", "catch_all", "catch_all_ref", "br_table", "call_indirect",
                "i32", "i64", "v128", "funcref", "externref", "anyref", "exnref", "i8", "i16", "0", "1", "-1", "0xffffffff", "4294967296", "18446744073709551615", "nan:0x1", "inf", "-0x1p-149", "\"\"",
                "\"\\u{10ffff}\"", "\"\\ff\"", "$a", "$\"b\"", "(;", ";)", ";; x\n", "(@name \"n\")", "(@custom \"c\" \"x\")", "(@metadata.code.branch_hint \"\\00\")", "shared", "offset=1", "align=8", "i32.const",
                "local.get", "select", "drop", "unreachable", "binary", "quote", "i8x16", "f32.const", "ref.null", "struct.new", "array.new_fixed", "br_on_cast",
            ], Encoding.UTF8.GetBytes),
    ];

    /// <inheritdoc/>
    public override string Name => "text";
    /// <inheritdoc/>
    public override string Extension => "wat";

    /// <inheritdoc/>
    public override byte[] Make(FuzzCorpus corpus, Random64 random) => random.Below(6) switch
    {
        0 => ByteMutator.Mutate(corpus.Texts, random),
        1 => Print(StructureGenerator.Generate(random.Next(), StructureOptions.Everything)),
        2 => MutateTokens(Print(StructureGenerator.Generate(random.Next(), StructureOptions.Everything)), corpus, random),
        _ => MutateTokens(corpus.Texts[random.Below(corpus.Texts.Count)], corpus, random),
    };

    /// <inheritdoc/>
    public override bool Check(byte[] input) => TextProperties.CheckText(input);

    private static byte[] Print(byte[] module)
    {
        StringWriter text = new();
        TextPrinter.TryPrint(module, text, new PrintOptions(), out _);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static byte[] MutateTokens(byte[] text, FuzzCorpus corpus, Random64 random)
    {
        List<byte[]> tokens = Split(text);
        for (int changes = 1 + random.Below(MostChanges); changes > 0 && tokens.Count > 0; changes--)
        {
            int at = random.Below(tokens.Count);
            switch (random.Below(7))
            {
                case 0: tokens.RemoveAt(at); break;
                case 1: tokens.Insert(at, tokens[random.Below(tokens.Count)]); break;
                case 2: tokens[at] = tokens[random.Below(tokens.Count)]; break;
                case 3: tokens.Insert(at, Words[random.Below(Words.Length)]); break;
                case 4: tokens[at] = Words[random.Below(Words.Length)]; break;
                case 5:
                    int other = random.Below(tokens.Count);
                    (tokens[at], tokens[other]) = (tokens[other], tokens[at]);
                    break;
                default:
                    List<byte[]> source = Split(corpus.Texts[random.Below(corpus.Texts.Count)]);
                    if (source.Count == 0) break;
                    int from = random.Below(source.Count);
                    tokens.InsertRange(at, source.GetRange(from, Math.Min(random.Below(12), source.Count - from)));
                    break;
            }
        }

        List<byte> result = [];
        foreach (byte[] token in tokens)
        {
            result.AddRange(token);
            result.Add((byte)' ');
        }

        return [.. result];
    }

    /// <summary>Parentheses, strings, and whatever white space separates.</summary>
    private static List<byte[]> Split(ReadOnlySpan<byte> text)
    {
        List<byte[]> tokens = [];
        for (int at = 0; at < text.Length && tokens.Count < MostTokens;)
        {
            int start = at;
            byte first = text[at++];
            if (first is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') continue;
            if (first == (byte)'"')
            {
                while (at < text.Length && text[at] != (byte)'"') at += text[at] == (byte)'\\' ? 2 : 1;
                at = Math.Min(at + 1, text.Length);
            }
            else if (first == (byte)';' && at < text.Length && text[at] == (byte)';')
            {
                int end = text[at..].IndexOf((byte)'\n');
                at = end < 0 ? text.Length : at + end;
                continue;
            }
            else if (first is not ((byte)'(' or (byte)')'))
            {
                while (at < text.Length && text[at] is not ((byte)'(' or (byte)')' or (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' or (byte)'"')) at++;
            }

            tokens.Add(text[start..at].ToArray());
        }

        return tokens;
    }
}
