using System;
using System.Diagnostics.CodeAnalysis;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>An account's private key, with its address. Immutable; its text form shows the address only.</summary>
public sealed class PrivateKey
{
    private readonly byte[] _bytes;

    private PrivateKey(byte[] bytes)
    {
        _bytes = bytes;
        Address = Secp256k1.AddressOf(bytes);
    }

    /// <summary>The address of the account.</summary>
    public Address Address { get; }

    /// <summary>The 32 bytes of the key.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Takes 32 bytes that are a number from 1 to the group order less one.</summary>
    /// <exception cref="ArgumentException">The bytes are not a private key.</exception>
    public static PrivateKey FromBytes(ReadOnlySpan<byte> bytes) =>
        Secp256k1.IsPrivateKey(bytes) ? new PrivateKey(bytes.ToArray()) : throw new ArgumentException("not a secp256k1 private key");

    /// <summary>Reads 0x and 64 hexadecimal digits.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out PrivateKey? key)
    {
        key = Hex.TryDecode(text, out byte[] bytes) && Secp256k1.IsPrivateKey(bytes) ? new PrivateKey(bytes) : null;
        return key is not null;
    }

    /// <summary>Signs a hash.</summary>
    public Signature Sign(in Hash256 hash) => Secp256k1.Sign(hash, _bytes);

    /// <summary>The address.</summary>
    public override string ToString() => Address.ToString();
}
