using System;
using ContractVm.Binary;

namespace ContractVm.Runtime;

/// <summary>Evaluates validated constant expressions: one value, as a 64-bit slot.</summary>
internal static class ConstantEvaluator
{
    public static ulong Evaluate(ReadOnlySpan<byte> module, ByteRange expression, ReadOnlySpan<ulong> globals)
    {
        ByteReader reader = new(module, expression);
        ulong value = 0;
        while (true)
        {
            switch ((Opcode)reader.ReadByte("a constant expression"))
            {
                case Opcode.End: return value;
                case Opcode.I32Const: value = (uint)reader.ReadS32("i32.const"); break;
                case Opcode.I64Const: value = (ulong)reader.ReadS64("i64.const"); break;
                case Opcode.F32Const: value = reader.ReadFixed32("f32.const"); break;
                case Opcode.F64Const: value = reader.ReadFixed64("f64.const"); break;
                case Opcode.GlobalGet: value = globals[(int)reader.ReadU32("global.get")]; break;
                case Opcode.RefFunc: value = reader.ReadU32("ref.func") + 1UL; break;
                case Opcode.RefNull:
                    reader.ReadByte("ref.null");
                    value = 0;
                    break;
                default: throw new NodeFaultException("a validated constant expression is not constant");
            }
        }
    }
}
