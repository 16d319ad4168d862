namespace ContractVm.Text;

/// <summary>How <see cref="TextPrinter"/> prints a module.</summary>
public sealed record PrintOptions
{
    /// <summary>Nothing set: names as identifiers, no offsets.</summary>
    public static PrintOptions Default { get; } = new();

    /// <summary>True puts the byte offset of each field and each instruction before it, as a comment in hexadecimal.</summary>
    public bool Offsets { get; init; }

    /// <summary>
    /// True makes identifiers of the names in the name section. False refers to everything by number and keeps the name
    /// section as the bytes that it has.
    /// </summary>
    public bool Names { get; init; } = true;
}
