using System;
using System.Collections.Generic;

namespace ContractVm.Binary;

/// <summary>
/// Reads the function names of the name section (WebAssembly 3.0, appendix "Custom Sections"). Names are for people: a
/// malformed name section is ignored from the point where it is wrong.
/// </summary>
internal static class NameSection
{
    private const int LongestName = 4096;

    public static IReadOnlyDictionary<int, string> ReadFunctionNames(ReadOnlySpan<byte> module, ByteRange range)
    {
        Dictionary<int, string> names = [];
        try
        {
            ByteReader reader = new(module, range) { Section = "name" };
            while (!reader.IsAtEnd)
            {
                byte id = reader.ReadByte("a subsection id");
                ByteRange content = reader.ReadRange(reader.ReadU32("a subsection's size"), "a subsection");
                if (id != 1) continue;
                ByteReader subsection = new(module, content) { Section = "name" };
                int count = subsection.ReadCount("function names", int.MaxValue);
                for (int i = 0; i < count; i++)
                {
                    uint index = subsection.ReadU32("a function index");
                    names.TryAdd((int)index, subsection.ReadName("a function name", LongestName));
                }
            }
        }
        catch (ModuleException)
        {
            // What was read so far stays.
        }

        return names;
    }
}
