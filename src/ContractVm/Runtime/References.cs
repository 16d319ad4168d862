namespace ContractVm.Runtime;

/// <summary>
/// How references stand in 64-bit slots. 0 is null, whatever the type. A function reference is a number of the store, from 1. In
/// the hierarchies of any, extern and exn the two top bits tell what it is, so that converting between any and extern changes
/// nothing, and equal references have equal bits:
/// <code>
/// 00  an object of the store's arena: the word at which it starts, never 0
/// 01  an i31: the low 31 bits
/// 10  a reference of the embedder: its number in the low 62 bits
/// </code>
/// </summary>
internal static class References
{
    public const ulong Null = 0;
    /// <summary>The bits of an i31's number.</summary>
    public const ulong I31Mask = 0x7FFF_FFFF;
    /// <summary>The two top bits stand above so many others.</summary>
    public const int TagShift = 62;
    private const ulong I31Tag = 1UL << TagShift, HostTag = 1UL << TagShift + 1, TagMask = 3UL << TagShift;

    public static ulong OfI31(uint value) => I31Tag | (value & I31Mask);
    public static ulong OfHost(ulong number) => HostTag | (number & ~TagMask);

    public static bool IsI31(ulong reference) => (reference & TagMask) == I31Tag;
    public static bool IsHost(ulong reference) => (reference & TagMask) == HostTag;
    public static bool IsObject(ulong reference) => reference != Null && (reference & TagMask) == 0;

    public static ulong HostNumber(ulong reference) => reference & ~TagMask;
    public static uint I31Unsigned(ulong reference) => (uint)(reference & I31Mask);
    public static uint I31Signed(ulong reference) => (uint)((int)((uint)reference << 1) >> 1);
}
