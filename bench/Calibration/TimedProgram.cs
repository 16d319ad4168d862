using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace ContractVm.Calibration;

/// <summary>Time and ink of one run.</summary>
/// <param name="Nanoseconds">Time of the calls alone.</param>
/// <param name="Ink">Ink that they used.</param>
/// <param name="Result">How the last call ended.</param>
public readonly record struct Run(double Nanoseconds, ulong Ink, ExecutionResult Result);

/// <summary>A program that is run again and again, each time on an instance that has room for it.</summary>
public sealed class TimedProgram : IDisposable
{
    private readonly IMeasuredProgram _program;
    private readonly IReadOnlyList<string> _prepare;
    private readonly bool _isFreshEachTime;
    private readonly bool _endsCall;
    private IMeasuredInstance? _instance;
    private Scene _scene = new();

    /// <summary>Prepares a module.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="module">A module that exports "run" with one i32, the number of turns, and what is to be run before.</param>
    /// <param name="prepare">Exports to call once in each instance, not timed.</param>
    /// <param name="isFreshEachTime">Each run has an instance of its own.</param>
    /// <param name="endsCall">A turn is a call of its own.</param>
    public TimedProgram(IMeasuredEngine engine, Module module, IReadOnlyList<string> prepare, bool isFreshEachTime, bool endsCall = false)
    {
        _program = engine.Prepare(module);
        _prepare = prepare;
        _isFreshEachTime = isFreshEachTime;
        _endsCall = endsCall;
    }

    /// <summary>The name of the engine that runs it.</summary>
    public string Engine => _program.Engine;

    /// <summary>The case, or its baseline.</summary>
    public static TimedProgram Of(IMeasuredEngine engine, Case measured, bool isBaseline) => new(
        engine, CaseModule.Load(CaseModule.Text(measured, isBaseline), measured.IsFar), measured.Prepare is null ? [] : [measured.Prepare], measured.MostTurns > 0, measured.EndsCall);

    /// <summary>Runs so many turns.</summary>
    public Run Run(int turns)
    {
        if (_instance is null || _isFreshEachTime) Restart();
        Span<ulong> arguments = [(ulong)(_endsCall ? 1 : turns)];
        ulong before = _scene.Meter.InkLeft;
        ExecutionResult result = default;
        long start = Stopwatch.GetTimestamp();
        for (int calls = _endsCall ? turns : 1; calls > 0; calls--) result = _instance!.Call("run", arguments, [], _scene.Meter);
        double nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds;
        ulong ink = before - _scene.Meter.InkLeft;
        // What failed may have left its objects: the next run shall not fail for them.
        if (result.Outcome != Outcome.Success && !_endsCall) Drop();
        return new Run(nanoseconds, ink, result);
    }

    /// <inheritdoc/>
    public void Dispose() => Drop();

    private void Drop()
    {
        _instance?.Dispose();
        _instance = null;
    }

    private void Restart()
    {
        Drop();
        _scene = new Scene();
        _instance = _program.Start(_scene.Frame);
        foreach (string export in _prepare)
        {
            ExecutionResult result = _instance.Call(export, [], [], _scene.Meter);
            if (result.Outcome != Outcome.Success) throw new CalibrationException($"{export} of the library ended as {result.Outcome} ({result.Trap})");
        }
    }
}
