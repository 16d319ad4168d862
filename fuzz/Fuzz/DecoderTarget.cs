using ContractVm.Gas;

namespace ContractVm.Fuzz;

/// <summary>
/// Mutated modules through decoder and validator under every profile; what contractvm-v1 accepts and an engine runs is run under
/// a small ink limit.
/// </summary>
public sealed class DecoderTarget : FuzzTarget
{
    private const ulong InkLimit = 50_000_000;

    /// <inheritdoc/>
    public override string Name => "decoder";

    /// <inheritdoc/>
    public override byte[] Make(FuzzCorpus corpus, Random64 random) => ByteMutator.Mutate(corpus.Modules, random);

    /// <inheritdoc/>
    public override bool Check(byte[] input)
    {
        if (ModuleProperties.Check(input) is null) return false;
        if (Module.TryLoad(input, Profiles.ContractVmV1, out Module module, out _)) Run(module);
        return true;
    }

    /// <summary>Calls the exported functions of a module without imports, with zeros.</summary>
    private static void Run(Module module)
    {
        if (module.Imports.Count > 0 || !Engines.CanRun(module, out _)) return;
        ExecutionResult created = Instance.Create(module, static _ => null, null, out Instance? instance);
        if (created.Outcome != Outcome.Success) return;
        using (instance)
        {
            foreach (Export export in module.Exports)
            {
                if (export.Kind != ExternalKind.Function) continue;
                FunctionType type = module.TypeOfFunction(export.Index);
                Meter meter = new(InkLimit, module.Profile.Schedule.StackWords);
                instance!.Invoke(export.Index, new ulong[ValueSlots.Count(type.Parameters)], new ulong[ValueSlots.Count(type.Results)], meter);
            }
        }
    }
}
