namespace ContractVm.Fuzz.Hooks;

/// <summary>Rules of the model that can be made wrong, to see that a wrong one is found.</summary>
internal sealed record ModelRules
{
    public static ModelRules Right { get; } = new();

    /// <summary>Gas given back for a slot that is cleared (EIP-3529).</summary>
    public long ClearRefund { get; init; } = 4_800;
    /// <summary>Gas that goes with wei.</summary>
    public ulong Stipend { get; init; } = 2_300;
    /// <summary>Ink of each byte read beyond 32.</summary>
    public ulong ReadByteInk { get; init; } = 55;
    /// <summary>Logs of frames that failed stay.</summary>
    public bool KeepsLogs { get; init; }
    /// <summary>What a frame that failed made warm stays warm.</summary>
    public bool KeepsWarm { get; init; }
    /// <summary>A delegate call counts as a frame of its contract.</summary>
    public bool CountsDelegates { get; init; }
    /// <summary>A static frame may use transient storage.</summary>
    public bool AllowsTransient { get; init; }
}
