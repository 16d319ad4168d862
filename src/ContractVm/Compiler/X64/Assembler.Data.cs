using System;

namespace ContractVm.Compiler.X64;

/// <summary>Constants and jump tables, which stand after a function's code.</summary>
internal sealed partial class Assembler
{
    /// <summary>So many constants are compared at most: bytes chosen to collide cost space, not time.</summary>
    private const int MaxCompared = 8;
    private const int FirstBuckets = 64;

    private struct PooledConstant
    {
        public ulong Low, High;
        public int Size, Label, Bucket;
        /// <summary>The one before in the same bucket, plus one; 0 for none.</summary>
        public int Next;
    }

    private struct JumpTable
    {
        public int Label, FirstTarget, TargetCount;
    }

    private PooledConstant[] _constants = new PooledConstant[16];
    private int _constantCount;
    /// <summary>Heads of chains: index of a constant plus one. All are 0 but for those of the function's constants.</summary>
    private int[] _buckets = new int[FirstBuckets];
    /// <summary>How many are in use, a power of two: from the function alone, not from what storage was left by those before it.</summary>
    private int _bucketCount = FirstBuckets;

    private JumpTable[] _tables = new JumpTable[4];
    private int _tableCount;
    private int[] _targets = new int[64];
    private int _targetCount;

    /// <summary>Four bytes in memory, at a multiple of 4.</summary>
    public Address Constant32(uint value) => Address.Of(Constant(value, 0, 4));

    /// <summary>Eight bytes in memory, at a multiple of 8.</summary>
    public Address Constant64(ulong value) => Address.Of(Constant(value, 0, 8));

    /// <summary>Sixteen bytes in memory, at a multiple of 16.</summary>
    public Address Constant128(ulong low, ulong high) => Address.Of(Constant(low, high, 16));

    /// <summary>The address of a table of distances from its own start to labels, 4 bytes each, signed.</summary>
    public void LeaTable(Register destination, ReadOnlySpan<Label> targets)
    {
        if (_tableCount == _tables.Length) Array.Resize(ref _tables, _tables.Length * 2);
        if (_targetCount + targets.Length > _targets.Length) Array.Resize(ref _targets, Math.Max(_targets.Length * 2, _targetCount + targets.Length));
        Label label = NewLabel();
        _tables[_tableCount++] = new JumpTable { Label = label.Number, FirstTarget = _targetCount, TargetCount = targets.Length };
        foreach (Label target in targets) _targets[_targetCount++] = target.Number;
        Lea(8, destination, Address.Of(label));
    }

    /// <summary>Writes constants, the largest first, and tables after the code; ends a function. Every label must be bound by then.</summary>
    public void EmitTables()
    {
        for (int size = 16; size >= 4; size /= 2)
        {
            for (int i = 0; i < _constantCount; i++)
            {
                ref PooledConstant constant = ref _constants[i];
                if (constant.Size != size) continue;
                PadTo(size);
                MakeRoom();
                Bind(new Label(constant.Label));
                if (size == 4) Int32((int)constant.Low);
                else Int64((long)constant.Low);
                if (size == 16) Int64((long)constant.High);
            }
        }

        for (int i = 0; i < _tableCount; i++) EmitTable(_tables[i]);
        for (int i = 0; i < _labelCount; i++)
            if (_labels[i] < ~0) throw new InvalidOperationException("a label that is jumped to is not bound");
    }

    private void EmitTable(JumpTable table)
    {
        PadTo(4);
        MakeRoom(table.TargetCount * 4);
        Bind(new Label(table.Label));
        int start = _length;
        foreach (int target in _targets.AsSpan(table.FirstTarget, table.TargetCount)) Int32(OffsetOf(new Label(target)) - start);
    }

    /// <summary>What would run into it stops.</summary>
    private void PadTo(int alignment)
    {
        MakeRoom();
        while ((_length & (alignment - 1)) != 0) Byte(0xCC);
    }

    private Label Constant(ulong low, ulong high, int size)
    {
        int bucket = BucketOf(low, high, size), compared = 0;
        for (int i = _buckets[bucket]; i != 0 && compared < MaxCompared; i = _constants[i - 1].Next, compared++)
        {
            ref PooledConstant constant = ref _constants[i - 1];
            if (constant.Low == low && constant.High == high && constant.Size == size) return new Label(constant.Label);
        }

        if (_constantCount == _constants.Length) Array.Resize(ref _constants, _constants.Length * 2);
        if (_constantCount == _bucketCount)
        {
            DoubleBuckets();
            bucket = BucketOf(low, high, size);
        }

        Label label = NewLabel();
        _constants[_constantCount++] = new PooledConstant
        {
            Low = low, High = high, Size = size, Label = label.Number, Bucket = bucket, Next = _buckets[bucket],
        };
        _buckets[bucket] = _constantCount;
        return label;
    }

    private int BucketOf(ulong low, ulong high, int size)
    {
        ulong mixed = (low + (ulong)size) * 0x9E3779B97F4A7C15 ^ high * 0xC2B2AE3D27D4EB4F;
        return (int)((mixed ^ mixed >> 29) * 0xD6E8FEB86659FD93 >> 32) & (_bucketCount - 1);
    }

    private void DoubleBuckets()
    {
        ClearBuckets();
        _bucketCount *= 2;
        if (_bucketCount > _buckets.Length) _buckets = new int[_bucketCount];
        for (int i = 0; i < _constantCount; i++)
        {
            ref PooledConstant constant = ref _constants[i];
            constant.Bucket = BucketOf(constant.Low, constant.High, constant.Size);
            constant.Next = _buckets[constant.Bucket];
            _buckets[constant.Bucket] = i + 1;
        }
    }

    /// <summary>Only those in use: a function with many constants does not slow down those after it.</summary>
    private void ClearBuckets()
    {
        for (int i = 0; i < _constantCount; i++) _buckets[_constants[i].Bucket] = 0;
    }

    private void ResetData()
    {
        ClearBuckets();
        _bucketCount = FirstBuckets;
        _constantCount = 0;
        _tableCount = 0;
        _targetCount = 0;
    }
}
