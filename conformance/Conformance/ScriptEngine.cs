using System.Collections.Generic;

namespace ContractVm.Conformance;

/// <summary>How an attempt to make an instance or to run something ended.</summary>
public enum EngineOutcome
{
    /// <summary>As it should.</summary>
    Done,
    /// <summary>An import is missing or of another type.</summary>
    Unlinkable,
    /// <summary>A trap; the text is the suite's word for it.</summary>
    Trap,
    /// <summary>The stack is used up.</summary>
    Exhaustion,
    /// <summary>An exception that nothing caught.</summary>
    Exception,
    /// <summary>The engine does not do such a thing; the text says what.</summary>
    Unsupported,
}

/// <summary>A value that an engine gives back.</summary>
/// <param name="Type">Its type; of a reference the type that the function declares.</param>
/// <param name="Low">Bits of a number, the low half of a vector; of a reference 0 for null, else what tells it from others.</param>
/// <param name="High">The high half of a vector.</param>
/// <param name="Heap">Of a reference that is not null, the code of the most special abstract heap type that it has.</param>
/// <param name="Number">Of a reference that the script made, its number.</param>
public readonly record struct EngineValue(ValueType Type, ulong Low, ulong High = 0, byte Heap = 0, uint Number = 0);

/// <summary>What came of an attempt.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Text">The trap, the reason, or empty.</param>
/// <param name="Values">Results, where it returned.</param>
public sealed record EngineResult(EngineOutcome Outcome, string Text, IReadOnlyList<EngineValue> Values)
{
    /// <summary>Done, without results.</summary>
    public static EngineResult Done { get; } = new(EngineOutcome.Done, "", []);

    /// <summary>The engine does not do such a thing.</summary>
    public static EngineResult Unsupported(string what) => new(EngineOutcome.Unsupported, what, []);
}

/// <summary>What runs the modules of a script. An engine serves one script.</summary>
public interface IScriptEngine
{
    /// <summary>Makes an instance from what has been registered so far.</summary>
    EngineResult Instantiate(Module module, out object? instance);

    /// <summary>Offers an instance's exports to later modules.</summary>
    void Register(string name, object instance);

    /// <summary>Calls an exported function.</summary>
    EngineResult Invoke(object instance, string export, IReadOnlyList<ScriptValue> arguments);

    /// <summary>Reads an exported global.</summary>
    EngineResult Get(object instance, string export);
}
