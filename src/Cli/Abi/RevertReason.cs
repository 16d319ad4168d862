using System;
using System.Globalization;
using System.Numerics;
using ContractVm.StateStore;

namespace ContractVm.Cli.Abi;

/// <summary>Says what revert data means: Solidity's Error(string) and Panic(uint256), or the data itself.</summary>
internal static class RevertReason
{
    private const int Shown = 256, LongestText = 1000;
    private static readonly AbiType[] ErrorTypes = [AbiType.Elementary(AbiKind.String)];
    private static readonly AbiType[] PanicTypes = [AbiType.Elementary(AbiKind.Uint, 256)];

    /// <summary>The data in words, for people.</summary>
    public static string Describe(byte[] data)
    {
        if (data.Length == 0) return "reverted without a reason";
        if (TryDecode(data, [0x08, 0xc3, 0x79, 0xa0], ErrorTypes) is AbiValue.Text text) return $"reverted: {(text.Value.Length <= LongestText ? text.Value : text.Value[..LongestText] + "…")}";
        if (TryDecode(data, [0x4e, 0x48, 0x7b, 0x71], PanicTypes) is AbiValue.Number number) return $"reverted: panic 0x{Digits(number.Value)} ({Meaning(number.Value)})";
        return data.Length <= Shown
            ? $"reverted with the data {Hex.Encode(data)}"
            : string.Create(CultureInfo.InvariantCulture, $"reverted with {data.Length} bytes of data, beginning {Hex.Encode(data.AsSpan(0, Shown))}");
    }

    private static AbiValue? TryDecode(byte[] data, ReadOnlySpan<byte> selector, AbiType[] types)
    {
        if (!data.AsSpan().StartsWith(selector)) return null;
        try
        {
            return AbiDecoder.Decode(types, data[selector.Length..])[0];
        }
        catch (AbiException)
        {
            // Whoever reverts may write anything behind the selector.
            return null;
        }
    }

    private static string Digits(BigInteger code) => UInt256.FromBigInteger(code).ToHexString()[2..].PadLeft(2, '0');

    private static string Meaning(BigInteger code) => code.ToString(CultureInfo.InvariantCulture) switch
    {
        "1" => "an assertion failed",
        "17" => "arithmetic overflow",
        "18" => "division by zero",
        "33" => "a value that the enum does not have",
        "34" => "wrongly encoded storage",
        "49" => "pop of an empty array",
        "50" => "array index out of bounds",
        "65" => "too much memory",
        "81" => "a function variable that was never set",
        _ => "no known meaning",
    };
}
