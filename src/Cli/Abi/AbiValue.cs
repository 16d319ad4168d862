using System.Numerics;
using ContractVm.StateStore;

namespace ContractVm.Cli.Abi;

/// <summary>A value of the contract ABI. What it may be is said by its <see cref="AbiType"/>.</summary>
internal abstract record AbiValue
{
    private AbiValue()
    {
    }

    /// <summary>A signed or unsigned integer.</summary>
    public sealed record Number(BigInteger Value) : AbiValue;

    /// <summary>True or false.</summary>
    public sealed record Flag(bool Value) : AbiValue;

    /// <summary>An address.</summary>
    public sealed record Account(Address Value) : AbiValue;

    /// <summary>Bytes, of a fixed number or any.</summary>
    public sealed record Blob(byte[] Value) : AbiValue;

    /// <summary>Text.</summary>
    public sealed record Text(string Value) : AbiValue;

    /// <summary>The elements of an array or tuple.</summary>
    public sealed record List(AbiValue[] Items, bool IsTuple) : AbiValue;
}
