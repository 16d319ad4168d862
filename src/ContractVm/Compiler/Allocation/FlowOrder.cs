using System;
using ContractVm.Compiler.Machine;

namespace ContractVm.Compiler.Allocation;

/// <summary>
/// The order in which allocators go through the blocks, with loops and dominators. Storage is kept from function to function.
/// <para>
/// The order is topological but for back edges, and the blocks of a loop stand together, whatever the order of the code is: a
/// block whose forward predecessors are all done waits in the list of its loop, and an outer loop's list is not looked at before
/// the inner loop has no blocks left. Hot blocks go before cold ones where both wait. As a loop is entered only at its header,
/// some block of it always waits until it is complete. Every loop is reducible, so one pass in this order finds the dominators:
/// a block's is the nearest common dominator of its forward predecessors. Common ancestors are found with jump pointers, in
/// logarithmic time, so all of it is O(n log n) for any shape.
/// </para>
/// </summary>
internal sealed class FlowOrder
{
    private int[] _waiting = [], _next = [], _heads = [], _jump = [], _depth = [], _loopJump = [], _loopDepth = [];

    /// <summary>Blocks, in order.</summary>
    public int[] Order { get; private set; } = [];
    /// <summary>For each block its index in <see cref="Order"/>.</summary>
    public int[] Rank { get; private set; } = [];
    /// <summary>For each block the header of the innermost loop around it, or -1.</summary>
    public int[] Loop { get; private set; } = [];
    /// <summary>For each header that of the next outer loop, or -1.</summary>
    public int[] LoopParent { get; private set; } = [];
    /// <summary>For each header the largest rank in its loop.</summary>
    public int[] LoopLastRank { get; private set; } = [];
    /// <summary>For each block its immediate dominator; the entry's is itself.</summary>
    public int[] Dominator { get; private set; } = [];
    /// <summary>For a block with one predecessor the edge from it.</summary>
    public int[] IncomingEdge { get; private set; } = [];
    /// <summary>
    /// For each block the position of its start. Its instructions follow at one position each, then its end, where its edges
    /// read their arguments.
    /// </summary>
    public int[] Start { get; private set; } = [];
    /// <summary>Positions of all blocks.</summary>
    public int PositionCount { get; private set; }
    /// <summary>There is a loop.</summary>
    public bool HasLoops { get; private set; }

    /// <summary>Orders the blocks of a function.</summary>
    public void Run(MachineFunction function)
    {
        int count = function.BlockCount;
        if (Order.Length < count) Grow(Math.Max(count, Order.Length * 2));
        FindLoops(function);
        Sort(function);
        FindDominators(function);
        for (int e = 0; e < function.EdgeCount; e++) IncomingEdge[function.Edges[e].Target] = e;
        int position = 0;
        for (int i = 0; i < count; i++)
        {
            ref MachineBlock block = ref function.Blocks[Order[i]];
            Start[Order[i]] = position;
            position += block.End - block.First + 2;
        }

        // An inner loop's last rank goes to its parent when the inner header is met, from the last block backwards.
        for (int i = count - 1; i >= 0; i--)
        {
            int block = Order[i], loop = Loop[block];
            if (loop < 0) continue;
            LoopLastRank[loop] = Math.Max(LoopLastRank[loop], i);
            if (loop == block && LoopParent[loop] >= 0) LoopLastRank[LoopParent[loop]] = Math.Max(LoopLastRank[LoopParent[loop]], LoopLastRank[loop]);
        }

        PositionCount = position;
    }

    /// <summary>The edge from a predecessor to a block.</summary>
    public int EdgeFrom(MachineFunction function, int predecessor, int block) =>
        function.Blocks[predecessor].SuccessorCount == 1 ? function.Blocks[predecessor].FirstSuccessor : IncomingEdge[block];

    /// <summary>The nearest block that dominates both.</summary>
    public int CommonDominator(int a, int b)
    {
        if (_depth[a] < _depth[b]) (a, b) = (b, a);
        while (_depth[a] > _depth[b]) a = _depth[_jump[a]] >= _depth[b] ? _jump[a] : Dominator[a];
        while (a != b)
        {
            if (_jump[a] != _jump[b]) (a, b) = (_jump[a], _jump[b]);
            else (a, b) = (Dominator[a], Dominator[b]);
        }

        return a;
    }

    /// <summary>The outermost loop around a block that starts after another block, or -1: what is defined there and read here lives throughout that loop.</summary>
    public int OutermostLoopAfter(int block, int definition)
    {
        int loop = Loop[block], rank = Rank[definition];
        if (loop < 0 || Rank[loop] <= rank) return -1;
        while (LoopParent[loop] >= 0 && Rank[LoopParent[loop]] > rank) loop = Rank[_loopJump[loop]] > rank ? _loopJump[loop] : LoopParent[loop];
        return loop;
    }

    private void FindLoops(MachineFunction function)
    {
        int current = -1;
        HasLoops = false;
        for (int b = 0; b < function.BlockCount; b++)
        {
            while (current >= 0 && function.Blocks[current].LoopEnd <= b) current = LoopParent[current];
            if (function.Blocks[b].LoopEnd > 0)
            {
                LoopParent[b] = current;
                LoopLastRank[b] = -1;
                // A jump leads to an ancestor at a distance that keeps any walk logarithmic.
                int up = current < 0 ? b : _loopJump[current];
                bool isSkip = current >= 0 && _loopDepth[current] - _loopDepth[up] == _loopDepth[up] - _loopDepth[_loopJump[up]];
                _loopDepth[b] = current < 0 ? 0 : _loopDepth[current] + 1;
                _loopJump[b] = isSkip ? _loopJump[up] : current < 0 ? b : current;
                current = b;
                HasLoops = true;
            }

            Loop[b] = current;
        }
    }

    private void Sort(MachineFunction function)
    {
        int count = function.BlockCount, done = 0;
        // Two lists for each loop, hot and cold; those at the end are for blocks in no loop.
        Array.Fill(_heads, -1, 0, 2 * count + 2);
        Array.Fill(Rank, -1, 0, count);
        for (int b = 0; b < count; b++)
        {
            ref MachineBlock block = ref function.Blocks[b];
            int waiting = block.PredecessorCount;
            if (block.LoopEnd > 0)
            {
                for (int i = 0; i < block.PredecessorCount; i++)
                {
                    int predecessor = function.Predecessors[block.FirstPredecessor + i];
                    if (predecessor >= b && predecessor < block.LoopEnd) waiting--;
                }
            }

            _waiting[b] = waiting;
        }

        // Backwards, so that the entry comes first: the others are blocks that cannot be reached.
        for (int b = count - 1; b >= 0; b--)
        {
            if (_waiting[b] == 0) Push(function, b);
        }

        int current = count;
        while (true)
        {
            int list = 2 * current;
            if (_heads[list] < 0) list++;
            int b = _heads[list];
            if (b < 0)
            {
                if (current == count) break;
                current = LoopParent[current] < 0 ? count : LoopParent[current];
                continue;
            }

            _heads[list] = _next[b];
            Rank[b] = done;
            Order[done++] = b;
            if (function.Blocks[b].LoopEnd > 0) current = b;
            ref MachineBlock block = ref function.Blocks[b];
            for (int i = block.SuccessorCount - 1; i >= 0; i--)
            {
                int target = function.Edges[block.FirstSuccessor + i].Target;
                bool isBack = target <= b && function.Blocks[target].LoopEnd > b;
                if (!isBack && --_waiting[target] == 0) Push(function, target);
            }
        }

        if (done != count) throw new NodeFaultException("blocks of a function to be compiled have no order");
    }

    private void Push(MachineFunction function, int b)
    {
        int loop = function.Blocks[b].LoopEnd > 0 ? LoopParent[b] : Loop[b];
        int list = 2 * (loop < 0 ? function.BlockCount : loop) + (function.Blocks[b].IsCold ? 1 : 0);
        _next[b] = _heads[list];
        _heads[list] = b;
    }

    private void FindDominators(MachineFunction function)
    {
        Dominator[0] = _jump[0] = 0;
        _depth[0] = 0;
        for (int i = 0; i < function.BlockCount; i++)
        {
            int b = Order[i];
            if (b == 0) continue;
            ref MachineBlock block = ref function.Blocks[b];
            int dominator = -1;
            for (int k = 0; k < block.PredecessorCount; k++)
            {
                int predecessor = function.Predecessors[block.FirstPredecessor + k];
                if (Rank[predecessor] < i) dominator = dominator < 0 ? predecessor : CommonDominator(dominator, predecessor);
            }

            if (dominator < 0) dominator = 0;
            Dominator[b] = dominator;
            _depth[b] = _depth[dominator] + 1;
            int up = _jump[dominator];
            _jump[b] = _depth[dominator] - _depth[up] == _depth[up] - _depth[_jump[up]] ? _jump[up] : dominator;
        }
    }

    private void Grow(int size)
    {
        Order = new int[size];
        Rank = new int[size];
        Loop = new int[size];
        LoopParent = new int[size];
        LoopLastRank = new int[size];
        Dominator = new int[size];
        IncomingEdge = new int[size];
        Start = new int[size];
        _waiting = new int[size];
        _next = new int[size];
        _heads = new int[2 * size + 2];
        _jump = new int[size];
        _depth = new int[size];
        _loopJump = new int[size];
        _loopDepth = new int[size];
    }
}
