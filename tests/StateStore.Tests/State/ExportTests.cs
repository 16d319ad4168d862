using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Xunit;

namespace ContractVm.StateStore.Tests;

/// <summary>What is exported comes back as it was, and a file that is anything else is refused.</summary>
public sealed class ExportTests
{
    // Some thousands of accounts, one with some thousands of slots: several chunks of both kinds; then a few blocks of changes.
    private static StateDatabase LargeChain(IKeyValueStore store)
    {
        StateDatabase database = StateDatabase.Open(store);
        for (ulong number = 0; number < 4; number++)
        {
            WorldState world = database.CreateWorld();
            Random random = new((int)number);
            int first = number == 0 ? 0 : random.Next(4000);
            for (int i = first; i < (number == 0 ? 5000 : first + 600); i++)
            {
                Address address = TestBlocks.AddressOf(i);
                world.SetBalance(address, (ulong)random.Next(1, 1000));
                if (i % 50 == 0) world.SetCode(address, BitConverter.GetBytes(i % 7));
                if (i % 9 == 0) world.SetStorage(address, Hash256.FromUInt256((ulong)i), Hash256.FromUInt256((ulong)random.Next(2)));
            }
            for (ulong key = 0; key < 6000; key += number + 1)
                world.SetStorage(TestBlocks.AddressOf(17), Hash256.FromUInt256(key), Hash256.FromUInt256((ulong)random.Next(1000)));
            using StateCommit commit = world.ComputeCommit(number);
            if (number == 0) database.CommitGenesis(commit, TestBlocks.ChainId, TestBlocks.HashOf(0));
            else database.Commit(commit, TestBlocks.HashOf(number), sync: false);
        }
        return database;
    }

    private static byte[] Export(StateDatabase database, ulong block, out ExportSummary summary)
    {
        using StateReader reader = database.At(block);
        using MemoryStream file = new();
        ExportHead head = new(database.ChainId, database.GenesisHash, new BlockHead(block, TestBlocks.HashOf(block), reader.StateRoot), [1, 2, 3]);
        summary = StateExporter.Export(reader, head, file);
        return file.ToArray();
    }

    private static List<(Hash256, Address?, Account, string)> Dump(StateReader reader) => StateDump.Accounts(reader).Select(account =>
        (account.AddressHash, account.Address, account.Account, string.Join(' ', StateDump.Slots(reader, account.AddressHash)))).ToList();

    [Theory]
    [InlineData(3UL)]
    [InlineData(1UL)]
    public void AnExportedStateComesBack(ulong block)
    {
        using MemoryStore store = new();
        StateDatabase database = LargeChain(store);
        byte[] file = Export(database, block, out ExportSummary written);
        using StateReader original = database.At(block);
        Assert.True(written.Accounts > 4000 && written.Slots > 5000 && written.Codes > 5);
        // chunks, not one lump
        Assert.True(Records(file).Count(record => record.Kind == 'A') > 10 && Records(file).Count(record => record.Kind == 'S') > 200);

        using MemoryStore copy = new();
        using MemoryStream stream = new(file);
        ExportSummary read = StateImporter.Import(stream, copy, (head, _) => Assert.Equal([1, 2, 3], head.Attachment));
        Assert.Equal((written.Accounts, written.Slots, written.Codes), (read.Accounts, read.Slots, read.Codes));
        StateDatabase imported = StateDatabase.Open(copy);
        Assert.Equal(written.Head.Block, imported.Head);
        Assert.Equal(block, imported.Floor);
        using StateReader reader = imported.AtSnapshot();
        Assert.Null(StateVerifier.FindDisagreement(reader));
        Assert.Equal(Dump(original), Dump(reader));
        // and the same next block leads to the same root
        TestBlocks.CommitNext(imported, 4, sync: false);
        if (block != 3) return;
        TestBlocks.CommitNext(database, 4, sync: false);
        Assert.Equal(database.Head.StateRoot, imported.Head.StateRoot);
    }

    [Fact]
    public void AnEmptyStateComesBack()
    {
        using MemoryStore store = new();
        StateDatabase database = StateDatabase.Open(store);
        using (StateCommit commit = database.CreateWorld().ComputeCommit(0)) database.CommitGenesis(commit, 1, TestBlocks.HashOf(0));
        byte[] file = Export(database, 0, out _);
        using MemoryStore copy = new();
        using MemoryStream stream = new(file);
        Assert.Equal(0, StateImporter.Import(stream, copy, (_, _) => { }).Accounts);
        Assert.Equal(TrieRoot.Empty, StateDatabase.Open(copy).Head.StateRoot);
    }

    [Fact]
    public void EveryDamagedFileIsRefused()
    {
        using MemoryStore store = new();
        StateDatabase database = StateDatabase.Open(store);
        for (int i = 0; i < 6; i++) TestBlocks.CommitNext(database, 31, sync: false);
        byte[] file = Export(database, 5, out ExportSummary written);
        Random random = new(5);
        for (int round = 0; round < 800; round++)
        {
            byte[] damaged = Damage(file, random, round % 8);
            if (damaged.AsSpan().SequenceEqual(file)) continue;
            using MemoryStore copy = new();
            using MemoryStream stream = new(damaged);
            ExportFileException fault = Assert.Throws<ExportFileException>(() => StateImporter.Import(stream, copy, (head, _) =>
            {
                // the caller knows the block that it wants
                bool same = head.ChainId == written.Head.ChainId && head.GenesisHash == written.Head.GenesisHash && head.Block == written.Head.Block && head.Attachment is [1, 2, 3];
                if (!same) throw new ExportFileException("another head");
            }));
            Assert.StartsWith("record ", fault.Message, StringComparison.Ordinal);
            // nothing that opens as a database is left behind
            Assert.Null(copy.Get(Column.Meta, "head"u8));
        }
    }

    [Fact]
    public void AChunkIsCheckedBeforeTheNextIsRead()
    {
        using MemoryStore store = new();
        byte[] file = Export(LargeChain(store), 3, out _);
        List<(char Kind, int Start, int Length)> records = Records(file);
        int second = records.FindIndex(3, record => record.Kind == 'A');
        (char _, int start, int length) = records[second];
        // the last byte of the chunk's last row: a code hash or a balance
        file[start + length - 1] ^= 1;
        using MemoryStore copy = new();
        using MemoryStream stream = new(file);
        ExportFileException fault = Assert.Throws<ExportFileException>(() => StateImporter.Import(stream, copy, (_, _) => { }));
        Assert.StartsWith($"record {second}: ", fault.Message, StringComparison.Ordinal);
        Assert.Equal(start + length, stream.Position);
    }

    [Fact]
    public void ALengthThatIsNotThereTakesNoMemory()
    {
        byte[] bomb = [.. ExportFile.Magic, (byte)'H', 0x03, 0xFF, 0xFF, 0xFF, 1, 2, 3];
        using MemoryStore copy = new();
        using MemoryStream stream = new(bomb);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ExportFileException>(() => StateImporter.Import(stream, copy, (_, _) => { }));
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 30 << 20);
        stream.Position = 0;
        bomb[ExportFile.Magic.Length + 1] = 0x7F;
        Assert.Contains("more than", Assert.Throws<ExportFileException>(() => StateImporter.Import(stream, copy, (_, _) => { })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OnlyAnEmptyStoreIsFilled()
    {
        using MemoryStore store = new();
        StateDatabase database = StateDatabase.Open(store);
        TestBlocks.CommitNext(database, 1, sync: false);
        using MemoryStream stream = new(Export(database, 0, out _));
        Assert.Equal(StoreFault.OtherChain, Assert.Throws<StoreException>(() => StateImporter.Import(stream, store, (_, _) => { })).Fault);
    }

    private static List<(char Kind, int Start, int Length)> Records(byte[] file)
    {
        List<(char, int, int)> records = [];
        for (int place = ExportFile.Magic.Length; place < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(place + 1));
            records.Add(((char)file[place], place + 5, length));
            place += 5 + length;
        }
        return records;
    }

    private static byte[] Damage(byte[] file, Random random, int kind)
    {
        List<(char Kind, int Start, int Length)> records = Records(file);
        (char _, int start, int length) = records[random.Next(records.Count)];
        (int from, int to) = (start - 5, start + length);
        byte[] copy = [.. file];
        switch (kind)
        {
            case 0:
                return copy[..random.Next(file.Length)];
            case 1:
                return [.. file[..from], .. file[to..]];
            case 2:
                return [.. file[..to], .. file[from..]];
            case 3:
                return [.. file, 0];
            case 4:
                (char _, int otherStart, int otherLength) = records[random.Next(records.Count)];
                byte[] other = file[(otherStart - 5)..(otherStart + otherLength)];
                return [.. file[..from], .. other, .. file[to..]];
            default:
                copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
                return copy;
        }
    }
}
