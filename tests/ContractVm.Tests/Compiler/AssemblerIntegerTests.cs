using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.Compiler.X64;
using Xunit;
using static ContractVm.Tests.Compiler.Expected;
using Mnemonic = Iced.Intel.Mnemonic;

namespace ContractVm.Tests.Compiler;

/// <summary>Instructions of general registers: every one with every register, and every form of memory, is decoded as what was meant.</summary>
public class AssemblerIntegerTests
{
    private static readonly Register[] General = [.. Enumerable.Range(0, 16).Select(i => (Register)i)];
    private static readonly int[] Displacements = [0, 1, -1, 127, 128, -128, -129, int.MaxValue, int.MinValue];
    private static readonly int[] Values = [0, 1, -1, 127, 128, -128, -129, 255, 256, 32767, 32768, -32768, -32769, 65535, int.MaxValue, int.MinValue];
    private static readonly int[] AllSizes = [1, 2, 4, 8];
    private static readonly int[] WideSizes = [4, 8];

    private readonly DecodedInstructions _decoded = new(CpuFeatures.All);
    private Assembler Asm => _decoded.Assembler;

    private static Mnemonic Named(string name) => Enum.Parse<Mnemonic>(name);

    private static IEnumerable<(Register First, Register Second)> Pairs() => General.SelectMany(_ => General, (first, second) => (first, second));

    /// <summary>Some addresses of every shape, for instructions that need not see them all.</summary>
    private void AtSomeAddresses(int size, Action<Address, Expected> action)
    {
        foreach ((Register baseRegister, Register index, int scale, int displacement) in SomeAddresses)
            action(Address.Of(baseRegister, index, scale, displacement), Mem(baseRegister, index, scale, displacement, size));
    }

    private static readonly (Register Base, Register Index, int Scale, int Displacement)[] SomeAddresses =
    [
        (Register.Rax, Register.None, 0, 0), (Register.Rsp, Register.None, 0, 8), (Register.R12, Register.None, 0, 0),
        (Register.Rbp, Register.None, 0, 0), (Register.R13, Register.R9, 3, 1000), (Register.Rbx, Register.R8, 0, 16),
        (Register.R15, Register.None, 0, 0x50), (Register.R8, Register.Rdi, 2, -8), (Register.None, Register.R14, 3, 5),
        (Register.None, Register.None, 0, 0x1234),
    ];

    [Fact]
    public void EveryAddress()
    {
        foreach (Register baseRegister in General.Append(Register.None))
            foreach (Register index in General.Append(Register.None))
                for (int scale = 0; scale < 4; scale++)
                    foreach (int displacement in Displacements)
                    {
                        if (index == Register.Rsp && (scale != 0 || baseRegister == Register.Rsp))
                        {
                            Assert.Throws<ArgumentException>(() => Address.Of(baseRegister, index, scale, displacement));
                            continue;
                        }

                        Address address = Address.Of(baseRegister, index, scale, displacement);
                        Expected expected = Mem(baseRegister, index, scale, displacement, 8);
                        Asm.Load(8, Register.R9, address);
                        Assert.Equal(3 + OperandBytes(baseRegister, index, scale, displacement), Asm.Length);
                        _decoded.Expect(Mnemonic.Mov, Reg(Register.R9, 8), expected);
                        Asm.Alu(AluOp.Xor, 8, address, int.MinValue);
                        _decoded.Expect(Mnemonic.Xor, expected, Imm(int.MinValue, 8));
                        Asm.Vector(VectorOp.Pshufd, Register.Xmm14, address, 0x1B);
                        _decoded.Expect(Mnemonic.Vpshufd, Reg(Register.Xmm14, 16), Mem(baseRegister, index, scale, displacement, 16), Imm(0x1B, 1));
                    }
    }

    /// <summary>ModRM excluded: SIB and displacement.</summary>
    private static int OperandBytes(Register baseRegister, Register index, int scale, int displacement)
    {
        if (baseRegister == Register.None)
        {
            if (index == Register.None || scale > 1) return 5;
            (baseRegister, index) = (index, scale == 1 ? index : Register.None);
        }
        else if (index == Register.Rsp)
        {
            (baseRegister, index) = (index, baseRegister);
        }

        bool hasSib = index != Register.None || baseRegister is Register.Rsp or Register.R12;
        int bytes = displacement == 0 && baseRegister is not (Register.Rbp or Register.R13) ? 0 : displacement is >= -128 and <= 127 ? 1 : 4;
        return bytes + (hasSib ? 1 : 0);
    }

    [Fact]
    public void Moves()
    {
        foreach ((Register to, Register from) in Pairs())
        {
            foreach (int size in WideSizes)
            {
                Asm.Mov(size, to, from);
                _decoded.Expect(Mnemonic.Mov, Reg(to, size), Reg(from, size));
                Asm.Movsx(1, size, to, from);
                _decoded.Expect(Mnemonic.Movsx, Reg(to, size), Reg(from, 1));
                Asm.Movsx(2, size, to, from);
                _decoded.Expect(Mnemonic.Movsx, Reg(to, size), Reg(from, 2));
            }

            Asm.Movsx(4, 8, to, from);
            _decoded.Expect(Mnemonic.Movsxd, Reg(to, 8), Reg(from, 4));
            Asm.Movzx(1, to, from);
            _decoded.Expect(Mnemonic.Movzx, Reg(to, 4), Reg(from, 1));
            Asm.Movzx(2, to, from);
            _decoded.Expect(Mnemonic.Movzx, Reg(to, 4), Reg(from, 2));
            Asm.Movzx(4, to, from);
            _decoded.Expect(Mnemonic.Mov, Reg(to, 4), Reg(from, 4));
        }
    }

    [Fact]
    public void Constants()
    {
        long[] values = [.. Values.Select(v => (long)v), uint.MaxValue, uint.MaxValue + 1L, int.MinValue - 1L, long.MinValue, long.MaxValue, 0x123456789ABCDEF0];
        foreach (Register to in General)
            foreach (long value in values)
            {
                Asm.MovImmediate(4, to, value);
                _decoded.Expect(Mnemonic.Mov, Reg(to, 4), Imm(value, 4));
                Asm.MovImmediate(8, to, value);
                int length = Asm.Length, rex = to >= Register.R8 ? 1 : 0;
                Assert.Equal(value == (uint)value ? 5 + rex : value == (int)value ? 7 : 10, length);
                _decoded.Expect(Mnemonic.Mov, Reg(to, length < 7 ? 4 : 8), Imm(value, length < 7 ? 4 : 8));
            }
    }

    [Fact]
    public void LoadsAndStores()
    {
        foreach (Register register in General)
        {
            foreach (int size in AllSizes)
            {
                AtSomeAddresses(size, (address, expected) =>
                {
                    Asm.Load(size, register, address);
                    _decoded.Expect(size < 4 ? Mnemonic.Movzx : Mnemonic.Mov, Reg(register, Math.Max(size, 4)), expected);
                    Asm.Store(size, address, register);
                    _decoded.Expect(Mnemonic.Mov, expected, Reg(register, size));
                    foreach (int toSize in WideSizes)
                    {
                        if (size == 8) continue;
                        Asm.LoadSigned(size, toSize, register, address);
                        _decoded.Expect(size == toSize ? Mnemonic.Mov : size == 4 ? Mnemonic.Movsxd : Mnemonic.Movsx, Reg(register, toSize), expected);
                    }
                });
            }
        }

        foreach (int size in AllSizes)
            foreach (int value in Values)
                AtSomeAddresses(size, (address, expected) =>
                {
                    Asm.Store(size, address, value);
                    _decoded.Expect(Mnemonic.Mov, expected, Imm(value, size));
                });
    }

    [Fact]
    public void Arithmetic()
    {
        foreach (AluOp op in Enum.GetValues<AluOp>())
        {
            Mnemonic mnemonic = Named(op.ToString());
            foreach (int size in AllSizes)
            {
                foreach ((Register left, Register right) in Pairs())
                {
                    Asm.Alu(op, size, left, right);
                    _decoded.Expect(mnemonic, Reg(left, size), Reg(right, size));
                }

                foreach (Register register in General)
                {
                    foreach (int value in Values)
                    {
                        Asm.Alu(op, size, register, value);
                        _decoded.Expect(mnemonic, Reg(register, size), Imm(value, size));
                    }

                    AtSomeAddresses(size, (address, expected) =>
                    {
                        Asm.Alu(op, size, register, address);
                        _decoded.Expect(mnemonic, Reg(register, size), expected);
                        Asm.Alu(op, size, address, register);
                        _decoded.Expect(mnemonic, expected, Reg(register, size));
                    });
                }

                foreach (int value in Values)
                    AtSomeAddresses(size, (address, expected) =>
                    {
                        Asm.Alu(op, size, address, value);
                        _decoded.Expect(mnemonic, expected, Imm(value, size));
                    });
            }
        }
    }

    [Fact]
    public void Tests()
    {
        foreach (int size in AllSizes)
        {
            foreach ((Register left, Register right) in Pairs())
            {
                Asm.Test(size, left, right);
                _decoded.Expect(Mnemonic.Test, Reg(left, size), Reg(right, size));
            }

            foreach (int value in Values)
            {
                foreach (Register register in General)
                {
                    Asm.Test(size, register, value);
                    _decoded.Expect(Mnemonic.Test, Reg(register, size), Imm(value, size));
                }

                AtSomeAddresses(size, (address, expected) =>
                {
                    Asm.Test(size, address, value);
                    _decoded.Expect(Mnemonic.Test, expected, Imm(value, size));
                });
            }

            foreach (Register register in General)
                AtSomeAddresses(size, (address, expected) =>
                {
                    Asm.Test(size, address, register);
                    _decoded.Expect(Mnemonic.Test, expected, Reg(register, size));
                });
        }
    }

    [Fact]
    public void Multiplication()
    {
        foreach (int size in WideSizes)
            foreach (Register to in General)
            {
                foreach (Register from in General)
                {
                    Asm.Imul(size, to, from);
                    _decoded.Expect(Mnemonic.Imul, Reg(to, size), Reg(from, size));
                    foreach (int value in Values)
                    {
                        Asm.Imul(size, to, from, value);
                        _decoded.Expect(Mnemonic.Imul, Reg(to, size), Reg(from, size), Imm(value, size));
                    }
                }

                AtSomeAddresses(size, (address, expected) =>
                {
                    Asm.Imul(size, to, address);
                    _decoded.Expect(Mnemonic.Imul, Reg(to, size), expected);
                    foreach (int value in Values)
                    {
                        Asm.Imul(size, to, address, value);
                        _decoded.Expect(Mnemonic.Imul, Reg(to, size), expected, Imm(value, size));
                    }

                    Asm.Lea(size, to, address);
                    _decoded.Expect(Mnemonic.Lea, Reg(to, size), expected);
                });
            }
    }

    [Fact]
    public void OneOperand()
    {
        foreach (int size in AllSizes)
            foreach (UnaryOp op in Enum.GetValues<UnaryOp>())
            {
                foreach (Register register in General)
                {
                    Asm.Unary(op, size, register);
                    _decoded.Expect(Named(op.ToString()), Reg(register, size));
                }

                AtSomeAddresses(size, (address, expected) =>
                {
                    Asm.Unary(op, size, address);
                    _decoded.Expect(Named(op.ToString()), expected);
                });
            }

        Asm.Cdq();
        _decoded.Expect(Mnemonic.Cdq);
        Asm.Cqo();
        _decoded.Expect(Mnemonic.Cqo);
        foreach (Register register in General)
        {
            Asm.Push(register);
            _decoded.Expect(Mnemonic.Push, Reg(register, 8));
            Asm.Pop(register);
            _decoded.Expect(Mnemonic.Pop, Reg(register, 8));
        }
    }

    [Fact]
    public void Shifts()
    {
        foreach (ShiftOp op in Enum.GetValues<ShiftOp>())
            foreach (int size in AllSizes)
                foreach (Register register in General)
                {
                    Asm.Shift(op, size, register);
                    _decoded.Expect(Named(op.ToString()), Reg(register, size), Reg(Register.Rcx, 1));
                    foreach (int count in new[] { 0, 1, 2, 31, 63 })
                    {
                        Asm.Shift(op, size, register, count);
                        _decoded.Expect(Named(op.ToString()), Reg(register, size), Imm(count, 1));
                    }
                }
    }

    [Fact]
    public void OnCondition()
    {
        foreach (Condition condition in Enum.GetValues<Condition>())
        {
            string name = Lower(condition);
            foreach (Register to in General)
            {
                Asm.Setcc(condition, to);
                _decoded.Expect(Named("Set" + name), Reg(to, 1));
                foreach (int size in WideSizes)
                {
                    foreach (Register from in General)
                    {
                        Asm.Cmov(condition, size, to, from);
                        _decoded.Expect(Named("Cmov" + name), Reg(to, size), Reg(from, size));
                    }

                    AtSomeAddresses(size, (address, expected) =>
                    {
                        Asm.Cmov(condition, size, to, address);
                        _decoded.Expect(Named("Cmov" + name), Reg(to, size), expected);
                    });
                }
            }

            AtSomeAddresses(1, (address, expected) =>
            {
                Asm.Setcc(condition, address);
                _decoded.Expect(Named("Set" + name), expected);
            });
            Assert.Equal(condition, condition.Negate().Negate());
            Assert.NotEqual(condition, condition.Negate());
        }

        Assert.Equal(Condition.GE, Condition.L.Negate());
        Assert.Equal(Condition.BE, Condition.A.Negate());
        Assert.Equal(Condition.G, Condition.L.Swap());
        Assert.Equal(Condition.AE, Condition.BE.Swap());
        Assert.Equal(Condition.NE, Condition.NE.Swap());
    }

    private static string Lower(Condition condition) => condition.ToString().ToLowerInvariant();
}
