using System;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>The address that made a secp256k1 signature: input is hash, v (27 or 28), r and s, a word each; no output where there is no such address.</summary>
internal sealed class EcrecoverPrecompile() : Precompile(1, "ECREC", "Yellow Paper, appendix E")
{
    public override ulong GasOf(ReadOnlySpan<byte> input) => 3000;

    public override byte[] Run(ReadOnlySpan<byte> input)
    {
        Span<byte> words = stackalloc byte[4 * 32];
        PrecompileInput.Slice(input, 0, words);
        UInt256 v = UInt256.FromBigEndian(words[32..64]);
        if (v != 27 && v != 28) return [];
        Signature signature = new(UInt256.FromBigEndian(words[64..96]), UInt256.FromBigEndian(words[96..]), (int)v.LowUInt64 - 27);
        // A high s is good here: EIP-2 speaks of transactions only.
        if (!Secp256k1.TryRecover(Hash256.FromBytes(words[..32]), signature, out Address address)) return [];
        byte[] output = new byte[32];
        address.Bytes.CopyTo(output.AsSpan(12));
        return output;
    }
}
