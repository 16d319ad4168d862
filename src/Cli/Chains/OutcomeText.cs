using System.Globalization;
using ContractVm.Cli.Abi;

namespace ContractVm.Cli.Chains;

/// <summary>Says how an execution on a chain ended.</summary>
internal static class OutcomeText
{
    /// <summary>A half sentence about an outcome that is not a success.</summary>
    public static string Describe(Outcome outcome, byte[] output, ExecutionResult execution, ulong gas) => outcome switch
    {
        Outcome.Revert => RevertReason.Describe(output),
        Outcome.OutOfInk => string.Create(CultureInfo.InvariantCulture, $"ran out of ink: {gas} gas did not suffice"),
        Outcome.OutOfStack => "ran out of stack",
        _ when execution.TrapOffset >= 0 => string.Create(CultureInfo.InvariantCulture, $"trapped: {execution.Trap} at byte {execution.TrapOffset}, function {execution.TrapFunction}"),
        _ when execution.Trap != TrapKind.None => $"failed: {execution.Trap}",
        _ => "failed",
    };
}
