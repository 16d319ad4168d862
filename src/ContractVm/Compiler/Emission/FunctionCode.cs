using System;
using System.Collections.Generic;
using ContractVm.Compiler.X64;
using ContractVm.Native;

namespace ContractVm.Compiler.Emission;

/// <summary>A place in a function's code where an execution can end.</summary>
/// <param name="Offset">Of an instruction that may fault: its first byte. Of a call: after its last byte, which is its return address.</param>
/// <param name="IsReturn">It is a return address.</param>
/// <param name="Origin">Byte offset in the module of what it comes from.</param>
/// <param name="Kind">The trap; None where eax holds it; HostFault for a call that may reach the host.</param>
internal readonly record struct CodeSite(int Offset, bool IsReturn, int Origin, TrapKind Kind);

/// <summary>From where on the code comes from an instruction of the module.</summary>
/// <param name="Offset">Where it begins.</param>
/// <param name="Origin">Byte offset in the module of what it comes from.</param>
/// <param name="Instruction">Index of the machine instruction; -1 for the moves before one, and for cold parts.</param>
internal readonly record struct CodeOrigin(int Offset, int Origin, int Instruction);

/// <summary>
/// The code of a function, position-independent but for the distances to other functions. It starts at a multiple of 32. Good until the emitter's next
/// function.
/// </summary>
internal sealed class FunctionCode(Assembler assembler)
{
    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => assembler.Code;
    /// <summary>Where distances to other functions of the module are to be filled in.</summary>
    public ReadOnlySpan<Relocation> Relocations => assembler.Relocations;
    /// <summary>By ascending offset; of a fault and a return address that are one, the return address is first.</summary>
    public List<CodeSite> Sites { get; } = [];
    /// <summary>By ascending offset; empty unless <see cref="CompilerOptions.MapsCode"/>.</summary>
    public List<CodeOrigin> Origins { get; } = [];
    /// <summary>Bytes that a call takes of the execution stack: arguments, return address, frame, and what a tail call may leave of it.</summary>
    public int FrameBytes { get; set; }

    /// <summary>Calls of which there is something to say, by ascending return address; their landings are good once all is emitted.</summary>
    public List<CallSite> Calls { get; } = [];
    /// <summary>What its frames look like.</summary>
    public FunctionFrame Frame { get; set; }

    /// <summary>Bytes before constants and tables.</summary>
    public int TextBytes { get; set; }

    /// <summary>There is more code than a function may have; what is here is a part of it.</summary>
    public bool IsTooLong { get; set; }

    /// <summary>Makes it empty.</summary>
    public void Reset()
    {
        Sites.Clear();
        Origins.Clear();
        Calls.Clear();
        FrameBytes = 0;
        IsTooLong = false;
    }
}
