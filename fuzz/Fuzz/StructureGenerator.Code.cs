using System;
using System.Collections.Generic;
using System.Linq;
using static ContractVm.Fuzz.GeneratedType;

namespace ContractVm.Fuzz;

/// <summary>Bodies and expressions: each is made for the type that is wanted.</summary>
public sealed partial class StructureGenerator
{
    private const int MostDepth = 5;
    private static readonly OpcodeInfo[] Simple = OpcodeTable.All.Where(static info => !info.IsContextual).ToArray();
    private static readonly Dictionary<byte, OpcodeInfo[]> ByResult = Simple.Where(static info => info.Results.Length == 1)
        .GroupBy(static info => TypeOf(info.Results[0])).ToDictionary(static group => group.Key, static group => group.ToArray());
    private static readonly OpcodeInfo[] WithoutResult = Simple.Where(static info => info.Results.Length == 0).ToArray();

    private readonly List<GeneratedType> _locals = [];
    private readonly List<GeneratedType[]> _labels = [];
    private GeneratedType[] _results = [];
    private int _budget;

    private void MakeBody(GeneratedDefinition type)
    {
        List<byte> body = Section(() =>
        {
            _locals.Clear();
            _labels.Clear();
            _locals.AddRange(type.Parameters);
            int firstDeclared = _locals.Count;
            Repeat(_random.Below(5), () =>
            {
                GeneratedType local = RandomType();
                int count = _random.Below(3);
                PutUnsigned((ulong)count);
                PutType(local);
                for (int i = 0; i < count; i++) _locals.Add(local);
            });
            _results = type.Results;
            _budget = 20 + _random.Below(200);
            // Locals without a default are set before anything could read them.
            for (int i = firstDeclared; i < _locals.Count; i++)
            {
                if (_locals[i].IsDefaultable) continue;
                Fallback(_locals[i]);
                Op(Opcode.LocalSet, i);
            }

            _labels.Add(type.Results);
            Statements(0);
            Expressions(type.Results, 0);
            if (!Slips()) Op(Opcode.End);
        });
        PutUnsigned((ulong)body.Count);
        _code.AddRange(body);
    }

    private void Statements(int depth)
    {
        for (int left = _random.Below(4); left > 0 && _budget > 0; left--) Statement(depth + 1);
    }

    private void Expressions(ReadOnlySpan<GeneratedType> types, int depth)
    {
        foreach (GeneratedType type in types) Expression(type, depth + 1);
    }

    private void Expression(GeneratedType type, int depth)
    {
        if (Slips()) type = RandomType();
        _budget--;
        if (depth >= MostDepth || _budget <= 0)
        {
            Leaf(type);
            return;
        }

        bool isMade = _random.Below(12) switch
        {
            0 => TryLocal(type),
            1 => TryGlobal(type),
            2 or 3 => MakeConstruct(type, depth),
            4 => TryCall(type, depth),
            5 => MakeSelect(type, depth),
            6 => TryBranchIf(type, depth),
            7 => TryLoadReference(type, depth),
            _ => type.IsReference ? TryReference(type, depth) : TryNumber(type, depth),
        };
        if (!isMade) Leaf(type);
    }

    private void Leaf(GeneratedType type)
    {
        if ((_random.OneIn(2) && TryLocal(type)) || (_random.OneIn(3) && TryGlobal(type))) return;
        Fallback(type);
    }

    /// <summary>A value of any type without operands: a constant, a null, a null that is said to be none.</summary>
    private void Fallback(GeneratedType type, bool isConstant = false)
    {
        switch (type.Number)
        {
            case 0:
                int[] functions = Enumerable.Range(0, _functions.Count).Where(index => IsSub(Ref(_functions[index], nullable: false), type)).ToArray();
                if (functions.Length > 0 && ((isConstant && !type.IsNullable) || _random.OneIn(2))) Op(Opcode.RefFunc, functions[_random.Below(functions.Length)]);
                else
                {
                    Op(Opcode.RefNull);
                    PutHeap(type.Heap);
                    if (!type.IsNullable) Op(Opcode.RefAsNonNull);
                }

                break;
            case 0x7F: Op(Opcode.I32Const); PutSigned((int)Interesting()); break;
            case 0x7E: Op(Opcode.I64Const); PutSigned((long)Interesting()); break;
            case 0x7D: Op(Opcode.F32Const); Bytes(4); break;
            case 0x7C: Op(Opcode.F64Const); Bytes(8); break;
            default: Op(Opcode.V128Const); Bytes(16); break;
        }
    }

    private ulong Interesting() => _random.Below(4) switch { 0 => _random.Next(), 1 => 1UL << _random.Below(64), _ => (ulong)_random.Below(4) };

    private void Bytes(int count)
    {
        for (int i = 0; i < count; i++) _code.Add((byte)_random.Next());
    }

    private bool TryLocal(GeneratedType type)
    {
        if (Find(_locals, local => IsSub(local, type)) is not int index) return false;
        Op(Opcode.LocalGet, index);
        return true;
    }

    private bool TryGlobal(GeneratedType type)
    {
        if (Find(_globals, global => IsSub(global.Type, type)) is not int index) return false;
        Op(Opcode.GlobalGet, index);
        return true;
    }

    private bool MakeConstruct(GeneratedType type, int depth)
    {
        int kind = _random.Below(_options.Has(Features.Exceptions) ? 5 : 4);
        if (kind == 3) return MakeBlockWithParameters(type, depth);
        if (kind == 2) Expression(I32, depth + 1);
        Op(kind switch { 0 => Opcode.Block, 1 => Opcode.Loop, 2 => Opcode.If, _ => Opcode.TryTable });
        PutType(type);
        if (kind == 4) PutCatches();
        _labels.Add(kind == 1 ? [] : [type]);
        Statements(depth);
        if (_random.OneIn(6)) DeadCode(depth);
        else Expression(type, depth + 1);
        if (kind == 2)
        {
            Op(Opcode.Else);
            Expression(type, depth + 1);
        }

        Op(Opcode.End);
        _labels.RemoveAt(_labels.Count - 1);
        return true;
    }

    /// <summary>A block, loop or if with a type index: it takes and gives several values, and the last of them is wanted.</summary>
    private bool MakeBlockWithParameters(GeneratedType type, int depth)
    {
        if (Find(_types, definition => definition.Kind == TypeKind.Function && definition.Results.Length == 1 && IsSub(definition.Results[0], type)) is not int index) return false;
        GeneratedDefinition block = _types[index];
        Expressions(block.Parameters, depth);
        bool isLoop = _random.OneIn(3);
        Op(isLoop ? Opcode.Loop : Opcode.Block);
        PutSigned(index);
        _labels.Add(isLoop ? block.Parameters : block.Results);
        foreach (GeneratedType _ in block.Parameters) Op(Opcode.Drop);
        Statements(depth);
        Expressions(block.Results, depth);
        Op(Opcode.End);
        _labels.RemoveAt(_labels.Count - 1);
        return true;
    }

    private bool TryCall(GeneratedType type, int depth)
    {
        if (_random.OneIn(2))
        {
            if (Find(_functions, index => Gives(_types[index], type)) is not int function) return false;
            Expressions(_types[_functions[function]].Parameters, depth);
            Op(Opcode.Call, function);
            return true;
        }

        if (Find(_types, definition => Gives(definition, type)) is not int called) return false;
        Expressions(_types[called].Parameters, depth);
        return CallThrough(called, Opcode.CallIndirect, Opcode.CallRef, depth) || Undo(_types[called].Parameters.Length, type);
    }

    private static bool Gives(GeneratedDefinition definition, GeneratedType type) => definition.Kind == TypeKind.Function && definition.Results.Length == 1 && definition.Results[0] == type;

    private bool CallThrough(int type, Opcode indirect, Opcode reference, int depth)
    {
        if (_options.Has(Features.TypedReferences) && _random.OneIn(2))
        {
            Expression(Ref(type), depth + 1);
            Op(reference, type);
            return true;
        }

        if (Find(_tables, table => IsSub(table.Element, Ref(Func))) is not int index) return false;
        Expression(_tables[index].Is64 ? I64 : I32, depth + 1);
        Op(indirect, type);
        PutIndex(index);
        return true;
    }

    private bool Undo(int operands, GeneratedType type)
    {
        for (int i = 0; i < operands; i++) Op(Opcode.Drop);
        Leaf(type);
        return true;
    }

    private bool MakeSelect(GeneratedType type, int depth)
    {
        Expression(type, depth + 1);
        Expression(type, depth + 1);
        Expression(I32, depth + 1);
        if (!type.IsReference && _random.OneIn(2))
        {
            Op(Opcode.Select);
            return true;
        }

        Op(Opcode.SelectT, 1);
        PutType(type);
        return true;
    }

    private bool TryBranchIf(GeneratedType type, int depth)
    {
        if (Find(_labels, label => label.Length == 1 && IsSub(label[0], type)) is not int label) return false;
        Expression(_labels[label][0], depth + 1);
        Expression(I32, depth + 1);
        Op(Opcode.BrIf, LabelOf(label));
        return true;
    }

    private bool TryNumber(GeneratedType type, int depth)
    {
        if (_random.OneIn(4) && type == I32 && TryI32(depth)) return true;
        return ByResult.TryGetValue(type.Number, out OpcodeInfo[]? infos) && TrySimple(infos[_random.Below(infos.Length)], depth);
    }

    /// <summary>An instruction whose types do not depend on the context, with its operands; false where its feature or a memory is missing.</summary>
    private bool TrySimple(OpcodeInfo info, int depth, bool isDead = false)
    {
        if (!_options.Has(info.NeededFeatures)) return false;
        bool hasMemory = info.Immediates is Immediates.MemArg or Immediates.MemArgLane;
        if (hasMemory && _memories.Count == 0) return false;
        int memory = hasMemory ? _random.Below(_memories.Count) : 0;
        GeneratedType address = hasMemory && _memories[memory].Is64 ? I64 : I32;
        foreach (char operand in isDead ? "" : info.Operands) Expression(operand == 'm' ? address : new GeneratedType(TypeOf(operand), false, 0), depth + 1);
        Op(info.Opcode);
        if (hasMemory)
        {
            bool isAtomic = (info.Feature & Features.Threads) != 0;
            int alignment = isAtomic ? info.NaturalAlignment : _random.Below(info.NaturalAlignment + 1);
            if (Slips()) alignment++;
            PutUnsigned((ulong)(memory > 0 || (_options.Has(Features.MultiMemory) && _random.OneIn(8)) ? 0x40 | alignment : alignment));
            if (_code[^1] >= 0x40) PutIndex(memory);
            PutUnsigned(_random.OneIn(3) ? Interesting() & uint.MaxValue : (ulong)_random.Below(100));
        }

        switch (info.Immediates)
        {
            case Immediates.I32: PutSigned((int)Interesting()); break;
            case Immediates.I64: PutSigned((long)Interesting()); break;
            case Immediates.F32: Bytes(4); break;
            case Immediates.F64: Bytes(8); break;
            case Immediates.V128: Bytes(16); break;
            case Immediates.Lane or Immediates.MemArgLane: _code.Add((byte)(_random.Below(info.Lanes) + (Slips() ? info.Lanes : 0))); break;
            case Immediates.Fence: _code.Add(0); break;
            case Immediates.Shuffle:
                for (int i = 0; i < 16; i++) _code.Add((byte)_random.Below(32));
                break;
        }

        return true;
    }

    private static byte TypeOf(char letter) => letter switch { 'i' or 'm' => 0x7F, 'l' => 0x7E, 'f' => 0x7D, 'd' => 0x7C, _ => 0x7B };

    private int LabelOf(int position) => _labels.Count - 1 - position;

    /// <summary>The position of a random item that fits, or null.</summary>
    private int? Find<T>(List<T> items, Func<T, bool> fits)
    {
        if (items.Count == 0) return null;
        int start = _random.Below(items.Count);
        for (int i = 0; i < items.Count; i++)
            if (fits(items[(start + i) % items.Count])) return (start + i) % items.Count;
        return null;
    }

    private void Op(Opcode opcode, int index)
    {
        Op(opcode);
        PutIndex(index);
    }

    private void Op(Opcode opcode)
    {
        // Ids are dense: a range for each prefix (OpcodeTable).
        int id = (int)opcode;
        (byte prefix, int start) = id switch { >= 0x200 => ((byte)0xFD, 0x200), >= 0x180 => ((byte)0xFE, 0x180), >= 0x140 => ((byte)0xFC, 0x140), >= 0x100 => ((byte)0xFB, 0x100), _ => ((byte)0, 0) };
        _code.Add(prefix != 0 ? prefix : (byte)id);
        if (prefix != 0) PutUnsigned((ulong)(id - start));
    }
}
