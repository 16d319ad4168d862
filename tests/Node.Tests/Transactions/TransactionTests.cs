using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.HostApi;
using ContractVm.StateStore;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.Node.Tests;

public sealed class TransactionTests
{
    private static readonly PrivateKey Alice = Mnemonic.Accounts(Mnemonic.Development, 1)[0];

    private static readonly Gen<UInt256> Number =
        from bytes in Gen.ArrayOf(Gen.Choose(0, 255).Select(i => (byte)i))
        select UInt256.FromBigEndian(bytes.AsSpan(0, Math.Min(bytes.Length, 32)).TrimStart((byte)0));

    private static readonly Gen<AccessListEntry> Entry =
        from account in Number
        from keys in Gen.ArrayOf(Number)
        select new AccessListEntry(Address.FromBytes(Hash256.FromUInt256(account).Bytes[12..]), keys.Select(key => Hash256.FromUInt256(key)).ToArray());

    private static readonly Gen<UnsignedTransaction> AnyTransaction =
        from type in Gen.Choose(0, 2)
        from named in Gen.Elements(true, false)
        from chainId in Number
        from nonce in Number
        from fee in Number
        from priority in Number
        from gas in Number
        from to in Gen.OneOf(Gen.Constant((Address?)null), Number.Select(n => (Address?)Address.FromBytes(Hash256.FromUInt256(n).Bytes[12..])))
        from value in Number
        from data in Gen.ArrayOf(Gen.Choose(0, 255).Select(i => (byte)i))
        from entries in Gen.ArrayOf(Entry)
        select new UnsignedTransaction
        {
            Type = (byte)type,
            ChainId = type == TransactionType.Legacy && !named ? null : chainId.LowUInt64,
            Nonce = nonce.LowUInt64,
            MaxFeePerGas = fee,
            MaxPriorityFeePerGas = type == TransactionType.DynamicFee ? priority : fee,
            GasLimit = gas.LowUInt64,
            To = to,
            Value = value,
            Data = data,
            AccessList = type == TransactionType.Legacy ? [] : entries,
        };

    [Fact]
    public void WhatIsSignedAndSentIsReadBack()
    {
        Prop.ForAll(Arb.From(AnyTransaction), unsigned =>
        {
            Transaction sent = unsigned.Sign(Alice);
            return Transaction.TryDecode(sent.Encoded, out Transaction? read, out TransactionError _)
                && read.Hash == sent.Hash && read.Encoded.Span.SequenceEqual(sent.Encoded.Span)
                && read.Unsigned.SigningHash() == unsigned.SigningHash()
                && new Transaction(read.Unsigned, read.Signature).Hash == sent.Hash
                && read.TryRecoverSender(out Address sender) && sender == Alice.Address
                && read.TryRecoverSender(out Address again) && again == Alice.Address;
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>Whatever one changes in a transaction's bytes, it is refused or is another transaction; nothing else happens.</summary>
    [Fact]
    public void NoOtherBytesAreTheSameTransaction()
    {
        foreach (byte type in new[] { TransactionType.Legacy, TransactionType.AccessList, TransactionType.DynamicFee })
        {
            Transaction sent = Sample(type).Sign(Alice);
            byte[] original = sent.Encoded.ToArray();
            for (int length = 0; length < original.Length; length++)
                Assert.False(Transaction.TryDecode(original.AsMemory(0, length), out _, out _), $"type {type}, first {length} bytes");
            Assert.False(Transaction.TryDecode((byte[])[.. original, 0], out _, out TransactionError trailing));
            Assert.Equal(new TransactionError(TransactionErrorKind.TrailingBytes, "transaction"), trailing);
            for (int position = 0; position < original.Length; position++)
                for (int bit = 0; bit < 8; bit++)
                {
                    byte[] changed = (byte[])original.Clone();
                    changed[position] ^= (byte)(1 << bit);
                    if (!Transaction.TryDecode(changed, out Transaction? read, out TransactionError error))
                    {
                        Assert.NotEqual(TransactionErrorKind.None, error.Kind);
                        continue;
                    }
                    Assert.NotEqual(sent.Hash, read.Hash);
                    Assert.Equal(changed, read.Encoded.ToArray());
                    Assert.Equal(changed, new Transaction(read.Unsigned, read.Signature).Encoded.ToArray());
                    if (read.TryRecoverSender(out Address sender) && sender == Alice.Address)
                        Assert.Fail($"type {type}, byte {position}, bit {bit}: the signature covers another transaction too");
                }
        }
    }

    [Fact]
    public void RandomBytesAreRefusedWithoutHarm()
    {
        Prop.ForAll<byte[], byte>((bytes, first) =>
        {
            byte[] input = [first, .. bytes];
            return Transaction.TryDecode(input, out Transaction? transaction, out TransactionError error)
                ? transaction.Encoded.Span.SequenceEqual(input)
                : error.Kind != TransactionErrorKind.None && error.ToString().Length > error.Field.Length;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void TheOtherFormOfASignatureIsRefused()
    {
        UnsignedTransaction unsigned = Sample(TransactionType.DynamicFee);
        Signature signature = Alice.Sign(unsigned.SigningHash());
        Signature high = new(signature.R, Signature.Order - signature.S, 1 - signature.YParity);
        // The curve accepts it (EIP-2 is why the chain does not).
        Assert.True(Secp256k1.TryRecover(unsigned.SigningHash(), high, out Address sender));
        Assert.Equal(Alice.Address, sender);
        Assert.Throws<ArgumentException>(() => new Transaction(unsigned, high));
        AssertRefused(WithSignature(unsigned, high.R, high.S, (ulong)high.YParity), TransactionErrorKind.HighS, "s");
        AssertRefused(WithSignature(unsigned, signature.R, signature.S, 2), TransactionErrorKind.InvalidParity, "yParity");
        AssertRefused(WithSignature(unsigned, signature.R, signature.S, ulong.MaxValue), TransactionErrorKind.InvalidParity, "yParity");
        AssertRefused(WithSignature(unsigned, UInt256.Zero, signature.S, 0), TransactionErrorKind.SignatureOutOfRange, "r");
        AssertRefused(WithSignature(unsigned, signature.R, UInt256.Zero, 0), TransactionErrorKind.SignatureOutOfRange, "s");
        AssertRefused(WithSignature(unsigned, Signature.Order, signature.S, 0), TransactionErrorKind.SignatureOutOfRange, "r");
        // The largest s that is allowed, and the one above it.
        Assert.True(Transaction.TryDecode(WithSignature(unsigned, signature.R, Signature.HalfOrder, 0), out _, out _));
        AssertRefused(WithSignature(unsigned, signature.R, Signature.HalfOrder + UInt256.One, 0), TransactionErrorKind.HighS, "s");
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(26, false)]
    [InlineData(27, true)]
    [InlineData(28, true)]
    [InlineData(29, false)]
    [InlineData(34, false)]
    [InlineData(35, true)]
    [InlineData(36, true)]
    public void TheVOfLegacyTransactions(ulong v, bool isValid)
    {
        byte[] encoded = WithSignature(Sample(TransactionType.Legacy), UInt256.One, UInt256.One, v);
        if (!isValid)
        {
            AssertRefused(encoded, TransactionErrorKind.InvalidParity, "v");
            return;
        }
        Assert.True(Transaction.TryDecode(encoded, out Transaction? transaction, out TransactionError error), error.ToString());
        Assert.Equal(v < 35 ? null : 0UL, transaction.ChainId);
        Assert.Equal((UInt256)v, transaction.V);
    }

    [Fact]
    public void TheLargestChainIdIsRepresentable()
    {
        UnsignedTransaction legacy = new() { Type = TransactionType.Legacy, ChainId = ulong.MaxValue, GasPrice = 1, GasLimit = 21_000, To = Alice.Address };
        Transaction sent = legacy.Sign(Alice);
        Assert.True(Transaction.TryDecode(sent.Encoded, out Transaction? read, out _));
        Assert.Equal(ulong.MaxValue, read.ChainId);
        Assert.True(read.TryRecoverSender(out Address sender) && sender == Alice.Address);
        AssertRefused(WithSignature(legacy, UInt256.One, UInt256.One, ((UInt256)1 << 65) + 35), TransactionErrorKind.TooLarge, "v");
    }

    [Fact]
    public void TransactionsOfAnotherChainAreRefusedWhereAChainIsAskedFor()
    {
        foreach (byte type in new[] { TransactionType.Legacy, TransactionType.AccessList, TransactionType.DynamicFee })
        {
            Transaction sent = Sample(type).Sign(Alice);
            Assert.True(Transaction.TryDecode(sent.Encoded, 31337, out _, out _));
            Assert.False(Transaction.TryDecode(sent.Encoded, 31338, out Transaction? refused, out TransactionError error));
            Assert.Null(refused);
            Assert.Equal(new TransactionError(TransactionErrorKind.WrongChainId, type == TransactionType.Legacy ? "v" : "chainId"), error);
        }
        UnsignedTransaction anyChain = new() { Type = TransactionType.Legacy, GasPrice = 1, GasLimit = 21_000 };
        Assert.True(Transaction.TryDecode(anyChain.Sign(Alice).Encoded, 31338, out _, out _));
    }

    [Fact]
    public void FieldsThatAFormatCannotHoldAreNotLost()
    {
        UnsignedTransaction[] bad =
        [
            new() { Type = TransactionType.AccessList, GasPrice = 1 },
            new() { Type = TransactionType.DynamicFee },
            new() { Type = 3, ChainId = 1 },
            new() { Type = TransactionType.Legacy, AccessList = [new AccessListEntry(Alice.Address, [])] },
            new() { Type = TransactionType.Legacy, MaxFeePerGas = 2, MaxPriorityFeePerGas = 1 },
        ];
        foreach (UnsignedTransaction transaction in bad) Assert.Throws<InvalidOperationException>(() => transaction.Sign(Alice));
    }

    [Fact]
    public void IntrinsicGasCountsBytesCreationAndAccessList()
    {
        // EIP-2028, EIP-2, EIP-3860 and EIP-2930.
        Assert.Equal(21_000UL, new UnsignedTransaction { To = Alice.Address }.IntrinsicGas);
        Assert.Equal(21_000UL + 4 + 16, new UnsignedTransaction { To = Alice.Address, Data = new byte[] { 0, 1 } }.IntrinsicGas);
        Assert.Equal(53_000UL, new UnsignedTransaction().IntrinsicGas);
        Assert.Equal(53_000UL + 33 * 4 + 2 * 2, new UnsignedTransaction { Data = new byte[33] }.IntrinsicGas);
        AccessListEntry[] list = [new(Alice.Address, [default, default]), new(Address.Zero, [])];
        Assert.Equal(21_000UL + 2 * 2_400 + 2 * 1_900, new UnsignedTransaction { To = Alice.Address, AccessList = list }.IntrinsicGas);
    }

    private static UnsignedTransaction Sample(byte type) => new()
    {
        Type = type,
        ChainId = 31337,
        Nonce = 300,
        MaxFeePerGas = 1_000_000_000,
        MaxPriorityFeePerGas = type == TransactionType.DynamicFee ? 7UL : 1_000_000_000UL,
        GasLimit = 100_000,
        To = Address.Parse("0x70997970c51812dc3a010c7d01b50e0d17dc79c8"),
        Value = UInt256.One << 70,
        Data = new byte[] { 1, 2, 3, 0x80 },
        AccessList = type == TransactionType.Legacy ? [] : [new AccessListEntry(Alice.Address, [Hash256.FromUInt256(5)])],
    };

    // The unsigned bytes' fields with these three behind them, written without the checks of the constructor.
    private static byte[] WithSignature(UnsignedTransaction unsigned, in UInt256 r, in UInt256 s, in UInt256 v)
    {
        byte[] forSigning = (unsigned.Type == TransactionType.Legacy
            ? new UnsignedTransaction { Type = 0, Nonce = unsigned.Nonce, GasPrice = unsigned.GasPrice, GasLimit = unsigned.GasLimit, To = unsigned.To, Value = unsigned.Value, Data = unsigned.Data }
            : unsigned).EncodeForSigning();
        int prefix = unsigned.Type == TransactionType.Legacy ? 0 : 1;
        using RlpWriter writer = new();
        if (prefix == 1) writer.WriteRaw(forSigning.AsSpan(0, 1));
        int list = writer.BeginList();
        RlpReader outer = new(forSigning.AsSpan(prefix));
        RlpReader fields = outer.ReadList("fields");
        while (!fields.AtEnd) writer.WriteRaw(fields.ReadRaw("field"));
        writer.Write(v);
        writer.Write(r);
        writer.Write(s);
        writer.EndList(list);
        return writer.ToArray();
    }

    private static void AssertRefused(byte[] encoded, TransactionErrorKind kind, string field)
    {
        Assert.False(Transaction.TryDecode(encoded, out Transaction? transaction, out TransactionError error));
        Assert.Null(transaction);
        Assert.Equal(new TransactionError(kind, field), error);
    }
}
