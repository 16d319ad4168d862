using System;
using System.Security.Cryptography;
using System.Text;

namespace ContractVm.Node;

/// <summary>
/// Keys from a sentence of words (BIP-39). The words are not looked up in a list and the checksum in the last one is not checked:
/// a sentence with a typing error gives other keys, not an error.
/// </summary>
public static class Mnemonic
{
    /// <summary>The sentence whose accounts development chains give money to, known to everyone.</summary>
    public const string Development = "test test test test test test test test test test test junk";

    // BIP-39, "From mnemonic to seed".
    private const int Rounds = 2048;
    private const int SeedLength = 64;

    /// <summary>The 64-byte seed of a sentence and a passphrase (BIP-39).</summary>
    /// <exception cref="ArgumentException">A character is not ASCII: BIP-39 would normalize it, which is not supported.</exception>
    public static byte[] ToSeed(string sentence, string passphrase = "")
    {
        if (!Ascii.IsValid(sentence) || !Ascii.IsValid(passphrase)) throw new ArgumentException("only ASCII sentences and passphrases are supported");
        return Rfc2898DeriveBytes.Pbkdf2(
            Encoding.ASCII.GetBytes(sentence), Encoding.ASCII.GetBytes("mnemonic" + passphrase), Rounds, HashAlgorithmName.SHA512, SeedLength);
    }

    /// <summary>The first accounts of a sentence, at m/44'/60'/0'/0/i, as wallets number them (BIP-44, SLIP-44).</summary>
    public static PrivateKey[] Accounts(string sentence, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        HdKey parent = HdKey.FromSeed(ToSeed(sentence)).DerivePath("m/44'/60'/0'/0");
        PrivateKey[] keys = new PrivateKey[count];
        for (int i = 0; i < count; i++) keys[i] = parent.Child((uint)i).PrivateKey;
        return keys;
    }
}
