using System;

namespace ContractVm.Native;

/// <summary>
/// An instruction where an execution can end, or from which a host function can be reached, and what it comes from. Sites are
/// sorted by <see cref="CodeOffset"/>, of which each occurs once.
/// </summary>
/// <param name="CodeOffset">
/// Of an instruction that faults: its first byte. Of a call: its last byte, which is the one before its return address, so that
/// it differs from an instruction after the call that faults; see <see cref="AtReturn"/>.
/// </param>
/// <param name="ModuleOffset">Byte offset of the instruction in the module.</param>
/// <param name="Kind">The trap; None where eax holds it at the <see cref="ContextLayout.TrapExit"/>. Calls that can reach the host have HostFault.</param>
internal readonly record struct TrapSite(int CodeOffset, int ModuleOffset, TrapKind Kind)
{
    /// <summary>The site of a call by its return address.</summary>
    public static TrapSite AtReturn(int returnOffset, int moduleOffset, TrapKind kind) => new(returnOffset - 1, moduleOffset, kind);
}

/// <summary>What the compiler makes of a module, or an artifact holds: plain data, good for any process.</summary>
/// <param name="Code">Code of all functions; it has no absolute addresses.</param>
/// <param name="FunctionOffsets">Offset of each function that the module defines, ascending.</param>
/// <param name="Sites">Sorted sites.</param>
/// <param name="ChecksMemory">Accesses to memories are compared with their length, so that no guard is needed.</param>
internal sealed record CompiledCode(ReadOnlyMemory<byte> Code, int[] FunctionOffsets, TrapSite[] Sites, bool ChecksMemory)
{
    /// <summary>Bytes of code, whether it is here or only its tables are.</summary>
    public int CodeLength { get; } = Code.Length;
    /// <summary>How exceptions leave the functions.</summary>
    public UnwindTable Unwind { get; init; } = UnwindTable.None;

    /// <summary>The tables alone: all that is needed of code that has been loaded.</summary>
    public CompiledCode WithoutCode() => this with { Code = default };

    /// <summary>Finds a site by the offset that it has in the code.</summary>
    public bool TryFindSite(long codeOffset, out TrapSite site)
    {
        int low = 0, high = Sites.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Sites[middle].CodeOffset < codeOffset) low = middle + 1;
            else high = middle;
        }

        bool isFound = low < Sites.Length && Sites[low].CodeOffset == codeOffset;
        site = isFound ? Sites[low] : default;
        return isFound;
    }

    /// <summary>The defined function that an offset is in, or -1.</summary>
    public int FunctionAt(long codeOffset)
    {
        if ((ulong)codeOffset >= (ulong)CodeLength) return -1;
        int found = Array.BinarySearch(FunctionOffsets, (int)codeOffset);
        return found >= 0 ? found : ~found - 1;
    }
}
