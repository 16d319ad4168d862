using System;
using System.Collections.Generic;
using System.Linq;
using static ContractVm.Fuzz.Differential.ProgramNode;

namespace ContractVm.Fuzz.Differential;

/// <summary>Statements and control.</summary>
internal sealed partial class DifferentialGenerator
{
    private ProgramNode Statement(int depth)
    {
        if (depth <= 0 || --_budget <= 0) return SetLocal(1);
        switch (_random.Below(40))
        {
            case <= 6: return SetLocal(depth);
            case <= 8: return SetGlobal(depth);
            case <= 12: return Store(depth);
            case 13: return new ProgramNode(Opcode.Drop, "", [Expression(SomeType(), depth)]);
            // A load that nobody needs traps all the same.
            case 14: return new ProgramNode(Opcode.Drop, "", [Load(SomeNumber(), depth)]);
            case <= 17: return If(depth);
            case 18: return Block(depth);
            case <= 21: return Loop(depth);
            case <= 24: return BranchIf(depth);
            case <= 26: return BranchTable(depth);
            case <= 28: return CallStatement(depth);
            case <= 30: return Bulk(depth);
            case <= 32: return TableStatement(depth);
            case <= 34: return BlockOfSeveral(depth);
            case 35: return Leave(depth);
            case 36: return Swap();
            case 37: return ReferenceBranch(depth);
            case 38: return _random.OneIn(2) ? Plain(Opcode.Nop, "") : new ProgramNode(Opcode.AtomicFence, "") { Raw = [0] };
            default: return LargeBranchTable(depth);
        }
    }

    private ProgramNode SetLocal(int depth)
    {
        char type = SomeType();
        int local = LocalOf(type);
        return LocalSet(local, Expression(_locals[local], depth - 1));
    }

    private ProgramNode SetGlobal(int depth)
    {
        int[] mutable = [.. Enumerable.Range(0, _program.Globals.Count).Where(index => _program.Globals[index].IsMutable)];
        if (mutable.Length == 0) return SetLocal(depth);
        int global = mutable[_random.Below(mutable.Length)];
        return new ProgramNode(Opcode.GlobalSet, "", [Expression(_program.Globals[global].Type, depth - 1)]) { Raw = ModuleBuilder.Unsigned((uint)global) };
    }

    /// <summary>Opens a label, makes what stands inside, and closes it.</summary>
    private List<ProgramNode> Inside(string types, Func<List<ProgramNode>> make, int counter = -1)
    {
        _labels.Add(new Label(types, counter));
        List<ProgramNode> body = make();
        _labels.RemoveAt(_labels.Count - 1);
        return body;
    }

    private ProgramNode If(int depth)
    {
        ProgramNode condition = Expression('i', depth - 1);
        List<ProgramNode> then = Inside("", () => Statements(1 + _random.Below(2), depth - 1));
        List<ProgramNode>? otherwise = _random.OneIn(2) ? Inside("", () => Statements(1, depth - 1)) : null;
        return Construct(Opcode.If, Void, [condition], then, otherwise);
    }

    private ProgramNode Block(int depth) => Construct(Opcode.Block, Void, [], Inside("", () => Statements(1 + _random.Below(3), depth - 1)));

    /// <summary>A branch.</summary>
    private static ProgramNode BranchTo(Opcode opcode, string results, int label, IEnumerable<ProgramNode> operands) =>
        new(opcode, results, operands) { Raw = ModuleBuilder.Unsigned((uint)label) };

    /// <summary>Counts down; true while a loop may start again.</summary>
    private ProgramNode Again(int counter) =>
        Plain(Opcode.I32GtS, "i", LocalTee(counter, 'i', Plain(Opcode.I32Sub, "i", LocalGet(counter, 'i'), Number(1))), Number(0));

    /// <summary>A loop that runs so many times; the body may start it again too, in its count.</summary>
    private ProgramNode CountedLoop(int times, Func<List<ProgramNode>> make)
    {
        int counter = NewLocal('i');
        List<ProgramNode> body = Inside("", make, counter);
        body.Add(BranchTo(Opcode.BrIf, "", 0, [Again(counter)]));
        return Group("", [LocalSet(counter, Number(times)), Construct(Opcode.Loop, Void, [], body)]);
    }

    private ProgramNode Loop(int depth)
    {
        _loops++;
        // Inner loops are short: times multiply.
        int times = _loops == 1 && _random.OneIn(4) ? 20 + _random.Below(100) : 1 + _random.Below(5);
        ProgramNode loop = _random.Below(5) switch
        {
            0 when _isCareless => Construct(Opcode.Loop, Void, [], Inside("", () => [.. Statements(2, depth - 1), BranchTo(Opcode.Br, "", 0, [])], -2)),
            1 => LoopOfSeveral(times, depth),
            2 => LoopWithTable(times, depth),
            _ => CountedLoop(times, () => Statements(1 + _random.Below(3), depth - 1)),
        };
        _loops--;
        return loop;
    }

    /// <summary>A loop with parameters and results.</summary>
    private ProgramNode LoopOfSeveral(int times, int depth)
    {
        string parameters = SomeTypes(_random.Below(5), _mood), results = SomeTypes(_random.Below(4), _mood);
        int counter = NewLocal('i');
        List<ProgramNode> operands = Expressions(parameters, depth - 1);
        List<ProgramNode> body = Inside(parameters, () =>
        {
            List<ProgramNode> inside = TakeAll(parameters);
            inside.AddRange(Statements(1 + _random.Below(2), depth - 1));
            inside.Add(Group("", [BranchTo(Opcode.BrIf, parameters, 0, [.. Expressions(parameters, depth - 1), Again(counter)]), .. TakeAll(parameters)]));
            inside.AddRange(Expressions(results, depth - 1));
            return inside;
        }, counter);
        return Group("", [LocalSet(counter, Number(times)), Construct(Opcode.Loop, new Signature(parameters, results), operands, body), .. TakeAll(results)]);
    }

    /// <summary>A loop that a table of branches starts again or leaves.</summary>
    private ProgramNode LoopWithTable(int times, int depth)
    {
        int counter = NewLocal('i');
        List<ProgramNode> inner = Inside("", () => Inside("", () =>
        {
            List<ProgramNode> body = Statements(1 + _random.Below(2), depth - 1);
            // 0 leaves; whatever else there is only while the count lasts.
            ProgramNode index = Plain(Opcode.I32Mul, "i", Again(counter), Plain(Opcode.I32Add, "i", Plain(Opcode.I32And, "i", Expression('i', depth - 1), Number(3)), Number(1)));
            body.Add(new ProgramNode(Opcode.BrTable, "", [index]) { Raw = [4, 1, 0, 1, 0, 0] });
            return body;
        }, counter));
        return Group("", [LocalSet(counter, Number(times)), Construct(Opcode.Block, Void, [], [Construct(Opcode.Loop, Void, [], inner)])]);
    }

    /// <summary>What a branch to a label takes; null where it must not be taken like that.</summary>
    private ProgramNode BranchIf(int depth)
    {
        int label = _random.Below(_labels.Count);
        Label target = _labels[^(label + 1)];
        List<ProgramNode> operands = Expressions(target.Types, depth - 1);
        ProgramNode condition = Expression('i', depth - 1);
        if (target.Counter >= 0) condition = _random.OneIn(2) ? Again(target.Counter) : Plain(Opcode.I32And, "i", Again(target.Counter), condition);
        else if (target.Counter == -1 && label == _labels.Count - 1 && _random.OneIn(2)) condition = Plain(Opcode.I32And, "i", condition, Leaf('i'));
        return Group("", [BranchTo(Opcode.BrIf, target.Types, label, [.. operands, condition]), .. TakeAll(target.Types)]);
    }

    /// <summary>Leaves the function or a construct under a condition; dead code may follow.</summary>
    private ProgramNode Leave(int depth)
    {
        ProgramNode condition = Expression('i', depth - 1);
        List<ProgramNode> then = Inside("", () =>
        {
            List<ProgramNode> body = [Exit(depth)];
            if (_random.OneIn(2)) body.Add(Group("", [Plain(Opcode.Drop, ""), Plain(Opcode.I32Add, ""), Plain(Opcode.Drop, ""), Plain(Opcode.Select, ""), Plain(Opcode.Drop, "")]));
            if (_random.OneIn(3)) body.Add(Statement(1));
            return body;
        });
        return Construct(Opcode.If, Void, [condition], then, _random.OneIn(3) ? Inside("", () => Statements(1, depth - 1)) : null);
    }

    /// <summary>An instruction after which nothing is reached.</summary>
    private ProgramNode Exit(int depth)
    {
        int kind = _random.Below(8);
        if (kind == 0 && _isCareless) return Plain(Opcode.Unreachable, "");
        if (kind <= 4 && TailCall(depth) is ProgramNode call) return call;
        if (kind == 5) return Plain(Opcode.Return, "", Expressions(_function.Signature.Results, depth - 1));
        int label = _random.Below(_labels.Count);
        Label target = _labels[^(label + 1)];
        if (target.Counter != -1) return Plain(Opcode.Return, "", Expressions(_function.Signature.Results, depth - 1));
        return BranchTo(Opcode.Br, "", label, Expressions(target.Types, depth - 1));
    }

    private ProgramNode BranchTable(int depth)
    {
        string types = SomeTypes(_random.Below(3), _mood);
        int blocks = 1 + _random.Below(4);
        for (int i = 0; i < blocks; i++) _labels.Add(new Label(types, -1));
        List<ProgramNode> operands = [.. Expressions(types, depth - 1), Expression('i', depth - 1)];
        int count = _random.Below(9);
        byte[] labels = [.. Enumerable.Range(0, count + 1).Select(_ => (byte)_random.Below(blocks))];
        List<ProgramNode> body = [new ProgramNode(Opcode.BrTable, "", operands) { Raw = [(byte)count, .. labels] }];
        for (int i = 0; i < blocks; i++)
        {
            _labels.RemoveAt(_labels.Count - 1);
            ProgramNode block = Construct(Opcode.Block, new Signature("", types), [], body);
            if (i == blocks - 1) return Group("", [block, .. TakeAll(types)]);
            body = [block, Group("", [.. TakeAll(types), SetLocal(depth - 1)]), .. Expressions(types, depth - 1)];
        }

        return Plain(Opcode.Nop, "");
    }

    /// <summary>A table with many targets; the index is often at its end.</summary>
    private ProgramNode LargeBranchTable(int depth)
    {
        int blocks = 2 + _random.Below(6), count = 20 + _random.Below(200), result = LocalOf('i');
        for (int i = 0; i < blocks; i++) _labels.Add(new Label("", -1));
        ProgramNode index = _random.OneIn(2) ? Plain(Opcode.I32RemU, "i", Expression('i', depth - 1), Number(count + 2)) : Number(count - 1 + _random.Below(3));
        _labels.RemoveRange(_labels.Count - blocks, blocks);
        List<byte> raw = [.. ModuleBuilder.Unsigned((uint)count)];
        for (int i = 0; i <= count; i++) raw.Add((byte)_random.Below(blocks));
        List<ProgramNode> body = [new ProgramNode(Opcode.BrTable, "", [index]) { Raw = [.. raw] }];
        for (int i = 0; i < blocks; i++)
            body = [Construct(Opcode.Block, Void, [], body), LocalSet(result, Plain(Opcode.I32Add, "i", Plain(Opcode.I32Mul, "i", LocalGet(result, 'i'), Number(3)), Number(i + 1)))];
        return Group("", body);
    }

    /// <summary>A block with parameters and results, operands below it and inside it that a branch drops.</summary>
    private ProgramNode BlockOfSeveral(int depth)
    {
        string parameters = SomeTypes(_random.Below(5), _mood), results = SomeTypes(_random.Below(6), _mood), below = SomeTypes(_random.Below(3), _mood);
        List<ProgramNode> nodes = Expressions(below, depth - 1), operands = Expressions(parameters, depth - 1);
        bool isIf = _random.OneIn(3);
        if (isIf) operands.Add(Expression('i', depth - 1));
        List<ProgramNode> Arm() => Inside(results, () =>
        {
            string inside = SomeTypes(_random.Below(3), _mood);
            List<ProgramNode> body = TakeAll(parameters);
            body.Add(Statement(depth - 1));
            body.Add(Group("", [.. Expressions(inside, depth - 1), BranchTo(Opcode.BrIf, results, 0, [.. Expressions(results, depth - 1), Expression('i', depth - 1)]), .. TakeAll(inside + results)]));
            body.AddRange(Expressions(results, depth - 1));
            return body;
        });
        nodes.Add(Construct(isIf ? Opcode.If : Opcode.Block, new Signature(parameters, results), operands, Arm(), isIf ? Arm() : null));
        nodes.AddRange(TakeAll(below + results));
        return Group("", nodes);
    }

    /// <summary>Two locals change places.</summary>
    private ProgramNode Swap()
    {
        char type = SomeType();
        int a = LocalOf(type), b = LocalOf(type);
        return Group("", [LocalGet(a, type), LocalGet(b, type), LocalSet(a), LocalSet(b)]);
    }
}
