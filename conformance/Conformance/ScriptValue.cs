using System.Collections.Generic;

namespace ContractVm.Conformance;

/// <summary>Types of numbers.</summary>
public enum NumberType
{
    /// <summary>i32.</summary>
    I32,
    /// <summary>i64.</summary>
    I64,
    /// <summary>f32.</summary>
    F32,
    /// <summary>f64.</summary>
    F64,
}

/// <summary>An argument of an action.</summary>
public abstract record ScriptValue;

/// <summary>A number.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Bits">Its bits; the upper half is zero for 32 bits.</param>
public sealed record NumberValue(NumberType Type, ulong Bits) : ScriptValue;

/// <summary>A vector.</summary>
/// <param name="Low">Its lower eight bytes, little endian.</param>
/// <param name="High">Its upper eight bytes.</param>
public sealed record VectorValue(ulong Low, ulong High) : ScriptValue;

/// <summary><c>(ref.null ht)</c>.</summary>
/// <param name="HeapType">The binary format's code of the abstract heap type.</param>
public sealed record NullValue(byte HeapType) : ScriptValue;

/// <summary><c>(ref.extern n)</c>: an external reference that the host gives.</summary>
/// <param name="Number">Which one.</param>
public sealed record ExternValue(uint Number) : ScriptValue;

/// <summary><c>(ref.host n)</c>: an internal reference (any) to something of the host.</summary>
/// <param name="Number">Which one.</param>
public sealed record HostValue(uint Number) : ScriptValue;

/// <summary>What a result must be.</summary>
public abstract record ResultPattern;

/// <summary>Which NaN a result must be.</summary>
public enum NanPattern
{
    /// <summary>None: the result has exactly the bits of the pattern.</summary>
    None,
    /// <summary>nan:canonical: only the top bit of the payload is set; any sign.</summary>
    Canonical,
    /// <summary>nan:arithmetic: the top bit of the payload is set; any sign.</summary>
    Arithmetic,
}

/// <summary>A number, or a NaN of a kind.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Nan">Which NaN, if any.</param>
/// <param name="Bits">Its bits, unless it is a NaN pattern.</param>
public sealed record NumberPattern(NumberType Type, NanPattern Nan, ulong Bits) : ResultPattern;

/// <summary>A vector, lane by lane.</summary>
/// <param name="LaneBits">Width of a lane in bits.</param>
/// <param name="Lanes">The lanes, lowest first: bits, or a kind of NaN in lanes of 32 and 64 bits.</param>
public sealed record VectorPattern(int LaneBits, IReadOnlyList<LanePattern> Lanes) : ResultPattern;

/// <summary>A lane of a vector.</summary>
/// <param name="Nan">Which NaN, if any.</param>
/// <param name="Bits">Its bits, unless it is a NaN pattern.</param>
public readonly record struct LanePattern(NanPattern Nan, ulong Bits);

/// <summary><c>(ref.null ht?)</c>: a null reference.</summary>
/// <param name="HeapType">The binary format's code of the abstract heap type, or 0 where none is written.</param>
public sealed record NullPattern(byte HeapType) : ResultPattern;

/// <summary><c>(ref.extern n)</c>: the external reference of this number.</summary>
/// <param name="Number">Which one.</param>
public sealed record ExternPattern(uint Number) : ResultPattern;

/// <summary><c>(ref.host n)</c>: the host reference of this number.</summary>
/// <param name="Number">Which one.</param>
public sealed record HostPattern(uint Number) : ResultPattern;

/// <summary><c>(ref.func)</c> and its like: any reference that is not null, of this heap type.</summary>
/// <param name="HeapType">The binary format's code of the abstract heap type.</param>
public sealed record ReferencePattern(byte HeapType) : ResultPattern;

/// <summary><c>(either …)</c>: one of several.</summary>
/// <param name="Alternatives">The patterns.</param>
public sealed record EitherPattern(IReadOnlyList<ResultPattern> Alternatives) : ResultPattern;
