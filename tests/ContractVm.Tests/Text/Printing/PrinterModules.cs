using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using ContractVm.Fuzz;
using ContractVm.Text;
using Xunit;

namespace ContractVm.Tests.Text.Printing;

/// <summary>Writes small modules byte by byte, valid or not, and prints them.</summary>
internal static class PrinterModules
{
    /// <summary>A module of these sections.</summary>
    public static byte[] Module(params byte[][] sections) => [0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0, .. Concat(sections)];

    /// <summary>A section with its size.</summary>
    public static byte[] Section(int id, params byte[] content) => [(byte)id, .. ModuleBuilder.Unsigned((ulong)content.Length), .. content];

    /// <summary>A section that is a vector.</summary>
    public static byte[] Items(int id, params byte[][] items) => Section(id, Vector(items));

    /// <summary>A vector with its length.</summary>
    public static byte[] Vector(params byte[][] items) => [.. ModuleBuilder.Unsigned((ulong)items.Length), .. Concat(items)];

    /// <summary>Bytes with their length: a name, a body, a segment's data.</summary>
    public static byte[] Sized(params byte[] bytes) => [.. ModuleBuilder.Unsigned((ulong)bytes.Length), .. bytes];

    /// <summary>A name.</summary>
    public static byte[] Name(string name) => Sized(Encoding.UTF8.GetBytes(name));

    /// <summary>A custom section.</summary>
    public static byte[] Custom(string name, params byte[] content) => Section(0, [.. Name(name), .. content]);

    /// <summary>A name section of subsections.</summary>
    public static byte[] Names(params byte[][] subsections) => Custom("name", Concat(subsections));

    /// <summary>The names of one index space, by ascending index.</summary>
    public static byte[] NameMap(params string[] names)
    {
        byte[][] items = new byte[names.Length][];
        for (int i = 0; i < names.Length; i++) items[i] = [.. ModuleBuilder.Unsigned((ulong)i), .. Name(names[i])];
        return Vector(items);
    }

    /// <summary>Several pieces as one.</summary>
    public static byte[] Concat(params byte[][] parts)
    {
        List<byte> all = [];
        foreach (byte[] part in parts) all.AddRange(part);
        return [.. all];
    }

    /// <summary>A module with one function of type () -> () and this code, without its last end.</summary>
    public static byte[] Body(params byte[] code) => Module(
        Items(1, [0x60, 0, 0]), Items(3, [0]), Section(12, 8), Items(10, Sized([0, .. code, 0x0B])),
        Items(11, [1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [1, 0]));

    /// <summary>The text of a module that is well-formed.</summary>
    public static string Print(byte[] module, PrintOptions? options = null)
    {
        using StringWriter text = new();
        bool isWhole = TextPrinter.TryPrint(module, text, options ?? PrintOptions.Default, out ModuleError error);
        Assert.True(isWhole, $"{error}\n{text}");
        Assert.Null(error);
        return text.ToString();
    }

    /// <summary>The lines of the only function's body.</summary>
    public static string[] PrintBody(params byte[] code)
    {
        string text = Print(Body(code));
        int start = text.IndexOf("(func (;0;) (type 0)\n", StringComparison.Ordinal), end = text.IndexOf("\n  )\n", StringComparison.Ordinal);
        start = text.IndexOf('\n', start) + 1;
        if (end <= start) return [];
        string[] lines = text[start..end].Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            Assert.StartsWith("    ", lines[i], StringComparison.Ordinal);
            lines[i] = lines[i][4..];
        }

        return lines;
    }

    /// <summary>The text of fields of a module, one a line, without the module around them.</summary>
    public static string Fields(params byte[][] sections)
    {
        string text = Print(Module(sections));
        Assert.StartsWith("(module\n  ", text, StringComparison.Ordinal);
        Assert.EndsWith("\n)\n", text, StringComparison.Ordinal);
        return text["(module\n  ".Length..^"\n)\n".Length].Replace("\n  ", "\n", StringComparison.Ordinal);
    }
}
