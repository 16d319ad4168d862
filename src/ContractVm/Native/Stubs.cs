// UNSAFE. Invariant: the blob is written once, when the class is first used, and never changes or goes; its addresses are only
// called or jumped to as docs/COMPILER.md says, with a context of a live instance in r15.
using System;
using System.Runtime.InteropServices;
using ContractVm.Compiler.X64;

namespace ContractVm.Native;

/// <summary>How an entry into emitted code ended.</summary>
internal enum ExitStatus
{
    /// <summary>The function returned.</summary>
    Returned = 0,
    /// <summary>A host function ended the execution as a success.</summary>
    HostExit = 1,
    /// <summary>The ink did not suffice.</summary>
    OutOfInk = 2,
    /// <summary>The stack words did not suffice.</summary>
    OutOfStack = 3,
    /// <summary>A trap at the return address in <see cref="ExecutionLayout.ExitSite"/>.</summary>
    Trap = 4,
    /// <summary>A fault of the instruction at <see cref="ExecutionLayout.ExitSite"/>.</summary>
    Fault = 5,
    /// <summary>A host function was used wrongly.</summary>
    HostFault = 6,
    /// <summary>A host function said that its charge could not be paid; the meter is as it left it.</summary>
    HostOutOfInk = 7,
    /// <summary>.NET code threw; the exception is kept. Negative, so that it is no <see cref="TrapKind"/>.</summary>
    Threw = -1,
}

/// <summary>The fixed code between .NET and emitted code, the same for all modules; not in the range of modules' code.</summary>
internal static unsafe class Stubs
{
    private const Register Execution = Register.Rcx;

    static Stubs()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !OperatingSystem.IsLinux() || CodeMemory.RangeStart is null) return;
        if (!NativeLibrary.TryLoad("libc.so.6", out nint library) && !NativeLibrary.TryLoad("libc", out library)) return;
        if (!NativeLibrary.TryGetExport(library, "memmove", out nint move) || !NativeLibrary.TryGetExport(library, "memset", out nint fill)) return;
        (MoveBytes, FillBytes) = (move, fill);

        CodeWriter code = new();
        int leave = WriteLeave(code);
        int enter = WriteEnter(code, leave);
        int trap = WriteExit(code, leave, ExitStatus.Trap);
        int fault = WriteExit(code, leave, ExitStatus.Fault);
        int ink = WriteExit(code, leave, ExitStatus.OutOfInk);
        int stack = WriteExit(code, leave, ExitStatus.OutOfStack);
        int host = WriteCallHost(code, leave);
        int builtin = WriteCallBuiltin(code, leave);
        int thrown = WriteThrow(code, leave);
        byte[] written = code.ToArray();
        byte* start = TryMap(written);
        if (start is null) return;
        Code = new ReadOnlyMemory<byte>(written);
        (Enter, TrapExit, FaultExit, OutOfInkExit) = ((nint)start + enter, (nint)start + trap, (nint)start + fault, (nint)start + ink);
        (OutOfStackExit, CallHost, CallBuiltin, Throw) = ((nint)start + stack, (nint)start + host, (nint)start + builtin, (nint)start + thrown);
        IsAvailable = FaultHandler.TryInstall(FaultExit);
    }

    /// <summary>Emitted code can run on this machine.</summary>
    public static bool IsAvailable { get; }
    /// <summary>The code, for tests that decode it.</summary>
    public static ReadOnlyMemory<byte> Code { get; }
    /// <summary>Enters emitted code: context, entry thunk, target, slots; gives an <see cref="ExitStatus"/>.</summary>
    public static nint Enter { get; }
    /// <summary>See <see cref="ContextLayout.TrapExit"/>.</summary>
    public static nint TrapExit { get; }
    /// <summary>Where the fault handler lets a thread go on.</summary>
    public static nint FaultExit { get; }
    /// <summary>See <see cref="ContextLayout.OutOfInkExit"/>.</summary>
    public static nint OutOfInkExit { get; }
    /// <summary>See <see cref="ContextLayout.OutOfStackExit"/>.</summary>
    public static nint OutOfStackExit { get; }
    /// <summary>See <see cref="ContextLayout.Throw"/>.</summary>
    public static nint Throw { get; }
    /// <summary>See <see cref="ContextLayout.CallHost"/>.</summary>
    public static nint CallHost { get; }
    /// <summary>See <see cref="ContextLayout.CallBuiltin"/>.</summary>
    public static nint CallBuiltin { get; }
    /// <summary>The C library's memmove.</summary>
    public static nint MoveBytes { get; }
    /// <summary>The C library's memset.</summary>
    public static nint FillBytes { get; }

    /// <summary>Maps code of ours outside of the range of modules; null where the machine does not give executable memory.</summary>
    internal static byte* TryMap(byte[] code)
    {
        nuint length = ((nuint)code.Length + SystemCalls.PageSize) & ~(nuint)(SystemCalls.PageSize - 1);
        byte* start = SystemCalls.Reserve(length);
        if (start is null) return null;
        if (SystemCalls.Protect(start, length, SystemCalls.ProtectReadWrite) == 0)
        {
            code.CopyTo(new Span<byte>(start, code.Length));
            if (SystemCalls.Protect(start, length, SystemCalls.ProtectReadExecute) == 0) return start;
        }

        _ = SystemCalls.Unmap(start, length);
        return null;
    }

    /// <summary>Sets the registers of the canonical NaNs, which C functions are free to change, where the processor has them.</summary>
    private static void SetNaNs(CodeWriter code)
    {
        if (!CpuFeatures.OfThisMachine.Avx512) return;
        code.LoadUpperVector(Registers.SingleNaNs, Registers.Context, ContextLayout.SingleNaNs);
        code.LoadUpperVector(Registers.DoubleNaNs, Registers.Context, ContextLayout.DoubleNaNs);
    }

    /// <summary>The way back to .NET: status in eax, address of the execution in rcx.</summary>
    private static int WriteLeave(CodeWriter code)
    {
        int start = code.Length;
        code.Load64(Register.Rsp, Execution, ExecutionLayout.ThreadStack);
        // The entry around this one, as WriteEnter pushed it.
        code.PopMemory(Execution, ExecutionLayout.ThreadStack);
        code.PopMemory(Execution, ExecutionLayout.EntryStack);
        code.PopMemory(Execution, ExecutionLayout.StackTop);
        code.Pop(Register.R15);
        code.Pop(Register.R14);
        code.Pop(Register.R13);
        code.Pop(Register.R12);
        code.Pop(Register.Rbx);
        code.Pop(Register.Rbp);
        code.Return();
        code.Align(16);
        return start;
    }

    /// <summary>A C function: context in rdi, entry thunk in rsi, target in rdx, slots in rcx.</summary>
    private static int WriteEnter(CodeWriter code, int leave)
    {
        int start = code.Length;
        code.Push(Register.Rbp);
        code.Push(Register.Rbx);
        code.Push(Register.R12);
        code.Push(Register.R13);
        code.Push(Register.R14);
        code.Push(Register.R15);
        code.Move(Registers.Context, Register.Rdi);
        code.Load64(Register.Rax, Registers.Context, ContextLayout.Execution);
        code.PushMemory(Register.Rax, ExecutionLayout.StackTop);
        code.PushMemory(Register.Rax, ExecutionLayout.EntryStack);
        code.PushMemory(Register.Rax, ExecutionLayout.ThreadStack);
        // Ten words with the return address: aligned to 16, so that host calls can be made from here.
        code.Store64(Register.Rax, ExecutionLayout.ThreadStack, Register.Rsp);
        code.Load64(Registers.Ink, Register.Rax, ExecutionLayout.Ink);
        code.Load64(Registers.Words, Register.Rax, ExecutionLayout.Words);
        code.Load64(Registers.Memory, Registers.Context, ContextLayout.MemoryBase);
        SetNaNs(code);
        // The slots are the first thing on the execution stack: everything else goes below them.
        code.Move(Register.Rsp, Register.Rcx);
        code.Store64(Register.Rax, ExecutionLayout.EntryStack, Register.Rsp);
        code.CallRegister(Register.Rsi);
        code.Load64(Execution, Registers.Context, ContextLayout.Execution);
        code.Store64(Execution, ExecutionLayout.Ink, Registers.Ink);
        code.Clear(Register.Rax);
        code.JumpTo(leave);
        code.Align(16);
        return start;
    }

    private static int WriteExit(CodeWriter code, int leave, ExitStatus status)
    {
        int start = code.Length;
        code.Load64(Execution, Registers.Context, ContextLayout.Execution);
        if (status == ExitStatus.Trap)
        {
            code.PopMemory(Execution, ExecutionLayout.ExitSite);
            code.Store32(Execution, ExecutionLayout.ExitKind, Register.Rax);
        }

        if (status != ExitStatus.OutOfInk) code.Store64(Execution, ExecutionLayout.Ink, Registers.Ink);
        code.Constant32(Register.Rax, (uint)status);
        code.JumpTo(leave);
        code.Align(16);
        return start;
    }

    /// <summary>Import in esi, slots in rdx, the site for a fault in rcx; comes back only where the contract goes on.</summary>
    private static int WriteCallHost(CodeWriter code, int leave)
    {
        int start = code.Length;
        code.Load64(Register.Rax, Registers.Context, ContextLayout.Execution);
        code.Store64(Register.Rax, ExecutionLayout.Ink, Registers.Ink);
        code.Store64(Register.Rax, ExecutionLayout.Words, Registers.Words);
        // Calls that the host makes start below all that is here.
        code.Store64(Register.Rax, ExecutionLayout.StackTop, Register.Rsp);
        code.Move(Register.Rdi, Registers.Context);
        code.Move(Register.Rbp, Register.Rsp);
        code.Load64(Register.Rsp, Register.Rax, ExecutionLayout.ThreadStack);
        code.Constant64(Register.Rax, (ulong)(nint)(delegate* unmanaged<nint, int, ulong*, nint, int>)&HostEntry.Call);
        code.CallRegister(Register.Rax);
        // C functions keep rbp, rbx, r12, r13 and r15.
        code.Move(Register.Rsp, Register.Rbp);
        code.Load64(Execution, Registers.Context, ContextLayout.Execution);
        code.Load64(Registers.Ink, Execution, ExecutionLayout.Ink);
        SetNaNs(code);
        code.Test32(Register.Rax);
        int ended = code.JumpForward(0x85);
        code.Return();
        code.Land(ended);
        code.JumpTo(leave);
        code.Align(16);
        return start;
    }

    /// <summary>The exception in rdx, the return address on the stack; goes on at a landing, with all that it expects, or ends.</summary>
    private static int WriteThrow(CodeWriter code, int leave)
    {
        int start = code.Length;
        code.Load64(Register.Rax, Registers.Context, ContextLayout.Execution);
        code.Store64(Register.Rax, ExecutionLayout.Ink, Registers.Ink);
        code.Store64(Register.Rax, ExecutionLayout.Words, Registers.Words);
        code.Move(Register.Rdi, Registers.Context);
        code.Move(Register.Rsi, Register.Rdx);
        code.Move(Register.Rdx, Register.Rsp);
        code.Load64(Register.Rsp, Register.Rax, ExecutionLayout.ThreadStack);
        code.Constant64(Register.Rax, (ulong)(nint)(delegate* unmanaged<nint, ulong, nint, int>)&HostEntry.Throw);
        code.CallRegister(Register.Rax);
        // Where it threw, the context is as good as another.
        code.Load64(Execution, Registers.Context, ContextLayout.Execution);
        code.Test32(Register.Rax);
        int ended = code.JumpForward(0x85);
        code.Load64(Registers.Context, Execution, ExecutionLayout.LandingContext);
        SetNaNs(code);
        code.Load64(Registers.Memory, Registers.Context, ContextLayout.MemoryBase);
        code.Load64(Registers.Ink, Execution, ExecutionLayout.Ink);
        code.Load64(Registers.Words, Execution, ExecutionLayout.Words);
        code.Load64(Register.Rsp, Execution, ExecutionLayout.LandingStack);
        code.Load64(Register.Rax, Execution, ExecutionLayout.LandingException);
        code.Load64(Register.Rdx, Execution, ExecutionLayout.LandingClause);
        code.Load64(Registers.Scratch, Execution, ExecutionLayout.LandingAddress);
        code.JumpRegister(Registers.Scratch);
        code.Land(ended);
        code.JumpTo(leave);
        code.Align(16);
        return start;
    }

    /// <summary>Number in esi, slots in rdx; a <see cref="TrapKind"/> in eax.</summary>
    private static int WriteCallBuiltin(CodeWriter code, int leave)
    {
        int start = code.Length;
        code.Load64(Register.Rax, Registers.Context, ContextLayout.Execution);
        code.Move(Register.Rdi, Registers.Context);
        code.Move(Register.Rbp, Register.Rsp);
        // For observers; nobody else looks.
        code.Store64(Register.Rax, ExecutionLayout.Ink, Registers.Ink);
        code.Load64(Register.Rsp, Register.Rax, ExecutionLayout.ThreadStack);
        code.Constant64(Register.Rax, (ulong)(nint)(delegate* unmanaged<nint, int, ulong*, int>)&HostEntry.CallBuiltin);
        code.CallRegister(Register.Rax);
        code.Move(Register.Rsp, Register.Rbp);
        SetNaNs(code);
        code.Test32(Register.Rax);
        int threw = code.JumpForward(0x88);
        code.Return();
        code.Land(threw);
        code.Load64(Execution, Registers.Context, ContextLayout.Execution);
        code.Store64(Execution, ExecutionLayout.Ink, Registers.Ink);
        code.JumpTo(leave);
        code.Align(16);
        return start;
    }
}
