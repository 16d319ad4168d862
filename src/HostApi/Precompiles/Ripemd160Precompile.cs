using System;

namespace ContractVm.HostApi;

/// <summary>RIPEMD-160 of the input, in a word's last 20 bytes.</summary>
internal sealed class Ripemd160Precompile() : Precompile(3, "RIP160", "Yellow Paper, appendix E")
{
    public override ulong GasOf(ReadOnlySpan<byte> input) => 600 + 120 * (((ulong)input.Length + 31) / 32);

    public override byte[] Run(ReadOnlySpan<byte> input)
    {
        byte[] output = new byte[32];
        Ripemd160.Hash(input, output.AsSpan(12));
        return output;
    }
}
