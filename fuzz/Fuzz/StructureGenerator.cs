using System;
using System.Collections.Generic;
using System.Linq;
using static ContractVm.Fuzz.GeneratedType;

namespace ContractVm.Fuzz;

/// <summary>
/// Generates modules of WebAssembly 3.0 from a seed, valid by construction: each expression is made for a type that is wanted.
/// Recursive groups with subtypes, tables and memories of every kind, segments, tags, and bodies over all instructions, dead code
/// included. It knows no more of validation than it needs: types are equal where their indices are.
/// </summary>
public sealed partial class StructureGenerator
{
    private readonly Random64 _random;
    private readonly StructureOptions _options;
    private readonly List<GeneratedDefinition> _types = [];
    private readonly List<int> _functions = [];
    private readonly List<(GeneratedType Element, bool Is64)> _tables = [];
    private readonly List<(bool Is64, bool IsShared)> _memories = [];
    private readonly List<(GeneratedType Type, bool IsMutable)> _globals = [];
    private readonly List<int> _tags = [];
    private readonly List<GeneratedType> _elements = [];
    private readonly List<byte> _typeSection = [];
    private int _dataCount, _importedFunctions, _mistakes;
    // Globals that a constant expression may read; all others may stand in bodies only.
    private int _constantGlobals;
    private List<byte> _code = [];

    private StructureGenerator(ulong seed, StructureOptions options)
    {
        _random = new Random64(seed);
        _options = options;
        _mistakes = options.Mistakes ? 1 + _random.Below(2) : 0;
    }

    /// <summary>Generates a module.</summary>
    public static byte[] Generate(ulong seed, StructureOptions options) => new StructureGenerator(seed, options).Generate();

    private byte[] Generate()
    {
        MakeTypes();
        List<byte> imports = Section(MakeImports);
        int defined = 1 + _random.Below(5);
        List<byte> functions = Section(() => Repeat(defined, () => PutUnsigned((ulong)AddFunction())));
        List<byte> tables = Section(() => Repeat(_random.Below(4), MakeTable));
        List<byte> memories = Section(() => Repeat(_options.Has(Features.MultiMemory) ? _random.Below(3) : _memories.Count == 0 ? _random.Below(2) : 0, () => PutMemory()));
        List<byte> tags = Section(() => Repeat(_options.Has(Features.Exceptions) && TagTypes().Count > 0 ? _random.Below(4) : 0, PutTag));
        _constantGlobals = _globals.Count;
        List<byte> globals = Section(() => Repeat(_random.Below(6), MakeGlobal));
        List<byte> exports = Section(MakeExports);
        List<byte> elements = Section(() => Repeat(1 + _random.Below(4), MakeElement));
        _dataCount = _random.Below(4);
        List<byte> codes = Section(() =>
        {
            PutUnsigned((ulong)defined);
            for (int i = 0; i < defined; i++) MakeBody(_types[_functions[_importedFunctions + i]]);
        });
        List<byte> data = Section(() => Repeat(_dataCount, MakeData));

        _code = [0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0];
        Put(1, _typeSection);
        Put(2, imports);
        Put(3, functions);
        Put(4, tables);
        Put(5, memories);
        if (tags[0] != 0) Put(13, tags);
        Put(6, globals);
        Put(7, exports);
        Put(9, elements);
        Put(12, [(byte)_dataCount]);
        Put(10, codes);
        Put(11, data);
        return [.. _code];
    }

    private void Put(byte id, List<byte> content)
    {
        _code.Add(id);
        PutUnsigned((ulong)content.Count);
        _code.AddRange(content);
    }

    private List<byte> Section(Action make)
    {
        List<byte> outer = _code;
        _code = [];
        make();
        (outer, _code) = (_code, outer);
        return outer;
    }

    private void Repeat(int count, Action make)
    {
        PutUnsigned((ulong)count);
        for (int i = 0; i < count; i++) make();
    }

    private void MakeImports()
    {
        int count = _random.Below(5);
        PutUnsigned((ulong)count);
        for (int i = 0; i < count; i++)
        {
            PutName("m");
            PutName(((char)('a' + i)).ToString());
            switch (_random.Below(5))
            {
                case 1:
                    _code.Add(1);
                    GeneratedType element = TableElement();
                    PutTableType(element);
                    break;
                case 2 when _options.Has(Features.MultiMemory) || _memories.Count == 0:
                    _code.Add(2);
                    PutMemory();
                    break;
                case 3:
                    _code.Add(3);
                    GeneratedType type = RandomType();
                    bool isMutable = _random.OneIn(3);
                    PutType(type);
                    _code.Add(isMutable ? (byte)1 : (byte)0);
                    _globals.Add((type, isMutable));
                    break;
                case 4 when _options.Has(Features.Exceptions) && TagTypes().Count > 0:
                    _code.Add(4);
                    PutTag();
                    break;
                default:
                    _code.Add(0);
                    PutUnsigned((ulong)AddFunction());
                    _importedFunctions++;
                    break;
            }
        }

        _constantGlobals = _globals.Count;
    }

    private int AddFunction()
    {
        int[] candidates = Enumerable.Range(0, _types.Count).Where(index => _types[index].Kind == TypeKind.Function).ToArray();
        int type = candidates[_random.Below(candidates.Length)];
        _functions.Add(type);
        return type;
    }

    private List<int> TagTypes() => Enumerable.Range(0, _types.Count).Where(index => _types[index].Kind == TypeKind.Function && _types[index].Results.Length == 0).ToList();

    private void PutTag()
    {
        List<int> types = TagTypes();
        int type = types[_random.Below(types.Count)];
        _tags.Add(type);
        _code.Add(0);
        PutUnsigned((ulong)type);
    }

    private GeneratedType TableElement()
    {
        for (int tries = 0; tries < 8; tries++)
            if (RandomType() is { IsReference: true } type) return type with { IsNullable = true };
        return Ref(Func);
    }

    private void MakeTable()
    {
        GeneratedType element = TableElement();
        if (_options.Has(Features.TypedReferences) && _random.OneIn(3))
        {
            // Of functions that are never null, or of what a constant makes: either needs a first value.
            if (_functions.Count > 0 && _random.OneIn(2)) element = Ref(Func, nullable: false);
            _code.AddRange([0x40, 0]);
            PutTableType(element);
            MakeConstant(element);
            return;
        }

        PutTableType(element);
    }

    private void PutTableType(GeneratedType element)
    {
        PutType(element);
        bool is64 = _options.Table64 && _options.Has(Features.Memory64) && _random.OneIn(4);
        PutLimits(is64, isShared: false, 20);
        _tables.Add((element, is64));
    }

    private void PutMemory()
    {
        bool is64 = _options.Has(Features.Memory64) && _random.OneIn(4), isShared = _options.Has(Features.SharedMemory) && _random.OneIn(6);
        PutLimits(is64, isShared, 3);
        _memories.Add((is64, isShared));
    }

    private void PutLimits(bool is64, bool isShared, int most)
    {
        bool hasMaximum = isShared || _random.OneIn(2);
        _code.Add((byte)((hasMaximum ? 1 : 0) | (isShared ? 2 : 0) | (is64 ? 4 : 0)));
        int minimum = _random.Below(most);
        PutUnsigned((ulong)minimum);
        if (hasMaximum) PutUnsigned((ulong)(minimum + _random.Below(most) - (Slips() ? most : 0)));
    }

    private void MakeGlobal()
    {
        GeneratedType type = ConstantType();
        bool isMutable = _random.OneIn(2);
        PutType(type);
        _code.Add(isMutable ? (byte)1 : (byte)0);
        MakeConstant(type);
        _globals.Add((type, isMutable));
        // With garbage collection, later constants may read earlier globals.
        if (_options.Has(Features.Gc)) _constantGlobals = _globals.Count;
    }

    private void MakeExports()
    {
        List<(byte Kind, int Index)> all = [];
        for (int i = 0; i < _functions.Count; i++) all.Add((0, i));
        for (int i = 0; i < _tables.Count; i++) all.Add((1, i));
        for (int i = 0; i < _memories.Count; i++) all.Add((2, i));
        for (int i = 0; i < _globals.Count; i++) all.Add((3, i));
        for (int i = 0; i < _tags.Count; i++) all.Add((4, i));
        int count = _random.Below(Math.Min(all.Count, 6) + 1);
        PutUnsigned((ulong)count);
        for (int i = 0; i < count; i++)
        {
            PutName($"e{(Slips() ? 0 : i)}");
            (byte kind, int index) = all[_random.Below(all.Count)];
            _code.Add(kind);
            PutIndex(index);
        }
    }

    private void MakeElement()
    {
        // The first one declares every function, so that any body may refer to it.
        if (_elements.Count == 0)
        {
            _code.AddRange([3, 0]);
            int next = 0;
            Repeat(_functions.Count, () => PutUnsigned((ulong)next++));
            _elements.Add(Ref(Func, nullable: false));
            return;
        }

        GeneratedType type = Ref(Func, nullable: false);
        bool hasExpressions = _random.OneIn(2);
        if (hasExpressions) type = ConstantReference();
        int[] tables = Enumerable.Range(0, _tables.Count).Where(index => IsSub(type, _tables[index].Element)).ToArray();
        bool isActive = tables.Length > 0 && _random.OneIn(2);
        int table = isActive ? tables[_random.Below(tables.Length)] : 0;
        // Flags: 1 not active, 2 table or type is written, 4 expressions.
        _code.Add((byte)((hasExpressions ? 4 : 0) | (isActive ? 2 : _random.OneIn(3) ? 3 : 1)));
        if (isActive)
        {
            PutIndex(table);
            MakeConstant(_tables[table].Is64 ? I64 : I32);
        }

        if (hasExpressions) PutType(type);
        else _code.Add(0);
        Repeat(_functions.Count == 0 && !hasExpressions ? 0 : _random.Below(4), () =>
        {
            if (hasExpressions) MakeConstant(type);
            else PutIndex(_random.Below(_functions.Count));
        });
        _elements.Add(type);
    }

    private void MakeData()
    {
        if (_memories.Count == 0 || _random.OneIn(2)) _code.Add(1);
        else
        {
            int memory = _random.Below(_memories.Count);
            _code.Add(2);
            PutIndex(memory);
            MakeConstant(_memories[memory].Is64 ? I64 : I32);
        }

        Repeat(_random.Below(5), () => _code.Add((byte)_random.Next()));
    }
}
