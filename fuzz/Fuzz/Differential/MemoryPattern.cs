using System;
using System.Runtime.InteropServices;

namespace ContractVm.Fuzz.Differential;

/// <summary>What memories hold before anything runs, where no segment has put anything: special values, the same in every world.</summary>
internal static class MemoryPattern
{
    private static readonly ulong[] Words = Make();

    /// <summary>Fills words that are zero.</summary>
    public static void Fill(LinearMemory memory)
    {
        if (!memory.TryGetSpan(0, (uint)memory.ByteLength, out Span<byte> bytes)) return;
        Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        for (int i = 0; i < words.Length; i++)
            if (words[i] == 0) words[i] = Words[i % Words.Length];
    }

    private static ulong[] Make()
    {
        Random64 random = new(2026);
        // Odd, so that the same address means something else on every page.
        ulong[] words = new ulong[1021];
        for (int i = 0; i < words.Length; i++) words[i] = random.OneIn(10) ? 0 : SpecialValues.VectorHalf(random);
        return words;
    }
}
