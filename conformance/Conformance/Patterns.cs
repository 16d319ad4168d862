using System;
using System.Collections.Generic;

namespace ContractVm.Conformance;

/// <summary>
/// Compares results with a script's patterns, tightened to WebAssembly's deterministic profile (appendix "Profiles"): of the
/// results that an <c>either</c> allows the one of the profile, of NaNs the positive canonical one.
/// </summary>
internal static class Patterns
{
    /// <summary>
    /// Where the profile's result is not the first that the script lists. The profile takes the first of what the
    /// specification lists for each relaxed instruction: unfused multiply-add, saturation; the scripts have other orders.
    /// </summary>
    private static readonly Dictionary<(string Script, int Line), int> Choices = new()
    {
        [("i16x8_relaxed_q15mulr_s.wast", 13)] = 1,
        [("relaxed_dot_product.wast", 32)] = 1,
        [("relaxed_dot_product.wast", 62)] = 2,
        [("relaxed_madd_nmadd.wast", 33)] = 1,
        [("relaxed_madd_nmadd.wast", 49)] = 1,
        [("relaxed_madd_nmadd.wast", 56)] = 1,
        [("relaxed_madd_nmadd.wast", 63)] = 1,
        [("relaxed_madd_nmadd.wast", 75)] = 1,
        [("relaxed_madd_nmadd.wast", 91)] = 1,
        [("relaxed_madd_nmadd.wast", 98)] = 1,
        [("relaxed_madd_nmadd.wast", 105)] = 1,
    };

    /// <summary>The one place where a NaN pattern stands for a NaN that was not computed: neg keeps its bits but for the sign.</summary>
    private static readonly (string Script, int Line) NegatedNaN = ("simd_f64x2_arith.wast", 5297);

    /// <summary>What is different, or null where all results match.</summary>
    public static string? Mismatch(string script, int line, IReadOnlyList<ResultPattern> patterns, IReadOnlyList<EngineValue> values)
    {
        if (patterns.Count != values.Count) return FormattableString.Invariant($"{values.Count} results, expected {patterns.Count}");
        (string, int) place = (script[(script.LastIndexOf('/') + 1)..], line);
        int choice = Choices.GetValueOrDefault(place);
        for (int i = 0; i < values.Count; i++)
        {
            ResultPattern pattern = patterns[i] is EitherPattern either ? either.Alternatives[choice] : patterns[i];
            EngineValue value = place == NegatedNaN ? values[i] with { Low = values[i].Low & long.MaxValue } : values[i];
            if (!Matches(pattern, value)) return FormattableString.Invariant($"result {i} is {values[i].Type} 0x{values[i].High:x}_{values[i].Low:x}, expected {Describe(pattern)}");
        }

        return null;
    }

    private static string Describe(ResultPattern pattern) => pattern is VectorPattern vector
        ? string.Join(' ', vector.Lanes)
        : pattern.ToString();

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
