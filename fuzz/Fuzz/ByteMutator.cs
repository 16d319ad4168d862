using System;
using System.Collections.Generic;

namespace ContractVm.Fuzz;

/// <summary>Changes inputs a little.</summary>
public static class ByteMutator
{
    private const int MostBytes = 1 << 16;

    private static readonly byte[] InterestingBytes =
        [0, 1, 0x0B, 0x40, 0x7F, 0x80, 0xFF, 0xFC, 0xFB, 0xFD, 0xFE, 0x60, 0x70, 0x6F, 0x3F, 0x41, 0x20, 0x0D, 0x0E, 0x05, 0x4E, 0x50, 0x5F, 0x5E, 0x63, 0x64, 0x1F, 0xD5];

    /// <summary>A few changes to a member of the corpus: bits, bytes, cuts, insertions, parts of other members.</summary>
    public static byte[] Mutate(IReadOnlyList<byte[]> corpus, Random64 random)
    {
        List<byte> bytes = [.. corpus[random.Below(corpus.Count)]];
        int changes = 1 + random.Below(4);
        for (int i = 0; i < changes && bytes.Count > 0; i++)
        {
            int at = random.Below(bytes.Count);
            switch (random.Below(8))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Below(8)); break;
                case 1: bytes[at] = (byte)random.Next(); break;
                case 2: bytes.RemoveRange(at, Math.Min(1 + random.Below(8), bytes.Count - at)); break;
                case 3: bytes.Insert(at, (byte)random.Next()); break;
                case 4: if (random.OneIn(3)) bytes.RemoveRange(at, bytes.Count - at); break;
                case 5 or 6: bytes[at] = InterestingBytes[random.Below(InterestingBytes.Length)]; break;
                default:
                    byte[] other = corpus[random.Below(corpus.Count)];
                    int from = random.Below(other.Length), length = Math.Min(random.Below(64), other.Length - from);
                    bytes.InsertRange(at, other[from..(from + length)]);
                    break;
            }
        }

        if (bytes.Count > MostBytes) bytes.RemoveRange(MostBytes, bytes.Count - MostBytes);
        return [.. bytes];
    }
}
