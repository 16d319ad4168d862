using System;
using System.Buffers.Binary;

namespace ContractVm.HostApi;

/// <summary>
/// The data of a creation: a module as it is, or framed so that constructor arguments can follow it. The frame is the four
/// bytes <c>\0cvm</c>, a version byte 1, the module's length as four bytes, big endian, the module, the arguments.
/// </summary>
public static class DeploymentCode
{
    private const int HeaderLength = 9;

    /// <summary>Puts module and constructor arguments into a frame.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> module, ReadOnlySpan<byte> arguments)
    {
        byte[] framed = new byte[HeaderLength + module.Length + arguments.Length];
        "\0cvm\u0001"u8.CopyTo(framed);
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(5), (uint)module.Length);
        module.CopyTo(framed.AsSpan(HeaderLength));
        arguments.CopyTo(framed.AsSpan(HeaderLength + module.Length));
        return framed;
    }

    /// <summary>Takes creation data apart. False where a frame is cut off or of another version.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> data, out ReadOnlyMemory<byte> module, out ReadOnlyMemory<byte> arguments)
    {
        module = data;
        arguments = default;
        ReadOnlySpan<byte> bytes = data.Span;
        if (!bytes.StartsWith("\0cvm"u8)) return true;
        if (bytes.Length < HeaderLength || bytes[4] != 1) return false;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]);
        if (length > (uint)(bytes.Length - HeaderLength)) return false;
        module = data.Slice(HeaderLength, (int)length);
        arguments = data[(HeaderLength + (int)length)..];
        return true;
    }
}
