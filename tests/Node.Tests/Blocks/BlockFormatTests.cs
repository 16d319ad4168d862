using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using ContractVm.StateStore;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.Node.Tests;

/// <summary>Headers, bodies, receipts and filters: what is written is read, and nothing else is.</summary>
public sealed class BlockFormatTests
{
    private static readonly Transaction Legacy = Sign(TransactionType.Legacy);
    private static readonly Transaction DynamicFee = Sign(TransactionType.DynamicFee);

    [Fact]
    public void HeadersOfEveryForkAreReadBack()
    {
        foreach (BlockHeader header in HeadersOfForks())
        {
            BlockHeader read = BlockHeader.Decode(header.Encode());
            Assert.Equal(header, read);
            Assert.Equal(header.Hash, read.Hash);
            Assert.Equal(header.BaseFee, read.BaseFee);
            Assert.Equal(header.WithdrawalsRoot, read.WithdrawalsRoot);
            Assert.Equal(header.BlobGasUsed, read.BlobGasUsed);
            Assert.Equal(header.ExcessBlobGas, read.ExcessBlobGas);
            Assert.Equal(header.ParentBeaconBlockRoot, read.ParentBeaconBlockRoot);
            Assert.Equal(header.RequestsHash, read.RequestsHash);
        }
        Assert.Equal(HeadersOfForks().Length, HeadersOfForks().Select(header => header.Hash).Distinct().Count());
    }

    [Fact]
    public void HeadersThatAreCutOrHaveMoreFieldsAreRefused()
    {
        byte[] whole = HeadersOfForks()[^1].Encode();
        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<RlpException>(() => BlockHeader.Decode(whole.AsSpan(0, length)));
        Assert.Throws<RlpException>(() => BlockHeader.Decode([.. whole, 0]));
        RlpException more = Assert.Throws<RlpException>(() => BlockHeader.Decode(WithItems(whole, items => [.. items, [0x80]])));
        Assert.Equal(RlpError.TrailingBytes, more.Error);
        // Every one of the first fifteen fields must be there.
        for (int count = 0; count < 15; count++)
            Assert.Throws<RlpException>(() => BlockHeader.Decode(WithItems(whole, items => items.Take(count))));
        for (int count = 15; count <= 21; count++)
        {
            byte[] shorter = WithItems(whole, items => items.Take(count));
            // A header with a blob field of EIP-4844 missing is still read: which fields belong together is for the rules of a fork.
            Assert.Equal(shorter, BlockHeader.Decode(shorter).Encode());
        }
    }

    [Fact]
    public void HeaderFieldsOfAnotherLengthAreRefused()
    {
        byte[] whole = HeadersOfForks()[^1].Encode();
        // Hashes, the address, the filter and the nonce have fixed lengths.
        foreach (int field in new[] { 0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 19, 20 })
            foreach (byte[] item in new byte[][] { [0x80], [0x83, 1, 2, 3], [0xC0] })
                Assert.Throws<RlpException>(() => BlockHeader.Decode(WithItems(whole, items => items.Select((old, i) => i == field ? item : old))));
        // Numbers have no leading zero and fit their field.
        foreach (int field in new[] { 7, 8, 9, 10, 11, 15, 17, 18 })
            foreach (byte[] item in new byte[][] { [0x00], [0x82, 0, 1], [0xA1, 1, .. new byte[32]], [0xC0] })
                Assert.Throws<RlpException>(() => BlockHeader.Decode(WithItems(whole, items => items.Select((old, i) => i == field ? item : old))));
    }

    [Fact]
    public void BodiesHoldLegacyTransactionsAsListsAndOthersAsStrings()
    {
        byte[] body = new Block(new BlockHeader(), [Legacy, DynamicFee]).EncodeBody();
        Assert.Equal([Legacy.Hash, DynamicFee.Hash], Block.DecodeBody(body).Select(transaction => transaction.Hash));
        Assert.Throws<InvalidBlockException>(() => Block.DecodeBody(BodyOf(writer => writer.Write(Legacy.Encoded.Span))));
        // The list of a typed transaction without its type byte is a list of too many fields.
        Assert.Throws<InvalidBlockException>(() => Block.DecodeBody(BodyOf(writer => writer.WriteRaw(DynamicFee.Encoded.Span[1..]))));
        Assert.Throws<InvalidBlockException>(() => Block.DecodeBody(BodyOf(writer => writer.Write(ReadOnlySpan<byte>.Empty))));
        Assert.Throws<InvalidBlockException>(() => Block.DecodeBody([0xC1, 0x01]));
        Assert.Throws<RlpException>(() => Block.DecodeBody([.. body, 0]));
        for (int length = 0; length < body.Length; length++)
            Assert.Throws<RlpException>(() => Block.DecodeBody(body.AsSpan(0, length)));
    }

    [Fact]
    public void RootsFollowTheOrderOfTransactions()
    {
        Assert.NotEqual(Block.TransactionsRootOf([Legacy, DynamicFee]), Block.TransactionsRootOf([DynamicFee, Legacy]));
        Assert.NotEqual(Block.TransactionsRootOf([Legacy]), Block.TransactionsRootOf([Legacy, Legacy]));
    }

    [Fact]
    public void ReceiptsAreReadBack()
    {
        Prop.ForAll<bool, ulong, byte[][]>((success, gas, data) =>
        {
            byte type = (byte)(gas % 3);
            LogEntry[] logs = data.Select((bytes, i) => new LogEntry(
                Address.FromBytes(Keccak256.Hash(bytes).Bytes[12..]), Enumerable.Range(0, i % 5).Select(n => Keccak256.Hash([(byte)n, .. bytes])).ToArray(), bytes)).ToArray();
            byte[] encoded = new Receipt(type, success, gas, logs).Encode();
            Receipt read = Receipt.Decode(encoded);
            return read.Encode().AsSpan().SequenceEqual(encoded) && read.Type == type && read.IsSuccess == success && read.CumulativeGasUsed == gas
                && read.Logs.Count == logs.Length && read.Logs.Zip(logs).All(pair =>
                    pair.First.Address == pair.Second.Address && pair.First.Topics.SequenceEqual(pair.Second.Topics) && pair.First.Data.SequenceEqual(pair.Second.Data));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void ReceiptsThatAreCutOrChangedAreRefusedOrDiffer()
    {
        byte[] whole = new Receipt(2, true, 21_000, [new LogEntry(Address.Zero, [Hash256.Zero], [1, 2, 3])]).Encode();
        for (int length = 0; length < whole.Length; length++)
            Assert.Throws<RlpException>(() => Receipt.Decode(whole.AsSpan(0, length)));
        Assert.Throws<RlpException>(() => Receipt.Decode([.. whole, 0]));
        int refused = 0;
        for (int position = 1; position < whole.Length; position++)
        {
            byte[] changed = (byte[])whole.Clone();
            changed[position] ^= 1;
            try
            {
                Assert.Equal(changed, Receipt.Decode(changed).Encode());
            }
            catch (RlpException)
            {
                refused++;
            }
        }
        // The filter must be that of the logs, so most changes are refused.
        Assert.True(refused > 256, $"{refused} of {whole.Length - 1} changes refused");
    }

    [Fact]
    public void FilterHoldsWhatWasAddedAndThreeBitsOfIt()
    {
        Prop.ForAll<byte[]>(seed =>
        {
            Address address = Address.FromBytes(Keccak256.Hash(seed).Bytes[12..]);
            Hash256 topic = Keccak256.Hash(address.Bytes);
            byte[] one = Bloom.Of([new LogEntry(address, [], [])]);
            byte[] both = Bloom.Of([new LogEntry(address, [topic], [])]);
            byte[] merged = Bloom.Of([]);
            Bloom.Merge(merged, one);
            Bloom.Merge(merged, Bloom.Of([new LogEntry(address, [topic], [9])]));
            int bits = one.Sum(value => BitOperations.PopCount(value));
            return bits is >= 1 and <= 3 && Bloom.MayContain(one, address.Bytes) && Bloom.MayContain(both, topic.Bytes)
                && merged.SequenceEqual(both) && !Bloom.MayContain(Bloom.Of([]), address.Bytes);
        }).QuickCheckThrowOnFailure();
    }

    // EIP-1559, "calc base fee", in unbounded integers.
    [Fact]
    public void BaseFeeIsThatOfTheEip()
    {
        Prop.ForAll<ulong, ulong, ulong>((fee, limitSeed, usedSeed) =>
        {
            ulong limit = 5_000 + limitSeed % 1_000_000_000;
            ulong used = usedSeed % (limit + 1);
            BlockHeader parent = new() { BaseFee = fee, GasLimit = limit, GasUsed = used };
            BigInteger target = limit / 2, baseFee = fee;
            BigInteger expected = used == target ? baseFee
                : used > target ? baseFee + BigInteger.Max(baseFee * (used - target) / target / 8, 1)
                : baseFee - baseFee * (target - used) / target / 8;
            return BaseFee.Next(parent).ToBigInteger() == expected;
        }).QuickCheckThrowOnFailure();
        Assert.Throws<ArgumentException>(() => BaseFee.Next(new BlockHeader { GasLimit = 30_000_000 }));
    }

    // One header for each set of optional fields that a fork has.
    private static BlockHeader[] HeadersOfForks()
    {
        BlockHeader frontier = new()
        {
            ParentHash = Keccak256.Hash([1]), Coinbase = Address.FromBytes(Keccak256.Hash([2]).Bytes[12..]), StateRoot = Keccak256.Hash([3]),
            TransactionsRoot = TrieRoot.Empty, ReceiptsRoot = TrieRoot.Empty, Difficulty = UInt256.One << 60, Number = 300, GasLimit = 30_000_000,
            GasUsed = 1, Timestamp = 1_700_000_000, ExtraData = new byte[] { 1, 2, 3 }, MixHash = Keccak256.Hash([4]), Nonce = 0x0102030405060708,
        };
        BlockHeader london = frontier with { BaseFee = UInt256.One << 100 };
        BlockHeader shanghai = london with { WithdrawalsRoot = TrieRoot.Empty };
        BlockHeader cancun = shanghai with { BlobGasUsed = 131_072, ExcessBlobGas = 0, ParentBeaconBlockRoot = Keccak256.Hash([5]) };
        return [frontier, london, shanghai, cancun, cancun with { RequestsHash = Keccak256.Hash([6]) }];
    }

    private static byte[] WithItems(byte[] header, Func<IEnumerable<byte[]>, IEnumerable<byte[]>> change)
    {
        RlpReader outer = new(header);
        RlpReader fields = outer.ReadList("header");
        List<byte[]> items = [];
        while (!fields.AtEnd) items.Add(fields.ReadRaw("field").ToArray());
        return BodyOf(writer =>
        {
            foreach (byte[] item in change(items)) writer.WriteRaw(item);
        });
    }

    private static byte[] BodyOf(Action<RlpWriter> write)
    {
        using RlpWriter writer = new();
        int list = writer.BeginList();
        write(writer);
        writer.EndList(list);
        return writer.ToArray();
    }

    private static Transaction Sign(byte type) => new UnsignedTransaction { Type = type, ChainId = 1, GasPrice = 7, GasLimit = 21_000, To = Address.Zero }
        .Sign(Mnemonic.Accounts(Mnemonic.Development, 1)[0]);
}
