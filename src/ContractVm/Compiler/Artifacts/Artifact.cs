using System;
using System.Buffers.Binary;
using System.Security.Cryptography;
using ContractVm.Native;

namespace ContractVm.Compiler.Artifacts;

/// <summary>
/// Compiled code as bytes: a header of fixed size, the code, the tables in columns of differences, and a seal over all of it. Numbers
/// are little-endian. Artifacts are executable code: one is read only where its seal was made with this node's secret, and checked
/// all the same.
/// </summary>
/// <remarks>
/// Header: magic (8 bytes), format version (4), flags (4), key (32), lengths of the columns and of the code (28). Then code, function
/// offsets, code offsets of sites, module offsets of sites, kinds of sites (a byte each), how exceptions leave the functions (<see cref="UnwindColumn"/>),
/// a seal: a nonce (12) and the AES-256-GMAC (NIST SP 800-38D) of everything before it (16).
/// </remarks>
internal static class Artifact
{
    /// <summary>Raised with every change of the format.</summary>
    public const uint FormatVersion = 3;
    /// <summary>Bytes before the code, and after the last column.</summary>
    public const int HeaderBytes = 76, SealBytes = NonceBytes + TagBytes;
    /// <summary>Bytes of a secret.</summary>
    public const int SecretBytes = 32;
    /// <summary>Larger artifacts are neither written nor read.</summary>
    public const int MostBytes = 1 << 30;

    // "\x7Fcvmcode"
    private const ulong Magic = 0x6564_6F63_6D76_637F;
    private const uint ChecksMemoryFlag = 1;
    [ThreadStatic]
    private static AesGcm? _keyed;
    [ThreadStatic]
    private static byte[]? _keyedSecret;
    private const int NonceBytes = 12, TagBytes = 16;
    private const TrapKind LastKind = TrapKind.ObjectMemoryExhausted;
    private const int VersionAt = 8, FlagsAt = 12, KeyAt = 16, CodeAt = 48, FunctionsAt = 52, SitesAt = 56, OffsetBytesAt = 60, SiteBytesAt = 64, OriginBytesAt = 68, UnwindBytesAt = 72;

    /// <summary>Writes an artifact; null where it would be larger than artifacts may be.</summary>
    /// <param name="code">Code without a defect.</param>
    /// <param name="key">What it was made of.</param>
    /// <param name="secret">What only this node knows; empty for a seal that guards against damage alone.</param>
    public static byte[]? Write(CompiledCode code, in ArtifactKey key, ReadOnlySpan<byte> secret)
    {
        int functions = code.FunctionOffsets.Length, sites = code.Sites.Length;
        long most = HeaderBytes + SealBytes + code.CodeLength + (long)Varint.MostBytes * functions + (2L * Varint.MostBytes + 1) * sites + UnwindColumn.MostBytes(code.Unwind);
        if (most > MostBytes) return null;
        byte[] bytes = new byte[most];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        Set(bytes, VersionAt, FormatVersion);
        Set(bytes, FlagsAt, code.ChecksMemory ? ChecksMemoryFlag : 0);
        key.CopyTo(bytes.AsSpan(KeyAt));
        Set(bytes, CodeAt, (uint)code.CodeLength);
        Set(bytes, FunctionsAt, (uint)functions);
        Set(bytes, SitesAt, (uint)sites);
        code.Code.CopyTo(bytes.AsMemory(HeaderBytes));
        int position = HeaderBytes + code.CodeLength, start = position, last = -1;
        // Ascending: a difference counts from one above the number before.
        foreach (int offset in code.FunctionOffsets)
        {
            Varint.Write(bytes, ref position, (uint)(offset - last - 1));
            last = offset;
        }

        Set(bytes, OffsetBytesAt, (uint)(position - start));
        (start, last) = (position, -1);
        foreach (TrapSite site in code.Sites)
        {
            Varint.Write(bytes, ref position, (uint)(site.CodeOffset - last - 1));
            last = site.CodeOffset;
        }

        Set(bytes, SiteBytesAt, (uint)(position - start));
        (start, last) = (position, 0);
        foreach (TrapSite site in code.Sites)
        {
            Varint.Write(bytes, ref position, Varint.ZigZag(site.ModuleOffset - last));
            last = site.ModuleOffset;
        }

        Set(bytes, OriginBytesAt, (uint)(position - start));
        foreach (TrapSite site in code.Sites) bytes[position++] = (byte)site.Kind;
        start = position;
        UnwindColumn.Write(code.Unwind, bytes, ref position);
        Set(bytes, UnwindBytesAt, (uint)(position - start));
        Array.Resize(ref bytes, position + SealBytes);
        Seal(bytes, secret);
        return bytes;
    }

    /// <summary>
    /// Reads an artifact: false, with a reason, for everything that <see cref="Write"/> did not write with the same key and secret. No
    /// memory is taken for what the bytes only promise.
    /// </summary>
    /// <param name="artifact">All of its bytes, from wherever; the code is a part of them.</param>
    /// <param name="key">What it must be made of.</param>
    /// <param name="secret">What its seal must be made with.</param>
    /// <param name="code">The code; whether it is the module's is for <see cref="DefectOf"/>.</param>
    /// <param name="reason">Why not.</param>
    public static bool TryRead(ReadOnlyMemory<byte> artifact, in ArtifactKey key, ReadOnlySpan<byte> secret, out CompiledCode? code, out string? reason)
    {
        code = null;
        ReadOnlySpan<byte> bytes = artifact.Span;
        reason = DefectOfHeader(bytes, key);
        if (reason is not null) return false;
        Span<byte> tag = stackalloc byte[TagBytes];
        WriteTag(bytes[..^SealBytes], secret, bytes[^SealBytes..^TagBytes], tag);
        if (!CryptographicOperations.FixedTimeEquals(tag, bytes[^TagBytes..]))
        {
            reason = "it is damaged, or another node wrote it";
            return false;
        }

        ReadOnlySpan<byte> rest = bytes[HeaderBytes..^SealBytes];
        ReadOnlySpan<byte> text = Take(ref rest, Get(bytes, CodeAt));
        ReadOnlySpan<byte> offsetColumn = Take(ref rest, Get(bytes, OffsetBytesAt));
        ReadOnlySpan<byte> siteColumn = Take(ref rest, Get(bytes, SiteBytesAt)), originColumn = Take(ref rest, Get(bytes, OriginBytesAt));
        ReadOnlySpan<byte> kinds = Take(ref rest, Get(bytes, SitesAt));
        int[] functions = new int[Get(bytes, FunctionsAt)];
        TrapSite[] sites = new TrapSite[Get(bytes, SitesAt)];
        if (!TryReadOffsets(offsetColumn, text.Length, functions)) reason = "a function's offset is not in the code";
        else if (!TryReadSites(siteColumn, originColumn, kinds, text.Length, sites)) reason = "the table of sites is malformed";
        else if (!UnwindColumn.TryRead(rest, out UnwindTable? unwind)) reason = "the table for exceptions is malformed";
        else code = new CompiledCode(artifact.Slice(HeaderBytes, text.Length), functions, sites, Get(bytes, FlagsAt) == ChecksMemoryFlag) { Unwind = unwind! };
        return code is not null;
    }

    /// <summary>Why code cannot be a module's, whoever made it; null where it can.</summary>
    public static string? DefectOf(CompiledCode code, Module module)
    {
        if (code.FunctionOffsets.Length != module.BodyList.Count) return "it has another number of functions";
        int last = -1;
        foreach (int offset in code.FunctionOffsets)
        {
            if (offset <= last || offset >= code.CodeLength) return "function offsets are out of order or past the code";
            last = offset;
        }

        // A site belongs to the function before it.
        last = code.FunctionOffsets.Length > 0 ? code.FunctionOffsets[0] - 1 : code.CodeLength;
        foreach (TrapSite site in code.Sites)
        {
            if (site.CodeOffset <= last || site.CodeOffset >= code.CodeLength) return "sites are out of order or in no function";
            if ((uint)site.ModuleOffset >= (uint)module.Bytes.Length) return "a site is past the module";
            if (site.Kind > LastKind) return "a site has an unknown kind";
            last = site.CodeOffset;
        }

        return code.Unwind.DefectOf(code, module);
    }

    /// <summary>Writes the seal over the bytes before it.</summary>
    internal static void Seal(Span<byte> bytes, ReadOnlySpan<byte> secret)
    {
        Span<byte> nonce = bytes[^SealBytes..^TagBytes];
        // No nonce may come twice with a secret. Without one there is nothing to find out, and the same code is the same bytes.
        if (secret.IsEmpty) nonce.Clear();
        else RandomNumberGenerator.Fill(nonce);
        WriteTag(bytes[..^SealBytes], secret, nonce, bytes[^TagBytes..]);
    }

    /// <summary>To make the keyed state takes as long as to seal a small artifact, so each thread keeps that of the last secret.</summary>
    private static void WriteTag(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> secret, ReadOnlySpan<byte> nonce, Span<byte> tag)
    {
        if (_keyed is null || !CryptographicOperations.FixedTimeEquals(secret, _keyedSecret))
        {
            _keyed?.Dispose();
            _keyed = new AesGcm(secret.IsEmpty ? new byte[SecretBytes] : secret, TagBytes);
            _keyedSecret = secret.ToArray();
        }

        _keyed.Encrypt(nonce, [], [], tag, bytes);
    }

    private static string? DefectOfHeader(ReadOnlySpan<byte> bytes, in ArtifactKey key)
    {
        if (bytes.Length < HeaderBytes + SealBytes) return "it is too short";
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic) return "it is not an artifact";
        if (Get(bytes, VersionAt) != FormatVersion) return "it has another format";
        if ((Get(bytes, FlagsAt) & ~ChecksMemoryFlag) != 0) return "it has unknown flags";
        if (new ArtifactKey(bytes.Slice(KeyAt, ArtifactKey.Length)) != key) return "it has another key";
        ulong functions = Get(bytes, FunctionsAt), sites = Get(bytes, SitesAt), offsets = Get(bytes, OffsetBytesAt);
        ulong siteBytes = Get(bytes, SiteBytesAt), originBytes = Get(bytes, OriginBytesAt), unwindBytes = Get(bytes, UnwindBytesAt);
        ulong length = HeaderBytes + SealBytes + Get(bytes, CodeAt) + offsets + siteBytes + originBytes + sites + unwindBytes;
        // A number takes a byte or more, so that no table is larger than a few times the file.
        bool fits = length == (ulong)bytes.Length && functions <= offsets && sites <= siteBytes && sites <= originBytes;
        return fits ? null : "its lengths do not fit";
    }

    private static bool TryReadOffsets(ReadOnlySpan<byte> column, int limit, int[] offsets)
    {
        VarintReader reader = new(column);
        long last = -1;
        for (int i = 0; i < offsets.Length; i++)
        {
            if (!reader.TryRead(out uint difference)) return false;
            last += 1L + difference;
            if (last >= limit) return false;
            offsets[i] = (int)last;
        }

        return reader.IsAtEnd;
    }

    private static bool TryReadSites(ReadOnlySpan<byte> codeColumn, ReadOnlySpan<byte> originColumn, ReadOnlySpan<byte> kinds, int limit, TrapSite[] sites)
    {
        VarintReader codeReader = new(codeColumn), originReader = new(originColumn);
        long last = -1, origin = 0;
        for (int i = 0; i < sites.Length; i++)
        {
            if (!codeReader.TryRead(out uint difference) || !originReader.TryRead(out uint step)) return false;
            last += 1L + difference;
            origin += Varint.UnZigZag(step);
            TrapKind kind = (TrapKind)kinds[i];
            if (last >= limit || origin is < 0 or > int.MaxValue || kind > LastKind) return false;
            sites[i] = new TrapSite((int)last, (int)origin, kind);
        }

        return codeReader.IsAtEnd && originReader.IsAtEnd;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, uint length)
    {
        ReadOnlySpan<byte> taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }

    private static uint Get(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static void Set(Span<byte> bytes, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], value);
}
