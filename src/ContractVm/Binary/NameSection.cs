using System;
using System.Collections.Generic;

namespace ContractVm.Binary;

/// <summary>
/// Reads the function names of the name section (WebAssembly 3.0, appendix "Custom Sections"). Names are for people: a
/// malformed name section is ignored from the point where it is wrong.
/// </summary>
internal static class NameSection
{
    public static IReadOnlyDictionary<int, string> ReadFunctionNames(ReadOnlySpan<byte> module, ByteRange range, out bool isWellFormed)
    {
        Dictionary<int, string> names = [];
        isWellFormed = true;
        try
        {
            ByteReader reader = new(module, range) { Section = "name" };
            while (!reader.IsAtEnd)
            {
                byte id = reader.ReadByte("a subsection id");
                ByteRange content = reader.ReadRange(reader.ReadU32("a subsection's size"), "a subsection");
                if (id != 1) continue;
                ByteReader subsection = new(module, content) { Section = "name" };
                int count = subsection.ReadCount("function names");
                for (int i = 0; i < count; i++)
                {
                    uint index = subsection.ReadU32("a function index");
                    names.TryAdd((int)index, subsection.ReadName("a function name"));
                }
            }
        }
        catch (ModuleException)
        {
            // What was read so far stays.
            isWellFormed = false;
        }

        return names;
    }
}
