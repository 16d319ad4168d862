using System;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Machine;

/// <summary>How much of a general register, or of its spill slot, an instruction reads.</summary>
internal enum WordRead : byte
{
    /// <summary>Nothing: the operand is a vector register, or there is none.</summary>
    None,
    /// <summary>The lower 32 bits or less: whatever stands above them does not change what the instruction does.</summary>
    Low,
    /// <summary>The operand size: all where that is 8 bytes, else the lower half.</summary>
    Sized,
    /// <summary>All 64 bits.</summary>
    Whole,
    /// <summary>All 64 bits, of a number that must have a zero upper half whatever its type: a bounds check or table of 32 bits goes by it.</summary>
    Index,
}

/// <summary>What an instruction leaves in the upper half of the general register that it defines.</summary>
internal enum WordWrite : byte
{
    /// <summary>It defines none, or a vector register.</summary>
    None,
    /// <summary>Zeros, as every instruction of 32 bits does, and some whose result is small.</summary>
    Zero,
    /// <summary>Zeros where the operand size is less than 8 bytes, else anything.</summary>
    Sized,
    /// <summary>Anything.</summary>
    Any,
    /// <summary>As its type demands: what comes from outside of the function, where the other side has promised it.</summary>
    Promised,
    /// <summary>Zeros or not, by the constant in Immediate.</summary>
    Constant,
    /// <summary>By the <see cref="Extension"/>.</summary>
    Extended,
    /// <summary>A sum: of 64 bits, one bit more than its terms have.</summary>
    Sum,
    /// <summary>Bitwise and: no more than either has.</summary>
    And,
    /// <summary>Bitwise or, exclusive or: no more than both have.</summary>
    Or,
    /// <summary>A shift by Immediate.</summary>
    Shift,
    /// <summary>Upper half of a product: 32 bits times 64 have 96.</summary>
    HighProduct,
    /// <summary>Address arithmetic (<see cref="MachineOp.Lea"/>).</summary>
    Address,
    /// <summary>A comparison's: 1 or 0, or one of the first two operands, by the <see cref="Consumer"/>.</summary>
    Chosen,
    /// <summary>An integer from a float: zeros unless it is of 64 bits (<see cref="IntegerKind.Wide"/>).</summary>
    Converted,
}

/// <summary>
/// For each machine instruction what it does with the upper halves of general registers: the one table that
/// <see cref="Allocation.UpperHalfVerifier"/> goes by. Operands before the source are First, Second, Third in their order; operands of a memory
/// form are always read whole, whatever stands here. Definitions but the first mean nothing and may hold anything.
/// </summary>
internal static class UpperHalfEffects
{
    /// <summary>A row.</summary>
    /// <param name="Op">The instruction.</param>
    /// <param name="First">What is read of the first operand.</param>
    /// <param name="Second">Of the second.</param>
    /// <param name="Third">Of all others.</param>
    /// <param name="SourceAt">Where the source stands among the operands; -1 where there is none.</param>
    /// <param name="Write">What is left in the definition.</param>
    public readonly record struct Row(MachineOp Op, WordRead First, WordRead Second, WordRead Third, int SourceAt, WordWrite Write)
    {
        /// <summary>What is read of an operand, by its number.</summary>
        public WordRead ReadOf(int operand) => operand switch { 0 => First, 1 => Second, _ => Third };
    }

    private static readonly Row[] ByOp = BuildOps();
    private static readonly Row[] ByVectorOp = BuildVectorOps();

    /// <summary>The row of an instruction.</summary>
    /// <exception cref="NodeFaultException">There is none: the instruction is new, and nobody has said what it does.</exception>
    public static ref readonly Row Of(ushort op)
    {
        int vector = op - (int)MachineOp.FirstVector;
        if (vector >= 0 && vector < ByVectorOp.Length) return ref ByVectorOp[vector];
        if (op < ByOp.Length && ByOp[op].SourceAt != Missing) return ref ByOp[op];
        throw new NodeFaultException($"nobody says what {(MachineOp)op} does with upper halves");
    }

    private const int Missing = -2, NoSource = -1;

    private static Row[] BuildOps()
    {
        const WordRead none = WordRead.None, low = WordRead.Low, sized = WordRead.Sized, whole = WordRead.Whole, index = WordRead.Index;
        const WordWrite nothing = WordWrite.None, zero = WordWrite.Zero, bySize = WordWrite.Sized, any = WordWrite.Any;
        Row[] listed =
        [
            new(MachineOp.Entry, none, none, none, NoSource, WordWrite.Promised),
            new(MachineOp.Charge, none, none, none, NoSource, nothing),
            // A product of 64 bits.
            new(MachineOp.ChargeUnits, whole, none, none, NoSource, nothing),
            new(MachineOp.ChargeUnitsWide, whole, none, none, NoSource, any),
            new(MachineOp.Constant, none, none, none, NoSource, WordWrite.Constant),
            new(MachineOp.FloatConstant, none, none, none, NoSource, nothing),
            new(MachineOp.Load, none, none, none, 0, WordWrite.Extended),
            new(MachineOp.Store, sized, none, none, 1, nothing),
            new(MachineOp.StoreImmediate, none, none, none, 0, nothing),
            new(MachineOp.Lea, sized, sized, none, 0, WordWrite.Address),
            new(MachineOp.Extend, sized, none, none, 0, WordWrite.Extended),
            new(MachineOp.Add, sized, sized, none, 1, WordWrite.Sum),
            new(MachineOp.Sub, sized, sized, none, 1, bySize),
            new(MachineOp.And, sized, sized, none, 1, WordWrite.And),
            new(MachineOp.Or, sized, sized, none, 1, WordWrite.Or),
            new(MachineOp.Xor, sized, sized, none, 1, WordWrite.Or),
            new(MachineOp.Multiply, sized, sized, none, 1, bySize),
            new(MachineOp.MultiplyImmediate, sized, none, none, 0, bySize),
            new(MachineOp.MultiplyHighConstant, whole, none, none, NoSource, WordWrite.HighProduct),
            new(MachineOp.MultiplyHigh, whole, whole, none, NoSource, WordWrite.HighProduct),
            new(MachineOp.Divide, sized, sized, none, NoSource, bySize),
            new(MachineOp.Negate, sized, none, none, NoSource, bySize),
            new(MachineOp.ShiftConstant, sized, none, none, NoSource, WordWrite.Shift),
            // Of a count the lowest bits.
            new(MachineOp.Shift, sized, low, none, NoSource, bySize),
            new(MachineOp.ShiftX, sized, low, none, NoSource, bySize),
            new(MachineOp.RotateX, sized, none, none, 0, bySize),
            // At most 64.
            new(MachineOp.LeadingZeros, sized, none, none, 0, zero),
            new(MachineOp.TrailingZeros, sized, none, none, 0, zero),
            new(MachineOp.PopulationCount, sized, none, none, 0, zero),
            // What a Select chooses from stands before and is read as wide as the result is.
            new(MachineOp.Compare, sized, sized, none, 1, WordWrite.Chosen),
            new(MachineOp.CompareMemory, none, none, none, 0, WordWrite.Chosen),
            new(MachineOp.Test, sized, sized, none, 1, WordWrite.Chosen),
            new(MachineOp.TestMemory, none, none, none, 0, WordWrite.Chosen),
            new(MachineOp.FloatCompare, none, none, none, 1, WordWrite.Chosen),
            new(MachineOp.BitTest, sized, low, none, 1, WordWrite.Chosen),
            new(MachineOp.TestVector, none, none, none, 1, WordWrite.Chosen),
            new(MachineOp.FloatBinary, none, none, none, 1, nothing),
            new(MachineOp.FloatMinMax, none, none, none, NoSource, nothing),
            new(MachineOp.FloatUnary, none, none, none, 0, nothing),
            new(MachineOp.FloatSign, none, none, none, NoSource, nothing),
            new(MachineOp.CopySign, none, none, none, NoSource, nothing),
            new(MachineOp.CanonicalizeFloat, none, none, none, NoSource, nothing),
            new(MachineOp.CanonicalizeVector, none, none, none, NoSource, nothing),
            new(MachineOp.CanonicalizeQuiet, none, none, none, NoSource, nothing),
            new(MachineOp.RotateVector, none, none, none, NoSource, nothing),
            // An unsigned number of 32 bits is converted as a signed one of 64.
            new(MachineOp.FloatFromInteger, whole, none, none, 0, nothing),
            new(MachineOp.IntegerFromFloat, none, none, none, NoSource, WordWrite.Converted),
            new(MachineOp.ConvertFloat, none, none, none, 0, nothing),
            new(MachineOp.BitsOfFloat, none, none, none, NoSource, bySize),
            new(MachineOp.FloatOfBits, sized, none, none, NoSource, nothing),
            new(MachineOp.CheckBounds, index, whole, none, NoSource, nothing),
            new(MachineOp.CheckRange, index, index, whole, NoSource, nothing),
            new(MachineOp.CallFunction, whole, whole, whole, NoSource, WordWrite.Promised),
            new(MachineOp.CallImport, whole, whole, whole, NoSource, WordWrite.Promised),
            new(MachineOp.CallDescriptor, whole, whole, whole, NoSource, WordWrite.Promised),
            new(MachineOp.CallBuiltin, whole, whole, whole, NoSource, WordWrite.Promised),
            new(MachineOp.CallBytes, whole, whole, whole, NoSource, WordWrite.Promised),
            new(MachineOp.CallThrow, whole, whole, none, NoSource, nothing),
            new(MachineOp.Landing, none, none, none, NoSource, WordWrite.Promised),
            new(MachineOp.Jump, none, none, none, NoSource, nothing),
            new(MachineOp.Invoke, none, none, none, NoSource, nothing),
            new(MachineOp.NoReturn, none, none, none, NoSource, nothing),
            new(MachineOp.BranchTable, index, none, none, NoSource, nothing),
            new(MachineOp.Return, whole, whole, whole, NoSource, nothing),
            new(MachineOp.Trap, none, none, none, NoSource, nothing),
            new(MachineOp.TailFunction, whole, whole, whole, NoSource, nothing),
            new(MachineOp.TailImport, whole, whole, whole, NoSource, nothing),
            new(MachineOp.TailDescriptor, whole, whole, whole, NoSource, nothing),
        ];
        Row[] rows = new Row[(int)MachineOp.TailDescriptor + 1];
        Array.Fill(rows, new Row(default, none, none, none, Missing, nothing));
        foreach (Row row in listed) rows[(int)row.Op] = row;
        return rows;
    }

    /// <summary>Of the instructions of vectors only these have to do with a general register; in every form the source, if there is one, is the last operand.</summary>
    private static Row[] BuildVectorOps()
    {
        Row[] rows = new Row[Enum.GetValues<VectorOp>().Length];
        for (int i = 0; i < rows.Length; i++) rows[i] = new Row((MachineOp)((int)MachineOp.FirstVector + i), WordRead.None, WordRead.None, WordRead.None, NoSource, WordWrite.None);
        foreach (VectorOp op in (VectorOp[])[VectorOp.Cvtsi2ss, VectorOp.Cvtsi2sd, VectorOp.MovdFromGeneral, VectorOp.Pinsrb, VectorOp.Pinsrw, VectorOp.Pinsrd]) Read(op, WordRead.Low);
        foreach (VectorOp op in (VectorOp[])[VectorOp.Cvtsi2ss64, VectorOp.Cvtsi2sd64, VectorOp.MovqFromGeneral, VectorOp.Pinsrq]) Read(op, WordRead.Whole);
        foreach (VectorOp op in (VectorOp[])[
            VectorOp.Cvttss2si, VectorOp.Cvttsd2si, VectorOp.Cvtss2si, VectorOp.Cvtsd2si, VectorOp.MovdToGeneral, VectorOp.Movmskps, VectorOp.Movmskpd,
            VectorOp.Pmovmskb, VectorOp.Pextrb, VectorOp.Pextrw, VectorOp.Pextrd, VectorOp.Extractps]) Write(op, WordWrite.Zero);
        foreach (VectorOp op in (VectorOp[])[
            VectorOp.Cvttss2si64, VectorOp.Cvttsd2si64, VectorOp.Cvtss2si64, VectorOp.Cvtsd2si64, VectorOp.MovqToGeneral, VectorOp.Pextrq]) Write(op, WordWrite.Any);
        return rows;

        // The general register is the only source, or the second one beside a vector.
        void Read(VectorOp op, WordRead read) => rows[(int)op] = rows[(int)op] with { First = read, Second = read };
        void Write(VectorOp op, WordWrite write) => rows[(int)op] = rows[(int)op] with { Write = write };
    }
}
