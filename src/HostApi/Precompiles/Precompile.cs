using System;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>A contract that the chain has at a fixed address without code (Yellow Paper, appendix E). Immutable and pure.</summary>
public abstract class Precompile
{
    /// <summary>Makes one.</summary>
    /// <param name="number">Its address, as a number.</param>
    /// <param name="name">Its name, as Ethereum's documents have it.</param>
    /// <param name="source">Where its rules are written down.</param>
    protected Precompile(ushort number, string name, string source)
    {
        Span<byte> bytes = stackalloc byte[Address.Length];
        (bytes[^2], bytes[^1]) = ((byte)(number >> 8), (byte)number);
        Address = Address.FromBytes(bytes);
        (Number, Name, Source) = (number, name, source);
    }

    /// <summary>Its address, as a number.</summary>
    public ushort Number { get; }
    /// <summary>Its address.</summary>
    public Address Address { get; }
    /// <summary>Its name.</summary>
    public string Name { get; }
    /// <summary>Where its rules are written down.</summary>
    public string Source { get; }

    /// <summary>Gas that a call with this input costs; at most 2^64-1. Takes time by the input's length at most.</summary>
    public abstract ulong GasOf(ReadOnlySpan<byte> input);

    /// <summary>Computes the output; null where the input is not acceptable, which uses up all gas.</summary>
    public abstract byte[]? Run(ReadOnlySpan<byte> input);
}
