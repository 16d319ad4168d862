using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using ContractVm.Compiler.X64;
using Iced.Intel;
using Xunit;
using Assembler = ContractVm.Compiler.X64.Assembler;
using Label = ContractVm.Compiler.X64.Label;
using Register = ContractVm.Compiler.X64.Register;

namespace ContractVm.Tests.Compiler;

/// <summary>Constants and jump tables after the code.</summary>
public class AssemblerDataTests
{
    private readonly Assembler _asm = new(CpuFeatures.All);

    /// <summary>Addresses of the memory operands, in order.</summary>
    private List<int> Targets(int end)
    {
        Decoder decoder = Decoder.Create(64, _asm.Code[..end].ToArray());
        List<int> targets = [];
        while (decoder.IP < (ulong)end) targets.Add((int)decoder.Decode().IPRelativeMemoryAddress);
        return targets;
    }

    [Fact]
    public void ConstantsAreAlignedAndEqualOnesAreOne()
    {
        _asm.Vector(VectorOp.Movss, Register.Xmm3, _asm.Constant32(0x3F800000));
        _asm.Vector(VectorOp.Addsd, Register.Xmm9, Register.Xmm3, _asm.Constant64(0x3F800000));
        _asm.Vector(VectorOp.Pshufd, Register.Xmm1, _asm.Constant128(0x3F800000, 0), 7);
        _asm.Vector(VectorOp.Pxor, Register.Xmm1, Register.Xmm1, _asm.Constant128(0x3F800000, 1));
        _asm.Vector(VectorOp.Movss, Register.Xmm3, _asm.Constant32(0x3F800000));
        _asm.Vector(VectorOp.Movsd, Register.Xmm3, _asm.Constant64(0x3F800000));
        _asm.Load(4, Register.R9, _asm.Constant32(uint.MaxValue));
        _asm.Vector(VectorOp.Pxor, Register.Xmm1, Register.Xmm1, _asm.Constant128(0x3F800000, 1));
        int end = _asm.Length;
        _asm.EmitTables();
        List<int> at = Targets(end);
        int start = (end + 15) / 16 * 16;
        Assert.Equal([start + 40, start + 32, start, start + 16, start + 40, start + 32, start + 44, start + 16], at);
        Assert.Equal(start + 48, _asm.Length);
        Assert.All(_asm.Code[end..start].ToArray(), value => Assert.Equal(0xCC, value));
        string expected = "0000803F000000000000000000000000" + "0000803F000000000100000000000000" + "0000803F00000000" + "0000803F" + "FFFFFFFF";
        Assert.Equal(expected, Convert.ToHexString(_asm.Code[start..]));
    }

    [Fact]
    public void TablesHoldDistancesFromThemselves()
    {
        Label first = _asm.NewLabels(3), second = new(first.Number + 1), third = new(first.Number + 2);
        _asm.LeaTable(Register.Rax, [third, first, second, first]);
        _asm.LeaTable(Register.R13, [second]);
        _asm.LeaTable(Register.R13, []);
        _asm.Load(4, Register.R13, _asm.Constant32(9));
        int end = _asm.Length;
        _asm.Bind(first);
        _asm.Int3();
        _asm.Bind(second);
        _asm.Ud2();
        _asm.Bind(third);
        _asm.EmitTables();
        List<int> at = Targets(end);
        Assert.Equal([at[3] + 4, at[3] + 20, at[3] + 24, (end + 3 + 3) / 4 * 4], at);
        Assert.Equal(at[2], _asm.Length);
        Assert.Equal([end + 3, end, end + 1, end], Enumerable.Range(0, 4).Select(i => at[0] + Word(at[0] + 4 * i)));
        Assert.Equal(end + 1, at[1] + Word(at[1]));
    }

    private int Word(int offset) => BinaryPrimitives.ReadInt32LittleEndian(_asm.Code[offset..]);

    [Fact]
    public void ATableToALabelThatIsNotBoundIsRefused()
    {
        _asm.LeaTable(Register.Rax, [_asm.NewLabel()]);
        Assert.Throws<InvalidOperationException>(_asm.EmitTables);
    }

    [Fact]
    public void ManyConstantsAreFoundAgain()
    {
        const int Count = 20_000;
        int[] numbers = new int[Count];
        for (int i = 0; i < Count; i++) numbers[i] = _asm.Constant64((ulong)i * 0x1_0000_0001).Displacement;
        Assert.Equal(Count, numbers.Distinct().Count());
        int repeated = Enumerable.Range(0, Count).Count(i => _asm.Constant64((ulong)i * 0x1_0000_0001).Displacement == numbers[i]);
        Assert.True(repeated > Count * 99 / 100, $"{repeated} of {Count}");
    }

    [Fact]
    public void WhatAFunctionIsDoesNotDependOnThoseBefore()
    {
        string Emit(Assembler asm, int seed, int count)
        {
            Random random = new(seed);
            asm.Reset();
            for (int i = 0; i < count; i++)
            {
                asm.Vector(VectorOp.Addss, Register.Xmm1, Register.Xmm1, asm.Constant32((uint)random.Next(count)));
                asm.Vector(VectorOp.Addsd, Register.Xmm1, Register.Xmm1, asm.Constant64((ulong)random.NextInt64(count) << 32));
                asm.Vector(VectorOp.Addpd, Register.Xmm1, Register.Xmm1, asm.Constant128((ulong)random.Next(20), (ulong)random.Next(20)));
            }

            asm.EmitTables();
            return Convert.ToHexString(asm.Code);
        }

        foreach (int count in new[] { 10, 100, 1000, 5000, 1000, 100, 10 })
            Assert.Equal(Emit(new Assembler(CpuFeatures.All), count + 1, count), Emit(_asm, count + 1, count));
    }
}
