using System.Collections.Generic;
using System.IO;
using ContractVm;

namespace Bench;

/// <summary>Modules with traps for bodies, so that what one function costs can be told from the others.</summary>
internal static class BodyStubs
{
    private const byte CodeSection = 10;
    // Its length; no locals, unreachable, end.
    private static readonly byte[] Stub = [3, 0, 0x00, 0x0B];

    /// <summary>The module with every body but one replaced; -1 replaces all.</summary>
    public static byte[] Keep(byte[] bytes, Module module, int kept)
    {
        List<byte> code = [];
        AddNumber(code, (uint)module.BodyList.Count);
        for (int i = 0; i < module.BodyList.Count; i++)
        {
            ByteRange range = module.BodyList[i].Code;
            if (i == kept)
            {
                AddNumber(code, (uint)range.Length);
                code.AddRange(bytes[range.Start..range.End]);
            }
            else
            {
                code.AddRange(Stub);
            }
        }

        using MemoryStream result = new();
        result.Write(bytes, 0, 8);
        for (int at = 8; at < bytes.Length;)
        {
            int start = at;
            byte id = bytes[at++];
            int length = 0;
            for (int shift = 0; ; shift += 7)
            {
                length |= (bytes[at] & 0x7F) << shift;
                if (bytes[at++] < 0x80) break;
            }

            at += length;
            if (id == 0) continue;
            if (id != CodeSection)
            {
                result.Write(bytes, start, at - start);
                continue;
            }

            List<byte> head = [CodeSection];
            AddNumber(head, (uint)code.Count);
            result.Write([.. head, .. code]);
        }

        return result.ToArray();
    }

    /// <summary>Adds a number in LEB128.</summary>
    public static void AddNumber(List<byte> bytes, uint value)
    {
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
    }
}
