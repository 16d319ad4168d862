// UNSAFE. Invariant: the handlers are written once and stay; a handler runs no .NET code, takes no lock and touches, besides the
// kernel's frame, only the execution's state, which r15 names whenever the processor is in a module's code.
using System;
using System.Runtime.InteropServices;
using ContractVm.Compiler.X64;

namespace ContractVm.Native;

/// <summary>
/// Turns a fault of an instruction in a module's code into an exit of the execution. Every other fault goes to the handler that
/// was there before, .NET's, as if there were none between: a null reference in .NET code stays an exception. Whether the
/// address of a fault was one that may fault is looked at afterwards, in .NET code.
/// </summary>
internal static unsafe class FaultHandler
{
    // Offsets in Linux' x86-64 ucontext_t and siginfo_t.
    private const int SavedR15 = 40 + 7 * 8, SavedInstruction = 40 + 16 * 8, FaultAddress = 16;

    /// <summary>Installs the handlers; false where the machine refuses, or there is nothing to hand other faults on to.</summary>
    /// <param name="exit">Where a thread goes on after a fault in a module's code.</param>
    public static bool TryInstall(nint exit) => TryInstall(SystemCalls.SignalSegmentation, exit) && TryInstall(SystemCalls.SignalBus, exit);

    private static bool TryInstall(int signal, nint exit)
    {
        byte* action = stackalloc byte[SystemCalls.ActionBytes];
        if (SystemCalls.SignalAction(signal, null, action) != 0) return false;
        nint previous = *(nint*)action;
        // 0 and 1 are the default and to ignore: .NET always has a handler.
        if (previous is 0 or 1) return false;
        byte* handler = Stubs.TryMap(Write(exit, previous));
        if (handler is null) return false;
        *(nint*)action = (nint)handler;
        // Mask and other flags, SA_NODEFER among them, stay as .NET has chosen them.
        *(int*)(action + SystemCalls.ActionFlags) |= SystemCalls.ActionWithInfo | SystemCalls.ActionOnAlternateStack;
        return SystemCalls.SignalAction(signal, action, null) == 0;
    }

    /// <summary>A C function: signal in edi, siginfo_t in rsi, ucontext_t in rdx.</summary>
    internal static byte[] Write(nint exit, nint previous)
    {
        CodeWriter code = new();
        code.Load64(Register.R8, Register.Rdx, SavedInstruction);
        // Is the instruction in the range of modules' code?
        code.Move(Register.Rax, Register.R8);
        code.Constant64(Register.Rcx, (ulong)CodeMemory.RangeStart);
        code.Subtract(Register.Rax, Register.Rcx);
        code.Constant64(Register.Rcx, CodeMemory.RangeLength);
        code.Compare(Register.Rax, Register.Rcx);
        int elsewhere = code.JumpForward(0x83);
        // Where the fault is that there is no instruction, r15 may be anything.
        code.Load64(Register.R9, Register.Rsi, FaultAddress);
        code.Compare(Register.R9, Register.R8);
        int noInstruction = code.JumpForward(0x84);
        code.Load64(Register.Rax, Register.Rdx, SavedR15);
        code.Load64(Register.Rax, Register.Rax, ContextLayout.Execution);
        code.Store64(Register.Rax, ExecutionLayout.ExitSite, Register.R8);
        code.Store64(Register.Rax, ExecutionLayout.FaultAddress, Register.R9);
        code.Constant64(Register.Rcx, (ulong)exit);
        code.Store64(Register.Rdx, SavedInstruction, Register.Rcx);
        code.Return();
        code.Land(elsewhere);
        code.Land(noInstruction);
        code.Constant64(Register.Rax, (ulong)previous);
        code.JumpRegister(Register.Rax);
        return code.ToArray();
    }
}
