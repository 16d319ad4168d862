using System;
using System.Collections.Generic;

namespace ContractVm.Conformance;

/// <summary>Compares results with a script's patterns.</summary>
internal static class Patterns
{
    /// <summary>What is different, or null where all results match.</summary>
    public static string? Mismatch(IReadOnlyList<ResultPattern> patterns, IReadOnlyList<EngineValue> values)
    {
        if (patterns.Count != values.Count) return FormattableString.Invariant($"{values.Count} results, expected {patterns.Count}");
        for (int i = 0; i < values.Count; i++)
            if (!Matches(patterns[i], values[i])) return FormattableString.Invariant($"result {i} is {values[i].Type} 0x{values[i].High:x}_{values[i].Low:x}, expected {patterns[i]}");
        return null;
    }

    private static bool Matches(ResultPattern pattern, EngineValue value)
    {
        switch (pattern)
        {
            case NumberPattern number:
                return value.Type == TypeOf(number.Type) && value.Low == (number.Nan == NanPattern.None ? number.Bits : CanonicalNaN(number.Type == NumberType.F32 ? 32 : 64));
            case VectorPattern vector:
                (ulong low, ulong high) = Pack(vector);
                return value.Type == ValueType.V128 && (value.Low, value.High) == (low, high);
            case NullPattern:
                return value.Type.IsReference && value.Heap == 0;
            case ExternPattern external:
                return value.Heap == HeapType.Extern.Code && value.Number == external.Number;
            case HostPattern host:
                return value.Heap is 0x6E or 0x6F && value.Number == host.Number;
            case ReferencePattern reference:
                return value.Type.IsReference && value.Heap != 0 && IsOfKind(value.Heap, reference.HeapType);
            case EitherPattern either:
                // Deterministic profile: the first choice is the one result.
                return Matches(either.Alternatives[0], value);
            default:
                return false;
        }
    }

    private static (ulong Low, ulong High) Pack(VectorPattern pattern)
    {
        UInt128 bits = 0;
        for (int i = pattern.Lanes.Count - 1; i >= 0; i--)
        {
            LanePattern lane = pattern.Lanes[i];
            bits = (bits << pattern.LaneBits) | (lane.Nan == NanPattern.None ? lane.Bits : CanonicalNaN(pattern.LaneBits));
        }

        return ((ulong)bits, (ulong)(bits >> 64));
    }

    private static ulong CanonicalNaN(int bits) => bits == 32 ? 0x7FC0_0000UL : 0x7FF8_0000_0000_0000UL;

    private static ValueType TypeOf(NumberType type) => type switch
    {
        NumberType.I32 => ValueType.I32,
        NumberType.I64 => ValueType.I64,
        NumberType.F32 => ValueType.F32,
        _ => ValueType.F64,
    };

    private static bool IsOfKind(byte heap, byte wanted) => heap == wanted || wanted switch
    {
        0x6E => heap is 0x6D or 0x6C or 0x6B or 0x6A,
        0x6D => heap is 0x6C or 0x6B or 0x6A,
        _ => false,
    };
}
