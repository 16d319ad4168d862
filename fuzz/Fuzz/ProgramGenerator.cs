using System;
using System.Collections.Generic;

namespace ContractVm.Fuzz;

/// <summary>
/// Generates valid modules from a seed: functions over all number types and vectors with nested control, several results,
/// memory at its edges, globals, direct and indirect calls, and traps now and then. They end: loops count down, calls go to
/// earlier functions only. NaN bits are never observed (no reinterpretation, copysign or store of floats; NaN lanes become
/// zeros), so that any engine must agree on results.
/// </summary>
public sealed partial class ProgramGenerator
{
    private const int MaximumDepth = 5;
    private const string Types = "ilfdv";
    /// <summary>Two locals of each type to work with.</summary>
    private const string WorkingLocals = Types + Types;
    private readonly Random64 _random;
    private readonly ModuleBuilder _module = new();
    private readonly List<byte> _code = [];
    private string _locals = "";
    private int _parameterCount;
    private readonly List<string> _labels = [];
    private readonly List<(int Index, int Type, string Parameters, string Results)> _functions = [];
    private int _size;

    private ProgramGenerator(ulong seed) => _random = new Random64(seed);

    /// <summary>Generates a module that exports <c>run</c> with parameters i32, i64 and result i64, and its memory.</summary>
    public static byte[] Generate(ulong seed) => new ProgramGenerator(seed).Generate();

    private byte[] Generate()
    {
        _module.Memory(1, 3).Table(6).Global('i', true, _random.Next()).Global('l', true, _random.Next()).Global('f', true, 0x3F800000).Global('d', true, 0x4000000000000000).VectorGlobal(true, _random.Next(), _random.Next());
        _module.Data(_random.Below(65000), BitConverter.GetBytes(_random.Next()));
        int helpers = _random.Below(4);
        for (int i = 0; i < helpers; i++)
        {
            AddFunction(SomeTypes(_random.Below(7)), SomeTypes(_random.OneIn(3) ? 1 + _random.Below(4) : 1));
        }

        int run = AddFunction("il", "l");
        for (int i = 0; i < _functions.Count && i < 5; i++) _module.Elements(i + 1, _functions[i].Index);
        return _module.Export("run", ExternalKind.Function, run).Export("memory", ExternalKind.Memory, 0).Build();
    }

    private char SomeType() => Types[_random.Below(Types.Length)];

    private string SomeTypes(int count)
    {
        string types = "";
        for (; count > 0; count--) types += SomeType();
        return types;
    }

    private int AddFunction(string parameters, string results)
    {
        _code.Clear();
        _labels.Clear();
        _size = 0;
        _parameterCount = parameters.Length;
        // Then one counter for each nested loop, and a vector to free of NaNs.
        _locals = parameters + WorkingLocals + new string('i', MaximumDepth + 1) + 'v';
        for (int i = 1 + _random.Below(4); i > 0; i--) Statement(0);
        foreach (char result in results) Expression(result, 0);
        int type = _module.Type(parameters, results);
        int index = _module.Function(type, _locals[parameters.Length..], [.. _code]);
        _functions.Add((index, type, parameters, results));
        return index;
    }

    private void Op(params ReadOnlySpan<byte> bytes)
    {
        _size++;
        _code.AddRange(bytes);
    }

    private void Op(byte opcode, int immediate)
    {
        _size++;
        _code.Add(opcode);
        _code.AddRange(ModuleBuilder.Unsigned((uint)immediate));
    }

    private int LocalOf(char type)
    {
        int count = _parameterCount + WorkingLocals.Length, first = _random.Below(count);
        for (int i = 0; i < count; i++)
        {
            int local = (first + i) % count;
            if (_locals[local] == type) return local;
        }

        throw new InvalidOperationException("there are two locals of each type");
    }

    private void Statement(int depth)
    {
        if (depth >= MaximumDepth || _size > 400)
        {
            SetLocal(SomeType(), MaximumDepth);
            return;
        }

        switch (_random.Below(14))
        {
            case 0 or 1 or 2:
                SetLocal(SomeType(), depth + 1);
                break;
            case 3:
                Expression('i', depth + 1);
                Open(0x04, 0x40, "");
                Statement(depth + 1);
                if (_random.OneIn(2))
                {
                    Op([0x05]);
                    Statement(depth + 1);
                }

                Close();
                break;
            case 4:
                Open(0x02, 0x40, "");
                for (int i = 1 + _random.Below(3); i > 0; i--) Statement(depth + 1);
                Close();
                break;
            case 5:
                int counter = _parameterCount + WorkingLocals.Length + depth;
                Op([0x41, .. ModuleBuilder.Signed(1 + _random.Below(4))]);
                Op(0x21, counter);
                Open(0x03, 0x40, null);
                Statement(depth + 1);
                // counter -= 1, again while it is above zero
                Op(0x20, counter);
                Op([0x41, 1]);
                Op([0x6B]);
                Op(0x22, counter);
                Op([0x41, 0]);
                Op([0x4A]);
                Op(0x0D, 0);
                Close();
                break;
            case 6:
                BranchIf(depth);
                break;
            case 7:
                int global = _random.Below(Types.Length);
                Expression(Types[global], depth + 1);
                Op(0x24, global);
                break;
            case 8 when _random.OneIn(3):
                VectorInstruction(VectorStores[_random.Below(VectorStores.Length)], depth);
                break;
            case 8:
                Address(depth);
                bool isLong = _random.OneIn(2);
                Expression(isLong ? 'l' : 'i', depth + 1);
                byte store = isLong ? (byte)new[] { 0x37, 0x3C, 0x3D, 0x3E }[_random.Below(4)] : (byte)new[] { 0x36, 0x3A, 0x3B }[_random.Below(3)];
                Op([store, 0, .. ModuleBuilder.Unsigned((uint)_random.Below(16))]);
                break;
            case 9:
                BranchTable(depth);
                break;
            case 12:
                BlockOfSeveral(depth);
                break;
            case 10 when _random.OneIn(4):
                Op([0x00]);
                // Dead code must be valid and must not matter.
                Op([0x1A]);
                Op([0x6A]);
                Op([0x1A]);
                break;
            default:
                Expression(SomeType(), depth + 1);
                Op([0x1A]);
                break;
        }
    }

    private void SetLocal(char type, int depth)
    {
        Expression(type, depth);
        Op(0x21, LocalOf(type));
    }

    /// <summary>Opens a construct whose label takes the given types; null for a loop, which statements do not branch to.</summary>
    private void Open(byte opcode, byte blockType, string? label)
    {
        Op([opcode, blockType]);
        _labels.Add(label ?? "loop");
    }

    private void Close()
    {
        Op([0x0B]);
        _labels.RemoveAt(_labels.Count - 1);
    }

    private void BranchIf(int depth)
    {
        int label = _random.Below(Math.Max(1, _labels.Count));
        if (_labels.Count == 0 || _labels[^(label + 1)].Length != 0) return;
        Expression('i', depth + 1);
        Op(0x0D, label);
    }

    private void BranchTable(int depth)
    {
        Open(0x02, 0x40, "");
        Open(0x02, 0x40, "");
        Expression('i', depth + 1);
        Op([0x0E, 2, 0, 1, 1]);
        Close();
        Statement(depth + 1);
        Close();
    }

    private void Address(int depth)
    {
        if (_random.OneIn(12)) Op([0x41, .. ModuleBuilder.Signed(65520 + _random.Below(40))]);
        else
        {
            Expression('i', depth + 1);
            Op([0x41, .. ModuleBuilder.Signed(0xFFFF)]);
            Op([0x71]);
        }
    }

    private void Expression(char type, int depth)
    {
        if (depth >= MaximumDepth || _size > 500 || _random.OneIn(5))
        {
            if (_random.OneIn(2)) Op(0x20, LocalOf(type));
            else Constant(type);
            return;
        }

        switch (_random.Below(10))
        {
            case 0:
                Op(0x23, Types.IndexOf(type, StringComparison.Ordinal));
                break;
            case 1:
                Expression(type, depth + 1);
                Op(0x22, LocalOf(type));
                break;
            case 2:
                Expression(type, depth + 1);
                Expression(type, depth + 1);
                Expression('i', depth + 1);
                Op([0x1B]);
                break;
            case 3:
                Expression('i', depth + 1);
                Open(0x04, ModuleBuilder.TypeCode(type), type.ToString());
                Expression(type, depth + 1);
                Op([0x05]);
                Expression(type, depth + 1);
                Close();
                break;
            case 4:
                Open(0x02, ModuleBuilder.TypeCode(type), type.ToString());
                Statement(depth + 1);
                Expression(type, depth + 1);
                if (_random.OneIn(2))
                {
                    Expression('i', depth + 1);
                    Op(0x0D, 0);
                    Op([0x1A]);
                    Expression(type, depth + 1);
                }

                Close();
                break;
            case 5 when _functions.Count > 0:
                Call(type, depth);
                break;
            default:
                Arithmetic(type, depth);
                break;
        }
    }

    private void Call(char type, int depth)
    {
        int called = _random.Below(_functions.Count);
        (int index, int functionType, string parameters, string results) = _functions[called];
        foreach (char parameter in parameters) Expression(parameter, depth + 1);
        if (called < 5 && _random.OneIn(3))
        {
            Op([0x41, (byte)(called + 1)]);
            Op([0x11, .. ModuleBuilder.Unsigned((uint)functionType), 0]);
        }
        else
        {
            Op(0x10, index);
        }

        SetLocals(results[1..]);
        Convert(results[0], type);
    }

    /// <summary>Takes the top operands, of these types.</summary>
    private void SetLocals(string types)
    {
        for (int i = types.Length - 1; i >= 0; i--) Op(0x21, LocalOf(types[i]));
    }

    /// <summary>A block with parameters and several results, which a branch may bring too.</summary>
    private void BlockOfSeveral(int depth)
    {
        string parameters = SomeTypes(_random.Below(4)), results = SomeTypes(1 + _random.Below(4));
        // Operands of no use below the block: a branch out of it must leave them.
        string below = SomeTypes(_random.Below(3));
        foreach (char type in below + parameters) Expression(type, depth + 2);
        Op([0x02, .. ModuleBuilder.Signed(_module.Type(parameters, results))]);
        _labels.Add(results);
        SetLocals(parameters);
        Statement(depth + 1);
        // And more of them inside, which the branch drops.
        string inside = SomeTypes(_random.Below(3));
        foreach (char type in inside + results) Expression(type, depth + 2);
        if (_random.OneIn(2))
        {
            Expression('i', depth + 2);
            Op(0x0D, 0);
        }

        SetLocals(inside + results);
        foreach (char type in results) Expression(type, depth + 2);
        Close();
        SetLocals(below + results);
    }

    private void Constant(char type)
    {
        if (type == 'v')
        {
            Op(ModuleBuilder.VectorConstant(SomeBits(), SomeBits()));
            return;
        }

        ulong bits = type switch
        {
            'f' => new ulong[] { 0, 0x80000000, 0x3F800000, 0xBF000000, 0x7F800000, 0x00000001, 0x4F000000, 0x5F000000, _random.Next() & 0x7F7FFFFF }[_random.Below(9)],
            'd' => new ulong[] { 0, 0x8000000000000000, 0x3FF0000000000000, 0xC1E0000000000000, 0x7FF0000000000000, 1, 0x43E0000000000000, _random.Next() & 0x7FEFFFFFFFFFFFFF }[_random.Below(8)],
            _ => new ulong[] { 0, 1, ulong.MaxValue, 0x80000000, 0x8000000000000000, 0x7FFFFFFF, 31, 64, _random.Next(), _random.Next() & 0xFFFF }[_random.Below(10)],
        };
        Op(ModuleBuilder.Constant(type, bits));
    }

    private void Arithmetic(char type, int depth)
    {
        int choice = _random.Below(4);
        if (choice == 0)
        {
            char from = SomeType();
            Expression(from, depth + 1);
            Convert(from, type);
            return;
        }

        if (type == 'v')
        {
            VectorInstruction(VectorMakers[_random.Below(VectorMakers.Length)], depth);
            return;
        }

        if (choice == 1 && type is 'i' or 'l' && _random.OneIn(2))
        {
            Address(depth);
            byte load = type == 'i' ? (byte)new[] { 0x28, 0x2C, 0x2D, 0x2E, 0x2F }[_random.Below(5)] : (byte)new[] { 0x29, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35 }[_random.Below(7)];
            Op([load, 0, .. ModuleBuilder.Unsigned((uint)_random.Below(16))]);
            return;
        }

        if (choice == 2 && type == 'i')
        {
            char compared = "ilfd"[_random.Below(4)];
            Expression(compared, depth + 1);
            Expression(compared, depth + 1);
            (int first, int count) = compared switch { 'i' => (0x46, 10), 'l' => (0x51, 10), 'f' => (0x5B, 6), _ => (0x61, 6) };
            Op([(byte)(first + _random.Below(count))]);
            return;
        }

        if (_random.OneIn(4))
        {
            Expression(type, depth + 1);
            (int first, int count) = type switch { 'i' => (0x67, 3), 'l' => (0x79, 3), 'f' => (0x8B, 7), _ => (0x99, 7) };
            Op([(byte)(first + _random.Below(count))]);
            return;
        }

        Expression(type, depth + 1);
        Expression(type, depth + 1);
        // Divisions trap on zero: rarer than the rest, so that most programs come to a result.
        byte op = type switch
        {
            'i' => (byte)(_random.OneIn(12) ? 0x6D + _random.Below(4) : new[] { 0x6A, 0x6B, 0x6C, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78 }[_random.Below(11)]),
            'l' => (byte)(_random.OneIn(12) ? 0x7F + _random.Below(4) : new[] { 0x7C, 0x7D, 0x7E, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A }[_random.Below(11)]),
            'f' => (byte)(0x92 + _random.Below(6)),
            _ => (byte)(0xA0 + _random.Below(6)),
        };
        Op([op]);
    }

    private void Convert(char from, char to)
    {
        if (from == 'v' || to == 'v')
        {
            ConvertVector(from, to);
            return;
        }

        byte[]? op = (from, to) switch
        {
            ('i', 'l') => [_random.OneIn(2) ? (byte)0xAC : (byte)0xAD],
            ('l', 'i') => [0xA7],
            ('i', 'f') => [_random.OneIn(2) ? (byte)0xB2 : (byte)0xB3],
            ('l', 'f') => [_random.OneIn(2) ? (byte)0xB4 : (byte)0xB5],
            ('i', 'd') => [_random.OneIn(2) ? (byte)0xB7 : (byte)0xB8],
            ('l', 'd') => [_random.OneIn(2) ? (byte)0xB9 : (byte)0xBA],
            ('d', 'f') => [0xB6],
            ('f', 'd') => [0xBB],
            ('f', 'i') => _random.OneIn(6) ? [(byte)(0xA8 + _random.Below(2))] : [0xFC, (byte)_random.Below(2)],
            ('d', 'i') => _random.OneIn(6) ? [(byte)(0xAA + _random.Below(2))] : [0xFC, (byte)(2 + _random.Below(2))],
            ('f', 'l') => _random.OneIn(6) ? [(byte)(0xAE + _random.Below(2))] : [0xFC, (byte)(4 + _random.Below(2))],
            ('d', 'l') => _random.OneIn(6) ? [(byte)(0xB0 + _random.Below(2))] : [0xFC, (byte)(6 + _random.Below(2))],
            _ => null,
        };
        if (op is not null) Op(op);
        else if (from == 'i' && to == 'i') Op([_random.OneIn(2) ? (byte)0xC0 : (byte)0xC1]);
        else if (from == 'l' && to == 'l') Op([(byte)(0xC2 + _random.Below(3))]);
    }
}
