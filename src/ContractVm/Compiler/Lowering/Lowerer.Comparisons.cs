using System.Numerics;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Lowering;

/// <summary>Comparisons, together with the branch, choice or check that goes by them.</summary>
internal sealed partial class Lowerer
{
    /// <summary>A comparison that is still to be emitted, with what it is for.</summary>
    private struct Comparison
    {
        public MachineOp Op;
        public int Bytes;
        /// <summary>The left operand, or -1 where memory is.</summary>
        public int Left;
        public Source Source;
        /// <summary>A constant that memory is compared with.</summary>
        public int Immediate;
        /// <summary>An x86-64 condition, or <see cref="Detail.FloatEqual"/> or its contrary.</summary>
        public byte Condition;
    }

    /// <summary>Begins a comparison; for a choice, the operands to choose from come first.</summary>
    private void BeginComparison(in Comparison comparison, Consumer consumer, int ifFalse = -1, int ifTrue = -1)
    {
        ref MachineInstruction instruction = ref Begin(comparison.Op, comparison.Bytes, in comparison.Source);
        instruction.Condition = Detail.Condition(comparison.Condition, consumer);
        if (comparison.Left < 0) instruction.Immediate = comparison.Immediate;
        if (ifFalse >= 0)
        {
            In(ifFalse);
            InOrSlot(ifTrue);
        }

        if (comparison.Left >= 0) In(comparison.Left);
        In(in comparison.Source);
    }

    /// <summary>A trap where a comparison holds; its place in the module is that of the node at hand.</summary>
    private void TrapIf(in Comparison comparison, TrapKind kind)
    {
        BeginComparison(in comparison, Consumer.Trap);
        ref MachineInstruction instruction = ref _instructions[_count];
        instruction.Immediate = (long)kind << 32 | (uint)instruction.Immediate;
        End();
    }

    private void TrapIfNull(int register, TrapKind kind)
    {
        Comparison comparison = IsZero(register, 8, (byte)Condition.E);
        TrapIf(in comparison, kind);
    }

    /// <summary>A comparison of a register with zero: its own flags say it all.</summary>
    private static Comparison IsZero(int register, int bytes, byte condition) =>
        new() { Op = MachineOp.Test, Bytes = bytes, Left = register, Source = Source.Constant(-1), Condition = condition };

    private void LowerSet(int index)
    {
        Comparison comparison = ConditionOf(index, isRoot: true);
        BeginComparison(in comparison, Consumer.Set);
        Out(Result(index));
        End();
    }

    private void LowerSelect(int index, ref IrNode node)
    {
        bool isVector = IsVectorType(node.Type);
        Comparison comparison = ConditionOf(node.C, isRoot: false);
        (int ifTrue, int ifFalse) = (node.A, node.B);
        // Not-equal has one jump or move for each flag; equal would need both flags at once.
        if (comparison.Condition == Detail.FloatEqual)
        {
            comparison.Condition = Detail.FloatNotEqual;
            (ifTrue, ifFalse) = (ifFalse, ifTrue);
        }

        // The result takes the register of what is chosen where the condition does not hold.
        bool isFree = comparison.Condition is not Detail.FloatNotEqual && HasOtherUsers(ifFalse) && !HasOtherUsers(ifTrue);
        if (isFree)
        {
            comparison.Condition = Detail.Negate(comparison.Condition);
            (ifTrue, ifFalse) = (ifFalse, ifTrue);
        }

        int bytes = BytesOf(node.Type), chosenFalse = isVector ? Use(ifFalse) : Use(ifFalse, bytes), chosenTrue = isVector ? Use(ifTrue) : Use(ifTrue, bytes);
        BeginComparison(in comparison, isVector ? Consumer.SelectVector : Consumer.Select, chosenFalse, chosenTrue);
        OutSame(Result(index));
        End();
    }

    /// <summary>What holds where an i32 is not zero. A comparison that only the node at hand wants is taken in.</summary>
    private Comparison ConditionOf(int value, bool isRoot)
    {
        bool isNegated = false;
        while (true)
        {
            value = _ir.Resolve(value);
            ref IrNode node = ref _ir.Nodes[value];
            bool isOurs = isRoot || CanSink(value);
            if (isOurs && node.Op == (ushort)Opcode.I32Eqz)
            {
                isNegated = !isNegated;
                isRoot = false;
                value = node.A;
                continue;
            }

            Comparison comparison;
            if (!isOurs || !TryCompare(ref node, out comparison)) comparison = CompareWithZero(value, 4, (byte)Condition.NE);
            if (isNegated) comparison.Condition = Detail.Negate(comparison.Condition);
            return comparison;
        }
    }

    private bool TryCompare(ref IrNode node, out Comparison comparison)
    {
        Opcode opcode = (Opcode)node.Op;
        if (opcode is >= Opcode.I32Eq and <= Opcode.I32GeU) comparison = Compare(node.A, node.B, 4, (byte)ConditionOfInteger(opcode - Opcode.I32Eq));
        else if (opcode is >= Opcode.I64Eq and <= Opcode.I64GeU) comparison = Compare(node.A, node.B, 8, (byte)ConditionOfInteger(opcode - Opcode.I64Eq));
        else if (opcode is >= Opcode.F32Eq and <= Opcode.F32Ge) comparison = CompareFloats(node.A, node.B, 4, opcode - Opcode.F32Eq);
        else if (opcode is >= Opcode.F64Eq and <= Opcode.F64Ge) comparison = CompareFloats(node.A, node.B, 8, opcode - Opcode.F64Eq);
        else if (opcode == Opcode.I64Eqz) comparison = CompareWithZero(node.A, 8, (byte)Condition.E);
        else if (node.Op == IrOp.IsSubtype) comparison = CompareSubtype(ref node);
        else return TryCompareVector(ref node, out comparison);
        return true;
    }

    private static Condition ConditionOfInteger(int number) => number switch
    {
        0 => Condition.E,
        1 => Condition.NE,
        2 => Condition.L,
        3 => Condition.B,
        4 => Condition.G,
        5 => Condition.A,
        6 => Condition.LE,
        7 => Condition.BE,
        8 => Condition.GE,
        _ => Condition.AE,
    };

    private Comparison Compare(int left, int right, int bytes, byte condition)
    {
        if (IsConstant(left, out _) && !IsConstant(right, out _))
        {
            (left, right) = (right, left);
            condition = (byte)((Condition)condition).Swap();
        }

        if (IsImmediate(right, bytes, out long constant))
        {
            if (constant == 0) return CompareWithZero(left, bytes, condition);
            if (TryTakeLoad(_ir.Resolve(left), bytes, out Source memory))
                return new Comparison { Op = MachineOp.CompareMemory, Bytes = bytes, Left = -1, Source = memory, Immediate = (int)constant, Condition = condition };
            if (constant is > 0 and <= byte.MaxValue && TryTakeByte(left, out memory))
                return new Comparison { Op = MachineOp.CompareMemory, Bytes = 1, Left = -1, Source = memory, Immediate = (sbyte)constant, Condition = OfUnsigned(condition) };
            return new Comparison { Op = MachineOp.Compare, Bytes = bytes, Left = Use(left, bytes), Source = Source.Constant(constant), Condition = condition };
        }

        if (!IsLoadToTake(right, bytes) && IsLoadToTake(left, bytes))
        {
            (left, right) = (right, left);
            condition = (byte)((Condition)condition).Swap();
        }

        Source source = RegisterOrMemory(right, bytes);
        return new Comparison { Op = MachineOp.Compare, Bytes = bytes, Left = Use(left, bytes), Source = source, Condition = condition };
    }

    /// <summary>A byte that was zero-extended is no negative number: signed comparisons of it are unsigned ones.</summary>
    private static byte OfUnsigned(byte condition) => (byte)((Condition)condition switch
    {
        Condition.L => Condition.B,
        Condition.GE => Condition.AE,
        Condition.LE => Condition.BE,
        Condition.G => Condition.A,
        _ => (Condition)condition,
    });

    private bool TryTakeByte(int value, out Source source)
    {
        value = _ir.Resolve(value);
        ref IrNode node = ref _ir.Nodes[value];
        source = default;
        if (node.Op is not ((ushort)Opcode.I32Load8U or (ushort)Opcode.I64Load8U) || !CanSinkLoad(value)) return false;
        _isFolded[value] = true;
        source = AddressOf(ref node, 1);
        return true;
    }

    private Comparison CompareWithZero(int value, int bytes, byte condition)
    {
        value = _ir.Resolve(value);
        ref IrNode node = ref _ir.Nodes[value];
        if (node.Op == (ushort)(bytes == 4 ? Opcode.I32And : Opcode.I64And) && CanSink(value)) return TestBits(node.A, node.B, bytes, condition);
        if (TryTakeLoad(value, bytes, out Source memory)) return new Comparison { Op = MachineOp.CompareMemory, Bytes = bytes, Left = -1, Source = memory, Condition = condition };
        if (TryTakeByte(value, out memory)) return new Comparison { Op = MachineOp.CompareMemory, Bytes = 1, Left = -1, Source = memory, Condition = OfUnsigned(condition) };
        return IsZero(Use(value, bytes), bytes, condition);
    }

    /// <summary>A bitwise and compared with zero.</summary>
    private Comparison TestBits(int left, int right, int bytes, byte condition)
    {
        bool isEquality = (Condition)condition is Condition.E or Condition.NE;
        if (IsConstant(left, out _) && !IsConstant(right, out _)) (left, right) = (right, left);
        if (IsConstant(right, out long mask))
        {
            if (isEquality && mask == 1 && TryTestShifted(left, bytes, condition, out Comparison shifted)) return shifted;
            if (bytes == 4) mask = (int)mask;
            // Of a mask of 32 bits the upper half need not be looked at; its sign bit is then another one.
            if (isEquality && bytes == 8 && mask == (uint)mask) (bytes, mask) = (4, (int)mask);
            if (mask == (int)mask) return TestImmediate(left, (int)mask, bytes, condition);
            if (isEquality && BitOperations.IsPow2(mask))
            {
                byte carry = (byte)((Condition)condition == Condition.NE ? Condition.B : Condition.AE);
                return new Comparison { Op = MachineOp.BitTest, Bytes = 8, Left = Use(left), Source = Source.Constant(BitOperations.TrailingZeroCount(mask)), Condition = carry };
            }
        }

        int other = Use(right, bytes);
        return new Comparison { Op = MachineOp.Test, Bytes = bytes, Left = Use(left, bytes), Source = Source.Of(other), Condition = condition };
    }

    private Comparison TestImmediate(int left, int mask, int bytes, byte condition)
    {
        int resolved = _ir.Resolve(left);
        Opcode opcode = (Opcode)_ir.Nodes[resolved].Op;
        bool isExact = opcode == (bytes == 4 ? Opcode.I32Load : Opcode.I64Load);
        if (isExact && TryTakeLoad(resolved, bytes, out Source memory))
            return new Comparison { Op = MachineOp.TestMemory, Bytes = bytes, Left = -1, Source = memory, Immediate = mask, Condition = condition };
        // The highest bit of a byte is its sign, but it is none of the number's.
        if (mask is > 0 and <= sbyte.MaxValue && TryTakeByte(left, out memory))
            return new Comparison { Op = MachineOp.TestMemory, Bytes = 1, Left = -1, Source = memory, Immediate = mask, Condition = condition };
        return new Comparison { Op = MachineOp.Test, Bytes = bytes, Left = Use(left, bytes), Source = Source.Constant(mask), Condition = condition };
    }

    /// <summary>(x >> n) &amp; 1: a test of bit n, modulo the size as the shift is.</summary>
    private bool TryTestShifted(int left, int bytes, byte condition, out Comparison comparison)
    {
        int value = _ir.Resolve(left);
        ref IrNode node = ref _ir.Nodes[value];
        comparison = default;
        bool isShift = node.Op is (ushort)Opcode.I32ShrU or (ushort)Opcode.I32ShrS && bytes == 4 || node.Op is (ushort)Opcode.I64ShrU or (ushort)Opcode.I64ShrS && bytes == 8;
        if (!isShift || !CanSink(value)) return false;
        byte carry = (byte)((Condition)condition == Condition.NE ? Condition.B : Condition.AE);
        Source bit = IsConstant(node.B, out long count) ? Source.Constant(count & (bytes * 8 - 1)) : Source.Of(UseLow(node.B));
        comparison = new Comparison { Op = MachineOp.BitTest, Bytes = bytes, Left = Use(node.A, bytes), Source = bit, Condition = carry };
        return true;
    }

    /// <summary>
    /// Eq, ne, lt, gt, le, ge. Where one is a NaN all flags are set, so that above and above-or-equal are false as they should be:
    /// less is greater of the operands exchanged.
    /// </summary>
    private Comparison CompareFloats(int left, int right, int bytes, int number)
    {
        if (number is 2 or 4) (left, right) = (right, left);
        byte condition = number switch
        {
            0 => Detail.FloatEqual,
            1 => Detail.FloatNotEqual,
            2 or 3 => (byte)Condition.A,
            _ => (byte)Condition.AE,
        };
        Source source = FloatSource(right, bytes);
        return new Comparison { Op = MachineOp.FloatCompare, Bytes = bytes, Left = Use(left), Source = source, Condition = condition };
    }
}
