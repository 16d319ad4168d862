using System;
using System.Collections.Generic;
using System.Linq;

namespace ContractVm.StateStore.Tests;

/// <summary>
/// The definition of a Merkle-Patricia trie's root (Yellow Paper, appendix D), written down as it stands there, over a whole
/// dictionary, with an own RLP encoder: slow, and sharing nothing with the code under test but Keccak-256, which has vectors.
/// </summary>
internal static class NaiveTrie
{
    public static Hash256 Root(IEnumerable<KeyValuePair<byte[], byte[]>> content)
    {
        List<(byte[] Nibbles, byte[] Value)> pairs = content.Where(pair => pair.Value.Length > 0)
            .Select(pair => (pair.Key.SelectMany(b => new[] { (byte)(b >> 4), (byte)(b & 15) }).ToArray(), pair.Value)).ToList();
        return Keccak256.Hash(pairs.Count == 0 ? Text([]) : Node(pairs, 0));
    }

    /// <summary>keccak(address) → rlp(account) of a whole state, from plain values.</summary>
    public static Hash256 StateRoot(IEnumerable<(Address Address, ulong Nonce, UInt256 Balance, byte[] Code, IEnumerable<(Hash256 Key, Hash256 Value)> Storage)> accounts) =>
        Root(accounts.Select(account => KeyValuePair.Create(Keccak256.Hash(account.Address.Bytes).ToArray(), List(
        [
            Number(account.Nonce),
            Number(account.Balance),
            Text(StorageRoot(account.Storage).ToArray()),
            Text(Keccak256.Hash(account.Code).ToArray()),
        ]))));

    public static Hash256 StorageRoot(IEnumerable<(Hash256 Key, Hash256 Value)> slots) => Root(slots.Where(slot => !slot.Value.IsZero)
        .Select(slot => KeyValuePair.Create(Keccak256.Hash(slot.Key.Bytes).ToArray(), Number(slot.Value.ToUInt256()))));

    // c(J, i): all pairs share their first `depth` nibbles.
    private static byte[] Node(List<(byte[] Nibbles, byte[] Value)> pairs, int depth)
    {
        if (pairs.Count == 1) return List([Text(HexPrefix(pairs[0].Nibbles[depth..], true)), Text(pairs[0].Value)]);
        int shared = depth;
        while (pairs.All(pair => pair.Nibbles.Length > shared && pair.Nibbles[shared] == pairs[0].Nibbles[shared])) shared++;
        if (shared > depth) return List([Text(HexPrefix(pairs[0].Nibbles[depth..shared], false)), Reference(pairs, shared)]);
        IEnumerable<byte[]> children = Enumerable.Range(0, 16)
            .Select(nibble => Reference(pairs.Where(pair => pair.Nibbles.Length > depth && pair.Nibbles[depth] == nibble).ToList(), depth + 1));
        byte[] value = pairs.Where(pair => pair.Nibbles.Length == depth).Select(pair => pair.Value).FirstOrDefault([]);
        return List(children.Append(Text(value)));
    }

    // n(J, i)
    private static byte[] Reference(List<(byte[] Nibbles, byte[] Value)> pairs, int depth)
    {
        if (pairs.Count == 0) return Text([]);
        byte[] node = Node(pairs, depth);
        return node.Length < 32 ? node : Text(Keccak256.Hash(node).ToArray());
    }

    private static byte[] HexPrefix(byte[] nibbles, bool isLeaf)
    {
        int flag = (isLeaf ? 2 : 0) + nibbles.Length % 2;
        byte[] all = nibbles.Length % 2 == 1 ? [(byte)flag, .. nibbles] : [(byte)flag, 0, .. nibbles];
        return all.Chunk(2).Select(pair => (byte)(pair[0] * 16 + pair[1])).ToArray();
    }

    private static byte[] Number(UInt256 value) => Text(value.ToBigInteger().IsZero ? [] : value.ToBigInteger().ToByteArray(true, true));

    private static byte[] Text(byte[] bytes) => bytes.Length == 1 && bytes[0] < 0x80 ? bytes : [.. Head(bytes.Length, 0x80), .. bytes];

    private static byte[] List(IEnumerable<byte[]> items)
    {
        byte[] payload = items.SelectMany(item => item).ToArray();
        return [.. Head(payload.Length, 0xC0), .. payload];
    }

    private static byte[] Head(int length, int kind)
    {
        if (length <= 55) return [(byte)(kind + length)];
        byte[] digits = new System.Numerics.BigInteger(length).ToByteArray(true, true);
        return [(byte)(kind + 55 + digits.Length), .. digits];
    }
}
