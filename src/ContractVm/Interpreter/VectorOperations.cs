// UNSAFE. Invariant: slots and instruction are those of the InterpreterLoop, whose header says which slots there are, and a
// MemoryView's accesses are checked; the Translator puts a second word after each instruction that is read here with one.
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using F32 = System.Runtime.Intrinsics.Vector128<float>;
using F64 = System.Runtime.Intrinsics.Vector128<double>;
using I16 = System.Runtime.Intrinsics.Vector128<short>;
using I32 = System.Runtime.Intrinsics.Vector128<int>;
using I64 = System.Runtime.Intrinsics.Vector128<long>;
using I8 = System.Runtime.Intrinsics.Vector128<sbyte>;
using U16 = System.Runtime.Intrinsics.Vector128<ushort>;
using U32 = System.Runtime.Intrinsics.Vector128<uint>;
using U64 = System.Runtime.Intrinsics.Vector128<ulong>;
using U8 = System.Runtime.Intrinsics.Vector128<byte>;

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
    [SkipLocalsInit] // Else each instruction would begin by zeroing the locals of all.
    public static Instruction* Execute(Instruction* instruction, ulong* slots, in MemoryView memory)
    {
        ref readonly Instruction i = ref *instruction;
        Instruction* next = instruction + 1;
        // Addresses only: they are meant where the instruction has such a field.
        ulong* r = slots + i.R, a = slots + i.A, b = slots + i.B;
        switch ((Opcode)i.Op)
        {
            // Moves and bits.
            case (Opcode)InternalOp.VectorCopy: *(U8*)r = *(U8*)a; break;
            case (Opcode)InternalOp.VectorSelect: *(U8*)r = *(U8*)((uint)slots[next->A] != 0 ? a : b); next++; break;
            case Opcode.V128Const: *(U8*)r = *(U8*)next; next++; break;
            case Opcode.I8x16Shuffle: *(U8*)r = VectorMath.Shuffle(*(U8*)a, *(U8*)b, *(U8*)next); next++; break;
            case Opcode.I8x16Swizzle:
            case Opcode.I8x16RelaxedSwizzle: *(U8*)r = VectorMath.Swizzle(*(U8*)a, *(U8*)b); break;
            case Opcode.V128Not: *(U8*)r = ~*(U8*)a; break;
            case Opcode.V128And: *(U8*)r = *(U8*)a & *(U8*)b; break;
            case Opcode.V128Andnot: *(U8*)r = Vector128.AndNot(*(U8*)a, *(U8*)b); break;
            case Opcode.V128Or: *(U8*)r = *(U8*)a | *(U8*)b; break;
            case Opcode.V128Xor: *(U8*)r = *(U8*)a ^ *(U8*)b; break;
            case Opcode.V128Bitselect:
            case Opcode.I8x16RelaxedLaneselect:
            case Opcode.I16x8RelaxedLaneselect:
            case Opcode.I32x4RelaxedLaneselect:
            case Opcode.I64x2RelaxedLaneselect: *(U8*)r = VectorMath.Bitselect(*(U8*)a, *(U8*)b, *(U8*)(slots + next->A)); next++; break;
            case Opcode.V128AnyTrue: *r = *(U8*)a != U8.Zero ? 1UL : 0; break;

            // Splats and lanes.
            case Opcode.I8x16Splat: *(U8*)r = Vector128.Create((byte)*a); break;
            case Opcode.I16x8Splat: *(U16*)r = Vector128.Create((ushort)*a); break;
            case Opcode.I32x4Splat:
            case Opcode.F32x4Splat: *(U32*)r = Vector128.Create((uint)*a); break;
            case Opcode.I64x2Splat:
            case Opcode.F64x2Splat: *(U64*)r = Vector128.Create(*a); break;
            case Opcode.I8x16ExtractLaneS: *r = (uint)(*(I8*)a)[i.Extra]; break;
            case Opcode.I8x16ExtractLaneU: *r = (*(U8*)a)[i.Extra]; break;
            case Opcode.I16x8ExtractLaneS: *r = (uint)(*(I16*)a)[i.Extra]; break;
            case Opcode.I16x8ExtractLaneU: *r = (*(U16*)a)[i.Extra]; break;
            case Opcode.I32x4ExtractLane:
            case Opcode.F32x4ExtractLane: *r = (*(U32*)a)[i.Extra]; break;
            case Opcode.I64x2ExtractLane:
            case Opcode.F64x2ExtractLane: *r = (*(U64*)a)[i.Extra]; break;
            case Opcode.I8x16ReplaceLane: *(U8*)r = (*(U8*)a).WithElement(i.Extra, (byte)*b); break;
            case Opcode.I16x8ReplaceLane: *(U16*)r = (*(U16*)a).WithElement(i.Extra, (ushort)*b); break;
            case Opcode.I32x4ReplaceLane:
            case Opcode.F32x4ReplaceLane: *(U32*)r = (*(U32*)a).WithElement(i.Extra, (uint)*b); break;
            case Opcode.I64x2ReplaceLane:
            case Opcode.F64x2ReplaceLane: *(U64*)r = (*(U64*)a).WithElement(i.Extra, *b); break;

            // Memory: A address, B or R displacement; the lane's loads have it in the next word.
            case Opcode.V128Load: { if (!memory.TryLoad((uint)*a, i.B, out U8 value)) return null; *(U8*)r = value; break; }
            case Opcode.V128Load8x8S: { if (!memory.TryLoad((uint)*a, i.B, out ulong value)) return null; *(I16*)r = Vector128.WidenLower(Vector128.CreateScalar(value).AsSByte()); break; }
            case Opcode.V128Load8x8U: { if (!memory.TryLoad((uint)*a, i.B, out ulong value)) return null; *(U16*)r = Vector128.WidenLower(Vector128.CreateScalar(value).AsByte()); break; }
            case Opcode.V128Load16x4S: { if (!memory.TryLoad((uint)*a, i.B, out ulong value)) return null; *(I32*)r = Vector128.WidenLower(Vector128.CreateScalar(value).AsInt16()); break; }
            case Opcode.V128Load16x4U: { if (!memory.TryLoad((uint)*a, i.B, out ulong value)) return null; *(U32*)r = Vector128.WidenLower(Vector128.CreateScalar(value).AsUInt16()); break; }
            case Opcode.V128Load32x2S: { if (!memory.TryLoad((uint)*a, i.B, out ulong value)) return null; *(I64*)r = Vector128.WidenLower(Vector128.CreateScalar(value).AsInt32()); break; }
            case Opcode.V128Load32x2U: { if (!memory.TryLoad((uint)*a, i.B, out ulong value)) return null; *(U64*)r = Vector128.WidenLower(Vector128.CreateScalar(value).AsUInt32()); break; }
            case Opcode.V128Load8Splat: { if (!memory.TryLoad((uint)*a, i.B, out byte value)) return null; *(U8*)r = Vector128.Create(value); break; }
            case Opcode.V128Load16Splat: { if (!memory.TryLoad((uint)*a, i.B, out ushort value)) return null; *(U16*)r = Vector128.Create(value); break; }
            case Opcode.V128Load32Splat: { if (!memory.TryLoad((uint)*a, i.B, out uint value)) return null; *(U32*)r = Vector128.Create(value); break; }
            case Opcode.V128Load64Splat: { if (!memory.TryLoad((uint)*a, i.B, out ulong value)) return null; *(U64*)r = Vector128.Create(value); break; }
            case Opcode.V128Load32Zero: { if (!memory.TryLoad((uint)*a, i.B, out uint value)) return null; *(U32*)r = Vector128.CreateScalar(value); break; }
            case Opcode.V128Load64Zero: { if (!memory.TryLoad((uint)*a, i.B, out ulong value)) return null; *(U64*)r = Vector128.CreateScalar(value); break; }
            case Opcode.V128Store: if (!memory.TryStore((uint)*a, i.R, *(U8*)b)) return null; break;
            case Opcode.V128Load8Lane: { if (!memory.TryLoad((uint)*a, next->A, out byte value)) return null; *(U8*)r = (*(U8*)b).WithElement(i.Extra, value); next++; break; }
            case Opcode.V128Load16Lane: { if (!memory.TryLoad((uint)*a, next->A, out ushort value)) return null; *(U16*)r = (*(U16*)b).WithElement(i.Extra, value); next++; break; }
            case Opcode.V128Load32Lane: { if (!memory.TryLoad((uint)*a, next->A, out uint value)) return null; *(U32*)r = (*(U32*)b).WithElement(i.Extra, value); next++; break; }
            case Opcode.V128Load64Lane: { if (!memory.TryLoad((uint)*a, next->A, out ulong value)) return null; *(U64*)r = (*(U64*)b).WithElement(i.Extra, value); next++; break; }
            case Opcode.V128Store8Lane: if (!memory.TryStore((uint)*a, i.R, (*(U8*)b)[i.Extra])) return null; break;
            case Opcode.V128Store16Lane: if (!memory.TryStore((uint)*a, i.R, (*(U16*)b)[i.Extra])) return null; break;
            case Opcode.V128Store32Lane: if (!memory.TryStore((uint)*a, i.R, (*(U32*)b)[i.Extra])) return null; break;
            case Opcode.V128Store64Lane: if (!memory.TryStore((uint)*a, i.R, (*(U64*)b)[i.Extra])) return null; break;

            // i8x16.
            case Opcode.I8x16Eq: *(U8*)r = Vector128.Equals(*(U8*)a, *(U8*)b); break;
            case Opcode.I8x16Ne: *(U8*)r = ~Vector128.Equals(*(U8*)a, *(U8*)b); break;
            case Opcode.I8x16LtS: *(I8*)r = Vector128.LessThan(*(I8*)a, *(I8*)b); break;
            case Opcode.I8x16LtU: *(U8*)r = Vector128.LessThan(*(U8*)a, *(U8*)b); break;
            case Opcode.I8x16GtS: *(I8*)r = Vector128.GreaterThan(*(I8*)a, *(I8*)b); break;
            case Opcode.I8x16GtU: *(U8*)r = Vector128.GreaterThan(*(U8*)a, *(U8*)b); break;
            case Opcode.I8x16LeS: *(I8*)r = Vector128.LessThanOrEqual(*(I8*)a, *(I8*)b); break;
            case Opcode.I8x16LeU: *(U8*)r = Vector128.LessThanOrEqual(*(U8*)a, *(U8*)b); break;
            case Opcode.I8x16GeS: *(I8*)r = Vector128.GreaterThanOrEqual(*(I8*)a, *(I8*)b); break;
            case Opcode.I8x16GeU: *(U8*)r = Vector128.GreaterThanOrEqual(*(U8*)a, *(U8*)b); break;
            case Opcode.I8x16Abs: *(I8*)r = VectorMath.Abs(*(I8*)a); break;
            case Opcode.I8x16Neg: *(I8*)r = I8.Zero - *(I8*)a; break;
            case Opcode.I8x16Popcnt: *(U8*)r = VectorMath.PopCount(*(U8*)a); break;
            case Opcode.I8x16AllTrue: *r = VectorMath.AllTrue(*(U8*)a) ? 1UL : 0; break;
            case Opcode.I8x16Bitmask: *r = Vector128.ExtractMostSignificantBits(*(U8*)a); break;
            case Opcode.I8x16Shl: *(U8*)r = *(U8*)a << ((int)*b & 7); break;
            case Opcode.I8x16ShrS: *(I8*)r = *(I8*)a >> ((int)*b & 7); break;
            case Opcode.I8x16ShrU: *(U8*)r = *(U8*)a >>> ((int)*b & 7); break;
            case Opcode.I8x16Add: *(U8*)r = *(U8*)a + *(U8*)b; break;
            case Opcode.I8x16Sub: *(U8*)r = *(U8*)a - *(U8*)b; break;
            case Opcode.I8x16AddSatS: *(I8*)r = Vector128.AddSaturate(*(I8*)a, *(I8*)b); break;
            case Opcode.I8x16AddSatU: *(U8*)r = Vector128.AddSaturate(*(U8*)a, *(U8*)b); break;
            case Opcode.I8x16SubSatS: *(I8*)r = Vector128.SubtractSaturate(*(I8*)a, *(I8*)b); break;
            case Opcode.I8x16SubSatU: *(U8*)r = Vector128.SubtractSaturate(*(U8*)a, *(U8*)b); break;
            case Opcode.I8x16AvgrU: *(U8*)r = VectorMath.Average(*(U8*)a, *(U8*)b); break;
            case Opcode.I8x16MinS: *(I8*)r = Vector128.Min(*(I8*)a, *(I8*)b); break;
            case Opcode.I8x16MinU: *(U8*)r = Vector128.Min(*(U8*)a, *(U8*)b); break;
            case Opcode.I8x16MaxS: *(I8*)r = Vector128.Max(*(I8*)a, *(I8*)b); break;
            case Opcode.I8x16MaxU: *(U8*)r = Vector128.Max(*(U8*)a, *(U8*)b); break;
            case Opcode.I8x16NarrowI16x8S: *(I8*)r = VectorMath.NarrowSigned(*(I16*)a, *(I16*)b); break;
            case Opcode.I8x16NarrowI16x8U: *(U8*)r = VectorMath.NarrowUnsigned(*(I16*)a, *(I16*)b); break;

            // i16x8.
            case Opcode.I16x8Eq: *(U16*)r = Vector128.Equals(*(U16*)a, *(U16*)b); break;
            case Opcode.I16x8Ne: *(U16*)r = ~Vector128.Equals(*(U16*)a, *(U16*)b); break;
            case Opcode.I16x8LtS: *(I16*)r = Vector128.LessThan(*(I16*)a, *(I16*)b); break;
            case Opcode.I16x8LtU: *(U16*)r = Vector128.LessThan(*(U16*)a, *(U16*)b); break;
            case Opcode.I16x8GtS: *(I16*)r = Vector128.GreaterThan(*(I16*)a, *(I16*)b); break;
            case Opcode.I16x8GtU: *(U16*)r = Vector128.GreaterThan(*(U16*)a, *(U16*)b); break;
            case Opcode.I16x8LeS: *(I16*)r = Vector128.LessThanOrEqual(*(I16*)a, *(I16*)b); break;
            case Opcode.I16x8LeU: *(U16*)r = Vector128.LessThanOrEqual(*(U16*)a, *(U16*)b); break;
            case Opcode.I16x8GeS: *(I16*)r = Vector128.GreaterThanOrEqual(*(I16*)a, *(I16*)b); break;
            case Opcode.I16x8GeU: *(U16*)r = Vector128.GreaterThanOrEqual(*(U16*)a, *(U16*)b); break;
            case Opcode.I16x8Abs: *(I16*)r = VectorMath.Abs(*(I16*)a); break;
            case Opcode.I16x8Neg: *(I16*)r = I16.Zero - *(I16*)a; break;
            case Opcode.I16x8AllTrue: *r = VectorMath.AllTrue(*(U16*)a) ? 1UL : 0; break;
            case Opcode.I16x8Bitmask: *r = Vector128.ExtractMostSignificantBits(*(U16*)a); break;
            case Opcode.I16x8Shl: *(U16*)r = *(U16*)a << ((int)*b & 15); break;
            case Opcode.I16x8ShrS: *(I16*)r = *(I16*)a >> ((int)*b & 15); break;
            case Opcode.I16x8ShrU: *(U16*)r = *(U16*)a >>> ((int)*b & 15); break;
            case Opcode.I16x8Add: *(U16*)r = *(U16*)a + *(U16*)b; break;
            case Opcode.I16x8Sub: *(U16*)r = *(U16*)a - *(U16*)b; break;
            case Opcode.I16x8Mul: *(U16*)r = *(U16*)a * *(U16*)b; break;
            case Opcode.I16x8AddSatS: *(I16*)r = Vector128.AddSaturate(*(I16*)a, *(I16*)b); break;
            case Opcode.I16x8AddSatU: *(U16*)r = Vector128.AddSaturate(*(U16*)a, *(U16*)b); break;
            case Opcode.I16x8SubSatS: *(I16*)r = Vector128.SubtractSaturate(*(I16*)a, *(I16*)b); break;
            case Opcode.I16x8SubSatU: *(U16*)r = Vector128.SubtractSaturate(*(U16*)a, *(U16*)b); break;
            case Opcode.I16x8AvgrU: *(U16*)r = VectorMath.Average(*(U16*)a, *(U16*)b); break;
            case Opcode.I16x8MinS: *(I16*)r = Vector128.Min(*(I16*)a, *(I16*)b); break;
            case Opcode.I16x8MinU: *(U16*)r = Vector128.Min(*(U16*)a, *(U16*)b); break;
            case Opcode.I16x8MaxS: *(I16*)r = Vector128.Max(*(I16*)a, *(I16*)b); break;
            case Opcode.I16x8MaxU: *(U16*)r = Vector128.Max(*(U16*)a, *(U16*)b); break;
            case Opcode.I16x8NarrowI32x4S: *(I16*)r = VectorMath.NarrowSigned(*(I32*)a, *(I32*)b); break;
            case Opcode.I16x8NarrowI32x4U: *(U16*)r = VectorMath.NarrowUnsigned(*(I32*)a, *(I32*)b); break;
            case Opcode.I16x8ExtendLowI8x16S: *(I16*)r = Vector128.WidenLower(*(I8*)a); break;
            case Opcode.I16x8ExtendHighI8x16S: *(I16*)r = Vector128.WidenUpper(*(I8*)a); break;
            case Opcode.I16x8ExtendLowI8x16U: *(U16*)r = Vector128.WidenLower(*(U8*)a); break;
            case Opcode.I16x8ExtendHighI8x16U: *(U16*)r = Vector128.WidenUpper(*(U8*)a); break;
            case Opcode.I16x8ExtmulLowI8x16S: *(I16*)r = Vector128.WidenLower(*(I8*)a) * Vector128.WidenLower(*(I8*)b); break;
            case Opcode.I16x8ExtmulHighI8x16S: *(I16*)r = Vector128.WidenUpper(*(I8*)a) * Vector128.WidenUpper(*(I8*)b); break;
            case Opcode.I16x8ExtmulLowI8x16U: *(U16*)r = Vector128.WidenLower(*(U8*)a) * Vector128.WidenLower(*(U8*)b); break;
            case Opcode.I16x8ExtmulHighI8x16U: *(U16*)r = Vector128.WidenUpper(*(U8*)a) * Vector128.WidenUpper(*(U8*)b); break;
            case Opcode.I16x8ExtaddPairwiseI8x16S: *(I16*)r = VectorMath.AddPairs(*(I8*)a); break;
            case Opcode.I16x8ExtaddPairwiseI8x16U: *(U16*)r = VectorMath.AddPairs(*(U8*)a); break;
            case Opcode.I16x8Q15mulrSatS:
            case Opcode.I16x8RelaxedQ15mulrS: *(I16*)r = VectorMath.Q15Multiply(*(I16*)a, *(I16*)b); break;
            case Opcode.I16x8RelaxedDotI8x16I7x16S: *(I16*)r = VectorMath.RelaxedDot(*(I8*)a, *(I8*)b); break;

            // i32x4.
            case Opcode.I32x4Eq: *(U32*)r = Vector128.Equals(*(U32*)a, *(U32*)b); break;
            case Opcode.I32x4Ne: *(U32*)r = ~Vector128.Equals(*(U32*)a, *(U32*)b); break;
            case Opcode.I32x4LtS: *(I32*)r = Vector128.LessThan(*(I32*)a, *(I32*)b); break;
            case Opcode.I32x4LtU: *(U32*)r = Vector128.LessThan(*(U32*)a, *(U32*)b); break;
            case Opcode.I32x4GtS: *(I32*)r = Vector128.GreaterThan(*(I32*)a, *(I32*)b); break;
            case Opcode.I32x4GtU: *(U32*)r = Vector128.GreaterThan(*(U32*)a, *(U32*)b); break;
            case Opcode.I32x4LeS: *(I32*)r = Vector128.LessThanOrEqual(*(I32*)a, *(I32*)b); break;
            case Opcode.I32x4LeU: *(U32*)r = Vector128.LessThanOrEqual(*(U32*)a, *(U32*)b); break;
            case Opcode.I32x4GeS: *(I32*)r = Vector128.GreaterThanOrEqual(*(I32*)a, *(I32*)b); break;
            case Opcode.I32x4GeU: *(U32*)r = Vector128.GreaterThanOrEqual(*(U32*)a, *(U32*)b); break;
            case Opcode.I32x4Abs: *(I32*)r = VectorMath.Abs(*(I32*)a); break;
            case Opcode.I32x4Neg: *(I32*)r = I32.Zero - *(I32*)a; break;
            case Opcode.I32x4AllTrue: *r = VectorMath.AllTrue(*(U32*)a) ? 1UL : 0; break;
            case Opcode.I32x4Bitmask: *r = Vector128.ExtractMostSignificantBits(*(U32*)a); break;
            case Opcode.I32x4Shl: *(U32*)r = *(U32*)a << ((int)*b & 31); break;
            case Opcode.I32x4ShrS: *(I32*)r = *(I32*)a >> ((int)*b & 31); break;
            case Opcode.I32x4ShrU: *(U32*)r = *(U32*)a >>> ((int)*b & 31); break;
            case Opcode.I32x4Add: *(U32*)r = *(U32*)a + *(U32*)b; break;
            case Opcode.I32x4Sub: *(U32*)r = *(U32*)a - *(U32*)b; break;
            case Opcode.I32x4Mul: *(U32*)r = *(U32*)a * *(U32*)b; break;
            case Opcode.I32x4MinS: *(I32*)r = Vector128.Min(*(I32*)a, *(I32*)b); break;
            case Opcode.I32x4MinU: *(U32*)r = Vector128.Min(*(U32*)a, *(U32*)b); break;
            case Opcode.I32x4MaxS: *(I32*)r = Vector128.Max(*(I32*)a, *(I32*)b); break;
            case Opcode.I32x4MaxU: *(U32*)r = Vector128.Max(*(U32*)a, *(U32*)b); break;
            case Opcode.I32x4ExtendLowI16x8S: *(I32*)r = Vector128.WidenLower(*(I16*)a); break;
            case Opcode.I32x4ExtendHighI16x8S: *(I32*)r = Vector128.WidenUpper(*(I16*)a); break;
            case Opcode.I32x4ExtendLowI16x8U: *(U32*)r = Vector128.WidenLower(*(U16*)a); break;
            case Opcode.I32x4ExtendHighI16x8U: *(U32*)r = Vector128.WidenUpper(*(U16*)a); break;
            case Opcode.I32x4ExtmulLowI16x8S: *(I32*)r = Vector128.WidenLower(*(I16*)a) * Vector128.WidenLower(*(I16*)b); break;
            case Opcode.I32x4ExtmulHighI16x8S: *(I32*)r = Vector128.WidenUpper(*(I16*)a) * Vector128.WidenUpper(*(I16*)b); break;
            case Opcode.I32x4ExtmulLowI16x8U: *(U32*)r = Vector128.WidenLower(*(U16*)a) * Vector128.WidenLower(*(U16*)b); break;
            case Opcode.I32x4ExtmulHighI16x8U: *(U32*)r = Vector128.WidenUpper(*(U16*)a) * Vector128.WidenUpper(*(U16*)b); break;
            case Opcode.I32x4ExtaddPairwiseI16x8S: *(I32*)r = VectorMath.AddPairs(*(I16*)a); break;
            case Opcode.I32x4ExtaddPairwiseI16x8U: *(U32*)r = VectorMath.AddPairs(*(U16*)a); break;
            case Opcode.I32x4DotI16x8S: *(I32*)r = VectorMath.Dot(*(I16*)a, *(I16*)b); break;
            case Opcode.I32x4RelaxedDotI8x16I7x16AddS: *(I32*)r = VectorMath.RelaxedDotAdd(*(I8*)a, *(I8*)b, *(I32*)(slots + next->A)); next++; break;

            // i64x2.
            case Opcode.I64x2Eq: *(U64*)r = Vector128.Equals(*(U64*)a, *(U64*)b); break;
            case Opcode.I64x2Ne: *(U64*)r = ~Vector128.Equals(*(U64*)a, *(U64*)b); break;
            case Opcode.I64x2LtS: *(I64*)r = Vector128.LessThan(*(I64*)a, *(I64*)b); break;
            case Opcode.I64x2GtS: *(I64*)r = Vector128.GreaterThan(*(I64*)a, *(I64*)b); break;
            case Opcode.I64x2LeS: *(I64*)r = Vector128.LessThanOrEqual(*(I64*)a, *(I64*)b); break;
            case Opcode.I64x2GeS: *(I64*)r = Vector128.GreaterThanOrEqual(*(I64*)a, *(I64*)b); break;
            case Opcode.I64x2Abs: *(I64*)r = VectorMath.Abs(*(I64*)a); break;
            case Opcode.I64x2Neg: *(I64*)r = I64.Zero - *(I64*)a; break;
            case Opcode.I64x2AllTrue: *r = VectorMath.AllTrue(*(U64*)a) ? 1UL : 0; break;
            case Opcode.I64x2Bitmask: *r = Vector128.ExtractMostSignificantBits(*(U64*)a); break;
            case Opcode.I64x2Shl: *(U64*)r = *(U64*)a << ((int)*b & 63); break;
            case Opcode.I64x2ShrS: *(I64*)r = *(I64*)a >> ((int)*b & 63); break;
            case Opcode.I64x2ShrU: *(U64*)r = *(U64*)a >>> ((int)*b & 63); break;
            case Opcode.I64x2Add: *(U64*)r = *(U64*)a + *(U64*)b; break;
            case Opcode.I64x2Sub: *(U64*)r = *(U64*)a - *(U64*)b; break;
            case Opcode.I64x2Mul: *(U64*)r = *(U64*)a * *(U64*)b; break;
            case Opcode.I64x2ExtendLowI32x4S: *(I64*)r = Vector128.WidenLower(*(I32*)a); break;
            case Opcode.I64x2ExtendHighI32x4S: *(I64*)r = Vector128.WidenUpper(*(I32*)a); break;
            case Opcode.I64x2ExtendLowI32x4U: *(U64*)r = Vector128.WidenLower(*(U32*)a); break;
            case Opcode.I64x2ExtendHighI32x4U: *(U64*)r = Vector128.WidenUpper(*(U32*)a); break;
            case Opcode.I64x2ExtmulLowI32x4S: *(I64*)r = Vector128.WidenLower(*(I32*)a) * Vector128.WidenLower(*(I32*)b); break;
            case Opcode.I64x2ExtmulHighI32x4S: *(I64*)r = Vector128.WidenUpper(*(I32*)a) * Vector128.WidenUpper(*(I32*)b); break;
            case Opcode.I64x2ExtmulLowI32x4U: *(U64*)r = Vector128.WidenLower(*(U32*)a) * Vector128.WidenLower(*(U32*)b); break;
            case Opcode.I64x2ExtmulHighI32x4U: *(U64*)r = Vector128.WidenUpper(*(U32*)a) * Vector128.WidenUpper(*(U32*)b); break;

            // f32x4.
            case Opcode.F32x4Eq: *(F32*)r = Vector128.Equals(*(F32*)a, *(F32*)b); break;
            case Opcode.F32x4Ne: *(F32*)r = ~Vector128.Equals(*(F32*)a, *(F32*)b); break;
            case Opcode.F32x4Lt: *(F32*)r = Vector128.LessThan(*(F32*)a, *(F32*)b); break;
            case Opcode.F32x4Gt: *(F32*)r = Vector128.GreaterThan(*(F32*)a, *(F32*)b); break;
            case Opcode.F32x4Le: *(F32*)r = Vector128.LessThanOrEqual(*(F32*)a, *(F32*)b); break;
            case Opcode.F32x4Ge: *(F32*)r = Vector128.GreaterThanOrEqual(*(F32*)a, *(F32*)b); break;
            case Opcode.F32x4Abs: *(U32*)r = VectorFloats.Abs(*(U32*)a); break;
            case Opcode.F32x4Neg: *(U32*)r = VectorFloats.Negate(*(U32*)a); break;
            case Opcode.F32x4Ceil: *(F32*)r = VectorFloats.Canonical(Vector128.Ceiling(*(F32*)a)); break;
            case Opcode.F32x4Floor: *(F32*)r = VectorFloats.Canonical(Vector128.Floor(*(F32*)a)); break;
            case Opcode.F32x4Trunc: *(F32*)r = VectorFloats.Canonical(Vector128.Truncate(*(F32*)a)); break;
            case Opcode.F32x4Nearest: *(F32*)r = VectorFloats.Canonical(Vector128.Round(*(F32*)a)); break;
            case Opcode.F32x4Sqrt: *(F32*)r = VectorFloats.Canonical(Vector128.Sqrt(*(F32*)a)); break;
            case Opcode.F32x4Add: *(F32*)r = VectorFloats.Canonical(*(F32*)a + *(F32*)b); break;
            case Opcode.F32x4Sub: *(F32*)r = VectorFloats.Canonical(*(F32*)a - *(F32*)b); break;
            case Opcode.F32x4Mul: *(F32*)r = VectorFloats.Canonical(*(F32*)a * *(F32*)b); break;
            case Opcode.F32x4Div: *(F32*)r = VectorFloats.Canonical(*(F32*)a / *(F32*)b); break;
            case Opcode.F32x4Min:
            case Opcode.F32x4RelaxedMin: *(F32*)r = VectorFloats.Min(*(F32*)a, *(F32*)b); break;
            case Opcode.F32x4Max:
            case Opcode.F32x4RelaxedMax: *(F32*)r = VectorFloats.Max(*(F32*)a, *(F32*)b); break;
            case Opcode.F32x4Pmin: *(F32*)r = VectorFloats.PseudoMin(*(F32*)a, *(F32*)b); break;
            case Opcode.F32x4Pmax: *(F32*)r = VectorFloats.PseudoMax(*(F32*)a, *(F32*)b); break;
            case Opcode.F32x4RelaxedMadd: *(F32*)r = VectorFloats.MultiplyAdd(*(F32*)a, *(F32*)b, *(F32*)(slots + next->A)); next++; break;
            case Opcode.F32x4RelaxedNmadd: *(F32*)r = VectorFloats.MultiplyAdd(VectorFloats.Negate(*(U32*)a).AsSingle(), *(F32*)b, *(F32*)(slots + next->A)); next++; break;

            // f64x2.
            case Opcode.F64x2Eq: *(F64*)r = Vector128.Equals(*(F64*)a, *(F64*)b); break;
            case Opcode.F64x2Ne: *(F64*)r = ~Vector128.Equals(*(F64*)a, *(F64*)b); break;
            case Opcode.F64x2Lt: *(F64*)r = Vector128.LessThan(*(F64*)a, *(F64*)b); break;
            case Opcode.F64x2Gt: *(F64*)r = Vector128.GreaterThan(*(F64*)a, *(F64*)b); break;
            case Opcode.F64x2Le: *(F64*)r = Vector128.LessThanOrEqual(*(F64*)a, *(F64*)b); break;
            case Opcode.F64x2Ge: *(F64*)r = Vector128.GreaterThanOrEqual(*(F64*)a, *(F64*)b); break;
            case Opcode.F64x2Abs: *(U64*)r = VectorFloats.Abs(*(U64*)a); break;
            case Opcode.F64x2Neg: *(U64*)r = VectorFloats.Negate(*(U64*)a); break;
            case Opcode.F64x2Ceil: *(F64*)r = VectorFloats.Canonical(Vector128.Ceiling(*(F64*)a)); break;
            case Opcode.F64x2Floor: *(F64*)r = VectorFloats.Canonical(Vector128.Floor(*(F64*)a)); break;
            case Opcode.F64x2Trunc: *(F64*)r = VectorFloats.Canonical(Vector128.Truncate(*(F64*)a)); break;
            case Opcode.F64x2Nearest: *(F64*)r = VectorFloats.Canonical(Vector128.Round(*(F64*)a)); break;
            case Opcode.F64x2Sqrt: *(F64*)r = VectorFloats.Canonical(Vector128.Sqrt(*(F64*)a)); break;
            case Opcode.F64x2Add: *(F64*)r = VectorFloats.Canonical(*(F64*)a + *(F64*)b); break;
            case Opcode.F64x2Sub: *(F64*)r = VectorFloats.Canonical(*(F64*)a - *(F64*)b); break;
            case Opcode.F64x2Mul: *(F64*)r = VectorFloats.Canonical(*(F64*)a * *(F64*)b); break;
            case Opcode.F64x2Div: *(F64*)r = VectorFloats.Canonical(*(F64*)a / *(F64*)b); break;
            case Opcode.F64x2Min:
            case Opcode.F64x2RelaxedMin: *(F64*)r = VectorFloats.Min(*(F64*)a, *(F64*)b); break;
            case Opcode.F64x2Max:
            case Opcode.F64x2RelaxedMax: *(F64*)r = VectorFloats.Max(*(F64*)a, *(F64*)b); break;
            case Opcode.F64x2Pmin: *(F64*)r = VectorFloats.PseudoMin(*(F64*)a, *(F64*)b); break;
            case Opcode.F64x2Pmax: *(F64*)r = VectorFloats.PseudoMax(*(F64*)a, *(F64*)b); break;
            case Opcode.F64x2RelaxedMadd: *(F64*)r = VectorFloats.MultiplyAdd(*(F64*)a, *(F64*)b, *(F64*)(slots + next->A)); next++; break;
            case Opcode.F64x2RelaxedNmadd: *(F64*)r = VectorFloats.MultiplyAdd(VectorFloats.Negate(*(U64*)a).AsDouble(), *(F64*)b, *(F64*)(slots + next->A)); next++; break;

            // Conversions.
            case Opcode.I32x4TruncSatF32x4S:
            case Opcode.I32x4RelaxedTruncF32x4S: *(I32*)r = VectorFloats.SaturateInt32(*(F32*)a); break;
            case Opcode.I32x4TruncSatF32x4U:
            case Opcode.I32x4RelaxedTruncF32x4U: *(U32*)r = VectorFloats.SaturateUInt32(*(F32*)a); break;
            case Opcode.I32x4TruncSatF64x2SZero:
            case Opcode.I32x4RelaxedTruncF64x2SZero: *(I32*)r = VectorFloats.SaturateInt32(*(F64*)a); break;
            case Opcode.I32x4TruncSatF64x2UZero:
            case Opcode.I32x4RelaxedTruncF64x2UZero: *(U32*)r = VectorFloats.SaturateUInt32(*(F64*)a); break;
            case Opcode.F32x4ConvertI32x4S: *(F32*)r = VectorFloats.ToSingle(*(I32*)a); break;
            case Opcode.F32x4ConvertI32x4U: *(F32*)r = VectorFloats.ToSingle(*(U32*)a); break;
            case Opcode.F64x2ConvertLowI32x4S: *(F64*)r = VectorFloats.LowToDouble(*(I32*)a); break;
            case Opcode.F64x2ConvertLowI32x4U: *(F64*)r = VectorFloats.LowToDouble(*(U32*)a); break;
            case Opcode.F32x4DemoteF64x2Zero: *(F32*)r = VectorFloats.Demote(*(F64*)a); break;
            case Opcode.F64x2PromoteLowF32x4: *(F64*)r = VectorFloats.PromoteLow(*(F32*)a); break;
            default:
                throw Unknown(i.Op);
        }

        return next;
    }

    private static NodeFaultException Unknown(InternalOp op) => new($"the interpreter met the unknown operation {op}");
}
