using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using static ContractVm.Fuzz.Differential.ProgramNode;

namespace ContractVm.Fuzz.Differential;

/// <summary>Bodies: locals, labels, and what is left of the size.</summary>
internal sealed partial class DifferentialGenerator
{
    private const int Depth = 4;
    private static readonly Signature Void = new("", "");

    private readonly StringBuilder _locals = new();
    private readonly List<Label> _labels = [];
    private ProgramFunction _function = new(-1, default);
    private int _workingLocals, _budget, _callsLeft, _loops;
    private bool _isCareless;

    /// <summary>A label that is open.</summary>
    /// <param name="Types">What a branch to it takes.</param>
    /// <param name="Counter">The local that a loop counts down before it starts again; -1 for others, -2 for a loop without one.</param>
    private readonly record struct Label(string Types, int Counter);

    private void MakeFunction(ProgramFunction function, bool mayBeCareless = true)
    {
        _function = function;
        _locals.Clear();
        _labels.Clear();
        _loops = 0;
        _mood = Moods[_random.Below(Moods.Length)];
        _isCareless = mayBeCareless && _random.OneIn(4);
        _budget = 20 + _random.Below(_random.OneIn(6) ? 400 : 120);
        _callsLeft = 4;
        _locals.Append(function.Signature.Parameters).Append("ilfdv").Append(_mood).Append(Usable('A')).Append("rx");
        for (int i = 0; i < _locals.Length; i++) _locals[i] = Usable(_locals[i]);
        _workingLocals = _locals.Length;
        _labels.Add(new Label(function.Signature.Results, -1));
        List<ProgramNode> body = [];
        // What is in the locals at the start is not always zero.
        for (int i = function.Signature.Parameters.Length; i < _workingLocals; i++)
            if (_random.OneIn(2)) body.Add(LocalSet(i, Constant(_locals[i])));
        body.AddRange(_random.Below(10) switch
        {
            0 => Pressure(),
            1 => Rotation(),
            2 => Recursion(),
            3 => _random.OneIn(3) ? DeepNesting() : OperandPressure(),
            _ => Statements(1 + _random.Below(7), Depth),
        });
        if (!_random.OneIn(4)) body.AddRange(Show());
        body.AddRange(Expressions(function.Signature.Results, Depth));
        function.Locals = _locals.ToString(function.Signature.Parameters.Length, _locals.Length - function.Signature.Parameters.Length);
        function.Body = body;
    }

    /// <summary>Puts some of what has been computed where it is looked at: into memories and globals.</summary>
    private List<ProgramNode> Show()
    {
        List<ProgramNode> nodes = [];
        int memory = _program.Memories.FindIndex(static memory => memory.Pages > 0);
        for (int local = 0; local < _workingLocals; local++)
        {
            char type = _locals[local];
            if (!_random.OneIn(2)) continue;
            int[] globals = [.. Enumerable.Range(0, _program.Globals.Count).Where(index => _program.Globals[index].Type == type && _program.Globals[index].IsMutable)];
            if (globals.Length > 0 && (memory < 0 || !IsNumber(type) || _random.OneIn(3)))
            {
                nodes.Add(new ProgramNode(Opcode.GlobalSet, "", [LocalGet(local, type)]) { Raw = ModuleBuilder.Unsigned((uint)globals[_random.Below(globals.Length)]) });
                continue;
            }

            if (memory < 0 || !IsNumber(type)) continue;
            Opcode store = type switch { 'i' => Opcode.I32Store, 'l' => Opcode.I64Store, 'f' => Opcode.F32Store, 'd' => Opcode.F64Store, _ => Opcode.V128Store };
            byte[] offset = ModuleBuilder.Unsigned((ulong)_random.Below(6000));
            byte[] raw = memory == 0 ? [0, .. offset] : [0x40, (byte)memory, .. offset];
            nodes.Add(new ProgramNode(store, "", [ProgramNode.Constant(_program.Memories[memory].Is64 ? 'l' : 'i', (ulong)_random.Below(2000)), LocalGet(local, type)]) { Raw = raw });
        }

        return nodes;
    }

    private int NewLocal(char type)
    {
        _locals.Append(type);
        return _locals.Length - 1;
    }

    /// <summary>A local to work with; one is made where there is none of the type.</summary>
    private int LocalOf(char type)
    {
        int first = _random.Below(_workingLocals);
        for (int i = 0; i < _workingLocals; i++)
            if (_locals[(first + i) % _workingLocals] == type) return (first + i) % _workingLocals;
        return NewLocal(type);
    }

    private ProgramNode Constant(char type) => ProgramNode.Constant(type, SpecialValues.Of(type, _random), SpecialValues.VectorHalf(_random));

    private ProgramNode Number(int value) => ProgramNode.Constant('i', (uint)value);

    private List<ProgramNode> Statements(int count, int depth)
    {
        List<ProgramNode> statements = [];
        for (; count > 0; count--) statements.Add(Statement(depth));
        return statements;
    }

    private List<ProgramNode> Expressions(string types, int depth)
    {
        List<ProgramNode> expressions = [];
        foreach (char type in types) expressions.Add(Expression(type, depth - 1));
        return expressions;
    }

    /// <summary>Puts what stands on the operand stack into locals, or drops it.</summary>
    private List<ProgramNode> TakeAll(string types)
    {
        List<ProgramNode> nodes = [];
        for (int i = types.Length - 1; i >= 0; i--) nodes.Add(_random.OneIn(8) ? Plain(Opcode.Drop, "") : LocalSet(LocalOf(types[i])));
        return nodes;
    }

    /// <summary>Many values of one or all types that live across a loop and calls.</summary>
    private List<ProgramNode> Pressure()
    {
        string types = _random.Below(6) switch { 0 => "l", 1 => "i", 2 => "d", 3 => "v", 4 => "il", _ => "ilfdv" };
        int count = 18 + _random.Below(36);
        List<ProgramNode> nodes = [];
        List<int> live = [];
        for (int i = 0; i < count; i++)
        {
            live.Add(NewLocal(types[_random.Below(types.Length)]));
            nodes.Add(LocalSet(live[^1], _random.OneIn(2) ? Expression(_locals[live[^1]], 1) : Constant(_locals[live[^1]])));
        }

        nodes.Add(CountedLoop(2 + _random.Below(4), () =>
        {
            List<ProgramNode> body = [];
            for (int i = 0; i < count; i++)
            {
                if (_random.OneIn(12)) body.Add(CallStatement(1));
                if (_random.OneIn(3)) continue;
                char type = _locals[live[i]];
                ProgramNode other = LocalGet(SomeOf(live, type), type);
                body.Add(LocalSet(live[i], Plain(MixOf(type), type.ToString(), LocalGet(live[i], type), other)));
            }

            return body;
        }));
        foreach (int local in live) nodes.Add(Mix(LocalOf(_locals[local]), local));
        return nodes;
    }

    private int SomeOf(List<int> locals, char type)
    {
        int first = _random.Below(locals.Count);
        for (int i = 0; i < locals.Count; i++)
            if (_locals[locals[(first + i) % locals.Count]] == type) return locals[(first + i) % locals.Count];
        return locals[0];
    }

    /// <summary>An operation whose result shows a change of either operand.</summary>
    private Opcode MixOf(char type) => type switch
    {
        'i' => _random.OneIn(2) ? Opcode.I32Sub : Opcode.I32Xor,
        'l' => _random.OneIn(2) ? Opcode.I64Sub : Opcode.I64Xor,
        'f' => _random.OneIn(2) ? Opcode.F32Sub : Opcode.F32Copysign,
        'd' => _random.OneIn(2) ? Opcode.F64Sub : Opcode.F64Copysign,
        _ => _random.OneIn(2) ? Opcode.I32x4Sub : Opcode.V128Xor,
    };

    private ProgramNode Mix(int target, int local)
    {
        char type = _locals[local];
        if (!Numbers.Contains(type, StringComparison.Ordinal)) return LocalSet(target, LocalGet(local, type));
        return LocalSet(target, Plain(MixOf(type), type.ToString(), LocalGet(target, type), LocalGet(local, type)));
    }

    /// <summary>Many operands at once on the stack, a call above them.</summary>
    private List<ProgramNode> OperandPressure()
    {
        char type = Numbers[_random.Below(Numbers.Length)];
        ProgramNode node = Expression(type, 2);
        if (Callee(signature => signature.Results == type.ToString()) is (int id, Signature called)) node = Call(id, called, 1);
        for (int i = 10 + _random.Below(40); i > 0; i--)
            node = Plain(MixOf(type), type.ToString(), _random.OneIn(3) ? Expression(type, 1) : Leaf(type), node);
        return [LocalSet(LocalOf(type), node)];
    }

    /// <summary>A loop whose parameters change places, as moves around a cycle.</summary>
    private List<ProgramNode> Rotation()
    {
        string types = SomeTypes(2 + _random.Below(13), _mood);
        List<int> places = [];
        foreach (char type in types) places.Add(NewLocal(type));
        int counter = NewLocal('i');
        int shift = 1 + _random.Below(3);
        List<ProgramNode> operands = Expressions(types, 2);
        List<ProgramNode> body = Inside(types, () =>
        {
            List<ProgramNode> inside = [], again = [];
            for (int i = types.Length - 1; i >= 0; i--) inside.Add(LocalSet(places[i]));
            if (_random.OneIn(2)) inside.Add(Statement(1));
            for (int i = 0; i < types.Length; i++) again.Add(_random.OneIn(6) ? Expression(types[i], 1) : LocalGet(places[NextOf(types, i, shift)], types[i]));
            inside.Add(BranchTo(Opcode.BrIf, types, 0, [.. again, Again(counter)]));
            return inside;
        }, counter);
        return
        [
            LocalSet(counter, Number(2 + _random.Below(6))),
            Group("", [Construct(Opcode.Loop, new Signature(types, types), operands, body), .. TakeAll(types)]),
        ];
    }

    /// <summary>The next place of the same type, some places on.</summary>
    private static int NextOf(string types, int place, int shift)
    {
        for (int k = 0; k < types.Length; k++)
            if (types[(place + shift + k) % types.Length] == types[place]) return (place + shift + k) % types.Length;
        return place;
    }

    /// <summary>A function that calls itself, directly or through a table, to some depth, or with no end.</summary>
    private List<ProgramNode> Recursion()
    {
        Signature signature = _function.Signature;
        int depth = signature.Parameters.IndexOf('i', StringComparison.Ordinal);
        bool isEndless = _isCareless && _random.OneIn(3);
        if (depth < 0 || (!isEndless && _random.OneIn(10))) return Statements(4, Depth);
        bool isTail = _random.OneIn(3);
        List<ProgramNode> Again()
        {
            ProgramNode bounded = Plain(Opcode.I32And, "i", LocalGet(depth, 'i'), Number(_random.OneIn(5) ? 0x3F : 7));
            List<ProgramNode> arguments = [];
            for (int i = 0; i < signature.Parameters.Length; i++)
                arguments.Add(i == depth && !isEndless ? Plain(Opcode.I32Sub, "i", bounded, Number(1)) : Expression(signature.Parameters[i], 1));
            if (isTail) return [new ProgramNode(Opcode.ReturnCall, "", arguments) { Function = _function.Id }];
            return [Group("", [new ProgramNode(Opcode.Call, signature.Results, arguments) { Function = _function.Id }, .. TakeAll(signature.Results)])];
        }

        List<ProgramNode> nodes = Statements(_random.Below(3), 2);
        if (isEndless) nodes.AddRange(Again());
        else nodes.Add(Construct(Opcode.If, Void, [Plain(Opcode.I32And, "i", LocalGet(depth, 'i'), Number(7))], Inside("", Again)));
        if (!isTail) nodes.AddRange(Statements(_random.Below(3), 2));
        return nodes;
    }

    /// <summary>Constructs inside one another, with branches from the innermost.</summary>
    private List<ProgramNode> DeepNesting()
    {
        int levels = 10 + _random.Below(60);
        for (int i = 0; i < levels; i++) _labels.Add(new Label("", -1));
        List<ProgramNode> inner = Statements(2, 2);
        for (int i = 0; i < levels; i++)
        {
            if (_random.OneIn(2)) inner.Add(BranchTo(Opcode.BrIf, "", _random.Below(levels - i), [Expression('i', 1)]));
            List<ProgramNode>? otherwise = _random.OneIn(2) ? [Statement(1)] : null;
            _labels.RemoveAt(_labels.Count - 1);
            ProgramNode construct = _random.OneIn(3) ? Construct(Opcode.If, Void, [Expression('i', 1)], inner, otherwise) : Construct(Opcode.Block, Void, [], inner);
            inner = _random.OneIn(4) ? [Statement(1), construct] : [construct];
        }

        return inner;
    }
}
