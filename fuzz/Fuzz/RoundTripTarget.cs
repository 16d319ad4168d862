namespace ContractVm.Fuzz;

/// <summary>Modules, mutated or made, through the printer and back.</summary>
public sealed class RoundTripTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override string Name => "roundtrip";

    /// <inheritdoc/>
    public override byte[] Make(FuzzCorpus corpus, Random64 random) => random.Below(4) switch
    {
        0 => corpus.Modules[random.Below(corpus.Modules.Count)],
        1 => StructureGenerator.Generate(random.Next(), StructureOptions.Everything),
        _ => ByteMutator.Mutate(corpus.Modules, random),
    };

    /// <inheritdoc/>
    public override bool Check(byte[] input) => TextProperties.CheckModule(input, isOurs: false);
}
