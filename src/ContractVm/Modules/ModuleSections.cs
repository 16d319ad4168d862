using System;
using System.Collections.Generic;
using ContractVm.Binary;

namespace ContractVm;

/// <summary>A section of a module, as its bytes stand.</summary>
/// <param name="Name">What it holds: <c>type</c>, <c>code</c>, …; <c>custom</c> for a custom section.</param>
/// <param name="CustomName">The name of a custom section, where it has a readable one; else null.</param>
/// <param name="Offset">Byte offset of its id.</param>
/// <param name="Content">Its content, behind id and size.</param>
public sealed record ModuleSection(string Name, string? CustomName, int Offset, ByteRange Content)
{
    /// <summary>Bytes of the section with its id and size.</summary>
    public int Length => Content.End - Offset;
}

/// <summary>Divides a module into its sections and looks no further: neither at their order nor at what is in them.</summary>
public static class ModuleSections
{
    /// <summary>Lists the sections.</summary>
    /// <param name="module">The module's bytes.</param>
    /// <param name="error">Why the list ends before the bytes do; null where it does not.</param>
    public static IReadOnlyList<ModuleSection> List(ReadOnlyMemory<byte> module, out ModuleError? error)
    {
        List<ModuleSection> sections = [];
        ByteReader reader = new(module.Span, new ByteRange(0, module.Length));
        error = null;
        try
        {
            ModuleDecoder.ReadHeader(ref reader);
            while (!reader.IsAtEnd)
            {
                int start = reader.Position;
                (_, string name, _, ByteRange content) = ModuleDecoder.ReadSectionHeader(ref reader);
                sections.Add(new ModuleSection(name, name == "custom" ? CustomName(module.Span, content) : null, start, content));
            }
        }
        catch (ModuleException exception)
        {
            error = exception.Error;
        }

        return sections;
    }

    private static string? CustomName(ReadOnlySpan<byte> module, ByteRange content)
    {
        try
        {
            ByteReader reader = new(module, content);
            return reader.ReadName("a custom section's name");
        }
        catch (ModuleException)
        {
            return null;
        }
    }
}
