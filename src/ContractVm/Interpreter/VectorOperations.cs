// UNSAFE, through Frame and MemoryView, whose headers state the invariants; the pointers here are to instructions, of which the
// Translator puts a second word after each one that is read here with one.
using System.Runtime.Intrinsics;

namespace ContractVm.Interpreter;

/// <summary>
/// The vector instructions: the readable statement of their semantics (WebAssembly 3.0, "Execution"), under the deterministic
/// profile, which gives each relaxed instruction the result of one strict computation. A v128 is in two slots, low half first.
/// Every operand is read before the result is written, because the result's slots may be among the operands'.
/// </summary>
internal static unsafe class VectorOperations
{
    /// <summary>
    /// Executes one instruction and returns the next one; null where an access is out of the memory's bounds, and then nothing
    /// has changed.
    /// </summary>
    public static Instruction* Execute(Instruction* instruction, Frame frame, in MemoryView memory)
    {
        ref readonly Instruction i = ref *instruction;
        Instruction* next = instruction + 1;
        switch ((Opcode)i.Op)
        {
            // Moves and bits.
            case (Opcode)InternalOp.VectorCopy: frame.Set(i.R, frame.Vector<byte>(i.A)); break;
            case (Opcode)InternalOp.VectorSelect: frame.Set(i.R, frame.Vector<byte>(frame.U32(next->A) != 0 ? i.A : i.B)); next++; break;
            case Opcode.V128Const: frame.Set(i.R, Vector128.Load((byte*)next)); next++; break;
            case Opcode.I8x16Shuffle: frame.Set(i.R, VectorMath.Shuffle(frame.Vector<byte>(i.A), frame.Vector<byte>(i.B), Vector128.Load((byte*)next))); next++; break;
            case Opcode.I8x16Swizzle:
            case Opcode.I8x16RelaxedSwizzle: frame.Set(i.R, VectorMath.Swizzle(frame.Vector<byte>(i.A), frame.Vector<byte>(i.B))); break;
            case Opcode.V128Not: frame.Set(i.R, ~frame.Vector<byte>(i.A)); break;
            case Opcode.V128And: frame.Set(i.R, frame.Vector<byte>(i.A) & frame.Vector<byte>(i.B)); break;
            case Opcode.V128Andnot: frame.Set(i.R, Vector128.AndNot(frame.Vector<byte>(i.A), frame.Vector<byte>(i.B))); break;
            case Opcode.V128Or: frame.Set(i.R, frame.Vector<byte>(i.A) | frame.Vector<byte>(i.B)); break;
            case Opcode.V128Xor: frame.Set(i.R, frame.Vector<byte>(i.A) ^ frame.Vector<byte>(i.B)); break;
            case Opcode.V128Bitselect:
            case Opcode.I8x16RelaxedLaneselect:
            case Opcode.I16x8RelaxedLaneselect:
            case Opcode.I32x4RelaxedLaneselect:
            case Opcode.I64x2RelaxedLaneselect: frame.Set(i.R, VectorMath.Bitselect(frame.Vector<byte>(i.A), frame.Vector<byte>(i.B), frame.Vector<byte>(next->A))); next++; break;
            case Opcode.V128AnyTrue: frame.Set(i.R, frame.Vector<byte>(i.A) != Vector128<byte>.Zero); break;

            // Splats and lanes.
            case Opcode.I8x16Splat: frame.Set(i.R, Vector128.Create((byte)frame.U32(i.A))); break;
            case Opcode.I16x8Splat: frame.Set(i.R, Vector128.Create((ushort)frame.U32(i.A))); break;
            case Opcode.I32x4Splat:
            case Opcode.F32x4Splat: frame.Set(i.R, Vector128.Create(frame.U32(i.A))); break;
            case Opcode.I64x2Splat:
            case Opcode.F64x2Splat: frame.Set(i.R, Vector128.Create(frame.U64(i.A))); break;
            case Opcode.I8x16ExtractLaneS: frame.Set(i.R, (int)frame.Vector<sbyte>(i.A)[i.Extra]); break;
            case Opcode.I8x16ExtractLaneU: frame.Set(i.R, (uint)frame.Vector<byte>(i.A)[i.Extra]); break;
            case Opcode.I16x8ExtractLaneS: frame.Set(i.R, (int)frame.Vector<short>(i.A)[i.Extra]); break;
            case Opcode.I16x8ExtractLaneU: frame.Set(i.R, (uint)frame.Vector<ushort>(i.A)[i.Extra]); break;
            case Opcode.I32x4ExtractLane:
            case Opcode.F32x4ExtractLane: frame.Set(i.R, frame.Vector<uint>(i.A)[i.Extra]); break;
            case Opcode.I64x2ExtractLane:
            case Opcode.F64x2ExtractLane: frame.Set(i.R, frame.Vector<ulong>(i.A)[i.Extra]); break;
            case Opcode.I8x16ReplaceLane: frame.Set(i.R, frame.Vector<byte>(i.A).WithElement(i.Extra, (byte)frame.U32(i.B))); break;
            case Opcode.I16x8ReplaceLane: frame.Set(i.R, frame.Vector<ushort>(i.A).WithElement(i.Extra, (ushort)frame.U32(i.B))); break;
            case Opcode.I32x4ReplaceLane:
            case Opcode.F32x4ReplaceLane: frame.Set(i.R, frame.Vector<uint>(i.A).WithElement(i.Extra, frame.U32(i.B))); break;
            case Opcode.I64x2ReplaceLane:
            case Opcode.F64x2ReplaceLane: frame.Set(i.R, frame.Vector<ulong>(i.A).WithElement(i.Extra, frame.U64(i.B))); break;

            // Memory: A address, B or R displacement; the lane's loads have it in the next word.
            case Opcode.V128Load: { if (!memory.TryLoad(frame.U32(i.A), i.B, out Vector128<byte> value)) return null; frame.Set(i.R, value); break; }
            case Opcode.V128Load8x8S: { if (!memory.TryLoad(frame.U32(i.A), i.B, out ulong value)) return null; frame.Set(i.R, Vector128.WidenLower(Vector128.CreateScalar(value).AsSByte())); break; }
            case Opcode.V128Load8x8U: { if (!memory.TryLoad(frame.U32(i.A), i.B, out ulong value)) return null; frame.Set(i.R, Vector128.WidenLower(Vector128.CreateScalar(value).AsByte())); break; }
            case Opcode.V128Load16x4S: { if (!memory.TryLoad(frame.U32(i.A), i.B, out ulong value)) return null; frame.Set(i.R, Vector128.WidenLower(Vector128.CreateScalar(value).AsInt16())); break; }
            case Opcode.V128Load16x4U: { if (!memory.TryLoad(frame.U32(i.A), i.B, out ulong value)) return null; frame.Set(i.R, Vector128.WidenLower(Vector128.CreateScalar(value).AsUInt16())); break; }
            case Opcode.V128Load32x2S: { if (!memory.TryLoad(frame.U32(i.A), i.B, out ulong value)) return null; frame.Set(i.R, Vector128.WidenLower(Vector128.CreateScalar(value).AsInt32())); break; }
            case Opcode.V128Load32x2U: { if (!memory.TryLoad(frame.U32(i.A), i.B, out ulong value)) return null; frame.Set(i.R, Vector128.WidenLower(Vector128.CreateScalar(value).AsUInt32())); break; }
            case Opcode.V128Load8Splat: { if (!memory.TryLoad(frame.U32(i.A), i.B, out byte value)) return null; frame.Set(i.R, Vector128.Create(value)); break; }
            case Opcode.V128Load16Splat: { if (!memory.TryLoad(frame.U32(i.A), i.B, out ushort value)) return null; frame.Set(i.R, Vector128.Create(value)); break; }
            case Opcode.V128Load32Splat: { if (!memory.TryLoad(frame.U32(i.A), i.B, out uint value)) return null; frame.Set(i.R, Vector128.Create(value)); break; }
            case Opcode.V128Load64Splat: { if (!memory.TryLoad(frame.U32(i.A), i.B, out ulong value)) return null; frame.Set(i.R, Vector128.Create(value)); break; }
            case Opcode.V128Load32Zero: { if (!memory.TryLoad(frame.U32(i.A), i.B, out uint value)) return null; frame.Set(i.R, Vector128.CreateScalar(value)); break; }
            case Opcode.V128Load64Zero: { if (!memory.TryLoad(frame.U32(i.A), i.B, out ulong value)) return null; frame.Set(i.R, Vector128.CreateScalar(value)); break; }
            case Opcode.V128Store: if (!memory.TryStore(frame.U32(i.A), i.R, frame.Vector<byte>(i.B))) return null; break;
            case Opcode.V128Load8Lane: { if (!memory.TryLoad(frame.U32(i.A), next->A, out byte value)) return null; frame.Set(i.R, frame.Vector<byte>(i.B).WithElement(i.Extra, value)); next++; break; }
            case Opcode.V128Load16Lane: { if (!memory.TryLoad(frame.U32(i.A), next->A, out ushort value)) return null; frame.Set(i.R, frame.Vector<ushort>(i.B).WithElement(i.Extra, value)); next++; break; }
            case Opcode.V128Load32Lane: { if (!memory.TryLoad(frame.U32(i.A), next->A, out uint value)) return null; frame.Set(i.R, frame.Vector<uint>(i.B).WithElement(i.Extra, value)); next++; break; }
            case Opcode.V128Load64Lane: { if (!memory.TryLoad(frame.U32(i.A), next->A, out ulong value)) return null; frame.Set(i.R, frame.Vector<ulong>(i.B).WithElement(i.Extra, value)); next++; break; }
            case Opcode.V128Store8Lane: if (!memory.TryStore(frame.U32(i.A), i.R, frame.Vector<byte>(i.B)[i.Extra])) return null; break;
            case Opcode.V128Store16Lane: if (!memory.TryStore(frame.U32(i.A), i.R, frame.Vector<ushort>(i.B)[i.Extra])) return null; break;
            case Opcode.V128Store32Lane: if (!memory.TryStore(frame.U32(i.A), i.R, frame.Vector<uint>(i.B)[i.Extra])) return null; break;
            case Opcode.V128Store64Lane: if (!memory.TryStore(frame.U32(i.A), i.R, frame.Vector<ulong>(i.B)[i.Extra])) return null; break;

            // i8x16.
            case Opcode.I8x16Eq: frame.Set(i.R, Vector128.Equals(frame.Vector<byte>(i.A), frame.Vector<byte>(i.B))); break;
            case Opcode.I8x16Ne: frame.Set(i.R, ~Vector128.Equals(frame.Vector<byte>(i.A), frame.Vector<byte>(i.B))); break;
            case Opcode.I8x16LtS: frame.Set(i.R, Vector128.LessThan(frame.Vector<sbyte>(i.A), frame.Vector<sbyte>(i.B))); break;
            case Opcode.I8x16LtU: frame.Set(i.R, Vector128.LessThan(frame.Vector<byte>(i.A), frame.Vector<byte>(i.B))); break;
            case Opcode.I8x16GtS: frame.Set(i.R, Vector128.GreaterThan(frame.Vector<sbyte>(i.A), frame.Vector<sbyte>(i.B))); break;
            case Opcode.I8x16GtU: frame.Set(i.R, Vector128.GreaterThan(frame.Vector<byte>(i.A), frame.Vector<byte>(i.B))); break;
            case Opcode.I8x16LeS: frame.Set(i.R, Vector128.LessThanOrEqual(frame.Vector<sbyte>(i.A), frame.Vector<sbyte>(i.B))); break;
            case Opcode.I8x16LeU: frame.Set(i.R, Vector128.LessThanOrEqual(frame.Vector<byte>(i.A), frame.Vector<byte>(i.B))); break;
            case Opcode.I8x16GeS: frame.Set(i.R, Vector128.GreaterThanOrEqual(frame.Vector<sbyte>(i.A), frame.Vector<sbyte>(i.B))); break;
            case Opcode.I8x16GeU: frame.Set(i.R, Vector128.GreaterThanOrEqual(frame.Vector<byte>(i.A), frame.Vector<byte>(i.B))); break;
            case Opcode.I8x16Abs: frame.Set(i.R, VectorMath.Abs(frame.Vector<sbyte>(i.A))); break;
            case Opcode.I8x16Neg: frame.Set(i.R, Vector128<sbyte>.Zero - frame.Vector<sbyte>(i.A)); break;
            case Opcode.I8x16Popcnt: frame.Set(i.R, VectorMath.PopCount(frame.Vector<byte>(i.A))); break;
            case Opcode.I8x16AllTrue: frame.Set(i.R, VectorMath.AllTrue(frame.Vector<byte>(i.A))); break;
            case Opcode.I8x16Bitmask: frame.Set(i.R, Vector128.ExtractMostSignificantBits(frame.Vector<byte>(i.A))); break;
            case Opcode.I8x16Shl: frame.Set(i.R, frame.Vector<byte>(i.A) << (frame.I32(i.B) & 7)); break;
            case Opcode.I8x16ShrS: frame.Set(i.R, frame.Vector<sbyte>(i.A) >> (frame.I32(i.B) & 7)); break;
            case Opcode.I8x16ShrU: frame.Set(i.R, frame.Vector<byte>(i.A) >>> (frame.I32(i.B) & 7)); break;
            case Opcode.I8x16Add: frame.Set(i.R, frame.Vector<byte>(i.A) + frame.Vector<byte>(i.B)); break;
            case Opcode.I8x16Sub: frame.Set(i.R, frame.Vector<byte>(i.A) - frame.Vector<byte>(i.B)); break;
            case Opcode.I8x16AddSatS: frame.Set(i.R, Vector128.AddSaturate(frame.Vector<sbyte>(i.A), frame.Vector<sbyte>(i.B))); break;
            case Opcode.I8x16AddSatU: frame.Set(i.R, Vector128.AddSaturate(frame.Vector<byte>(i.A), frame.Vector<byte>(i.B))); break;
            case Opcode.I8x16SubSatS: frame.Set(i.R, Vector128.SubtractSaturate(frame.Vector<sbyte>(i.A), frame.Vector<sbyte>(i.B))); break;
            case Opcode.I8x16SubSatU: frame.Set(i.R, Vector128.SubtractSaturate(frame.Vector<byte>(i.A), frame.Vector<byte>(i.B))); break;
            case Opcode.I8x16AvgrU: frame.Set(i.R, VectorMath.Average(frame.Vector<byte>(i.A), frame.Vector<byte>(i.B))); break;
            case Opcode.I8x16MinS: frame.Set(i.R, Vector128.Min(frame.Vector<sbyte>(i.A), frame.Vector<sbyte>(i.B))); break;
            case Opcode.I8x16MinU: frame.Set(i.R, Vector128.Min(frame.Vector<byte>(i.A), frame.Vector<byte>(i.B))); break;
            case Opcode.I8x16MaxS: frame.Set(i.R, Vector128.Max(frame.Vector<sbyte>(i.A), frame.Vector<sbyte>(i.B))); break;
            case Opcode.I8x16MaxU: frame.Set(i.R, Vector128.Max(frame.Vector<byte>(i.A), frame.Vector<byte>(i.B))); break;
            case Opcode.I8x16NarrowI16x8S: frame.Set(i.R, VectorMath.NarrowSigned(frame.Vector<short>(i.A), frame.Vector<short>(i.B))); break;
            case Opcode.I8x16NarrowI16x8U: frame.Set(i.R, VectorMath.NarrowUnsigned(frame.Vector<short>(i.A), frame.Vector<short>(i.B))); break;

            // i16x8.
            case Opcode.I16x8Eq: frame.Set(i.R, Vector128.Equals(frame.Vector<ushort>(i.A), frame.Vector<ushort>(i.B))); break;
            case Opcode.I16x8Ne: frame.Set(i.R, ~Vector128.Equals(frame.Vector<ushort>(i.A), frame.Vector<ushort>(i.B))); break;
            case Opcode.I16x8LtS: frame.Set(i.R, Vector128.LessThan(frame.Vector<short>(i.A), frame.Vector<short>(i.B))); break;
            case Opcode.I16x8LtU: frame.Set(i.R, Vector128.LessThan(frame.Vector<ushort>(i.A), frame.Vector<ushort>(i.B))); break;
            case Opcode.I16x8GtS: frame.Set(i.R, Vector128.GreaterThan(frame.Vector<short>(i.A), frame.Vector<short>(i.B))); break;
            case Opcode.I16x8GtU: frame.Set(i.R, Vector128.GreaterThan(frame.Vector<ushort>(i.A), frame.Vector<ushort>(i.B))); break;
            case Opcode.I16x8LeS: frame.Set(i.R, Vector128.LessThanOrEqual(frame.Vector<short>(i.A), frame.Vector<short>(i.B))); break;
            case Opcode.I16x8LeU: frame.Set(i.R, Vector128.LessThanOrEqual(frame.Vector<ushort>(i.A), frame.Vector<ushort>(i.B))); break;
            case Opcode.I16x8GeS: frame.Set(i.R, Vector128.GreaterThanOrEqual(frame.Vector<short>(i.A), frame.Vector<short>(i.B))); break;
            case Opcode.I16x8GeU: frame.Set(i.R, Vector128.GreaterThanOrEqual(frame.Vector<ushort>(i.A), frame.Vector<ushort>(i.B))); break;
            case Opcode.I16x8Abs: frame.Set(i.R, VectorMath.Abs(frame.Vector<short>(i.A))); break;
            case Opcode.I16x8Neg: frame.Set(i.R, Vector128<short>.Zero - frame.Vector<short>(i.A)); break;
            case Opcode.I16x8AllTrue: frame.Set(i.R, VectorMath.AllTrue(frame.Vector<ushort>(i.A))); break;
            case Opcode.I16x8Bitmask: frame.Set(i.R, Vector128.ExtractMostSignificantBits(frame.Vector<ushort>(i.A))); break;
            case Opcode.I16x8Shl: frame.Set(i.R, frame.Vector<ushort>(i.A) << (frame.I32(i.B) & 15)); break;
            case Opcode.I16x8ShrS: frame.Set(i.R, frame.Vector<short>(i.A) >> (frame.I32(i.B) & 15)); break;
            case Opcode.I16x8ShrU: frame.Set(i.R, frame.Vector<ushort>(i.A) >>> (frame.I32(i.B) & 15)); break;
            case Opcode.I16x8Add: frame.Set(i.R, frame.Vector<ushort>(i.A) + frame.Vector<ushort>(i.B)); break;
            case Opcode.I16x8Sub: frame.Set(i.R, frame.Vector<ushort>(i.A) - frame.Vector<ushort>(i.B)); break;
            case Opcode.I16x8Mul: frame.Set(i.R, frame.Vector<ushort>(i.A) * frame.Vector<ushort>(i.B)); break;
            case Opcode.I16x8AddSatS: frame.Set(i.R, Vector128.AddSaturate(frame.Vector<short>(i.A), frame.Vector<short>(i.B))); break;
            case Opcode.I16x8AddSatU: frame.Set(i.R, Vector128.AddSaturate(frame.Vector<ushort>(i.A), frame.Vector<ushort>(i.B))); break;
            case Opcode.I16x8SubSatS: frame.Set(i.R, Vector128.SubtractSaturate(frame.Vector<short>(i.A), frame.Vector<short>(i.B))); break;
            case Opcode.I16x8SubSatU: frame.Set(i.R, Vector128.SubtractSaturate(frame.Vector<ushort>(i.A), frame.Vector<ushort>(i.B))); break;
            case Opcode.I16x8AvgrU: frame.Set(i.R, VectorMath.Average(frame.Vector<ushort>(i.A), frame.Vector<ushort>(i.B))); break;
            case Opcode.I16x8MinS: frame.Set(i.R, Vector128.Min(frame.Vector<short>(i.A), frame.Vector<short>(i.B))); break;
            case Opcode.I16x8MinU: frame.Set(i.R, Vector128.Min(frame.Vector<ushort>(i.A), frame.Vector<ushort>(i.B))); break;
            case Opcode.I16x8MaxS: frame.Set(i.R, Vector128.Max(frame.Vector<short>(i.A), frame.Vector<short>(i.B))); break;
            case Opcode.I16x8MaxU: frame.Set(i.R, Vector128.Max(frame.Vector<ushort>(i.A), frame.Vector<ushort>(i.B))); break;
            case Opcode.I16x8NarrowI32x4S: frame.Set(i.R, VectorMath.NarrowSigned(frame.Vector<int>(i.A), frame.Vector<int>(i.B))); break;
            case Opcode.I16x8NarrowI32x4U: frame.Set(i.R, VectorMath.NarrowUnsigned(frame.Vector<int>(i.A), frame.Vector<int>(i.B))); break;
            case Opcode.I16x8ExtendLowI8x16S: frame.Set(i.R, Vector128.WidenLower(frame.Vector<sbyte>(i.A))); break;
            case Opcode.I16x8ExtendHighI8x16S: frame.Set(i.R, Vector128.WidenUpper(frame.Vector<sbyte>(i.A))); break;
            case Opcode.I16x8ExtendLowI8x16U: frame.Set(i.R, Vector128.WidenLower(frame.Vector<byte>(i.A))); break;
            case Opcode.I16x8ExtendHighI8x16U: frame.Set(i.R, Vector128.WidenUpper(frame.Vector<byte>(i.A))); break;
            case Opcode.I16x8ExtmulLowI8x16S: frame.Set(i.R, Vector128.WidenLower(frame.Vector<sbyte>(i.A)) * Vector128.WidenLower(frame.Vector<sbyte>(i.B))); break;
            case Opcode.I16x8ExtmulHighI8x16S: frame.Set(i.R, Vector128.WidenUpper(frame.Vector<sbyte>(i.A)) * Vector128.WidenUpper(frame.Vector<sbyte>(i.B))); break;
            case Opcode.I16x8ExtmulLowI8x16U: frame.Set(i.R, Vector128.WidenLower(frame.Vector<byte>(i.A)) * Vector128.WidenLower(frame.Vector<byte>(i.B))); break;
            case Opcode.I16x8ExtmulHighI8x16U: frame.Set(i.R, Vector128.WidenUpper(frame.Vector<byte>(i.A)) * Vector128.WidenUpper(frame.Vector<byte>(i.B))); break;
            case Opcode.I16x8ExtaddPairwiseI8x16S: frame.Set(i.R, VectorMath.AddPairs(frame.Vector<sbyte>(i.A))); break;
            case Opcode.I16x8ExtaddPairwiseI8x16U: frame.Set(i.R, VectorMath.AddPairs(frame.Vector<byte>(i.A))); break;
            case Opcode.I16x8Q15mulrSatS:
            case Opcode.I16x8RelaxedQ15mulrS: frame.Set(i.R, VectorMath.Q15Multiply(frame.Vector<short>(i.A), frame.Vector<short>(i.B))); break;
            case Opcode.I16x8RelaxedDotI8x16I7x16S: frame.Set(i.R, VectorMath.RelaxedDot(frame.Vector<sbyte>(i.A), frame.Vector<sbyte>(i.B))); break;

            // i32x4.
            case Opcode.I32x4Eq: frame.Set(i.R, Vector128.Equals(frame.Vector<uint>(i.A), frame.Vector<uint>(i.B))); break;
            case Opcode.I32x4Ne: frame.Set(i.R, ~Vector128.Equals(frame.Vector<uint>(i.A), frame.Vector<uint>(i.B))); break;
            case Opcode.I32x4LtS: frame.Set(i.R, Vector128.LessThan(frame.Vector<int>(i.A), frame.Vector<int>(i.B))); break;
            case Opcode.I32x4LtU: frame.Set(i.R, Vector128.LessThan(frame.Vector<uint>(i.A), frame.Vector<uint>(i.B))); break;
            case Opcode.I32x4GtS: frame.Set(i.R, Vector128.GreaterThan(frame.Vector<int>(i.A), frame.Vector<int>(i.B))); break;
            case Opcode.I32x4GtU: frame.Set(i.R, Vector128.GreaterThan(frame.Vector<uint>(i.A), frame.Vector<uint>(i.B))); break;
            case Opcode.I32x4LeS: frame.Set(i.R, Vector128.LessThanOrEqual(frame.Vector<int>(i.A), frame.Vector<int>(i.B))); break;
            case Opcode.I32x4LeU: frame.Set(i.R, Vector128.LessThanOrEqual(frame.Vector<uint>(i.A), frame.Vector<uint>(i.B))); break;
            case Opcode.I32x4GeS: frame.Set(i.R, Vector128.GreaterThanOrEqual(frame.Vector<int>(i.A), frame.Vector<int>(i.B))); break;
            case Opcode.I32x4GeU: frame.Set(i.R, Vector128.GreaterThanOrEqual(frame.Vector<uint>(i.A), frame.Vector<uint>(i.B))); break;
            case Opcode.I32x4Abs: frame.Set(i.R, VectorMath.Abs(frame.Vector<int>(i.A))); break;
            case Opcode.I32x4Neg: frame.Set(i.R, Vector128<int>.Zero - frame.Vector<int>(i.A)); break;
            case Opcode.I32x4AllTrue: frame.Set(i.R, VectorMath.AllTrue(frame.Vector<uint>(i.A))); break;
            case Opcode.I32x4Bitmask: frame.Set(i.R, Vector128.ExtractMostSignificantBits(frame.Vector<uint>(i.A))); break;
            case Opcode.I32x4Shl: frame.Set(i.R, frame.Vector<uint>(i.A) << (frame.I32(i.B) & 31)); break;
            case Opcode.I32x4ShrS: frame.Set(i.R, frame.Vector<int>(i.A) >> (frame.I32(i.B) & 31)); break;
            case Opcode.I32x4ShrU: frame.Set(i.R, frame.Vector<uint>(i.A) >>> (frame.I32(i.B) & 31)); break;
            case Opcode.I32x4Add: frame.Set(i.R, frame.Vector<uint>(i.A) + frame.Vector<uint>(i.B)); break;
            case Opcode.I32x4Sub: frame.Set(i.R, frame.Vector<uint>(i.A) - frame.Vector<uint>(i.B)); break;
            case Opcode.I32x4Mul: frame.Set(i.R, frame.Vector<uint>(i.A) * frame.Vector<uint>(i.B)); break;
            case Opcode.I32x4MinS: frame.Set(i.R, Vector128.Min(frame.Vector<int>(i.A), frame.Vector<int>(i.B))); break;
            case Opcode.I32x4MinU: frame.Set(i.R, Vector128.Min(frame.Vector<uint>(i.A), frame.Vector<uint>(i.B))); break;
            case Opcode.I32x4MaxS: frame.Set(i.R, Vector128.Max(frame.Vector<int>(i.A), frame.Vector<int>(i.B))); break;
            case Opcode.I32x4MaxU: frame.Set(i.R, Vector128.Max(frame.Vector<uint>(i.A), frame.Vector<uint>(i.B))); break;
            case Opcode.I32x4ExtendLowI16x8S: frame.Set(i.R, Vector128.WidenLower(frame.Vector<short>(i.A))); break;
            case Opcode.I32x4ExtendHighI16x8S: frame.Set(i.R, Vector128.WidenUpper(frame.Vector<short>(i.A))); break;
            case Opcode.I32x4ExtendLowI16x8U: frame.Set(i.R, Vector128.WidenLower(frame.Vector<ushort>(i.A))); break;
            case Opcode.I32x4ExtendHighI16x8U: frame.Set(i.R, Vector128.WidenUpper(frame.Vector<ushort>(i.A))); break;
            case Opcode.I32x4ExtmulLowI16x8S: frame.Set(i.R, Vector128.WidenLower(frame.Vector<short>(i.A)) * Vector128.WidenLower(frame.Vector<short>(i.B))); break;
            case Opcode.I32x4ExtmulHighI16x8S: frame.Set(i.R, Vector128.WidenUpper(frame.Vector<short>(i.A)) * Vector128.WidenUpper(frame.Vector<short>(i.B))); break;
            case Opcode.I32x4ExtmulLowI16x8U: frame.Set(i.R, Vector128.WidenLower(frame.Vector<ushort>(i.A)) * Vector128.WidenLower(frame.Vector<ushort>(i.B))); break;
            case Opcode.I32x4ExtmulHighI16x8U: frame.Set(i.R, Vector128.WidenUpper(frame.Vector<ushort>(i.A)) * Vector128.WidenUpper(frame.Vector<ushort>(i.B))); break;
            case Opcode.I32x4ExtaddPairwiseI16x8S: frame.Set(i.R, VectorMath.AddPairs(frame.Vector<short>(i.A))); break;
            case Opcode.I32x4ExtaddPairwiseI16x8U: frame.Set(i.R, VectorMath.AddPairs(frame.Vector<ushort>(i.A))); break;
            case Opcode.I32x4DotI16x8S: frame.Set(i.R, VectorMath.Dot(frame.Vector<short>(i.A), frame.Vector<short>(i.B))); break;
            case Opcode.I32x4RelaxedDotI8x16I7x16AddS: frame.Set(i.R, VectorMath.RelaxedDotAdd(frame.Vector<sbyte>(i.A), frame.Vector<sbyte>(i.B), frame.Vector<int>(next->A))); next++; break;

            // i64x2.
            case Opcode.I64x2Eq: frame.Set(i.R, Vector128.Equals(frame.Vector<ulong>(i.A), frame.Vector<ulong>(i.B))); break;
            case Opcode.I64x2Ne: frame.Set(i.R, ~Vector128.Equals(frame.Vector<ulong>(i.A), frame.Vector<ulong>(i.B))); break;
            case Opcode.I64x2LtS: frame.Set(i.R, Vector128.LessThan(frame.Vector<long>(i.A), frame.Vector<long>(i.B))); break;
            case Opcode.I64x2GtS: frame.Set(i.R, Vector128.GreaterThan(frame.Vector<long>(i.A), frame.Vector<long>(i.B))); break;
            case Opcode.I64x2LeS: frame.Set(i.R, Vector128.LessThanOrEqual(frame.Vector<long>(i.A), frame.Vector<long>(i.B))); break;
            case Opcode.I64x2GeS: frame.Set(i.R, Vector128.GreaterThanOrEqual(frame.Vector<long>(i.A), frame.Vector<long>(i.B))); break;
            case Opcode.I64x2Abs: frame.Set(i.R, VectorMath.Abs(frame.Vector<long>(i.A))); break;
            case Opcode.I64x2Neg: frame.Set(i.R, Vector128<long>.Zero - frame.Vector<long>(i.A)); break;
            case Opcode.I64x2AllTrue: frame.Set(i.R, VectorMath.AllTrue(frame.Vector<ulong>(i.A))); break;
            case Opcode.I64x2Bitmask: frame.Set(i.R, Vector128.ExtractMostSignificantBits(frame.Vector<ulong>(i.A))); break;
            case Opcode.I64x2Shl: frame.Set(i.R, frame.Vector<ulong>(i.A) << (frame.I32(i.B) & 63)); break;
            case Opcode.I64x2ShrS: frame.Set(i.R, frame.Vector<long>(i.A) >> (frame.I32(i.B) & 63)); break;
            case Opcode.I64x2ShrU: frame.Set(i.R, frame.Vector<ulong>(i.A) >>> (frame.I32(i.B) & 63)); break;
            case Opcode.I64x2Add: frame.Set(i.R, frame.Vector<ulong>(i.A) + frame.Vector<ulong>(i.B)); break;
            case Opcode.I64x2Sub: frame.Set(i.R, frame.Vector<ulong>(i.A) - frame.Vector<ulong>(i.B)); break;
            case Opcode.I64x2Mul: frame.Set(i.R, frame.Vector<ulong>(i.A) * frame.Vector<ulong>(i.B)); break;
            case Opcode.I64x2ExtendLowI32x4S: frame.Set(i.R, Vector128.WidenLower(frame.Vector<int>(i.A))); break;
            case Opcode.I64x2ExtendHighI32x4S: frame.Set(i.R, Vector128.WidenUpper(frame.Vector<int>(i.A))); break;
            case Opcode.I64x2ExtendLowI32x4U: frame.Set(i.R, Vector128.WidenLower(frame.Vector<uint>(i.A))); break;
            case Opcode.I64x2ExtendHighI32x4U: frame.Set(i.R, Vector128.WidenUpper(frame.Vector<uint>(i.A))); break;
            case Opcode.I64x2ExtmulLowI32x4S: frame.Set(i.R, Vector128.WidenLower(frame.Vector<int>(i.A)) * Vector128.WidenLower(frame.Vector<int>(i.B))); break;
            case Opcode.I64x2ExtmulHighI32x4S: frame.Set(i.R, Vector128.WidenUpper(frame.Vector<int>(i.A)) * Vector128.WidenUpper(frame.Vector<int>(i.B))); break;
            case Opcode.I64x2ExtmulLowI32x4U: frame.Set(i.R, Vector128.WidenLower(frame.Vector<uint>(i.A)) * Vector128.WidenLower(frame.Vector<uint>(i.B))); break;
            case Opcode.I64x2ExtmulHighI32x4U: frame.Set(i.R, Vector128.WidenUpper(frame.Vector<uint>(i.A)) * Vector128.WidenUpper(frame.Vector<uint>(i.B))); break;

            // f32x4.
            case Opcode.F32x4Eq: frame.Set(i.R, Vector128.Equals(frame.Vector<float>(i.A), frame.Vector<float>(i.B))); break;
            case Opcode.F32x4Ne: frame.Set(i.R, ~Vector128.Equals(frame.Vector<float>(i.A), frame.Vector<float>(i.B))); break;
            case Opcode.F32x4Lt: frame.Set(i.R, Vector128.LessThan(frame.Vector<float>(i.A), frame.Vector<float>(i.B))); break;
            case Opcode.F32x4Gt: frame.Set(i.R, Vector128.GreaterThan(frame.Vector<float>(i.A), frame.Vector<float>(i.B))); break;
            case Opcode.F32x4Le: frame.Set(i.R, Vector128.LessThanOrEqual(frame.Vector<float>(i.A), frame.Vector<float>(i.B))); break;
            case Opcode.F32x4Ge: frame.Set(i.R, Vector128.GreaterThanOrEqual(frame.Vector<float>(i.A), frame.Vector<float>(i.B))); break;
            case Opcode.F32x4Abs: frame.Set(i.R, VectorFloats.Abs(frame.Vector<uint>(i.A))); break;
            case Opcode.F32x4Neg: frame.Set(i.R, VectorFloats.Negate(frame.Vector<uint>(i.A))); break;
            case Opcode.F32x4Ceil: frame.Set(i.R, VectorFloats.Canonical(Vector128.Ceiling(frame.Vector<float>(i.A)))); break;
            case Opcode.F32x4Floor: frame.Set(i.R, VectorFloats.Canonical(Vector128.Floor(frame.Vector<float>(i.A)))); break;
            case Opcode.F32x4Trunc: frame.Set(i.R, VectorFloats.Canonical(Vector128.Truncate(frame.Vector<float>(i.A)))); break;
            case Opcode.F32x4Nearest: frame.Set(i.R, VectorFloats.Canonical(Vector128.Round(frame.Vector<float>(i.A)))); break;
            case Opcode.F32x4Sqrt: frame.Set(i.R, VectorFloats.Canonical(Vector128.Sqrt(frame.Vector<float>(i.A)))); break;
            case Opcode.F32x4Add: frame.Set(i.R, VectorFloats.Canonical(frame.Vector<float>(i.A) + frame.Vector<float>(i.B))); break;
            case Opcode.F32x4Sub: frame.Set(i.R, VectorFloats.Canonical(frame.Vector<float>(i.A) - frame.Vector<float>(i.B))); break;
            case Opcode.F32x4Mul: frame.Set(i.R, VectorFloats.Canonical(frame.Vector<float>(i.A) * frame.Vector<float>(i.B))); break;
            case Opcode.F32x4Div: frame.Set(i.R, VectorFloats.Canonical(frame.Vector<float>(i.A) / frame.Vector<float>(i.B))); break;
            case Opcode.F32x4Min:
            case Opcode.F32x4RelaxedMin: frame.Set(i.R, VectorFloats.Min(frame.Vector<float>(i.A), frame.Vector<float>(i.B))); break;
            case Opcode.F32x4Max:
            case Opcode.F32x4RelaxedMax: frame.Set(i.R, VectorFloats.Max(frame.Vector<float>(i.A), frame.Vector<float>(i.B))); break;
            case Opcode.F32x4Pmin: frame.Set(i.R, VectorFloats.PseudoMin(frame.Vector<float>(i.A), frame.Vector<float>(i.B))); break;
            case Opcode.F32x4Pmax: frame.Set(i.R, VectorFloats.PseudoMax(frame.Vector<float>(i.A), frame.Vector<float>(i.B))); break;
            case Opcode.F32x4RelaxedMadd: frame.Set(i.R, VectorFloats.MultiplyAdd(frame.Vector<float>(i.A), frame.Vector<float>(i.B), frame.Vector<float>(next->A))); next++; break;
            case Opcode.F32x4RelaxedNmadd: frame.Set(i.R, VectorFloats.MultiplyAdd(VectorFloats.Negate(frame.Vector<uint>(i.A)).AsSingle(), frame.Vector<float>(i.B), frame.Vector<float>(next->A))); next++; break;

            // f64x2.
            case Opcode.F64x2Eq: frame.Set(i.R, Vector128.Equals(frame.Vector<double>(i.A), frame.Vector<double>(i.B))); break;
            case Opcode.F64x2Ne: frame.Set(i.R, ~Vector128.Equals(frame.Vector<double>(i.A), frame.Vector<double>(i.B))); break;
            case Opcode.F64x2Lt: frame.Set(i.R, Vector128.LessThan(frame.Vector<double>(i.A), frame.Vector<double>(i.B))); break;
            case Opcode.F64x2Gt: frame.Set(i.R, Vector128.GreaterThan(frame.Vector<double>(i.A), frame.Vector<double>(i.B))); break;
            case Opcode.F64x2Le: frame.Set(i.R, Vector128.LessThanOrEqual(frame.Vector<double>(i.A), frame.Vector<double>(i.B))); break;
            case Opcode.F64x2Ge: frame.Set(i.R, Vector128.GreaterThanOrEqual(frame.Vector<double>(i.A), frame.Vector<double>(i.B))); break;
            case Opcode.F64x2Abs: frame.Set(i.R, VectorFloats.Abs(frame.Vector<ulong>(i.A))); break;
            case Opcode.F64x2Neg: frame.Set(i.R, VectorFloats.Negate(frame.Vector<ulong>(i.A))); break;
            case Opcode.F64x2Ceil: frame.Set(i.R, VectorFloats.Canonical(Vector128.Ceiling(frame.Vector<double>(i.A)))); break;
            case Opcode.F64x2Floor: frame.Set(i.R, VectorFloats.Canonical(Vector128.Floor(frame.Vector<double>(i.A)))); break;
            case Opcode.F64x2Trunc: frame.Set(i.R, VectorFloats.Canonical(Vector128.Truncate(frame.Vector<double>(i.A)))); break;
            case Opcode.F64x2Nearest: frame.Set(i.R, VectorFloats.Canonical(Vector128.Round(frame.Vector<double>(i.A)))); break;
            case Opcode.F64x2Sqrt: frame.Set(i.R, VectorFloats.Canonical(Vector128.Sqrt(frame.Vector<double>(i.A)))); break;
            case Opcode.F64x2Add: frame.Set(i.R, VectorFloats.Canonical(frame.Vector<double>(i.A) + frame.Vector<double>(i.B))); break;
            case Opcode.F64x2Sub: frame.Set(i.R, VectorFloats.Canonical(frame.Vector<double>(i.A) - frame.Vector<double>(i.B))); break;
            case Opcode.F64x2Mul: frame.Set(i.R, VectorFloats.Canonical(frame.Vector<double>(i.A) * frame.Vector<double>(i.B))); break;
            case Opcode.F64x2Div: frame.Set(i.R, VectorFloats.Canonical(frame.Vector<double>(i.A) / frame.Vector<double>(i.B))); break;
            case Opcode.F64x2Min:
            case Opcode.F64x2RelaxedMin: frame.Set(i.R, VectorFloats.Min(frame.Vector<double>(i.A), frame.Vector<double>(i.B))); break;
            case Opcode.F64x2Max:
            case Opcode.F64x2RelaxedMax: frame.Set(i.R, VectorFloats.Max(frame.Vector<double>(i.A), frame.Vector<double>(i.B))); break;
            case Opcode.F64x2Pmin: frame.Set(i.R, VectorFloats.PseudoMin(frame.Vector<double>(i.A), frame.Vector<double>(i.B))); break;
            case Opcode.F64x2Pmax: frame.Set(i.R, VectorFloats.PseudoMax(frame.Vector<double>(i.A), frame.Vector<double>(i.B))); break;
            case Opcode.F64x2RelaxedMadd: frame.Set(i.R, VectorFloats.MultiplyAdd(frame.Vector<double>(i.A), frame.Vector<double>(i.B), frame.Vector<double>(next->A))); next++; break;
            case Opcode.F64x2RelaxedNmadd: frame.Set(i.R, VectorFloats.MultiplyAdd(VectorFloats.Negate(frame.Vector<ulong>(i.A)).AsDouble(), frame.Vector<double>(i.B), frame.Vector<double>(next->A))); next++; break;

            // Conversions.
            case Opcode.I32x4TruncSatF32x4S:
            case Opcode.I32x4RelaxedTruncF32x4S: frame.Set(i.R, VectorFloats.SaturateInt32(frame.Vector<float>(i.A))); break;
            case Opcode.I32x4TruncSatF32x4U:
            case Opcode.I32x4RelaxedTruncF32x4U: frame.Set(i.R, VectorFloats.SaturateUInt32(frame.Vector<float>(i.A))); break;
            case Opcode.I32x4TruncSatF64x2SZero:
            case Opcode.I32x4RelaxedTruncF64x2SZero: frame.Set(i.R, VectorFloats.SaturateInt32(frame.Vector<double>(i.A))); break;
            case Opcode.I32x4TruncSatF64x2UZero:
            case Opcode.I32x4RelaxedTruncF64x2UZero: frame.Set(i.R, VectorFloats.SaturateUInt32(frame.Vector<double>(i.A))); break;
            case Opcode.F32x4ConvertI32x4S: frame.Set(i.R, VectorFloats.ToSingle(frame.Vector<int>(i.A))); break;
            case Opcode.F32x4ConvertI32x4U: frame.Set(i.R, VectorFloats.ToSingle(frame.Vector<uint>(i.A))); break;
            case Opcode.F64x2ConvertLowI32x4S: frame.Set(i.R, VectorFloats.LowToDouble(frame.Vector<int>(i.A))); break;
            case Opcode.F64x2ConvertLowI32x4U: frame.Set(i.R, VectorFloats.LowToDouble(frame.Vector<uint>(i.A))); break;
            case Opcode.F32x4DemoteF64x2Zero: frame.Set(i.R, VectorFloats.Demote(frame.Vector<double>(i.A))); break;
            case Opcode.F64x2PromoteLowF32x4: frame.Set(i.R, VectorFloats.PromoteLow(frame.Vector<float>(i.A))); break;
            default:
                throw new NodeFaultException($"the interpreter met the unknown operation {i.Op}");
        }

        return next;
    }
}
