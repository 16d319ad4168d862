using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using ContractVm.Compiler;
using ContractVm.Compiler.Artifacts;
using ContractVm.Compiler.X64;
using ContractVm.Gas;
using ContractVm.Native;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.Tests.Compiler;

/// <summary>What an artifact and its key hold, and that nothing else is read.</summary>
public class ArtifactTests
{
    private static readonly Module Sample = ArtifactSamples.Numbered(1);
    private static readonly ArtifactKey Key = ArtifactSamples.KeyOf(Sample);

    [Fact]
    public void CodeComesBackAsItWas()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), static seed =>
        {
            CompiledCode code = ArtifactSamples.RandomCode(seed);
            byte[] bytes = Artifact.Write(code, Key, ArtifactSamples.Secret)!;
            return Artifact.TryRead(bytes, Key, ArtifactSamples.Secret, out CompiledCode? read, out string? reason)
                && reason is null && ArtifactSamples.AreEqual(code, read!)
                && bytes.AsSpan(0, bytes.Length - Artifact.SealBytes).SequenceEqual(Artifact.Write(read!, Key, ArtifactSamples.Secret).AsSpan()[..^Artifact.SealBytes])
                && Artifact.Write(read!, Key, []).AsSpan().SequenceEqual(Artifact.Write(code, Key, []));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    /// <summary>A nonce that came twice under one secret would give the key of the seals away.</summary>
    [Fact]
    public void NoTwoSealsOfASecretHaveTheSameNonce()
    {
        CompiledCode code = new(new byte[] { 0xC3 }, [0], [], false);
        HashSet<string> nonces = [];
        for (int i = 0; i < 200; i++) Assert.True(nonces.Add(Convert.ToHexString(Artifact.Write(code, Key, ArtifactSamples.Secret).AsSpan()[^Artifact.SealBytes..][..12])));
    }

    [Fact]
    public void ExtremeTablesComeBack()
    {
        CompiledCode empty = new(default, [], [], true);
        CompiledCode dense = new(new byte[40_000], [.. Enumerable.Range(0, 40_000)], [.. Enumerable.Range(0, 40_000).Select(i => new TrapSite(i, i % 2 == 0 ? int.MaxValue : 0, TrapKind.None))], false);
        CompiledCode sparse = new(new byte[3 << 20], [0, (3 << 20) - 1], [new TrapSite((3 << 20) - 1, int.MaxValue, TrapKind.ObjectMemoryExhausted)], false);
        foreach (CompiledCode code in (CompiledCode[])[empty, dense, sparse])
        {
            Assert.True(Artifact.TryRead(Artifact.Write(code, Key, []), Key, [], out CompiledCode? read, out _));
            Assert.True(ArtifactSamples.AreEqual(code, read!));
        }
    }

    [Fact]
    public void EveryFlippedBitIsRefused()
    {
        byte[] bytes = Artifact.Write(ArtifactSamples.RandomCode(5, 300), Key, ArtifactSamples.Secret)!;
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(Artifact.TryRead(bytes, Key, ArtifactSamples.Secret, out CompiledCode? code, out string? reason));
            Assert.True(code is null && !string.IsNullOrEmpty(reason));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.True(Artifact.TryRead(bytes, Key, ArtifactSamples.Secret, out _, out _));
    }

    [Fact]
    public void EveryOtherLengthIsRefused()
    {
        byte[] bytes = Artifact.Write(ArtifactSamples.RandomCode(6, 600), Key, ArtifactSamples.Secret)!;
        for (int length = 0; length < bytes.Length; length++)
            Assert.False(Artifact.TryRead(bytes.AsMemory(0, length), Key, ArtifactSamples.Secret, out _, out _));
        Assert.False(Artifact.TryRead((byte[])[.. bytes, 0], Key, ArtifactSamples.Secret, out _, out _));
        Assert.False(Artifact.TryRead((byte[])[.. bytes, .. bytes], Key, ArtifactSamples.Secret, out _, out _));
    }

    [Fact]
    public void AForeignSealVersionKeyOrFileIsRefused()
    {
        byte[] bytes = Artifact.Write(ArtifactSamples.RandomCode(7), Key, ArtifactSamples.Secret)!;
        Assert.Contains("another node", Reason(bytes, Key, [.. ArtifactSamples.Secret.Reverse()]), StringComparison.Ordinal);
        Assert.Contains("another node", Reason(bytes, Key, []), StringComparison.Ordinal);
        Assert.Contains("another key", Reason(bytes, ArtifactSamples.KeyOf(ArtifactSamples.Numbered(2)), ArtifactSamples.Secret), StringComparison.Ordinal);
        byte[] newer = Changed(bytes, 8, Artifact.FormatVersion + 1), marked = Changed(bytes, 12, 2);
        Assert.Contains("format", Reason(newer, Key, ArtifactSamples.Secret), StringComparison.Ordinal);
        Assert.Contains("flags", Reason(marked, Key, ArtifactSamples.Secret), StringComparison.Ordinal);
        Assert.Contains("not an artifact", Reason(new byte[500], Key, ArtifactSamples.Secret), StringComparison.Ordinal);
    }

    [Fact]
    public void DamageUnderAGoodSealIsRefusedOrHarmless()
    {
        // Whoever had the secret: still no exception, and no table that is out of order.
        Random random = new(11);
        CompiledCode code = ArtifactSamples.RandomCode(8, 400);
        byte[] bytes = Artifact.Write(code, Key, ArtifactSamples.Secret)!;
        int refused = 0, read = 0;
        for (int at = 0; at < bytes.Length - Artifact.SealBytes; at++)
        {
            for (int k = 0; k < 12; k++)
            {
                byte[] changed = [.. bytes];
                changed[at] = k < 4 ? (byte)(changed[at] + k - 1) : (byte)random.Next(256);
                if (k > 8) changed[Artifact.HeaderBytes + random.Next(bytes.Length - Artifact.HeaderBytes - Artifact.SealBytes)] = (byte)random.Next(256);
                Artifact.Seal(changed, ArtifactSamples.Secret);
                if (!Artifact.TryRead(changed, Key, ArtifactSamples.Secret, out CompiledCode? got, out _))
                {
                    refused++;
                    continue;
                }

                read++;
                Assert.True(IsOrdered(got!));
                // Each number has one form: what can be read is what would be written.
                Assert.True(changed.AsSpan()[..^Artifact.SealBytes].SequenceEqual(Artifact.Write(got!, Key, ArtifactSamples.Secret).AsSpan()[..^Artifact.SealBytes]));
            }
        }

        Assert.True(refused > 500 && read > 500, $"{refused} {read}");
    }

    [Fact]
    public void NoMemoryIsTakenForPromises()
    {
        byte[] bytes = Artifact.Write(ArtifactSamples.RandomCode(9, 300), Key, ArtifactSamples.Secret)!;
        // Lengths and counts, alone and together, up to a sum that wraps around 32 bits.
        for (int mask = 1; mask < 64; mask++)
        {
            foreach (uint value in (uint[])[uint.MaxValue, int.MaxValue, 1 << 29, (uint)bytes.Length])
            {
                byte[] changed = [.. bytes];
                for (int i = 0; i < 6; i++)
                    if ((mask >> i & 1) != 0) BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(48 + 4 * i), value);
                Artifact.Seal(changed, ArtifactSamples.Secret);
                long before = GC.GetAllocatedBytesForCurrentThread();
                bool isRead = Artifact.TryRead(changed, Key, ArtifactSamples.Secret, out _, out _);
                Assert.True(!isRead && GC.GetAllocatedBytesForCurrentThread() - before < 2000);
            }
        }
    }

    [Theory]
    [InlineData(0u, "00")]
    [InlineData(127u, "7F")]
    [InlineData(128u, "8001")]
    [InlineData(uint.MaxValue, "FFFFFFFF0F")]
    public void NumbersHaveOneForm(uint value, string expected)
    {
        byte[] bytes = new byte[Varint.MostBytes];
        int length = 0;
        Varint.Write(bytes, ref length, value);
        Assert.Equal(expected, Convert.ToHexString(bytes, 0, length));
        VarintReader reader = new(bytes.AsSpan(0, length));
        Assert.True(reader.TryRead(out uint read) && reader.IsAtEnd);
        Assert.Equal(value, read);
        Assert.False(reader.TryRead(out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("8000")]
    [InlineData("FF8000")]
    [InlineData("FFFFFFFF1F")]
    [InlineData("FFFFFFFF8F01")]
    [InlineData("808080808000")]
    public void OtherFormsAreRefused(string bytes)
    {
        VarintReader reader = new(Convert.FromHexString(bytes));
        Assert.False(reader.TryRead(out _));
    }

    [Fact]
    public void SignedDifferencesComeBack()
    {
        foreach (int value in (int[])[0, 1, -1, 63, -64, int.MaxValue, int.MinValue]) Assert.Equal(value, Varint.UnZigZag(Varint.ZigZag(value)));
        Assert.Equal([0u, 2u, 1u], ((int[])[0, 1, -1]).Select(Varint.ZigZag));
    }

    [Fact]
    public void CodeOfAnotherShapeIsADefect()
    {
        Module module = Sample;
        CompiledCode sound = new(new byte[100], [4, 50], [new TrapSite(4, 0, TrapKind.None), new TrapSite(99, module.Bytes.Length - 1, TrapKind.ObjectMemoryExhausted)], false);
        Assert.Null(Artifact.DefectOf(sound, module));
        TrapSite site = new(60, 1, TrapKind.Unreachable);
        foreach (CompiledCode code in (CompiledCode[])
        [
            sound with { FunctionOffsets = [4] }, sound with { FunctionOffsets = [4, 50, 60] }, sound with { FunctionOffsets = [50, 4] },
            sound with { FunctionOffsets = [50, 50] }, sound with { FunctionOffsets = [-1, 50] }, sound with { FunctionOffsets = [4, 100] },
            sound with { Sites = [site with { CodeOffset = 3 }] }, sound with { Sites = [site with { CodeOffset = 100 }] }, sound with { Sites = [site, site] },
            sound with { Sites = [site, site with { CodeOffset = 59 }] }, sound with { Sites = [site with { ModuleOffset = -1 }] },
            sound with { Sites = [site with { ModuleOffset = module.Bytes.Length }] }, sound with { Sites = [site with { Kind = TrapKind.ObjectMemoryExhausted + 1 }] },
        ]) Assert.NotNull(Artifact.DefectOf(code, module));
        Assert.Equal(TrapKind.ObjectMemoryExhausted, Enum.GetValues<TrapKind>().Max());
    }

    [Fact]
    public void EqualInputsHaveEqualKeys()
    {
        Assert.Equal(Key, ArtifactSamples.KeyOf(ArtifactSamples.Numbered(1)));
        Assert.Equal(ArtifactKey.Of(Sample, new CompilerOptions(CpuFeatures.OfThisMachine)), Key);
        string name = Key.ToString();
        Assert.Matches("^[0-9a-f]{64}$", name);
        Assert.Equal(Key, new ArtifactKey(Convert.FromHexString(name)));
    }

    [Fact]
    public void EveryInputIsInTheKey()
    {
        Profile bare = Profiles.Bare;
        Profile other = new("bare-2", bare.Features, bare.Limits, bare.Schedule);
        Profile unmetered = new(bare.Name, bare.Features, bare.Limits, ScheduleReader.LoadBuiltIn("unmetered", OpcodeTable.Catalog));
        CompilerOptions options = CompilerOptions.Default;
        List<ArtifactKey> keys =
        [
            Key, ArtifactSamples.KeyOf(ArtifactSamples.Numbered(2)), ArtifactSamples.KeyOf(ArtifactSamples.Numbered(1, other)), ArtifactSamples.KeyOf(ArtifactSamples.Numbered(1, unmetered)),
            ArtifactSamples.KeyOf(ArtifactSamples.Numbered(1, bare with { Limits = bare.Limits.With(Limit.MemoryPages, 100) })),
            ArtifactSamples.KeyOf(ArtifactSamples.Numbered(1, bare with { ObjectBytes = 5 })),
            ArtifactKey.Of(Sample, options, CompilerBuild.Identity + "x"),
        ];
        for (int bit = 0; bit < 32; bit++) keys.Add(ArtifactKey.Of(Sample, options with { Cpu = new CpuFeatures(options.Cpu.Bits ^ (1u << bit)) }));
        foreach (PropertyInfo property in typeof(CompilerOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.Name == nameof(CompilerOptions.Cpu)) continue;
            if (property.Name == nameof(CompilerOptions.Without))
            {
                foreach (Optimizations one in Enum.GetValues<Optimizations>())
                    if (one != Optimizations.None) keys.Add(ArtifactKey.Of(Sample, options with { Without = one }));
                continue;
            }

            if (property.Name == nameof(CompilerOptions.Observed))
            {
                foreach (ByteRange range in (ByteRange[])[new(0, 7), new(1, 7), new(0, 8)]) keys.Add(ArtifactKey.Of(Sample, options with { Observed = range }));
                continue;
            }

            CompilerOptions changed = options with { };
            // A property of a kind that is not here yet needs a line, so that it cannot be forgotten.
            Assert.True(property.PropertyType == typeof(bool), $"how does {property.Name} change?");
            property.SetValue(changed, !(bool)property.GetValue(options)!);
            keys.Add(ArtifactKey.Of(Sample, changed));
        }

        Assert.Equal(keys.Count, keys.Distinct().Count());
        Assert.Equal(keys.Count, keys.Select(key => key.ToString()).Distinct().Count());
    }

    [Fact]
    public void TheBuildNamesBothAssemblies()
    {
        Assert.Contains(typeof(Module).Module.ModuleVersionId.ToString(), CompilerBuild.Identity, StringComparison.Ordinal);
        Assert.Contains(typeof(Schedule).Module.ModuleVersionId.ToString(), CompilerBuild.Identity, StringComparison.Ordinal);
    }

    private static string Reason(byte[] bytes, ArtifactKey key, byte[] secret)
    {
        Assert.False(Artifact.TryRead(bytes, key, secret, out CompiledCode? code, out string? reason));
        Assert.Null(code);
        return reason!;
    }

    private static byte[] Changed(byte[] bytes, int at, uint value)
    {
        byte[] changed = [.. bytes];
        BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(at), value);
        Artifact.Seal(changed, ArtifactSamples.Secret);
        return changed;
    }

    private static bool IsOrdered(CompiledCode code)
    {
        bool areFunctions = code.FunctionOffsets.Zip(code.FunctionOffsets.Skip(1)).All(pair => pair.First < pair.Second);
        bool areSites = code.Sites.Zip(code.Sites.Skip(1)).All(pair => pair.First.CodeOffset < pair.Second.CodeOffset);
        return areFunctions && areSites && code.FunctionOffsets.All(offset => (uint)offset < (uint)code.Code.Length)
            && code.Sites.All(site => (uint)site.CodeOffset < (uint)code.Code.Length && site.ModuleOffset >= 0 && site.Kind <= TrapKind.ObjectMemoryExhausted);
    }
}
