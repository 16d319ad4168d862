using System;
using System.Collections.Generic;
using ContractVm.Binary;
using ContractVm.Gas;
using ContractVm.Runtime;

namespace ContractVm;

/// <summary>
/// What Stylus asks of a module at activation beyond features and limits (nitro, crates/prover/src/binary.rs and
/// programs/mod.rs, as facts): initial values are single constants, segments fit where they go, names keep clear of what the
/// instrumentation adds, the name section is readable.
/// </summary>
internal sealed class StylusRules : IModuleRules
{
    private const string ReservedPrefix = "stylus";
    private const ulong MostFrameWords = 10_240, MostValues = 4096;

    /// <inheritdoc/>
    public IEnumerable<(int Offset, string Section, string Detail)> Broken(Module module)
    {
        HashSet<string> imported = new(StringComparer.Ordinal);
        Dictionary<string, FunctionType> typeOfImport = new(StringComparer.Ordinal);
        foreach (Import import in module.Imports)
        {
            if (import.Name.StartsWith(ReservedPrefix, StringComparison.Ordinal)) yield return (import.Offset, "import", $"the import '{import.Name}' starts with the reserved word {ReservedPrefix}");
            imported.Add(AfterUnderscores(import.Name));
            if (import.Kind != ExternalKind.Function) continue;
            FunctionType type = module.TypeOfFunction(import.Index);
            if (!typeOfImport.TryAdd(import.Module + "." + import.Name, type) && !typeOfImport[import.Module + "." + import.Name].Equals(type))
                yield return (import.Offset, "import", $"'{import.Module}.{import.Name}' is imported with two types");
        }

        foreach (GlobalDefinition global in module.GlobalDefinitions)
            if (!IsSingleConstant(module, global.Initializer)) yield return (global.Initializer.Start, "global", "a global's initial value is not a single constant");
        foreach (Export export in module.Exports)
        {
            if (export.Name.StartsWith(ReservedPrefix, StringComparison.Ordinal)) yield return (export.Offset, "export", $"the export '{export.Name}' starts with the reserved word {ReservedPrefix}");
            if (imported.Contains(AfterUnderscores(export.Name))) yield return (export.Offset, "export", $"the export '{export.Name}' has the name of an import");
        }

        foreach (ElementSegment segment in module.Elements)
        {
            if (segment.Mode == SegmentMode.Active && !Fits(module, segment.Offset, (ulong)segment.Count, module.Tables[segment.Table].Limits.Minimum))
                yield return (segment.Offset.Start, "element", "an element segment does not fit its table");
        }

        foreach (FunctionBody body in module.Bodies)
        {
            // A body that is wrong has no plan; that is said elsewhere.
            if (body.Plan is not FunctionPlan plan) continue;
            ulong locals = 0;
            foreach (LocalRun run in body.DeclaredLocals) locals += run.Count;
            if (plan.FrameWords > MostFrameWords) yield return (body.Code.Start, "code", $"a frame of {plan.FrameWords} words, {MostFrameWords} are allowed");
            if (plan.FrameWords - locals - module.Profile.Schedule.FrameWords > MostValues) yield return (body.Code.Start, "code", $"more than {MostValues} values on the stack at once");
        }

        foreach (DataSegment segment in module.Data)
        {
            if (segment.Mode == SegmentMode.Active && !Fits(module, segment.Offset, (ulong)segment.Bytes.Length, module.Memories[segment.Memory].Limits.Minimum * MemoryType.PageSize))
                yield return (segment.Offset.Start, "data", "a data segment does not fit its memory");
        }

        if (!module.HasReadableNames) yield return (module.Bytes.Length, "custom", "the name section cannot be read");
    }

    private static string AfterUnderscores(string name)
    {
        int last = name.LastIndexOf("__", StringComparison.Ordinal);
        return last < 0 ? name : name[(last + 2)..];
    }

    private static bool IsSingleConstant(Module module, ByteRange expression)
    {
        ByteReader reader = new(module.Bytes.Span, expression);
        Opcode opcode = (Opcode)reader.ReadByte("a constant");
        if (opcode is not (Opcode.I32Const or Opcode.I64Const or Opcode.F32Const or Opcode.F64Const)) return false;
        ImmediateSkipper.Skip(ref reader, OpcodeTable.Get(opcode).Immediates);
        return reader.Remaining == 1;
    }

    private static bool Fits(Module module, ByteRange offset, ulong length, ulong size)
    {
        return ConstantEvaluator.TryGetSingle(module.Bytes.Span, offset, out ulong start) && start <= size && length <= size - start;
    }
}
