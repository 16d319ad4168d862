using System;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;

namespace ContractVm.Compiler.Lowering;

/// <summary>Blocks and edges of the machine function, and its arrays in the order of the code.</summary>
internal sealed partial class Lowerer
{
    /// <summary>For each block its machine block.</summary>
    private int[] _machineBlocks = new int[64];
    private int[] _openLoops = new int[16];
    /// <summary>For each edge the machine block put on it, or -1.</summary>
    private int[] _splitBlocks = new int[64];

    /// <summary>
    /// Numbers machine blocks. An edge from a block with several successors to one with several predecessors gets a block of its own,
    /// right after the one that it leaves, and so does one that charges.
    /// </summary>
    private void PlanBlocks()
    {
        if (_machineBlocks.Length < _ir.BlockCount) _machineBlocks = new int[Math.Max(_ir.BlockCount, _machineBlocks.Length * 2)];
        PrepareLoops(_machineBlocks.Length);
        if (_splitBlocks.Length < _ir.EdgeCount) _splitBlocks = new int[Math.Max(_ir.EdgeCount, _splitBlocks.Length * 2)];
        int count = 0, open = 0;
        for (int block = 0; block < _ir.BlockCount; block++)
        {
            ref IrBlock at = ref _ir.Blocks[block];
            while (open > 0 && _ir.Blocks[_openLoops[open - 1]].LoopEnd <= block) open--;
            if (at.LoopEnd > 0)
            {
                if (open == _openLoops.Length) Array.Resize(ref _openLoops, open * 2);
                _openLoops[open++] = block;
            }

            PlanLoop(block, open > 0 ? _openLoops[open - 1] : -1, open > 1 ? _openLoops[open - 2] : -1);
            _machineBlocks[block] = count++;
            for (int e = at.FirstEdge; e < at.FirstEdge + at.EdgeCount; e++)
            {
                int target = _ir.Edges[e].Target;
                _splitBlocks[e] = at.EdgeCount > 1 && (_ir.Blocks[target].PredecessorCount > 1 || _ir.Edges[e].Charge != 0) ? count++ : -1;
                if (target > block) _entries[target]++;
            }
        }

        if (_machine.Blocks.Length < count) Array.Resize(ref _machine.Blocks, Math.Max(count, _machine.Blocks.Length * 2));
        _machine.BlockCount = count;
    }

    /// <summary>First and End count backward until <see cref="Assemble"/>.</summary>
    private void BeginMachineBlock(int block)
    {
        _machine.Blocks[block] = new MachineBlock { First = _count, FirstSuccessor = _machine.EdgeCount };
    }

    private void EndMachineBlock(int block, int depth, bool isCold)
    {
        ref MachineBlock made = ref _machine.Blocks[block];
        made.End = _count;
        made.SuccessorCount = _machine.EdgeCount - made.FirstSuccessor;
        made.LoopDepth = (byte)Math.Min(depth, byte.MaxValue);
        made.IsCold = isCold;
    }

    /// <summary>The blocks on edges of a block.</summary>
    private void LowerSplitEdges(int block)
    {
        ref IrBlock at = ref _ir.Blocks[block];
        _origin = _ir.Nodes[at.End - 1].Origin;
        for (int e = at.FirstEdge + at.EdgeCount - 1; e >= at.FirstEdge; e--)
        {
            int split = _splitBlocks[e];
            if (split < 0) continue;
            BeginMachineBlock(split);
            AddEdge(e, _machineBlocks[_ir.Edges[e].Target]);
            Begin(MachineOp.Jump, 8);
            End();
            EndGroup();
            ref IrEdge edge = ref _ir.Edges[e];
            if (edge.Charge != 0)
            {
                Charge(edge.Charge);
                EndGroup();
            }

            CloseConstants();
            ref IrBlock target = ref _ir.Blocks[edge.Target];
            EndMachineBlock(split, Math.Min(at.LoopDepth, target.LoopDepth), at.IsCold || target.IsCold);
            // What follows the last block of a loop is gone on to without a jump.
            _machine.Blocks[split].IsAside = target.LoopDepth < at.LoopDepth && edge.Target != block + 1 && _facts.Options.Has(Optimizations.ExitsAside);
        }
    }

    /// <summary>The successors of the block at hand, in order; to be called while its terminator is lowered.</summary>
    private void AddSuccessors()
    {
        ref IrBlock at = ref _ir.Blocks[_block];
        ref MachineBlock made = ref _machine.Blocks[_machineBlocks[_block]];
        made.FirstSuccessor = _machine.EdgeCount;
        for (int e = at.FirstEdge; e < at.FirstEdge + at.EdgeCount; e++)
        {
            if (_splitBlocks[e] < 0) AddEdge(e, _machineBlocks[_ir.Edges[e].Target]);
            else AddEdge(-1, _splitBlocks[e]);
        }
    }

    /// <summary>Adds an edge to a machine block, with the arguments of an edge of the source; -1 for none.</summary>
    private void AddEdge(int edge, int target)
    {
        MachineEdge made = new() { Target = target, FirstArgument = _machine.ValueCount };
        if (edge >= 0)
        {
            IrEdge source = _ir.Edges[edge];
            int first = _ir.Blocks[source.Target].First;
            for (int i = 0; i < source.ArgumentCount; i++)
                if (IsWantedParameter(first + i)) AddValue(Use(_ir.Arguments[source.FirstArgument + i]));
        }

        made.ArgumentCount = _machine.ValueCount - made.FirstArgument;
        if (_machine.EdgeCount == _machine.Edges.Length) Array.Resize(ref _machine.Edges, _machine.EdgeCount * 2);
        _machine.Edges[_machine.EdgeCount++] = made;
    }

    private bool IsWantedParameter(int node) => _uses[node] > 0 && !IsGone(node);

    private int AddValue(int value)
    {
        if (_machine.ValueCount == _machine.Values.Length) Array.Resize(ref _machine.Values, _machine.ValueCount * 2);
        _machine.Values[_machine.ValueCount] = value;
        return _machine.ValueCount++;
    }

    /// <summary>Turns the backward lists around and finishes blocks, parameters and predecessors.</summary>
    private void Assemble()
    {
        int count = _count + _placedCount;
        if (_machine.Instructions.Length < count) _machine.Instructions = new MachineInstruction[Math.Max(count, _machine.Instructions.Length * 2)];
        if (_machine.Operands.Length < _operandCount + _placedCount)
            _machine.Operands = new Operand[Math.Max(_operandCount + _placedCount, _machine.Operands.Length * 2)];
        if (_placedAt.Length <= _count) Array.Resize(ref _placedAt, Math.Max(_count + 1, _placedAt.Length * 2));
        int backward = _count;
        for (int block = 0; block < _machine.BlockCount; block++)
        {
            ref MachineBlock made = ref _machine.Blocks[block];
            (int end, int start) = (made.First, made.End);
            made.First = _machine.InstructionCount;
            for (int i = start; i > end; i--)
            {
                if (_placedAt[i] != 0) AppendConstants(i);
                Append(ref _instructions[i - 1]);
            }

            made.End = _machine.InstructionCount;
            if (start != backward) throw new NodeFaultException("machine blocks are not in order");
            backward = end;
        }

        AddParameters();
        AddPredecessors();
    }

    private void Append(ref MachineInstruction instruction)
    {
        _operands.AsSpan(instruction.FirstOperand, instruction.OperandCount).CopyTo(_machine.Operands.AsSpan(_machine.OperandCount));
        ref MachineInstruction appended = ref _machine.Instructions[_machine.InstructionCount++];
        appended = instruction;
        appended.FirstOperand = _machine.OperandCount;
        _machine.OperandCount += instruction.OperandCount;
    }

    private void AppendConstants(int position)
    {
        for (int i = _placedAt[position]; i != 0; i = _placed[i - 1].Next)
        {
            // Built at the end of the backward list, which is complete.
            EmitConstant(_placed[i - 1].Node, _placed[i - 1].Virtual);
            _count--;
            Append(ref _instructions[_count]);
            _operandCount = _instructions[_count].FirstOperand;
        }

        _placedAt[position] = 0;
    }

    private void AddParameters()
    {
        for (int block = 0; block < _ir.BlockCount; block++)
        {
            ref IrBlock at = ref _ir.Blocks[block];
            ref MachineBlock made = ref _machine.Blocks[_machineBlocks[block]];
            made.FirstParameter = _machine.ValueCount;
            for (int i = 0; i < at.ParameterCount; i++)
                if (IsWantedParameter(at.First + i)) AddValue(Result(at.First + i));
            made.ParameterCount = _machine.ValueCount - made.FirstParameter;
            if (at.LoopEnd != 0) made.LoopEnd = at.LoopEnd == _ir.BlockCount ? _machine.BlockCount : _machineBlocks[at.LoopEnd];
        }
    }

    private void AddPredecessors()
    {
        if (_machine.Predecessors.Length < _machine.EdgeCount) _machine.Predecessors = new int[Math.Max(_machine.EdgeCount, _machine.Predecessors.Length * 2)];
        for (int e = 0; e < _machine.EdgeCount; e++) _machine.Blocks[_machine.Edges[e].Target].PredecessorCount++;
        for (int block = 0; block < _machine.BlockCount; block++)
        {
            ref MachineBlock made = ref _machine.Blocks[block];
            made.FirstPredecessor = _machine.PredecessorCount;
            _machine.PredecessorCount += made.PredecessorCount;
            made.PredecessorCount = 0;
        }

        for (int block = 0; block < _machine.BlockCount; block++)
        {
            ref MachineBlock made = ref _machine.Blocks[block];
            for (int e = made.FirstSuccessor; e < made.FirstSuccessor + made.SuccessorCount; e++)
            {
                ref MachineBlock target = ref _machine.Blocks[_machine.Edges[e].Target];
                _machine.Predecessors[target.FirstPredecessor + target.PredecessorCount++] = block;
            }
        }
    }
}
