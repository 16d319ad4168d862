using System;
using System.Buffers.Binary;
using System.IO;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace ContractVm.Compiler.Artifacts;

/// <summary>
/// Names an artifact by everything that its bytes depend on: the module, the profile, the compiler, its options and the target. A
/// SHA-256, so that different inputs have different keys.
/// </summary>
internal readonly record struct ArtifactKey
{
    /// <summary>Bytes of a key.</summary>
    public const int Length = 32;
    private static readonly ConditionalWeakTable<Module, byte[]> CodeHashes = [];
    // There are a few objects of options, and their text takes longer than the hash.
    private static readonly ConditionalWeakTable<CompilerOptions, string> OptionTexts = [];
    private readonly ulong _first, _second, _third, _fourth;

    /// <summary>Makes it from its bytes.</summary>
    public ArtifactKey(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Length);
        _first = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        _second = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        _third = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        _fourth = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
    }

    /// <summary>The key of what a compiler makes of a module.</summary>
    /// <param name="module">The module.</param>
    /// <param name="options">What the compiler is asked for, the target with it.</param>
    /// <param name="build">The compiler; null for this one.</param>
    public static ArtifactKey Of(Module module, CompilerOptions options, string? build = null)
    {
        MemoryStream stream = new(1024);
        // Strings are written with their length, everything else has a fixed one: no two inputs are the same bytes.
        using BinaryWriter writer = new(stream);
        writer.Write("contractvm artifact");
        writer.Write(Artifact.FormatVersion);
        writer.Write(build ?? CompilerBuild.Identity);
        writer.Write(options.Cpu.Bits);
        // The text of a record has all its properties, those too that are added later.
        writer.Write(OptionTexts.GetValue(options, static key => key.ToString()));
        Write(writer, module.Profile);
        writer.Write(module.Bytes.Length);
        // The node's own code hash is a Keccak-256, which the engine knows nothing of.
        writer.Write(CodeHashes.GetValue(module, static key => SHA256.HashData(key.Bytes.Span)));
        Span<byte> digest = stackalloc byte[Length];
        SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length), digest);
        return new ArtifactKey(digest);
    }

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, _first);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], _second);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], _third);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], _fourth);
    }

    /// <inheritdoc/>
    public override int GetHashCode() => _first.GetHashCode();

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    // A released profile's name says it all. Profiles that embedders and tests derive from one keep the name, so that the rest is here too.
    private static void Write(BinaryWriter writer, Profile profile)
    {
        writer.Write(profile.Name);
        writer.Write((ulong)profile.Features);
        writer.Write(profile.ObjectBytes);
        foreach ((Limit limit, _, _, _) in ModuleLimits.Rows) writer.Write(profile.Limits[limit]);
        writer.Write(profile.Schedule.Name);
        writer.Write(profile.Schedule.Hash.Length);
        writer.Write(profile.Schedule.Hash.Span);
    }
}
