using System;
using System.Collections.Generic;
using ContractVm.Gas;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>All precompiled contracts of the chain.</summary>
public static class Precompiles
{
    // Above the highest number that Ethereum has given away (EIP-7951: 0x100).
    private const int MostNumber = 0x100;
    private static readonly Precompile?[] ByNumber = new Precompile?[MostNumber + 1];

    static Precompiles()
    {
        foreach (Precompile precompile in All) ByNumber[precompile.Number] = precompile;
    }

    /// <summary>Them all, by address.</summary>
    public static IReadOnlyList<Precompile> All { get; } = [
        new EcrecoverPrecompile(), new Sha256Precompile(), new Ripemd160Precompile(), new IdentityPrecompile(), new ModexpPrecompile(),
        new Bn254AddPrecompile(), new Bn254MulPrecompile(), new Bn254PairingPrecompile(), new Blake2FPrecompile(),
        new MissingPrecompile(0x0a, "KZG_POINT_EVALUATION", "EIP-4844"), .. BlsPrecompiles.All,
        new P256VerifyPrecompile(),
    ];

    /// <summary>The one at an address, or null.</summary>
    public static Precompile? Find(in Address address)
    {
        ReadOnlySpan<byte> bytes = address.Bytes;
        if (bytes[..^2].ContainsAnyExcept((byte)0)) return null;
        int number = bytes[^2] << 8 | bytes[^1];
        return number <= MostNumber ? ByNumber[number] : null;
    }

    /// <summary>Marks an account as accessed: true where it was not before. Precompiled contracts are from the start (EIP-2929).</summary>
    internal static bool IsColdAccess(WorldState state, in Address address) => Find(address) is null && state.AccessAddress(address);

    /// <summary>Runs one as a frame's code. What does not succeed uses up all gas (Yellow Paper, section 8); what is missing reverts and uses none.</summary>
    internal static FrameResult Run(Precompile precompile, CallFrame frame)
    {
        if (precompile is MissingPrecompile missing) return FrameResult.Ended(Outcome.Revert) with { Output = missing.RevertData };
        ReadOnlySpan<byte> input = frame.Input.Span;
        if (!frame.Meter.TryCharge(Ink.Multiply(precompile.GasOf(input), Prices.InkPerGas))) return FrameResult.Ended(Outcome.OutOfInk);
        if (precompile.Run(input) is byte[] output) return FrameResult.Success with { Output = output };
        frame.Meter.TryRequire(ulong.MaxValue);
        return FrameResult.Ended(Outcome.Failure);
    }
}
