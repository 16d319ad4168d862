using System;

namespace ContractVm.StateStore;

/// <summary>Runs of sorted changes, cut by nibble and by prefix.</summary>
internal static class ChangeRuns
{
    /// <summary>Cuts off the front the changes that have the same nibble at a place.</summary>
    public static Span<TrieChanges.Entry> TakeGroup(scoped ref Span<TrieChanges.Entry> changes, int place, out int nibble)
    {
        nibble = NibblePath.At(changes[0].Key.Bytes, place);
        int count = 1;
        while (count < changes.Length && NibblePath.At(changes[count].Key.Bytes, place) == nibble) count++;
        Span<TrieChanges.Entry> group = changes[..count];
        changes = changes[count..];
        return group;
    }

    /// <summary>The number of nibbles of the prefix that all changes follow; since they are sorted, the first and the last tell.</summary>
    public static int SharedWithPrefix(int depth, in NibblePath prefix, ReadOnlySpan<TrieChanges.Entry> changes) => changes.IsEmpty
        ? prefix.Length
        : Math.Min(SharedWithPrefix(depth, prefix, changes[0]), SharedWithPrefix(depth, prefix, changes[^1]));

    private static int SharedWithPrefix(int depth, in NibblePath prefix, in TrieChanges.Entry change)
    {
        ReadOnlySpan<byte> nibbles = prefix.Nibbles;
        int shared = 0;
        while (shared < nibbles.Length && NibblePath.At(change.Key.Bytes, depth + shared) == nibbles[shared]) shared++;
        return shared;
    }

    /// <summary>Leaves out the deletions of keys that do not follow the prefix: in place.</summary>
    public static Span<TrieChanges.Entry> RemoveDeletesBeside(int depth, scoped in NibblePath prefix, Span<TrieChanges.Entry> changes)
    {
        int kept = 0;
        foreach (TrieChanges.Entry change in changes)
            if (!change.IsDelete || SharedWithPrefix(depth, prefix, change) == prefix.Length) changes[kept++] = change;
        return changes[..kept];
    }

    /// <summary>Leaves out the deletions: in place.</summary>
    public static Span<TrieChanges.Entry> RemoveDeletes(Span<TrieChanges.Entry> changes)
    {
        int kept = 0;
        foreach (TrieChanges.Entry change in changes)
            if (!change.IsDelete) changes[kept++] = change;
        return changes[..kept];
    }
}
