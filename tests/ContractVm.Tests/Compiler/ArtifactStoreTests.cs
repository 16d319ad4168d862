using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ContractVm.Compiler.Artifacts;
using ContractVm.Native;
using Xunit;

namespace ContractVm.Tests.Compiler;

/// <summary>Artifacts in a folder: whole or absent, this node's or none.</summary>
public class ArtifactStoreTests
{
    private static readonly Module Sample = ArtifactSamples.Numbered(3);
    private static readonly ArtifactKey Key = ArtifactSamples.KeyOf(Sample);
    private static readonly CompiledCode Code = ArtifactSamples.CodeOf(3);

    [Fact]
    public void WhatIsWrittenIsRead()
    {
        using TemporaryFolder folder = new();
        string nested = Path.Combine(folder.Path, "a", "b");
        ArtifactStore store = ArtifactStore.Open(nested);
        Assert.False(store.TryRead(Key, Sample, out _));
        Assert.True(store.TryWrite(Key, Code));
        Assert.True(store.TryRead(Key, Sample, out StoredCode? read) && ArtifactSamples.AreEqual(read.Code, Code));
        // In place of itself, and for whoever opens the folder next.
        Assert.True(store.TryWrite(Key, Code));
        Assert.True(ArtifactStore.Open(nested).TryRead(Key, Sample, out _));
        string path = Assert.Single(folder.Artifacts);
        string name = Key.ToString();
        Assert.Equal(Path.Combine(nested, name[..2], name[2..4], name + ".code"), path);
        Assert.Empty(Directory.GetFiles(Path.Combine(nested, "temporary")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, Mode(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, Mode(Path.Combine(nested, "secret")));
        Assert.Equal(Artifact.SecretBytes, new FileInfo(Path.Combine(nested, "secret")).Length);
    }

    [Fact]
    public void WhatIsDamagedIsDeletedAndReported()
    {
        using TemporaryFolder folder = new();
        List<string> reports = [];
        ArtifactStore store = ArtifactStore.Open(folder.Path, report: reports.Add);
        Assert.True(store.TryWrite(Key, Code));
        string path = store.PathOf(Key);
        byte[] sound = File.ReadAllBytes(path);
        foreach (byte[] damaged in (byte[][])[[], [1, 2, 3], sound[..^1], [.. sound, 0], [.. sound[..80], (byte)(sound[80] ^ 1), .. sound[81..]], new byte[100_000]])
        {
            File.WriteAllBytes(path, damaged);
            Assert.False(store.TryRead(Key, Sample, out StoredCode? code));
            Assert.True(code is null && !File.Exists(path));
        }

        Assert.Equal(6, reports.Count);
        Assert.All(reports, report => Assert.Contains(path, report, StringComparison.Ordinal));
        Assert.True(store.TryWrite(Key, Code) && store.TryRead(Key, Sample, out _));
    }

    [Fact]
    public void AnotherKeysFileAndOneOfAnotherModuleAreRefused()
    {
        using TemporaryFolder folder = new();
        ArtifactStore store = ArtifactStore.Open(folder.Path);
        Assert.True(store.TryWrite(Key, Code));
        Module other = ArtifactSamples.Numbered(4);
        ArtifactKey otherKey = ArtifactSamples.KeyOf(other);
        Directory.CreateDirectory(Path.GetDirectoryName(store.PathOf(otherKey))!);
        File.Copy(store.PathOf(Key), store.PathOf(otherKey));
        Assert.False(store.TryRead(otherKey, other, out _));
        Assert.False(File.Exists(store.PathOf(otherKey)));
        // Under the right key and seal, but with another number of functions than the module has.
        Assert.True(store.TryWrite(Key, Code with { FunctionOffsets = [0] }));
        Assert.False(store.TryRead(Key, Sample, out StoredCode? code));
        Assert.Null(code);
        Assert.Empty(folder.Artifacts);
    }

    [Fact]
    public void AnotherNodesFileIsRefused()
    {
        using TemporaryFolder folder = new(), foreign = new();
        ArtifactStore store = ArtifactStore.Open(folder.Path), other = ArtifactStore.Open(foreign.Path);
        Assert.True(store.TryWrite(Key, Code) && other.TryWrite(Key, Code));
        File.Copy(other.PathOf(Key), store.PathOf(Key), overwrite: true);
        Assert.False(store.TryRead(Key, Sample, out _));
        Assert.False(File.Exists(store.PathOf(Key)));
        Assert.True(other.TryRead(Key, Sample, out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ASecretThatOthersCouldReadOrThatIsDamagedIsReplaced(bool isDamaged)
    {
        using TemporaryFolder folder = new();
        Assert.True(ArtifactStore.Open(folder.Path).TryWrite(Key, Code));
        string secret = Path.Combine(folder.Path, "secret");
        byte[] before = File.ReadAllBytes(secret);
        if (isDamaged) File.WriteAllBytes(secret, before[..^1]);
        else if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        ArtifactStore store = ArtifactStore.Open(folder.Path);
        byte[] after = File.ReadAllBytes(secret);
        Assert.NotEqual(before, after);
        Assert.Equal((Artifact.SecretBytes, UnixFileMode.UserRead | UnixFileMode.UserWrite), (after.Length, Mode(secret)));
        Assert.False(store.TryRead(Key, Sample, out _));
    }

    [Fact]
    public void ThoseWhoStartTogetherHaveOneSecret()
    {
        for (int round = 0; round < 5; round++)
        {
            using TemporaryFolder folder = new();
            ArtifactStore[] stores = new ArtifactStore[6];
            Parallel.For(0, stores.Length, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i => stores[i] = ArtifactStore.Open(folder.Path));
            Assert.True(stores[0].TryWrite(Key, Code));
            Assert.All(stores, store => Assert.True(store.TryRead(Key, Sample, out _)));
        }
    }

    [Fact]
    public void LeftoversOfACrashAreIgnoredAndCleaned()
    {
        using TemporaryFolder folder = new();
        ArtifactStore store = ArtifactStore.Open(folder.Path);
        string temporary = Path.Combine(folder.Path, "temporary"), left = Path.Combine(temporary, "left"), held = Path.Combine(temporary, "held");
        File.WriteAllBytes(left, new byte[1000]);
        File.WriteAllBytes(Path.Combine(folder.Path, "secret.new"), new byte[5]);
        using (FileStream writer = new(held, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            Assert.False(store.TryRead(Key, Sample, out _));
            Assert.True(ArtifactStore.Open(folder.Path).TryWrite(Key, Code));
            // One that is being written stays.
            Assert.Equal((false, true), (File.Exists(left), File.Exists(held)));
        }

        Assert.True(ArtifactStore.Open(folder.Path).TryRead(Key, Sample, out _));
        Assert.Empty(Directory.GetFiles(temporary));
    }

    [Fact]
    public void WhatCannotBeWrittenOrReadIsAMiss()
    {
        using TemporaryFolder folder = new();
        List<string> reports = [];
        ArtifactStore store = ArtifactStore.Open(folder.Path, report: reports.Add);
        string outer = Path.Combine(folder.Path, Key.ToString()[..2]);
        // A file where a folder should be.
        File.WriteAllText(outer, "x");
        Assert.False(store.TryWrite(Key, Code));
        Assert.False(store.TryRead(Key, Sample, out _));
        Assert.Single(reports);
        File.Delete(outer);
        // A folder where the file should be.
        Directory.CreateDirectory(store.PathOf(Key));
        Assert.False(store.TryRead(Key, Sample, out _));
        Assert.False(store.TryWrite(Key, Code));
        Assert.Empty(Directory.GetFiles(Path.Combine(folder.Path, "temporary")));
    }

    [Fact]
    public void TheUnusedForLongestGoFirst()
    {
        using TemporaryFolder folder = new();
        CompiledCode code = ArtifactSamples.CodeOf(0, 4000);
        long size = Artifact.Write(code, Key, [])!.Length;
        ArtifactStore store = ArtifactStore.Open(folder.Path, 10 * size);
        Module[] modules = [.. Enumerable.Range(0, 12).Select(i => ArtifactSamples.Numbered(i))];
        ArtifactKey[] keys = [.. modules.Select(ArtifactSamples.KeyOf)];
        for (int i = 0; i < 10; i++)
        {
            Assert.True(store.TryWrite(keys[i], code));
            File.SetLastWriteTimeUtc(store.PathOf(keys[i]), DateTime.UtcNow.AddDays(i - 20));
        }

        // Being read makes it young again.
        Assert.True(store.TryRead(keys[0], modules[0], out _));
        Assert.True(store.TryWrite(keys[10], code));
        // An eighth less than the limit is left.
        bool[] expected = [true, false, false, false, true, true, true, true, true, true, true, false];
        Assert.Equal(expected, keys.Select(key => File.Exists(store.PathOf(key))));
        // With a new store, what is there counts.
        Assert.True(ArtifactStore.Open(folder.Path, 4 * size).TryWrite(keys[11], code));
        Assert.Equal(4, folder.Artifacts.Length);
        Assert.True(store.TryRead(keys[11], modules[11], out _));
        // One that is larger than everything may be is not written at all.
        Assert.False(ArtifactStore.Open(folder.Path, size - 1).TryWrite(keys[0], code));
        Assert.Equal(0, store.Prune(0));
        Assert.Empty(folder.Artifacts);
    }

    [Fact]
    public void ManyWritersAndReadersAgree()
    {
        using TemporaryFolder folder = new();
        ArtifactStore[] stores = [.. Enumerable.Range(0, 2).Select(_ => ArtifactStore.Open(folder.Path, 60_000))];
        Module[] modules = [.. Enumerable.Range(0, 4).Select(i => ArtifactSamples.Numbered(i))];
        ArtifactKey[] keys = [.. modules.Select(ArtifactSamples.KeyOf)];
        CompiledCode[] codes = [.. Enumerable.Range(0, 4).Select(i => ArtifactSamples.CodeOf(i, i * 8000))];
        int read = 0;
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, worker =>
        {
            for (int i = 0; i < 60; i++)
            {
                int which = (i + worker) % 4;
                ArtifactStore store = stores[worker % 2];
                if (i % 3 == 0) store.TryWrite(keys[which], codes[which]);
                else if (i % 31 == 0) File.Delete(store.PathOf(keys[which]));
                if (!store.TryRead(keys[which], modules[which], out StoredCode? code)) continue;
                Interlocked.Increment(ref read);
                Assert.True(ArtifactSamples.AreEqual(codes[which], code.Code));
                code.Dispose();
            }
        });
        Assert.True(read > 20, $"{read}");
        Assert.Empty(Directory.GetFiles(Path.Combine(folder.Path, "temporary")));
    }

    private static UnixFileMode Mode(string path) => OperatingSystem.IsWindows() ? UnixFileMode.UserRead | UnixFileMode.UserWrite : File.GetUnixFileMode(path);
}
