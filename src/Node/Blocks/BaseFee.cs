using System;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>The base fee of the next block (EIP-1559, "calc base fee").</summary>
public static class BaseFee
{
    private const ulong ElasticityMultiplier = 2, MaximumChangeDenominator = 8;

    /// <summary>Computes it from the parent alone.</summary>
    public static UInt256 Next(BlockHeader parent)
    {
        UInt256 baseFee = parent.BaseFee ?? throw new ArgumentException("the parent has no base fee", nameof(parent));
        ulong target = parent.GasLimit / ElasticityMultiplier;
        if (parent.GasUsed == target || target == 0) return baseFee;
        ulong distance = parent.GasUsed > target ? parent.GasUsed - target : target - parent.GasUsed;
        UInt256 change = baseFee * distance / target / MaximumChangeDenominator;
        if (parent.GasUsed < target) return baseFee - change;
        return baseFee + (change.IsZero ? UInt256.One : change);
    }
}
