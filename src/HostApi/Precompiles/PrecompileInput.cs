using System;

namespace ContractVm.HostApi;

/// <summary>Reads inputs of precompiled contracts: beyond its end an input is zeros (Yellow Paper, appendix E).</summary>
internal static class PrecompileInput
{
    /// <summary>Fills the destination with the bytes from an offset on, with zeros where the input has ended.</summary>
    public static void Slice(ReadOnlySpan<byte> input, int offset, Span<byte> destination)
    {
        ReadOnlySpan<byte> rest = offset < input.Length ? input[offset..] : default;
        int length = Math.Min(rest.Length, destination.Length);
        rest[..length].CopyTo(destination);
        destination[length..].Clear();
    }
}
