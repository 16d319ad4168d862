using System;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;
using ContractVm.Native;

namespace ContractVm.Compiler.Lowering;

/// <summary>
/// Calls. The order is the interpreter's: the index, the element, its type are checked, then control goes to the callee, which takes its words.
/// </summary>
internal sealed partial class Lowerer
{
    private void LowerCallFunction(int index, ref IrNode node)
    {
        CloseConstants();
        int function = (int)node.Immediate;
        bool isImported = function < _module.ImportedFunctions;
        CallingConvention convention = _facts.ConventionOfFunction(function);
        PassOnStack(convention, ref node);
        int area = PassResultArea(convention);
        ref MachineInstruction call = ref Begin(isImported ? MachineOp.CallImport : MachineOp.CallFunction, 8);
        call.Immediate = isImported ? function : function - _module.ImportedFunctions;
        FinishCall(convention, index, ref node, area);
        _output.SavesContext |= isImported;
    }

    private void LowerCallTable(int index, ref IrNode node)
    {
        CloseConstants();
        int type = (int)(node.Immediate & int.MaxValue);
        int reference = FindElement(ref node);
        CallDescriptor(_facts.ConventionOfType(type), index, ref node, CheckType(reference, type));
    }

    private void LowerCallReference(int index, ref IrNode node)
    {
        CloseConstants();
        int reference = Use(node.C);
        TrapIfNull(reference, TrapKind.NullReference);
        CallDescriptor(_facts.ConventionOfType((int)node.Immediate), index, ref node, DescriptorOf(reference));
    }

    private void CallDescriptor(CallingConvention convention, int index, ref IrNode node, int descriptor)
    {
        PassOnStack(convention, ref node);
        int area = PassResultArea(convention);
        Begin(MachineOp.CallDescriptor, 8);
        In(descriptor);
        FinishCall(convention, index, ref node, area);
        _output.SavesContext = true;
    }

    /// <summary>The reference in the table at the index, which is not null.</summary>
    private int FindElement(ref IrNode node)
    {
        int table = (int)(node.Immediate >> 32), index = Use(node.C);
        int descriptor = DescriptorOfTable(table);
        TrapIfOutside(index, descriptor, TrapKind.UndefinedElement);
        int elements = LoadWord(Source.Of(SourceForm.Based, TableDescriptor.Elements, descriptor));
        int reference = LoadWord(Source.Of(SourceForm.BasedScaled8, 0, elements, index));
        TrapIfNull(reference, TrapKind.UninitializedElement);
        return reference;
    }

    /// <summary>The descriptor of a function reference.</summary>
    private int DescriptorOf(int reference)
    {
        Source functions = Source.Of(SourceForm.Context, ContextLayout.Functions);
        return Binary(MachineOp.Add, 8, ShiftConstant(ShiftOp.Shl, 8, reference, FunctionDescriptor.SizeLog2), in functions);
    }

    /// <summary>Checks that a function is of a type and gives its descriptor.</summary>
    private int CheckType(int reference, int type)
    {
        if (_module.TypeSpace[type].IsFinal)
        {
            // No other type can be below this one, and equal types have one number in the store.
            int descriptor = DescriptorOf(reference);
            int types = LoadWord(Source.Of(SourceForm.Context, ContextLayout.Types));
            int wanted = LoadWord(Source.Of(SourceForm.Based, 4 * type, types), 4);
            Comparison comparison = new()
            {
                Op = MachineOp.Compare, Bytes = 4, Left = wanted, Source = Source.Of(SourceForm.Based, FunctionDescriptor.Type, descriptor), Condition = (byte)Condition.NE,
            };
            TrapIf(in comparison, TrapKind.IndirectCallTypeMismatch);
            return descriptor;
        }

        int found = DescriptorOf(reference), order = SubtypeOrderOfStore();
        Comparison isBelow = CompareSubtype(LoadWord(Source.Of(SourceForm.Based, FunctionDescriptor.Type, found), 4), EntryOf(TypeNumber(type), order), order);
        isBelow.Condition = Detail.Negate(isBelow.Condition);
        TrapIf(in isBelow, TrapKind.IndirectCallTypeMismatch);
        return found;
    }

    /// <summary>Stores the arguments that find no register where the callee looks for them.</summary>
    private void PassOnStack(CallingConvention convention, ref IrNode node)
    {
        ReadOnlySpan<int> arguments = _ir.List(node.A, node.B);
        for (int i = 0; i < convention.Parameters.Length; i++)
        {
            if (convention.Parameters[i].IsRegister) continue;
            Source target = Source.Of(SourceForm.Outgoing, convention.Parameters[i].Offset);
            StoreSlot(arguments[i], in target);
        }

        _output.OutgoingBytes = Math.Max(_output.OutgoingBytes, convention.ArgumentBytes);
    }

    /// <summary>The address of the area for results that find no register; -1 where there are none.</summary>
    private int PassResultArea(CallingConvention convention)
    {
        if (convention.ResultBytes == 0) return -1;
        _output.ResultBytes = Math.Max(_output.ResultBytes, convention.ResultBytes);
        int area = NewVirtual(VirtualKind.Word64);
        EmitLea(8, Source.Of(SourceForm.Results, 0), 0, area);
        return area;
    }

    /// <summary>The arguments in registers.</summary>
    private void PassInRegisters(CallingConvention convention, ref IrNode node, int area)
    {
        ReadOnlySpan<int> arguments = _ir.List(node.A, node.B);
        for (int i = 0; i < convention.Parameters.Length; i++)
            if (convention.Parameters[i].IsRegister) In(Use(arguments[i]), convention.Parameters[i].Register);
        if (arguments.Length > convention.Parameters.Length) In(Use(arguments[^1]), Registers.Words);
        if (area >= 0) In(area, Registers.ResultArea);
    }

    /// <summary>Arguments and results of the call that is begun.</summary>
    private void FinishCall(CallingConvention convention, int index, ref IrNode node, int area)
    {
        _instructions[_count].Auxiliary = convention.ArgumentBytes;
        _instructions[_count].Flags = InstructionFlags.Clobbers | ((node.Flags & IrFlags.Invoked) != 0 ? InstructionFlags.Throws : InstructionFlags.None);
        PassInRegisters(convention, ref node, area);
        int last = index + node.Extra;
        for (int i = index + 1; i <= last; i++)
        {
            if (!IsResultOf(i, index) || _virtuals[i] < 0) continue;
            int number = (int)_ir.Nodes[i].Immediate;
            if (number == convention.Results.Length) Out(_virtuals[i], Registers.Words);
            else if (convention.Results[number].IsRegister) Out(_virtuals[i], convention.Results[number].Register);
        }

        End();
        for (int i = index + 1; i <= last; i++)
        {
            if (!IsResultOf(i, index) || _virtuals[i] < 0) continue;
            int number = (int)_ir.Nodes[i].Immediate;
            if (number == convention.Results.Length || convention.Results[number].IsRegister) continue;
            Source source = Source.Of(SourceForm.Results, convention.Results[number].Offset);
            Unary(MachineOp.Load, BytesOf(_ir.Nodes[i].Type), in source, _virtuals[i]);
        }
    }

    private bool IsResultOf(int node, int call)
    {
        ref IrNode result = ref _ir.Nodes[node];
        return result.Op == IrOp.Result && result.A == call && !IsGone(node);
    }

    private void LowerTailCallFunction(ref IrNode node)
    {
        CloseConstants();
        int function = (int)node.Immediate;
        bool isImported = function < _module.ImportedFunctions;
        CallingConvention convention = _facts.ConventionOfFunction(function);
        PassOnStack(convention, ref node);
        ref MachineInstruction call = ref Begin(isImported ? MachineOp.TailImport : MachineOp.TailFunction, 8);
        call.Immediate = isImported ? function : function - _module.ImportedFunctions;
        FinishTailCall(convention, ref node, isImported);
    }

    private void LowerTailCallTable(ref IrNode node)
    {
        CloseConstants();
        int type = (int)(node.Immediate & int.MaxValue);
        int reference = FindElement(ref node);
        TailCallDescriptor(_facts.ConventionOfType(type), ref node, CheckType(reference, type));
    }

    private void LowerTailCallReference(ref IrNode node)
    {
        CloseConstants();
        int reference = Use(node.C);
        TrapIfNull(reference, TrapKind.NullReference);
        TailCallDescriptor(_facts.ConventionOfType((int)node.Immediate), ref node, DescriptorOf(reference));
    }

    private void TailCallDescriptor(CallingConvention convention, ref IrNode node, int descriptor)
    {
        PassOnStack(convention, ref node);
        Begin(MachineOp.TailDescriptor, 8).Immediate = _module.ImportedFunctions;
        In(descriptor);
        FinishTailCall(convention, ref node, savesContext: true);
    }

    private void FinishTailCall(CallingConvention convention, ref IrNode node, bool savesContext)
    {
        _instructions[_count].Auxiliary = convention.ArgumentBytes;
        PassInRegisters(convention, ref node, convention.ResultBytes > 0 ? ResultArea() : -1);
        End();
        AddSuccessors();
        _output.SavesContext |= savesContext;
    }

    /// <summary>Passes the operand stack as it is to the observer.</summary>
    private void LowerObserve(ref IrNode node)
    {
        CloseConstants();
        StoreImmediate(8, _ir.Index, Outgoing(1));
        StoreImmediate(8, node.Origin, Outgoing(2));
        int slot = 3;
        foreach (int operand in _ir.List(node.A, node.B))
        {
            IrType type = _ir.Nodes[_ir.Resolve(operand)].Type;
            Source target = Outgoing(slot++);
            if (type == IrType.V128) Outgoing(slot++);
            // Of a float of 32 bits only these are written.
            if (type == IrType.F32) StoreImmediate(8, 0, in target);
            StoreSlot(operand, in target);
        }

        StoreImmediate(8, slot - 3, Outgoing(0));
        CallBuiltin(Builtin.Observe);
    }

    /// <summary>A slot of the outgoing area, for a builtin.</summary>
    private Source Outgoing(int slot)
    {
        _output.OutgoingBytes = Math.Max(_output.OutgoingBytes, 8 * (slot + 1));
        return Source.Of(SourceForm.Outgoing, 8 * slot);
    }

    private void CallBuiltin(Builtin builtin)
    {
        ref MachineInstruction call = ref Begin(MachineOp.CallBuiltin, 8);
        call.Immediate = (int)builtin;
        call.Flags = InstructionFlags.Clobbers;
        End();
    }

    /// <summary>Calls a builtin: operands that are -1 are none, then numbers.</summary>
    private void LowerBuiltin(Builtin builtin, int a, int b, int c, int first, int second)
    {
        CloseConstants();
        int slot = 0;
        if (a >= 0) StoreSlot(a, Outgoing(slot++));
        if (b >= 0) StoreSlot(b, Outgoing(slot++));
        if (c >= 0) StoreSlot(c, Outgoing(slot++));
        StoreImmediate(8, first, Outgoing(slot++));
        if (second >= 0) StoreImmediate(8, second, Outgoing(slot));
        CallBuiltin(builtin);
    }
}
