using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace ContractVm.HostApi;

/// <summary>
/// What a program with WASI imports has open, in one frame: the calldata as standard input, standard output and error as the debug log, and where the
/// embedder gave files, a folder of them, read-only.
/// </summary>
internal sealed class WasiFiles(CallFrame frame)
{
    /// <summary>Standard input, output and error, and the folder.</summary>
    public const int Input = 0, Output = 1, Error = 2, Root = 3;
    // So that what a program keeps here stays small.
    private const int MostOpen = 64, MostLine = 64 << 10;

    private readonly Dictionary<int, (ReadOnlyMemory<byte> Content, ulong Position)> _open = new() { [Input] = (frame.Input, 0) };
    private readonly List<byte>[] _lines = [[], []];
    private ulong _randomBlocks;

    /// <summary>True where there is a folder.</summary>
    public bool HasRoot => frame.Transaction.Files is { Count: > 0 };

    /// <summary>True for a descriptor that reads.</summary>
    public bool IsReadable(int descriptor) => _open.ContainsKey(descriptor);

    /// <summary>Bytes from a descriptor's position on.</summary>
    public ReadOnlySpan<byte> Rest(int descriptor)
    {
        (ReadOnlyMemory<byte> content, ulong position) = _open[descriptor];
        return position >= (ulong)content.Length ? [] : content.Span[(int)position..];
    }

    /// <summary>Bytes of a descriptor's file.</summary>
    public ReadOnlySpan<byte> Content(int descriptor) => _open[descriptor].Content.Span;

    /// <summary>Where a descriptor reads next.</summary>
    public ulong Position(int descriptor) => _open[descriptor].Position;

    /// <summary>Sets where a descriptor reads next.</summary>
    public void Seek(int descriptor, ulong position) => _open[descriptor] = (_open[descriptor].Content, position);

    /// <summary>Opens a file of the folder; -1 where it is not there, -2 where too many are open.</summary>
    public int Open(string path)
    {
        if (frame.Transaction.Files is not { } files || !files.TryGetValue(path, out ReadOnlyMemory<byte> content)) return -1;
        for (int descriptor = Root + 1; descriptor < Root + 1 + MostOpen; descriptor++)
        {
            if (!_open.TryAdd(descriptor, (content, 0))) continue;
            return descriptor;
        }

        return -2;
    }

    /// <summary>The size of a file of the folder; null where it is not there.</summary>
    public int? SizeOf(string path) => frame.Transaction.Files is { } files && files.TryGetValue(path, out ReadOnlyMemory<byte> content) ? content.Length : null;

    /// <summary>True for the folder itself, and for the folders that paths of files name.</summary>
    public bool IsFolder(string path)
    {
        string folder = path.TrimEnd('/');
        return folder is "" or "." || (frame.Transaction.Files is { } files && files.Keys.Any(file => file.Length > folder.Length && file[folder.Length] == '/' && file.StartsWith(folder, StringComparison.Ordinal)));
    }

    /// <summary>Closes a descriptor.</summary>
    public bool Close(int descriptor) => _open.Remove(descriptor);

    /// <summary>Takes what is written to standard output or error: lines go to the debug log.</summary>
    public void Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        if (frame.Transaction.Console is null) return;
        List<byte> line = _lines[descriptor - Output];
        foreach (byte one in bytes)
        {
            if (one == '\n' || line.Count == MostLine) Flush(line);
            if (one != '\n') line.Add(one);
        }
    }

    /// <summary>What a program left without an end of line when it ended.</summary>
    public void Flush()
    {
        foreach (List<byte> line in _lines.Where(static line => line.Count > 0)) Flush(line);
    }

    /// <summary>Fills with random bytes: hashes of the transaction's seed, the block, the frame, and a count. Everybody can foresee them.</summary>
    public void FillRandom(Span<byte> target)
    {
        Span<byte> text = stackalloc byte[32 + 8 + 8 + 20 + 8 + 8];
        while (target.Length > 0)
        {
            frame.Transaction.Seed.Bytes.CopyTo(text);
            BitConverter.TryWriteBytes(text[32..], frame.Transaction.Block.Number);
            BitConverter.TryWriteBytes(text[40..], frame.Transaction.Block.Timestamp);
            frame.Contract.CopyTo(text[48..]);
            BitConverter.TryWriteBytes(text[68..], (ulong)frame.Number);
            BitConverter.TryWriteBytes(text[76..], _randomBlocks++);
            StateStore.Hash256 hash = StateStore.Keccak256.Hash(text);
            int count = Math.Min(32, target.Length);
            hash.Bytes[..count].CopyTo(target);
            target = target[count..];
        }
    }

    private void Flush(List<byte> line)
    {
        frame.Transaction.Console?.Invoke(frame, Encoding.UTF8.GetString([.. line]));
        line.Clear();
    }
}
