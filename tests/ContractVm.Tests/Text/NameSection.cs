using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace ContractVm.Tests.Text;

/// <summary>A name section taken apart, by a reader that shares nothing with the one under test.</summary>
internal sealed class NameSection
{
    private readonly byte[] _bytes;
    private int _position;

    private NameSection(byte[] bytes, int position)
    {
        _bytes = bytes;
        _position = position;
    }

    /// <summary>Names as subsection, owner, index and name; the owner is 0 where there is none.</summary>
    public HashSet<(int Subsection, uint Owner, uint Index, string Name)> Names { get; } = [];

    /// <summary>Reads the name section of a module and cuts it off; it must be the last section.</summary>
    /// <param name="module">The module.</param>
    /// <param name="isWabt">Whether names of tags have the number that names of fields have now, as wabt writes them.</param>
    public static NameSection CutOff(ref byte[] module, bool isWabt)
    {
        NameSection section = new(module, 8);
        while (section._position < module.Length)
        {
            int start = section._position;
            byte id = module[section._position++];
            int end = (int)section.ReadNumber() + section._position;
            if (id == 0 && section.ReadName() == "name")
            {
                section.ReadSubsections(isWabt);
                module = module[..start];
                return section;
            }

            section._position = end;
        }

        return section;
    }

    /// <summary>A name that another section does not have, or null.</summary>
    public string? MissingIn(NameSection other) => Names.Except(other.Names).Select(static name => name.ToString()).FirstOrDefault();

    private void ReadSubsections(bool isWabt)
    {
        const int Locals = 2, Labels = 3, Fields = 10, Tags = 11;
        while (_position < _bytes.Length)
        {
            int id = _bytes[_position++];
            if (isWabt && id == Fields) id = Tags;
            ReadNumber();
            if (id == 0)
            {
                Names.Add((0, 0, 0, ReadName()));
                continue;
            }

            bool isIndirect = id is Locals or Labels or Fields;
            uint owners = isIndirect ? ReadNumber() : 1;
            for (; owners > 0; owners--)
            {
                uint owner = isIndirect ? ReadNumber() : 0;
                for (uint count = ReadNumber(); count > 0; count--) Names.Add((id, owner, ReadNumber(), ReadName()));
            }
        }
    }

    private string ReadName()
    {
        int length = (int)ReadNumber();
        _position += length;
        return Encoding.UTF8.GetString(_bytes.AsSpan(_position - length, length));
    }

    private uint ReadNumber()
    {
        uint value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = _bytes[_position++];
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }
}
