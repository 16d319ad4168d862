using System;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Allocation;

/// <summary>
/// Which values are live at the start of each block, and how far away the next use of a value is. Storage is kept from function
/// to function.
/// <para>
/// Live sets are sparse and found value by value: from each use backwards until the definition. That takes time in proportion to
/// the sets' sizes, and stops where they exceed the budget. Distances count instructions along the nearest path, with a surcharge
/// for what makes a register a waste until then: leaving a loop, going to a cold block, and, the largest, a call, which takes
/// all registers away. Two passes backwards over the blocks are enough for a good estimate in loops; that a value is dead is exact.
/// </para>
/// </summary>
internal sealed class NextUses
{
    /// <summary>Added where a path leaves a loop.</summary>
    public const int LoopExit = 1 << 16;
    /// <summary>Added where a path goes from a hot to a cold block.</summary>
    public const int Cold = 1 << 20;
    /// <summary>Added where a path passes a call.</summary>
    public const int Call = 1 << 24;
    /// <summary>Farther than any distance counted.</summary>
    public const int Far = 1 << 30;
    /// <summary>The value is not used any more.</summary>
    public const long Never = long.MaxValue;

    private int[] _useStart = new int[2], _useBlock = [], _mark = [], _stack = [], _entryBlock = [], _entryVirtual = [];
    private long[] _current = [];
    private int[] _stamp = [];
    private int _now;

    /// <summary>For each virtual the block that defines it, or -1.</summary>
    public int[] DefinitionBlock { get; private set; } = [];
    /// <summary>For each virtual the operand that defines it; -1 for a block parameter.</summary>
    public int[] DefinitionOperand { get; private set; } = [];
    /// <summary>For each virtual the instruction that defines it; -1 for a block parameter.</summary>
    public int[] DefinitionInstruction { get; private set; } = [];
    /// <summary>For each virtual whether it is a constant to be made again.</summary>
    public bool[] IsConstant { get; private set; } = [];
    /// <summary>For each block the first of its entries in <see cref="LiveVirtual"/>; one more than there are blocks.</summary>
    public int[] LiveStart { get; private set; } = [];
    /// <summary>Values live at the start of blocks, without parameters.</summary>
    public int[] LiveVirtual { get; private set; } = [];
    /// <summary>Their distances from there.</summary>
    public int[] LiveDistance { get; private set; } = [];
    /// <summary>For each block parameter, by its index in <see cref="MachineFunction.Values"/>, the distance from the block's start, or <see cref="Never"/>.</summary>
    public long[] ParameterDistance { get; private set; } = [];
    /// <summary>For each operand the next use of its virtual after the instruction, counted from the block's start.</summary>
    public long[] NextAfter { get; private set; } = [];
    /// <summary>For each block the most values alive at once that want general and vector registers.</summary>
    public int[] GeneralPressure { get; private set; } = [];
    /// <summary>See <see cref="GeneralPressure"/>.</summary>
    public int[] VectorPressure { get; private set; } = [];

    /// <summary>Finds where virtuals are defined; needs no order.</summary>
    public void FindDefinitions(MachineFunction function)
    {
        int virtuals = function.VirtualCount;
        if (DefinitionBlock.Length < virtuals)
        {
            int size = Math.Max(virtuals, DefinitionBlock.Length * 2);
            DefinitionBlock = new int[size];
            DefinitionOperand = new int[size];
            DefinitionInstruction = new int[size];
            IsConstant = new bool[size];
            _current = new long[size];
            _stamp = new int[size];
            _useStart = new int[size + 2];
            _now = 0;
        }

        Array.Fill(DefinitionBlock, -1, 0, virtuals);
        Array.Fill(DefinitionOperand, -1, 0, virtuals);
        Array.Fill(DefinitionInstruction, -1, 0, virtuals);
        Array.Clear(IsConstant, 0, virtuals);
        for (int b = 0; b < function.BlockCount; b++)
        {
            ref MachineBlock block = ref function.Blocks[b];
            for (int i = 0; i < block.ParameterCount; i++) DefinitionBlock[function.Values[block.FirstParameter + i]] = b;
            for (int i = block.First; i < block.End; i++)
            {
                ref MachineInstruction instruction = ref function.Instructions[i];
                for (int o = instruction.FirstOperand; o < instruction.FirstOperand + instruction.OperandCount; o++)
                {
                    ref Operand operand = ref function.Operands[o];
                    if (operand.Role != OperandRole.Define || operand.Virtual < 0) continue;
                    DefinitionBlock[operand.Virtual] = b;
                    DefinitionOperand[operand.Virtual] = o;
                    DefinitionInstruction[operand.Virtual] = i;
                    IsConstant[operand.Virtual] = (instruction.Flags & InstructionFlags.Rematerializable) != 0;
                }
            }
        }
    }

    /// <summary>Finds live sets and distances. False where that would exceed the budget, counted in steps.</summary>
    public bool Run(MachineFunction function, FlowOrder order, long budget)
    {
        if (!FindLiveSets(function, budget)) return false;
        if (NextAfter.Length < function.OperandCount) NextAfter = new long[Math.Max(function.OperandCount, NextAfter.Length * 2)];
        if (ParameterDistance.Length < function.ValueCount) ParameterDistance = new long[Math.Max(function.ValueCount, ParameterDistance.Length * 2)];
        if (GeneralPressure.Length < function.BlockCount)
        {
            GeneralPressure = new int[Math.Max(function.BlockCount, GeneralPressure.Length * 2)];
            VectorPressure = new int[GeneralPressure.Length];
        }

        Array.Fill(LiveDistance, Far, 0, LiveStart[function.BlockCount]);
        Array.Fill(ParameterDistance, Far, 0, function.ValueCount);
        for (int round = order.HasLoops ? 2 : 1; round > 0; round--)
        {
            for (int i = function.BlockCount - 1; i >= 0; i--) Measure(function, order.Order[i]);
        }

        return true;
    }

    private bool FindLiveSets(MachineFunction function, long budget)
    {
        int blocks = function.BlockCount, virtuals = function.VirtualCount;
        if (LiveStart.Length < blocks + 1)
        {
            LiveStart = new int[Math.Max(blocks + 1, LiveStart.Length * 2)];
            _mark = new int[LiveStart.Length];
        }

        // Uses outside of the defining block, by virtual.
        if (_useStart.Length < virtuals + 2) _useStart = new int[Math.Max(virtuals + 2, _useStart.Length * 2)];
        Array.Clear(_useStart, 0, virtuals + 2);
        ForEachOuterUse(function, isCounting: true);
        for (int v = 0; v < virtuals; v++) _useStart[v + 2] += _useStart[v + 1];
        int uses = _useStart[virtuals + 1];
        if (_useBlock.Length < uses) _useBlock = new int[Math.Max(uses, _useBlock.Length * 2)];
        ForEachOuterUse(function, isCounting: false);

        Array.Clear(_mark, 0, blocks);
        Array.Clear(LiveStart, 0, blocks + 1);
        int count = 0;
        for (int v = 0; v < virtuals; v++)
        {
            for (int u = _useStart[v]; u < _useStart[v + 1]; u++)
            {
                if (_mark[_useBlock[u]] == v + 1) continue;
                int depth = 0;
                Mark(_useBlock[u], v, ref depth, ref count);
                while (depth > 0)
                {
                    ref MachineBlock block = ref function.Blocks[_stack[--depth]];
                    budget -= block.PredecessorCount + 1;
                    if (budget < 0) return false;
                    for (int i = 0; i < block.PredecessorCount; i++)
                    {
                        int predecessor = function.Predecessors[block.FirstPredecessor + i];
                        if (predecessor != DefinitionBlock[v] && _mark[predecessor] != v + 1) Mark(predecessor, v, ref depth, ref count);
                    }
                }
            }
        }

        // Sorted by block.
        if (LiveVirtual.Length < count)
        {
            LiveVirtual = new int[_entryBlock.Length];
            LiveDistance = new int[_entryBlock.Length];
        }

        int sum = 0;
        for (int b = 0; b < blocks; b++) (LiveStart[b], sum) = (sum, sum + LiveStart[b]);
        for (int i = 0; i < count; i++) LiveVirtual[LiveStart[_entryBlock[i]]++] = _entryVirtual[i];
        for (int b = blocks; b > 0; b--) LiveStart[b] = LiveStart[b - 1];
        LiveStart[0] = 0;
        return true;
    }

    private void Mark(int block, int v, ref int depth, ref int count)
    {
        _mark[block] = v + 1;
        if (depth == _stack.Length) Array.Resize(ref _stack, Math.Max(64, depth * 2));
        _stack[depth++] = block;
        if (count == _entryBlock.Length)
        {
            Array.Resize(ref _entryBlock, Math.Max(256, count * 2));
            Array.Resize(ref _entryVirtual, Math.Max(256, count * 2));
        }

        _entryBlock[count] = block;
        _entryVirtual[count++] = v;
        LiveStart[block]++;
    }

    private void ForEachOuterUse(MachineFunction function, bool isCounting)
    {
        for (int b = 0; b < function.BlockCount; b++)
        {
            ref MachineBlock block = ref function.Blocks[b];
            for (int i = block.First; i < block.End; i++)
            {
                ref MachineInstruction instruction = ref function.Instructions[i];
                for (int o = instruction.FirstOperand; o < instruction.FirstOperand + instruction.OperandCount; o++)
                {
                    ref Operand operand = ref function.Operands[o];
                    if (operand.Role <= OperandRole.UseLate) AddOuterUse(operand.Virtual, b, isCounting);
                }
            }

            for (int e = block.FirstSuccessor; e < block.FirstSuccessor + block.SuccessorCount; e++)
            {
                ref MachineEdge edge = ref function.Edges[e];
                for (int i = 0; i < edge.ArgumentCount; i++) AddOuterUse(function.Values[edge.FirstArgument + i], b, isCounting);
            }
        }
    }

    private void AddOuterUse(int v, int block, bool isCounting)
    {
        if (DefinitionBlock[v] == block) return;
        if (isCounting) _useStart[v + 2]++;
        else _useBlock[_useStart[v + 1]++] = block;
    }

    /// <summary>Distances of one block, from those of its successors.</summary>
    private void Measure(MachineFunction function, int b)
    {
        ref MachineBlock block = ref function.Blocks[b];
        if (_now == int.MaxValue)
        {
            Array.Clear(_stamp);
            _now = 0;
        }

        _now++;
        int general = 0, vector = 0;
        long position = block.End - block.First;
        for (int i = block.First; i < block.End; i++)
        {
            if ((function.Instructions[i].Flags & InstructionFlags.Clobbers) != 0) position += Call;
        }

        for (int e = block.FirstSuccessor; e < block.FirstSuccessor + block.SuccessorCount; e++)
        {
            ref MachineEdge edge = ref function.Edges[e];
            ref MachineBlock target = ref function.Blocks[edge.Target];
            long start = position + Math.Max(0, block.LoopDepth - target.LoopDepth) * (long)LoopExit + (target.IsCold && !block.IsCold ? Cold : 0);
            for (int i = LiveStart[edge.Target]; i < LiveStart[edge.Target + 1]; i++) Use(function, LiveVirtual[i], start + LiveDistance[i], ref general, ref vector);
            for (int i = 0; i < edge.ArgumentCount; i++)
            {
                long distance = Math.Min(Far, ParameterDistance[target.FirstParameter + i]);
                Use(function, function.Values[edge.FirstArgument + i], start + distance, ref general, ref vector);
            }
        }

        int mostGeneral = general, mostVector = vector;
        for (int i = block.End - 1; i >= block.First; i--)
        {
            ref MachineInstruction instruction = ref function.Instructions[i];
            position -= (instruction.Flags & InstructionFlags.Clobbers) != 0 ? Call + 1 : 1;
            int end = instruction.FirstOperand + instruction.OperandCount;
            int generalHere = 0, vectorHere = 0;
            for (int o = instruction.FirstOperand; o < end; o++)
            {
                int v = function.Operands[o].Virtual;
                if (v < 0)
                {
                    generalHere++;
                    continue;
                }

                bool isLive = _stamp[v] == _now;
                NextAfter[o] = isLive ? _current[v] : Never;
                OperandRole role = function.Operands[o].Role;
                if (role < OperandRole.Define) continue;
                if (!isLive && function.Virtuals[v] < VirtualKind.Float32) generalHere++;
                else if (!isLive) vectorHere++;
                else Kill(function, v, ref general, ref vector, ref generalHere, ref vectorHere);
            }

            mostGeneral = Math.Max(mostGeneral, general + generalHere);
            mostVector = Math.Max(mostVector, vector + vectorHere);
            for (int o = instruction.FirstOperand; o < end; o++)
            {
                if (function.Operands[o].Role > OperandRole.UseLate) continue;
                int v = function.Operands[o].Virtual;
                if (_stamp[v] == _now) _current[v] = position;
                else Use(function, v, position, ref general, ref vector);
            }

            mostGeneral = Math.Max(mostGeneral, general);
            mostVector = Math.Max(mostVector, vector);
        }

        GeneralPressure[b] = mostGeneral;
        VectorPressure[b] = mostVector;
        for (int i = 0; i < block.ParameterCount; i++)
        {
            int v = function.Values[block.FirstParameter + i];
            ParameterDistance[block.FirstParameter + i] = _stamp[v] == _now ? Math.Min(_current[v], Far) : Never;
        }

        for (int i = LiveStart[b]; i < LiveStart[b + 1]; i++)
        {
            int v = LiveVirtual[i];
            LiveDistance[i] = _stamp[v] == _now ? (int)Math.Min(_current[v], Far) : Far;
        }
    }

    private void Use(MachineFunction function, int v, long position, ref int general, ref int vector)
    {
        if (_stamp[v] == _now)
        {
            if (position < _current[v]) _current[v] = position;
            return;
        }

        _stamp[v] = _now;
        _current[v] = position;
        if (IsConstant[v]) return;
        if (function.Virtuals[v] < VirtualKind.Float32) general++;
        else vector++;
    }

    /// <summary>At its definition a value begins to be live: from here backwards it takes no register, but here it does.</summary>
    private void Kill(MachineFunction function, int v, ref int general, ref int vector, ref int generalHere, ref int vectorHere)
    {
        _stamp[v] = 0;
        if (IsConstant[v]) return;
        if (function.Virtuals[v] < VirtualKind.Float32)
        {
            general--;
            generalHere++;
        }
        else
        {
            vector--;
            vectorHere++;
        }
    }
}
