using System;
using System.Buffers.Binary;
using System.Numerics;

namespace ContractVm.StateStore;

/// <summary>
/// A branch of a trie, together with the extension above it where there is one: <see cref="Prefix"/> is the extension's path, empty
/// for a plain branch. So the trie has two kinds of nodes only, leaves and branches, and every one of them has a prefix.
/// </summary>
internal struct BranchNode
{
    public NibblePath Prefix;

    /// <summary>Bit n is set when child n exists.</summary>
    public ushort Mask;

    public NodeRefs Children;
}

/// <summary>
/// The stored form of nodes and their RLP. A stored leaf is: prefix length, packed prefix, value. A stored branch is:
/// 80 + prefix length, packed prefix, child mask, mask of the children that are short (both 2 bytes big-endian), then for each
/// child its 32-byte hash, or the length and bytes of its RLP. The node's own hash is not in the row: its parent has it.
/// </summary>
internal static class TrieNode
{
    private const byte BranchBit = 0x80;

    public static bool IsBranch(ReadOnlySpan<byte> blob) => !blob.IsEmpty && (blob[0] & BranchBit) != 0;

    public static void WriteLeaf(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> value, ref ByteBuffer destination)
    {
        WritePrefix(prefix, 0, ref destination);
        value.CopyTo(destination.Append(value.Length));
    }

    public static void WriteBranch(in BranchNode branch, ref ByteBuffer destination)
    {
        WritePrefix(branch.Prefix.Nibbles, BranchBit, ref destination);
        int masks = destination.Length;
        BinaryPrimitives.WriteUInt16BigEndian(destination.Append(4), branch.Mask);
        int inline = 0;
        for (int rest = branch.Mask; rest != 0; rest &= rest - 1)
        {
            int nibble = BitOperations.TrailingZeroCount(rest);
            ref readonly NodeRef child = ref branch.Children[nibble];
            if (child.IsInline)
            {
                inline |= 1 << nibble;
                destination.Append(1)[0] = (byte)child.Bytes.Length;
            }
            child.Bytes.CopyTo(destination.Append(child.Bytes.Length));
        }
        BinaryPrimitives.WriteUInt16BigEndian(destination.Span[(masks + 2)..], (ushort)inline);
    }

    /// <summary>Reads a stored leaf; the value is a part of the blob.</summary>
    /// <exception cref="StoreException">The blob is no leaf.</exception>
    public static ReadOnlySpan<byte> ReadLeaf(ReadOnlySpan<byte> blob, out NibblePath prefix)
    {
        if (blob.IsEmpty || IsBranch(blob)) throw Corrupt();
        return ReadPrefix(blob, out prefix);
    }

    /// <summary>Reads a stored branch.</summary>
    /// <exception cref="StoreException">The blob is no branch.</exception>
    public static void ReadBranch(ReadOnlySpan<byte> blob, out BranchNode branch)
    {
        branch = default;
        if (!IsBranch(blob)) throw Corrupt();
        ReadOnlySpan<byte> rest = ReadPrefix(blob, out branch.Prefix);
        if (rest.Length < 4) throw Corrupt();
        int mask = BinaryPrimitives.ReadUInt16BigEndian(rest);
        int inline = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
        if ((inline & ~mask) != 0) throw Corrupt();
        branch.Mask = (ushort)mask;
        rest = rest[4..];
        for (; mask != 0; mask &= mask - 1)
        {
            int nibble = BitOperations.TrailingZeroCount(mask);
            int length = Hash256.Length;
            if ((inline >> nibble & 1) != 0)
            {
                if (rest.IsEmpty || rest[0] is 0 or >= Hash256.Length) throw Corrupt();
                length = rest[0];
                rest = rest[1..];
            }
            if (rest.Length < length) throw Corrupt();
            branch.Children[nibble].Set(rest[..length]);
            rest = rest[length..];
        }
        if (!rest.IsEmpty) throw Corrupt();
    }

    /// <summary>The leaf's RLP: [hex prefix, value] (Yellow Paper, appendix D).</summary>
    public static ReadOnlySpan<byte> LeafRlp(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> value, RlpWriter writer)
    {
        Span<byte> compact = stackalloc byte[1 + NibblePath.Maximum / 2];
        writer.Clear();
        int list = writer.BeginList();
        writer.Write(compact[..NibblePath.WriteHexPrefix(prefix, isLeaf: true, compact)]);
        writer.Write(value);
        writer.EndList(list);
        return writer.Written;
    }

    /// <summary>The branch's RLP without its prefix: 16 children and a value (Yellow Paper, appendix D).</summary>
    public static ReadOnlySpan<byte> BranchRlp(in BranchNode branch, ReadOnlySpan<byte> value, RlpWriter writer)
    {
        writer.Clear();
        int list = writer.BeginList();
        for (int nibble = 0; nibble < 16; nibble++) branch.Children[nibble].WriteTo(writer);
        writer.Write(value);
        writer.EndList(list);
        return writer.Written;
    }

    /// <summary>The RLP of the extension that a prefix stands for: [hex prefix, child] (Yellow Paper, appendix D).</summary>
    public static ReadOnlySpan<byte> ExtensionRlp(ReadOnlySpan<byte> prefix, in NodeRef child, RlpWriter writer)
    {
        Span<byte> compact = stackalloc byte[1 + NibblePath.Maximum / 2];
        writer.Clear();
        int list = writer.BeginList();
        writer.Write(compact[..NibblePath.WriteHexPrefix(prefix, isLeaf: false, compact)]);
        child.WriteTo(writer);
        writer.EndList(list);
        return writer.Written;
    }

    /// <summary>The reference to a branch with its prefix.</summary>
    public static NodeRef RefOf(in BranchNode branch, ReadOnlySpan<byte> value, RlpWriter writer)
    {
        NodeRef reference = NodeRef.To(BranchRlp(branch, value, writer));
        return branch.Prefix.Length == 0 ? reference : NodeRef.To(ExtensionRlp(branch.Prefix.Nibbles, reference, writer));
    }

    private static void WritePrefix(ReadOnlySpan<byte> prefix, byte kind, ref ByteBuffer destination)
    {
        Span<byte> head = destination.Append(1 + NibblePath.PackedLength(prefix.Length));
        head[0] = (byte)(kind | prefix.Length);
        NibblePath.Pack(prefix, head[1..]);
    }

    private static ReadOnlySpan<byte> ReadPrefix(ReadOnlySpan<byte> blob, out NibblePath prefix)
    {
        prefix = default;
        int length = blob[0] & ~BranchBit;
        int packed = NibblePath.PackedLength(length);
        if (length > NibblePath.Maximum || blob.Length < 1 + packed) throw Corrupt();
        for (int i = 0; i < length; i++) prefix.Add(NibblePath.At(blob[1..], i));
        return blob[(1 + packed)..];
    }

    private static StoreException Corrupt() => new(StoreFault.Corrupt, "a stored trie node cannot be decoded");
}
