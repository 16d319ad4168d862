using System;
using System.Linq;
using ContractVm.Compiler.X64;
using Xunit;
using static ContractVm.Tests.Compiler.Expected;
using Mnemonic = Iced.Intel.Mnemonic;

namespace ContractVm.Tests.Compiler;

/// <summary>Bits, BMI1, BMI2, exchanges and atomic instructions are decoded as what was meant.</summary>
public class AssemblerBitTests
{
    private static readonly Register[] General = [.. Enumerable.Range(0, 16).Select(i => (Register)i)];
    private static readonly int[] AllSizes = [1, 2, 4, 8];
    private static readonly int[] WideSizes = [4, 8];

    private readonly DecodedInstructions _decoded = new(CpuFeatures.All);
    private Assembler Asm => _decoded.Assembler;

    private static (Address Address, Expected Expected)[] SomeAddresses(int size) =>
    [
        (Address.Of(Register.R12), Mem(Register.R12, Register.None, 0, 0, size)),
        (Address.Of(Register.Rbx, Register.Rsi, 2, -8), Mem(Register.Rbx, Register.Rsi, 2, -8, size)),
        (Address.Of(Register.Rbp, Register.R15, 0, 400), Mem(Register.Rbp, Register.R15, 0, 400, size)),
    ];

    [Fact]
    public void BitsOfOneOperand()
    {
        foreach (int size in WideSizes)
            foreach (Register to in General)
            {
                foreach (BitOp op in Enum.GetValues<BitOp>())
                {
                    Mnemonic mnemonic = Enum.Parse<Mnemonic>(op.ToString());
                    foreach (Register from in General)
                    {
                        Asm.Bits(op, size, to, from);
                        _decoded.Expect(mnemonic, Reg(to, size), Reg(from, size));
                    }

                    foreach ((Address address, Expected expected) in SomeAddresses(size))
                    {
                        Asm.Bits(op, size, to, address);
                        _decoded.Expect(mnemonic, Reg(to, size), expected);
                    }
                }

                foreach (Register bit in General)
                {
                    Asm.Bt(size, to, bit);
                    _decoded.Expect(Mnemonic.Bt, Reg(to, size), Reg(bit, size));
                }

                Asm.Bt(size, to, 31);
                _decoded.Expect(Mnemonic.Bt, Reg(to, size), Imm(31, 1));
                Asm.Bswap(size, to);
                _decoded.Expect(Mnemonic.Bswap, Reg(to, size));
            }
    }

    [Fact]
    public void WithVex()
    {
        foreach (int size in WideSizes)
            foreach (Register to in General)
                foreach (Register from in General)
                {
                    Asm.Rorx(size, to, from, 17);
                    _decoded.Expect(Mnemonic.Rorx, Reg(to, size), Reg(from, size), Imm(17, 1));
                    foreach (Register third in General)
                    {
                        Asm.Mulx(size, to, from, third);
                        _decoded.Expect(Mnemonic.Mulx, Reg(to, size), Reg(from, size), Reg(third, size));
                        Asm.Andn(size, to, from, third);
                        _decoded.Expect(Mnemonic.Andn, Reg(to, size), Reg(from, size), Reg(third, size));
                        foreach (ShiftOp op in new[] { ShiftOp.Shl, ShiftOp.Shr, ShiftOp.Sar })
                        {
                            Asm.ShiftX(op, size, to, from, third);
                            _decoded.Expect(Enum.Parse<Mnemonic>(op + "x"), Reg(to, size), Reg(from, size), Reg(third, size));
                        }
                    }

                    foreach ((Address address, Expected expected) in SomeAddresses(size))
                    {
                        Asm.Rorx(size, to, address, 33);
                        _decoded.Expect(Mnemonic.Rorx, Reg(to, size), expected, Imm(33, 1));
                        Asm.Mulx(size, to, from, address);
                        _decoded.Expect(Mnemonic.Mulx, Reg(to, size), Reg(from, size), expected);
                        Asm.Andn(size, to, from, address);
                        _decoded.Expect(Mnemonic.Andn, Reg(to, size), Reg(from, size), expected);
                        Asm.ShiftX(ShiftOp.Sar, size, to, address, from);
                        _decoded.Expect(Mnemonic.Sarx, Reg(to, size), expected, Reg(from, size));
                    }
                }

        Assert.Throws<ArgumentException>(() => Asm.ShiftX(ShiftOp.Ror, 4, Register.Rax, Register.Rax, Register.Rax));
    }

    [Fact]
    public void ExchangesOfRegisters()
    {
        foreach (int size in WideSizes)
            foreach (Register left in General)
                foreach (Register right in General)
                {
                    Asm.Xchg(size, left, right);
                    // The shortest form names rax last.
                    (Register first, Register second) = left == Register.Rax ? (right, left) : (left, right);
                    Assert.True(Asm.Length <= 3);
                    _decoded.Expect(Mnemonic.Xchg, Reg(first, size), Reg(second, size));
                }
    }

    [Fact]
    public void Atomics()
    {
        foreach (int size in AllSizes)
            foreach (Register register in General)
                foreach ((Address address, Expected expected) in SomeAddresses(size))
                {
                    Asm.Xchg(size, address, register);
                    _decoded.Expect(Mnemonic.Xchg, expected, Reg(register, size));
                    Asm.LockCmpxchg(size, address, register);
                    ExpectLocked(Mnemonic.Cmpxchg, expected, Reg(register, size));
                    Asm.LockXadd(size, address, register);
                    ExpectLocked(Mnemonic.Xadd, expected, Reg(register, size));
                    foreach (AluOp op in new[] { AluOp.Add, AluOp.Or, AluOp.And, AluOp.Sub, AluOp.Xor })
                    {
                        Asm.LockAlu(op, size, address, register);
                        ExpectLocked(Enum.Parse<Mnemonic>(op.ToString()), expected, Reg(register, size));
                    }
                }

        Asm.Mfence();
        _decoded.Expect(Mnemonic.Mfence);
        Assert.Throws<ArgumentException>(() => Asm.LockAlu(AluOp.Cmp, 4, Address.Of(Register.Rax), Register.Rax));
    }

    private void ExpectLocked(Mnemonic mnemonic, Expected memory, Expected register)
    {
        _decoded.Expect(mnemonic, memory, register);
        Assert.True(_decoded.Instruction.HasLockPrefix);
    }

    [Fact]
    public void SizesThatAnInstructionDoesNotHaveAreRefused()
    {
        Assert.Throws<ArgumentException>(() => Asm.Mov(2, Register.Rax, Register.Rcx));
        Assert.Throws<ArgumentException>(() => Asm.MovImmediate(1, Register.Rax, 0));
        Assert.Throws<ArgumentException>(() => Asm.Load(3, Register.Rax, Address.Of(Register.Rcx)));
        Assert.Throws<ArgumentException>(() => Asm.LoadSigned(8, 8, Register.Rax, Address.Of(Register.Rcx)));
        Assert.Throws<ArgumentException>(() => Asm.Alu(AluOp.Add, 16, Register.Rax, Register.Rcx));
        Assert.Throws<ArgumentException>(() => Asm.Imul(1, Register.Rax, Register.Rcx));
    }

    [Fact]
    public void FeaturesHaveStableBits()
    {
        Assert.Equal(3u, CpuFeatures.Baseline.Bits);
        Assert.Equal(255u, CpuFeatures.All.Bits);
        Assert.Equal(127u, CpuFeatures.All.WithoutAvx512().Bits);
        Assert.True(CpuFeatures.Baseline.IsWithin(CpuFeatures.All));
        Assert.False(CpuFeatures.All.IsWithin(CpuFeatures.Baseline));
        Assert.True(CpuFeatures.OfThisMachine.IsWithin(CpuFeatures.All));
        Assert.Equal(System.Runtime.Intrinsics.X86.Avx.IsSupported, CpuFeatures.OfThisMachine.Avx);
        CpuFeatures all = CpuFeatures.All, least = CpuFeatures.Baseline;
        Assert.True(all is { Sse41: true, Popcnt: true, Lzcnt: true, Bmi1: true, Bmi2: true, Avx: true, Avx2: true });
        Assert.True(least is { Sse41: true, Popcnt: true, Lzcnt: false, Bmi1: false, Bmi2: false, Avx: false, Avx2: false });
    }
}
