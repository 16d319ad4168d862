using System.Collections.Generic;

namespace ContractVm.Text;

/// <summary>Where a byte comes from: an offset in bytes that are being written and one in the source.</summary>
internal readonly record struct SourcePoint(int Target, int Source);

/// <summary>The entries of one section while they are written.</summary>
internal sealed class SectionWriter
{
    public ByteWriter Bytes { get; } = new();

    /// <summary>Number of entries.</summary>
    public uint Count { get; set; }

    /// <summary>Where entries and instructions come from, by ascending offset in <see cref="Bytes"/>.</summary>
    public List<SourcePoint> Points { get; } = [];

    /// <summary>Starts an entry that comes from this place of the source.</summary>
    public ByteWriter Begin(int source)
    {
        Count++;
        Points.Add(new SourcePoint(Bytes.Length, source));
        return Bytes;
    }
}
