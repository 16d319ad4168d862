using System.Collections.Generic;

namespace ContractVm.Fuzz;

/// <summary>Random bytes in sections of a module: header and framing are right, what is in the sections is chance.</summary>
public sealed class BytesTarget : FuzzTarget
{
    private const int MostSections = 14, MostBytes = 120;
    private static readonly byte[] SectionOrder = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

    /// <inheritdoc/>
    public override string Name => "bytes";

    /// <inheritdoc/>
    public override byte[] Make(FuzzCorpus corpus, Random64 random)
    {
        List<byte> module = [0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0];
        // A type section that is right lets more of what follows get past its first index.
        if (random.OneIn(2)) module.AddRange([1, 8, 2, 0x60, 0, 0, 0x60, 1, 0x7F, 0]);
        foreach (byte id in SectionOrder)
        {
            if (!random.OneIn(3)) continue;
            byte section = random.OneIn(20) ? (byte)random.Below(MostSections + 1) : id;
            List<byte> content = [(byte)random.Below(4)];
            for (int left = random.Below(MostBytes); left > 0; left--) content.Add(random.OneIn(3) ? (byte)random.Next() : (byte)random.Below(0x20));
            module.Add(section);
            module.AddRange(ModuleBuilder.Unsigned((ulong)content.Count));
            module.AddRange(content);
        }

        return [.. module];
    }

    /// <inheritdoc/>
    public override bool Check(byte[] input) => ModuleProperties.Check(input) is not null;
}
