using System;
using System.Collections.Generic;

namespace ContractVm.HostApi;

/// <summary>What a parameter or result of a host function means.</summary>
public enum ParameterKind : byte
{
    /// <summary>A number of 32 bits.</summary>
    U32,
    /// <summary>A number of 64 bits.</summary>
    U64,
    /// <summary>A float of 32 bits.</summary>
    F32,
    /// <summary>A float of 64 bits.</summary>
    F64,
    /// <summary>Pointer to an address of 20 bytes that is read.</summary>
    Address,
    /// <summary>Pointer to 32 bytes that are read.</summary>
    Word,
    /// <summary>Pointer to bytes that are read; the next parameter is their length.</summary>
    Bytes,
    /// <summary>Pointer to where an address is written.</summary>
    AddressOut,
    /// <summary>Pointer to where 32 bytes are written.</summary>
    WordOut,
    /// <summary>Pointer to 32 bytes that are read, and that the result takes the place of.</summary>
    WordInOut,
    /// <summary>Pointer to where 4 bytes are written, little endian.</summary>
    U32Out,
    /// <summary>Pointer to where bytes are written; the function's result is their length.</summary>
    BytesOut,
    /// <summary>Pointer to where the calldata are written.</summary>
    InputOut,
}

/// <summary>A parameter of a host function.</summary>
/// <param name="Name">Its name in the documentation and in traces.</param>
/// <param name="Kind">What it means.</param>
public readonly record struct Parameter(string Name, ParameterKind Kind)
{
    private static readonly Dictionary<string, ParameterKind> Kinds = new(StringComparer.Ordinal)
    {
        ["u32"] = ParameterKind.U32, ["u64"] = ParameterKind.U64, ["f32"] = ParameterKind.F32, ["f64"] = ParameterKind.F64, ["address"] = ParameterKind.Address, ["word"] = ParameterKind.Word, ["bytes"] = ParameterKind.Bytes,
        [">address"] = ParameterKind.AddressOut, [">word"] = ParameterKind.WordOut, ["<>word"] = ParameterKind.WordInOut, [">u32"] = ParameterKind.U32Out,
        [">bytes"] = ParameterKind.BytesOut, [">input"] = ParameterKind.InputOut,
    };

    /// <summary>The type it is passed as: pointers and lengths are i32.</summary>
    public ValueType Type => Kind switch { ParameterKind.U64 => ValueType.I64, ParameterKind.F32 => ValueType.F32, ParameterKind.F64 => ValueType.F64, _ => ValueType.I32 };

    /// <summary>Bytes that are read at the pointer; 0 where none are, or where the next parameter says how many.</summary>
    public int BytesRead => Kind switch { ParameterKind.Address => StateStore.Address.Length, ParameterKind.Word or ParameterKind.WordInOut => 32, _ => 0 };

    /// <summary>Bytes that are written at the pointer; 0 where none are, or where their number is not fixed.</summary>
    public int BytesWritten => Kind switch { ParameterKind.AddressOut => StateStore.Address.Length, ParameterKind.WordOut or ParameterKind.WordInOut => 32, ParameterKind.U32Out => 4, _ => 0 };

    /// <summary>The name of a kind in the table: u32, u64, address, word, bytes; with &gt; what is written, with &lt;&gt; what is read and written.</summary>
    public static string NameOf(ParameterKind kind)
    {
        foreach ((string name, ParameterKind candidate) in Kinds)
            if (candidate == kind) return name;
        throw new ArgumentOutOfRangeException(nameof(kind));
    }

    /// <summary>Reads "name:kind name:kind".</summary>
    internal static Parameter[] ParseAll(string text)
    {
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Parameter[] parameters = new Parameter[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            int colon = words[i].IndexOf(':', StringComparison.Ordinal);
            parameters[i] = new Parameter(words[i][..colon], Kinds[words[i][(colon + 1)..]]);
        }

        return parameters;
    }
}
