using ContractVm.Compiler.Ir;

namespace ContractVm.Compiler.Lowering;

/// <summary>What lowering must know of an operation before it looks closer.</summary>
internal static class NodeKinds
{
    private const int Limit = 0x440;
    private static readonly bool[] Effects = BuildEffects();

    /// <summary>
    /// True for what must run where it stands, in order with all others of the kind: it may end the execution, or changes something that others read.
    /// </summary>
    public static bool IsEffect(ushort op) => Effects[op];

    /// <summary>True for constants, which are made where they are used.</summary>
    public static bool IsConstant(ushort op) =>
        op is (ushort)Opcode.I32Const or (ushort)Opcode.I64Const or (ushort)Opcode.F32Const or (ushort)Opcode.F64Const or (ushort)Opcode.V128Const or (ushort)Opcode.RefNull;

    /// <summary>True for what comes back from other code, before which every register is saved.</summary>
    public static bool IsCall(ushort op) =>
        op is IrOp.CallFunction or IrOp.CallTable or IrOp.CallReference or IrOp.Aggregate or IrOp.Observe or IrOp.Invoke or (ushort)Opcode.MemoryGrow
            or (>= (ushort)Opcode.MemoryInit and <= (ushort)Opcode.TableFill);

    private static bool[] BuildEffects()
    {
        bool[] effects = new bool[Limit];
        foreach (OpcodeInfo info in OpcodeTable.All)
        {
            effects[(int)info.Opcode] = info.Immediates is Immediates.MemArg or Immediates.MemArgLane || info.Opcode switch
            {
                Opcode.I32DivS or Opcode.I32DivU or Opcode.I32RemS or Opcode.I32RemU or Opcode.I64DivS or Opcode.I64DivU or Opcode.I64RemS or Opcode.I64RemU => true,
                >= Opcode.I32TruncF32S and <= Opcode.I32TruncF64U or >= Opcode.I64TruncF32S and <= Opcode.I64TruncF64U => true,
                Opcode.GlobalSet or Opcode.TableGet or Opcode.TableSet or Opcode.MemoryGrow => true,
                Opcode.TableSize => false,
                >= Opcode.MemoryInit and <= Opcode.TableFill => true,
                Opcode.StructSet or Opcode.ArraySet => true,
                _ => false,
            };
        }

        foreach (int op in (ushort[])[
            IrOp.EnterFrame, IrOp.Charge, IrOp.ChargeUnits, IrOp.CallFunction, IrOp.CallTable, IrOp.CallReference, IrOp.NonNull, IrOp.StoreLocal,
            IrOp.CheckIndex, IrOp.NewObject, IrOp.NewArray, IrOp.TrapUnless, IrOp.Aggregate, IrOp.SetCarried, IrOp.Landing, IrOp.Observe])
            effects[op] = true;
        for (int op = IrOp.Jump; op <= IrOp.TailCallReference; op++) effects[op] = true;
        return effects;
    }
}
