using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using static ContractVm.HostApi.Prices;

namespace ContractVm.HostApi;

/// <summary>
/// The module <c>wasi_snapshot_preview1</c> for chains that offer it, deterministic and bound to the frame's rights: time is the block's, random bytes come from
/// the transaction, standard input is the calldata, what is written to standard output and error goes to the debug log, and there are no files but those that
/// the embedder gave, read-only. What is not here gives ENOSYS.
/// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md
/// </summary>
internal static class WasiFunctions
{
    /// <summary>The module.</summary>
    public const string ModuleName = "wasi_snapshot_preview1";
    /// <summary>The function that programs export in place of an entrypoint.</summary>
    public const string Start = "_start";

    private const ulong Good = 0, BadDescriptor = 8, Fault = 21, Invalid = 28, NoEntry = 44, NoSystem = 52, TooManyOpen = 33, NotPermitted = 63, ReadOnly = 69, NoSeek = 70;
    private const uint MostVectors = 1024, MostPath = 4096;
    private const byte CharacterDevice = 2, Directory = 3, RegularFile = 4;
    // Stylus' price of hashing for each 32 bytes of randomness.
    private static readonly ulong RandomBlock = Keccak(84);

    // The rest of the interface, so that programs that merely mention them can be deployed.
    private static readonly (string Name, string Parameters)[] Missing =
    [
        ("fd_advise", "a:u32 b:u64 c:u64 d:u32"), ("fd_allocate", "a:u32 b:u64 c:u64"), ("fd_datasync", "a:u32"), ("fd_fdstat_set_rights", "a:u32 b:u64 c:u64"),
        ("fd_filestat_set_size", "a:u32 b:u64"), ("fd_filestat_set_times", "a:u32 b:u64 c:u64 d:u32"), ("fd_pwrite", "a:u32 b:u32 c:u32 d:u64 e:u32"),
        ("fd_readdir", "a:u32 b:u32 c:u32 d:u64 e:u32"), ("fd_renumber", "a:u32 b:u32"), ("fd_sync", "a:u32"), ("path_create_directory", "a:u32 b:u32 c:u32"),
        ("path_filestat_set_times", "a:u32 b:u32 c:u32 d:u32 e:u64 f:u64 g:u32"), ("path_link", "a:u32 b:u32 c:u32 d:u32 e:u32 f:u32 g:u32"),
        ("path_readlink", "a:u32 b:u32 c:u32 d:u32 e:u32 f:u32"), ("path_remove_directory", "a:u32 b:u32 c:u32"), ("path_rename", "a:u32 b:u32 c:u32 d:u32 e:u32 f:u32"),
        ("path_symlink", "a:u32 b:u32 c:u32 d:u32 e:u32"), ("path_unlink_file", "a:u32 b:u32 c:u32"), ("poll_oneoff", "a:u32 b:u32 c:u32 d:u32"), ("proc_raise", "a:u32"),
        ("sock_accept", "a:u32 b:u32 c:u32"), ("sock_recv", "a:u32 b:u32 c:u32 d:u32 e:u32 f:u32"), ("sock_send", "a:u32 b:u32 c:u32 d:u32 e:u32"), ("sock_shutdown", "a:u32 b:u32"),
    ];

    public static IReadOnlyList<HostFunctionEntry> Entries { get; } = Build();

    private static List<HostFunctionEntry> Build()
    {
        List<HostFunctionEntry> entries =
        [
            Make("args_sizes_get", "count:>u32 bytes:>u32", Capabilities.None, "the number of arguments and their bytes: none", static (_, call, slots) => TwoNumbers(call, slots, 0, 0)),
            Make("args_get", "pointers:u32 bytes:u32", Capabilities.None, "no arguments", static (_, _, slots) => Return(slots, Good)),
            Make("environ_sizes_get", "count:>u32 bytes:>u32", Capabilities.None, "the number of variables and their bytes: none", static (_, call, slots) => TwoNumbers(call, slots, 0, 0)),
            Make("environ_get", "pointers:u32 bytes:u32", Capabilities.None, "no variables", static (_, _, slots) => Return(slots, Good)),
            Make("clock_res_get", "clock:u32 dest:u32", Capabilities.ReadEnvironment, "a second, in nanoseconds", static (_, call, slots) => Number(call, slots, slots[1], 1_000_000_000)),
            Make("clock_time_get", "clock:u32 precision:u64 dest:u32", Capabilities.ReadEnvironment, "the block's time, in nanoseconds, for every clock",
                static (frame, call, slots) => Number(call, slots, slots[2], unchecked(frame.Transaction.Block.Timestamp * 1_000_000_000))),
            Make("random_get", "dest:u32 size:u32", Capabilities.ReadEnvironment, "bytes that follow from transaction and block: anybody can foresee them", Random),
            Make("fd_read", "fd:u32 vectors:u32 count:u32 read:>u32", Capabilities.ReadEnvironment, "reads standard input, which is the calldata, or a file", static (frame, call, slots) => Read(frame, call, slots, null)),
            Make("fd_pread", "fd:u32 vectors:u32 count:u32 offset:u64 read:>u32", Capabilities.ReadEnvironment, "reads a file from an offset", static (frame, call, slots) => Read(frame, call, slots, slots[3])),
            Make("fd_write", "fd:u32 vectors:u32 count:u32 written:>u32", Capabilities.None, "writes to the debug log", Write),
            Make("fd_seek", "fd:u32 offset:u64 whence:u32 position:u32", Capabilities.None, "moves in a file", Seek),
            Make("fd_tell", "fd:u32 position:u32", Capabilities.None, "the position in a file", Tell),
            Make("fd_close", "fd:u32", Capabilities.None, "closes a file", static (frame, _, slots) => Return(slots, Files(frame).Close((int)slots[0]) || IsStandard(slots[0]) ? Good : BadDescriptor)),
            Make("fd_fdstat_get", "fd:u32 dest:u32", Capabilities.None, "what a descriptor is and may", DescriptorStatus),
            Make("fd_fdstat_set_flags", "fd:u32 flags:u32", Capabilities.None, "nothing", static (frame, _, slots) => Return(slots, IsOpen(frame, slots[0]) ? Good : BadDescriptor)),
            Make("fd_filestat_get", "fd:u32 dest:u32", Capabilities.None, "kind and size of a file", FileStatus),
            Make("fd_prestat_get", "fd:u32 dest:u32", Capabilities.None, "the folder of the embedder's files", FolderStatus),
            Make("fd_prestat_dir_name", "fd:u32 path:u32 path_len:u32", Capabilities.None, "the name of that folder: /", FolderName),
            Make("path_open", "fd:u32 flags:u32 path:bytes path_len:u32 oflags:u32 rights:u64 inheriting:u64 fdflags:u32 opened:>u32", Capabilities.ReadEnvironment, "opens one of the embedder's files", Open),
            Make("path_filestat_get", "fd:u32 flags:u32 path:bytes path_len:u32 dest:u32", Capabilities.ReadEnvironment, "kind and size of one of the embedder's files", PathStatus),
            Make("sched_yield", "", Capabilities.None, "nothing", static (_, _, slots) => Return(slots, Good)),
            new(ModuleName, "proc_exit", "code:u32", Call, Capabilities.None, "ends the call: 0 returns, anything else reverts", Exit),
        ];
        foreach ((string name, string parameters) in Missing) entries.Add(Make(name, parameters, Capabilities.None, "not offered: ENOSYS", static (_, _, slots) => Return(slots, NoSystem)));
        return entries;
    }

    private static HostFunctionEntry Make(string name, string parameters, Capabilities needs, string summary, HostBody body) =>
        new(ModuleName, name, parameters + " -> errno:u32", Call, needs, summary, body);

    private static WasiFiles Files(CallFrame frame) => frame.Wasi ??= new WasiFiles(frame);

    private static bool IsStandard(ulong descriptor) => descriptor is WasiFiles.Input or WasiFiles.Output or WasiFiles.Error;

    private static bool IsOpen(CallFrame frame, ulong descriptor) =>
        IsStandard(descriptor) || Files(frame).IsReadable((int)descriptor) || (descriptor == WasiFiles.Root && Files(frame).HasRoot);

    private static HostStatus Return(Span<ulong> slots, ulong errno)
    {
        slots[0] = errno;
        return HostStatus.Continue;
    }

    private static HostStatus TwoNumbers(HostCall call, Span<ulong> slots, uint first, uint second)
    {
        if (!call.TryGetMemory((uint)slots[0], 4, out Span<byte> a) || !call.TryGetMemory((uint)slots[1], 4, out Span<byte> b)) return Return(slots, Fault);
        BinaryPrimitives.WriteUInt32LittleEndian(a, first);
        BinaryPrimitives.WriteUInt32LittleEndian(b, second);
        return Return(slots, Good);
    }

    private static HostStatus Number(HostCall call, Span<ulong> slots, ulong pointer, ulong value)
    {
        if (!call.TryGetMemory((uint)pointer, 8, out Span<byte> target)) return Return(slots, Fault);
        BinaryPrimitives.WriteUInt64LittleEndian(target, value);
        return Return(slots, Good);
    }

    private static HostStatus Random(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        uint size = (uint)slots[1];
        if (!call.Meter.TryCharge(Gas.Ink.Multiply(RandomBlock, ((ulong)size + 31) / 32))) return HostStatus.OutOfInk;
        if (!call.TryGetMemory((uint)slots[0], size, out Span<byte> target)) return Return(slots, Fault);
        Files(frame).FillRandom(target);
        return Return(slots, Good);
    }

    /// <summary>Pays for a list of vectors and finds how many bytes they have together; an error number, or 0.</summary>
    private static bool TryMeasure(HostCall call, ulong vectors, ulong count, out ulong total, out ulong errno, out HostStatus status)
    {
        (total, errno, status) = (0, Invalid, HostStatus.Continue);
        if ((uint)count > MostVectors) return false;
        status = HostStatus.OutOfInk;
        if (!call.Meter.TryCharge(Prices.Read((uint)count * 8))) return false;
        (errno, status) = (Fault, HostStatus.Continue);
        if (!call.TryGetMemory((uint)vectors, (uint)count * 8, out Span<byte> list)) return false;
        for (int i = 0; i < (int)count; i++)
        {
            uint at = BinaryPrimitives.ReadUInt32LittleEndian(list[(8 * i)..]), length = BinaryPrimitives.ReadUInt32LittleEndian(list[(8 * i + 4)..]);
            if (!call.TryGetMemory(at, length, out _)) return false;
            total += length;
        }

        errno = Good;
        return true;
    }

    private static Span<byte> Vector(HostCall call, ulong vectors, int index)
    {
        call.TryGetMemory((uint)vectors + (uint)(8 * index), 8, out Span<byte> vector);
        call.TryGetMemory(BinaryPrimitives.ReadUInt32LittleEndian(vector), BinaryPrimitives.ReadUInt32LittleEndian(vector[4..]), out Span<byte> bytes);
        return bytes;
    }

    private static HostStatus Read(CallFrame frame, HostCall call, Span<ulong> slots, ulong? offset)
    {
        ulong descriptor = slots[0], vectors = slots[1], count = slots[2], read = slots[offset is null ? 3 : 4];
        WasiFiles files = Files(frame);
        if (!files.IsReadable((int)descriptor)) return Return(slots, BadDescriptor);
        if (offset is not null && descriptor == WasiFiles.Input) return Return(slots, NoSeek);
        if (!TryMeasure(call, vectors, count, out ulong total, out ulong errno, out HostStatus status)) return status == HostStatus.Continue ? Return(slots, errno) : status;
        ReadOnlySpan<byte> content = files.Content((int)descriptor), rest = offset is ulong from ? from >= (ulong)content.Length ? [] : content[(int)from..] : files.Rest((int)descriptor);
        if (total < (ulong)rest.Length) rest = rest[..(int)total];
        if (!call.Meter.TryCharge(Prices.Write((ulong)rest.Length))) return HostStatus.OutOfInk;
        if (!call.TryGetMemory((uint)read, 4, out _)) return Return(slots, Fault);
        int done = 0;
        for (int i = 0; i < (int)count && done < rest.Length; i++)
        {
            Span<byte> target = Vector(call, vectors, i);
            int part = Math.Min(target.Length, rest.Length - done);
            rest.Slice(done, part).CopyTo(target);
            done += part;
        }

        if (offset is null) files.Seek((int)descriptor, files.Position((int)descriptor) + (ulong)done);
        call.WriteLength(read, done);
        return Return(slots, Good);
    }

    private static HostStatus Write(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        ulong descriptor = slots[0], vectors = slots[1], count = slots[2], written = slots[3];
        if (descriptor is not (WasiFiles.Output or WasiFiles.Error)) return Return(slots, IsOpen(frame, descriptor) ? NotPermitted : BadDescriptor);
        if (!TryMeasure(call, vectors, count, out ulong total, out ulong errno, out HostStatus status)) return status == HostStatus.Continue ? Return(slots, errno) : status;
        if (!call.Meter.TryCharge(Prices.Read(total))) return HostStatus.OutOfInk;
        if (total > int.MaxValue || !call.TryGetMemory((uint)written, 4, out _)) return Return(slots, Fault);
        for (int i = 0; i < (int)count; i++) Files(frame).Write((int)descriptor, Vector(call, vectors, i));
        call.WriteLength(written, (int)total);
        return Return(slots, Good);
    }

    private static HostStatus Seek(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        WasiFiles files = Files(frame);
        int descriptor = (int)slots[0];
        if (IsStandard(slots[0])) return Return(slots, NoSeek);
        if (!files.IsReadable(descriptor)) return Return(slots, BadDescriptor);
        ulong origin = (uint)slots[2] switch { 0 => 0, 1 => files.Position(descriptor), 2 => (ulong)files.Content(descriptor).Length, _ => ulong.MaxValue };
        ulong position = unchecked(origin + slots[1]);
        if (origin == ulong.MaxValue || position > long.MaxValue) return Return(slots, Invalid);
        files.Seek(descriptor, position);
        return Number(call, slots, slots[3], position);
    }

    private static HostStatus Tell(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (IsStandard(slots[0])) return Return(slots, NoSeek);
        return Files(frame).IsReadable((int)slots[0]) ? Number(call, slots, slots[1], Files(frame).Position((int)slots[0])) : Return(slots, BadDescriptor);
    }

    private static byte TypeOf(ulong descriptor) => IsStandard(descriptor) ? CharacterDevice : descriptor == WasiFiles.Root ? Directory : RegularFile;

    private static HostStatus DescriptorStatus(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        const ulong ReadRight = 2, SeekRight = 4, TellRight = 32, WriteRight = 64, OpenRight = 0x2000, StatusRight = 0x200000, PathStatusRight = 0x40000;
        if (!IsOpen(frame, slots[0])) return Return(slots, BadDescriptor);
        if (!call.TryGetMemory((uint)slots[1], 24, out Span<byte> target)) return Return(slots, Fault);
        target.Clear();
        target[0] = TypeOf(slots[0]);
        ulong rights = slots[0] switch
        {
            WasiFiles.Input => ReadRight,
            WasiFiles.Output or WasiFiles.Error => WriteRight,
            WasiFiles.Root => OpenRight | PathStatusRight,
            _ => ReadRight | SeekRight | TellRight | StatusRight,
        };
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], rights);
        // Files could be written as far as the folder is concerned: a program that opens one for that asks for it, and is refused.
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], slots[0] == WasiFiles.Root ? ReadRight | SeekRight | TellRight | StatusRight | WriteRight : 0);
        return Return(slots, Good);
    }

    private static HostStatus FileStatus(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!IsOpen(frame, slots[0])) return Return(slots, BadDescriptor);
        int size = Files(frame).IsReadable((int)slots[0]) && slots[0] != WasiFiles.Input ? Files(frame).Content((int)slots[0]).Length : 0;
        return WriteFileStatus(call, slots, slots[1], TypeOf(slots[0]), size);
    }

    private static HostStatus WriteFileStatus(HostCall call, Span<ulong> slots, ulong pointer, byte type, int size)
    {
        if (!call.TryGetMemory((uint)pointer, 64, out Span<byte> target)) return Return(slots, Fault);
        target.Clear();
        target[16] = type;
        target[24] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(target[32..], size);
        return Return(slots, Good);
    }

    private static HostStatus FolderStatus(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (slots[0] != WasiFiles.Root || !Files(frame).HasRoot) return Return(slots, BadDescriptor);
        return Number(call, slots, slots[1], 1UL << 32);
    }

    private static HostStatus FolderName(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (slots[0] != WasiFiles.Root || !Files(frame).HasRoot) return Return(slots, BadDescriptor);
        if ((uint)slots[2] < 1 || !call.TryGetMemory((uint)slots[1], 1, out Span<byte> target)) return Return(slots, Fault);
        target[0] = (byte)'/';
        return Return(slots, Good);
    }

    private static bool TryReadPath(HostCall call, ulong pointer, ulong length, out string path, out HostStatus status)
    {
        path = "";
        status = HostStatus.OutOfInk;
        if (!call.Meter.TryCharge(Prices.Read((uint)length))) return false;
        status = HostStatus.Continue;
        if ((uint)length > MostPath || !call.TryGetMemory((uint)pointer, (uint)length, out Span<byte> bytes)) return false;
        path = Encoding.UTF8.GetString(bytes);
        while (path.StartsWith("./", StringComparison.Ordinal)) path = path[2..];
        return true;
    }

    private static HostStatus Open(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        const ulong CreateFlag = 1, DirectoryFlag = 2, TruncateFlag = 8, WriteRight = 64;
        if (slots[0] != WasiFiles.Root || !Files(frame).HasRoot) return Return(slots, BadDescriptor);
        if (!TryReadPath(call, slots[2], slots[3], out string path, out HostStatus status)) return status == HostStatus.Continue ? Return(slots, Fault) : status;
        if (Files(frame).IsFolder(path)) return Return(slots, NoSystem);
        if (Files(frame).SizeOf(path) is null) return Return(slots, (slots[4] & CreateFlag) != 0 ? ReadOnly : NoEntry);
        if ((slots[4] & TruncateFlag) != 0 || (slots[5] & WriteRight) != 0) return Return(slots, ReadOnly);
        if ((slots[4] & DirectoryFlag) != 0) return Return(slots, Invalid);
        if (!call.TryGetMemory((uint)slots[8], 4, out _)) return Return(slots, Fault);
        int opened = Files(frame).Open(path);
        if (opened < 0) return Return(slots, TooManyOpen);
        call.WriteLength(slots[8], opened);
        return Return(slots, Good);
    }

    private static HostStatus PathStatus(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (slots[0] != WasiFiles.Root || !Files(frame).HasRoot) return Return(slots, BadDescriptor);
        if (!TryReadPath(call, slots[2], slots[3], out string path, out HostStatus status)) return status == HostStatus.Continue ? Return(slots, Fault) : status;
        if (Files(frame).SizeOf(path) is int size) return WriteFileStatus(call, slots, slots[4], RegularFile, size);
        return Files(frame).IsFolder(path) ? WriteFileStatus(call, slots, slots[4], Directory, 0) : Return(slots, NoEntry);
    }

    private static HostStatus Exit(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        frame.ExitStatus = (uint)slots[0];
        return HostStatus.Exit;
    }
}
