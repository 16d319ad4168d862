using System;
using System.Security.Cryptography;

namespace ContractVm.HostApi;

/// <summary>SHA-256 of the input.</summary>
internal sealed class Sha256Precompile() : Precompile(2, "SHA256", "Yellow Paper, appendix E")
{
    public override ulong GasOf(ReadOnlySpan<byte> input) => 60 + 12 * (((ulong)input.Length + 31) / 32);

    public override byte[] Run(ReadOnlySpan<byte> input) => SHA256.HashData(input);
}

/// <summary>The input itself.</summary>
internal sealed class IdentityPrecompile() : Precompile(4, "ID", "Yellow Paper, appendix E")
{
    public override ulong GasOf(ReadOnlySpan<byte> input) => 15 + 3 * (((ulong)input.Length + 31) / 32);

    public override byte[] Run(ReadOnlySpan<byte> input) => input.ToArray();
}
