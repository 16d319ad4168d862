using System;
using System.Collections.Generic;
using System.Linq;

namespace ContractVm.Fuzz.Differential;

/// <summary>
/// Generates valid modules from a seed that use everything that is compiled: all operators with values at which they change what
/// they do, accesses at the edges of memories, calls of every kind, irregular control, many live values. A function is careful, so
/// that it mostly returns, or careless, so that it traps in every way that there is. Most loops count down; ink ends the others.
/// NaN bits are observed: they are the same in every engine of ours.
/// </summary>
internal sealed partial class DifferentialGenerator
{
    private const string Numbers = "ilfdv";
    private static readonly string[] Moods = ["iiilllffddvvrxAB", "iiilll", "iiiilx", "iilffddd", "iilvvvvv", "iillffddvv", "iiillrrrABAB"];

    private readonly Random64 _random;
    private readonly ProgramModule _program = new();
    private readonly ProgramModule? _library;
    private readonly List<(int Id, Signature Signature)> _callables = [];
    private string _mood = Moods[0];

    private DifferentialGenerator(ulong seed, ProgramModule? library)
    {
        _random = new Random64(seed);
        _library = library;
    }

    /// <summary>Generates a module.</summary>
    /// <param name="seed">What it depends on.</param>
    /// <param name="library">A module that it imports from, or null.</param>
    public static ProgramModule Generate(ulong seed, ProgramModule? library = null)
    {
        DifferentialGenerator generator = new(seed, library);
        generator.Generate();
        return generator._program;
    }

    private void Generate()
    {
        for (int i = _random.Below(3); i >= 0; i--) _program.Named.Add(SomeSignature("iilldfvrx", 5, 3));
        if (_library is not null) _program.Named[0] = _library.Named[0];
        MakeMemories();
        MakeTables();
        MakeGlobals();
        MakeImports();
        int count = 2 + _random.Below(5);
        for (int i = 0; i < count; i++)
        {
            _mood = Moods[_random.Below(Moods.Length)];
            Signature signature = SomeSignature(_mood, _random.OneIn(6) ? 22 : 7, _random.OneIn(6) ? 14 : 3);
            // Functions with the same results can call one another at their ends; those with a named type through references.
            if (i > 0 && _random.OneIn(3)) signature = signature with { Results = _program.Functions[_random.Below(i)].Signature.Results };
            if (_random.OneIn(4)) signature = _program.Named[_random.Below(_program.Named.Count)];
            if (i > 0 && _random.OneIn(8)) signature = _program.Functions[_random.Below(i)].Signature;
            ProgramFunction function = new(_callables.Count, signature);
            _program.Functions.Add(function);
            _callables.Add((function.Id, signature));
        }

        MakeSegments();
        for (int i = 0; i < count; i++) MakeFunction(_program.Functions[i]);
        if (_random.OneIn(10)) _program.Start = AddStart();
    }

    private int AddStart()
    {
        ProgramFunction start = new(_callables.Count, new Signature("", ""));
        _program.Functions.Add(start);
        // Where it traps, nothing else of the module is run.
        MakeFunction(start, mayBeCareless: false);
        return start.Id;
    }

    private char SomeType() => Usable(_mood[_random.Below(_mood.Length)]);

    private char SomeNumber()
    {
        char type = SomeType();
        return Numbers.Contains(type, StringComparison.Ordinal) ? type : 'i';
    }

    /// <summary>A named reference type only where there is such a name.</summary>
    private char Usable(char type) => type >= 'A' && type <= 'Z' && type - 'A' >= _program.Named.Count ? 'r' : type;

    private string SomeTypes(int count, string from) => string.Concat(Enumerable.Range(0, count).Select(_ => Usable(from[_random.Below(from.Length)])));

    private Signature SomeSignature(string from, int mostParameters, int mostResults) =>
        new(SomeTypes(_random.Below(mostParameters + 1), from), SomeTypes(_random.OneIn(8) ? 0 : 1 + _random.Below(mostResults), from));

    private void MakeMemories()
    {
        int count = _random.Below(6) switch { 0 => 0, 1 => 2, 2 => 3, _ => 1 };
        if (_library is not null && _library.Memories.Count > 0 && _random.OneIn(2)) _program.Memories.Add(_library.Memories[0] with { Import = ("lib", "m0") });
        for (int i = 0; i < count; i++)
        {
            bool isShared = _random.OneIn(6), hasMaximum = isShared || !_random.OneIn(4);
            uint pages = (uint)(_random.OneIn(8) ? 0 : 1 + _random.Below(2));
            (string, string)? import = i == 0 && _program.Memories.Count == 0 && _random.OneIn(6) ? ("env", "m0") : null;
            _program.Memories.Add(new ProgramMemory(import, pages, hasMaximum ? pages + (uint)_random.Below(3) : null, _random.OneIn(4), isShared));
        }
    }

    private void MakeTables()
    {
        if (_library is not null && _random.OneIn(2)) _program.Tables.Add(_library.Tables[0] with { Import = ("lib", "t0") });
        else _program.Tables.Add(new ProgramTable(_random.OneIn(5) ? ("env", "t0") : null, 'r', 8 + (uint)_random.Below(12), _random.OneIn(2) ? 24 : null, _random.OneIn(5)));
        for (int i = _random.Below(4); i > 0; i--)
            _program.Tables.Add(new ProgramTable(null, Usable("rxAB"[_random.Below(4)]), (uint)_random.Below(12), _random.OneIn(2) ? 24 : null, _random.OneIn(5)));
    }

    private void MakeGlobals()
    {
        if (_library is not null)
        {
            for (int i = 0; i < _library.Globals.Count; i++)
                if (!char.IsUpper(_library.Globals[i].Type) && _random.OneIn(3)) _program.Globals.Add(new ProgramGlobal(("lib", $"g{i}"), _library.Globals[i].Type, _library.Globals[i].IsMutable, null));
        }

        for (int i = _random.Below(4); i > 0; i--) _program.Globals.Add(new ProgramGlobal(("env", $"g{i}"), "ilfdv"[_random.Below(5)], !_random.OneIn(4), null));
        for (int i = 3 + _random.Below(8); i > 0; i--)
        {
            char type = Usable("iillffddvvrxA"[_random.Below(13)]);
            _program.Globals.Add(new ProgramGlobal(null, type, !_random.OneIn(4), ProgramNode.Constant(type, SpecialValues.Of(type, _random), SpecialValues.VectorHalf(_random))));
        }
    }

    private void MakeImports()
    {
        for (int i = _random.Below(6); i > 0; i--)
        {
            string name = HostFunctions.Names[_random.Below(HostFunctions.Names.Length)];
            AddImport("host", $"{name}{i}", SomeSignature("iiillffddvvrx", _random.OneIn(4) ? 14 : 4, _random.OneIn(5) ? 8 : 2));
        }

        if (_library is null) return;
        foreach (ProgramFunction function in _library.Functions)
            if (!_random.OneIn(3) && !function.Signature.Parameters.Concat(function.Signature.Results).Any(char.IsUpper)) AddImport("lib", ProgramModule.ExportName(function.Id), function.Signature);
    }

    private void AddImport(string module, string name, Signature signature)
    {
        _program.Imports.Add(new ImportedProgramFunction(_callables.Count, module, name, signature));
        _callables.Add((_callables.Count, signature));
    }

    private void MakeSegments()
    {
        // All functions stand in the first table, so that careful calls find them there.
        List<int> all = [.. _callables.Select(static callable => callable.Id)];
        int room = (int)_program.Tables[0].Size - 2;
        if (all.Count > room) all.RemoveRange(room, all.Count - room);
        _program.Elements.Add(new ProgramElements(0, 1, 'r', all));
        for (int i = _random.Below(3); i > 0; i--)
        {
            int table = _random.Below(_program.Tables.Count + 1) - 1;
            char element = table < 0 ? 'r' : _program.Tables[table].Element;
            if (element == 'x') continue;
            List<int> functions = [.. Enumerable.Range(0, _random.Below(5)).Select(_ => FunctionFor(element))];
            // One that does not fit makes instantiation fail, now and then.
            uint offset = (uint)_random.Below(6);
            if (table >= 0 && offset + functions.Count > _program.Tables[table].Size && !_random.OneIn(12)) continue;
            _program.Elements.Add(new ProgramElements(table, offset, element, functions));
        }

        for (int i = _random.Below(4); i > 0; i--)
        {
            int memory = _random.Below(_program.Memories.Count + 1) - 1;
            byte[] bytes = [.. Enumerable.Range(0, 1 + _random.Below(5)).SelectMany(_ => BitConverter.GetBytes(SpecialValues.VectorHalf(_random)))];
            if (memory >= 0 && _program.Memories[memory].Pages == 0 && !_random.OneIn(12)) memory = -1;
            uint end = memory < 0 ? 0 : _program.Memories[memory].Pages << 16;
            _program.Data.Add(new ProgramData(memory, _random.OneIn(3) && end > 0 ? end - (uint)bytes.Length + (_random.OneIn(20) ? 1u : 0) : (uint)_random.Below(600), bytes));
        }
    }

    /// <summary>Id of a function that may stand in a table of a type, or -1.</summary>
    private int FunctionFor(char type)
    {
        int[] fitting = [.. _callables.Where(callable => type == 'r' || callable.Signature == _program.Named[type - 'A']).Select(static callable => callable.Id)];
        return fitting.Length == 0 || _random.OneIn(6) ? -1 : fitting[_random.Below(fitting.Length)];
    }
}
