using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.Compiler;
using ContractVm.Compiler.Allocation;
using ContractVm.Compiler.Lowering;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;
using ContractVm.Fuzz.Differential;
using Iced.Intel;
using Xunit;
using Assembler = ContractVm.Compiler.X64.Assembler;
using Register = ContractVm.Compiler.X64.Register;

namespace ContractVm.Tests.Compiler;

/// <summary>
/// The verifier of upper halves finds what it should, and the table that it goes by says what the emitted bytes do. That all generated and real functions
/// pass it, the tests of differences see to: everything they compile is proved.
/// </summary>
public class UpperHalfTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private static readonly CompilerOptions[] Options =
    [
        CompilerOptions.Default with { MapsCode = true, ChecksMemory = false },
        CompilerOptions.Default with { MapsCode = true, ChecksMemory = false, Cpu = CpuFeatures.Baseline },
        CompilerOptions.Default with { MapsCode = true, ChecksMemory = false, Without = Optimizations.RegisterAllocation },
        CompilerOptions.Default with { MapsCode = true, ChecksMemory = true, Without = Optimizations.Simplification | Optimizations.LoadFolding },
    ];

    /// <summary>Compiles the functions of generated modules one by one; each is given with what was made of it.</summary>
    private static IEnumerable<(FunctionCompiler Compiler, FunctionResult Result, bool IsGuarded)> Functions(int cases)
    {
        for (int seed = 1; seed <= cases; seed++)
        {
            foreach (byte[] bytes in ProgramCase.Generate((ulong)seed).ToCase().Modules)
            {
                if (!Module.TryLoad(bytes, Profiles.Bare, out Module module, out _)) continue;
                ModuleFacts facts = new(module, Options[seed % Options.Length]);
                FunctionCompiler compiler = new(facts);
                for (int i = 0; i < module.BodyList.Count; i++)
                {
                    FunctionResult result = compiler.Compile(i);
                    if (result.Reason is null) yield return (compiler, result, module.MemoryList.Count > 0 && facts.IsGuarded(0));
                }
            }
        }
    }

    private static bool Defines32(MachineFunction function, in MachineInstruction instruction, out int operand)
    {
        operand = -1;
        for (int o = instruction.FirstOperand; o < instruction.FirstOperand + instruction.OperandCount && operand < 0; o++)
            if (function.Operands[o].Role == OperandRole.Define) operand = o;
        return operand >= 0 && function.Operands[operand].Virtual >= 0 && function.Virtuals[function.Operands[operand].Virtual] == VirtualKind.Word32;
    }

    /// <summary>Makes an instruction one that leaves something in the upper half of what it defines; false where it is none of the kind.</summary>
    private static bool Mutate(ref MachineInstruction instruction, string how, AllocationResult places)
    {
        MachineOp op = (MachineOp)instruction.Op;
        SourceForm form = Detail.Form(in instruction);
        byte wide = Detail.Size(8, form);
        switch (how)
        {
            case "64 bits instead of 32":
                bool isAffected = op is MachineOp.Add or MachineOp.Sub or MachineOp.Multiply or MachineOp.MultiplyImmediate or MachineOp.Negate or MachineOp.Shift or MachineOp.ShiftX or MachineOp.RotateX
                    || (op == MachineOp.Lea && (form != SourceForm.Based || instruction.Auxiliary != 0))
                    || (op == MachineOp.ShiftConstant && (ShiftOp)instruction.Condition != ShiftOp.Shr);
                if (!isAffected || Detail.Bytes(in instruction) != 4) return false;
                instruction.Size = wide;
                return true;
            case "a load of 64 bits":
                if (op != MachineOp.Load || form == SourceForm.Register) return false;
                (instruction.Size, instruction.Condition) = (wide, (byte)Extension.Zero);
                return true;
            case "signs up to 64 bits":
                if (op is not MachineOp.Load and not MachineOp.Extend) return false;
                instruction.Condition = (byte)Extension.Sign64;
                return true;
            default:
                // The extension is gone: what is left is a move of 64 bits.
                if (op != MachineOp.Extend || (Extension)instruction.Condition != Extension.Zero || places.Operands[instruction.FirstOperand].Kind != LocationKind.Register) return false;
                (instruction.Op, instruction.Size, instruction.Condition, instruction.Auxiliary) = ((ushort)MachineOp.Lea, Detail.Size(8, SourceForm.Based), 0, 0);
                return true;
        }
    }

    /// <summary>Each kind of mistake, made in each place where it can be made in generated functions.</summary>
    [Theory]
    [InlineData("64 bits instead of 32", 1.0)]
    [InlineData("a load of 64 bits", 1.0)]
    [InlineData("signs up to 64 bits", 1.0)]
    // Where the upper half is zero anyway, nothing is wrong: a value of 64 bits that was computed as 32.
    [InlineData("no extension", 0.5)]
    public void MutantsAreFound(string how, double least)
    {
        int made = 0, found = 0;
        string? missed = null;
        foreach ((FunctionCompiler compiler, _, bool isGuarded) in Functions(50))
        {
            MachineFunction function = compiler.Lowered.Machine;
            Assert.Null(UpperHalfVerifier.Check(function, compiler.Places, isGuarded));
            for (int i = 0; i < function.InstructionCount; i++)
            {
                MachineInstruction before = function.Instructions[i];
                if (!Defines32(function, in before, out int operand) || compiler.Places.Operands[operand].Kind == LocationKind.None) continue;
                if (!Mutate(ref function.Instructions[i], how, compiler.Places)) continue;
                made++;
                if (UpperHalfVerifier.Check(function, compiler.Places, isGuarded) is not null) found++;
                else missed ??= $"{(MachineOp)before.Op} {before.Size:x} {before.Condition}";
                function.Instructions[i] = before;
            }
        }

        output.WriteLine($"{how}: {found} of {made}");
        Assert.True(made >= 10, $"{made} mutants");
        Assert.True(found >= made * least, $"{found} of {made} found; missed {missed}");
    }

    private static MachineInstruction Make(MachineOp op, int bytes, SourceForm form = SourceForm.Register, int offset = 0, byte condition = 0, long immediate = 0) =>
        new() { Op = (ushort)op, Size = Detail.Size(bytes, form), Auxiliary = offset, Condition = condition, Immediate = immediate };

    /// <summary>
    /// A function of one block by hand: v0 comes in as 64 bits in rax, v1 in rcx as 32 bits; then the moves, then a load at what <paramref name="at"/> says.
    /// </summary>
    private static string? CheckAccess(Location at, VirtualKind kind, int offset, bool isGuarded, params InsertedMove[] moves)
    {
        MachineFunction function = new() { InstructionCount = 3, BlockCount = 1, VirtualCount = 4, OperandCount = 4 };
        VirtualKind[] kinds = [VirtualKind.Word64, VirtualKind.Word32, kind, VirtualKind.Word64];
        kinds.CopyTo(function.Virtuals, 0);
        function.Instructions[0] = Make(MachineOp.Entry, 8) with { OperandCount = 2 };
        function.Instructions[1] = Make(MachineOp.Load, 8, SourceForm.Heap, offset) with { FirstOperand = 2, OperandCount = 2 };
        function.Instructions[2] = Make(MachineOp.Return, 8) with { FirstOperand = 4 };
        Operand[] operands =
        [
            MachineBuilder.Fixed(OperandRole.Define, 0, Register.Rax), MachineBuilder.Fixed(OperandRole.Define, 1, Register.Rcx), MachineBuilder.Use(2), MachineBuilder.Define(3),
        ];
        operands.CopyTo(function.Operands, 0);
        function.Blocks[0] = new MachineBlock { End = 3 };
        AllocationResult result = new() { MoveCount = moves.Length, SlotCount = 2 };
        Location[] places = [Location.Of(Register.Rax), Location.Of(Register.Rcx), at, Location.Of(Register.Rdx)];
        places.CopyTo(result.Operands, 0);
        moves.CopyTo(result.Moves, 0);
        return UpperHalfVerifier.Check(function, result, isGuarded);
    }

    private static InsertedMove Move(Location from, Location to, VirtualKind kind) => new(1, from, to, kind);

    [Fact]
    public void ASpilledValueIsReloadedWithItsOwnWidth()
    {
        Location rax = Location.Of(Register.Rax), rdi = Location.Of(Register.Rdi), slot = Location.OfSlot(0);
        InsertedMove spill = Move(rax, slot, VirtualKind.Word64);
        Assert.Null(CheckAccess(rdi, VirtualKind.Word32, 0, true, spill, Move(slot, rdi, VirtualKind.Word32)));
        Assert.Contains("v2 in Location", CheckAccess(rdi, VirtualKind.Word32, 0, true, spill, Move(slot, rdi, VirtualKind.Word64)), StringComparison.Ordinal);
        // A register likewise, and a slot of which a float has written half.
        Assert.Null(CheckAccess(rdi, VirtualKind.Word32, 0, true, Move(rax, rdi, VirtualKind.Word32)));
        Assert.NotNull(CheckAccess(rdi, VirtualKind.Word32, 0, true, Move(rax, rdi, VirtualKind.Word64)));
        Location rcx = Location.Of(Register.Rcx), xmm = Location.Of(Register.Xmm0);
        Assert.Null(CheckAccess(rdi, VirtualKind.Word32, 0, true, Move(rcx, slot, VirtualKind.Word32), Move(slot, rdi, VirtualKind.Word64)));
        Assert.NotNull(CheckAccess(rdi, VirtualKind.Word32, 0, true, Move(rcx, slot, VirtualKind.Word32), Move(xmm, slot, VirtualKind.Float32), Move(slot, rdi, VirtualKind.Word64)));
        // The second half of a vector, too.
        Location second = Location.OfSlot(1);
        Assert.NotNull(CheckAccess(rdi, VirtualKind.Word32, 0, true, Move(rcx, second, VirtualKind.Word32), Move(xmm, slot, VirtualKind.Vector), Move(second, rdi, VirtualKind.Word64)));
    }

    [Fact]
    public void AnAddressOf64BitsIsTakenOnlyWhereItIsChecked()
    {
        Location rax = Location.Of(Register.Rax);
        Assert.Contains("as an address", CheckAccess(rax, VirtualKind.Word64, 0, true), StringComparison.Ordinal);
        Assert.Null(CheckAccess(rax, VirtualKind.Word64, 0, false));
    }

    /// <summary>
    /// An index and an offset of 32 bits each may be added for an access without a further offset. Around a loop the sum grows, and is proved no more.
    /// </summary>
    [Theory]
    [InlineData(0, false, true)]
    [InlineData(8, false, false)]
    [InlineData(0, true, false)]
    public void ASumOfTwoIsAnAddress(int offset, bool inLoop, bool isRight)
    {
        MachineFunction function = new() { InstructionCount = 5, BlockCount = 3, VirtualCount = 5, EdgeCount = 3, OperandCount = 6 };
        VirtualKind[] kinds = [VirtualKind.Word32, VirtualKind.Word32, VirtualKind.Word64, VirtualKind.Word64, VirtualKind.Word32];
        kinds.CopyTo(function.Virtuals, 0);
        Location rax = Location.Of(Register.Rax), rcx = Location.Of(Register.Rcx), rdx = Location.Of(Register.Rdx);
        MachineInstruction[] code =
        [
            Make(MachineOp.Entry, 8) with { OperandCount = 2 },
            Make(MachineOp.Jump, 8) with { FirstOperand = 2 },
            Make(MachineOp.Add, 8) with { FirstOperand = 2, OperandCount = 3 },
            Make(MachineOp.Store, 1, SourceForm.Heap, offset) with { FirstOperand = 5, OperandCount = 2 },
            Make(MachineOp.Return, 8) with { FirstOperand = 7 },
        ];
        code.CopyTo(function.Instructions, 0);
        Operand[] operands =
        [
            MachineBuilder.Fixed(OperandRole.Define, 0, Register.Rax), MachineBuilder.Fixed(OperandRole.Define, 1, Register.Rcx),
            // In a loop the first term is what was the sum before.
            MachineBuilder.Use(inLoop ? 2 : 0), MachineBuilder.Use(1), MachineBuilder.Define(2, OperandPlace.SameAsFirst),
            MachineBuilder.Use(1), MachineBuilder.Use(2),
        ];
        operands.CopyTo(function.Operands, 0);
        AllocationResult result = new();
        Location[] places = [rax, rcx, rax, rcx, rax, rcx, rax];
        places.CopyTo(result.Operands, 0);
        // Block 1 is the body, which goes back to itself or to the end.
        function.Blocks[0] = new MachineBlock { End = 2, SuccessorCount = 1 };
        function.Blocks[1] = new MachineBlock { First = 2, End = 4, FirstSuccessor = 1, SuccessorCount = 2 };
        function.Blocks[2] = new MachineBlock { First = 4, End = 5 };
        MachineEdge[] edges = [new MachineEdge { Target = 1 }, new MachineEdge { Target = inLoop ? 1 : 2 }, new MachineEdge { Target = 2 }];
        edges.CopyTo(function.Edges, 0);
        Assert.Equal(isRight, UpperHalfVerifier.Check(function, result, isGuarded: true) is null);
    }

    [Fact]
    public void EveryMachineInstructionHasARow()
    {
        foreach (MachineOp op in Enum.GetValues<MachineOp>())
            if (op != MachineOp.FirstVector) Assert.Equal(op, UpperHalfEffects.Of((ushort)op).Op);
        Assert.Throws<NodeFaultException>(static () => UpperHalfEffects.Of((ushort)MachineOp.TailDescriptor + 1));
        Assert.Throws<NodeFaultException>(static () => UpperHalfEffects.Of((ushort)((int)MachineOp.FirstVector + Enum.GetValues<VectorOp>().Length)));
    }

    /// <summary>What the encoder makes of each vector instruction has general registers where the table says so, of the width that it says.</summary>
    [Fact]
    public void VectorInstructionsHaveTheGeneralRegistersThatTheTableKnows()
    {
        Assembler assembler = new(CpuFeatures.All);
        int general = 0;
        foreach (VectorOp op in Enum.GetValues<VectorOp>())
        {
            ref readonly UpperHalfEffects.Row row = ref UpperHalfEffects.Of((ushort)((int)MachineOp.FirstVector + (int)op));
            Register to = row.Write != WordWrite.None ? Register.Rcx : Register.Xmm1, from = row.Second != WordRead.None ? Register.Rsi : Register.Xmm6;
            List<Instruction> forms = [];
            Encode(() => assembler.Vector(op, to, from, 1));
            Encode(() => assembler.Vector(op, to, Register.Xmm2, from, 1));
            Encode(() => assembler.Vector(op, to, Register.Xmm2, from, Register.Xmm3));
            Encode(() => assembler.Vector(op, to, Address.Of(Register.Rdi)));
            Encode(() => assembler.Vector(op, to, Register.Xmm2, Address.Of(Register.Rdi), 1));
            Encode(() => assembler.Vector(op, Address.Of(Register.Rdi), Register.Xmm2, 1));
            Assert.True(forms.Count > 0, $"{op} has no form");
            bool writes = false, reads = false;
            foreach (Instruction form in forms)
            {
                for (int i = 0; i < form.OpCount; i++)
                {
                    if (form.GetOpKind(i) != OpKind.Register || !form.GetOpRegister(i).IsGPR()) continue;
                    Iced.Intel.Register found = form.GetOpRegister(i);
                    Assert.Equal(found.IsGPR64() ? 8 : 4, i == 0 ? (row.Write == WordWrite.Any ? 8 : 4) : row.Second == WordRead.Whole ? 8 : 4);
                    if (i == 0) writes = true;
                    else reads = true;
                }
            }

            Assert.True(writes == (row.Write != WordWrite.None) && reads == (row.Second != WordRead.None), $"{op}: {string.Join(" / ", forms)}");
            if (writes || reads) general++;

            void Encode(Action emit)
            {
                assembler.Reset();
                try
                {
                    emit();
                }
                catch (ArgumentException)
                {
                    return;
                }

                forms.Add(Decoder.Create(64, assembler.Code.ToArray()).Decode());
            }
        }

        Assert.Equal(28, general);
    }

    /// <summary>
    /// The table against the bytes: in what is emitted for each instruction of generated functions, a result that is said to have a zero upper half gets it,
    /// and of an operand that is said to be read in part, no instruction reads the whole.
    /// </summary>
    [Fact]
    public void TheTableSaysWhatTheBytesDo()
    {
        HashSet<MachineOp> written = [], read = [];
        InstructionInfoFactory information = new();
        foreach ((FunctionCompiler compiler, FunctionResult result, _) in Functions(60))
        {
            MachineFunction function = compiler.Lowered.Machine;
            for (int piece = 0; piece < result.Origins.Length; piece++)
            {
                int index = result.Origins[piece].Instruction;
                if (index < 0) continue;
                int start = result.Origins[piece].Offset, end = piece + 1 < result.Origins.Length ? result.Origins[piece + 1].Offset : start;
                MachineInstruction instruction = function.Instructions[index];
                List<Instruction> bytes = Decode(result.Code, start, end);
                MachineOp op = (MachineOp)instruction.Op;
                UpperHalfEffects.Row row = UpperHalfEffects.Of(instruction.Op);
                if (Defines32(function, in instruction, out int operand) && IsZero(in instruction, in row) && compiler.Places.Operands[operand].Kind == LocationKind.Register)
                {
                    Assert.True(LeavesZero(bytes, compiler.Places.Operands[operand].Register), $"{op}: {string.Join("; ", bytes)}");
                    written.Add(op);
                }

                for (int o = 0; o < instruction.OperandCount; o++)
                {
                    Location place = compiler.Places.Operands[instruction.FirstOperand + o];
                    Operand used = function.Operands[instruction.FirstOperand + o];
                    bool isPartial = row.ReadOf(o) == WordRead.Low || (row.ReadOf(o) == WordRead.Sized && Detail.Bytes(in instruction) < 8);
                    bool isPlain = Detail.Form(in instruction) <= SourceForm.Immediate && !Detail.IsComparison(op);
                    if (used.Role > OperandRole.UseLate || place.Kind != LocationKind.Register || !isPartial || !isPlain) continue;
                    // Another operand in the same register may be read whole.
                    if (Enumerable.Range(0, instruction.OperandCount).Any(other => other != o && compiler.Places.Operands[instruction.FirstOperand + other] == place && function.Operands[instruction.FirstOperand + other].Role <= OperandRole.UseLate)) continue;
                    Assert.True(ReadsLow(information, bytes, place.Register), $"{op}, operand {o}: {string.Join("; ", bytes)}");
                    read.Add(op);
                }
            }
        }

        // All that has such a result or operand has been seen.
        foreach (MachineOp op in (MachineOp[])[
            MachineOp.Load, MachineOp.Lea, MachineOp.Extend, MachineOp.Add, MachineOp.Sub, MachineOp.And, MachineOp.Or, MachineOp.Xor, MachineOp.Multiply, MachineOp.MultiplyImmediate, MachineOp.Divide,
            MachineOp.Negate, MachineOp.ShiftConstant, MachineOp.Shift, MachineOp.ShiftX, MachineOp.RotateX, MachineOp.LeadingZeros, MachineOp.TrailingZeros, MachineOp.PopulationCount, MachineOp.Compare,
            MachineOp.Test, MachineOp.FloatCompare, MachineOp.IntegerFromFloat, MachineOp.BitsOfFloat]) Assert.Contains(op, written);
        foreach (MachineOp op in (MachineOp[])[
            MachineOp.Extend, MachineOp.Add, MachineOp.Sub, MachineOp.Multiply, MachineOp.Divide, MachineOp.Negate, MachineOp.ShiftConstant, MachineOp.Shift, MachineOp.ShiftX, MachineOp.FloatOfBits]) Assert.Contains(op, read);
    }

    private static List<Instruction> Decode(byte[] code, int start, int end)
    {
        Decoder decoder = Decoder.Create(64, code[start..end]);
        List<Instruction> decoded = [];
        while (decoder.IP < (ulong)(end - start)) decoded.Add(decoder.Decode());
        return decoded;
    }

    /// <summary>The table says so whatever the operands are.</summary>
    private static bool IsZero(in MachineInstruction instruction, in UpperHalfEffects.Row row)
    {
        bool isNarrow = Detail.Bytes(in instruction) < 8;
        return row.Write switch
        {
            WordWrite.Zero => true,
            WordWrite.Sized or WordWrite.Sum or WordWrite.And or WordWrite.Or or WordWrite.Shift or WordWrite.Address => isNarrow,
            WordWrite.Extended => (Extension)instruction.Condition == Extension.Sign32 || isNarrow && (Extension)instruction.Condition == Extension.Zero,
            WordWrite.Chosen => Detail.ConsumerOf(in instruction) is Consumer.Set or Consumer.Select,
            WordWrite.Converted => ((IntegerKind)instruction.Condition & IntegerKind.Wide) == 0,
            _ => false,
        };
    }

    /// <summary>Whether what the processor does leaves zeros: a write of 32 bits does, one of 8 bits keeps what was there.</summary>
    private static bool LeavesZero(List<Instruction> code, Register register)
    {
        Iced.Intel.Register whole = Iced.Intel.Register.RAX + (int)register;
        bool isZero = false, isTouched = false;
        foreach (Instruction instruction in code)
        {
            if (instruction.OpCount == 0 || instruction.Op0Kind != OpKind.Register || instruction.Mnemonic is Mnemonic.Cmp or Mnemonic.Test or Mnemonic.Bt or Mnemonic.Ucomiss or Mnemonic.Ucomisd)
            {
                isZero |= instruction.Mnemonic is Mnemonic.Div or Mnemonic.Idiv && instruction.Op0Kind == OpKind.Memory;
                continue;
            }

            Iced.Intel.Register target = instruction.Op0Register;
            if (instruction.Mnemonic is Mnemonic.Div or Mnemonic.Idiv)
            {
                if (register is Register.Rax or Register.Rdx) (isZero, isTouched) = (target.IsGPR32(), true);
                continue;
            }

            if (!target.IsGPR() || target.GetFullRegister() != whole) continue;
            isTouched = true;
            if (target.IsGPR32()) isZero = true;
            // Counts are small; a conversion of an unsigned number is compared with its own lower half before anybody goes on.
            else if (target.IsGPR64()) isZero = instruction.Mnemonic is Mnemonic.Lzcnt or Mnemonic.Tzcnt or Mnemonic.Popcnt || IsComparedWithItsHalf(code, whole);
        }

        return isZero || !isTouched && code.Count == 0;
    }

    private static bool IsComparedWithItsHalf(List<Instruction> code, Iced.Intel.Register whole)
    {
        for (int i = 0; i + 2 < code.Count; i++)
        {
            bool isHalved = code[i].Mnemonic == Mnemonic.Mov && code[i].Op0Register == Iced.Intel.Register.R11D && code[i].Op1Register.GetFullRegister() == whole;
            if (isHalved && code[i + 1].Mnemonic == Mnemonic.Cmp && code[i + 1].Op0Register == Iced.Intel.Register.R11 && code[i + 1].Op1Register == whole && code[i + 2].Mnemonic == Mnemonic.Jne) return true;
        }

        return false;
    }

    private static bool ReadsLow(InstructionInfoFactory information, List<Instruction> code, Register register)
    {
        Iced.Intel.Register whole = Iced.Intel.Register.RAX + (int)register;
        foreach (Instruction instruction in code)
        {
            // Of a count the lowest bits, whatever its register is called.
            bool isCount = instruction.Mnemonic is Mnemonic.Shlx or Mnemonic.Shrx or Mnemonic.Sarx && instruction.Op2Register.GetFullRegister() == whole && instruction.Op1Register.GetFullRegister() != whole;
            if (isCount) continue;
            foreach (UsedRegister used in information.GetInfo(instruction).GetUsedRegisters())
                if (used.Register == whole && used.Access is OpAccess.Read or OpAccess.ReadWrite or OpAccess.CondRead or OpAccess.ReadCondWrite) return false;
        }

        return true;
    }
}
