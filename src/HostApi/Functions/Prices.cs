using System;
using ContractVm.Gas;

namespace ContractVm.HostApi;

/// <summary>
/// Prices of host functions, in ink unless "gas" is said (Stylus' figures; EIP-2929 for accesses). One gas is 10 000 ink in
/// both built-in schedules.
/// </summary>
internal static class Prices
{
    /// <summary>A call of any host function (H).</summary>
    public const ulong Call = 8_400;
    /// <summary>A pointer that it reads or writes (P).</summary>
    public const ulong Pointer = 5_040;
    /// <summary>A call into the state (A).</summary>
    public const ulong StateCall = 59_673;
    /// <summary>Gas of a call into the state, as storage reads charge it: A, in whole gas.</summary>
    public const ulong StateCallGas = StateCall / InkPerGas;
    /// <summary>Ink in a unit of gas.</summary>
    public const ulong InkPerGas = 10_000;

    /// <summary>Gas of an access to a slot or account that the transaction touched before.</summary>
    public const ulong WarmAccess = 100;
    /// <summary>Gas of the first access to a slot.</summary>
    public const ulong ColdSlot = 2_100;
    /// <summary>Gas of the first access to an account.</summary>
    public const ulong ColdAccount = 2_600;
    /// <summary>Gas of the write stipend: storage may only be changed where more than this is left (EIP-2200).</summary>
    public const ulong WriteSentry = 2_300;

    /// <summary>Writing n bytes to the contract's memory (W).</summary>
    public static ulong Write(ulong bytes) => Ink.Add(5_040, Ink.Multiply(30, bytes > 32 ? bytes - 32 : 0));

    /// <summary>Reading n bytes of the contract's memory (R).</summary>
    public static ulong Read(ulong bytes) => Ink.Add(16_381, Ink.Multiply(55, bytes > 32 ? bytes - 32 : 0));

    /// <summary>keccak256 of n bytes: 121 800 for up to two words, 21 000 for each further one.</summary>
    public static ulong Keccak(ulong bytes)
    {
        ulong words = bytes / 32 + (bytes % 32 == 0 ? 0UL : 1);
        return Ink.Add(121_800, Ink.Multiply(21_000, words > 2 ? words - 2 : 0));
    }

    /// <summary>math_pow: by the bytes of the exponent.</summary>
    public static ulong Power(ReadOnlySpan<byte> exponent)
    {
        int leadingZeros = exponent.IndexOfAnyExcept((byte)0);
        return 3_000 + 17_500 * (ulong)(33 - (leadingZeros < 0 ? 32 : leadingZeros));
    }
}
