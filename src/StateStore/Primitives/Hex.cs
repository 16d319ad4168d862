using System;
using System.Buffers;

namespace ContractVm.StateStore;

/// <summary>
/// Hexadecimal text with the prefix <c>0x</c>, as Ethereum's JSON-RPC writes byte strings ("unformatted data").
/// Thread-safe: it has no state.
/// </summary>
public static class Hex
{
    /// <summary>Returns <c>0x</c> followed by two lower-case digits per byte; <c>0x</c> alone for no bytes.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes) => "0x" + Convert.ToHexStringLower(bytes);

    /// <summary>
    /// Reads <c>0x</c> followed by an even number of digits of either case. False, with an empty array, for any other text.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<char> text, out byte[] bytes)
    {
        bytes = [];
        if (!HasPrefix(text) || (text.Length & 1) != 0) return false;
        byte[] decoded = new byte[(text.Length - 2) / 2];
        if (!TryDecode(text, decoded)) return false;
        bytes = decoded;
        return true;
    }

    /// <summary>
    /// Reads <c>0x</c> followed by exactly two digits per byte of <paramref name="destination"/>. False for any other text;
    /// <paramref name="destination"/> is then unspecified.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> destination)
    {
        if (!HasPrefix(text) || (long)text.Length - 2 != (long)destination.Length * 2) return false;
        OperationStatus status = Convert.FromHexString(text[2..], destination, out int _, out int written);
        return status == OperationStatus.Done && written == destination.Length;
    }

    /// <summary>Reads <c>0x</c> followed by an even number of digits.</summary>
    /// <exception cref="FormatException">The text is anything else.</exception>
    public static byte[] Decode(ReadOnlySpan<char> text) =>
        TryDecode(text, out byte[] bytes) ? bytes : throw new FormatException("not 0x followed by an even number of hexadecimal digits");

    internal static bool HasPrefix(ReadOnlySpan<char> text) => text.Length >= 2 && text[0] == '0' && text[1] == 'x';
}
