using System.Collections.Generic;
using ContractVm.Text;

namespace ContractVm.Conformance;

/// <summary>A script in the format of the official test suite. Immutable.</summary>
/// <param name="Commands">Its commands, in order.</param>
public sealed record Script(IReadOnlyList<ScriptCommand> Commands);

/// <summary>A command of a script; what it says is in the derived record.</summary>
/// <param name="Line">The line on which it begins, from 1.</param>
public abstract record ScriptCommand(int Line);

/// <summary>
/// A module. Unless it is a definition only, it is instantiated, becomes the current instance and, if it has a name, the
/// instance of that name.
/// </summary>
/// <param name="Line">Line.</param>
/// <param name="Module">The module.</param>
/// <param name="IsDefinition">True for <c>(module definition …)</c>, which <see cref="InstanceCommand"/> instantiates.</param>
public sealed record ModuleCommand(int Line, ScriptModule Module, bool IsDefinition) : ScriptCommand(Line);

/// <summary><c>(module instance $name $definition)</c>: one more instance of a module.</summary>
/// <param name="Line">Line.</param>
/// <param name="Name">Name of the instance, or null.</param>
/// <param name="Definition">Name of the module, or null for the last one.</param>
public sealed record InstanceCommand(int Line, string? Name, string? Definition) : ScriptCommand(Line);

/// <summary><c>(register "name" $instance)</c>: an instance's exports can be imported from now on.</summary>
/// <param name="Line">Line.</param>
/// <param name="Name">The module name of such imports.</param>
/// <param name="Instance">The instance, or null for the current one.</param>
public sealed record RegisterCommand(int Line, string Name, string? Instance) : ScriptCommand(Line);

/// <summary>An action whose results do not matter.</summary>
/// <param name="Line">Line.</param>
/// <param name="Action">The action.</param>
public sealed record ActionCommand(int Line, ScriptAction Action) : ScriptCommand(Line);

/// <summary>An action must return values that match.</summary>
/// <param name="Line">Line.</param>
/// <param name="Action">The action.</param>
/// <param name="Results">A pattern for each result.</param>
public sealed record AssertReturnCommand(int Line, ScriptAction Action, IReadOnlyList<ResultPattern> Results) : ScriptCommand(Line);

/// <summary>How an action must fail.</summary>
public enum ActionFailure
{
    /// <summary>assert_trap.</summary>
    Trap,
    /// <summary>assert_exhaustion: the call stack is used up.</summary>
    Exhaustion,
    /// <summary>assert_exception: an exception that nothing catches.</summary>
    Exception,
}

/// <summary>An action must fail.</summary>
/// <param name="Line">Line.</param>
/// <param name="Failure">How.</param>
/// <param name="Action">The action.</param>
/// <param name="Message">What the reference interpreter says; empty for an exception.</param>
public sealed record AssertFailureCommand(int Line, ActionFailure Failure, ScriptAction Action, string Message) : ScriptCommand(Line);

/// <summary>How a module must fail.</summary>
public enum ModuleFailure
{
    /// <summary>assert_malformed: it is not a module.</summary>
    Malformed,
    /// <summary>assert_invalid: it does not validate.</summary>
    Invalid,
    /// <summary>assert_unlinkable: its imports do not fit.</summary>
    Unlinkable,
    /// <summary>assert_trap of a module: its instantiation traps.</summary>
    Trap,
    /// <summary>assert_malformed_custom: an annotation or a custom section is malformed.</summary>
    MalformedCustom,
    /// <summary>assert_invalid_custom: an annotation or a custom section does not fit the module.</summary>
    InvalidCustom,
}

/// <summary>A module must fail.</summary>
/// <param name="Line">Line.</param>
/// <param name="Failure">How.</param>
/// <param name="Module">The module.</param>
/// <param name="Message">What the reference interpreter says.</param>
public sealed record AssertModuleCommand(int Line, ModuleFailure Failure, ScriptModule Module, string Message) : ScriptCommand(Line);

/// <summary>
/// <c>(thread $name (shared (module $m)) …)</c> of the threads proposal: commands that run beside those of the script, with their
/// own names and registry.
/// </summary>
/// <param name="Line">Line.</param>
/// <param name="Name">Name of the thread, or null.</param>
/// <param name="SharedInstances">Names of the instances that the thread sees from the start.</param>
/// <param name="Commands">Its commands.</param>
public sealed record ThreadCommand(int Line, string? Name, IReadOnlyList<string> SharedInstances, IReadOnlyList<ScriptCommand> Commands) : ScriptCommand(Line);

/// <summary><c>(wait $name)</c>: the script goes on when the thread has ended.</summary>
/// <param name="Line">Line.</param>
/// <param name="Thread">Name of the thread.</param>
public sealed record WaitCommand(int Line, string Thread) : ScriptCommand(Line);

/// <summary>A command that the reader does not understand. A runner counts it as failed.</summary>
/// <param name="Line">Line.</param>
/// <param name="Word">The word after its parenthesis.</param>
/// <param name="Reason">What about it is not understood.</param>
public sealed record UnknownCommand(int Line, string Word, string Reason) : ScriptCommand(Line);

/// <summary>How a script gives a module.</summary>
public enum ModuleForm
{
    /// <summary>As text.</summary>
    Text,
    /// <summary><c>(module binary "…")</c>.</summary>
    Binary,
    /// <summary><c>(module quote "…")</c>.</summary>
    Quote,
}

/// <summary>A module of a script. It has been read, so exactly one of module and error is there.</summary>
/// <param name="Name">Its name, without the dollar sign, or null.</param>
/// <param name="Form">How it is given.</param>
/// <param name="Module">The module, unless its text is refused.</param>
/// <param name="Error">Why its text is refused, or null.</param>
public sealed record ScriptModule(string? Name, ModuleForm Form, TextModule? Module, TextError? Error);

/// <summary>What an action or an assertion does with an instance.</summary>
/// <param name="Instance">Name of the instance, or null for the current one.</param>
/// <param name="Export">The export.</param>
public abstract record ScriptAction(string? Instance, string Export);

/// <summary>Calls an exported function.</summary>
/// <param name="Instance">Name of the instance, or null for the current one.</param>
/// <param name="Export">The export.</param>
/// <param name="Arguments">The arguments.</param>
public sealed record InvokeAction(string? Instance, string Export, IReadOnlyList<ScriptValue> Arguments) : ScriptAction(Instance, Export);

/// <summary>Reads an exported global.</summary>
/// <param name="Instance">Name of the instance, or null for the current one.</param>
/// <param name="Export">The export.</param>
public sealed record GetAction(string? Instance, string Export) : ScriptAction(Instance, Export);
