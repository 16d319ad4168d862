using System;
using System.Collections.Generic;

namespace ContractVm;

/// <summary>
/// How values are laid out wherever the engines pass them: arguments, results, locals, operands and globals. A v128 takes two
/// consecutive 64-bit slots, low half first; every other value takes one.
/// </summary>
public static class ValueSlots
{
    /// <summary>Slots of a value.</summary>
    public static int Of(ValueType type) => type == ValueType.V128 ? 2 : 1;

    /// <summary>Slots of several values.</summary>
    public static int Count(ReadOnlySpan<ValueType> types)
    {
        int count = types.Length;
        foreach (ValueType type in types)
            if (type == ValueType.V128) count++;
        return count;
    }

    /// <summary>
    /// Zeros the upper halves of i32 and f32 values: a host may leave anything there, and the rest of the machine relies on zeros.
    /// </summary>
    internal static void Narrow(ReadOnlySpan<ValueType> types, Span<ulong> slots)
    {
        int slot = 0;
        foreach (ValueType type in types)
        {
            if (type == ValueType.I32 || type == ValueType.F32) slots[slot] = (uint)slots[slot];
            slot += Of(type);
        }
    }

    /// <summary>The first slot of each global, and after the last one the number of all.</summary>
    internal static int[] StartsOf(IReadOnlyList<GlobalType> globals)
    {
        int[] starts = new int[globals.Count + 1];
        for (int i = 0; i < globals.Count; i++) starts[i + 1] = starts[i] + Of(globals[i].Value);
        return starts;
    }
}
