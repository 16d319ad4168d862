using System;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Lowering;

/// <summary>Loads and stores of vectors, and single lanes.</summary>
internal sealed partial class Lowerer
{
    /// <summary>The number of a lane stands above the memory's.</summary>
    private const int LaneShift = 16;

    private void LowerVectorAccess(ref IrNode node, int made)
    {
        int lane = node.Extra >> LaneShift;
        switch ((Opcode)node.Op)
        {
            case Opcode.V128Load: Unary(MachineOp.Load, 16, AddressOf(ref node, 16), made); break;
            case Opcode.V128Store:
                Source target = AddressOf(ref node, 16);
                Store(16, Use(node.B), in target);
                break;
            case Opcode.V128Load8Splat: LoadInAllLanes(ref node, 1, made); break;
            case Opcode.V128Load16Splat: LoadInAllLanes(ref node, 2, made); break;
            case Opcode.V128Load32Splat: LoadInAllLanes(ref node, 4, made); break;
            case Opcode.V128Load32Zero: EmitUnary(VectorOp.Movss, AddressOf(ref node, 4), made, 0, 4); break;
            case Opcode.V128Load8Lane: LoadLane(VectorOp.Pinsrb, ref node, 1, lane, made); break;
            case Opcode.V128Load16Lane: LoadLane(VectorOp.Pinsrw, ref node, 2, lane, made); break;
            case Opcode.V128Load32Lane: LoadLane(VectorOp.Pinsrd, ref node, 4, lane, made); break;
            case Opcode.V128Load64Lane: LoadLane(lane == 0 ? VectorOp.Movlpd : VectorOp.Movhpd, ref node, 8, 0, made); break;
            case Opcode.V128Store8Lane: StoreLane(VectorOp.Pextrb, ref node, 1, lane); break;
            case Opcode.V128Store16Lane: StoreLane(VectorOp.Pextrw, ref node, 2, lane); break;
            case Opcode.V128Store32Lane: StoreLane(lane == 0 ? VectorOp.MovssStore : VectorOp.Extractps, ref node, 4, lane); break;
            case Opcode.V128Store64Lane: StoreLane(lane == 0 ? VectorOp.MovlpsStore : VectorOp.MovhpsStore, ref node, 8, 0); break;
            default: throw Unknown(ref node);
        }
    }

    private void LoadInAllLanes(ref IrNode node, int bytes, int made)
    {
        Source source = AddressOf(ref node, bytes);
        if (bytes == 4 && _cpu.Avx) EmitUnary(VectorOp.Vbroadcastss, in source, made, 0, 4);
        else if (bytes == 4) EmitUnary(VectorOp.Pshufd, Source.Of(NewUnary(VectorOp.Movss, in source, 0, 4)), made);
        else if (_cpu.Avx2) EmitUnary(bytes == 1 ? VectorOp.Vpbroadcastb : VectorOp.Vpbroadcastw, in source, made, 0, bytes);
        else Splat(bytes, Source.Of(LoadWord(in source, bytes)), made);
    }

    /// <summary>The lowest lane of a general register or memory, in all lanes.</summary>
    private void Splat(int bytes, in Source source, int made)
    {
        int word = NewUnary(bytes == 8 ? VectorOp.MovqFromGeneral : VectorOp.MovdFromGeneral, in source, 0, Math.Max(bytes, 4));
        switch (bytes)
        {
            case 1 when _cpu.Avx2: EmitUnary(VectorOp.Vpbroadcastb, Source.Of(word), made, 0, 1); break;
            case 1: EmitBinary(VectorOp.Pshufb, word, PoolSource(UInt128.Zero), made); break;
            case 2 when _cpu.Avx2: EmitUnary(VectorOp.Vpbroadcastw, Source.Of(word), made, 0, 2); break;
            case 2: EmitUnary(VectorOp.Pshufd, Source.Of(NewUnary(VectorOp.Pshuflw, Source.Of(word))), made); break;
            case 4: EmitUnary(VectorOp.Pshufd, Source.Of(word), made); break;
            default: EmitUnary(VectorOp.Movddup, Source.Of(word), made, 0, 8); break;
        }
    }

    private void LoadLane(VectorOp op, ref IrNode node, int bytes, int immediate, int made)
    {
        Source source = AddressOf(ref node, bytes);
        EmitBinary(op, Use(node.B), in source, made, immediate, bytes);
    }

    private void StoreLane(VectorOp op, ref IrNode node, int bytes, int immediate)
    {
        Source target = AddressOf(ref node, bytes);
        int value = Use(node.B);
        BeginVector(op, VectorForm.Store, bytes, in target, immediate);
        In(value);
        In(in target);
        End();
    }

    private void LowerLanes(ref IrNode node, int made)
    {
        int lane = node.Extra;
        switch ((Opcode)node.Op)
        {
            case Opcode.I8x16Splat: Splat(1, Source.Of(UseLow(node.A)), made); break;
            case Opcode.I16x8Splat: Splat(2, Source.Of(UseLow(node.A)), made); break;
            case Opcode.I32x4Splat: SplatWhole(4, RegisterOrMemory(node.A, 4), made); break;
            case Opcode.I64x2Splat: SplatWhole(8, RegisterOrMemory(node.A, 8), made); break;
            case Opcode.F32x4Splat: SplatFloat(node.A, 4, made); break;
            case Opcode.F64x2Splat: SplatFloat(node.A, 8, made); break;
            case Opcode.I8x16ExtractLaneS: ExtractSigned(VectorOp.Pextrb, Use(node.A), lane, 1, made); break;
            case Opcode.I16x8ExtractLaneS: ExtractSigned(VectorOp.Pextrw, Use(node.A), lane, 2, made); break;
            case Opcode.I8x16ExtractLaneU: EmitExtract(VectorOp.Pextrb, Use(node.A), made, lane); break;
            case Opcode.I16x8ExtractLaneU: EmitExtract(VectorOp.Pextrw, Use(node.A), made, lane); break;
            case Opcode.I32x4ExtractLane: EmitExtract(lane == 0 ? VectorOp.MovdToGeneral : VectorOp.Pextrd, Use(node.A), made, lane); break;
            case Opcode.I64x2ExtractLane: EmitExtract(lane == 0 ? VectorOp.MovqToGeneral : VectorOp.Pextrq, Use(node.A), made, lane); break;
            case Opcode.F32x4ExtractLane: ExtractFloat(Use(node.A), lane, made); break;
            case Opcode.F64x2ExtractLane: ExtractFloat(Use(node.A), lane * 2, made); break;
            case Opcode.I8x16ReplaceLane: EmitBinary(VectorOp.Pinsrb, Use(node.A), Source.Of(UseLow(node.B)), made, lane, 1); break;
            case Opcode.I16x8ReplaceLane: EmitBinary(VectorOp.Pinsrw, Use(node.A), Source.Of(UseLow(node.B)), made, lane, 2); break;
            case Opcode.I32x4ReplaceLane: ReplaceWhole(VectorOp.Pinsrd, ref node, 4, made); break;
            case Opcode.I64x2ReplaceLane: ReplaceWhole(VectorOp.Pinsrq, ref node, 8, made); break;
            case Opcode.F32x4ReplaceLane: ReplaceSingle(ref node, made); break;
            case Opcode.F64x2ReplaceLane: ReplaceDouble(ref node, made); break;
            default: throw Unknown(ref node);
        }
    }

    /// <summary>Memory needs no way through a general register.</summary>
    private void SplatWhole(int bytes, in Source source, int made)
    {
        if (source.IsMemory && bytes == 8) EmitUnary(VectorOp.Movddup, in source, made, 0, 8);
        else if (source.IsMemory && _cpu.Avx) EmitUnary(VectorOp.Vbroadcastss, in source, made, 0, 4);
        else Splat(bytes, in source, made);
    }

    private void SplatFloat(int value, int bytes, int made)
    {
        Source source = LoadOrRegister(value, bytes);
        if (bytes == 8) EmitUnary(VectorOp.Movddup, in source, made, 0, 8);
        else if (source.IsMemory && _cpu.Avx) EmitUnary(VectorOp.Vbroadcastss, in source, made, 0, 4);
        else if (source.IsMemory) EmitUnary(VectorOp.Pshufd, Source.Of(NewUnary(VectorOp.Movss, in source, 0, 4)), made);
        else if (_cpu.Avx) EmitUnary(VectorOp.Vpermilps, in source, made);
        else EmitUnary(VectorOp.Pshufd, in source, made);
    }

    /// <summary>A float of memory where it is a load that may be taken in; constants have no room beside the number of a lane.</summary>
    private Source LoadOrRegister(int value, int bytes) => TryTakeLoad(_ir.Resolve(value), bytes, out Source source) ? source : Source.Of(Use(value));

    private void ExtractSigned(VectorOp op, int vector, int lane, int bytes, int made)
    {
        int word = NewVirtual(VirtualKind.Word32);
        EmitExtract(lane == 0 ? VectorOp.MovdToGeneral : op, vector, word, lane);
        Begin(MachineOp.Extend, bytes).Condition = (byte)Extension.Sign32;
        In(word);
        Out(made);
        End();
    }

    /// <summary>A float from the four of 32 bits that it begins at: what is above it means nothing.</summary>
    private void ExtractFloat(int vector, int place, int made)
    {
        if (place == 0) EmitVectorMove(vector, made);
        else if (place == 1) EmitExtract(VectorOp.Movshdup, vector, made);
        else EmitExtract(VectorOp.Pshufd, vector, made, place == 2 ? 0xEE : 0xFF);
    }

    private void ReplaceWhole(VectorOp op, ref IrNode node, int bytes, int made)
    {
        Source source = RegisterOrMemory(node.B, bytes);
        EmitBinary(op, Use(node.A), in source, made, node.Extra, bytes);
    }

    /// <summary>From memory there is no choice of a lane to take: the bits for it mean nothing.</summary>
    private void ReplaceSingle(ref IrNode node, int made)
    {
        Source source = LoadOrRegister(node.B, 4);
        int vector = Use(node.A);
        if (node.Extra == 0 && !source.IsMemory) EmitBinary(VectorOp.Blendps, vector, in source, made, 1, 4);
        else EmitBinary(VectorOp.Insertps, vector, in source, made, node.Extra << 4, 4);
    }

    private void ReplaceDouble(ref IrNode node, int made)
    {
        Source source = LoadOrRegister(node.B, 8);
        int vector = Use(node.A);
        if (node.Extra == 0) EmitBinary(source.IsMemory ? VectorOp.Movlpd : VectorOp.Blendpd, vector, in source, made, 1, 8);
        else EmitBinary(source.IsMemory ? VectorOp.Movhpd : VectorOp.Unpcklpd, vector, in source, made, 0, 8);
    }
}
