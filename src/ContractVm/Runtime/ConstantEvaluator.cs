using System;
using System.Runtime.InteropServices;
using ContractVm.Binary;

namespace ContractVm.Runtime;

/// <summary>Evaluates validated constant expressions to slots.</summary>
internal static class ConstantEvaluator
{
    /// <summary>Evaluates an expression that takes one slot.</summary>
    public static ulong Evaluate(ReadOnlySpan<byte> module, ByteRange expression, ReadOnlySpan<ulong> globals, ReadOnlySpan<int> globalSlots = default)
    {
        ulong value = 0;
        Evaluate(module, expression, globals, globalSlots, new Span<ulong>(ref value));
        return value;
    }

    /// <summary>Evaluates an expression.</summary>
    /// <param name="module">The module's bytes.</param>
    /// <param name="expression">Where the expression is.</param>
    /// <param name="globals">Slots of the globals that have values already.</param>
    /// <param name="globalSlots">The first slot of each global.</param>
    /// <param name="value">Takes the value; its slots, that is.</param>
    public static void Evaluate(ReadOnlySpan<byte> module, ByteRange expression, ReadOnlySpan<ulong> globals, ReadOnlySpan<int> globalSlots, Span<ulong> value)
    {
        ByteReader reader = new(module, expression);
        while (true)
        {
            int id = reader.ReadByte("a constant expression");
            if (id is >= 0xFB and <= 0xFE) id = OpcodeTable.PrefixedId((byte)id, reader.ReadU32("a sub-opcode"));
            switch ((Opcode)id)
            {
                case Opcode.End: return;
                case Opcode.I32Const: value[0] = (uint)reader.ReadS32("i32.const"); break;
                case Opcode.I64Const: value[0] = (ulong)reader.ReadS64("i64.const"); break;
                case Opcode.F32Const: value[0] = reader.ReadFixed32("f32.const"); break;
                case Opcode.F64Const: value[0] = reader.ReadFixed64("f64.const"); break;
                case Opcode.V128Const: reader.ReadBytes(16, "v128.const").CopyTo(MemoryMarshal.AsBytes(value)); break;
                case Opcode.GlobalGet: globals.Slice(globalSlots[(int)reader.ReadU32("global.get")], value.Length).CopyTo(value); break;
                case Opcode.RefFunc: value[0] = reader.ReadU32("ref.func") + 1UL; break;
                case Opcode.RefNull:
                    reader.ReadByte("ref.null");
                    value[0] = 0;
                    break;
                default: throw new NodeFaultException("a validated constant expression is not constant");
            }
        }
    }
}
