using System;

namespace ContractVm.Gas;

/// <summary>
/// What running one function costs: computed once from the validated body, executed by every engine, recomputed by none.
/// Immutable; safe for concurrent use.
/// </summary>
public sealed class FunctionPlan
{
    private readonly Charge[] _charges;

    internal FunctionPlan(Charge[] charges, ulong frameWords)
    {
        _charges = charges;
        FrameWords = frameWords;
    }

    /// <summary>The charges, by ascending offset; each is due before the instruction at its offset runs.</summary>
    public ReadOnlySpan<Charge> Charges => _charges;

    /// <summary>Words of stack that a call of the function takes while it lasts.</summary>
    public ulong FrameWords { get; }
}

/// <summary>The price of one metering block.</summary>
/// <param name="Offset">Byte offset, in the module, of the block's first instruction.</param>
/// <param name="Cost">Ink of the whole block.</param>
public readonly record struct Charge(uint Offset, ulong Cost);
