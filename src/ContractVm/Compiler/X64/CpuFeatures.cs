using X86 = System.Runtime.Intrinsics.X86;

namespace ContractVm.Compiler.X64;

/// <summary>
/// Instruction sets beyond x86-64's first that emitted code may use. The bits are part of the key of a compiled artifact:
/// a bit keeps its meaning for ever.
/// </summary>
internal readonly record struct CpuFeatures(uint Bits)
{
    private const uint Sse41Bit = 1, PopcntBit = 2, LzcntBit = 4, Bmi1Bit = 8, Bmi2Bit = 16, AvxBit = 32, Avx2Bit = 64, Avx512Bit = 128;

    /// <summary>The least that the compiler asks for.</summary>
    public static readonly CpuFeatures Baseline = new(Sse41Bit | PopcntBit);
    /// <summary>Everything that the compiler knows to use.</summary>
    public static readonly CpuFeatures All = new(Sse41Bit | PopcntBit | LzcntBit | Bmi1Bit | Bmi2Bit | AvxBit | Avx2Bit | Avx512Bit);
    /// <summary>What this machine has.</summary>
    public static readonly CpuFeatures OfThisMachine = new(
        Bit(X86.Sse41.IsSupported, Sse41Bit) | Bit(X86.Popcnt.IsSupported, PopcntBit) | Bit(X86.Lzcnt.IsSupported, LzcntBit)
        | Bit(X86.Bmi1.IsSupported, Bmi1Bit) | Bit(X86.Bmi2.IsSupported, Bmi2Bit) | Bit(X86.Avx.IsSupported, AvxBit)
        | Bit(X86.Avx2.IsSupported, Avx2Bit) | Bit(X86.Avx512DQ.VL.IsSupported, Avx512Bit));

    /// <summary>Vector instructions up to SSE4.1.</summary>
    public bool Sse41 => (Bits & Sse41Bit) != 0;
    /// <summary>popcnt; it came with SSE4.2, so that one comes with it.</summary>
    public bool Popcnt => (Bits & PopcntBit) != 0;
    /// <summary>lzcnt.</summary>
    public bool Lzcnt => (Bits & LzcntBit) != 0;
    /// <summary>andn and tzcnt.</summary>
    public bool Bmi1 => (Bits & Bmi1Bit) != 0;
    /// <summary>mulx, rorx and the shifts that leave the flags alone.</summary>
    public bool Bmi2 => (Bits & Bmi2Bit) != 0;
    /// <summary>Vector instructions in the VEX encoding, whose result need not replace an operand.</summary>
    public bool Avx => (Bits & AvxBit) != 0;
    /// <summary>Broadcasts from registers and shifts by a vector.</summary>
    public bool Avx2 => (Bits & Avx2Bit) != 0;
    /// <summary>The parts of AVX-512 called F, VL and DQ: sixteen more vector registers, and <see cref="Assembler.Range"/>.</summary>
    public bool Avx512 => (Bits & Avx512Bit) != 0;

    /// <summary>The same without AVX-512. No property: the text of a record shows those.</summary>
    public CpuFeatures WithoutAvx512() => new(Bits & ~Avx512Bit);

    /// <summary>True where every instruction set of this one is in the other one.</summary>
    public bool IsWithin(CpuFeatures other) => (Bits & ~other.Bits) == 0;

    private static uint Bit(bool isSupported, uint bit) => isSupported ? bit : 0;
}
