using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using ContractVm;

namespace Bench;

/// <summary>
/// As much of WASI preview 1 as benchmark programs use, the same always: no arguments, no environment, a clock that goes on by a
/// millisecond at each look, random bytes that are a count, one folder with files that can be read, and outputs that are kept.
/// bench/peers/corpora.js does the same for V8. One for each run.
/// </summary>
internal sealed class Wasi(IReadOnlyDictionary<string, byte[]> files)
{
    // Error numbers of WASI.
    private const ulong Success = 0, BadDescriptor = 8, Missing = 44, NotSupported = 58;
    private const int Folder = 3, FirstFile = 4;
    private const byte IsDirectory = 3, IsRegular = 4, IsTerminal = 2;
    private readonly List<OpenFile?> _open = [];
    private readonly MemoryStream _output = new(), _errors = new();
    private ulong _clock = 1_600_000_000_000_000_000;
    private byte _random;
    private long _from;

    /// <summary>Nanoseconds between bench.start and bench.end; 0 where the program did not call them.</summary>
    public double Nanoseconds { get; private set; }
    /// <summary>What the program ended with.</summary>
    public uint ExitCode { get; private set; }
    /// <summary>What it wrote to its output.</summary>
    public ReadOnlySpan<byte> Output => _output.GetBuffer().AsSpan(0, (int)_output.Length);
    /// <summary>What it wrote as errors.</summary>
    public ReadOnlySpan<byte> Errors => _errors.GetBuffer().AsSpan(0, (int)_errors.Length);

    /// <summary>Finds what a module imports; null where there is no such function.</summary>
    public External? Resolve(Module module, Import import)
    {
        if (import.Kind != ExternalKind.Function) return null;
        HostCallback? body = import.Module == "bench" ? Marker(import.Name) : Find(import.Name);
        return body is null ? null : new HostFunction(import.Module, import.Name, module.TypeOfFunction(import.Index), body);
    }

    private HostCallback? Marker(string name) => name switch
    {
        "start" => (_, _) =>
        {
            _from = Stopwatch.GetTimestamp();
            return HostStatus.Continue;
        },
        "end" => (_, _) =>
        {
            Nanoseconds += Stopwatch.GetElapsedTime(_from).TotalNanoseconds;
            return HostStatus.Continue;
        },
        _ => null,
    };

    private HostCallback? Find(string name) => name switch
    {
        "args_get" or "environ_get" => Call(static (_, _) => Success),
        "args_sizes_get" or "environ_sizes_get" => Call(static (call, slots) => Write(call, slots[0], 0U) + Write(call, slots[1], 0U)),
        "clock_time_get" => Call((call, slots) => Write(call, slots[2], _clock += 1_000_000)),
        "random_get" => Call(Random),
        "fd_write" => Call(WriteFile),
        "fd_read" => Call(ReadFile),
        "fd_seek" => Call(Seek),
        "fd_close" => Call(Close),
        "fd_fdstat_get" => Call(State),
        "fd_filestat_get" => Call((call, slots) => FileOf(slots[0]) is OpenFile file ? FileState(call, slots[1], file.Bytes.Length) : (int)slots[0] < Folder ? FileState(call, slots[1], 0) : BadDescriptor),
        "fd_prestat_get" => Call(static (call, slots) => slots[0] == Folder ? Write(call, slots[1], 0U) + Write(call, slots[1] + 4, 1U) : BadDescriptor),
        "fd_prestat_dir_name" => Call(static (call, slots) => slots[0] == Folder ? Write(call, slots[1], "."u8) : BadDescriptor),
        "path_open" => Call(Open),
        "path_filestat_get" => Call((call, slots) => files.TryGetValue(PathAt(call, slots[2], slots[3]), out byte[]? bytes) ? FileState(call, slots[4], bytes.Length) : Missing),
        "proc_exit" => (_, slots) =>
        {
            ExitCode = (uint)slots[0];
            return HostStatus.Exit;
        },
        _ => null,
    };

    // Programs that pass wrong addresses are of no use here: the execution fails.
    private static HostCallback Call(Func<HostCall, ulong[], ulong> body) => (call, slots) =>
    {
        try
        {
            slots[0] = body(call, slots.ToArray());
            return HostStatus.Continue;
        }
        catch (InvalidDataException)
        {
            return HostStatus.Fault;
        }
    };

    private static Span<byte> At(HostCall call, ulong offset, ulong length) =>
        call.TryGetMemory((uint)offset, (uint)length, out Span<byte> span) ? span : throw new InvalidDataException("past the memory");

    private static ulong Write(HostCall call, ulong offset, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(At(call, offset, 4), value);
        return Success;
    }

    private static ulong Write(HostCall call, ulong offset, ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(At(call, offset, 8), value);
        return Success;
    }

    private static ulong Write(HostCall call, ulong offset, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(At(call, offset, (ulong)bytes.Length));
        return Success;
    }

    private static string PathAt(HostCall call, ulong offset, ulong length)
    {
        string path = Encoding.UTF8.GetString(At(call, offset, length));
        return path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;
    }

    private OpenFile? FileOf(ulong descriptor) => (int)descriptor >= FirstFile && (int)descriptor - FirstFile < _open.Count ? _open[(int)descriptor - FirstFile] : null;

    private ulong Random(HostCall call, ulong[] slots)
    {
        foreach (ref byte value in At(call, slots[0], slots[1])) value = _random++;
        return Success;
    }

    private ulong Open(HostCall call, ulong[] slots)
    {
        // dirfd, dirflags, path, length, oflags, rights, inheriting rights, fdflags, where the descriptor goes.
        if (slots[0] != Folder) return BadDescriptor;
        if (!files.TryGetValue(PathAt(call, slots[2], slots[3]), out byte[]? bytes)) return Missing;
        _open.Add(new OpenFile(bytes));
        return Write(call, slots[8], (uint)(FirstFile + _open.Count - 1));
    }

    private ulong Close(HostCall call, ulong[] slots)
    {
        if (FileOf(slots[0]) is null) return slots[0] <= Folder ? Success : BadDescriptor;
        _open[(int)slots[0] - FirstFile] = null;
        return Success;
    }

    private ulong WriteFile(HostCall call, ulong[] slots)
    {
        MemoryStream? stream = slots[0] == 1 ? _output : slots[0] == 2 ? _errors : null;
        if (stream is null) return BadDescriptor;
        uint written = 0;
        foreach ((uint offset, uint length) in Vectors(call, slots))
        {
            stream.Write(At(call, offset, length));
            written += length;
        }

        return Write(call, slots[3], written);
    }

    private ulong ReadFile(HostCall call, ulong[] slots)
    {
        if (slots[0] == 0) return Write(call, slots[3], 0U);
        if (FileOf(slots[0]) is not OpenFile file) return BadDescriptor;
        uint read = 0;
        foreach ((uint offset, uint length) in Vectors(call, slots))
        {
            int count = (int)Math.Min(length, Math.Max(0, file.Bytes.Length - file.Position));
            file.Bytes.AsSpan((int)file.Position, count).CopyTo(At(call, offset, length));
            file.Position += count;
            read += (uint)count;
        }

        return Write(call, slots[3], read);
    }

    private static (uint Offset, uint Length)[] Vectors(HostCall call, ulong[] slots)
    {
        (uint, uint)[] vectors = new (uint, uint)[(int)slots[2]];
        for (int i = 0; i < vectors.Length; i++)
        {
            Span<byte> entry = At(call, slots[1] + 8 * (ulong)i, 8);
            vectors[i] = (BinaryPrimitives.ReadUInt32LittleEndian(entry), BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]));
        }

        return vectors;
    }

    private ulong Seek(HostCall call, ulong[] slots)
    {
        if (FileOf(slots[0]) is not OpenFile file) return slots[0] <= Folder ? NotSupported : BadDescriptor;
        long start = slots[2] switch { 0 => 0, 1 => file.Position, _ => file.Bytes.Length };
        file.Position = Math.Clamp(start + (long)slots[1], 0, file.Bytes.Length);
        return Write(call, slots[3], (ulong)file.Position);
    }

    private ulong State(HostCall call, ulong[] slots)
    {
        if (slots[0] > Folder && FileOf(slots[0]) is null) return BadDescriptor;
        Span<byte> state = At(call, slots[1], 24);
        state.Clear();
        state[0] = slots[0] < Folder ? IsTerminal : slots[0] == Folder ? IsDirectory : IsRegular;
        // All rights.
        state[8..].Fill(0xFF);
        return Success;
    }

    private static ulong FileState(HostCall call, ulong offset, long length)
    {
        Span<byte> state = At(call, offset, 64);
        state.Clear();
        state[16] = IsRegular;
        state[24] = 1;
        BinaryPrimitives.WriteInt64LittleEndian(state[32..], length);
        return Success;
    }

    private sealed class OpenFile(byte[] bytes)
    {
        public byte[] Bytes { get; } = bytes;
        public long Position { get; set; }
    }
}
