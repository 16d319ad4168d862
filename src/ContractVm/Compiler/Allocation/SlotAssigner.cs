using System;
using ContractVm.Compiler.Machine;

namespace ContractVm.Compiler.Allocation;

/// <summary>
/// Gives each spilled value a slot, which values share that are never alive at the same time. Storage is kept from function to function.
/// <para>
/// A value's interval goes in the order of <see cref="FlowOrder"/> from its definition to its last use; where a use is in a loop
/// that the definition is not in, to the end of the outermost such loop. As that order is topological and loops stand together in
/// it, the interval contains every point where the value is alive. One walk over the positions gives slots out and takes them
/// back: O(n log n), the logarithm for the depth of loops. Slots of 16 bytes stand before all of 8 bytes, so that no two overlap.
/// </para>
/// </summary>
internal sealed class SlotAssigner
{
    private int[] _last = [], _endHeads = [], _nextEnd = [], _freeSmall = new int[16], _freeLarge = new int[16];
    private int _freeSmallCount, _freeLargeCount, _smallCount, _largeCount;

    /// <summary>For each virtual that has one, its slot.</summary>
    public int[] SlotOf { get; private set; } = [];

    /// <summary>Gives out slots and returns how many 8-byte units they take.</summary>
    public int Run(MachineFunction function, FlowOrder order, NextUses uses, bool[] isSpilled)
    {
        int virtuals = function.VirtualCount;
        if (SlotOf.Length < virtuals)
        {
            SlotOf = new int[Math.Max(virtuals, SlotOf.Length * 2)];
            _last = new int[SlotOf.Length];
            _nextEnd = new int[SlotOf.Length];
        }

        if (_endHeads.Length < order.PositionCount) _endHeads = new int[Math.Max(order.PositionCount, _endHeads.Length * 2)];
        Array.Fill(SlotOf, -1, 0, virtuals);
        Array.Fill(_last, -1, 0, virtuals);
        Array.Fill(_endHeads, -1, 0, order.PositionCount);
        _freeSmallCount = _freeLargeCount = _smallCount = _largeCount = 0;
        FindEnds(function, order, uses, isSpilled);
        int position = 0;
        for (int i = 0; i < function.BlockCount; i++)
        {
            ref MachineBlock block = ref function.Blocks[order.Order[i]];
            for (int k = 0; k < block.ParameterCount; k++) Take(function, function.Values[block.FirstParameter + k], position, isSpilled);
            Release(function, position++);
            for (int k = block.First; k < block.End; k++)
            {
                ref MachineInstruction instruction = ref function.Instructions[k];
                for (int o = instruction.FirstOperand; o < instruction.FirstOperand + instruction.OperandCount; o++)
                {
                    ref Operand operand = ref function.Operands[o];
                    if (operand.Role == OperandRole.Define && operand.Virtual >= 0) Take(function, operand.Virtual, position, isSpilled);
                }

                Release(function, position++);
            }

            Release(function, position++);
        }

        // Small slots were counted from zero.
        for (int v = 0; v < virtuals; v++)
        {
            if (SlotOf[v] >= 0 && function.Virtuals[v] != VirtualKind.Vector) SlotOf[v] += 2 * _largeCount;
        }

        return 2 * _largeCount + _smallCount;
    }

    private void FindEnds(MachineFunction function, FlowOrder order, NextUses uses, bool[] isSpilled)
    {
        for (int b = 0; b < function.BlockCount; b++)
        {
            ref MachineBlock block = ref function.Blocks[b];
            int position = order.Start[b];
            for (int i = block.First; i < block.End; i++)
            {
                position++;
                ref MachineInstruction instruction = ref function.Instructions[i];
                for (int o = instruction.FirstOperand; o < instruction.FirstOperand + instruction.OperandCount; o++)
                {
                    ref Operand operand = ref function.Operands[o];
                    if (operand.Role <= OperandRole.UseLate && isSpilled[operand.Virtual]) Extend(function, order, uses, operand.Virtual, b, position);
                }
            }

            for (int e = block.FirstSuccessor; e < block.FirstSuccessor + block.SuccessorCount; e++)
            {
                ref MachineEdge edge = ref function.Edges[e];
                for (int i = 0; i < edge.ArgumentCount; i++)
                {
                    int v = function.Values[edge.FirstArgument + i];
                    if (isSpilled[v]) Extend(function, order, uses, v, b, position + 1);
                }
            }
        }
    }

    private void Extend(MachineFunction function, FlowOrder order, NextUses uses, int v, int block, int position)
    {
        if (position <= _last[v]) return;
        int loop = uses.DefinitionBlock[v] == block ? -1 : order.OutermostLoopAfter(block, uses.DefinitionBlock[v]);
        if (loop >= 0)
        {
            int end = order.Order[order.LoopLastRank[loop]];
            position = order.Start[end] + function.Blocks[end].End - function.Blocks[end].First + 1;
        }

        _last[v] = Math.Max(_last[v], position);
    }

    private void Take(MachineFunction function, int v, int position, bool[] isSpilled)
    {
        if (!isSpilled[v]) return;
        if (function.Virtuals[v] == VirtualKind.Vector) SlotOf[v] = _freeLargeCount > 0 ? _freeLarge[--_freeLargeCount] : 2 * _largeCount++;
        else SlotOf[v] = _freeSmallCount > 0 ? _freeSmall[--_freeSmallCount] : _smallCount++;
        int end = Math.Max(position, _last[v]);
        _nextEnd[v] = _endHeads[end];
        _endHeads[end] = v;
    }

    private void Release(MachineFunction function, int position)
    {
        for (int v = _endHeads[position]; v >= 0; v = _nextEnd[v])
        {
            if (function.Virtuals[v] == VirtualKind.Vector) Push(ref _freeLarge, ref _freeLargeCount, SlotOf[v]);
            else Push(ref _freeSmall, ref _freeSmallCount, SlotOf[v]);
        }
    }

    private static void Push(ref int[] stack, ref int count, int slot)
    {
        if (count == stack.Length) Array.Resize(ref stack, count * 2);
        stack[count++] = slot;
    }
}
