using System;
using System.Buffers.Binary;

namespace ContractVm.StateStore.Tests;

/// <summary>Blocks whose content follows from a seed and their number, so that any process can make the same chain again.</summary>
internal static class TestBlocks
{
    public const ulong ChainId = 77;

    public static Hash256 HashOf(ulong number) => Keccak256.Hash([.. "hash"u8, .. BitConverter.GetBytes(number)]);

    public static Address AddressOf(int number)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        Hash256 hash = Keccak256.Hash(bytes);
        return Address.FromBytes(hash.Bytes[..20]);
    }

    /// <summary>With these settings some of the blocks have their nodes written behind them, and others have not.</summary>
    public static StateSettings NodesBehind { get; } = new() { LargestNodesAtOnce = 1 << 13 };

    /// <summary>All rows of a block as bytes.</summary>
    public static byte[] RowsOf(StateCommit commit) => [.. commit.Batch.ToArray(), .. commit.Nodes.ToArray()];

    /// <summary>Some transactions: payments, storage written and cleared, code, accounts emptied.</summary>
    public static void Apply(WorldState world, ulong number, int seed)
    {
        Random random = new(HashCode(seed, number));
        int transactions = number == 0 ? 30 : random.Next(1, 8);
        for (int i = 0; i < transactions; i++)
        {
            world.BeginTransaction();
            Address address = AddressOf(random.Next(60));
            world.AddBalance(address, (ulong)random.Next(1000));
            for (int slots = random.Next(12); slots > 0; slots--)
                world.SetStorage(address, Hash256.FromUInt256((ulong)random.Next(40)), Hash256.FromUInt256((ulong)random.Next(4) * 1_000_003UL));
            int mark = world.Snapshot();
            world.SetBalance(AddressOf(random.Next(60)), UInt256.Zero);
            if (random.Next(3) > 0) world.Revert(mark);
            if (random.Next(6) == 0) world.SetCode(address, BitConverter.GetBytes(random.Next(5)));
            if (random.Next(2) == 0) world.IncrementNonce(address);
            world.EndTransaction();
        }
    }

    /// <summary>Makes the next block and commits it; on a new database the genesis block.</summary>
    public static ulong CommitNext(StateDatabase database, int seed, bool sync)
    {
        ulong number = database.HasGenesis ? database.Head.Number + 1 : 0;
        WorldState world = database.CreateWorld();
        Apply(world, number, seed);
        using StateCommit commit = world.ComputeCommit(number);
        commit.Batch.Put(Column.Headers, BitConverter.GetBytes(number), HashOf(number).Bytes);
        if (number == 0) database.CommitGenesis(commit, ChainId, HashOf(0));
        else database.Commit(commit, HashOf(number), sync);
        return number;
    }

    // not System.HashCode, which differs from process to process
    private static int HashCode(int seed, ulong number) => BinaryPrimitives.ReadInt32BigEndian(
        Keccak256.Hash([.. BitConverter.GetBytes(seed), .. BitConverter.GetBytes(number)]).Bytes);
}
