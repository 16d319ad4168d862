namespace ContractVm.Compiler.X64;

/// <summary>A machine register: general ones by their number in encodings, then vector ones.</summary>
internal enum Register : byte
{
    Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi, R8, R9, R10, R11, R12, R13, R14, R15,
    Xmm0, Xmm1, Xmm2, Xmm3, Xmm4, Xmm5, Xmm6, Xmm7, Xmm8, Xmm9, Xmm10, Xmm11, Xmm12, Xmm13, Xmm14, Xmm15,
    None = 0xFF,
}

/// <summary>What registers are for in emitted code; docs/COMPILER.md shows the frame.</summary>
internal static class Registers
{
    /// <summary>Registers of both kinds.</summary>
    public const int Count = 32;
    /// <summary>The running instance's context (<see cref="Native.ContextLayout"/>).</summary>
    public const Register Context = Register.R15;
    /// <summary>Ink left.</summary>
    public const Register Ink = Register.R14;
    /// <summary>Base address of the first memory.</summary>
    public const Register Memory = Register.Rbx;
    /// <summary>Free for any single instruction and for moves; never holds a value from one instruction to the next.</summary>
    public const Register Scratch = Register.R11;
    /// <summary>The same among vector registers.</summary>
    public const Register VectorScratch = Register.Xmm15;
    /// <summary>
    /// With AVX-512: the numbers of the vector registers that hold the canonical NaN in every lane, of 32 and of 64 bits. The allocator has no names for
    /// them; whatever returns from other code to emitted code sets them again (<see cref="Native.Stubs"/>).
    /// </summary>
    public const int SingleNaNs = 30, DoubleNaNs = 31;
    /// <summary>Stack words left, at every call.</summary>
    public const Register Words = Register.R12;
    /// <summary>Address of the results that do not fit registers, at calls of functions that have such.</summary>
    public const Register ResultArea = Register.R13;

    /// <summary>Registers that the allocator gives out, as a bit mask over <see cref="Register"/>.</summary>
    public const uint Allocatable =
        (1u << (int)Register.Rax) | (1u << (int)Register.Rcx) | (1u << (int)Register.Rdx) | (1u << (int)Register.Rsi) | (1u << (int)Register.Rdi)
        | (1u << (int)Register.Rbp) | (1u << (int)Register.R8) | (1u << (int)Register.R9) | (1u << (int)Register.R10) | (1u << (int)Register.R12)
        | (1u << (int)Register.R13) | 0x7FFF0000u;

    /// <summary>True for a vector register.</summary>
    public static bool IsVector(Register register) => register >= Register.Xmm0;
}
