using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.StateStore.Tests;

/// <summary>
/// Whatever happens to the files of a database, it opens at the last acknowledged block, or it refuses, or the verifier names what is
/// wrong: nothing that was acknowledged is lost in silence, and what is read is what was committed.
/// </summary>
public sealed class DamageTests
{
    private const int Seed = 23;
    private const ulong Last = 80;

    /// <summary>A theory that needs a small file system of its own.</summary>
    private sealed class SmallDiskTheoryAttribute : TheoryAttribute
    {
        public SmallDiskTheoryAttribute()
        {
            if (!OperatingSystem.IsLinux() || !TestData.HasProgram("mount")) Skip = "mount is not on PATH";
            else
            {
                using TemporaryDirectory directory = new();
                if (Mount(directory.Path, "64k", "") != 0) Skip = "a tmpfs cannot be mounted: run as root";
                else Unmount(directory.Path);
            }
        }
    }

    private static int Mount(string path, string size, string more) =>
        TestData.Run("mount", ["-t", "tmpfs", "-o", $"{more}size={size}", "tmpfs", path]).ExitCode;

    private static void Unmount(string path) => Assert.Equal(0, TestData.Run("umount", [path]).ExitCode);

    private static void Fill(string directory, bool sync, long writeBuffer)
    {
        using RocksDbStore store = RocksDbStore.Open(directory, new RocksDbSettings { WriteBufferBytes = writeBuffer });
        StateDatabase database = StateDatabase.Open(store, TestBlocks.NodesBehind);
        for (ulong i = 0; i <= Last; i++) TestBlocks.CommitNext(database, Seed, sync);
    }

    private static List<Hash256> Roots()
    {
        using MemoryStore store = new();
        StateDatabase database = StateDatabase.Open(store);
        List<Hash256> roots = [];
        for (ulong i = 0; i <= Last; i++)
        {
            TestBlocks.CommitNext(database, Seed, sync: false);
            roots.Add(database.Head.StateRoot);
        }
        return roots;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    // What became of a damaged copy: null where it refused or where the verifier found something, else the block it is at.
    private static ulong? Open(string directory, List<Hash256> roots, out string? refusal)
    {
        try
        {
            using RocksDbStore store = RocksDbStore.Open(directory, new RocksDbSettings { CreateIfMissing = false });
            StateDatabase database = StateDatabase.Open(store);
            using StateReader reader = database.AtSnapshot();
            refusal = StateVerifier.FindDisagreement(reader);
            if (refusal is not null) return null;
            StateVerifier.ReadOtherRows(reader);
            Assert.Equal(roots[(int)database.Head.Number], database.Head.StateRoot);
            // and the caller's own rows
            for (ulong block = 0; block <= database.Head.Number; block++) Assert.NotNull(store.Get(Column.Headers, BitConverter.GetBytes(block)));
            // history too: every earlier state has the root that it had
            for (ulong block = 0; block < database.Head.Number; block += 9)
            {
                using StateReader earlier = database.At(block);
                Assert.Equal(roots[(int)block], StateVerifier.ComputeRoot(earlier));
            }
            return database.Head.Number;
        }
        catch (StoreException fault)
        {
            Assert.Contains(fault.Fault, new[] { StoreFault.Corrupt, StoreFault.Engine, StoreFault.NotFound, StoreFault.LostBlocks });
            refusal = fault.Message;
            return null;
        }
    }

    // Tables of some columns are written before others: then an earlier log holds rows that are nowhere else, and a later one the head.
    [Fact]
    public void AnEarlierLogThatIsLostIsNoticed()
    {
        using TemporaryDirectory directory = new();
        string original = directory.Sub("original");
        List<Hash256> roots = Roots();
        int lost = 0, refused = 0;
        using (RocksDbStore store = RocksDbStore.Open(original, new RocksDbSettings { WriteBufferBytes = 1 << 16 }))
        {
            StateDatabase database = StateDatabase.Open(store, TestBlocks.NodesBehind);
            for (ulong i = 0; i <= Last; i++)
            {
                TestBlocks.CommitNext(database, Seed, sync: true);
                string[] logs = Logs(original);
                if (logs.Length < 2 || i % 5 != 0) continue;
                // as a killed process leaves it
                string copy = directory.Sub($"copy{i}");
                try
                {
                    Copy(original, copy);
                }
                catch (FileNotFoundException)
                {
                    // a file was done with meanwhile
                    continue;
                }
                logs = Logs(copy);
                if (logs.Length < 2) continue;
                File.Delete(logs[0]);
                lost++;
                ulong? head = Open(copy, roots, out string? refusal);
                Assert.True(head is null || head == i, $"the database opened at block {head} of {i}");
                if (head is null && refusal!.Contains("Missing WAL with log number: " + Path.GetFileNameWithoutExtension(logs[0]).TrimStart('0'), StringComparison.Ordinal)) refused++;
            }
        }
        Assert.True(lost > 3 && refused > 0, $"{lost} logs lost, {refused} noticed");

        static string[] Logs(string path) =>
            Directory.GetFiles(path, "*.log").Where(file => new FileInfo(file) is { Exists: true, Length: > 0 }).Order(StringComparer.Ordinal).ToArray();
    }

    [Theory]
    [InlineData(1 << 15)]
    [InlineData(64 << 20)]
    public void ALogThatLostItsEndIsNoticed(long writeBuffer)
    {
        using TemporaryDirectory directory = new();
        string original = directory.Sub("original");
        Fill(original, sync: true, writeBuffer);
        List<Hash256> roots = Roots();
        Random random = new(Seed);
        int refused = 0;
        for (int round = 0; round < 20; round++)
        {
            string copy = directory.Sub($"copy{round}");
            Copy(original, copy);
            string log = Directory.GetFiles(copy, "*.log").Where(file => new FileInfo(file).Length > 0).Order(StringComparer.Ordinal).Last();
            if (round == 0) File.Delete(log);
            else
            {
                byte[] bytes = File.ReadAllBytes(log);
                File.WriteAllBytes(log, bytes[..random.Next(bytes.Length)]);
            }
            ulong? head = Open(copy, roots, out string? refusal);
            Assert.True(head is null || head == Last, $"the database opened at block {head}");
            if (head is null) refused++;
            Assert.True(head is not null || refusal!.Length > 20);
            Directory.Delete(copy, recursive: true);
        }
        Assert.True(refused > 15, $"{refused} rounds of 20 refused");
    }

    [Fact]
    public void ALostBlockIsNamedAndCanBeAccepted()
    {
        using TemporaryDirectory directory = new();
        Fill(directory.Path, sync: true, 64 << 20);
        string log = Directory.GetFiles(directory.Path, "*.log").OrderBy(file => new FileInfo(file).Length).Last();
        byte[] bytes = File.ReadAllBytes(log);
        File.WriteAllBytes(log, bytes[..^10]);
        Assert.Null(Open(directory.Path, Roots(), out string? refusal));
        Assert.StartsWith($"block {Last} was committed, but the database ends at block {Last - 1}: ", refusal, StringComparison.Ordinal);
        File.Delete(Path.Combine(directory.Path, AcknowledgedBlock.FileName));
        Assert.Equal(Last - 1, Open(directory.Path, Roots(), out _));
    }

    [Fact]
    public void NoFileIsLostOrDamagedUnnoticed()
    {
        using TemporaryDirectory directory = new();
        string original = directory.Sub("original");
        Fill(original, sync: true, 1 << 15);
        List<Hash256> roots = Roots();
        Random random = new(Seed);
        // files that say nothing about what was committed: RocksDB's own record of itself, the lock, the settings, and ours
        string[] others = ["LOCK", "LOG", "OPTIONS", "IDENTITY", "HOLDER", AcknowledgedBlock.FileName];
        int refused = 0;
        int rounds = 0;
        foreach (string file in Directory.GetFiles(original).Order(StringComparer.Ordinal))
        {
            bool isOther = others.Any(name => Path.GetFileName(file).StartsWith(name, StringComparison.Ordinal));
            for (int kind = 0; kind < 3; kind++)
            {
                string copy = directory.Sub("copy");
                Copy(original, copy);
                string victim = Path.Combine(copy, Path.GetFileName(file));
                byte[] bytes = File.ReadAllBytes(victim);
                if (kind == 0) File.Delete(victim);
                else if (kind == 1) File.WriteAllBytes(victim, bytes[..(bytes.Length / 2)]);
                else if (bytes.Length > 0)
                {
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                    File.WriteAllBytes(victim, bytes);
                }
                ulong? head;
                string? refusal;
                try
                {
                    head = Open(copy, roots, out refusal);
                }
                catch (Xunit.Sdk.XunitException fault)
                {
                    throw new InvalidDataException($"{Path.GetFileName(file)}, {kind}: {string.Join(' ', Directory.GetFiles(original).Select(Path.GetFileName))}", fault);
                }
                // what opens is whole, and ends where it ended
                Assert.True(head is null || head == Last, $"{Path.GetFileName(file)}, {kind}: opened at block {head}");
                if (isOther && kind == 0 && Path.GetFileName(file) != "IDENTITY") Assert.Equal(Last, head);
                if (head is null && !isOther) refused++;
                if (!isOther) rounds++;
                Directory.Delete(copy, recursive: true);
            }
        }
        Assert.True(rounds > 20 && refused > rounds / 2, $"{refused} of {rounds} refused");
    }

    // Several sizes: the room ends in the log, in a table that is written, in a table that is merged.
    [SmallDiskTheory]
    [InlineData("7m")]
    [InlineData("8m")]
    [InlineData("9m")]
    [InlineData("10m")]
    [InlineData("11m")]
    public void AFullDiskStopsTheNodeAndLosesNothing(string size)
    {
        using TemporaryDirectory directory = new();
        string disk = directory.Sub("disk");
        Directory.CreateDirectory(disk);
        Assert.Equal(0, Mount(disk, size, ""));
        try
        {
            string database = Path.Combine(disk, "database");
            long acknowledged = -1;
            List<string> lines = [];
            using (Process child = Child.Start("commit", database, Seed.ToString(CultureInfo.InvariantCulture), (1 << 16).ToString(CultureInfo.InvariantCulture)))
            {
                while (child.StandardOutput.ReadLine() is string line) lines.Add(line);
                child.WaitForExit();
                Assert.Equal(3, child.ExitCode);
            }
            string last = lines[^1];
            Assert.StartsWith("fault Engine: ", last, StringComparison.Ordinal);
            Assert.Contains("No space left on device", last, StringComparison.Ordinal);
            acknowledged = long.Parse(lines[^2], NumberStyles.None, CultureInfo.InvariantCulture);
            Assert.True(acknowledged > 10);

            // with more room it goes on from there
            Assert.Equal(0, TestData.Run("mount", ["-o", "remount,size=64m", disk]).ExitCode);
            using RocksDbStore store = RocksDbStore.Open(database);
            StateDatabase reopened = StateDatabase.Open(store);
            using StateReader reader = reopened.AtSnapshot();
            Assert.Null(StateVerifier.FindDisagreement(reader));
            Assert.InRange((long)reopened.Head.Number, acknowledged, acknowledged + 1);
            using MemoryStore memory = new();
            StateDatabase replica = StateDatabase.Open(memory);
            while (!replica.HasGenesis || replica.Head.Number < reopened.Head.Number) TestBlocks.CommitNext(replica, Seed, sync: false);
            Assert.Equal(replica.Head.StateRoot, reopened.Head.StateRoot);
            TestBlocks.CommitNext(reopened, Seed, sync: true);
        }
        finally
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Unmount(disk);
        }
    }
}
