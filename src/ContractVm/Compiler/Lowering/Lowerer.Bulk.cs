using System;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;
using ContractVm.Native;

namespace ContractVm.Compiler.Lowering;

/// <summary>Instructions on ranges of memory. Both ends of every range are checked before a byte is written.</summary>
internal sealed partial class Lowerer
{
    /// <summary>So many bytes are copied or filled without a call.</summary>
    private const int MostInline = 64;

    private void LowerMemoryInit(ref IrNode node) => LowerBuiltin(Builtin.MemoryInit, node.A, node.B, node.C, node.Extra, (int)node.Immediate);

    private bool IsPlain(int memory) => memory == 0 && !_module.MemoryList[0].Is64;

    private void LowerMemoryCopy(ref IrNode node)
    {
        if (!IsPlain(node.Extra) || node.Immediate != 0)
        {
            LowerBuiltin(Builtin.MemoryCopy, node.A, node.B, node.C, node.Extra, (int)node.Immediate);
            return;
        }

        bool isShort = IsShort(node.C, out int length);
        if (!isShort) CloseConstants();
        int descriptor = DescriptorOfMemory(0);
        CheckRange(node.A, node.C, isShort, length, descriptor);
        CheckRange(node.B, node.C, isShort, length, descriptor);
        if (!isShort)
        {
            CallBytes(ContextLayout.MoveBytes, HeapPointer(node.A), HeapPointer(node.B), Use(node.C));
            return;
        }

        // Everything is read before anything is written: the ranges may overlap.
        Span<(int Offset, int Bytes)> pieces = stackalloc (int, int)[8];
        int count = Cut(length, pieces);
        Span<int> values = stackalloc int[8];
        for (int i = 0; i < count; i++)
        {
            Source source = GuardedAddress(node.B, (ulong)pieces[i].Offset);
            values[i] = NewVirtual(pieces[i].Bytes == 16 ? VirtualKind.Vector : pieces[i].Bytes == 8 ? VirtualKind.Word64 : VirtualKind.Word32);
            Unary(MachineOp.Load, pieces[i].Bytes, in source, values[i]);
        }

        for (int i = 0; i < count; i++)
        {
            Source target = GuardedAddress(node.A, (ulong)pieces[i].Offset);
            Store(pieces[i].Bytes, values[i], in target);
        }
    }

    private void LowerMemoryFill(ref IrNode node)
    {
        if (!IsPlain(node.Extra))
        {
            LowerBuiltin(Builtin.MemoryFill, node.A, node.B, node.C, node.Extra, -1);
            return;
        }

        bool isShort = IsShort(node.C, out int length);
        isShort &= IsConstant(node.B, out long value);
        if (!isShort) CloseConstants();
        CheckRange(node.A, node.C, isShort, length, DescriptorOfMemory(0));
        if (!isShort)
        {
            CallBytes(ContextLayout.FillBytes, HeapPointer(node.A), UseLow(node.B), Use(node.C));
            return;
        }

        Span<(int Offset, int Bytes)> pieces = stackalloc (int, int)[8];
        int count = Cut(length, pieces), vector = -1, word = -1;
        ulong pattern = (byte)value * 0x0101_0101_0101_0101UL;
        for (int i = 0; i < count; i++)
        {
            Source target = GuardedAddress(node.A, (ulong)pieces[i].Offset);
            int bytes = pieces[i].Bytes;
            if (bytes == 16)
            {
                if (vector < 0) vector = NewVectorConstant(new UInt128(pattern, pattern));
                Store(16, vector, in target);
            }
            else if (bytes < 8 || (long)pattern == (int)pattern)
            {
                StoreImmediate(bytes, (int)pattern, in target);
            }
            else
            {
                if (word < 0) word = NewConstant((long)pattern);
                Store(8, word, in target);
            }
        }
    }

    private bool IsShort(int value, out int length)
    {
        bool isConstant = IsConstant(value, out long bits);
        length = (int)bits;
        return isConstant && bits is >= 0 and <= MostInline && _facts.Options.Has(Optimizations.ShortCopies);
    }

    /// <summary>Cuts a length into pieces of powers of two, the last of which may overlap the one before.</summary>
    private static int Cut(int length, Span<(int Offset, int Bytes)> pieces)
    {
        int count = 0, offset = 0;
        while (offset < length)
        {
            int left = length - offset, bytes = 16;
            while (bytes > left) bytes /= 2;
            if (left != bytes && bytes < 16 && offset + left >= 2 * bytes)
            {
                // A larger piece that ends where the range does takes all that is left.
                bytes *= 2;
                offset = length - bytes;
            }

            pieces[count++] = (offset, bytes);
            offset += bytes;
        }

        return count;
    }

    private void CheckRange(int start, int length, bool isShort, int constant, int descriptor)
    {
        if (isShort)
        {
            Begin(MachineOp.CheckBounds, 4).Immediate = constant;
            In(Use(start));
            In(descriptor);
            End();
            return;
        }

        Begin(MachineOp.CheckRange, 4);
        In(Use(start));
        In(Use(length));
        In(descriptor);
        End();
    }

    /// <summary>Where an index of the first memory is.</summary>
    private int HeapPointer(int index)
    {
        int result = NewVirtual(VirtualKind.Word64);
        Source address = Source.Of(SourceForm.Heap, 0, Use(index));
        EmitLea(8, address, 0, result);
        return result;
    }

    private void CallBytes(int code, int target, int second, int length)
    {
        ref MachineInstruction call = ref Begin(MachineOp.CallBytes, 8);
        call.Immediate = code;
        call.Flags = InstructionFlags.Clobbers;
        In(target, Register.Rdi);
        In(second, Register.Rsi);
        In(length, Register.Rdx);
        End();
    }
}
