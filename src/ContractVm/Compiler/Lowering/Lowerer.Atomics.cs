using System;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Lowering;

/// <summary>
/// Atomic instructions. A store has one thread, so they are ordinary accesses that must be aligned: first that is checked, then the bounds. What reads
/// and writes traps where it reads.
/// </summary>
internal sealed partial class Lowerer
{
    private void LowerAtomic(int index, ref IrNode node, Opcode opcode)
    {
        if (opcode == Opcode.AtomicFence) return;
        int bytes = 1 << OpcodeTable.Get(opcode).NaturalAlignment;
        CheckAlignment(ref node, bytes);
        Source place = AddressOf(ref node, bytes);
        if (opcode is Opcode.MemoryAtomicNotify or Opcode.MemoryAtomicWait32 or Opcode.MemoryAtomicWait64)
        {
            LowerWaiting(index, ref node, opcode, in place, bytes);
            return;
        }

        if (opcode is >= Opcode.I32AtomicStore and <= Opcode.I64AtomicStore32)
        {
            Store(bytes, Use(node.B, bytes == 8 ? 8 : 4), in place);
            return;
        }

        int before = Result(index);
        Unary(MachineOp.Load, bytes, in place, before);
        if (opcode <= Opcode.I64AtomicLoad32U) return;
        int width = node.Type == IrType.I64 ? 8 : 4, operand = Use(node.B, width);
        Source source = Source.Of(operand);
        // Seven widths of each operation.
        int written = (((int)opcode - (int)Opcode.I32AtomicRmwAdd) / 7) switch
        {
            0 => Binary(MachineOp.Add, width, before, in source),
            1 => Binary(MachineOp.Sub, width, before, in source),
            2 => Binary(MachineOp.And, width, before, in source),
            3 => Binary(MachineOp.Or, width, before, in source),
            4 => Binary(MachineOp.Xor, width, before, in source),
            5 => operand,
            _ => Exchanged(before, operand, Use(node.C, width), width, bytes),
        };
        Store(bytes, written, in place);
    }

    /// <summary>
    /// What a compare-exchange leaves: the replacement where memory is what was expected, wrapped to its size, else what was there. To write that again
    /// changes nothing, as nobody else can have written.
    /// </summary>
    private int Exchanged(int before, int expected, int replacement, int width, int bytes)
    {
        int result = NewWord(width);
        if (bytes < 4)
        {
            Source mask = Source.Constant((1 << (8 * bytes)) - 1);
            expected = Binary(MachineOp.And, 4, expected, in mask);
        }

        Comparison comparison = new() { Op = MachineOp.Compare, Bytes = Math.Max(bytes, 4), Left = before, Source = Source.Of(expected), Condition = (byte)Condition.E };
        BeginComparison(in comparison, Consumer.Select, before, replacement);
        OutSame(result);
        End();
        return result;
    }

    /// <summary>Nobody waits, so nobody is woken; nobody wakes, so that waiting ends at once or in time. A memory that is not shared cannot be waited on.</summary>
    private void LowerWaiting(int index, ref IrNode node, Opcode opcode, in Source place, int bytes)
    {
        int value = LoadWord(in place, bytes);
        if (opcode == Opcode.MemoryAtomicNotify)
        {
            SetZero(index, 4);
            return;
        }

        if (!_module.MemoryList[node.Extra & MemoryMask].IsShared)
        {
            Comparison always = new() { Op = MachineOp.Compare, Bytes = 8, Left = value, Source = Source.Of(value), Condition = (byte)Condition.E };
            TrapIf(in always, TrapKind.ExpectedSharedMemory);
            SetZero(index, 4);
            return;
        }

        int isEqual = NewVirtual(VirtualKind.Word32);
        Source expected = Source.Of(Use(node.B, bytes));
        Comparison comparison = new() { Op = MachineOp.Compare, Bytes = bytes, Left = value, Source = expected, Condition = (byte)Condition.E };
        BeginComparison(in comparison, Consumer.Set);
        Out(isEqual);
        End();
        Source one = Source.Constant(1);
        Binary(MachineOp.Add, 4, isEqual, in one, Result(index));
    }

    /// <summary>Index plus offset, wrapping at 64 bits, must be a multiple of the size.</summary>
    private void CheckAlignment(ref IrNode node, int bytes)
    {
        if (bytes == 1) return;
        int register = UseLow(node.A), low = (int)(node.Immediate & (bytes - 1));
        if (low != 0)
        {
            int sum = NewVirtual(VirtualKind.Word32);
            EmitLea(4, Source.Of(SourceForm.Based, low, register), 0, sum);
            register = sum;
        }

        Comparison comparison = new() { Op = MachineOp.Test, Bytes = 4, Left = register, Source = Source.Constant(bytes - 1), Condition = (byte)Condition.NE };
        TrapIf(in comparison, TrapKind.UnalignedAtomic);
    }
}
