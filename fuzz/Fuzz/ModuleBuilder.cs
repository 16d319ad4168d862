using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace ContractVm.Fuzz;

/// <summary>
/// Writes modules in the binary format, for tests and generators: sections in order, LEB128 in its shortest form. It checks
/// nothing, so that wrong modules can be written too.
/// </summary>
public sealed class ModuleBuilder
{
    private readonly List<byte[]> _types = [], _imports = [], _functions = [], _tables = [], _memories = [], _globals = [], _exports = [], _elements = [], _codes = [], _data = [];
    private int? _start;
    private int _importedFunctions;

    /// <summary>Adds a function type and returns its index; type letters are i, l, f, d, v.</summary>
    public int Type(string parameters, string results)
    {
        _types.Add([0x60, .. TypeList(parameters), .. TypeList(results)]);
        return _types.Count - 1;
    }

    /// <summary>Adds a function import and returns its index.</summary>
    public int ImportFunction(string module, string name, int type)
    {
        _imports.Add([.. Name(module), .. Name(name), 0, .. Unsigned((uint)type)]);
        return _importedFunctions++;
    }

    /// <summary>Adds a function and returns its index. The code is without its last end; locals are type letters.</summary>
    public int Function(int type, string locals, byte[] code)
    {
        _functions.Add(Unsigned((uint)type));
        List<byte> body = [.. Unsigned((uint)locals.Length)];
        foreach (char local in locals) body.AddRange([1, TypeCode(local)]);
        body.AddRange(code);
        body.Add(0x0B);
        _codes.Add([.. Unsigned((uint)body.Count), .. body]);
        return _importedFunctions + _functions.Count - 1;
    }

    /// <summary>Adds a memory.</summary>
    public ModuleBuilder Memory(uint minimum, uint? maximum = null)
    {
        _memories.Add(Limits(minimum, maximum));
        return this;
    }

    /// <summary>Adds a table of functions.</summary>
    public ModuleBuilder Table(uint minimum, uint? maximum = null)
    {
        _tables.Add([0x70, .. Limits(minimum, maximum)]);
        return this;
    }

    /// <summary>Adds a global with a constant as its bits.</summary>
    public ModuleBuilder Global(char type, bool isMutable, ulong value)
    {
        _globals.Add([TypeCode(type), isMutable ? (byte)1 : (byte)0, .. Constant(type, value), 0x0B]);
        return this;
    }

    /// <summary>Adds a v128 global.</summary>
    public ModuleBuilder VectorGlobal(bool isMutable, ulong low, ulong high)
    {
        _globals.Add([TypeCode('v'), isMutable ? (byte)1 : (byte)0, .. VectorConstant(low, high), 0x0B]);
        return this;
    }

    /// <summary>Adds an active element segment of table 0.</summary>
    public ModuleBuilder Elements(int offset, params int[] functions)
    {
        List<byte> segment = [0, 0x41, .. Signed(offset), 0x0B, .. Unsigned((uint)functions.Length)];
        foreach (int function in functions) segment.AddRange(Unsigned((uint)function));
        _elements.Add([.. segment]);
        return this;
    }

    /// <summary>Adds an active data segment of memory 0.</summary>
    public ModuleBuilder Data(int offset, ReadOnlySpan<byte> bytes)
    {
        _data.Add([0, 0x41, .. Signed(offset), 0x0B, .. Unsigned((uint)bytes.Length), .. bytes]);
        return this;
    }

    /// <summary>Adds an export.</summary>
    public ModuleBuilder Export(string name, ExternalKind kind, int index)
    {
        _exports.Add([.. Name(name), (byte)kind, .. Unsigned((uint)index)]);
        return this;
    }

    /// <summary>Sets the start function.</summary>
    public ModuleBuilder Start(int function)
    {
        _start = function;
        return this;
    }

    /// <summary>The module's bytes.</summary>
    public byte[] Build()
    {
        List<byte> module = [0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0];
        Section(1, _types);
        Section(2, _imports);
        Section(3, _functions);
        Section(4, _tables);
        Section(5, _memories);
        Section(6, _globals);
        Section(7, _exports);
        if (_start is int start)
        {
            byte[] index = Unsigned((uint)start);
            module.AddRange([8, (byte)index.Length, .. index]);
        }

        Section(9, _elements);
        Section(10, _codes);
        Section(11, _data);
        return [.. module];

        void Section(byte id, List<byte[]> items)
        {
            if (items.Count == 0) return;
            List<byte> content = [.. Unsigned((uint)items.Count)];
            foreach (byte[] item in items) content.AddRange(item);
            module.Add(id);
            module.AddRange(Unsigned((uint)content.Count));
            module.AddRange(content);
        }
    }

    /// <summary>Unsigned LEB128.</summary>
    public static byte[] Unsigned(ulong value)
    {
        List<byte> bytes = [];
        do
        {
            byte low = (byte)(value & 0x7F);
            value >>= 7;
            bytes.Add(value == 0 ? low : (byte)(low | 0x80));
        }
        while (value != 0);
        return [.. bytes];
    }

    /// <summary>Signed LEB128.</summary>
    public static byte[] Signed(long value)
    {
        List<byte> bytes = [];
        while (true)
        {
            byte low = (byte)(value & 0x7F);
            value >>= 7;
            bool isLast = (value == 0 && (low & 0x40) == 0) || (value == -1 && (low & 0x40) != 0);
            bytes.Add(isLast ? low : (byte)(low | 0x80));
            if (isLast) return [.. bytes];
        }
    }

    /// <summary>A constant instruction with a value given as bits.</summary>
    public static byte[] Constant(char type, ulong bits)
    {
        byte[] fixedBytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(fixedBytes, bits);
        return type switch
        {
            'i' => [0x41, .. Signed((int)bits)],
            'l' => [0x42, .. Signed((long)bits)],
            'f' => [0x43, .. fixedBytes[..4]],
            _ => [0x44, .. fixedBytes],
        };
    }

    /// <summary>v128.const.</summary>
    public static byte[] VectorConstant(ulong low, ulong high)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, low);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), high);
        return Vector(Opcode.V128Const, bytes);
    }

    /// <summary>A vector instruction with its immediates.</summary>
    public static byte[] Vector(Opcode opcode, params ReadOnlySpan<byte> immediates) =>
        [0xFD, .. Unsigned((uint)opcode - (uint)Opcode.V128Load), .. immediates];

    /// <summary>The binary format's code of a type letter.</summary>
    public static byte TypeCode(char letter) => letter switch
    {
        'i' => 0x7F,
        'l' => 0x7E,
        'f' => 0x7D,
        'd' => 0x7C,
        'v' => 0x7B,
        _ => throw new ArgumentOutOfRangeException(nameof(letter)),
    };

    private static byte[] TypeList(string letters)
    {
        List<byte> bytes = [.. Unsigned((uint)letters.Length)];
        foreach (char letter in letters) bytes.Add(TypeCode(letter));
        return [.. bytes];
    }

    private static byte[] Name(string name) => [.. Unsigned((uint)Encoding.UTF8.GetByteCount(name)), .. Encoding.UTF8.GetBytes(name)];

    private static byte[] Limits(uint minimum, uint? maximum) =>
        maximum is uint most ? [1, .. Unsigned(minimum), .. Unsigned(most)] : [0, .. Unsigned(minimum)];
}
