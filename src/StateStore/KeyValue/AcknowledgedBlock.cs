using System;
using System.Buffers.Binary;
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace ContractVm.StateStore;

/// <summary>
/// A file beside the database with the number of the last block whose commit was acknowledged as being on the disk. The log of a killed
/// process and a log whose end was lost look alike from inside: this tells them apart. It is written after the block, without waiting for
/// the disk, so it never names a block that is not there unless something was lost.
/// </summary>
internal sealed class AcknowledgedBlock : IDisposable
{
    /// <summary>The file's name.</summary>
    public const string FileName = "ACKNOWLEDGED";

    // the number, then the first bytes of its hash: half a write is no number
    private const int Length = 16;

    private readonly SafeFileHandle _file;

    private AcknowledgedBlock(SafeFileHandle file) => _file = file;

    /// <summary>Opens or makes the file in a database's directory.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static AcknowledgedBlock Open(string directory)
    {
        string path = Path.Combine(directory, FileName);
        try
        {
            return new AcknowledgedBlock(File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreFault.Engine, $"the file {path} cannot be opened: {fault.Message}");
        }
    }

    /// <summary>The number; null where there is none.</summary>
    public ulong? Read()
    {
        Span<byte> content = stackalloc byte[Length];
        Span<byte> expected = stackalloc byte[Length];
        if (RandomAccess.Read(_file, content, 0) != Length) return null;
        ulong number = BinaryPrimitives.ReadUInt64BigEndian(content);
        Fill(number, expected);
        return content.SequenceEqual(expected) ? number : null;
    }

    /// <summary>Writes the number.</summary>
    /// <exception cref="StoreException">The disk is full, or the like.</exception>
    public void Write(ulong number)
    {
        Span<byte> content = stackalloc byte[Length];
        Fill(number, content);
        try
        {
            RandomAccess.Write(_file, content, 0);
        }
        catch (IOException fault)
        {
            throw new StoreException(StoreFault.Engine, $"the file {FileName} cannot be written: {fault.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static void Fill(ulong number, Span<byte> content)
    {
        BinaryPrimitives.WriteUInt64BigEndian(content, number);
        Keccak256.Hash(content[..8]).Bytes[..8].CopyTo(content[8..]);
    }
}
