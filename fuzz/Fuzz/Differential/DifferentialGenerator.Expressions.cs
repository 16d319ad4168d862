using System;
using System.Collections.Generic;
using System.Linq;
using static ContractVm.Fuzz.Differential.ProgramNode;

namespace ContractVm.Fuzz.Differential;

/// <summary>Expressions: each gives one value of the type that is wanted.</summary>
internal sealed partial class DifferentialGenerator
{
    private static readonly OpcodeInfo[] Simple = OpcodeTable.All.Where(static info => !info.IsContextual).ToArray();
    private static readonly Dictionary<char, OpcodeInfo[]> Operators = Simple.Where(static info => info.Results.Length == 1 && info.Operands.Length > 0 && !IsAccess(info))
        .GroupBy(static info => info.Results[0]).ToDictionary(static group => group.Key, static group => group.ToArray());
    private static readonly Dictionary<char, OpcodeInfo[]> CoreOperators = Operators.ToDictionary(static pair => pair.Key, static pair => pair.Value.Where(static info => !info.Operands.Contains('v', StringComparison.Ordinal)).ToArray());

    private static bool IsAccess(OpcodeInfo info) => info.Immediates is Immediates.MemArg or Immediates.MemArgLane;

    private static bool IsNumber(char type) => Numbers.Contains(type, StringComparison.Ordinal);

    private ProgramNode Leaf(char type)
    {
        switch (_random.Below(8))
        {
            case 0 or 1 or 2: return LocalGet(LocalOf(type), type);
            case 3 when GlobalOf(type) is int global: return new ProgramNode(Opcode.GlobalGet, type.ToString()) { Raw = ModuleBuilder.Unsigned((uint)global) };
            case 4 or 5 when !IsNumber(type) && type != 'x' && FunctionFor(type) is >= 0 and int function: return new ProgramNode(Opcode.RefFunc, type.ToString()) { Function = function };
            case <= 5: return LocalGet(LocalOf(type), type);
            default: return Constant(type);
        }
    }

    private int? GlobalOf(char type)
    {
        int[] fitting = [.. Enumerable.Range(0, _program.Globals.Count).Where(index => _program.Globals[index].Type == type)];
        return fitting.Length == 0 ? null : fitting[_random.Below(fitting.Length)];
    }

    private ProgramNode Expression(char type, int depth)
    {
        if (depth <= 0 || --_budget <= 0) return Leaf(type);
        switch (_random.Below(24))
        {
            case <= 1: return Leaf(type);
            case 2:
                ProgramNode value = Expression(type, depth - 1);
                return LocalTee(LocalOf(type), type, value);
            case 3:
                List<ProgramNode> choice = [Expression(type, depth - 1), Expression(type, depth - 1), Expression('i', depth - 1)];
                return IsNumber(type) && _random.OneIn(2) ? Plain(Opcode.Select, type.ToString(), choice) : new ProgramNode(Opcode.SelectT, type.ToString(), choice) { Type = type };
            case 4: return IfExpression(type, depth);
            case 5: return BlockExpression(type, depth);
            case 6: return BranchIfExpression(type, depth);
            case 7 or 8: return CallExpression(type, depth);
            case 9 or 10 or 11: return IsNumber(type) ? Load(type, depth) : Reference(type, depth);
            case 12: return IsNumber(type) ? Idiom(type, depth) : Reference(type, depth);
            default: return IsNumber(type) ? Operator(type, depth) : Reference(type, depth);
        }
    }

    private ProgramNode IfExpression(char type, int depth)
    {
        ProgramNode condition = Expression('i', depth - 1);
        List<ProgramNode> Arm() => Inside(type.ToString(), () => [.. Statements(_random.Below(2), depth - 1), _random.OneIn(12) ? Exit(depth - 1) : Expression(type, depth - 1)]);
        return Construct(Opcode.If, new Signature("", type.ToString()), [condition], Arm(), Arm());
    }

    private ProgramNode BlockExpression(char type, int depth)
    {
        string types = type.ToString();
        if (_random.OneIn(3))
        {
            int counter = NewLocal('i');
            List<ProgramNode> loop = Inside("", () => [.. Statements(1, depth - 1), BranchTo(Opcode.BrIf, "", 0, [Again(counter)]), Expression(type, depth - 1)], counter);
            return Group(types, [LocalSet(counter, Number(1 + _random.Below(3))), Construct(Opcode.Loop, new Signature("", types), [], loop)]);
        }

        return Construct(Opcode.Block, new Signature("", types), [], Inside(types, () =>
        {
            List<ProgramNode> body = Statements(_random.Below(2), depth - 1);
            if (_random.OneIn(2)) body.Add(new ProgramNode(Opcode.Drop, "", [BranchTo(Opcode.BrIf, types, 0, [Expression(type, depth - 1), Expression('i', depth - 1)])]));
            body.Add(Expression(type, depth - 1));
            return body;
        }));
    }

    private ProgramNode BranchIfExpression(char type, int depth)
    {
        int first = _random.Below(_labels.Count);
        for (int i = 0; i < _labels.Count; i++)
        {
            int label = (first + i) % _labels.Count;
            Label target = _labels[^(label + 1)];
            if (target.Counter != -1 || target.Types != type.ToString()) continue;
            return BranchTo(Opcode.BrIf, target.Types, label, [Expression(type, depth - 1), Expression('i', depth - 1)]);
        }

        return IsNumber(type) ? Operator(type, depth) : Reference(type, depth);
    }

    private ProgramNode Operator(char type, int depth)
    {
        // Of 250 operators that give vectors or take them all come up; those on numbers alone come up more often.
        OpcodeInfo[] from = type != 'v' && _random.OneIn(2) ? CoreOperators[type] : Operators[type];
        OpcodeInfo info = from[_random.Below(from.Length)];
        List<ProgramNode> operands = [];
        foreach (char operand in info.Operands) operands.Add(Expression(operand, depth - 1));
        if (!_isCareless || !_random.OneIn(3)) MakeHarmless(info, operands);
        return new ProgramNode(info.Opcode, info.Results, operands) { Raw = ImmediatesOf(info) };
    }

    private byte[] ImmediatesOf(OpcodeInfo info) => info.Immediates switch
    {
        Immediates.Lane or Immediates.MemArgLane => [(byte)_random.Below(info.Lanes)],
        Immediates.Shuffle => Shuffle(),
        _ => [],
    };

    /// <summary>Lanes by chance, or in one of the patterns that have instructions of their own.</summary>
    private byte[] Shuffle()
    {
        int width = 1 << _random.Below(4), start = _random.Below(32);
        return _random.Below(5) switch
        {
            0 => [.. Enumerable.Range(0, 16).Select(_ => (byte)_random.Below(32))],
            1 => [.. Enumerable.Range(0, 16).Select(lane => (byte)((start + lane) & 31))],
            // Interleaved halves, reversed lanes, one lane everywhere; of any width.
            2 => [.. Enumerable.Range(0, 16).Select(lane => (byte)(((start & 8) + lane / (2 * width) * width + lane % width + (lane / width % 2 == 1 ? 16 : 0)) & 31))],
            3 => [.. Enumerable.Range(0, 16).Select(lane => (byte)((lane ^ (16 - width)) + (start & 16)))],
            _ => [.. Enumerable.Range(0, 16).Select(lane => (byte)((start & ~(width - 1)) + lane % width))],
        };
    }

    /// <summary>Changes operands so that the operator does not trap.</summary>
    private void MakeHarmless(OpcodeInfo info, List<ProgramNode> operands)
    {
        string name = info.Name;
        char type = info.Results[0];
        if (name.Contains(".div_", StringComparison.Ordinal) || name.Contains(".rem_", StringComparison.Ordinal))
        {
            if (_random.OneIn(2))
            {
                ulong divisor = SpecialValues.Of(type, _random);
                bool isOne = divisor == 0 || divisor == (type == 'i' ? uint.MaxValue : ulong.MaxValue);
                operands[1] = ProgramNode.Constant(type, isOne ? 7 : divisor);
                return;
            }

            (Opcode and, Opcode or) = type == 'i' ? (Opcode.I32And, Opcode.I32Or) : (Opcode.I64And, Opcode.I64Or);
            string types = type.ToString();
            operands[1] = Plain(or, types, Plain(and, types, operands[1], ProgramNode.Constant(type, type == 'i' ? 0x7FFF_FFFFUL : long.MaxValue)), ProgramNode.Constant(type, 1));
        }
        else if (name.Contains(".trunc_f", StringComparison.Ordinal))
        {
            // An integer of the same sign rule that the float can hold; where there is room for it, a fraction too.
            bool isSingle = info.Operands == "f", isSigned = name.EndsWith('s');
            ulong mask = type == 'i' ? 0xFFFF_FF00 : isSingle ? 0xFFFF_FF00_0000_0000 : 0xFFFF_FFFF_FFFF_F800;
            Opcode convert = (isSingle, type, isSigned) switch
            {
                (true, 'i', true) => Opcode.F32ConvertI32S, (true, 'i', false) => Opcode.F32ConvertI32U, (true, _, true) => Opcode.F32ConvertI64S, (true, _, false) => Opcode.F32ConvertI64U,
                (false, 'i', true) => Opcode.F64ConvertI32S, (false, 'i', false) => Opcode.F64ConvertI32U, (false, _, true) => Opcode.F64ConvertI64S, (false, _, false) => Opcode.F64ConvertI64U,
            };
            operands[0] = Plain(convert, info.Operands, Masked(type, mask, 2));
            if (!isSingle && type == 'i' && _random.OneIn(2)) operands[0] = Plain(Opcode.F64Add, "d", operands[0], ProgramNode.Constant('d', BitConverter.DoubleToUInt64Bits(0.75)));
        }
    }

    /// <summary>What compilers look for: address sums, extensions after operations, constants on either side, comparisons of comparisons.</summary>
    private ProgramNode Idiom(char type, int depth)
    {
        if (type is not ('i' or 'l')) return Operator(type, depth);
        string types = type.ToString();
        bool is32 = type == 'i';
        ProgramNode a = Expression(type, depth - 1), constant = Constant(type);
        switch (_random.Below(9))
        {
            case 0: return Plain(is32 ? Opcode.I32Add : Opcode.I64Add, types, Plain(is32 ? Opcode.I32Shl : Opcode.I64Shl, types, a, ProgramNode.Constant(type, (ulong)_random.Below(5))), Expression(type, depth - 1));
            case 1: return Plain(is32 ? Opcode.I32Add : Opcode.I64Add, types, Plain(is32 ? Opcode.I32Add : Opcode.I64Add, types, a, constant), Constant(type));
            case 2: return Plain(is32 ? Opcode.I32Mul : Opcode.I64Mul, types, a, constant);
            case 3: return Plain(is32 ? Opcode.I32Sub : Opcode.I64Sub, types, constant, a);
            case 4: return Plain(is32 ? Opcode.I32ShrU : Opcode.I64ShrU, types, Plain(is32 ? Opcode.I32Shl : Opcode.I64Shl, types, a, constant), Constant(type));
            case 5: return Plain(is32 ? Opcode.I32Or : Opcode.I64Or, types, Plain(is32 ? Opcode.I32Shl : Opcode.I64Shl, types, a, constant), Plain(is32 ? Opcode.I32ShrU : Opcode.I64ShrU, types, a, Constant(type)));
            case 6 when is32: return Plain(Opcode.I32Eqz, "i", Expression('i', depth - 1));
            case 7: return is32 ? Plain(Opcode.I32WrapI64, "i", Expression('l', depth - 1)) : Plain(_random.OneIn(2) ? Opcode.I64ExtendI32U : Opcode.I64ExtendI32S, "l", Expression('i', depth - 1));
            case 8: return Plain(is32 ? Opcode.I32And : Opcode.I64And, types, a, ProgramNode.Constant(type, new ulong[] { 0xFF, 0xFFFF, 0xFFFF_FFFF, 0x7FFF_FFFF, 0xFF00 }[_random.Below(5)]));
            default: return Plain(is32 ? Opcode.I32Xor : Opcode.I64Xor, types, constant, a);
        }
    }

    private ProgramNode Reference(char type, int depth)
    {
        string types = type.ToString();
        switch (_random.Below(6))
        {
            case 0 or 1 when TableOf(type) is int table:
                return new ProgramNode(Opcode.TableGet, types, [TableIndex(table, depth)]) { Raw = [(byte)table] };
            case 2 when _isCareless: return Plain(Opcode.RefAsNonNull, types, Expression(type, depth - 1));
            case 3:
                // The branch brings a reference that is not null.
                return Construct(Opcode.Block, new Signature("", types), [], Inside(types, () => [BranchTo(Opcode.BrOnNonNull, "", 0, [Expression(type, depth - 1)]), Expression(type, depth - 1)]));
            default: return Leaf(type);
        }
    }

    private ProgramNode ReferenceBranch(int depth)
    {
        char type = "rxAB"[_random.Below(4)];
        type = Usable(type);
        if (_random.OneIn(2)) return LocalSet(LocalOf('i'), Plain(Opcode.RefIsNull, "i", Expression(type, depth - 1)));
        string results = SomeTypes(_random.Below(3), _mood);
        List<ProgramNode> body = Inside(results, () =>
        [
            LocalSet(LocalOf(type), BranchTo(Opcode.BrOnNull, results + type, 0, [.. Expressions(results, depth - 1), Expression(type, depth - 1)])),
            .. Statements(1, depth - 1),
        ]);
        return Group("", [Construct(Opcode.Block, new Signature("", results), [], body), .. TakeAll(results)]);
    }
}
