using System;

namespace ContractVm;

/// <summary>
/// Sees what an instance does, and changes nothing: results, outcome, ink and stack words are the same with and without. An
/// instance that is made with an observer runs a form of its code that stops before each instruction; without one there is
/// nothing to pay. Called on the executing thread; spans must not be kept. An exception that is thrown here is a fault of the
/// node, as one of a host function.
/// </summary>
public abstract class ExecutionObserver
{
    /// <summary>An instruction comes next; its metering block is paid.</summary>
    /// <param name="instance">The running instance.</param>
    /// <param name="function">Index of the function in its index space.</param>
    /// <param name="offset">Byte offset of the instruction in the module.</param>
    /// <param name="operands">The slots of the operand stack, the top last.</param>
    /// <param name="inkLeft">Ink that is left.</param>
    public virtual void OnInstruction(Instance instance, int function, int offset, ReadOnlySpan<ulong> operands, ulong inkLeft)
    {
    }

    /// <summary>A function that the instance defines has been entered.</summary>
    public virtual void OnCall(Instance instance, int function)
    {
    }

    /// <summary>An instruction is about to access memory; whether the access is inside is not known yet.</summary>
    /// <param name="instance">The running instance.</param>
    /// <param name="memory">Index of the memory.</param>
    /// <param name="address">Effective address: operand plus displacement, without the bits beyond 64.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="isWrite">The instruction stores; atomic read-modify-write instructions do.</param>
    public virtual void OnMemoryAccess(Instance instance, int memory, ulong address, int size, bool isWrite)
    {
    }

    /// <summary>A host function has been called for the instance and has come back.</summary>
    /// <param name="instance">The instance that imported it.</param>
    /// <param name="function">The function.</param>
    /// <param name="arguments">Slots of the arguments, as they were before.</param>
    /// <param name="results">Slots of the results.</param>
    /// <param name="status">How it came back.</param>
    public virtual void OnHostCall(Instance instance, HostFunction function, ReadOnlySpan<ulong> arguments, ReadOnlySpan<ulong> results, HostStatus status)
    {
    }
}
