using System;
using System.Collections.Generic;
using ContractVm.Binary;

namespace ContractVm.Validation;

/// <summary>
/// Reads and validates constant expressions (WebAssembly 3.0, validation, "Constant Expressions"): initial values of globals,
/// offsets of segments, elements. What they evaluate to is <see cref="Runtime.ConstantEvaluator"/>'s.
/// </summary>
internal sealed class ConstantExpressions(Module module, HashSet<int> declaredReferences)
{
    private readonly List<ValueType> _stack = [];

    /// <summary>Reads one expression with its end, and checks that it leaves exactly one value of the given type.</summary>
    public ByteRange Read(ref ByteReader reader, ValueType expected)
    {
        int start = reader.Position;
        _stack.Clear();
        while (true)
        {
            int offset = reader.Position;
            byte code = reader.ReadByte("a constant expression");
            OpcodeInfo? info = code is >= 0xFB and <= 0xFE ? null : OpcodeTable.Find(code);
            switch ((Opcode)code)
            {
                case Opcode.End:
                    if (_stack.Count != 1 || _stack[0] != expected)
                        throw reader.Error(ModuleErrorCode.TypeMismatch, start, $"the constant expression must leave one {expected}");
                    return new ByteRange(start, reader.Position);
                case Opcode.I32Const:
                    reader.ReadS32("i32.const");
                    _stack.Add(ValueType.I32);
                    break;
                case Opcode.I64Const:
                    reader.ReadS64("i64.const");
                    _stack.Add(ValueType.I64);
                    break;
                case Opcode.F32Const:
                    FeatureGate.Require(ref reader, module, Features.Floats, offset, "f32.const");
                    reader.ReadFixed32("f32.const");
                    _stack.Add(ValueType.F32);
                    break;
                case Opcode.F64Const:
                    FeatureGate.Require(ref reader, module, Features.Floats, offset, "f64.const");
                    reader.ReadFixed64("f64.const");
                    _stack.Add(ValueType.F64);
                    break;
                case Opcode.RefNull:
                    FeatureGate.Require(ref reader, module, Features.ReferenceTypes, offset, "ref.null");
                    _stack.Add(TypeReader.ReadReferenceType(ref reader, module, "ref.null's type"));
                    break;
                case Opcode.RefFunc:
                    FeatureGate.Require(ref reader, module, Features.ReferenceTypes, offset, "ref.func");
                    uint function = reader.ReadU32("ref.func");
                    if (function >= (uint)module.FunctionCount)
                        throw reader.Error(ModuleErrorCode.UnknownFunction, offset, $"function {function} of {module.FunctionCount}");
                    declaredReferences.Add((int)function);
                    _stack.Add(ValueType.FuncRef);
                    break;
                case Opcode.GlobalGet:
                    uint global = reader.ReadU32("global.get");
                    // Only what is known before the module runs: imported and, with GC, earlier globals.
                    if (global >= (uint)module.GlobalTypeList.Count)
                        throw reader.Error(ModuleErrorCode.UnknownGlobal, offset, $"global {global} of {module.GlobalTypeList.Count}");
                    if (global >= (uint)module.ImportedGlobals) FeatureGate.Require(ref reader, module, Features.Gc, offset, "a global that is not imported");
                    if (module.GlobalTypeList[(int)global].IsMutable)
                        throw reader.Error(ModuleErrorCode.ConstantExpressionRequired, offset, $"global {global} is mutable");
                    _stack.Add(module.GlobalTypeList[(int)global].Value);
                    break;
                case Opcode.I32Add or Opcode.I32Sub or Opcode.I32Mul or Opcode.I64Add or Opcode.I64Sub or Opcode.I64Mul:
                    throw FeatureGate.NotAccepted(ref reader, Features.ExtendedConst, offset, info!.Name);
                default:
                    if (info is null && code is not (>= 0xFB and <= 0xFE))
                        throw reader.Error(ModuleErrorCode.UnknownOpcode, offset, $"0x{code:x2} names no instruction");
                    throw reader.Error(ModuleErrorCode.ConstantExpressionRequired, offset, $"{info?.Name ?? "the instruction"} is not constant");
            }
        }
    }
}
