using System;
using System.Collections.Generic;

namespace ContractVm.Conformance;

/// <summary>A command that did not go as the script says, or was not run.</summary>
/// <param name="File">The script, as it was named.</param>
/// <param name="Line">Line of the command, from 1.</param>
/// <param name="Text">What was expected and what came; or why it was not run.</param>
public sealed record ScriptRemark(string File, int Line, string Text)
{
    /// <summary>File, line and text on one line.</summary>
    public override string ToString() => FormattableString.Invariant($"{File}:{Line}: {Text}");
}

/// <summary>What running a script came to. Every command is counted in one of the three numbers.</summary>
public sealed class ScriptReport
{
    /// <summary>Commands that went as the script says.</summary>
    public int Passed { get; internal set; }
    /// <summary>Commands that did not.</summary>
    public List<ScriptRemark> Failures { get; } = [];
    /// <summary>Commands that were not run, with the reason.</summary>
    public List<ScriptRemark> Skipped { get; } = [];
}

/// <summary>
/// Runs a script of the official test suite, tightened to the deterministic profile: see <see cref="Patterns"/>. Modules run under
/// the bare profile at no price, so that no charge comes before a trap that the suite expects.
/// </summary>
public sealed class ScriptRunner
{
    private readonly string _file;
    private readonly IScriptEngine _engine;
    private readonly ScriptReport _report;
    private readonly Dictionary<string, object> _instances = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Module> _definitions = new(StringComparer.Ordinal);
    /// <summary>Names under which nothing could be registered, because there was no instance.</summary>
    private readonly HashSet<string> _unregistered = new(StringComparer.Ordinal);
    private bool _missesThread;
    private object? _current;
    private Module? _lastDefinition;
    /// <summary>Why there is no current instance.</summary>
    private string _missing = "no module stands before";
    private int _line;

    private ScriptRunner(string file, Func<IScriptEngine> newEngine, ScriptReport report)
    {
        _file = file;
        _engine = newEngine();
        _report = report;
    }

    /// <summary>Runs a script.</summary>
    /// <param name="file">Its name in the report.</param>
    /// <param name="script">The script.</param>
    /// <param name="newEngine">Makes the engine that runs it.</param>
    public static ScriptReport Run(string file, Script script, Func<IScriptEngine> newEngine)
    {
        ScriptReport report = new();
        new ScriptRunner(file, newEngine, report).Run(script.Commands);
        return report;
    }

    private void Run(IReadOnlyList<ScriptCommand> commands)
    {
        foreach (ScriptCommand command in commands)
        {
            _line = command.Line;
            switch (command)
            {
                case ModuleCommand { IsDefinition: true } definition: Define(definition.Module); break;
                case ModuleCommand module: MakeInstance(module.Module); break;
                case InstanceCommand instance: MakeInstance(instance); break;
                case RegisterCommand register: Register(register); break;
                case ActionCommand action: Expect(action.Action, static _ => null); break;
                case AssertReturnCommand returns: Expect(returns.Action, result => Patterns.Mismatch(_file, returns.Line, returns.Results, result.Values)); break;
                case AssertFailureCommand failure: ExpectFailure(failure); break;
                case AssertModuleCommand module: ExpectModuleFailure(module); break;
                case ThreadCommand or WaitCommand:
                    _missesThread = true;
                    Skip("no engine runs threads: every contract profile refuses shared memory");
                    break;
                case UnknownCommand unknown: Fail($"the command {unknown.Word} is not understood: {unknown.Reason}"); break;
                default: Fail($"the command {command.GetType().Name} is not run"); break;
            }
        }
    }

    private Module? Load(ScriptModule script, out string refusal)
    {
        refusal = "";
        if (script.Error is not null)
        {
            refusal = script.Error.ToString();
            return null;
        }

        if (Module.TryLoad(script.Module!.Bytes, ConformanceRun.Profile, out Module module, out ModuleError error)) return module;
        refusal = error.ToString();
        return null;
    }

    private void Define(ScriptModule script)
    {
        _lastDefinition = Load(script, out string refusal);
        if (_lastDefinition is null)
        {
            Fail($"the module is refused: {refusal}");
            return;
        }

        if (script.Name is not null) _definitions[script.Name] = _lastDefinition;
        _report.Passed++;
    }

    private void MakeInstance(InstanceCommand command)
    {
        Module? module = _lastDefinition;
        if (command.Definition is not null) _definitions.TryGetValue(command.Definition, out module);
        if (module is null) Fail("there is no such definition");
        else Instantiate(module, command.Name);
    }

    private void MakeInstance(ScriptModule script)
    {
        Module? module = Load(script, out string refusal);
        if (module is not null)
        {
            _lastDefinition = module;
            if (script.Name is not null) _definitions[script.Name] = module;
            Instantiate(module, script.Name);
            return;
        }

        _current = null;
        _missing = "its module was refused";
        if (script.Name is not null) _instances.Remove(script.Name);
        Fail($"the module is refused: {refusal}");
    }

    private void Instantiate(Module module, string? name)
    {
        EngineResult result = _engine.Instantiate(module, out _current);
        if (result.Outcome == EngineOutcome.Done)
        {
            if (name is not null) _instances[name] = _current!;
            _report.Passed++;
            return;
        }

        _current = null;
        if (name is not null) _instances.Remove(name);
        _missing = result.Text;
        if (result.Outcome == EngineOutcome.Unsupported) Skip(result.Text);
        else if (result.Outcome == EngineOutcome.Unlinkable && ImportsUnregistered(module)) Skip("it imports from an instance that there is not");
        else Fail($"instantiation ended as {result.Outcome}: {result.Text}");
    }

    private bool ImportsUnregistered(Module module)
    {
        foreach (Import import in module.Imports)
            if (_unregistered.Contains(import.Module)) return true;
        return false;
    }

    private object? Find(string? name) => name is null ? _current : _instances.GetValueOrDefault(name);

    private void Register(RegisterCommand command)
    {
        if (Find(command.Instance) is not object instance)
        {
            _unregistered.Add(command.Name);
            Skip($"no instance: {_missing}");
            return;
        }

        _unregistered.Remove(command.Name);
        _engine.Register(command.Name, instance);
        _report.Passed++;
    }

    private EngineResult Perform(ScriptAction action)
    {
        if (_missesThread) return EngineResult.Unsupported("it may depend on a thread that was not run");
        if (Find(action.Instance) is not object instance) return EngineResult.Unsupported($"no instance: {_missing}");
        return action is InvokeAction invoke ? _engine.Invoke(instance, invoke.Export, invoke.Arguments) : _engine.Get(instance, action.Export);
    }

    private void Expect(ScriptAction action, Func<EngineResult, string?> mismatch)
    {
        EngineResult result = Perform(action);
        if (result.Outcome == EngineOutcome.Unsupported) Skip(result.Text);
        else if (result.Outcome != EngineOutcome.Done) Fail($"{action.Export} ended as {result.Outcome}: {result.Text}");
        else if (mismatch(result) is string difference) Fail($"{action.Export}: {difference}");
        else _report.Passed++;
    }

    private void ExpectFailure(AssertFailureCommand command)
    {
        EngineResult result = Perform(command.Action);
        EngineOutcome wanted = command.Failure switch
        {
            ActionFailure.Trap => EngineOutcome.Trap,
            ActionFailure.Exhaustion => EngineOutcome.Exhaustion,
            _ => EngineOutcome.Exception,
        };
        if (result.Outcome == EngineOutcome.Unsupported) Skip(result.Text);
        else if (result.Outcome != wanted) Fail($"{command.Action.Export} ended as {result.Outcome} {result.Text}, expected {wanted} {command.Message}");
        else if (wanted == EngineOutcome.Trap && !IsTrap(command.Message, result.Text)) Fail($"{command.Action.Export} trapped as '{result.Text}', expected '{command.Message}'");
        else _report.Passed++;
    }

    private void ExpectModuleFailure(AssertModuleCommand command)
    {
        string text = command.Message;
        switch (command.Failure)
        {
            case ModuleFailure.Malformed or ModuleFailure.Invalid:
                ModuleErrorKind wanted = command.Failure == ModuleFailure.Malformed ? ModuleErrorKind.Malformed : ModuleErrorKind.Invalid;
                // A text that cannot be read is malformed, whatever it would have meant.
                if (command.Module.Error is not null) Judge(wanted == ModuleErrorKind.Malformed, $"{command.Module.Error}, expected an invalid module: {text}");
                else if (Module.TryLoad(command.Module.Module!.Bytes, ConformanceRun.Profile, out _, out ModuleError error)) Fail($"accepted, expected {wanted}: {text}");
                else Judge(error.Kind == wanted, $"{error}, expected {wanted}: {text}");
                return;
            case ModuleFailure.MalformedCustom or ModuleFailure.InvalidCustom:
                Judge(command.Module.Error is not null, $"accepted, expected: {text}");
                return;
        }

        if (Load(command.Module, out string refusal) is not Module module)
        {
            Fail($"the module is refused: {refusal}");
            return;
        }

        EngineResult result = _engine.Instantiate(module, out _);
        EngineOutcome outcome = command.Failure == ModuleFailure.Unlinkable ? EngineOutcome.Unlinkable : EngineOutcome.Trap;
        if (result.Outcome == EngineOutcome.Unsupported) Skip(result.Text);
        else if (result.Outcome == EngineOutcome.Unlinkable && ImportsUnregistered(module)) Skip("it imports from an instance that there is not");
        else if (outcome == EngineOutcome.Trap && _engine is LinkingEngine && result.Outcome == EngineOutcome.Done) Skip("nothing is run without an engine");
        else if (result.Outcome != outcome) Fail($"instantiation ended as {result.Outcome} {result.Text}, expected {outcome}: {text}");
        else Judge(outcome == EngineOutcome.Unlinkable || IsTrap(text, result.Text), $"instantiation trapped as '{result.Text}', expected '{text}'");
    }

    // The suite's texts go on after the kind of trap, with an index for example.
    private static bool IsTrap(string expected, string actual) => actual.Length > 0 && expected.StartsWith(actual, StringComparison.Ordinal);

    private void Judge(bool isPassed, string otherwise)
    {
        if (isPassed) _report.Passed++;
        else Fail(otherwise);
    }

    private void Fail(string what) => _report.Failures.Add(new ScriptRemark(_file, _line, what));

    private void Skip(string why) => _report.Skipped.Add(new ScriptRemark(_file, _line, why));
}
