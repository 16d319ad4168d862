using System;
using System.Collections.Generic;
using System.Text;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>What a chain starts from. The same genesis gives the same block 0 everywhere.</summary>
/// <param name="ChainId">Chain id (EIP-155).</param>
/// <param name="Timestamp">Seconds since 1970 of block 0.</param>
/// <param name="GasLimit">Gas limit of every block.</param>
/// <param name="BaseFee">Base fee of block 0, in wei.</param>
/// <param name="Balances">Wei of the accounts that exist from the start.</param>
public sealed record Genesis(ulong ChainId, ulong Timestamp, ulong GasLimit, UInt256 BaseFee, IReadOnlyList<(Address Address, UInt256 Balance)> Balances)
{
    /// <summary>The profile that contracts are deployed under; its name is in every block (<see cref="HostTable.FindChainProfile"/>).</summary>
    public Profile Profile { get; init; } = HostTable.ContractProfile;

    /// <summary>Key of the genesis among the meta rows.</summary>
    internal static byte[] RowKey => "genesis-content"u8.ToArray();

    /// <summary>The chain id that local chains have unless told otherwise.</summary>
    public const ulong DevelopmentChainId = 31337;

    /// <summary>
    /// A chain for development: the accounts of the well-known mnemonic with 10 000 ether each, 30 million gas a block, a base
    /// fee of 1 gwei, and a fixed start time, so that the same transactions give the same hashes on every machine.
    /// </summary>
    public static Genesis Development(ulong chainId = DevelopmentChainId, int accounts = 10)
    {
        List<(Address, UInt256)> balances = [];
        foreach (PrivateKey key in Mnemonic.Accounts(Mnemonic.Development, accounts)) balances.Add((key.Address, UInt256.Parse("10000000000000000000000")));
        return new Genesis(chainId, 1_767_225_600, 30_000_000, 1_000_000_000, balances);
    }

    /// <summary>The genesis as RLP: it is kept with the chain, so that every block can be executed again from nothing.</summary>
    public byte[] Encode()
    {
        using RlpWriter writer = new(1024);
        int list = writer.BeginList();
        writer.Write(ChainId);
        writer.Write(Timestamp);
        writer.Write(GasLimit);
        writer.Write(BaseFee);
        int balances = writer.BeginList();
        foreach ((Address address, UInt256 balance) in Balances)
        {
            int entry = writer.BeginList();
            writer.Write(address);
            writer.Write(balance);
            writer.EndList(entry);
        }

        writer.EndList(balances);
        writer.Write(Encoding.ASCII.GetBytes(Profile.Name));
        writer.EndList(list);
        return writer.ToArray();
    }

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    /// <exception cref="RlpException">Malformed; names the field.</exception>
    public static Genesis Decode(ReadOnlySpan<byte> rlp)
    {
        RlpReader reader = new(rlp);
        RlpReader list = reader.ReadList("genesis");
        ulong chainId = list.ReadUInt64("genesis.chainId"), timestamp = list.ReadUInt64("genesis.timestamp"), gasLimit = list.ReadUInt64("genesis.gasLimit");
        UInt256 baseFee = list.ReadUInt256("genesis.baseFee");
        RlpReader entries = list.ReadList("genesis.balances");
        List<(Address, UInt256)> balances = [];
        while (!entries.AtEnd)
        {
            RlpReader entry = entries.ReadList("genesis.balance");
            balances.Add((entry.ReadAddress("genesis.address"), entry.ReadUInt256("genesis.balance")));
            entry.End("genesis.balance");
        }

        string profile = Encoding.ASCII.GetString(list.ReadBytes("genesis.profile"));
        list.End("genesis");
        return new Genesis(chainId, timestamp, gasLimit, baseFee, balances)
        {
            Profile = HostTable.FindChainProfile(profile) ?? throw new StoreException(StoreFault.UnknownFormat, $"the chain runs under the profile {profile}, which this program has not"),
        };
    }
}
