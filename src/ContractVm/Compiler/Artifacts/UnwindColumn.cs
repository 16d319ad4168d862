using System;
using ContractVm.Native;

namespace ContractVm.Compiler.Artifacts;

/// <summary>
/// A <see cref="UnwindTable"/> as numbers: how many frames, calls, regions and clauses there are, then all of each. Calls by the distance from the one before,
/// landings by the distance from their call; what may be -1 is one more.
/// </summary>
internal static class UnwindColumn
{
    private const int Counts = 4, FrameNumbers = 4, CallNumbers = 4, RegionNumbers = 3;
    private const uint RestoresContextFlag = 1, LandsFlag = 2;

    /// <summary>Bytes that a table takes at most.</summary>
    public static long MostBytes(UnwindTable table) => Varint.MostBytes
        * (Counts + (long)FrameNumbers * table.Frames.Length + (CallNumbers + 1L) * table.Calls.Length + (long)RegionNumbers * table.Regions.Length + table.Clauses.Length);

    /// <summary>Writes a table at a position, which moves.</summary>
    public static void Write(UnwindTable table, Span<byte> bytes, ref int position)
    {
        foreach (int count in (ReadOnlySpan<int>)[table.Frames.Length, table.Calls.Length, table.Regions.Length, table.Clauses.Length]) Varint.Write(bytes, ref position, (uint)count);
        int last = 0;
        for (int i = 0; i < table.Frames.Length; i++)
        {
            FunctionFrame frame = table.Frames[i];
            Varint.Write(bytes, ref position, (uint)frame.Bytes);
            Varint.Write(bytes, ref position, (uint)frame.ArgumentBytes);
            Varint.Write(bytes, ref position, (uint)frame.ContextAt);
            Varint.Write(bytes, ref position, (uint)(table.FirstClauses[i] - last));
            last = table.FirstClauses[i];
        }

        last = 0;
        foreach (CallSite call in table.Calls)
        {
            Varint.Write(bytes, ref position, (uint)(call.ReturnOffset - last));
            Varint.Write(bytes, ref position, (uint)call.ArgumentBytes);
            Varint.Write(bytes, ref position, (call.RestoresContext ? RestoresContextFlag : 0) | (call.Landing >= 0 ? LandsFlag : 0));
            if (call.Landing >= 0) Varint.Write(bytes, ref position, Varint.ZigZag(call.Landing - call.ReturnOffset));
            Varint.Write(bytes, ref position, (uint)(call.Region + 1));
            last = call.ReturnOffset;
        }

        foreach (CatchRegion region in table.Regions)
        {
            Varint.Write(bytes, ref position, (uint)(region.Parent + 1));
            Varint.Write(bytes, ref position, (uint)region.FirstClause);
            Varint.Write(bytes, ref position, (uint)region.ClauseCount);
        }

        foreach (int tag in table.Clauses) Varint.Write(bytes, ref position, (uint)(tag + 1));
    }

    /// <summary>Reads a table; false where the bytes are none. Whether it is the code's is for <see cref="UnwindTable.DefectOf"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out UnwindTable? table)
    {
        table = null;
        Reader reader = new(bytes);
        int frames = reader.Next(), calls = reader.Next(), regions = reader.Next(), clauses = reader.Next();
        // A number takes a byte or more, so that no table is larger than a few times the file.
        long least = (long)FrameNumbers * frames + (long)CallNumbers * calls + (long)RegionNumbers * regions + clauses;
        if (reader.IsWrong || least > bytes.Length) return false;
        UnwindTable read = new(new FunctionFrame[frames], new CallSite[calls], new CatchRegion[regions], new int[clauses], new int[frames]);
        int last = 0;
        for (int i = 0; i < frames; i++)
        {
            read.Frames[i] = new FunctionFrame(reader.Next(), reader.Next(), reader.Next());
            read.FirstClauses[i] = last = reader.Sum(last, reader.Next());
        }

        last = 0;
        for (int i = 0; i < calls; i++)
        {
            last = reader.Sum(last, reader.Next());
            int arguments = reader.Next(), flags = reader.Next(), landing = -1;
            if ((flags & LandsFlag) != 0) landing = reader.Sum(last, Varint.UnZigZag((uint)reader.Next()));
            if (flags > (int)(RestoresContextFlag | LandsFlag)) return false;
            read.Calls[i] = new CallSite(last, arguments, (flags & RestoresContextFlag) != 0, landing, reader.Next() - 1);
        }

        for (int i = 0; i < regions; i++) read.Regions[i] = new CatchRegion(reader.Next() - 1, reader.Next(), reader.Next());
        for (int i = 0; i < clauses; i++) read.Clauses[i] = reader.Next() - 1;
        if (reader.IsWrong || !reader.IsAtEnd) return false;
        table = read;
        return true;
    }

    /// <summary>Numbers from 0 to 2^31 - 1; the first that is none makes it wrong.</summary>
    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private VarintReader _numbers = new(bytes);

        public bool IsWrong { get; private set; }
        public readonly bool IsAtEnd => _numbers.IsAtEnd;

        public int Next()
        {
            if (!IsWrong && _numbers.TryRead(out uint value) && value <= int.MaxValue) return (int)value;
            IsWrong = true;
            return 0;
        }

        public int Sum(int a, int b)
        {
            long sum = (long)a + b;
            IsWrong |= sum is < 0 or > int.MaxValue;
            return IsWrong ? 0 : (int)sum;
        }
    }
}
