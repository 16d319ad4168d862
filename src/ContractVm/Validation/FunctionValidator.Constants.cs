using ContractVm.Binary;

namespace ContractVm.Validation;

/// <summary>What may stand in a constant expression (WebAssembly 3.0, validation, "Constant Expressions").</summary>
internal sealed partial class FunctionValidator
{
    /// <summary>The feature that made an instruction constant, by its id; None where it is not.</summary>
    private static readonly Features[] ConstantSince = BuildConstantSince();

    /// <summary>True while a constant expression is read: its references to functions declare them.</summary>
    private bool _isConstant;

    private static Features[] BuildConstantSince()
    {
        Features[] since = new Features[OpcodeTable.IdLimit];
        foreach (Opcode opcode in (Opcode[])[Opcode.End, Opcode.I32Const, Opcode.I64Const, Opcode.F32Const, Opcode.F64Const, Opcode.GlobalGet])
            since[(int)opcode] = Features.Core;
        foreach (Opcode opcode in (Opcode[])[Opcode.RefNull, Opcode.RefFunc]) since[(int)opcode] = Features.ReferenceTypes;
        since[(int)Opcode.V128Const] = Features.Simd;
        foreach (Opcode opcode in (Opcode[])[Opcode.I32Add, Opcode.I32Sub, Opcode.I32Mul, Opcode.I64Add, Opcode.I64Sub, Opcode.I64Mul])
            since[(int)opcode] = Features.ExtendedConst;
        foreach (Opcode opcode in (Opcode[])[
            Opcode.RefI31, Opcode.StructNew, Opcode.StructNewDefault, Opcode.ArrayNew, Opcode.ArrayNewDefault, Opcode.ArrayNewFixed,
            Opcode.AnyConvertExtern, Opcode.ExternConvertAny])
            since[(int)opcode] = Features.Gc;
        return since;
    }

    private void CheckIsConstant(ref ByteReader reader, OpcodeInfo info, int offset)
    {
        Features since = ConstantSince[(int)info.Opcode];
        if (since == Features.None) throw reader.Error(ModuleErrorCode.ConstantExpressionRequired, offset, $"{info.Name} is not constant");
        ProfileGate.Require(ref reader, _module, since, offset, "in a constant expression");
        if (info.Opcode != Opcode.GlobalGet) return;
        // Only what is known before the module runs: imported and, with GC, earlier globals.
        ByteReader ahead = reader;
        uint global = ahead.ReadU32("a global index");
        if (global >= (uint)_module.GlobalTypeList.Count) return;
        if (global >= (uint)_module.ImportedGlobals) ProfileGate.Require(ref reader, _module, Features.Gc, offset, "a global that is not imported");
        if (_module.GlobalTypeList[(int)global].IsMutable) throw reader.Error(ModuleErrorCode.ConstantExpressionRequired, offset, $"global {global} is mutable");
    }
}
