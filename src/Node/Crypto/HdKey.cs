using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using ContractVm.HostApi;

namespace ContractVm.Node;

/// <summary>An extended private key: a key and a chain code, from which child keys are derived (BIP-32). Immutable.</summary>
public sealed class HdKey
{
    /// <summary>Added to an index for a hardened child, whose key cannot be derived from the parent's public key.</summary>
    public const uint Hardened = 0x8000_0000;

    private readonly byte[] _chainCode;

    private HdKey(PrivateKey privateKey, byte[] chainCode)
    {
        PrivateKey = privateKey;
        _chainCode = chainCode;
    }

    /// <summary>The private key.</summary>
    public PrivateKey PrivateKey { get; }

    /// <summary>The 32 bytes that, with the key, determine the children.</summary>
    public ReadOnlySpan<byte> ChainCode => _chainCode;

    /// <summary>The master key of a seed (BIP-32, "Master key generation").</summary>
    /// <exception cref="ArgumentException">The seed has not 16 to 64 bytes, or gives no valid key (one chance in 2^127).</exception>
    public static HdKey FromSeed(ReadOnlySpan<byte> seed)
    {
        if (seed.Length is < 16 or > 64) throw new ArgumentException($"a seed has 16 to 64 bytes, not {seed.Length}");
        byte[] digest = HMACSHA512.HashData("Bitcoin seed"u8, seed);
        return new HdKey(PrivateKey.FromBytes(digest.AsSpan(0, 32)), digest[32..]);
    }

    /// <summary>The child with an index; from <see cref="Hardened"/> on it is a hardened one (BIP-32, "CKDpriv").</summary>
    /// <exception cref="InvalidOperationException">This index has no child (one chance in 2^127).</exception>
    public HdKey Child(uint index)
    {
        Span<byte> data = stackalloc byte[33 + 4];
        if (index >= Hardened)
        {
            data[0] = 0;
            PrivateKey.Bytes.CopyTo(data[1..]);
        }
        else
        {
            Secp256k1.CompressedPublicKey(PrivateKey.Bytes).CopyTo(data);
        }
        BinaryPrimitives.WriteUInt32BigEndian(data[33..], index);
        byte[] digest = HMACSHA512.HashData(_chainCode, data);
        byte[] key = Secp256k1.AddPrivateKeys(PrivateKey.Bytes, digest.AsSpan(0, 32))
            ?? throw new InvalidOperationException($"index {index} has no child key");
        return new HdKey(PrivateKey.FromBytes(key), digest[32..]);
    }

    /// <summary>The descendant at a path such as m/44'/60'/0'/0/0; an apostrophe marks a hardened index.</summary>
    /// <exception cref="FormatException">The text is not a path.</exception>
    public HdKey DerivePath(string path)
    {
        string[] parts = path.Split('/');
        if (parts[0] != "m") throw new FormatException("a derivation path starts with m");
        HdKey key = this;
        foreach (string part in parts.AsSpan(1))
        {
            bool hardened = part.EndsWith('\'');
            if (!uint.TryParse(hardened ? part[..^1] : part, NumberStyles.None, CultureInfo.InvariantCulture, out uint index) || index >= Hardened)
                throw new FormatException($"'{part}' is not an index of a derivation path");
            key = key.Child(hardened ? index + Hardened : index);
        }
        return key;
    }
}
