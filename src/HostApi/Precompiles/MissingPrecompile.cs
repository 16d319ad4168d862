using System;
using System.Text;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>
/// A precompiled contract that Ethereum has and this chain has not. A call of it reverts, where one of an account without code would succeed without output.
/// </summary>
internal sealed class MissingPrecompile(ushort number, string name, string source) : Precompile(number, name, source)
{
    /// <summary>The error that the data of the revert name, as Solidity encodes errors.</summary>
    public const string Error = "PrecompileMissing(address)";

    /// <summary>The first four bytes of the error's hash, and the contract's address in a word.</summary>
    public byte[] RevertData => [.. Keccak256.Hash(Encoding.ASCII.GetBytes(Error)).Bytes[..4], .. new byte[12], .. Address.Bytes];

    public override ulong GasOf(ReadOnlySpan<byte> input) => 0;

    public override byte[]? Run(ReadOnlySpan<byte> input) => null;
}
