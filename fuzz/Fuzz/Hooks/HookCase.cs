using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.HostApi;

namespace ContractVm.Fuzz.Hooks;

/// <summary>One action of the driver (<see cref="HookDriver"/>). Scripts are changed in place while a case is made small.</summary>
internal abstract class HookStep
{
    public abstract HookStep Copy();

    public static List<HookStep> Copy(List<HookStep> script) => [.. script.Select(static step => step.Copy())];
}

/// <summary>An argument: a number, or the length of the script that stands before it and a number.</summary>
internal readonly record struct HookArgument(ulong Value, bool IsLength = false);

/// <summary>A call of a host function.</summary>
internal sealed class CallStep(HostFunctionEntry function, params HookArgument[] arguments) : HookStep
{
    public HostFunctionEntry Function => function;
    public HookArgument[] Arguments => arguments;

    public override HookStep Copy() => new CallStep(function, [.. arguments]);
}

/// <summary>Writes bytes to the memory.</summary>
internal sealed class PokeStep(uint address, byte[] bytes) : HookStep
{
    public uint Address => address;
    public byte[] Bytes { get; set; } = bytes;

    public override HookStep Copy() => new PokeStep(address, [.. Bytes]);
}

/// <summary>Writes a script to the memory, for a call or a constructor.</summary>
internal sealed class ScriptStep(uint address, List<HookStep> script) : HookStep
{
    public uint Address => address;
    public List<HookStep> Script => script;

    public override HookStep Copy() => new ScriptStep(address, Copy(script));
}

/// <summary>Returns from the entry point.</summary>
internal sealed class EndStep(uint status) : HookStep
{
    public uint Status => status;

    public override HookStep Copy() => new EndStep(status);
}

/// <summary>Executes <c>unreachable</c>.</summary>
internal sealed class TrapStep : HookStep
{
    public override HookStep Copy() => new TrapStep();
}

/// <summary>A transaction: a call of a driver.</summary>
internal sealed class HookTransaction(int to, List<HookStep> script)
{
    /// <summary>Which of the drivers is called.</summary>
    public int To { get; set; } = to;
    public ulong Value { get; set; }
    public ulong Ink { get; set; }
    /// <summary>It may change nothing.</summary>
    public bool IsStatic { get; set; }
    public List<HookStep> Script => script;

    public HookTransaction Copy() => new(To, HookStep.Copy(script)) { Value = Value, Ink = Ink, IsStatic = IsStatic };
}

/// <summary>Transactions, one after the other, on one state.</summary>
/// <param name="Profile">The name of the profile that contracts run under.</param>
/// <param name="Transactions">The transactions.</param>
internal sealed record HookCase(string Profile, List<HookTransaction> Transactions)
{
    /// <summary>The same, with nothing shared.</summary>
    public HookCase Copy() => this with { Transactions = [.. Transactions.Select(static transaction => transaction.Copy())] };
}
