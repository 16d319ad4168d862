using System;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>
/// Signing and recovering over secp256k1, by libsecp256k1. Safe for all threads. Where the library is not installed every method
/// throws <see cref="DllNotFoundException"/> with the command that installs it.
/// </summary>
public static class Secp256k1
{
    /// <summary>Bytes of a private key.</summary>
    public const int PrivateKeyLength = 32;

    /// <summary>Bytes of a public key without its prefix: x and y.</summary>
    public const int PublicKeyLength = 64;

    /// <summary>True for 32 bytes that are a number from 1 to the group order less one.</summary>
    public static bool IsPrivateKey(ReadOnlySpan<byte> key) => key.Length == PrivateKeyLength && Secp256k1Library.VerifyKey(key);

    /// <summary>The 64 bytes (x and y) of a private key's public key.</summary>
    /// <exception cref="ArgumentException">The private key has not 32 bytes or is out of range.</exception>
    public static byte[] PublicKey(ReadOnlySpan<byte> privateKey)
    {
        Span<byte> serialized = stackalloc byte[Secp256k1Library.UncompressedLength];
        if (!Secp256k1Library.CreatePublicKey(privateKey, serialized)) ThrowKeyRange();
        return serialized[1..].ToArray();
    }

    /// <summary>The 33 bytes of a private key's public key in compressed form.</summary>
    /// <exception cref="ArgumentException">The private key has not 32 bytes or is out of range.</exception>
    public static byte[] CompressedPublicKey(ReadOnlySpan<byte> privateKey)
    {
        byte[] serialized = new byte[Secp256k1Library.CompressedLength];
        if (!Secp256k1Library.CreatePublicKey(privateKey, serialized)) ThrowKeyRange();
        return serialized;
    }

    /// <summary>The address of a private key.</summary>
    /// <exception cref="ArgumentException">The private key has not 32 bytes or is out of range.</exception>
    public static Address AddressOf(ReadOnlySpan<byte> privateKey) => Address.FromPublicKey(PublicKey(privateKey));

    /// <summary>Signs a hash: the nonce is that of RFC 6979, so the signature is the same every time; s is low (EIP-2).</summary>
    /// <exception cref="ArgumentException">The private key has not 32 bytes or is out of range.</exception>
    public static Signature Sign(in Hash256 hash, ReadOnlySpan<byte> privateKey)
    {
        Span<byte> compact = stackalloc byte[Secp256k1Library.SignatureLength];
        if (!Secp256k1Library.Sign(hash.Bytes, privateKey, compact, out int recoveryId)) ThrowKeyRange();
        // Ids 2 and 3 stand for an x coordinate above the group order: one chance in 2^127, and Ethereum cannot express it.
        if (recoveryId > 1) throw new InvalidOperationException("the signature's nonce point lies beyond the group order");
        return new Signature(UInt256.FromBigEndian(compact[..32]), UInt256.FromBigEndian(compact[32..]), recoveryId);
    }

    /// <summary>Writes the 64 bytes of the public key that made a signature; false when no key can have made it.</summary>
    /// <exception cref="ArgumentException">The destination has not 64 bytes.</exception>
    public static bool TryRecoverPublicKey(in Hash256 hash, in Signature signature, Span<byte> publicKey)
    {
        if (publicKey.Length != PublicKeyLength) throw new ArgumentException($"a public key has 64 bytes, not {publicKey.Length}");
        if (!signature.InRange) return false;
        Span<byte> compact = stackalloc byte[Secp256k1Library.SignatureLength];
        Span<byte> serialized = stackalloc byte[Secp256k1Library.UncompressedLength];
        signature.R.ToBigEndian(compact[..32]);
        signature.S.ToBigEndian(compact[32..]);
        if (!Secp256k1Library.Recover(hash.Bytes, compact, signature.YParity, serialized)) return false;
        serialized[1..].CopyTo(publicKey);
        return true;
    }

    /// <summary>The address of the key that made a signature; false when no key can have made it.</summary>
    public static bool TryRecover(in Hash256 hash, in Signature signature, out Address address)
    {
        Span<byte> publicKey = stackalloc byte[PublicKeyLength];
        bool recovered = TryRecoverPublicKey(hash, signature, publicKey);
        address = recovered ? Address.FromPublicKey(publicKey) : default;
        return recovered;
    }

    /// <summary>The sum of two private keys modulo the group order; null when the second is out of range or the sum is zero.</summary>
    /// <exception cref="ArgumentException">One of the two has not 32 bytes.</exception>
    public static byte[]? AddPrivateKeys(ReadOnlySpan<byte> key, ReadOnlySpan<byte> tweak)
    {
        byte[] sum = key.ToArray();
        return Secp256k1Library.TweakAdd(sum, tweak) ? sum : null;
    }

    private static void ThrowKeyRange() => throw new ArgumentException("the private key is zero or not below the group order");
}
