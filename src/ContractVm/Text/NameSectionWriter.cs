using System;
using System.Collections.Generic;

namespace ContractVm.Text;

/// <summary>
/// The name section (WebAssembly 3.0, appendix "Name Section", and the subsections that the extended name section proposal
/// adds): a subsection only where something has a name.
/// </summary>
internal static class NameSectionWriter
{
    /// <summary>The content of the section, or nothing where nothing has a name.</summary>
    public static ReadOnlySpan<byte> Write(ModuleContext module)
    {
        ByteWriter output = new();
        output.WriteSized("name"u8);
        int empty = output.Length;
        if (module.ModuleName >= 0)
        {
            ByteWriter name = new();
            name.WriteSized(module.Symbols[module.ModuleName]);
            WriteSubsection(0, name, output);
        }

        WriteMap(1, module.Functions.Names, module, output);
        WriteIndirectMap(2, module.LocalNames, module, output);
        WriteIndirectMap(3, module.LabelNames, module, output);
        WriteMap(4, module.Types.Names, module, output);
        WriteMap(5, module.Tables.Names, module, output);
        WriteMap(6, module.Memories.Names, module, output);
        WriteMap(7, module.Globals.Names, module, output);
        WriteMap(8, module.Elements.Names, module, output);
        WriteMap(9, module.Data.Names, module, output);
        WriteIndirectMap(10, module.FieldNames, module, output);
        WriteMap(11, module.Tags.Names, module, output);
        return output.Length == empty ? default : output.Written;
    }

    private static void WriteMap(byte id, List<NamedIndex> names, ModuleContext module, ByteWriter output)
    {
        if (names.Count == 0) return;
        ByteWriter content = new();
        content.WriteUnsigned((uint)names.Count);
        foreach (NamedIndex name in names) WriteName(name, module, content);
        WriteSubsection(id, content, output);
    }

    /// <summary>Names in groups of those with the same owner, which follow each other.</summary>
    private static void WriteIndirectMap(byte id, List<NamedIndex> names, ModuleContext module, ByteWriter output)
    {
        if (names.Count == 0) return;
        ByteWriter groups = new();
        uint count = 0;
        for (int start = 0; start < names.Count; count++)
        {
            int end = start;
            while (end < names.Count && names[end].Owner == names[start].Owner) end++;
            groups.WriteUnsigned((uint)names[start].Owner);
            groups.WriteUnsigned((uint)(end - start));
            for (; start < end; start++) WriteName(names[start], module, groups);
        }

        ByteWriter content = new();
        content.WriteUnsigned(count);
        content.WriteBytes(groups.Written);
        WriteSubsection(id, content, output);
    }

    private static void WriteName(NamedIndex name, ModuleContext module, ByteWriter output)
    {
        output.WriteUnsigned((uint)name.Index);
        output.WriteSized(module.Symbols[name.Name]);
    }

    private static void WriteSubsection(byte id, ByteWriter content, ByteWriter output)
    {
        output.WriteByte(id);
        output.WriteSized(content.Written);
    }
}
