using System;
using System.Collections.Generic;
using ContractVm.Gas;

namespace ContractVm;

/// <summary>What is known of one instruction, whoever asks: decoder, validator, engines, gas and printers.</summary>
public sealed class OpcodeInfo
{
    internal OpcodeInfo(Opcode opcode, string name, string signature, Immediates immediates, Features feature, ControlRole role, int alignment)
    {
        Opcode = opcode;
        Name = name;
        Immediates = immediates;
        Feature = feature;
        Role = role;
        NaturalAlignment = alignment;
        Lanes = immediates switch
        {
            Immediates.MemArgLane => 16 >> alignment,
            // The shape's name ends with the number of lanes, as in i8x16.
            Immediates.Lane => int.Parse(name.AsSpan(name.IndexOf('x', StringComparison.Ordinal) + 1, name.IndexOf('.', StringComparison.Ordinal) - name.IndexOf('x', StringComparison.Ordinal) - 1), System.Globalization.CultureInfo.InvariantCulture),
            _ => 0,
        };
        int colon = signature.IndexOf(':', StringComparison.Ordinal);
        IsContextual = colon < 0;
        Operands = colon < 0 ? "" : signature[..colon];
        Results = colon < 0 ? "" : signature[(colon + 1)..];
    }

    /// <summary>The dense id.</summary>
    public Opcode Opcode { get; }
    /// <summary>The name in the text format (<c>select_t</c> for select with types).</summary>
    public string Name { get; }
    /// <summary>What follows the opcode.</summary>
    public Immediates Immediates { get; }
    /// <summary>The feature it belongs to.</summary>
    public Features Feature { get; }
    /// <summary>Its role in structured control flow.</summary>
    public ControlRole Role { get; }
    /// <summary>Log2 of the natural alignment of a memory access in bytes; -1 where there is none.</summary>
    public int NaturalAlignment { get; }
    /// <summary>Number of lanes that a lane index chooses from; 0 where there is none.</summary>
    public int Lanes { get; }
    /// <summary>True when operand and result types depend on the context.</summary>
    public bool IsContextual { get; }
    /// <summary>Operand type letters, deepest first: i, l, f, d, v, and m for an address.</summary>
    public string Operands { get; }
    /// <summary>Result type letters.</summary>
    public string Results { get; }
    /// <summary>True when operands, results or the operation itself are f32 or f64.</summary>
    public bool UsesFloats =>
        Operands.AsSpan().IndexOfAny('f', 'd') >= 0 || Results.AsSpan().IndexOfAny('f', 'd') >= 0
        || Name.Contains("f32", StringComparison.Ordinal) || Name.Contains("f64", StringComparison.Ordinal);
    /// <summary>True when it computes with floats; constants, memory accesses and reinterpretations only carry their bits.</summary>
    public bool ComputesFloats =>
        UsesFloats && Immediates is not (Immediates.F32 or Immediates.F64 or Immediates.MemArg) && !Name.Contains("reinterpret", StringComparison.Ordinal);
    /// <summary>Everything that a profile must accept for the instruction to be accepted.</summary>
    public Features NeededFeatures =>
        Feature | (UsesFloats ? Features.Floats : Features.None) | (ComputesFloats ? Features.FloatArithmetic : Features.None);
}

/// <summary>
/// The one table of all instructions. Ids are dense so that every question is an array access: one-byte opcodes first, then
/// a range for each prefix. Immutable and safe for concurrent use.
/// </summary>
public static partial class OpcodeTable
{
    /// <summary>Ids are below this number.</summary>
    public const int IdLimit = 0x320;
    internal const int GcBase = 0x100, MiscBase = 0x140, AtomicBase = 0x180, VectorBase = 0x200;

    private static readonly OpcodeInfo?[] ById = BuildIds();
    private static readonly Dictionary<string, Opcode> ByName = BuildNames();

    /// <summary>The catalog that gas schedules are read against.</summary>
    public static IOpcodeCatalog Catalog { get; } = new GasCatalog();

    /// <summary>All instructions, by ascending id.</summary>
    public static IEnumerable<OpcodeInfo> All
    {
        get
        {
            foreach (OpcodeInfo? info in ById)
                if (info is not null) yield return info;
        }
    }

    /// <summary>What is known of an instruction; null for an id that names none.</summary>
    public static OpcodeInfo? Find(int id) => (uint)id < IdLimit ? ById[id] : null;

    /// <summary>What is known of an instruction.</summary>
    public static OpcodeInfo Get(Opcode opcode) =>
        Find((int)opcode) ?? throw new ArgumentOutOfRangeException(nameof(opcode), opcode, "no such instruction");

    /// <summary>Looks an instruction up by its name in the text format.</summary>
    public static bool TryFind(string name, out Opcode opcode) => ByName.TryGetValue(name, out opcode);

    /// <summary>
    /// The id of a prefixed opcode, or -1 where there is none.
    /// </summary>
    internal static int PrefixedId(byte prefix, uint subOpcode)
    {
        (int start, int size) = prefix switch
        {
            0xFB => (GcBase, MiscBase - GcBase),
            0xFC => (MiscBase, AtomicBase - MiscBase),
            0xFD => (VectorBase, IdLimit - VectorBase),
            0xFE => (AtomicBase, VectorBase - AtomicBase),
            _ => (0, 0),
        };
        if (subOpcode >= (uint)size) return -1;
        int id = start + (int)subOpcode;
        return ById[id] is null ? -1 : id;
    }

    private static OpcodeInfo?[] BuildIds()
    {
        OpcodeInfo?[] table = new OpcodeInfo?[IdLimit];
        foreach (Row row in Rows)
        {
            ref OpcodeInfo? entry = ref table[(int)row.Opcode];
            if (entry is not null) throw new InvalidOperationException($"{row.Name} stands twice in the opcode table");
            entry = new OpcodeInfo(row.Opcode, row.Name, row.Signature, row.Immediates, row.Feature, row.Role, row.Alignment);
        }
        return table;
    }

    private static Dictionary<string, Opcode> BuildNames()
    {
        Dictionary<string, Opcode> names = new(StringComparer.Ordinal);
        foreach (Row row in Rows) names.Add(row.Name, row.Opcode);
        return names;
    }

    private readonly record struct Row(
        Opcode Opcode, string Name, string Signature, Immediates Immediates = Immediates.None, Features Feature = Features.Core,
        ControlRole Role = ControlRole.Ordinary, int Alignment = -1);

    private sealed class GasCatalog : IOpcodeCatalog
    {
        public int IdLimit => OpcodeTable.IdLimit;
        public string? NameOf(int id) => Find(id)?.Name;
    }
}
