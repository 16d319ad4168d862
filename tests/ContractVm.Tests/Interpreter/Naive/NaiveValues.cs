using System;

namespace ContractVm.Tests.Interpreter.Naive;

/// <summary>A value: bits of a number, or an object that stands for a reference (null for a null reference).</summary>
internal readonly record struct NaiveValue(ulong Bits, object? Reference = null);

/// <summary>A function of the module.</summary>
internal sealed record NaiveFunction(int Index);

/// <summary>An i31: equal where the numbers are.</summary>
internal sealed record NaiveI31(uint Bits31);

/// <summary>A struct or an array, of a canonical type.</summary>
internal sealed class NaiveObject(int type, NaiveValue[] fields)
{
    public int Type { get; } = type;
    public NaiveValue[] Fields { get; } = fields;
}

/// <summary>An exception: the tag and what it carries.</summary>
internal sealed class NaiveException(int tag, NaiveValue[] payload)
{
    public int Tag { get; } = tag;
    public NaiveValue[] Payload { get; } = payload;
}

/// <summary>Control that leaves a function: an exception that was thrown, and where.</summary>
internal sealed class NaiveThrow(NaiveException exception, int function, int offset) : Exception
{
    public NaiveException Thrown { get; } = exception;
    public int Function { get; } = function;
    public int Offset { get; } = offset;
}

/// <summary>The end of everything.</summary>
internal sealed class NaiveTrap(TrapKind kind) : Exception
{
    public TrapKind Kind { get; } = kind;
    public int Function { get; set; } = -1;
    public int Offset { get; set; }
}
