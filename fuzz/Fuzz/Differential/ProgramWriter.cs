using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace ContractVm.Fuzz.Differential;

/// <summary>Writes a <see cref="ProgramModule"/> in the binary format. Types are added as they are named, so that none is there for nothing.</summary>
internal sealed class ProgramWriter
{
    private readonly ProgramModule _program;
    private readonly List<byte[]> _types = [];
    private readonly Dictionary<Signature, int> _typeIndices = [];
    private readonly Dictionary<int, int> _functionIndices = [];

    private ProgramWriter(ProgramModule program) => _program = program;

    /// <summary>The module's bytes. Where symbols name nothing, they are no valid module.</summary>
    public static byte[] Write(ProgramModule program) => new ProgramWriter(program).Write();

    private byte[] Write()
    {
        foreach (ImportedProgramFunction import in _program.Imports) _functionIndices.Add(import.Id, _functionIndices.Count);
        foreach (ProgramFunction function in _program.Functions) _functionIndices.Add(function.Id, _functionIndices.Count);
        List<byte[]> imports = [.. Imports()];
        List<byte[]> functions = [.. _program.Functions.Select(function => TypeIndex(function.Signature))];
        List<byte[]> tables = [.. _program.Tables.Where(static table => table.Import is null).Select(TableType)];
        List<byte[]> memories = [.. _program.Memories.Where(static memory => memory.Import is null).Select(MemoryType)];
        List<byte[]> globals = [.. _program.Globals.Where(static global => global.Import is null).Select(Global)];
        List<byte[]> elements = [.. _program.Elements.Select(Segment), Declarations()];
        List<byte[]> codes = [.. _program.Functions.Select(Body)];
        List<byte> module = [0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0];
        Section(module, 1, _types);
        Section(module, 2, imports);
        Section(module, 3, functions);
        Section(module, 4, tables);
        Section(module, 5, memories);
        Section(module, 6, globals);
        Section(module, 7, [.. Exports()]);
        if (_program.Start >= 0)
        {
            byte[] start = FunctionIndex(_program.Start);
            module.AddRange([8, (byte)start.Length, .. start]);
        }

        Section(module, 9, elements);
        if (_program.Data.Count > 0) module.AddRange([12, 1, (byte)_program.Data.Count]);
        Section(module, 10, codes);
        Section(module, 11, [.. _program.Data.Select(Data)]);
        return [.. module];
    }

    private static void Section(List<byte> module, byte id, List<byte[]> items)
    {
        if (items.Count == 0) return;
        List<byte> content = [.. ModuleBuilder.Unsigned((uint)items.Count)];
        foreach (byte[] item in items) content.AddRange(item);
        module.Add(id);
        module.AddRange(ModuleBuilder.Unsigned((uint)content.Count));
        module.AddRange(content);
    }

    private IEnumerable<byte[]> Imports()
    {
        foreach (ImportedProgramFunction function in _program.Imports) yield return [.. Name(function.Module), .. Name(function.Name), 0, .. TypeIndex(function.Signature)];
        foreach (ProgramTable table in _program.Tables)
            if (table.Import is var (module, name)) yield return [.. Name(module), .. Name(name), 1, .. TableType(table)];
        foreach (ProgramMemory memory in _program.Memories)
            if (memory.Import is var (module, name)) yield return [.. Name(module), .. Name(name), 2, .. MemoryType(memory)];
        foreach (ProgramGlobal global in _program.Globals)
            if (global.Import is var (module, name)) yield return [.. Name(module), .. Name(name), 3, .. Type(global.Type), global.IsMutable ? (byte)1 : (byte)0];
    }

    /// <summary>Everything is exported: functions to be called, the rest for modules that import it.</summary>
    private IEnumerable<byte[]> Exports()
    {
        foreach (ImportedProgramFunction import in _program.Imports) yield return [.. Name(ProgramModule.ExportName(import.Id)), 0, .. FunctionIndex(import.Id)];
        foreach (ProgramFunction function in _program.Functions) yield return [.. Name(ProgramModule.ExportName(function.Id)), 0, .. FunctionIndex(function.Id)];
        for (int i = 0; i < _program.Tables.Count; i++) yield return [.. Name($"t{i}"), 1, (byte)i];
        for (int i = 0; i < _program.Memories.Count; i++) yield return [.. Name($"m{i}"), 2, (byte)i];
        for (int i = 0; i < _program.Globals.Count; i++) yield return [.. Name($"g{i}"), 3, .. ModuleBuilder.Unsigned((uint)i)];
    }

    private byte[] TableType(ProgramTable table) => [.. Type(table.Element), .. Limits(table.Size, table.Maximum, table.Is64 ? 4 : 0)];

    private byte[] MemoryType(ProgramMemory memory) => Limits(memory.Pages, memory.Maximum, (memory.Is64 ? 4 : 0) | (memory.IsShared ? 2 : 0));

    private static byte[] Limits(uint minimum, uint? maximum, int flags) =>
        [(byte)(flags | (maximum is null ? 0 : 1)), .. ModuleBuilder.Unsigned(minimum), .. maximum is uint most ? ModuleBuilder.Unsigned(most) : []];

    private byte[] Global(ProgramGlobal global)
    {
        List<byte> bytes = [.. Type(global.Type), global.IsMutable ? (byte)1 : (byte)0];
        Put(bytes, global.Initial!);
        return [.. bytes, 0x0B];
    }

    private byte[] Segment(ProgramElements segment)
    {
        List<byte> bytes = [segment.Table < 0 ? (byte)5 : (byte)6];
        if (segment.Table >= 0)
        {
            bytes.Add((byte)segment.Table);
            Put(bytes, ProgramNode.Constant(_program.Tables[segment.Table].Is64 ? 'l' : 'i', segment.Offset));
            bytes.Add(0x0B);
        }

        bytes.AddRange([.. Type(segment.Element), .. ModuleBuilder.Unsigned((uint)segment.Functions.Count)]);
        foreach (int function in segment.Functions)
        {
            if (function < 0) bytes.AddRange([0xD0, .. Heap(segment.Element), 0x0B]);
            else bytes.AddRange([0xD2, .. FunctionIndex(function), 0x0B]);
        }

        return [.. bytes];
    }

    /// <summary>A declarative segment of all functions, so that any body may refer to any of them.</summary>
    private byte[] Declarations()
    {
        List<byte> bytes = [3, 0, .. ModuleBuilder.Unsigned((uint)_functionIndices.Count)];
        foreach (int index in _functionIndices.Values) bytes.AddRange(ModuleBuilder.Unsigned((uint)index));
        return [.. bytes];
    }

    private byte[] Data(ProgramData data)
    {
        List<byte> bytes = [data.Memory < 0 ? (byte)1 : (byte)2];
        if (data.Memory >= 0)
        {
            bytes.Add((byte)data.Memory);
            Put(bytes, ProgramNode.Constant(_program.Memories[data.Memory].Is64 ? 'l' : 'i', data.Offset));
            bytes.Add(0x0B);
        }

        return [.. bytes, .. ModuleBuilder.Unsigned((uint)data.Bytes.Length), .. data.Bytes];
    }

    private byte[] Body(ProgramFunction function)
    {
        List<byte> body = [.. ModuleBuilder.Unsigned((uint)function.Locals.Length)];
        foreach (char local in function.Locals) body.AddRange([1, .. Type(local)]);
        foreach (ProgramNode node in function.Body) Put(body, node);
        body.Add(0x0B);
        return [.. ModuleBuilder.Unsigned((uint)body.Count), .. body];
    }

    private void Put(List<byte> bytes, ProgramNode node)
    {
        foreach (ProgramNode operand in node.Operands) Put(bytes, operand);
        if (node.Opcode is not Opcode opcode) return;
        PutOpcode(bytes, opcode);
        if (node.Function is int function) bytes.AddRange(FunctionIndex(function));
        if (node.Body is not null) bytes.AddRange(BlockType(node.Signature!.Value));
        else if (node.Signature is Signature signature) bytes.AddRange(TypeIndex(signature));
        if (opcode == Opcode.SelectT) bytes.Add(1);
        if (node.Type is char type) bytes.AddRange(opcode == Opcode.RefNull ? Heap(type) : Type(type));
        bytes.AddRange(node.Raw);
        if (node.Body is null) return;
        foreach (ProgramNode inner in node.Body) Put(bytes, inner);
        if (node.Else is not null)
        {
            bytes.Add(0x05);
            foreach (ProgramNode inner in node.Else) Put(bytes, inner);
        }

        bytes.Add(0x0B);
    }

    private static void PutOpcode(List<byte> bytes, Opcode opcode)
    {
        int id = (int)opcode;
        (byte prefix, int start) = id switch { >= 0x200 => ((byte)0xFD, 0x200), >= 0x180 => ((byte)0xFE, 0x180), >= 0x140 => ((byte)0xFC, 0x140), >= 0x100 => ((byte)0xFB, 0x100), _ => ((byte)0, 0) };
        bytes.Add(prefix != 0 ? prefix : (byte)id);
        if (prefix != 0) bytes.AddRange(ModuleBuilder.Unsigned((uint)(id - start)));
    }

    private byte[] FunctionIndex(int id) => ModuleBuilder.Unsigned((uint)_functionIndices.GetValueOrDefault(id, 1_000_000));

    private byte[] BlockType(Signature signature)
    {
        if (signature is { Parameters: "", Results: "" }) return [0x40];
        if (signature is { Parameters: "", Results.Length: 1 }) return Type(signature.Results[0]);
        return ModuleBuilder.Signed(IndexOf(signature));
    }

    private byte[] TypeIndex(Signature signature) => ModuleBuilder.Unsigned((uint)IndexOf(signature));

    private int IndexOf(Signature signature)
    {
        if (_typeIndices.TryGetValue(signature, out int index)) return index;
        byte[] type = [0x60, .. Types(signature.Parameters), .. Types(signature.Results)];
        // Types that it names have been added by now.
        _typeIndices.Add(signature, _types.Count);
        _types.Add(type);
        return _types.Count - 1;
    }

    private byte[] Types(string letters) => [.. ModuleBuilder.Unsigned((uint)letters.Length), .. letters.SelectMany(Type)];

    private byte[] Type(char letter) => letter is >= 'A' and <= 'Z' ? [0x63, .. Heap(letter)] : [letter is 'r' or 'x' ? Heap(letter)[0] : ModuleBuilder.TypeCode(letter)];

    private byte[] Heap(char letter) => letter switch
    {
        'r' => [0x70],
        'x' => [0x6F],
        _ => ModuleBuilder.Signed(letter - 'A' < _program.Named.Count ? IndexOf(_program.Named[letter - 'A']) : 1_000_000),
    };

    private static byte[] Name(string name) => [.. ModuleBuilder.Unsigned((uint)Encoding.UTF8.GetByteCount(name)), .. Encoding.UTF8.GetBytes(name)];
}
