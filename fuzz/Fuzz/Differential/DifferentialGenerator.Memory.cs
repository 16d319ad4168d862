using System;
using System.Collections.Generic;
using System.Linq;
using static ContractVm.Fuzz.Differential.ProgramNode;

namespace ContractVm.Fuzz.Differential;

/// <summary>Memories and tables: accesses that are inside, at the last byte, across the end, and far away.</summary>
internal sealed partial class DifferentialGenerator
{
    private static readonly OpcodeInfo[] Stores = Simple.Where(static info => IsAccess(info) && info.Results.Length == 0).ToArray();
    private static readonly Dictionary<char, OpcodeInfo[]> Loads = Simple.Where(static info => IsAccess(info) && info.Results.Length == 1)
        .GroupBy(static info => info.Results[0]).ToDictionary(static group => group.Key, static group => group.ToArray());
    private static readonly Dictionary<char, OpcodeInfo[]> PlainLoads = Loads.ToDictionary(static pair => pair.Key, static pair => pair.Value.Where(static info => info.Operands == "m" && !IsAtomic(info)).ToArray());

    private static bool IsAtomic(OpcodeInfo info) => (info.Feature & Features.Threads) != 0;

    private ProgramNode Load(char type, int depth)
    {
        // Most of what gives integers from memories is atomic: half of the loads are to be plain ones.
        OpcodeInfo[] from = _random.OneIn(2) ? PlainLoads[type] : Loads[type];
        OpcodeInfo info = from[_random.Below(from.Length)];
        return SomeMemory(info) is int memory ? Access(info, memory, depth) : Operator(type, depth);
    }

    private ProgramNode Store(int depth)
    {
        OpcodeInfo info = Stores[_random.Below(Stores.Length)];
        return SomeMemory(info) is int memory ? Access(info, memory, depth) : SetLocal(depth);
    }

    private int? SomeMemory(OpcodeInfo info)
    {
        bool isWait = (info.NeededFeatures & Features.AtomicWait) != 0;
        int[] fitting = [.. Enumerable.Range(0, _program.Memories.Count).Where(index => _isCareless || (_program.Memories[index].Pages > 0 && (!isWait || _program.Memories[index].IsShared)))];
        return fitting.Length == 0 ? null : fitting[_random.OneIn(2) ? 0 : _random.Below(fitting.Length)];
    }

    private ProgramNode Access(OpcodeInfo info, int memory, int depth)
    {
        int size = 1 << info.NaturalAlignment, alignment = IsAtomic(info) ? info.NaturalAlignment : _random.Below(info.NaturalAlignment + 1);
        (ProgramNode address, ulong offset) = Address(memory, size, IsAtomic(info), depth);
        List<ProgramNode> operands = [address];
        foreach (char operand in info.Operands[1..]) operands.Add(Expression(operand, depth - 1));
        byte[] memArg = memory == 0 ? [(byte)alignment, .. ModuleBuilder.Unsigned(offset)] : [(byte)(0x40 | alignment), (byte)memory, .. ModuleBuilder.Unsigned(offset)];
        return new ProgramNode(info.Opcode, info.Results, operands) { Raw = [.. memArg, .. ImmediatesOf(info)] };
    }

    /// <summary>Bytes that a memory has at the start.</summary>
    private ulong BytesOf(int memory) => (ulong)_program.Memories[memory].Pages << 16;

    private (ProgramNode Address, ulong Offset) Address(int memory, int size, bool isAligned, int depth)
    {
        bool is64 = _program.Memories[memory].Is64;
        char type = is64 ? 'l' : 'i';
        ulong bytes = BytesOf(memory), length = (ulong)size;
        if (_isCareless && _random.OneIn(4)) return FarAddress(type, bytes, length, depth);
        ulong unit = isAligned ? length : 1;
        if (bytes == 0) return (ProgramNode.Constant(type, 0), 0);
        switch (_random.Below(8))
        {
            case 0:
                // The last bytes that there are, of the address alone or with an offset.
                ulong last = bytes - length - (isAligned ? 0 : (ulong)_random.Below(3)), offset = _random.OneIn(2) ? 0 : (ulong)_random.Below(65000) / unit * unit;
                return (ProgramNode.Constant(type, last - Math.Min(offset, last)), Math.Min(offset, last));
            case 1: return (Masked(type, 0xF8 / unit * unit, depth), bytes - 0x100 - length + (isAligned ? 0 : (ulong)_random.Below(8)));
            case 2 when !isAligned:
                // The sum wraps, and lies inside then.
                ulong far = SpecialValues.Of(type, _random);
                Opcode add = is64 ? Opcode.I64Add : Opcode.I32Add;
                return (Plain(add, type.ToString(), Plain(add, type.ToString(), Masked(type, 0xFFF, depth), ProgramNode.Constant(type, far)), ProgramNode.Constant(type, 0 - far)), (ulong)_random.Below(100));
            case 3:
                Opcode shift = is64 ? Opcode.I64Shl : Opcode.I32Shl;
                return (Plain(shift, type.ToString(), Masked(type, 0x3F, depth), ProgramNode.Constant(type, (ulong)Math.Max(3, (int)Math.Log2(unit)))), (ulong)_random.Below(300) / unit * unit);
            case 4 when !is64: return (Plain(Opcode.I32WrapI64, "i", Masked('l', 0xFFFF_0000_0000_0FF8 / unit * unit, depth)), (ulong)_random.Below(50) / unit * unit);
            case 4: return (Plain(Opcode.I64ExtendI32U, "l", Masked('i', 0xFF8 / unit * unit, depth)), (ulong)_random.Below(50) / unit * unit);
            default: return (Masked(type, (_random.OneIn(2) ? 0xFF0UL : 0x7FFF) / unit * unit, depth), (ulong)_random.Below(_random.OneIn(3) ? 2000 : 16) / unit * unit);
        }
    }

    private (ProgramNode Address, ulong Offset) FarAddress(char type, ulong bytes, ulong length, int depth)
    {
        ulong[] offsets = [0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FFF0, 0xFFFF_0000, bytes, bytes - length + 1, 0x1_0000];
        ulong offset = offsets[_random.Below(offsets.Length)] & uint.MaxValue;
        if (type == 'l' && _random.OneIn(4)) offset = ulong.MaxValue - (ulong)_random.Below(20);
        switch (_random.Below(7))
        {
            case 0: return (Expression(type, depth - 1), 0);
            // Across the end, by one byte or more.
            case 1: return (ProgramNode.Constant(type, bytes - length + 1 + (ulong)_random.Below(3)), 0);
            case 2: return (Masked(type, 0xFF, depth), offset);
            case 3: return (ProgramNode.Constant(type, type == 'l' ? ulong.MaxValue - (ulong)_random.Below(4) : uint.MaxValue - (uint)_random.Below(4)), (ulong)_random.Below(20));
            case 4: return (Constant(type), offset);
            // Not aligned.
            case 5: return (ProgramNode.Constant(type, (ulong)_random.Below(100)), (ulong)_random.Below(4));
            default: return (Masked(type, 0x1_FFFF, depth), (ulong)_random.Below(16));
        }
    }

    private ProgramNode Masked(char type, ulong mask, int depth) =>
        Plain(type == 'l' ? Opcode.I64And : Opcode.I32And, type.ToString(), Expression(type, depth - 1), ProgramNode.Constant(type, mask));

    /// <summary>An index or a length of so many bits.</summary>
    private ProgramNode Length(char type, ulong most, int depth)
    {
        if (_isCareless && _random.OneIn(6)) return _random.OneIn(2) ? Constant(type) : Expression(type, depth - 1);
        return _random.OneIn(2) ? ProgramNode.Constant(type, (ulong)_random.Below((int)most + 1)) : Masked(type, most, depth);
    }

    private ProgramNode Bulk(int depth)
    {
        if (_program.Memories.Count == 0 || (!_isCareless && _program.Memories[0].Pages == 0)) return SetLocal(depth);
        int memory = SomeMemory(OpcodeTable.Get(Opcode.I32Load)) ?? 0, other = SomeMemory(OpcodeTable.Get(Opcode.I32Load)) ?? 0;
        char type = _program.Memories[memory].Is64 ? 'l' : 'i', otherType = _program.Memories[other].Is64 ? 'l' : 'i';
        ProgramNode size = new(Opcode.MemorySize, type.ToString()) { Raw = [(byte)memory] };
        switch (_random.Below(7))
        {
            case 0: return LocalSet(LocalOf(type), size);
            case 1:
                return LocalSet(LocalOf(type), new ProgramNode(Opcode.MemoryGrow, type.ToString(), [_isCareless && _random.OneIn(3) ? Constant(type) : ProgramNode.Constant(type, (ulong)_random.Below(2))]) { Raw = [(byte)memory] });
            case 2 or 3: return new ProgramNode(Opcode.MemoryFill, "", [Target(memory, depth), Expression('i', depth - 1), Length(type, 63, depth)]) { Raw = [(byte)memory] };
            case 4 or 5:
                char length = type == 'l' && otherType == 'l' ? 'l' : 'i';
                return new ProgramNode(Opcode.MemoryCopy, "", [Target(memory, depth), Target(other, depth), Length(length, 63, depth)]) { Raw = [(byte)memory, (byte)other] };
            default:
                if (_program.Data.Count == 0) return LocalSet(LocalOf(type), size);
                int data = _random.Below(_program.Data.Count);
                // A dropped segment has no bytes, as an active one: initializing from it traps unless nothing is asked for.
                bool isEmpty = _program.Data[data].Memory >= 0 && !_isCareless;
                if (_isCareless && _random.OneIn(3)) return new ProgramNode(Opcode.DataDrop, "") { Raw = [(byte)data] };
                return new ProgramNode(Opcode.MemoryInit, "", [Target(memory, depth), Length('i', isEmpty ? 0UL : 3, 0), Length('i', isEmpty ? 0UL : 5, 0)]) { Raw = [(byte)data, (byte)memory] };
        }
    }

    /// <summary>An address for an operation on some bytes.</summary>
    private ProgramNode Target(int memory, int depth)
    {
        (ProgramNode address, ulong offset) = Address(memory, 64, false, depth);
        char type = _program.Memories[memory].Is64 ? 'l' : 'i';
        return offset == 0 ? address : Plain(type == 'l' ? Opcode.I64Add : Opcode.I32Add, type.ToString(), address, ProgramNode.Constant(type, offset));
    }

    private int? TableOf(char element)
    {
        int[] fitting = [.. Enumerable.Range(0, _program.Tables.Count).Where(index => _program.Tables[index].Element == element && (_isCareless || _program.Tables[index].Size > 0))];
        return fitting.Length == 0 ? null : fitting[_random.Below(fitting.Length)];
    }

    private ProgramNode TableIndex(int table, int depth)
    {
        char type = _program.Tables[table].Is64 ? 'l' : 'i';
        int size = (int)_program.Tables[table].Size;
        if (_isCareless && _random.OneIn(3)) return _random.OneIn(2) ? Expression(type, depth - 1) : ProgramNode.Constant(type, (ulong)(size + _random.Below(2)));
        if (size == 0) return ProgramNode.Constant(type, 0);
        if (_random.OneIn(2)) return ProgramNode.Constant(type, (ulong)_random.Below(size));
        return Plain(type == 'l' ? Opcode.I64RemU : Opcode.I32RemU, type.ToString(), Expression(type, depth - 1), ProgramNode.Constant(type, (ulong)size));
    }

    private ProgramNode TableStatement(int depth)
    {
        int table = _random.Below(_program.Tables.Count);
        ProgramTable kind = _program.Tables[table];
        char type = kind.Is64 ? 'l' : 'i';
        byte[] raw = [(byte)table];
        // Careful calls rely on what stands in the first table's first elements.
        bool mayWrite = (table > 0 || _isCareless) && (kind.Size > 0 || _isCareless);
        switch (_random.Below(7))
        {
            case 0 or 1 when mayWrite: return new ProgramNode(Opcode.TableSet, "", [TableIndex(table, depth), Expression(kind.Element, depth - 1)]) { Raw = raw };
            case 2: return LocalSet(LocalOf(type), new ProgramNode(Opcode.TableGrow, type.ToString(), [Expression(kind.Element, depth - 1), Length(type, 3, 0)]) { Raw = raw });
            case 3 when mayWrite: return new ProgramNode(Opcode.TableFill, "", [TableIndex(table, depth), Expression(kind.Element, depth - 1), Length(type, _isCareless ? 3UL : 1, 0)]) { Raw = raw };
            case 4 when mayWrite && TableOf(kind.Element) is int from:
                char length = type == 'l' && _program.Tables[from].Is64 ? 'l' : 'i';
                return new ProgramNode(Opcode.TableCopy, "", [TableIndex(table, depth), TableIndex(from, depth), Length(length, _isCareless ? 3UL : 1, 0)]) { Raw = [(byte)table, (byte)from] };
            case 5 when mayWrite && _program.Elements.FindIndex(segment => segment.Element == kind.Element) is >= 0 and int segment:
                if (_isCareless && _random.OneIn(3)) return new ProgramNode(Opcode.ElemDrop, "") { Raw = [(byte)segment] };
                ulong most = _isCareless || (_program.Elements[segment].Table < 0 && _program.Elements[segment].Functions.Count > 1) ? 1UL : 0;
                return new ProgramNode(Opcode.TableInit, "", [TableIndex(table, depth), Length('i', most, 0), Length('i', most, 0)]) { Raw = [(byte)segment, (byte)table] };
            default: return LocalSet(LocalOf(type), new ProgramNode(Opcode.TableSize, type.ToString()) { Raw = raw });
        }
    }
}
