using System;
using System.Collections.Generic;
using System.Numerics;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Fuzz.Hooks;

/// <summary>The frame has ended: out of ink, or by a fault.</summary>
internal sealed class FrameEndException(Outcome outcome, uint status = 0) : Exception
{
    public Outcome Outcome => outcome;
    public uint Status => status;
}

/// <summary>A frame of the model: memory, ink, cache and what it last got back.</summary>
internal sealed class ModelFrame
{
    public required FrameKind Kind;
    public required int Depth;
    public required Address Contract, Code, Caller;
    public required UInt256 Value;
    public required byte[] Input { get; set; }
    public required bool IsStatic;
    public bool IsReentrant;
    public ulong Ink;
    /// <summary>The driver paid for bytes that it could not copy: what is left is less by an amount that the model does not know.</summary>
    public bool HasCopied;
    public Dictionary<Hash256, (Hash256 Value, Hash256? Known)> Cache = [];
    public int Loads, Stores;
    public byte[] Returned = [], Output = [];
    public Address? LastCode;
    public readonly byte[] Memory = new byte[HookDriver.MemoryBytes];

    public void Pay(ulong ink)
    {
        if (Ink < ink)
        {
            Ink = 0;
            throw new FrameEndException(Outcome.OutOfInk);
        }

        Ink -= ink;
    }

    public void PayGas(ulong gas) => Pay(gas > ulong.MaxValue / 10_000 ? ulong.MaxValue : gas * 10_000);

    /// <summary>So much gas must be there; it is not paid.</summary>
    public void Require(ulong gas)
    {
        if (Ink < gas * 10_000) Pay(ulong.MaxValue);
    }

    public ulong Gas => Ink / 10_000;

    public Span<byte> At(ulong pointer, ulong length) => pointer + length <= (ulong)Memory.Length ? Memory.AsSpan((int)pointer, (int)length) : throw new FrameEndException(Outcome.Failure);

    public Hash256 Word(ulong pointer) => Hash256.FromBytes(At(pointer, 32));

    public Address AddressAt(ulong pointer) => Address.FromBytes(At(pointer, 20));

    public BigInteger Number(ulong pointer) => new(At(pointer, 32), isUnsigned: true, isBigEndian: true);

    public void Write(ulong pointer, ReadOnlySpan<byte> bytes) => bytes.CopyTo(At(pointer, (ulong)bytes.Length));

    public void Write(ulong pointer, BigInteger number)
    {
        byte[] bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true), word = new byte[32];
        bytes.CopyTo(word, 32 - bytes.Length);
        Write(pointer, word);
    }

    public void WriteLength(ulong pointer, int length) => Write(pointer, BitConverter.GetBytes((uint)length));
}
