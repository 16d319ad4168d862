using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Xunit;

namespace ContractVm.StateStore.Tests;

/// <summary>
/// A crash at any moment leaves a whole block: the last acknowledged one or a later one after a killed process, an earlier one where
/// the end of the log is lost, and never anything between two blocks.
/// </summary>
public sealed class CrashTests
{
    private const int Seed = 11;

    /// <summary>The same chain in memory, for the roots that it must have.</summary>
    private sealed class Replica : IDisposable
    {
        private readonly MemoryStore _store = new();
        private readonly StateDatabase _database;
        private readonly List<Hash256> _roots = [];

        public Replica() => _database = StateDatabase.Open(_store);

        public Hash256 RootOf(ulong number)
        {
            while ((ulong)_roots.Count <= number)
            {
                TestBlocks.CommitNext(_database, Seed, sync: false);
                _roots.Add(_database.Head.StateRoot);
            }
            return _roots[(int)number];
        }

        public void Dispose() => _store.Dispose();
    }

    /// <summary>Opens a database and checks that it is wholly at some block; returns the block's number, or null before genesis.</summary>
    private static ulong? CheckWhole(string directory, Replica replica)
    {
        using RocksDbStore store = RocksDbStore.Open(directory);
        StateDatabase database = StateDatabase.Open(store);
        using StateReader reader = database.AtSnapshot();
        Assert.Null(StateVerifier.FindDisagreement(reader));
        if (!database.HasGenesis) return null;
        BlockHead head = database.Head;
        Assert.Equal(new BlockHead(head.Number, TestBlocks.HashOf(head.Number), replica.RootOf(head.Number)), head);
        // the rows that the caller added are there up to the head and not beyond
        for (ulong number = 0; number <= head.Number + 1; number++)
            Assert.Equal(number <= head.Number, store.Get(Column.Headers, BitConverter.GetBytes(number)) is not null);
        if (head.Number > 0)
        {
            using StateCommit rollback = StateHistory.ComputeRollback(database);
            Assert.Equal(replica.RootOf(head.Number - 1), rollback.StateRoot);
        }
        return head.Number;
    }

    [Fact]
    public void AKilledProcessLosesNoAcknowledgedBlock()
    {
        int rounds = int.TryParse(Environment.GetEnvironmentVariable("CONTRACTVM_KILL_ROUNDS"), CultureInfo.InvariantCulture, out int more) ? more : 24;
        using TemporaryDirectory directory = new();
        using Replica replica = new();
        // when the process is killed differs from run to run: that is the point, and the seed only spreads the waiting times
        Random random = new(Seed);
        long acknowledged = -1;
        int killedWhileCommitting = 0;
        for (int round = 0; round < rounds; round++)
        {
            // small write buffers: tables are written and compacted between kills
            int writeBuffer = round % 3 == 0 ? 64 << 20 : 1 << 16;
            using Process child = Child.Start("commit", directory.Path, Seed.ToString(CultureInfo.InvariantCulture), writeBuffer.ToString(CultureInfo.InvariantCulture));
            List<string> lines = [];
            // two rounds of three: while it commits; the third: at any time from its start on
            if (round % 3 != 2)
            {
                for (int left = random.Next(1, 40); left > 0; left--) lines.Add(ReadLine(child));
                Thread.Sleep(TimeSpan.FromMicroseconds(random.Next(3000)));
                killedWhileCommitting++;
            }
            else Thread.Sleep(random.Next(30, 300));
            child.Kill();
            string rest = child.StandardOutput.ReadToEnd();
            child.WaitForExit();
            Assert.NotEqual(0, child.ExitCode);
            // a number whose line is not complete was not acknowledged
            lines.AddRange(rest.Split('\n')[..^1]);
            foreach (string line in lines)
            {
                long number = long.Parse(line, NumberStyles.None, CultureInfo.InvariantCulture);
                Assert.Equal(acknowledged + 1, number);
                acknowledged = number;
            }
            ulong? head = CheckWhole(directory.Path, replica);
            long reached = head is ulong present ? (long)present : -1;
            Assert.InRange(reached, acknowledged, acknowledged + 1);
            acknowledged = reached;
        }
        Assert.True(acknowledged > killedWhileCommitting, $"{acknowledged} blocks in {rounds} rounds");
    }

    private static string ReadLine(Process child) =>
        child.StandardOutput.ReadLine() ?? throw new InvalidDataException("the child process ended by itself");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ADamagedEndOfTheLogGivesAWholeEarlierBlock(bool withTables)
    {
        const ulong Last = 60;
        using TemporaryDirectory directory = new();
        using Replica replica = new();
        string original = directory.Sub("original");
        using (RocksDbStore store = RocksDbStore.Open(original, new RocksDbSettings { WriteBufferBytes = withTables ? 1 << 15 : 64 << 20 }))
        {
            StateDatabase database = StateDatabase.Open(store, TestBlocks.NodesBehind);
            for (ulong i = 0; i <= Last; i++) TestBlocks.CommitNext(database, Seed, sync: false);
        }
        Assert.Equal(withTables, Directory.GetFiles(original, "*.sst").Length > 0);
        Random random = new(Seed);
        int earlier = 0;
        int refused = 0;
        for (int round = 0; round < 30; round++)
        {
            string copy = directory.Sub($"copy{round}");
            CopyDirectory(original, copy);
            string[] logs = Directory.GetFiles(copy, "*.log").Where(file => new FileInfo(file).Length > 0).Order(StringComparer.Ordinal).ToArray();
            string log = logs[random.Next(logs.Length)];
            Damage(log, random, cut: round % 2 == 0);
            ulong? head;
            try
            {
                head = CheckWhole(copy, replica);
            }
            catch (StoreException fault)
            {
                Assert.Equal(StoreFault.Corrupt, fault.Fault);
                refused++;
                continue;
            }
            Assert.True(head is null || head <= Last);
            if (head != Last) earlier++;
            // and the chain goes on from there
            using RocksDbStore store = RocksDbStore.Open(copy);
            StateDatabase database = StateDatabase.Open(store);
            ulong next = TestBlocks.CommitNext(database, Seed, sync: true);
            Assert.Equal(replica.RootOf(next), database.Head.StateRoot);
        }
        Assert.True(earlier + refused > 20, $"{earlier} rounds at an earlier block, {refused} refused");
        Assert.True(withTables || refused == 0, $"{refused} rounds refused");
    }

    private static void Damage(string log, Random random, bool cut)
    {
        byte[] bytes = File.ReadAllBytes(log);
        int place = random.Next(bytes.Length);
        if (cut) bytes = bytes[..place];
        else bytes[place] ^= (byte)(1 << random.Next(8));
        File.WriteAllBytes(log, bytes);
    }

    private static void CopyDirectory(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
