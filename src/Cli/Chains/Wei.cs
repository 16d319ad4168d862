using System;
using System.Globalization;
using System.Numerics;
using ContractVm.Cli.CommandLine;
using ContractVm.StateStore;

namespace ContractVm.Cli.Chains;

/// <summary>Amounts of money as people write them: 5, 0x5, 1ether, 0.5gwei.</summary>
internal static class Wei
{
    private static readonly (string Unit, int Digits)[] Units = [("ether", 18), ("gwei", 9), ("wei", 0)];

    /// <summary>Reads an amount, exactly: nothing is rounded.</summary>
    /// <exception cref="UsageException">The text is not an amount below 2^256 wei.</exception>
    public static UInt256 Parse(string option, string text)
    {
        foreach ((string unit, int digits) in Units)
            if (text.EndsWith(unit, StringComparison.Ordinal) && TryScale(text[..^unit.Length], digits, out UInt256 amount)) return amount;
        return UInt256.TryParse(text, out UInt256 wei)
            ? wei
            : throw new UsageException($"{option} '{text}' is not an amount: a whole number of wei, or a decimal number and ether, gwei or wei, as in 0.5ether");
    }

    private static bool TryScale(string number, int digits, out UInt256 amount)
    {
        amount = UInt256.Zero;
        int point = number.IndexOf('.', StringComparison.Ordinal);
        string whole = point < 0 ? number : number[..point], fraction = point < 0 ? "" : number[(point + 1)..];
        if (whole.Length is 0 or > 80 || (point >= 0 && fraction.Length == 0) || fraction.Length > digits) return false;
        if (!BigInteger.TryParse(whole + fraction.PadRight(digits, '0'), NumberStyles.None, CultureInfo.InvariantCulture, out BigInteger wei)) return false;
        if (wei.GetBitLength() > 256) return false;
        amount = UInt256.FromBigInteger(wei);
        return true;
    }
}
