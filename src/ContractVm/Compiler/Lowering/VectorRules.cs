using System;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Lowering;

/// <summary>What operands the one instruction takes that does what a vector instruction of WebAssembly says.</summary>
internal enum VectorShape : byte
{
    /// <summary>There is no such instruction.</summary>
    None,
    /// <summary>One vector, or 16 bytes of memory.</summary>
    Unary,
    /// <summary>One vector, of which it reads a part: from memory it would read less than a load does, and fault elsewhere.</summary>
    UnaryOfPart,
    /// <summary>Two vectors.</summary>
    Binary,
    /// <summary>Two vectors in any order.</summary>
    Commutative,
    /// <summary>Two vectors, the second one first.</summary>
    Swapped,
    /// <summary>The 8 bytes of memory of a load.</summary>
    Load,
}

/// <summary>
/// One row for each vector instruction that is one instruction of the machine. Its NaNs, of float arithmetic, may have any bits: what
/// follows makes them canonical. Immutable; safe for concurrent use.
/// </summary>
internal static class VectorRules
{
    // Rounding with the immediate's mode and not the control register's, without a flag for what is inexact.
    private const byte Nearest = 8, Floor = 9, Ceiling = 10, Truncate = 11;
    private const int Base = OpcodeTable.VectorBase;

    private static readonly VectorRule[] Rules = Build();

    /// <summary>The row of an operation of the intermediate form.</summary>
    public static ref readonly VectorRule Of(ushort op) => ref Rules[op - Base];

    private static VectorRule[] Build()
    {
        VectorRule[] rules = new VectorRule[0x400 - Base];
        Unary(rules);
        Arithmetic(rules);
        Floats(rules);
        return rules;
    }

    private static void Set(VectorRule[] rules, Opcode opcode, VectorShape shape, VectorOp op, byte immediate = 0) =>
        rules[(int)opcode - Base] = new VectorRule(op, shape, immediate);

    private static void Unary(VectorRule[] rules)
    {
        ReadOnlySpan<(Opcode Opcode, VectorShape Shape, VectorOp Op, byte Immediate)> rows =
        [
            (Opcode.V128Load8x8S, VectorShape.Load, VectorOp.Pmovsxbw, 0), (Opcode.V128Load8x8U, VectorShape.Load, VectorOp.Pmovzxbw, 0),
            (Opcode.V128Load16x4S, VectorShape.Load, VectorOp.Pmovsxwd, 0), (Opcode.V128Load16x4U, VectorShape.Load, VectorOp.Pmovzxwd, 0),
            (Opcode.V128Load32x2S, VectorShape.Load, VectorOp.Pmovsxdq, 0), (Opcode.V128Load32x2U, VectorShape.Load, VectorOp.Pmovzxdq, 0),
            (Opcode.V128Load64Splat, VectorShape.Load, VectorOp.Movddup, 0), (Opcode.V128Load64Zero, VectorShape.Load, VectorOp.Movq, 0),
            (Opcode.I16x8ExtendLowI8x16S, VectorShape.UnaryOfPart, VectorOp.Pmovsxbw, 0), (Opcode.I16x8ExtendLowI8x16U, VectorShape.UnaryOfPart, VectorOp.Pmovzxbw, 0),
            (Opcode.I32x4ExtendLowI16x8S, VectorShape.UnaryOfPart, VectorOp.Pmovsxwd, 0), (Opcode.I32x4ExtendLowI16x8U, VectorShape.UnaryOfPart, VectorOp.Pmovzxwd, 0),
            (Opcode.I64x2ExtendLowI32x4S, VectorShape.UnaryOfPart, VectorOp.Pmovsxdq, 0), (Opcode.I64x2ExtendLowI32x4U, VectorShape.UnaryOfPart, VectorOp.Pmovzxdq, 0),
            (Opcode.I8x16Abs, VectorShape.Unary, VectorOp.Pabsb, 0), (Opcode.I16x8Abs, VectorShape.Unary, VectorOp.Pabsw, 0), (Opcode.I32x4Abs, VectorShape.Unary, VectorOp.Pabsd, 0),
            (Opcode.F32x4Sqrt, VectorShape.Unary, VectorOp.Sqrtps, 0), (Opcode.F64x2Sqrt, VectorShape.Unary, VectorOp.Sqrtpd, 0),
            (Opcode.F32x4Nearest, VectorShape.Unary, VectorOp.Roundps, Nearest), (Opcode.F64x2Nearest, VectorShape.Unary, VectorOp.Roundpd, Nearest),
            (Opcode.F32x4Floor, VectorShape.Unary, VectorOp.Roundps, Floor), (Opcode.F64x2Floor, VectorShape.Unary, VectorOp.Roundpd, Floor),
            (Opcode.F32x4Ceil, VectorShape.Unary, VectorOp.Roundps, Ceiling), (Opcode.F64x2Ceil, VectorShape.Unary, VectorOp.Roundpd, Ceiling),
            (Opcode.F32x4Trunc, VectorShape.Unary, VectorOp.Roundps, Truncate), (Opcode.F64x2Trunc, VectorShape.Unary, VectorOp.Roundpd, Truncate),
            (Opcode.F32x4ConvertI32x4S, VectorShape.Unary, VectorOp.Cvtdq2ps, 0), (Opcode.F64x2ConvertLowI32x4S, VectorShape.UnaryOfPart, VectorOp.Cvtdq2pd, 0),
            (Opcode.F32x4DemoteF64x2Zero, VectorShape.Unary, VectorOp.Cvtpd2ps, 0), (Opcode.F64x2PromoteLowF32x4, VectorShape.UnaryOfPart, VectorOp.Cvtps2pd, 0),
        ];
        foreach ((Opcode opcode, VectorShape shape, VectorOp op, byte immediate) in rows) Set(rules, opcode, shape, op, immediate);
    }

    private static void Arithmetic(VectorRule[] rules)
    {
        ReadOnlySpan<(Opcode Opcode, VectorOp Op)> commutative =
        [
            (Opcode.V128And, VectorOp.Pand), (Opcode.V128Or, VectorOp.Por), (Opcode.V128Xor, VectorOp.Pxor),
            (Opcode.I8x16Eq, VectorOp.Pcmpeqb), (Opcode.I16x8Eq, VectorOp.Pcmpeqw), (Opcode.I32x4Eq, VectorOp.Pcmpeqd), (Opcode.I64x2Eq, VectorOp.Pcmpeqq),
            (Opcode.I8x16Add, VectorOp.Paddb), (Opcode.I16x8Add, VectorOp.Paddw), (Opcode.I32x4Add, VectorOp.Paddd), (Opcode.I64x2Add, VectorOp.Paddq),
            (Opcode.I8x16AddSatS, VectorOp.Paddsb), (Opcode.I8x16AddSatU, VectorOp.Paddusb), (Opcode.I16x8AddSatS, VectorOp.Paddsw), (Opcode.I16x8AddSatU, VectorOp.Paddusw),
            (Opcode.I16x8Mul, VectorOp.Pmullw), (Opcode.I32x4Mul, VectorOp.Pmulld), (Opcode.I32x4DotI16x8S, VectorOp.Pmaddwd),
            (Opcode.I8x16AvgrU, VectorOp.Pavgb), (Opcode.I16x8AvgrU, VectorOp.Pavgw),
            (Opcode.I8x16MinS, VectorOp.Pminsb), (Opcode.I8x16MinU, VectorOp.Pminub), (Opcode.I8x16MaxS, VectorOp.Pmaxsb), (Opcode.I8x16MaxU, VectorOp.Pmaxub),
            (Opcode.I16x8MinS, VectorOp.Pminsw), (Opcode.I16x8MinU, VectorOp.Pminuw), (Opcode.I16x8MaxS, VectorOp.Pmaxsw), (Opcode.I16x8MaxU, VectorOp.Pmaxuw),
            (Opcode.I32x4MinS, VectorOp.Pminsd), (Opcode.I32x4MinU, VectorOp.Pminud), (Opcode.I32x4MaxS, VectorOp.Pmaxsd), (Opcode.I32x4MaxU, VectorOp.Pmaxud),
            (Opcode.F32x4Add, VectorOp.Addps), (Opcode.F64x2Add, VectorOp.Addpd), (Opcode.F32x4Mul, VectorOp.Mulps), (Opcode.F64x2Mul, VectorOp.Mulpd),
        ];
        foreach ((Opcode opcode, VectorOp op) in commutative) Set(rules, opcode, VectorShape.Commutative, op);
        ReadOnlySpan<(Opcode Opcode, VectorOp Op)> binary =
        [
            (Opcode.I8x16Sub, VectorOp.Psubb), (Opcode.I16x8Sub, VectorOp.Psubw), (Opcode.I32x4Sub, VectorOp.Psubd), (Opcode.I64x2Sub, VectorOp.Psubq),
            (Opcode.I8x16SubSatS, VectorOp.Psubsb), (Opcode.I8x16SubSatU, VectorOp.Psubusb), (Opcode.I16x8SubSatS, VectorOp.Psubsw), (Opcode.I16x8SubSatU, VectorOp.Psubusw),
            (Opcode.I8x16NarrowI16x8S, VectorOp.Packsswb), (Opcode.I8x16NarrowI16x8U, VectorOp.Packuswb),
            (Opcode.I16x8NarrowI32x4S, VectorOp.Packssdw), (Opcode.I16x8NarrowI32x4U, VectorOp.Packusdw),
            (Opcode.I8x16GtS, VectorOp.Pcmpgtb), (Opcode.I16x8GtS, VectorOp.Pcmpgtw), (Opcode.I32x4GtS, VectorOp.Pcmpgtd), (Opcode.I64x2GtS, VectorOp.Pcmpgtq),
            (Opcode.F32x4Sub, VectorOp.Subps), (Opcode.F64x2Sub, VectorOp.Subpd), (Opcode.F32x4Div, VectorOp.Divps), (Opcode.F64x2Div, VectorOp.Divpd),
        ];
        foreach ((Opcode opcode, VectorOp op) in binary) Set(rules, opcode, VectorShape.Binary, op);
        ReadOnlySpan<(Opcode Opcode, VectorOp Op)> swapped =
        [
            (Opcode.V128Andnot, VectorOp.Pandn),
            (Opcode.I8x16LtS, VectorOp.Pcmpgtb), (Opcode.I16x8LtS, VectorOp.Pcmpgtw), (Opcode.I32x4LtS, VectorOp.Pcmpgtd), (Opcode.I64x2LtS, VectorOp.Pcmpgtq),
            // Where neither is less the machine gives its second operand, and that is the first one of pmin and pmax.
            (Opcode.F32x4Pmin, VectorOp.Minps), (Opcode.F64x2Pmin, VectorOp.Minpd), (Opcode.F32x4Pmax, VectorOp.Maxps), (Opcode.F64x2Pmax, VectorOp.Maxpd),
        ];
        foreach ((Opcode opcode, VectorOp op) in swapped) Set(rules, opcode, VectorShape.Swapped, op);
    }

    /// <summary>Comparisons: greater is less of the operands exchanged.</summary>
    private static void Floats(VectorRule[] rules)
    {
        foreach ((Opcode first, VectorOp op) in (ReadOnlySpan<(Opcode, VectorOp)>)[(Opcode.F32x4Eq, VectorOp.Cmpps), (Opcode.F64x2Eq, VectorOp.Cmppd)])
        {
            Set(rules, first, VectorShape.Commutative, op, 0);
            Set(rules, first + 1, VectorShape.Commutative, op, 4);
            Set(rules, first + 2, VectorShape.Binary, op, 1);
            Set(rules, first + 3, VectorShape.Swapped, op, 1);
            Set(rules, first + 4, VectorShape.Binary, op, 2);
            Set(rules, first + 5, VectorShape.Swapped, op, 2);
        }
    }
}

/// <summary>A vector instruction of WebAssembly as one of the machine.</summary>
/// <param name="Op">The instruction.</param>
/// <param name="Shape">Its operands.</param>
/// <param name="Immediate">Its immediate.</param>
internal readonly record struct VectorRule(VectorOp Op, VectorShape Shape, byte Immediate);
