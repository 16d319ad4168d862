using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.Compiler.X64;
using Iced.Intel;
using Xunit;
using Assembler = ContractVm.Compiler.X64.Assembler;
using Label = ContractVm.Compiler.X64.Label;
using Register = ContractVm.Compiler.X64.Register;

namespace ContractVm.Tests.Compiler;

/// <summary>Labels, jumps and calls, relocations and alignment.</summary>
public class AssemblerControlTests
{
    private readonly Assembler _asm = new(CpuFeatures.All);

    private static List<Instruction> Decode(ReadOnlySpan<byte> code)
    {
        Decoder decoder = Decoder.Create(64, code.ToArray());
        List<Instruction> instructions = [];
        while (decoder.IP < (ulong)code.Length)
        {
            instructions.Add(decoder.Decode());
            Assert.False(instructions[^1].IsInvalid);
        }

        return instructions;
    }

    private void Fill(int bytes)
    {
        for (int i = 0; i < bytes; i++) _asm.Int3();
    }

    [Theory]
    // A jump of two bytes reaches back to 126 bytes before itself.
    [InlineData(0, 2)]
    [InlineData(126, 2)]
    [InlineData(127, 5)]
    [InlineData(1000, 5)]
    public void BackwardJumpsAreShortWhereTheyReach(int distance, int length)
    {
        Label back = _asm.NewLabel();
        _asm.Ud2();
        _asm.Bind(back);
        Fill(distance);
        _asm.Jmp(back);
        Assert.Equal(2 + distance + length, _asm.Length);
        Instruction jump = Decode(_asm.Code)[^1];
        Assert.Equal((Mnemonic.Jmp, 2ul), (jump.Mnemonic, jump.NearBranchTarget));

        foreach (Condition condition in Enum.GetValues<Condition>())
        {
            _asm.Reset();
            back = _asm.NewLabel();
            _asm.Bind(back);
            Fill(distance);
            _asm.Jcc(condition, back);
            Assert.Equal(distance + (length == 2 ? 2 : 6), _asm.Length);
            jump = Decode(_asm.Code)[^1];
            Assert.Equal((Enum.Parse<Mnemonic>("J" + condition.ToString().ToLowerInvariant()), 0ul), (jump.Mnemonic, jump.NearBranchTarget));
        }
    }

    [Fact]
    public void ForwardJumpsArePatchedWhenTheLabelIsBound()
    {
        Label end = _asm.NewLabel(), middle = _asm.NewLabel();
        _asm.Jmp(end);
        _asm.Jcc(Condition.E, middle);
        _asm.Jcc(Condition.A, end);
        _asm.Lea(8, Register.R9, Address.Of(end));
        _asm.Bind(middle);
        int middleOffset = _asm.Length;
        _asm.Call(end);
        // Bytes of an immediate stand between the distance and the end of the instruction.
        _asm.Alu(AluOp.Cmp, 4, Address.Of(end), 1);
        _asm.Alu(AluOp.Cmp, 4, Address.Of(end), 1000);
        _asm.Alu(AluOp.Cmp, 2, Address.Of(end), 1000);
        _asm.Vector(VectorOp.Pshufd, Register.Xmm8, Address.Of(end), 3);
        _asm.Vector(VectorOp.Blendvps, Register.Xmm8, Register.Xmm1, Address.Of(end), Register.Xmm9);
        _asm.Vector(VectorOp.Addsd, Register.Xmm8, Register.Xmm1, Address.Of(end));
        _asm.Rorx(8, Register.Rax, Address.Of(end), 3);
        foreach (int size in new[] { 1, 2, 4, 8 })
        {
            _asm.Store(size, Address.Of(end), 5);
            _asm.Test(size, Address.Of(middle), 3);
        }

        _asm.Imul(8, Register.Rax, Address.Of(end), 127);
        _asm.Imul(4, Register.Rax, Address.Of(end), 128);
        _asm.Vector(VectorOp.Pinsrb, Register.Xmm8, Register.Xmm8, Address.Of(end), 3);
        _asm.Bind(end);
        _asm.Ret();
        int endOffset = _asm.OffsetOf(end);
        Assert.Equal((middleOffset, _asm.Length - 1), (_asm.OffsetOf(middle), endOffset));
        int toEnd = 0;
        foreach (Instruction instruction in Decode(_asm.Code))
        {
            if (instruction.Mnemonic == Mnemonic.Ret) continue;
            ulong target = instruction.IsIPRelativeMemoryOperand ? instruction.IPRelativeMemoryAddress : instruction.NearBranchTarget;
            bool toMiddle = instruction.Mnemonic is Mnemonic.Je or Mnemonic.Test;
            Assert.Equal((ulong)(toMiddle ? middleOffset : endOffset), target);
            if (!toMiddle) toEnd++;
        }

        Assert.Equal(18, toEnd);
    }

    [Fact]
    public void JumpsAmongManyBlocks()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            Random random = new(seed);
            _asm.Reset();
            int blocks = random.Next(1, 100);
            Label first = _asm.NewLabels(blocks);
            List<int> targets = [];
            List<int> starts = [];
            for (int block = 0; block < blocks; block++)
            {
                starts.Add(_asm.Length);
                _asm.Bind(new Label(first.Number + block));
                Fill(random.Next(60));
                for (int jumps = random.Next(4); jumps > 0; jumps--)
                {
                    Label target = new(first.Number + random.Next(blocks));
                    targets.Add(target.Number);
                    if (random.Next(2) == 0) _asm.Jmp(target);
                    else _asm.Jcc((Condition)random.Next(16), target);
                }
            }

            _asm.EmitTables();
            List<Instruction> found = [.. Decode(_asm.Code).Where(instruction => instruction.Mnemonic != Mnemonic.Int3)];
            Assert.Equal(targets.Select(target => (ulong)starts[target]), found.Select(instruction => instruction.NearBranchTarget));
            foreach (Instruction jump in found)
            {
                long distance = (long)jump.NearBranchTarget - (long)jump.IP;
                Assert.Equal(distance is <= 0 and >= -126, jump.Length == 2);
            }
        }
    }

    [Fact]
    public void LabelsAreBoundOnceAndOnlyUsedOnesMust()
    {
        Label label = _asm.NewLabel(), unused = _asm.NewLabel(), missing = _asm.NewLabel();
        Assert.Equal((0, 1, 2), (label.Number, unused.Number, missing.Number));
        _asm.Bind(label);
        Assert.Throws<InvalidOperationException>(() => _asm.Bind(label));
        Assert.Throws<InvalidOperationException>(() => _asm.OffsetOf(unused));
        _asm.EmitTables();
        _asm.Jmp(missing);
        Assert.Throws<InvalidOperationException>(_asm.EmitTables);
        _asm.Reset();
        Assert.Equal((0, 0), (_asm.NewLabel().Number, _asm.Length));
    }

    [Fact]
    public void FunctionsAreRelocated()
    {
        _asm.CallFunction(7);
        _asm.LeaFunction(Register.R10, 9);
        _asm.LeaFunction(Register.Rcx, 8);
        _asm.JmpFunction(7);
        for (int i = 0; i < 40; i++) _asm.CallFunction(i);
        Relocation[] relocations = _asm.Relocations.ToArray();
        Assert.Equal(44, relocations.Length);
        Assert.Equal([new Relocation(1, 7), new Relocation(8, 9), new Relocation(15, 8), new Relocation(20, 7), new Relocation(25, 0)], relocations[..5]);
        // Each of them holds 0: the distance to the next instruction.
        List<Instruction> instructions = Decode(_asm.Code);
        Assert.Equal([Mnemonic.Call, Mnemonic.Lea, Mnemonic.Lea, Mnemonic.Jmp], instructions.Take(4).Select(instruction => instruction.Mnemonic));
        Assert.Equal((Iced.Intel.Register.R10, Iced.Intel.Register.RCX), (instructions[1].Op0Register, instructions[2].Op0Register));
        foreach ((Instruction instruction, Relocation relocation) in instructions.Zip(relocations))
        {
            Assert.Equal(instruction.NextIP, (ulong)relocation.Offset + 4);
            ulong target = instruction.Mnemonic == Mnemonic.Lea ? instruction.IPRelativeMemoryAddress : instruction.NearBranchTarget;
            Assert.Equal(instruction.NextIP, target);
        }

        _asm.Reset();
        Assert.Equal(0, _asm.Relocations.Length);
    }

    [Fact]
    public void JumpsAndCallsThroughRegistersAndMemory()
    {
        DecodedInstructions decoded = new(CpuFeatures.All);
        for (Register register = Register.Rax; register <= Register.R15; register++)
        {
            decoded.Assembler.Jmp(register);
            decoded.Expect(Mnemonic.Jmp, Expected.Reg(register, 8));
            decoded.Assembler.Call(register);
            decoded.Expect(Mnemonic.Call, Expected.Reg(register, 8));
            decoded.Assembler.Jmp(Address.Of(register, Register.Rdi, 3, 64));
            decoded.Expect(Mnemonic.Jmp, Expected.Mem(register, Register.Rdi, 3, 64, 8));
            decoded.Assembler.Call(Address.Of(register, 0x50));
            decoded.Expect(Mnemonic.Call, Expected.Mem(register, Register.None, 0, 0x50, 8));
        }

        decoded.Assembler.Ret();
        decoded.Expect(Mnemonic.Ret);
        decoded.Assembler.Ret(8);
        decoded.Expect(Mnemonic.Ret, Expected.Imm(8, 2));
        decoded.Assembler.Ret(65528);
        decoded.Expect(Mnemonic.Ret, Expected.Imm(65528, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => decoded.Assembler.Ret(65536));
        decoded.Assembler.Int3();
        decoded.Expect(Mnemonic.Int3);
        decoded.Assembler.Ud2();
        decoded.Expect(Mnemonic.Ud2);
    }

    [Fact]
    public void AlignmentIsByFewInstructionsThatDoNothing()
    {
        for (int alignment = 1; alignment <= 32; alignment *= 2)
            for (int before = 0; before <= 33; before++)
            {
                _asm.Reset();
                Fill(before);
                _asm.Align(alignment);
                int padding = _asm.Length - before;
                Assert.Equal((before + alignment - 1) / alignment * alignment, _asm.Length);
                List<Instruction> nops = Decode(_asm.Code)[before..];
                Assert.Equal((padding + 8) / 9, nops.Count);
                Assert.All(nops, instruction => Assert.Equal(Mnemonic.Nop, instruction.Mnemonic));
            }
    }

    [Fact]
    public void LongFunctionsGrowAndTheNextOneStartsEmpty()
    {
        Label end = _asm.NewLabel();
        _asm.Jmp(end);
        for (int i = 0; i < 100_000; i++) _asm.Alu(AluOp.Add, 8, Address.Of(Register.R12, Register.R13, 3, 0x12345678), 0x12345678);
        _asm.Bind(end);
        Assert.Equal(5 + 100_000 * 12, _asm.Length);
        Assert.Equal((ulong)_asm.Length, Decode(_asm.Code[..5])[0].NearBranchTarget);
        _asm.Reset();
        Assert.Equal(0, _asm.Code.Length);
    }

    [Fact]
    public void NothingIsAllocatedOnceThereIsRoom()
    {
        Label[] targets = new Label[3];
        Emit();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) Emit();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Emit()
        {
            _asm.Reset();
            for (int i = 0; i < targets.Length; i++) targets[i] = _asm.NewLabel();
            _asm.Jcc(Condition.E, targets[2]);
            _asm.LeaTable(Register.Rax, targets);
            foreach (Label target in targets) _asm.Bind(target);
            _asm.Vector(VectorOp.Addsd, Register.Xmm0, Register.Xmm1, _asm.Constant64(12));
            _asm.Alu(AluOp.Add, 8, Register.Rax, Address.Of(Register.Rbx, Register.Rcx));
            _asm.Load(4, Register.Rax, _asm.Constant32(1));
            _asm.CallFunction(1);
            _asm.Align(16);
            _asm.EmitTables();
        }
    }
}
