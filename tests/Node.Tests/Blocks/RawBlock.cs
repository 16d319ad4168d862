using System.Collections.Generic;
using ContractVm.StateStore;

namespace ContractVm.Node.Tests;

/// <summary>A block as it is sent: header, transactions, ommers, and from Shanghai on withdrawals.</summary>
/// <param name="Header">The header.</param>
/// <param name="RawHeader">The header's bytes.</param>
/// <param name="RawBody">The bytes of the list of transactions.</param>
/// <param name="Transactions">The transactions' envelopes (EIP-2718).</param>
/// <param name="OmmersHash">Hash of the list of ommers.</param>
internal sealed record RawBlock(BlockHeader Header, byte[] RawHeader, byte[] RawBody, List<byte[]> Transactions, Hash256 OmmersHash)
{
    public static RawBlock Read(ref RlpReader reader)
    {
        RlpReader block = reader.ReadList("block");
        byte[] rawHeader = block.ReadRaw("header").ToArray();
        byte[] rawBody = block.ReadRaw("transactions").ToArray();
        Hash256 ommers = Keccak256.Hash(block.ReadRaw("ommers"));
        BlockHeader header = BlockHeader.Decode(rawHeader);
        if (header.WithdrawalsRoot is not null) block.ReadList("withdrawals");
        block.End("block");
        RlpReader body = new(rawBody);
        RlpReader items = body.ReadList("transactions");
        List<byte[]> transactions = [];
        while (!items.AtEnd) transactions.Add((items.NextIsList ? items.ReadRaw("transaction") : items.ReadBytes("transaction")).ToArray());
        return new RawBlock(header, rawHeader, rawBody, transactions, ommers);
    }
}
