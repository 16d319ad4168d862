using System;
using System.Collections.Generic;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Tests.Compiler;

/// <summary>Builds machine functions block by block, in any order, and lays them out with loops together and cold blocks at their end.</summary>
internal sealed class MachineBuilder
{
    private sealed class Block
    {
        public readonly List<(MachineInstruction Instruction, Operand[] Operands)> Code = [];
        public readonly List<(int Target, int[] Arguments)> Edges = [];
        public int[] Parameters = [];
        public bool IsCold;
        public int Depth;
    }

    private sealed class Loop
    {
        /// <summary>Blocks, and loops as a whole.</summary>
        public readonly List<object> Hot = [], Cold = [];
    }

    private readonly List<Block> _blocks = [];
    private readonly List<VirtualKind> _virtuals = [];
    private readonly Stack<Loop> _loops = new([new Loop()]);
    private long _immediate;

    /// <summary>Loops that are open.</summary>
    public int Depth => _loops.Count - 1;
    /// <summary>The block that instructions go to.</summary>
    public int Current { get; set; }
    /// <summary>Blocks so far.</summary>
    public int BlockCount => _blocks.Count;

    public int Value(VirtualKind kind)
    {
        _virtuals.Add(kind);
        return _virtuals.Count - 1;
    }

    public VirtualKind KindOf(int v) => _virtuals[v];

    /// <summary>A block of the innermost open loop.</summary>
    public int NewBlock(bool isCold = false, params int[] parameters)
    {
        Block block = new() { IsCold = isCold, Depth = Depth, Parameters = parameters };
        (isCold ? _loops.Peek().Cold : _loops.Peek().Hot).Add(block);
        _blocks.Add(block);
        return _blocks.Count - 1;
    }

    /// <summary>Opens a loop, whose header is the next block.</summary>
    public void OpenLoop(bool isCold)
    {
        Loop loop = new();
        (isCold ? _loops.Peek().Cold : _loops.Peek().Hot).Add(loop);
        _loops.Push(loop);
    }

    public void CloseLoop() => _loops.Pop();

    public static Operand Use(int v, OperandPlace place = OperandPlace.AnyRegister) => new() { Virtual = v, Role = OperandRole.Use, Place = place };
    public static Operand Late(int v, OperandPlace place = OperandPlace.AnyRegister) => new() { Virtual = v, Role = OperandRole.UseLate, Place = place };
    public static Operand Define(int v, OperandPlace place = OperandPlace.AnyRegister) => new() { Virtual = v, Role = OperandRole.Define, Place = place };
    public static Operand Temporary(int v) => new() { Virtual = v, Role = OperandRole.Temporary };
    public static Operand Fixed(OperandRole role, int v, Register register) => new() { Virtual = v, Role = role, Place = OperandPlace.FixedRegister, Fixed = register };

    public void Emit(InstructionFlags flags, params Operand[] operands) =>
        _blocks[Current].Code.Add((new MachineInstruction { Op = 1, Flags = flags, Immediate = ++_immediate }, operands));

    public void Jump(int target, params int[] arguments)
    {
        Emit(InstructionFlags.None);
        _blocks[Current].Edges.Add((target, arguments));
    }

    public void Branch(Operand[] operands, params (int Target, int[] Arguments)[] targets)
    {
        Emit(InstructionFlags.None, operands);
        _blocks[Current].Edges.AddRange(targets);
    }

    public MachineFunction Build()
    {
        List<Block> order = [];
        Dictionary<Block, int> loopEnds = [];
        LayOut(_loops.Peek(), order, loopEnds);
        Dictionary<Block, int> numbers = [];
        for (int i = 0; i < order.Count; i++) numbers[order[i]] = i;
        MachineFunction function = new() { VirtualCount = _virtuals.Count, Virtuals = _virtuals.ToArray(), BlockCount = order.Count, Blocks = new MachineBlock[order.Count] };
        List<MachineInstruction> instructions = [];
        List<Operand> operands = [];
        List<MachineEdge> edges = [];
        List<int> values = [], predecessors = [];
        List<int>[] from = new List<int>[order.Count];
        for (int i = 0; i < order.Count; i++) from[i] = [];
        for (int i = 0; i < order.Count; i++)
        {
            Block block = order[i];
            ref MachineBlock built = ref function.Blocks[i];
            built.First = instructions.Count;
            foreach ((MachineInstruction instruction, Operand[] itsOperands) in block.Code)
            {
                instructions.Add(instruction with { FirstOperand = operands.Count, OperandCount = (ushort)itsOperands.Length });
                operands.AddRange(itsOperands);
            }

            built.End = instructions.Count;
            (built.FirstParameter, built.ParameterCount) = (values.Count, block.Parameters.Length);
            values.AddRange(block.Parameters);
            (built.FirstSuccessor, built.SuccessorCount) = (edges.Count, block.Edges.Count);
            foreach ((int target, int[] arguments) in block.Edges)
            {
                int number = numbers[_blocks[target]];
                edges.Add(new MachineEdge { Target = number, FirstArgument = values.Count, ArgumentCount = arguments.Length });
                values.AddRange(arguments);
                from[number].Add(i);
            }

            (built.LoopDepth, built.IsCold) = ((byte)Math.Min(255, block.Depth), block.IsCold);
            built.LoopEnd = loopEnds.GetValueOrDefault(block);
        }

        for (int i = 0; i < order.Count; i++)
        {
            (function.Blocks[i].FirstPredecessor, function.Blocks[i].PredecessorCount) = (predecessors.Count, from[i].Count);
            predecessors.AddRange(from[i]);
        }

        (function.Instructions, function.InstructionCount) = (instructions.ToArray(), instructions.Count);
        (function.Operands, function.OperandCount) = (operands.ToArray(), operands.Count);
        (function.Edges, function.EdgeCount) = (edges.ToArray(), edges.Count);
        (function.Values, function.ValueCount) = (values.ToArray(), values.Count);
        (function.Predecessors, function.PredecessorCount) = (predecessors.ToArray(), predecessors.Count);
        return function;
    }

    private static void LayOut(Loop loop, List<Block> order, Dictionary<Block, int> loopEnds)
    {
        int start = order.Count;
        foreach (List<object> list in new[] { loop.Hot, loop.Cold })
        {
            foreach (object part in list)
            {
                if (part is Loop inner)
                {
                    int header = order.Count;
                    LayOut(inner, order, loopEnds);
                    loopEnds[order[header]] = order.Count;
                }
                else order.Add((Block)part);
            }
        }
    }
}
