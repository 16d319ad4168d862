using System;

namespace ContractVm.Compiler.Ir;

/// <summary>What may be done with an operation.</summary>
[Flags]
internal enum Traits : byte
{
    /// <summary>It does something, or depends on what others do: it stays where it is.</summary>
    None = 0,
    /// <summary>Its value depends on its operands alone: one computation serves all who need it.</summary>
    Pure = 1,
    /// <summary>It may trap: it stays even where nobody needs its value.</summary>
    Traps = 2,
    /// <summary>The first two operands may be exchanged.</summary>
    Commutative = 4,
    /// <summary>It reads what others change and cannot trap: it stays where it is, or goes where nobody needs it.</summary>
    Reads = 8,
}

/// <summary>
/// One row for each instruction of WebAssembly: what may be done with it, the type of its value, and what its operands and its
/// result mean to NaNs (docs/DETERMINISM.md). Made of the opcode table and the few lists below. Immutable; safe for concurrent use.
/// </summary>
internal static class OperationTraits
{
    private static readonly Row[] Rows = Build();

    private struct Row
    {
        public Traits Traits;
        public IrType Type;
        public LaneClass Operands, Result;
    }

    /// <summary>What may be done with an instruction.</summary>
    public static Traits Of(ushort op) => op < IrOp.First ? Rows[op].Traits : op switch
    {
        IrOp.Canonicalize or IrOp.TypeOfObject or IrOp.TypeOfFunction or IrOp.TypeNumber or IrOp.IsSubtype => Traits.Pure,
        // An object's length and whether a reference is null never change.
        IrOp.NonNull or IrOp.CheckIndex => Traits.Pure | Traits.Traps,
        IrOp.BlockParameter or IrOp.LoadLocal or IrOp.GetCarried => Traits.Reads,
        _ => Traits.None,
    };

    /// <summary>Type of the value of an instruction whose types do not depend on the context.</summary>
    public static IrType TypeOf(ushort op) => Rows[op].Type;

    /// <summary>The lanes of its float operands, where it computes with them: it makes no difference between NaNs. Else it sees their bits.</summary>
    public static LaneClass OperandClass(ushort op) => op < IrOp.First ? Rows[op].Operands : LaneClass.None;

    /// <summary>
    /// True for what hands values on without looking at them: a NaN that was computed before it is made canonical behind it. The
    /// inputs are A and B where they are floats or vectors, or what comes over the edges.
    /// </summary>
    public static bool IsCarrier(ushort op) => op is IrOp.BlockParameter or (ushort)Opcode.Select
        or (ushort)Opcode.F32x4Splat or (ushort)Opcode.F64x2Splat or (ushort)Opcode.F32x4ExtractLane or (ushort)Opcode.F64x2ExtractLane
        or (ushort)Opcode.F32x4ReplaceLane or (ushort)Opcode.F64x2ReplaceLane;

    /// <summary>The lanes of its result, where a NaN among them may have any bits.</summary>
    public static LaneClass ResultClass(ushort op) => op < IrOp.First ? Rows[op].Result : LaneClass.None;

    private static Row[] Build()
    {
        Row[] rows = new Row[IrOp.First];
        foreach (OpcodeInfo info in OpcodeTable.All)
        {
            ref Row row = ref rows[(int)info.Opcode];
            if (info.Results.Length == 1) row.Type = TypeOf(info.Results[0]);
            bool isAccess = info.Immediates is Immediates.MemArg or Immediates.MemArgLane;
            if (!info.IsContextual && !isAccess && info.Results.Length == 1) row.Traits = Traits.Pure;
            (row.Operands, row.Result) = FloatClasses(info.Name);
        }

        rows[(int)Opcode.RefFunc] = new Row { Traits = Traits.Pure, Type = IrType.I64 };
        rows[(int)Opcode.ArrayLen] = new Row { Traits = Traits.Pure, Type = IrType.I32 };
        foreach (Opcode opcode in Reading) rows[(int)opcode].Traits = Traits.Reads;
        foreach (Opcode opcode in Trapping) rows[(int)opcode].Traits |= Traits.Traps;
        foreach (Opcode opcode in Commuting) rows[(int)opcode].Traits |= Traits.Commutative;
        return rows;
    }

    private static IrType TypeOf(char letter) => letter switch
    {
        'i' => IrType.I32,
        'l' => IrType.I64,
        'f' => IrType.F32,
        'd' => IrType.F64,
        _ => IrType.V128,
    };

    /// <summary>By the part of the name after the shape; whatever is not listed sees bits and carries bits.</summary>
    private static (LaneClass Operands, LaneClass Result) FloatClasses(string name)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0) return default;
        LaneClass shape = ClassOf(name.AsSpan(0, dot));
        ReadOnlySpan<char> operation = name.AsSpan(dot + 1);
        switch (operation)
        {
            case "add" or "sub" or "mul" or "div" or "min" or "max" or "sqrt" or "ceil" or "floor" or "trunc" or "nearest"
                or "relaxed_madd" or "relaxed_nmadd" or "relaxed_min" or "relaxed_max":
                return (shape, shape);
            // Lanes of the same width are moved as they are; see IsCarrier.
            case "splat" or "extract_lane" or "replace_lane":
            case "eq" or "ne" or "lt" or "gt" or "le" or "ge":
                return (shape, LaneClass.None);
            case "demote_f64" or "demote_f64x2_zero":
                return (LaneClass.Double, LaneClass.Single);
            case "promote_f32" or "promote_low_f32x4":
                return (LaneClass.Single, LaneClass.Double);
        }

        if (operation.StartsWith("trunc_", StringComparison.Ordinal) || operation.StartsWith("relaxed_trunc_", StringComparison.Ordinal))
        {
            ReadOnlySpan<char> source = operation[operation.IndexOf('f')..];
            return (ClassOf(source[..3]), LaneClass.None);
        }

        return default;
    }

    private static LaneClass ClassOf(ReadOnlySpan<char> shape) =>
        shape.StartsWith("f32", StringComparison.Ordinal) ? LaneClass.Single : shape.StartsWith("f64", StringComparison.Ordinal) ? LaneClass.Double : LaneClass.None;

    private static Opcode[] Trapping =>
    [
        Opcode.I32DivS, Opcode.I32DivU, Opcode.I32RemS, Opcode.I32RemU, Opcode.I64DivS, Opcode.I64DivU, Opcode.I64RemS, Opcode.I64RemU,
        Opcode.I32TruncF32S, Opcode.I32TruncF32U, Opcode.I32TruncF64S, Opcode.I32TruncF64U,
        Opcode.I64TruncF32S, Opcode.I64TruncF32U, Opcode.I64TruncF64S, Opcode.I64TruncF64U,
    ];

    private static Opcode[] Reading =>
    [
        Opcode.Select, Opcode.GlobalGet, Opcode.StructGet, Opcode.StructGetS, Opcode.StructGetU, Opcode.ArrayGet, Opcode.ArrayGetS, Opcode.ArrayGetU,
    ];

    private static Opcode[] Commuting =>
    [
        Opcode.I32Add, Opcode.I32Mul, Opcode.I32And, Opcode.I32Or, Opcode.I32Xor, Opcode.I32Eq, Opcode.I32Ne,
        Opcode.I64Add, Opcode.I64Mul, Opcode.I64And, Opcode.I64Or, Opcode.I64Xor, Opcode.I64Eq, Opcode.I64Ne,
    ];
}
