using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.Compiler.X64;
using Iced.Intel;
using Xunit;
using Assembler = ContractVm.Compiler.X64.Assembler;
using Register = ContractVm.Compiler.X64.Register;
using static ContractVm.Tests.Compiler.Expected;

namespace ContractVm.Tests.Compiler;

/// <summary>
/// Every vector instruction in both encodings, with every pair of registers and with memory, is decoded as what its name says. An
/// instruction that can have memory, or a register, in a place must be offered with it.
/// </summary>
public class AssemblerVectorTests
{
    private const int SomeImmediate = 0xA5;
    private static readonly string[] Suffixes = ["Immediate", "Store", "FromGeneral", "ToGeneral", "64"];
    private static readonly string[] FromGeneral = ["Cvtsi2", "FromGeneral", "Pinsr"];
    private static readonly string[] ToGeneral = ["s2si", "d2si", "ToGeneral", "Movmsk", "Pmovmsk", "Pextr", "Extractps"];
    private static readonly VectorOp[] WithMask = [VectorOp.Blendvps, VectorOp.Blendvpd, VectorOp.Pblendvb];
    private static readonly Register[] Vectors = [.. Enumerable.Range(16, 16).Select(i => (Register)i)];

    private static readonly (Register Base, Register Index, int Scale, int Displacement)[] Addresses =
    [
        (Register.Rax, Register.None, 0, 0), (Register.R12, Register.None, 0, 8), (Register.R13, Register.Rcx, 1, 0),
        (Register.Rbx, Register.R9, 3, 1000), (Register.Rsp, Register.None, 0, -129), (Register.R8, Register.R15, 0, 127),
    ];

    public static TheoryData<bool> Encodings => new(true, false);

    private static bool Has(VectorOp op, string[] parts) => parts.Any(part => op.ToString().Contains(part, StringComparison.Ordinal));

    private static bool IsWide(VectorOp op) =>
        op.ToString().EndsWith("64", StringComparison.Ordinal) || op is VectorOp.MovqFromGeneral or VectorOp.MovqToGeneral or VectorOp.Pinsrq or VectorOp.Pextrq;

    private static bool NeedsVex(VectorOp op) => op.ToString()[0] == 'V';

    private static Mnemonic MnemonicOf(VectorOp op, bool isVex)
    {
        string name = op.ToString();
        foreach (string suffix in Suffixes)
            if (name.EndsWith(suffix, StringComparison.Ordinal)) name = name[..^suffix.Length];
        return Enum.Parse<Mnemonic>(isVex && !NeedsVex(op) ? "V" + char.ToLowerInvariant(name[0]) + name[1..] : name);
    }

    /// <summary>A register of the kind that the place of an operation has, by the number of a vector register.</summary>
    private static (Register Register, Expected Expected) Place(VectorOp op, Register vector, string[] general)
    {
        if (!Has(op, general)) return (vector, Reg(vector, 16));
        Register register = vector - 16;
        return (register, Reg(register, IsWide(op) ? 8 : 4));
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public void EveryOperation(bool isVex)
    {
        DecodedInstructions decoded = new(isVex ? CpuFeatures.All : CpuFeatures.Baseline);
        foreach (VectorOp op in Enum.GetValues<VectorOp>())
        {
            if (NeedsVex(op) && !isVex)
            {
                Assert.Throws<ArgumentException>(() => decoded.Assembler.Vector(op, Register.Xmm0, Register.Xmm0, 0));
                Assert.Throws<ArgumentException>(() => decoded.Assembler.Vector(op, Register.Xmm0, Register.Xmm0, Register.Xmm0));
                continue;
            }

            HashSet<OpCodeOperandKind> places = [];
            bool hasRegister = WithMask.Contains(op) ? Masked(decoded, op, isVex, places) : Registers(decoded, op, isVex, places);
            bool hasMemory = WithMask.Contains(op) || Memory(decoded, op, isVex, places);
            bool takesEither = places.Any(kind => kind.ToString().Contains("_or_mem", StringComparison.Ordinal));
            bool takesMemory = takesEither || places.Contains(OpCodeOperandKind.mem);
            Assert.True(hasRegister || hasMemory, op.ToString());
            // What stores writes memory only: between registers there is the load of the same name.
            bool isStore = op.ToString().EndsWith("Store", StringComparison.Ordinal);
            Assert.True((!takesEither || hasRegister != isStore) && hasMemory == takesMemory, $"{op}: register {hasRegister}, memory {hasMemory}");
        }
    }

    /// <summary>All forms of registers only; false where there is none.</summary>
    private static bool Registers(DecodedInstructions decoded, VectorOp op, bool isVex, HashSet<OpCodeOperandKind> places)
    {
        Assembler asm = decoded.Assembler;
        bool any = false, isShift = op.ToString().EndsWith("Immediate", StringComparison.Ordinal);
        foreach (Register first in Vectors)
        {
            foreach (Register second in Vectors)
            {
                (Register to, Expected toExpected) = Place(op, first, ToGeneral);
                (Register from, Expected fromExpected) = Place(op, second, FromGeneral);
                Register third = (Register)(16 + ((int)first * 7 + (int)second) % 16);
                if (Emits(() => asm.Vector(op, to, from, SomeImmediate)))
                {
                    any = true;
                    // An operand that gives only the upper part is the source, or else the destination.
                    Expected upper = Has(op, FromGeneral) ? toExpected : fromExpected;
                    Check(decoded, op, isVex, places, toExpected, upper, fromExpected);
                }
                else if (isShift && !isVex)
                {
                    Assert.NotEqual(first, second);
                }

                if (isVex && Emits(() => asm.Vector(op, to, third, from, SomeImmediate)))
                {
                    any = true;
                    Check(decoded, op, isVex, places, toExpected, Reg(third, 16), fromExpected);
                }
                else if (!isVex && Emits(() => asm.Vector(op, to, to, from, SomeImmediate)))
                {
                    any = true;
                    Check(decoded, op, isVex, places, toExpected, toExpected, fromExpected);
                    if (first != second) Assert.Throws<ArgumentException>(() => asm.Vector(op, to, from, from, SomeImmediate));
                }
            }
        }

        return any;
    }

    /// <summary>All forms with memory; false where there is none.</summary>
    private static bool Memory(DecodedInstructions decoded, VectorOp op, bool isVex, HashSet<OpCodeOperandKind> places)
    {
        Assembler asm = decoded.Assembler;
        bool any = false;
        foreach ((Register baseRegister, Register index, int scale, int displacement) in Addresses)
        {
            Address address = Address.Of(baseRegister, index, scale, displacement);
            Expected memory = Mem(baseRegister, index, scale, displacement, 0);
            foreach (Register vector in Vectors)
            {
                (Register to, Expected toExpected) = Place(op, vector, ToGeneral);
                Register first = isVex ? (Register)(16 + ((int)vector * 5 + 3) % 16) : to;
                if (Emits(() => asm.Vector(op, to, address, SomeImmediate)))
                {
                    any = true;
                    Check(decoded, op, isVex, places, toExpected, toExpected, memory);
                }

                if (Emits(() => asm.Vector(op, to, first, address, SomeImmediate)))
                {
                    any = true;
                    Check(decoded, op, isVex, places, toExpected, Reg(first, 16), memory);
                }

                if (Emits(() => asm.Vector(op, address, vector, SomeImmediate)))
                {
                    any = true;
                    Check(decoded, op, isVex, places, memory, Reg(vector, 16), Reg(vector, 16));
                }
            }
        }

        return any;
    }

    private static bool Masked(DecodedInstructions decoded, VectorOp op, bool isVex, HashSet<OpCodeOperandKind> places)
    {
        Assembler asm = decoded.Assembler;
        foreach (Register to in Vectors)
            foreach (Register second in Vectors)
            {
                Register first = isVex ? (Register)(16 + ((int)to + 5) % 16) : to, mask = isVex ? (Register)(16 + ((int)second + 9) % 16) : Register.Xmm0;
                asm.Vector(op, to, first, second, mask);
                Check(decoded, op, isVex, places, Reg(to, 16), Reg(first, 16), Reg(second, 16), Reg(mask, 16));
                foreach ((Register baseRegister, Register index, int scale, int displacement) in Addresses)
                {
                    asm.Vector(op, to, first, Address.Of(baseRegister, index, scale, displacement), mask);
                    Check(decoded, op, isVex, places, Reg(to, 16), Reg(first, 16), Mem(baseRegister, index, scale, displacement, 16), Reg(mask, 16));
                }
            }

        if (!isVex) Assert.Throws<ArgumentException>(() => asm.Vector(op, Register.Xmm1, Register.Xmm1, Register.Xmm2, Register.Xmm3));
        return true;
    }

    private static bool Emits(Action emit)
    {
        try
        {
            emit();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>The instruction has destination, first and second operand, or where it has one less, destination and second.</summary>
    private static void Check(
        DecodedInstructions decoded, VectorOp op, bool isVex, HashSet<OpCodeOperandKind> places, Expected to, Expected first, Expected second, Expected? mask = null)
    {
        Mnemonic mnemonic = MnemonicOf(op, isVex);
        decoded.Next(mnemonic);
        ref Instruction instruction = ref decoded.Instruction;
        int count = instruction.OpCount;
        if (instruction.GetOpKind(count - 1) == OpKind.Immediate8 && !decoded.Matches(Imm(SomeImmediate, 1), --count)) decoded.Fail(mnemonic, count);
        if (mask is Expected register && isVex && !decoded.Matches(register, --count)) decoded.Fail(mnemonic, count);
        if (!decoded.Matches(to, 0)) decoded.Fail(mnemonic, 0);
        bool isShortShift = count == 1 && op.ToString().EndsWith("Immediate", StringComparison.Ordinal);
        if (count == 3 ? !decoded.Matches(first, 1) || !decoded.Matches(second, 2) : !isShortShift && (count != 2 || !decoded.Matches(second, 1))) decoded.Fail(mnemonic, 1);
        OpCodeInfo info = instruction.Code.ToOpCode();
        for (int i = 0; i < info.OpCount; i++) places.Add(info.GetOpKind(i));
        if (info.Encoding != (isVex ? EncodingKind.VEX : EncodingKind.Legacy) || (isVex && info.L == 1)) decoded.Fail(mnemonic, -1);
        foreach (CpuidFeature feature in instruction.CpuidFeatures)
        {
            bool isThere = isVex
                ? feature == CpuidFeature.AVX || (feature == CpuidFeature.AVX2 && NeedsVex(op))
                : feature is CpuidFeature.SSE or CpuidFeature.SSE2 or CpuidFeature.SSE3 or CpuidFeature.SSSE3 or CpuidFeature.SSE4_1 or CpuidFeature.SSE4_2;
            Assert.True(isThere, $"{op}: {feature}");
        }
    }

    [Fact]
    public void TwoBytesOfVexWhereTheySuffice()
    {
        Assembler asm = new(CpuFeatures.All);
        asm.Vector(VectorOp.Paddd, Register.Xmm1, Register.Xmm2, Register.Xmm3);
        asm.Vector(VectorOp.Paddd, Register.Xmm9, Register.Xmm10, Register.Xmm3);
        asm.Vector(VectorOp.Paddd, Register.Xmm1, Register.Xmm2, Register.Xmm11);
        Assert.Equal("C5E9FECB" + "C529FECB" + "C4C169FECB", Convert.ToHexString(asm.Code));
    }

    /// <summary>The instructions of AVX-512, with every register that they may have.</summary>
    [Fact]
    public void UpperRegisters()
    {
        DecodedInstructions decoded = new(CpuFeatures.All);
        for (int upper = 0; upper < 32; upper++)
        {
            Expected number = Reg((Register)(16 + upper), 16);
            foreach (Register one in Vectors)
            {
                foreach (Register other in Vectors)
                {
                    foreach ((bool isScalar, bool isDouble, Mnemonic mnemonic) in new[] { (true, false, Mnemonic.Vrangess), (true, true, Mnemonic.Vrangesd), (false, false, Mnemonic.Vrangeps), (false, true, Mnemonic.Vrangepd) })
                    {
                        decoded.Assembler.Range(isScalar, isDouble, one, upper, other);
                        decoded.Expect(mnemonic, Reg(one, 16), number, Reg(other, 16), Imm(4, 1));
                        Assert.False(decoded.Instruction.HasOpMask || decoded.Instruction.ZeroingMasking);
                    }
                }
            }

            foreach (Register one in Vectors)
            {
                foreach (Register other in Vectors)
                {
                    foreach (bool isWide in new[] { false, true })
                    {
                        decoded.Assembler.RotateLeft(isWide, one, other, upper + 1);
                        decoded.Expect(isWide ? Mnemonic.Vprolq : Mnemonic.Vprold, Reg(one, 16), Reg(other, 16), Imm(upper + 1, 1));
                    }
                }
            }

            for (int general = 0; general < 16; general++)
            {
                foreach (int displacement in new[] { 0, 16, 0xB0, 127 * 16, -128 * 16 })
                {
                    decoded.Assembler.LoadUpper(upper, (Register)general, displacement);
                    // Below 16 the older encoding is shorter.
                    if (upper < 16) decoded.Assembler.Reset();
                    else decoded.Expect(Mnemonic.Vmovups, number, Mem((Register)general, Register.None, 0, displacement, 16));
                }
            }
        }

        Assert.Throws<ArgumentException>(() => decoded.Assembler.LoadUpper(30, Register.R15, 8));
        Assert.Throws<ArgumentException>(() => decoded.Assembler.LoadUpper(30, Register.R15, 128 * 16));
        Assert.Throws<ArgumentException>(() => new Assembler(CpuFeatures.All.WithoutAvx512()).Range(true, true, Register.Xmm0, 31, Register.Xmm1));
    }
}
