using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ContractVm.Cli.Modules;

/// <summary>
/// All that can be seen of an instance after a call: how it ended, results, ink, memories, globals, tables. Two engines agree where
/// their snapshots do.
/// </summary>
internal sealed class EngineSnapshot
{
    private readonly List<(string Name, string Value)> _facts = [];
    private readonly List<byte[]> _memories = [];

    /// <summary>Takes it.</summary>
    /// <param name="instance">The instance, or null where it could not be made.</param>
    /// <param name="result">How the call ended.</param>
    /// <param name="values">Its results.</param>
    /// <param name="inkUsed">Ink that it used.</param>
    public EngineSnapshot(Instance? instance, ExecutionResult result, IReadOnlyList<(ValueType Type, ulong Low, ulong High)> values, ulong inkUsed)
    {
        Add("outcome", result.Outcome.ToString());
        Add("trap", result.Trap.ToString());
        Add("trap at", string.Create(CultureInfo.InvariantCulture, $"function {result.TrapFunction}, byte {result.TrapOffset}"));
        for (int i = 0; i < values.Count; i++) Add($"result {Number(i)}", NumericText.Bits(values[i].Type, values[i].Low, values[i].High));
        Add("ink used", inkUsed.ToString(CultureInfo.InvariantCulture));
        if (instance is null) return;
        for (int i = instance.Module.ImportedGlobals; i < instance.Module.Globals.Count; i++)
        {
            Span<ulong> slots = instance.Globals[instance.GlobalSlot(i)..];
            bool isVector = instance.Module.Globals[i].Value == ValueType.V128;
            Add($"global {Number(i)}", isVector ? string.Create(CultureInfo.InvariantCulture, $"0x{slots[1]:x16}{slots[0]:x16}") : string.Create(CultureInfo.InvariantCulture, $"0x{slots[0]:x}"));
        }

        for (int i = 0; i < instance.Tables.Count; i++)
        {
            ReadOnlySpan<ulong> elements = instance.Tables[i].Elements;
            Add($"length of table {Number(i)}", Number(elements.Length));
            for (int k = 0; k < elements.Length; k++) Add($"element {Number(k)} of table {Number(i)}", elements[k].ToString(CultureInfo.InvariantCulture));
        }

        foreach (LinearMemory memory in instance.Memories)
        {
            Add($"length of memory {Number(_memories.Count)}", memory.ByteLength.ToString(CultureInfo.InvariantCulture));
            byte[] bytes = new byte[memory.ByteLength];
            for (ulong at = 0; at < memory.ByteLength; at += MemoryType.PageSize)
                if (memory.TryGetSpan(at, MemoryType.PageSize, out Span<byte> page)) page.CopyTo(bytes.AsSpan((int)at));
            _memories.Add(bytes);
        }
    }

    /// <summary>The first thing in which two differ: its name and both values; null where there is none.</summary>
    public static (string Name, string First, string Second)? Difference(EngineSnapshot first, EngineSnapshot second)
    {
        for (int i = 0; i < Math.Max(first._facts.Count, second._facts.Count); i++)
        {
            (string Name, string Value) one = first._facts.ElementAtOrDefault(i), other = second._facts.ElementAtOrDefault(i);
            if (one != other) return (one.Name ?? other.Name, one.Value ?? "nothing", other.Value ?? "nothing");
        }

        for (int i = 0; i < first._memories.Count; i++)
        {
            int at = first._memories[i].AsSpan().CommonPrefixLength(second._memories[i]);
            if (at < first._memories[i].Length)
                return (string.Create(CultureInfo.InvariantCulture, $"byte {at} of memory {i}"), Hex(first._memories[i][at]), Hex(second._memories[i][at]));
        }

        return null;
    }

    private void Add(string name, string value) => _facts.Add((name, value));

    private static string Hex(byte value) => value.ToString("x2", CultureInfo.InvariantCulture);

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
