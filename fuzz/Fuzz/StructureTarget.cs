namespace ContractVm.Fuzz;

/// <summary>Modules that are valid by construction, a part of them with deliberate mistakes, through decoder, validator and printer.</summary>
public sealed class StructureTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override string Name => "structure";

    /// <inheritdoc/>
    public override byte[] Make(FuzzCorpus corpus, Random64 random) =>
        StructureGenerator.Generate(random.Next(), StructureOptions.Everything with { Mistakes = random.OneIn(3) });

    /// <inheritdoc/>
    public override bool Check(byte[] input) => ModuleProperties.Check(input) is not null;
}
