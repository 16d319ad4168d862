using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace ContractVm.StateStore;

/// <summary>
/// How a trie node names a child: by the Keccak-256 of its RLP, or, where that RLP is shorter than 32 bytes, by the RLP itself
/// (Yellow Paper, appendix D).
/// </summary>
internal struct NodeRef
{
    private Content _bytes;
    private byte _length;

    /// <summary>True for the reference to no node.</summary>
    public readonly bool IsEmpty => _length == 0;

    /// <summary>True when the bytes are the node's RLP, false when they are its hash.</summary>
    public readonly bool IsInline => _length is > 0 and < Hash256.Length;

    /// <summary>The hash, or the RLP of a short node.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> Bytes => ((ReadOnlySpan<byte>)_bytes)[.._length];

    /// <summary>The reference to a node with this RLP.</summary>
    public static NodeRef To(ReadOnlySpan<byte> rlp)
    {
        NodeRef reference = default;
        if (rlp.Length < Hash256.Length)
        {
            reference.Set(rlp);
            return reference;
        }
        Keccak256.Hash(rlp, reference._bytes);
        reference._length = Hash256.Length;
        return reference;
    }

    /// <summary>Takes over bytes that were stored: 32 are a hash, fewer are RLP.</summary>
    public void Set(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes);
        _length = (byte)bytes.Length;
    }

    /// <summary>The hash of the node, also where the reference is its RLP: the root of a trie is always a hash.</summary>
    public readonly Hash256 ToRootHash() => IsInline ? Keccak256.Hash(Bytes) : Hash256.FromBytes(Bytes);

    /// <summary>Writes the reference as an item of its parent.</summary>
    public readonly void WriteTo(RlpWriter writer)
    {
        if (IsInline) writer.WriteRaw(Bytes);
        else writer.Write(Bytes);
    }

    [InlineArray(Hash256.Length)]
    private struct Content
    {
        private byte _first;
    }
}

/// <summary>The 16 children of a branch.</summary>
[InlineArray(16)]
internal struct NodeRefs
{
    private NodeRef _first;
}
