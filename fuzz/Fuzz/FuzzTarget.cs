using System;

namespace ContractVm.Fuzz;

/// <summary>A property does not hold for an input.</summary>
public sealed class FindingException(string message) : Exception(message);

/// <summary>
/// Something to fuzz: makes inputs from a seed and a corpus, and checks what must hold for every input whatever it is. Inputs depend
/// on the generator's state and the corpus alone.
/// </summary>
public abstract class FuzzTarget
{
    /// <summary>The name on the command line; findings are files whose names begin with it.</summary>
    public abstract string Name { get; }
    /// <summary>How the names of findings end.</summary>
    public virtual string Extension => "wasm";

    /// <summary>Makes an input.</summary>
    public abstract byte[] Make(FuzzCorpus corpus, Random64 random);

    /// <summary>Checks an input; true where it was accepted, for the statistics.</summary>
    /// <exception cref="FindingException">A property does not hold; so is any other exception a finding.</exception>
    public abstract bool Check(byte[] input);
}
