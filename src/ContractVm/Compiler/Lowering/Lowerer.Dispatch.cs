using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Lowering;

/// <summary>From operation to method.</summary>
internal sealed partial class Lowerer
{
    private void LowerNode(int index, ref IrNode node)
    {
        switch (node.Op)
        {
            case IrOp.FunctionParameter: LowerParameter(index, ref node); return;
            case IrOp.EnterFrame: LowerEnterFrame(index, ref node); return;
            case IrOp.Charge: LowerCharge(ref node); return;
            case IrOp.ChargeUnits: LowerChargeUnits(ref node); return;
            case IrOp.Canonicalize: LowerCanonicalize(index, ref node); return;
            case IrOp.CallFunction: LowerCallFunction(index, ref node); return;
            case IrOp.CallTable: LowerCallTable(index, ref node); return;
            case IrOp.CallReference: LowerCallReference(index, ref node); return;
            case IrOp.NonNull: TrapIfNull(UseCarrier(Carrier(node.A)), TrapKind.NullReference); return;
            case IrOp.CheckIndex: LowerCheckIndex(ref node); return;
            case IrOp.NewObject: LowerNewObject(index, ref node); return;
            case IrOp.NewArray: LowerNewArray(index, ref node); return;
            case IrOp.TypeOfObject: LowerTypeOfObject(index, ref node); return;
            case IrOp.TypeOfFunction: LowerTypeOfFunction(index, ref node); return;
            case IrOp.TypeNumber: LowerTypeNumber(index, ref node); return;
            case IrOp.IsSubtype: LowerIsSubtype(index, ref node); return;
            case IrOp.TrapUnless: LowerTrapUnless(ref node); return;
            case IrOp.Aggregate: LowerAggregate(index, ref node); return;
            case IrOp.SetCarried: LowerSetCarried(ref node); return;
            case IrOp.GetCarried: LowerGetCarried(index, ref node); return;
            case IrOp.Landing: LowerLanding(index, ref node); return;
            case IrOp.Throw: LowerThrow(ref node); return;
            case IrOp.Invoke: LowerInvoke(ref node); return;
            case IrOp.LoadLocal: LowerLoadLocal(index, ref node); return;
            case IrOp.StoreLocal: LowerStoreLocal(ref node); return;
            case IrOp.Observe: LowerObserve(ref node); return;
            case IrOp.Jump: LowerJump(); return;
            case IrOp.Branch: LowerBranch(ref node); return;
            case IrOp.BranchTable: LowerBranchTable(ref node); return;
            case IrOp.Return: LowerReturn(ref node); return;
            case IrOp.Trap: LowerTrap(ref node); return;
            case IrOp.TailCallFunction: LowerTailCallFunction(ref node); return;
            case IrOp.TailCallTable: LowerTailCallTable(ref node); return;
            case IrOp.TailCallReference: LowerTailCallReference(ref node); return;
        }

        Opcode opcode = (Opcode)node.Op;
        if (node.Op >= OpcodeTable.VectorBase) LowerVector(index, ref node);
        else if (node.Op >= OpcodeTable.AtomicBase) LowerAtomic(index, ref node, opcode);
        else if (opcode is >= Opcode.I32Load and <= Opcode.I64Store32) LowerAccess(index, ref node, opcode);
        else if (opcode is >= Opcode.I32Eqz and <= Opcode.F64Ge) LowerSet(index);
        else if (opcode is >= Opcode.I32Clz and <= Opcode.I64Rotr) LowerInteger(index, ref node, opcode);
        else if (opcode is >= Opcode.F32Abs and <= Opcode.F64ReinterpretI64 and not Opcode.I32WrapI64 and not Opcode.I64ExtendI32S and not Opcode.I64ExtendI32U) LowerFloat(index, ref node, opcode);
        else if (opcode is >= Opcode.I32TruncSatF32S and <= Opcode.I64TruncSatF64U) LowerIntegerFromFloat(index, ref node, opcode);
        else LowerOther(index, ref node, opcode);
    }

    private void LowerInteger(int index, ref IrNode node, Opcode opcode)
    {
        // Those of 64 bits stand in the same order.
        bool isWide = opcode >= Opcode.I64Clz;
        int bytes = isWide ? 8 : 4;
        switch (isWide ? opcode - Opcode.I64Clz + Opcode.I32Clz : opcode)
        {
            case Opcode.I32Clz: LowerCount(MachineOp.LeadingZeros, index, ref node, bytes); break;
            case Opcode.I32Ctz: LowerCount(MachineOp.TrailingZeros, index, ref node, bytes); break;
            case Opcode.I32Popcnt: LowerCount(MachineOp.PopulationCount, index, ref node, bytes); break;
            case Opcode.I32Add: LowerAdd(index, ref node, bytes); break;
            case Opcode.I32Sub: LowerSubtract(index, ref node, bytes); break;
            case Opcode.I32Mul: LowerMultiply(index, ref node, bytes); break;
            case Opcode.I32DivS: LowerDivide(Division.Signed, index, ref node, bytes); break;
            case Opcode.I32DivU: LowerDivide(Division.Unsigned, index, ref node, bytes); break;
            case Opcode.I32RemS: LowerDivide(Division.SignedRemainder, index, ref node, bytes); break;
            case Opcode.I32RemU: LowerDivide(Division.UnsignedRemainder, index, ref node, bytes); break;
            case Opcode.I32And: LowerAnd(index, ref node, bytes); break;
            case Opcode.I32Or: LowerCommutative(MachineOp.Or, index, ref node, bytes); break;
            case Opcode.I32Xor: LowerCommutative(MachineOp.Xor, index, ref node, bytes); break;
            case Opcode.I32Shl: LowerShift(ShiftOp.Shl, index, ref node, bytes); break;
            case Opcode.I32ShrS: LowerShift(ShiftOp.Sar, index, ref node, bytes); break;
            case Opcode.I32ShrU: LowerShift(ShiftOp.Shr, index, ref node, bytes); break;
            case Opcode.I32Rotl: LowerShift(ShiftOp.Rol, index, ref node, bytes); break;
            case Opcode.I32Rotr: LowerShift(ShiftOp.Ror, index, ref node, bytes); break;
        }
    }

    private void LowerOther(int index, ref IrNode node, Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.Select: LowerSelect(index, ref node); break;
            case Opcode.GlobalGet: LowerGlobalGet(index, ref node); break;
            case Opcode.GlobalSet: LowerGlobalSet(ref node); break;
            case Opcode.TableGet: LowerTableGet(index, ref node); break;
            case Opcode.TableSet: LowerTableSet(ref node); break;
            case Opcode.TableSize: LowerTableSize(index, ref node); break;
            case Opcode.MemorySize: LowerMemorySize(index, ref node); break;
            case Opcode.MemoryGrow: LowerMemoryGrow(index, ref node); break;
            case Opcode.I32WrapI64: LowerExtend(index, ref node, 4, Extension.Zero); break;
            case Opcode.I64ExtendI32S or Opcode.I64Extend32S: LowerExtend(index, ref node, 4, Extension.Sign64); break;
            case Opcode.I32Extend8S: LowerExtend(index, ref node, 1, Extension.Sign32); break;
            case Opcode.I32Extend16S: LowerExtend(index, ref node, 2, Extension.Sign32); break;
            case Opcode.I64Extend8S: LowerExtend(index, ref node, 1, Extension.Sign64); break;
            case Opcode.I64Extend16S: LowerExtend(index, ref node, 2, Extension.Sign64); break;
            case Opcode.I64ExtendI32U: break;
            case Opcode.StructGet or Opcode.StructGetS or Opcode.StructGetU: LowerStructGet(index, ref node); break;
            case Opcode.StructSet: LowerStructSet(ref node); break;
            case Opcode.ArrayGet or Opcode.ArrayGetS or Opcode.ArrayGetU: LowerArrayGet(index, ref node); break;
            case Opcode.ArraySet: LowerArraySet(ref node); break;
            case Opcode.ArrayLen: LowerArrayLength(index, ref node); break;
            case Opcode.RefFunc: LowerReferenceToFunction(index, ref node); break;
            case Opcode.MemoryInit: LowerMemoryInit(ref node); break;
            case Opcode.DataDrop: LowerBuiltin(Native.Builtin.DataDrop, -1, -1, -1, node.Extra, -1); break;
            case Opcode.MemoryCopy: LowerMemoryCopy(ref node); break;
            case Opcode.MemoryFill: LowerMemoryFill(ref node); break;
            case Opcode.TableInit: LowerBuiltin(Native.Builtin.TableInit, node.A, node.B, node.C, node.Extra, (int)node.Immediate); break;
            case Opcode.ElemDrop: LowerBuiltin(Native.Builtin.ElementDrop, -1, -1, -1, node.Extra, -1); break;
            case Opcode.TableCopy: LowerBuiltin(Native.Builtin.TableCopy, node.A, node.B, node.C, node.Extra, (int)node.Immediate); break;
            case Opcode.TableGrow: LowerTableGrow(index, ref node); break;
            case Opcode.TableFill: LowerBuiltin(Native.Builtin.TableFill, node.A, node.B, node.C, node.Extra, -1); break;
            default: throw Unknown(ref node);
        }
    }

    private static NodeFaultException Unknown(ref IrNode node) =>
        new(node.Op < IrOp.First ? $"the compiler does not know {(Opcode)node.Op}" : $"the compiler does not know operation {node.Op:x}");
}
