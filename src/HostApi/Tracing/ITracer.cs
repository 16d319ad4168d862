using System.Collections.Generic;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>A value that goes into or comes out of a host function.</summary>
/// <param name="Name">The parameter's name.</param>
/// <param name="Kind">What it means.</param>
/// <param name="Number">What was passed: the number, or the pointer.</param>
/// <param name="Bytes">What the pointer points to; null for numbers, and where it is not all inside of the memory.</param>
public readonly record struct TracedValue(string Name, ParameterKind Kind, ulong Number, byte[]? Bytes);

/// <summary>
/// Is told what the frames of a transaction do. It sees and changes nothing else: results, roots, gas and ink are the same with and
/// without one. Called by the transaction's thread, in the order in which things happen.
/// </summary>
public interface ITracer
{
    /// <summary>Who is told of accesses to the state meanwhile; null for nobody.</summary>
    IStateObserver? StateObserver => null;

    /// <summary>A transaction of a block begins; nothing of it has been executed. Calls outside of blocks have none.</summary>
    void OnTransaction(in Hash256 hash, ulong block, int index);

    /// <summary>A frame begins: its value has moved, nothing of it has run.</summary>
    void OnFrameStart(CallFrame frame);

    /// <summary>A frame has ended, and where it did not succeed its changes are undone.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="result">How it ended.</param>
    /// <param name="inkLeft">Ink of what it was given that is left.</param>
    void OnFrameEnd(CallFrame frame, FrameResult result, ulong inkLeft);

    /// <summary>A contract calls a host function: nothing is paid yet.</summary>
    void OnHostCallStart(CallFrame frame, HostFunctionEntry function, IReadOnlyList<TracedValue> arguments);

    /// <summary>The host function is done; frames that it opened have started and ended in between.</summary>
    /// <param name="frame">The calling frame.</param>
    /// <param name="function">The function.</param>
    /// <param name="arguments">What it was given.</param>
    /// <param name="outputs">What it wrote to the memory, and its result; empty where the contract does not go on.</param>
    /// <param name="status">How the contract goes on.</param>
    /// <param name="inkBefore">Ink left before it was paid.</param>
    /// <param name="inkAfter">Ink left afterwards.</param>
    void OnHostCallEnd(CallFrame frame, HostFunctionEntry function, IReadOnlyList<TracedValue> arguments, IReadOnlyList<TracedValue> outputs, HostStatus status, ulong inkBefore, ulong inkAfter);
}
