using System;
using System.Collections.Generic;

namespace ContractVm.Text;

/// <summary>Puts the sections of a module together, in the binary format's order.</summary>
internal static class ModuleWriter
{
    private const int TypePlace = 0, DataCountPlace = 10, CodePlace = 11, PlaceCount = 13;
    private static ReadOnlySpan<byte> SectionIds => [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

    public static TextModule Write(ModuleContext module, TextOptions options, SourceText source)
    {
        ByteWriter output = new();
        List<SourcePoint> points = [];
        output.WriteBytes("\0asm\x01\0\0\0"u8);
        SectionWriter?[] sections =
        [
            module.TypeSection, module.ImportSection, module.FunctionSection, module.TableSection, module.MemorySection, module.TagSection,
            module.GlobalSection, module.ExportSection, module.StartSection, module.ElementSection, null, module.CodeSection, module.DataSection,
        ];
        if (module.HintSection.Count > 0) module.CustomSections.Add(Hints(module.HintSection));
        for (int place = TypePlace; place < PlaceCount; place++)
        {
            WriteCustoms(module.CustomSections, place, isAfter: false, output);
            if (place == DataCountPlace)
            {
                if (module.NeedsDataCount) WriteDataCount(module.DataSection.Count, output);
            }
            else if (sections[place] is { Count: > 0 } section)
            {
                WriteSection(SectionIds[place], section, hasCount: section != module.StartSection, output, points);
            }

            WriteCustoms(module.CustomSections, place, isAfter: true, output);
        }

        if (options.Names) WriteCustom(NameSectionWriter.Write(module), output);
        string? name = module.ModuleName < 0 ? null : System.Text.Encoding.UTF8.GetString(module.Symbols[module.ModuleName]);
        return new TextModule(output.Written.ToArray(), name, source, points);
    }

    private static CustomSection Hints(SectionWriter hints)
    {
        ByteWriter content = new();
        content.WriteSized("metadata.code.branch_hint"u8);
        content.WriteUnsigned(hints.Count);
        content.WriteBytes(hints.Bytes.Written);
        return new CustomSection(CodePlace, IsAfter: false, content.Written.ToArray());
    }

    private static void WriteSection(byte id, SectionWriter section, bool hasCount, ByteWriter output, List<SourcePoint> points)
    {
        ByteWriter count = new();
        if (hasCount) count.WriteUnsigned(section.Count);
        output.WriteByte(id);
        output.WriteUnsigned((ulong)count.Length + (ulong)section.Bytes.Length);
        output.WriteBytes(count.Written);
        foreach (SourcePoint point in section.Points) points.Add(point with { Target = point.Target + output.Length });
        output.WriteBytes(section.Bytes.Written);
    }

    private static void WriteDataCount(uint segments, ByteWriter output)
    {
        ByteWriter count = new();
        count.WriteUnsigned(segments);
        output.WriteByte(SectionIds[DataCountPlace]);
        output.WriteSized(count.Written);
    }

    private static void WriteCustoms(List<CustomSection> customs, int place, bool isAfter, ByteWriter output)
    {
        foreach (CustomSection custom in customs)
            if (custom.Place == place && custom.IsAfter == isAfter) WriteCustom(custom.Content, output);
    }

    private static void WriteCustom(ReadOnlySpan<byte> content, ByteWriter output)
    {
        if (content.Length == 0) return;
        output.WriteByte(0);
        output.WriteSized(content);
    }
}
