using System;
using System.Collections.Generic;
using System.Security.Cryptography;

namespace ContractVm.Cli.Modules;

/// <summary>What was found before an instruction.</summary>
/// <param name="Function">Function index.</param>
/// <param name="Offset">Byte offset of the instruction in the module.</param>
/// <param name="Operands">Slots of the operand stack, the top last.</param>
/// <param name="Ink">Ink left.</param>
/// <param name="Digest">Of all instructions so far with their operands and ink, and of memories, globals and tables now.</param>
internal sealed record SampledStep(int Function, int Offset, ulong[] Operands, ulong Ink, ulong Digest);

/// <summary>
/// Looks at every so many of the instructions that a run comes to: two runs that have the same digests have come the same way with the same
/// values, and what they have written is the same.
/// </summary>
/// <param name="first">Number of the first instruction that is looked at.</param>
/// <param name="last">Number of the last one.</param>
/// <param name="interval">From one to the next.</param>
/// <param name="range">Only instructions at these bytes of the module are counted.</param>
internal sealed class StepSampler(long first, long last, long interval, ByteRange range) : ExecutionObserver
{
    private ulong _way = 14695981039346656037;

    /// <summary>Instructions so far.</summary>
    public long Count { get; private set; }
    /// <summary>What was looked at, by ascending number.</summary>
    public List<SampledStep> Samples { get; } = [];
    /// <summary>The state before the last instruction that is looked at; null where the run did not come so far.</summary>
    public EngineSnapshot? LastState { get; private set; }

    /// <summary>Number of an instruction that was looked at.</summary>
    public long NumberOf(int sample) => first + sample * interval;

    /// <inheritdoc/>
    public override void OnInstruction(Instance instance, int function, int offset, ReadOnlySpan<ulong> operands, ulong inkLeft)
    {
        if (offset < range.Start || offset >= range.End) return;
        long number = Count++;
        if (number > last) return;
        Mix((ulong)(uint)function << 32 | (uint)offset);
        Mix(inkLeft);
        foreach (ulong operand in operands) Mix(operand);
        if (number < first || (number - first) % interval != 0) return;
        Samples.Add(new SampledStep(function, offset, operands.ToArray(), inkLeft, _way ^ StateOf(instance)));
        if (number == last) LastState = new EngineSnapshot(instance, ExecutionResult.Success, [], 0);
    }

    private void Mix(ulong value) => _way = ulong.RotateLeft((_way ^ value) * 0x9E37_79B9_7F4A_7C15, 29) + 1;

    private static ulong StateOf(Instance instance)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (LinearMemory memory in instance.Memories)
            for (ulong at = 0; at < memory.ByteLength; at += MemoryType.PageSize)
                if (memory.TryGetSpan(at, MemoryType.PageSize, out Span<byte> page)) hash.AppendData(page);
        hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(instance.Globals));
        foreach (Table table in instance.Tables) hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(table.Elements));
        return BitConverter.ToUInt64(hash.GetHashAndReset());
    }
}
