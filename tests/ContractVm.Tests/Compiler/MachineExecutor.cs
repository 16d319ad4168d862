using System;
using System.Collections.Generic;
using ContractVm.Compiler.Allocation;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Tests.Compiler;

/// <summary>
/// Runs machine functions whose operations are hashes: over virtual registers, or over registers and slots as an allocation says.
/// Branches go where the hash of their operands says. Both give a trace, a hash for each instruction, and are equal if the allocation is right.
/// What an instruction leaves undefined is filled with rubbish: clobbered and scratch registers, temporaries, the upper bits of floats.
/// </summary>
internal sealed class MachineExecutor(MachineFunction function, AllocationResult? result)
{
    private const int MostSteps = 1500;

    private readonly (ulong Low, ulong High)[] _virtuals = new (ulong, ulong)[function.VirtualCount];
    private readonly (ulong Low, ulong High)[] _registers = new (ulong, ulong)[Registers.Count];
    private readonly ulong[] _slots = new ulong[result?.SlotCount ?? 0];
    private readonly List<ulong> _trace = [];
    private ulong _rubbish = 0xDEAD_BEEF;

    public static List<ulong> Run(MachineFunction function, AllocationResult? result = null) => new MachineExecutor(function, result).Run();

    private List<ulong> Run()
    {
        int[] firstMove = new int[function.InstructionCount + 1];
        for (int i = 0, move = 0; i <= function.InstructionCount && result is not null; i++)
        {
            while (move < result.MoveCount && result.Moves[move].Before < i) move++;
            firstMove[i] = move;
        }

        int b = 0;
        while (_trace.Count < MostSteps)
        {
            ref MachineBlock block = ref function.Blocks[b];
            ulong hash = 0;
            int ways = block.SuccessorCount;
            bool isThrown = false;
            for (int i = block.First; i < block.End && !isThrown; i++)
            {
                for (int m = firstMove[i]; result is not null && m < result.MoveCount && result.Moves[m].Before == i; m++) Move(result.Moves[m]);
                bool throws = (function.Instructions[i].Flags & InstructionFlags.Throws) != 0;
                isThrown = throws && (block.SuccessorCount == 1 || function.Instructions[i].Immediate % 3 == 0);
                hash = Execute(i, isThrown);
                if (throws) ways--;
            }

            if (block.SuccessorCount == 0) break;
            ref MachineEdge edge = ref function.Edges[block.FirstSuccessor + (isThrown ? block.SuccessorCount - 1 : (int)(hash % (uint)ways))];
            if (result is null)
            {
                (ulong, ulong)[] arguments = new (ulong, ulong)[edge.ArgumentCount];
                for (int i = 0; i < arguments.Length; i++) arguments[i] = _virtuals[function.Values[edge.FirstArgument + i]];
                for (int i = 0; i < arguments.Length; i++) _virtuals[function.Values[function.Blocks[edge.Target].FirstParameter + i]] = arguments[i];
            }

            b = edge.Target;
        }

        return _trace;
    }

    private static ulong Mix(ulong a, ulong b)
    {
        ulong z = (a ^ (b * 0x9E37_79B9_7F4A_7C15)) + 0x94D0_49BB_1331_11EB;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        return z ^ (z >> 29);
    }

    private ulong Rubbish() => _rubbish = Mix(_rubbish, 1);

    private ulong Execute(int index, bool isThrown)
    {
        ref MachineInstruction instruction = ref function.Instructions[index];
        if (result is not null)
        {
            Spoil(Registers.Scratch);
            Spoil(Registers.VectorScratch);
        }

        bool isConstant = (instruction.Flags & InstructionFlags.Rematerializable) != 0;
        ulong hash = Mix((ulong)instruction.Immediate, instruction.Op);
        for (int o = instruction.FirstOperand; o < instruction.FirstOperand + instruction.OperandCount; o++)
        {
            if (function.Operands[o].Role > OperandRole.UseLate) continue;
            VirtualKind kind = function.Virtuals[function.Operands[o].Virtual];
            (ulong low, ulong high) = result is null ? _virtuals[function.Operands[o].Virtual] : Read(result.Operands[o], kind);
            // The upper half of a Word32 is read too: it must be zero.
            if (kind == VirtualKind.Float32) low &= uint.MaxValue;
            hash = Mix(Mix(hash, low), kind == VirtualKind.Vector ? high : 0);
        }

        _trace.Add(hash);
        if (result is not null && !(isConstant && result.Operands[instruction.FirstOperand].Kind == LocationKind.None))
        {
            for (int r = 0; r < Registers.Count && (instruction.Flags & InstructionFlags.Clobbers) != 0; r++) Spoil((Register)r);
            for (int o = instruction.FirstOperand; o < instruction.FirstOperand + instruction.OperandCount; o++)
            {
                if (function.Operands[o].Role == OperandRole.Temporary) Spoil(result.Operands[o].Register);
            }
        }

        if (isThrown) return hash;
        int definition = 0;
        for (int o = instruction.FirstOperand; o < instruction.FirstOperand + instruction.OperandCount; o++)
        {
            if (function.Operands[o].Role != OperandRole.Define || function.Operands[o].Virtual < 0) continue;
            (ulong, ulong) value = Value(hash, definition++, function.Virtuals[function.Operands[o].Virtual]);
            if (result is null) _virtuals[function.Operands[o].Virtual] = value;
            else if (result.Operands[o].Kind != LocationKind.None) Write(result.Operands[o], function.Virtuals[function.Operands[o].Virtual], value);
        }

        return hash;
    }

    private static (ulong Low, ulong High) Value(ulong hash, int definition, VirtualKind kind)
    {
        ulong low = Mix(hash, 100 + (ulong)definition);
        return kind switch
        {
            VirtualKind.Word32 or VirtualKind.Float32 => (low & uint.MaxValue, 0),
            VirtualKind.Vector => (low, Mix(low, 7)),
            _ => (low, 0),
        };
    }

    private void Spoil(Register register) => _registers[(int)register] = (Rubbish(), Rubbish());

    private void Move(InsertedMove move)
    {
        if (move.From.Kind == LocationKind.Constant)
        {
            ref MachineInstruction instruction = ref function.Instructions[move.From.Index];
            Write(move.To, move.Kind, Value(Mix((ulong)instruction.Immediate, instruction.Op), 0, move.Kind));
        }
        else Write(move.To, move.Kind, Read(move.From, move.Kind));
    }

    private (ulong Low, ulong High) Read(Location from, VirtualKind kind) => from.Kind switch
    {
        LocationKind.Register => _registers[from.Index],
        LocationKind.Slot => (_slots[from.Index], kind == VirtualKind.Vector ? _slots[from.Index + 1] : 0),
        _ => throw new InvalidOperationException("a value is read from nowhere"),
    };

    private void Write(Location to, VirtualKind kind, (ulong Low, ulong High) value)
    {
        if (to.Kind == LocationKind.Slot)
        {
            // A slot is written with all its bytes, but a float has only four.
            _slots[to.Index] = kind == VirtualKind.Float32 ? (value.Low & uint.MaxValue) | (Rubbish() << 32) : value.Low;
            if (kind == VirtualKind.Vector) _slots[to.Index + 1] = value.High;
            return;
        }

        _registers[to.Index] = kind switch
        {
            VirtualKind.Float32 => ((value.Low & uint.MaxValue) | (Rubbish() << 32), Rubbish()),
            VirtualKind.Float64 => (value.Low, Rubbish()),
            _ => value,
        };
    }
}
