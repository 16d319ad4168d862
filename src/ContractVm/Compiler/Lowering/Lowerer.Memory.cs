using System;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;
using ContractVm.Native;

namespace ContractVm.Compiler.Lowering;

/// <summary>Loads, stores, globals and tables.</summary>
internal sealed partial class Lowerer
{
    private const int MemoryMask = 0xFFFF;

    /// <summary>
    /// The place that an access of so many bytes is at. Of the first memory with addresses of 32 bits, anything past the end faults: index and
    /// offset are below 2^33 together, and so much is reserved. Every other access is compared with the length before.
    /// <para>
    /// An access that crosses the end must not write a part of what it stores: a store of x86-64 that faults has written nothing, as the processor
    /// translates both pages before either is written.
    /// </para>
    /// </summary>
    private Source AddressOf(ref IrNode node, int bytes)
    {
        int memory = node.Extra & MemoryMask;
        ulong offset = (ulong)node.Immediate;
        if (!_facts.IsGuarded(memory)) return CheckedAddress(memory, node.A, offset, bytes, node.Origin);
        Source address = GuardedAddress(node.A, offset);
        address.Origin = node.Origin;
        return address;
    }

    /// <summary>
    /// Index and offset in the first memory. Only the instruction's own offset becomes a displacement: an addition in the source wraps at 32 bits,
    /// one in an address does not.
    /// </summary>
    private Source GuardedAddress(int index, ulong offset)
    {
        if (IsConstant(index, out long constant))
        {
            ulong place = (uint)constant + offset;
            return place <= int.MaxValue ? Source.Of(SourceForm.HeapDirect, (int)place) : Source.Of(SourceForm.Heap, 0, NewConstant((long)place));
        }

        int register = Use(index);
        if (offset <= int.MaxValue) return Source.Of(SourceForm.Heap, (int)offset, register);
        Source added = Source.Of(register);
        return Source.Of(SourceForm.Heap, 0, Binary(MachineOp.Add, 8, NewConstant((long)offset), in added));
    }

    /// <summary>The place that a checked access is at; but for the first memory the base is read anew each time.</summary>
    private Source CheckedAddress(int memory, int index, ulong offset, int bytes, int origin)
    {
        int descriptor = DescriptorOfMemory(memory), register = Use(index);
        ref MachineInstruction check = ref Begin(MachineOp.CheckBounds, _module.MemoryList[memory].Is64 ? 8 : 4);
        // Where even the offset does not fit, the largest number is past every end.
        check.Immediate = offset > ulong.MaxValue - (ulong)bytes ? -1 : (long)(offset + (ulong)bytes);
        check.Origin = origin;
        In(register);
        In(descriptor);
        End();
        if (memory == 0)
        {
            // Its base is in rbx, whatever its addresses are.
            if (offset <= int.MaxValue) return Source.Of(SourceForm.Heap, (int)offset, register);
            Source first = Source.Of(register);
            return Source.Of(SourceForm.Heap, 0, Binary(MachineOp.Add, 8, NewConstant((long)offset), in first));
        }

        int start = LoadWord(Source.Of(SourceForm.Based, MemoryDescriptor.Base, descriptor));
        if (offset <= int.MaxValue) return Source.Of(SourceForm.BasedIndexed, (int)offset, start, register);
        Source added = Source.Of(register);
        return Source.Of(SourceForm.BasedIndexed, 0, start, Binary(MachineOp.Add, 8, NewConstant((long)offset), in added));
    }

    private int DescriptorOfMemory(int memory)
    {
        if (memory == 0) return LoadWord(Source.Of(SourceForm.Context, ContextLayout.Memory));
        int memories = LoadWord(Source.Of(SourceForm.Context, ContextLayout.Memories));
        return LoadWord(Source.Of(SourceForm.Based, 8 * memory, memories));
    }

    private void LowerAccess(int index, ref IrNode node, Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.I32Load: Load(index, ref node, 4, Extension.Zero); break;
            case Opcode.I64Load: Load(index, ref node, 8, Extension.Zero); break;
            case Opcode.F32Load: Load(index, ref node, 4, Extension.Zero); break;
            case Opcode.F64Load: Load(index, ref node, 8, Extension.Zero); break;
            case Opcode.I32Load8S: Load(index, ref node, 1, Extension.Sign32); break;
            case Opcode.I32Load8U: Load(index, ref node, 1, Extension.Zero); break;
            case Opcode.I32Load16S: Load(index, ref node, 2, Extension.Sign32); break;
            case Opcode.I32Load16U: Load(index, ref node, 2, Extension.Zero); break;
            case Opcode.I64Load8S: Load(index, ref node, 1, Extension.Sign64); break;
            case Opcode.I64Load8U: Load(index, ref node, 1, Extension.Zero); break;
            case Opcode.I64Load16S: Load(index, ref node, 2, Extension.Sign64); break;
            case Opcode.I64Load16U: Load(index, ref node, 2, Extension.Zero); break;
            case Opcode.I64Load32S: Load(index, ref node, 4, Extension.Sign64); break;
            case Opcode.I64Load32U: Load(index, ref node, 4, Extension.Zero); break;
            case Opcode.I32Store or Opcode.I64Store32: StoreInteger(ref node, 4); break;
            case Opcode.I64Store: StoreInteger(ref node, 8); break;
            case Opcode.I32Store8 or Opcode.I64Store8: StoreInteger(ref node, 1); break;
            case Opcode.I32Store16 or Opcode.I64Store16: StoreInteger(ref node, 2); break;
            case Opcode.F32Store: StoreFloat(ref node, 4); break;
            case Opcode.F64Store: StoreFloat(ref node, 8); break;
            default: throw Unknown(ref node);
        }
    }

    private void Load(int index, ref IrNode node, int bytes, Extension extension)
    {
        Source source = AddressOf(ref node, bytes);
        Unary(MachineOp.Load, bytes, in source, Result(index), (byte)extension);
    }

    private void StoreInteger(ref IrNode node, int bytes)
    {
        Source target = AddressOf(ref node, bytes);
        if (IsConstant(node.B, out long bits))
        {
            // Of fewer bytes the lower ones are stored.
            if (bytes < 8) bits = (int)bits;
            if (bits == (int)bits)
            {
                StoreImmediate(bytes, bits, in target);
                return;
            }
        }

        // Bits of a float that nobody else wants are stored from where they are.
        int value = _ir.Resolve(node.B);
        Opcode opcode = (Opcode)_ir.Nodes[value].Op;
        bool isFloat = (bytes == 4 && opcode == Opcode.I32ReinterpretF32) || (bytes == 8 && opcode == Opcode.I64ReinterpretF64);
        Store(bytes, isFloat ? Use(_ir.Nodes[value].A) : Use(node.B, bytes == 8 ? 8 : 4), in target);
    }

    private void StoreFloat(ref IrNode node, int bytes)
    {
        Source target = AddressOf(ref node, bytes);
        int value = _ir.Resolve(node.B);
        ref IrNode stored = ref _ir.Nodes[value];
        bool isConstant = stored.Op is (ushort)Opcode.F32Const or (ushort)Opcode.F64Const;
        if (isConstant && (bytes == 4 || stored.Immediate == (int)stored.Immediate)) StoreImmediate(bytes, bytes == 4 ? (int)stored.Immediate : stored.Immediate, in target);
        else Store(bytes, Use(value), in target);
    }

    /// <summary>Where a global's slot is.</summary>
    private Source AddressOfGlobal(int global)
    {
        if (global >= _module.ImportedGlobals) return Source.Of(SourceForm.Context, _facts.GlobalOffset(global));
        int globals = LoadWord(Source.Of(SourceForm.Context, ContextLayout.ImportedGlobals));
        return Source.Of(SourceForm.Based, 0, LoadWord(Source.Of(SourceForm.Based, 8 * global, globals)));
    }

    private void LowerGlobalGet(int index, ref IrNode node)
    {
        Source source = AddressOfGlobal(node.Extra);
        Unary(MachineOp.Load, BytesOf(node.Type), in source, Result(index));
    }

    /// <summary>The upper half of an i32's or f32's slot is zero from the beginning and stays so.</summary>
    private void LowerGlobalSet(ref IrNode node)
    {
        IrType type = IrFunction.TypeOf(_module.GlobalTypeList[node.Extra].Value);
        Source target = AddressOfGlobal(node.Extra);
        int bytes = BytesOf(type);
        if (!IsVectorType(type) && IsImmediate(node.A, bytes, out long constant)) StoreImmediate(bytes, constant, in target);
        else Store(bytes, IsVectorType(type) ? Use(node.A) : Use(node.A, bytes), in target);
    }

    private int DescriptorOfTable(int table)
    {
        int tables = LoadWord(Source.Of(SourceForm.Context, ContextLayout.Tables));
        return LoadWord(Source.Of(SourceForm.Based, 8 * table, tables));
    }

    private void TrapIfOutside(int index, int descriptor, TrapKind kind)
    {
        Comparison comparison = new()
        {
            Op = MachineOp.Compare, Bytes = 8, Left = index, Source = Source.Of(SourceForm.Based, TableDescriptor.Length, descriptor), Condition = (byte)Condition.AE,
        };
        TrapIf(in comparison, kind);
    }

    /// <summary>Where an element of a table is, after its bounds check.</summary>
    private Source AddressOfElement(int table, int value)
    {
        int index = Use(value), descriptor = DescriptorOfTable(table);
        TrapIfOutside(index, descriptor, TrapKind.TableOutOfBounds);
        return Source.Of(SourceForm.BasedScaled8, 0, LoadWord(Source.Of(SourceForm.Based, TableDescriptor.Elements, descriptor)), index);
    }

    private void LowerTableGet(int index, ref IrNode node)
    {
        Source source = AddressOfElement(node.Extra, node.A);
        Unary(MachineOp.Load, 8, in source, Result(index));
    }

    private void LowerTableSet(ref IrNode node)
    {
        Source target = AddressOfElement(node.Extra, node.A);
        Store(8, Use(node.B), in target);
    }

    /// <summary>No table is so long that its length does not fit 32 bits.</summary>
    private void LowerTableSize(int index, ref IrNode node)
    {
        Source source = Source.Of(SourceForm.Based, TableDescriptor.Length, DescriptorOfTable(node.Extra));
        Unary(MachineOp.Load, BytesOf(node.Type), in source, Result(index));
    }

    /// <summary>A page is 2^16 bytes, and no memory has 2^32 pages: its length is read from the third byte on.</summary>
    private void LowerMemorySize(int index, ref IrNode node)
    {
        Source pages = Source.Of(SourceForm.Based, MemoryDescriptor.ByteLength + 2, DescriptorOfMemory(node.Extra));
        Unary(MachineOp.Load, 4, in pages, Result(index));
    }

    private void LowerMemoryGrow(int index, ref IrNode node)
    {
        LowerBuiltin(Builtin.MemoryGrow, node.A, -1, -1, node.Extra, -1);
        Source source = Outgoing(0);
        Unary(MachineOp.Load, BytesOf(node.Type), in source, Result(index));
    }

    private void LowerTableGrow(int index, ref IrNode node)
    {
        LowerBuiltin(Builtin.TableGrow, node.A, node.B, -1, node.Extra, -1);
        Source source = Outgoing(0);
        Unary(MachineOp.Load, BytesOf(node.Type), in source, Result(index));
    }

    private void LowerReferenceToFunction(int index, ref IrNode node)
    {
        int start = LoadWord(Source.Of(SourceForm.Context, ContextLayout.FunctionBase));
        Source number = Source.Constant(node.Extra + 1);
        Binary(MachineOp.Add, 8, start, in number, Result(index));
    }
}
