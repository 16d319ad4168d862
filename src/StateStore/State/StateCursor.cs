using System;

namespace ContractVm.StateStore;

/// <summary>
/// Walks over flat rows in the order of their keys, as they are in one block. For one thread. <see cref="Key"/> and <see cref="Row"/> are
/// valid until the next call that moves.
/// </summary>
internal abstract class StateCursor : IDisposable
{
    /// <summary>True when the cursor stands on a row.</summary>
    public abstract bool IsValid { get; }

    /// <summary>The key of the row.</summary>
    public abstract ReadOnlySpan<byte> Key { get; }

    /// <summary>The row; never empty.</summary>
    public abstract ReadOnlySpan<byte> Row { get; }

    /// <summary>Moves to the first row whose key is not before <paramref name="key"/>; to the first row of all for an empty key.</summary>
    public abstract void Seek(ReadOnlySpan<byte> key);

    /// <summary>Moves to the next row.</summary>
    public abstract void Next();

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>The live rows.</summary>
internal sealed class LiveCursor(IKeyValueReader rows, Column column, ReadOnlySpan<byte> prefix) : StateCursor
{
    private readonly KeyValueIterator _rows = rows.CreateIterator(column, prefix);

    public override bool IsValid => _rows.IsValid;

    public override ReadOnlySpan<byte> Key => _rows.Key;

    public override ReadOnlySpan<byte> Row => _rows.Value;

    public override void Seek(ReadOnlySpan<byte> key)
    {
        if (key.IsEmpty) _rows.SeekToFirst();
        else _rows.Seek(key);
    }

    public override void Next() => _rows.Next();

    public override void Dispose() => _rows.Dispose();
}

/// <summary>
/// The rows of an earlier block: for every key that is live or has reverse rows, the row before the first later block that changed it,
/// or else the live row.
/// </summary>
internal sealed class PastCursor : StateCursor
{
    private readonly KeyValueIterator _live;
    private readonly KeyValueIterator _past;
    private readonly ValueBuffer _key = new(StateRows.SlotKeyLength);
    private readonly ValueBuffer _row = new(Account.MaximumRlp);
    private readonly byte[] _seek = new byte[HistoryRows.MaximumKey];
    private readonly byte _kind;
    private readonly ulong _block;

    public PastCursor(IKeyValueReader rows, Column column, ReadOnlySpan<byte> prefix, ulong block)
    {
        _kind = column == Column.Accounts ? HistoryRows.AccountKind : HistoryRows.SlotKind;
        _block = block;
        _live = rows.CreateIterator(column, prefix);
        _past = rows.CreateIterator(Column.History, [_kind, .. prefix]);
    }

    public override bool IsValid => _row.Length > 0;

    public override ReadOnlySpan<byte> Key => _key.Span;

    public override ReadOnlySpan<byte> Row => _row.Span;

    public override void Seek(ReadOnlySpan<byte> key)
    {
        _live.Seek(key);
        _seek[0] = _kind;
        key.CopyTo(_seek.AsSpan(1));
        _past.Seek(_seek.AsSpan(0, 1 + key.Length));
        Settle();
    }

    public override void Next()
    {
        Pass();
        Settle();
    }

    public override void Dispose()
    {
        _live.Dispose();
        _past.Dispose();
    }

    // Goes on until a key has a row in the block.
    private void Settle()
    {
        for (_row.Clear(); _live.IsValid || _past.IsValid; Pass())
        {
            _key.Set(!_past.IsValid || (_live.IsValid && _live.Key.SequenceCompareTo(PastKey) <= 0) ? _live.Key : PastKey);
            if (TryPast(out ReadOnlySpan<byte> before)) _row.Set(before);
            else if (_live.IsValid && _live.Key.SequenceEqual(_key.Span)) _row.Set(_live.Value);
            if (_row.Length > 0) return;
        }
        _key.Clear();
    }

    private bool TryPast(out ReadOnlySpan<byte> before)
    {
        before = default;
        if (!IsPastOfKey) return false;
        _past.Seek(_seek.AsSpan(0, HistoryRows.WriteKey(_kind, _key.Span, _block + 1, _seek)));
        if (!IsPastOfKey) return false;
        before = _past.Value;
        return true;
    }

    // Leaves the present key.
    private void Pass()
    {
        if (_live.IsValid && _live.Key.SequenceEqual(_key.Span)) _live.Next();
        if (!IsPastOfKey) return;
        int length = 1 + _key.Length;
        // behind every block number
        _seek[0] = _kind;
        _key.Span.CopyTo(_seek.AsSpan(1));
        _seek.AsSpan(length, HistoryRows.BlockBytes + 1).Fill(0xFF);
        _past.Seek(_seek.AsSpan(0, length + HistoryRows.BlockBytes + 1));
    }

    private bool IsPastOfKey => _past.IsValid && PastKey.SequenceEqual(_key.Span);

    private ReadOnlySpan<byte> PastKey => _past.Key[1..^HistoryRows.BlockBytes];
}
