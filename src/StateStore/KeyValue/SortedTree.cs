using System;

namespace ContractVm.StateStore;

/// <summary>
/// A node of a persistent AVL tree over byte keys; null is the empty tree. Nodes never change, so a root is a frozen copy of all its
/// rows. Recursion is as deep as the tree is high: at most 1.45 × log2 of the number of rows.
/// </summary>
internal sealed class SortedTree
{
    private readonly SortedTree? _left;
    private readonly SortedTree? _right;
    private readonly int _height;

    private SortedTree(byte[] key, byte[] value, SortedTree? left, SortedTree? right)
    {
        Key = key;
        Value = value;
        _left = left;
        _right = right;
        _height = 1 + Math.Max(HeightOf(left), HeightOf(right));
    }

    public byte[] Key { get; }

    public byte[] Value { get; }

    public static SortedTree? Find(SortedTree? node, ReadOnlySpan<byte> key)
    {
        while (node is not null)
        {
            int order = key.SequenceCompareTo(node.Key);
            if (order == 0) return node;
            node = order < 0 ? node._left : node._right;
        }
        return null;
    }

    /// <summary>The first row at or behind the key, or, if strict, behind it.</summary>
    public static SortedTree? Ceiling(SortedTree? node, ReadOnlySpan<byte> key, bool strict)
    {
        SortedTree? best = null;
        while (node is not null)
        {
            int order = node.Key.AsSpan().SequenceCompareTo(key);
            if (order > 0 || (order == 0 && !strict))
            {
                best = node;
                node = node._left;
            }
            else node = node._right;
        }
        return best;
    }

    /// <summary>The last row at or before the key, or, if strict, before it.</summary>
    public static SortedTree? Floor(SortedTree? node, ReadOnlySpan<byte> key, bool strict)
    {
        SortedTree? best = null;
        while (node is not null)
        {
            int order = node.Key.AsSpan().SequenceCompareTo(key);
            if (order < 0 || (order == 0 && !strict))
            {
                best = node;
                node = node._right;
            }
            else node = node._left;
        }
        return best;
    }

    public static SortedTree? Last(SortedTree? node)
    {
        while (node?._right is not null) node = node._right;
        return node;
    }

    public static SortedTree Put(SortedTree? node, byte[] key, byte[] value)
    {
        if (node is null) return new SortedTree(key, value, null, null);
        int order = key.AsSpan().SequenceCompareTo(node.Key);
        if (order == 0) return new SortedTree(node.Key, value, node._left, node._right);
        return order < 0
            ? Balance(node.Key, node.Value, Put(node._left, key, value), node._right)
            : Balance(node.Key, node.Value, node._left, Put(node._right, key, value));
    }

    public static SortedTree? Delete(SortedTree? node, ReadOnlySpan<byte> key)
    {
        if (node is null) return null;
        int order = key.SequenceCompareTo(node.Key);
        if (order < 0)
        {
            SortedTree? left = Delete(node._left, key);
            return ReferenceEquals(left, node._left) ? node : Balance(node.Key, node.Value, left, node._right);
        }
        if (order > 0)
        {
            SortedTree? right = Delete(node._right, key);
            return ReferenceEquals(right, node._right) ? node : Balance(node.Key, node.Value, node._left, right);
        }
        if (node._left is null) return node._right;
        if (node._right is null) return node._left;
        SortedTree next = node._right;
        while (next._left is not null) next = next._left;
        return Balance(next.Key, next.Value, node._left, Delete(node._right, next.Key));
    }

    /// <summary>The number of rows on the longest way down.</summary>
    public static int HeightOf(SortedTree? node) => node?._height ?? 0;

    // One or two rotations where the heights of the sides differ by two.
    private static SortedTree Balance(byte[] key, byte[] value, SortedTree? left, SortedTree? right)
    {
        int difference = HeightOf(left) - HeightOf(right);
        if (difference > 1)
        {
            SortedTree heavy = left!;
            if (HeightOf(heavy._left) >= HeightOf(heavy._right))
                return new SortedTree(heavy.Key, heavy.Value, heavy._left, new SortedTree(key, value, heavy._right, right));
            SortedTree middle = heavy._right!;
            return new SortedTree(middle.Key, middle.Value,
                new SortedTree(heavy.Key, heavy.Value, heavy._left, middle._left),
                new SortedTree(key, value, middle._right, right));
        }
        if (difference < -1)
        {
            SortedTree heavy = right!;
            if (HeightOf(heavy._right) >= HeightOf(heavy._left))
                return new SortedTree(heavy.Key, heavy.Value, new SortedTree(key, value, left, heavy._left), heavy._right);
            SortedTree middle = heavy._left!;
            return new SortedTree(middle.Key, middle.Value,
                new SortedTree(key, value, left, middle._left),
                new SortedTree(heavy.Key, heavy.Value, middle._right, heavy._right));
        }
        return new SortedTree(key, value, left, right);
    }
}
