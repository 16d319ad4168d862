using System;
using System.Buffers.Binary;
using ContractVm.StateStore;

namespace Bench;

/// <summary>
/// The state that the figures are of: plain accounts, small contracts with 100 slots each (one account of a hundred), and ten large
/// contracts with 100 000 slots each for every million accounts; and blocks that change its slots. The same numbers give the same state.
/// </summary>
internal sealed class StateWorkload(int accounts)
{
    /// <summary>Slots of a small contract.</summary>
    public const int SmallSlots = 100;

    /// <summary>Slots of a large one.</summary>
    public const int LargeSlots = 100_000;

    private const int AccountsPerBlock = 20_000;

    /// <summary>Accounts in all.</summary>
    public int Accounts => accounts;

    /// <summary>Contracts with 100 slots: the first accounts.</summary>
    public int SmallContracts => accounts / 100;

    /// <summary>Contracts with 100 000 slots: the last accounts.</summary>
    public int LargeContracts => Math.Max(1, accounts / 100_000);

    /// <summary>Slots in all.</summary>
    public long Slots => (long)SmallContracts * SmallSlots + (long)LargeContracts * LargeSlots;

    public static Address AddressOf(int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return Address.FromBytes(Keccak256.Hash(bytes).Bytes[12..]);
    }

    public static Hash256 KeyOf(int number) => Hash256.FromUInt256((ulong)number);

    /// <summary>Fills a new database; the history of the filling is not kept.</summary>
    public void Fill(StateDatabase database)
    {
        ulong number = 0;
        for (int first = 0; first < accounts; first += AccountsPerBlock)
        {
            WorldState world = database.CreateWorld();
            for (int i = first; i < Math.Min(accounts, first + AccountsPerBlock); i++)
            {
                Address address = AddressOf(i);
                world.SetBalance(address, (ulong)i * 1_000_000_007UL + 1);
                world.SetNonce(address, (ulong)(i % 100));
                if (i < SmallContracts) FillSlots(world, address, 0, SmallSlots);
            }

            Commit(database, world, number++);
        }

        for (int contract = 0; contract < LargeContracts; contract++)
        {
            for (int first = 0; first < LargeSlots; first += LargeSlots / 2)
            {
                WorldState world = database.CreateWorld();
                FillSlots(world, Large(contract), first, LargeSlots / 2);
                Commit(database, world, number++);
            }
        }

        StateHistory.RaiseFloor(database, database.Head.Number);
    }

    /// <summary>Changes slots: of the large contracts, of some small ones, or one each of as many small ones as there are.</summary>
    public void Change(WorldState world, BlockShape shape, int slots, Random random)
    {
        for (int i = 0; i < slots; i++)
        {
            Hash256 value = random.Next(20) == 0 ? Hash256.Zero : Hash256.FromUInt256((ulong)random.NextInt64(1, long.MaxValue));
            (Address address, int range) = shape switch
            {
                BlockShape.Large => (Large(random.Next(LargeContracts)), LargeSlots),
                BlockShape.Small => (AddressOf(random.Next(Math.Max(1, SmallContracts / 10)) * 10), SmallSlots),
                _ => (AddressOf(i % SmallContracts), SmallSlots),
            };
            // one of ten is a slot that does not exist yet, as far as earlier blocks have not made it
            world.SetStorage(address, KeyOf(random.Next(range + range / 10)), value);
        }
    }

    public Address Large(int contract) => AddressOf(accounts - 1 - contract);

    private static void FillSlots(WorldState world, Address address, int first, int count)
    {
        for (int i = first; i < first + count; i++) world.SetStorage(address, KeyOf(i), Hash256.FromUInt256((ulong)i + 1));
    }

    private static void Commit(StateDatabase database, WorldState world, ulong number)
    {
        using StateCommit commit = world.ComputeCommit(number);
        if (number == 0) database.CommitGenesis(commit, 1, Hash256.Zero);
        else database.Commit(commit, KeyOf((int)number), sync: false);
    }
}

/// <summary>Where a block's changed slots are.</summary>
internal enum BlockShape
{
    /// <summary>In the large contracts.</summary>
    Large,

    /// <summary>In a tenth of the small contracts.</summary>
    Small,

    /// <summary>One in each small contract.</summary>
    Scattered,
}
