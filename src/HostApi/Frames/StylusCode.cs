using System;
using System.Buffers;
using System.IO.Compression;
using ContractVm.Gas;

namespace ContractVm.HostApi;

/// <summary>
/// Stylus' form of deployed code: EF F0 00, a dictionary byte, and the module compressed with Brotli. Dictionary 0 is none; the other one of Stylus is not
/// here.
/// </summary>
internal static class StylusCode
{
    private const int HeaderLength = 4, ChunkLength = 4096;

    private static ReadOnlySpan<byte> Prefix => [0xEF, 0xF0, 0x00];

    /// <summary>Creation data of this form.</summary>
    public static bool IsFramed(ReadOnlySpan<byte> code) => code.StartsWith(Prefix);

    /// <summary>
    /// Unpacks the module. Its bytes are paid as they appear, as far as they are more than the compressed ones, which are paid already: so a few bytes that
    /// unpack to very many end where their ink does.
    /// </summary>
    /// <param name="code">The code.</param>
    /// <param name="profile">Prices, and the size that a module may have.</param>
    /// <param name="meter">Who pays.</param>
    /// <param name="module">The module.</param>
    /// <returns>Why it is refused, or null.</returns>
    public static FrameResult? Unpack(ReadOnlyMemory<byte> code, Profile profile, Meter meter, out ReadOnlyMemory<byte> module)
    {
        module = default;
        if (code.Length < HeaderLength) return Refused(code.Length, "the code ends in its header");
        if (code.Span[3] != 0) return Refused(3, $"the dictionary {code.Span[3]} is unknown: only 0, none, is here");
        int most = (int)Math.Min(profile.Limits[Limit.ModuleBytes], int.MaxValue / 2);
        ulong paid = profile.Schedule.DeploymentInk(code.Length);
        ReadOnlySpan<byte> source = code.Span[HeaderLength..];
        ArrayBufferWriter<byte> target = new();
        using BrotliDecoder decoder = new();
        while (true)
        {
            OperationStatus status = decoder.Decompress(source, target.GetSpan(ChunkLength)[..ChunkLength], out int read, out int written);
            source = source[read..];
            target.Advance(written);
            ulong price = profile.Schedule.DeploymentInk(target.WrittenCount);
            if (price > paid && !meter.TryCharge(price - paid)) return FrameResult.Ended(Outcome.OutOfInk);
            paid = Math.Max(paid, price);
            if (target.WrittenCount > most) return Refused(code.Length, $"the module is larger than {most} bytes");
            if (status == OperationStatus.DestinationTooSmall) continue;
            if (status != OperationStatus.Done) return Refused(code.Length - source.Length, "the module cannot be decompressed");
            if (source.Length > 0) return Refused(code.Length - source.Length, "there are bytes after the compressed module");
            module = target.WrittenMemory;
            return null;
        }
    }

    private static FrameResult Refused(int offset, string detail) =>
        FrameResult.Ended(Outcome.Failure, new ModuleError(ModuleErrorCode.UnexpectedEnd, offset, null, -1, detail));
}
