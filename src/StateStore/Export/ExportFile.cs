using System;
using System.Buffers.Binary;
using System.IO;

namespace ContractVm.StateStore;

/// <summary>Why an exported state cannot be imported; the message says what is wrong and in which record.</summary>
public sealed class ExportFileException(string message) : Exception(message);

/// <summary>The kinds of records of an exported state, in the order in which they come (docs/STATE.md).</summary>
internal enum ExportRecord : byte
{
    Head = (byte)'H',
    Accounts = (byte)'A',
    Slots = (byte)'S',
    Code = (byte)'C',
    End = (byte)'E',
}

/// <summary>A file is the magic, then records: kind, length (4 bytes, big-endian), RLP or code.</summary>
internal static class ExportFile
{
    public const ulong Version = 1;

    /// <summary>The most rows of a chunk, as they are written.</summary>
    public const int ChunkRows = 2048;

    // what a reader takes: a chunk of the largest rows has less than a megabyte
    private const int MaximumRecord = 64 << 20;
    private const int HeadBytes = 5;

    public static ReadOnlySpan<byte> Magic => "ContractVm state\n"u8;

    public static void Write(Stream stream, ExportRecord kind, ReadOnlySpan<byte> content)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        head[0] = (byte)kind;
        BinaryPrimitives.WriteInt32BigEndian(head[1..], content.Length);
        stream.Write(head);
        stream.Write(content);
    }

    public static byte[] Read(Stream stream, out ExportRecord kind)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        Fill(stream, head);
        kind = (ExportRecord)head[0];
        int length = BinaryPrimitives.ReadInt32BigEndian(head[1..]);
        if (length is < 0 or > MaximumRecord) throw new ExportFileException($"a record says that it has {(uint)length} bytes: more than {MaximumRecord} are not taken");
        // memory grows with what is really there
        using MemoryStream content = new(Math.Min(length, 1 << 20));
        byte[] part = new byte[Math.Min(length, 1 << 16)];
        for (int left = length; left > 0; left -= part.Length)
        {
            Span<byte> now = part.AsSpan(0, Math.Min(left, part.Length));
            Fill(stream, now);
            content.Write(now);
        }
        return content.ToArray();
    }

    public static void ReadMagic(Stream stream)
    {
        Span<byte> magic = stackalloc byte[Magic.Length];
        Fill(stream, magic);
        if (!magic.SequenceEqual(Magic)) throw new ExportFileException("this is no exported state: it begins with other bytes");
    }

    private static void Fill(Stream stream, Span<byte> bytes)
    {
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw new ExportFileException("the file ends in the middle of a record, or before the record that ends it");
    }
}

/// <summary>What an exported state begins with.</summary>
/// <param name="ChainId">The chain's id.</param>
/// <param name="GenesisHash">The hash of the genesis block.</param>
/// <param name="Block">The block whose state it is.</param>
/// <param name="Attachment">Bytes of whoever exports: the node's header and genesis.</param>
public sealed record ExportHead(ulong ChainId, Hash256 GenesisHash, BlockHead Block, byte[] Attachment)
{
    internal void Write(RlpWriter writer)
    {
        int list = writer.BeginList();
        writer.Write(ExportFile.Version);
        writer.Write(ChainId);
        writer.Write(GenesisHash);
        writer.Write(Block.Number);
        writer.Write(Block.Hash);
        writer.Write(Block.StateRoot);
        writer.Write(Attachment);
        writer.EndList(list);
    }

    internal static ExportHead Read(ReadOnlySpan<byte> content)
    {
        RlpReader outer = new(content);
        RlpReader list = outer.ReadList("head");
        ulong version = list.ReadUInt64("head.version");
        if (version != ExportFile.Version) throw new ExportFileException($"the file has version {version}, this build reads version {ExportFile.Version}");
        ExportHead head = new(
            list.ReadUInt64("head.chainId"), list.ReadHash("head.genesisHash"),
            new BlockHead(list.ReadUInt64("head.number"), list.ReadHash("head.hash"), list.ReadHash("head.stateRoot")),
            list.ReadBytes("head.attachment").ToArray());
        list.End("head");
        outer.End("head");
        return head;
    }
}
