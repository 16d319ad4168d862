namespace ContractVm.Calibration;

/// <summary>
/// One instruction or host function in one situation, as text to repeat: Before, Instruction, After; in the baseline Filler stands
/// for Instruction. Filler takes and leaves the same types by moving operands only, which engines do for nothing or nearly so.
/// </summary>
/// <param name="Name">The instruction's name in the opcode table, or <c>vm_hooks.</c> and the host function's.</param>
/// <param name="Situation">What makes it cheap or dear here.</param>
/// <param name="Before">Makes the operands.</param>
/// <param name="Instruction">What is measured.</param>
/// <param name="Filler">What stands for it in the baseline.</param>
/// <param name="After">Consumes the results.</param>
public sealed record Case(string Name, string Situation, string Before, string Instruction, string Filler = "", string After = "")
{
    /// <summary>A local whose value goes through all repetitions on the operand stack, so that each depends on the one before; null for none.</summary>
    public string? Chain { get; init; }
    /// <summary>The local that takes the chain's last value; it is the same one where the value may drift without harm.</summary>
    public string? Sink { get; init; }
    /// <summary>Repetitions in one turn of the loop.</summary>
    public int Unroll { get; init; } = 50;
    /// <summary>Turns of the loop that one instance has room for; 0 where there is no bound and the instance is used again.</summary>
    public int MostTurns { get; init; }
    /// <summary>Units (bytes, pages, elements) that one execution pays for, where the price for each is to be found; else 0.</summary>
    public double Units { get; init; }
    /// <summary>An export to run once in each instance before measuring; null for none.</summary>
    public string? Prepare { get; init; }
    /// <summary>The instruction ends the call, so that each execution is a call of its own.</summary>
    public bool EndsCall { get; init; }
    /// <summary>How a call ends; in the baseline always as a success.</summary>
    public Outcome Outcome { get; init; } = Outcome.Success;

    /// <summary>Needs a module whose memory is as large as the profile allows, and priced so; else it is as small as what is near.</summary>
    public bool IsFar { get; init; }
    /// <summary>Needs a module with objects and exceptions.</summary>
    public bool HasObjects => CaseModule.MentionsObjects(Unit(isBaseline: false));

    /// <summary>The text of one repetition.</summary>
    public string Unit(bool isBaseline) => $"{Before} {(isBaseline ? Filler : Instruction)} {After}";

    /// <summary>Name and situation.</summary>
    public override string ToString() => $"{Name} ({Situation})";
}
