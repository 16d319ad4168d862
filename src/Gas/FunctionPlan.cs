using System;

namespace ContractVm.Gas;

/// <summary>
/// What running one function costs: computed once from the validated body, executed by every engine, recomputed by none.
/// Immutable; safe for concurrent use.
/// </summary>
public sealed class FunctionPlan
{
    private readonly Charge[] _charges;
    private readonly UnitCharge[] _unitCharges;

    internal FunctionPlan(Charge[] charges, UnitCharge[] unitCharges, ulong frameWords)
    {
        _charges = charges;
        _unitCharges = unitCharges;
        FrameWords = frameWords;
    }

    /// <summary>The charges, by ascending offset; each is due before the instruction at its offset runs.</summary>
    public ReadOnlySpan<Charge> Charges => _charges;

    /// <summary>
    /// What instructions charge by the size that they are asked for, by ascending offset: each is due when its instruction
    /// runs, before it checks or does anything.
    /// </summary>
    public ReadOnlySpan<UnitCharge> UnitCharges => _unitCharges;

    /// <summary>Words of stack that a call of the function takes while it lasts.</summary>
    public ulong FrameWords { get; }
}

/// <summary>The price of one metering block.</summary>
/// <param name="Offset">Byte offset, in the module, of the block's first instruction.</param>
/// <param name="Cost">Ink of the whole block.</param>
public readonly record struct Charge(uint Offset, ulong Cost);

/// <summary>The price of a size that is known when an instruction runs: its top operand.</summary>
/// <param name="Offset">Byte offset, in the module, of the instruction.</param>
/// <param name="PerUnit">Ink for each unit of the top operand.</param>
public readonly record struct UnitCharge(uint Offset, ulong PerUnit);
