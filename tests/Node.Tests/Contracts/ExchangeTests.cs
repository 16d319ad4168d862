using System;
using System.Numerics;
using ContractVm.HostApi;
using ContractVm.HostApi.Tests;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.Node.Tests.Contracts;

/// <summary>The exchange, in every language, with tokens in the same.</summary>
public sealed class ExchangeTests
{
    private const string Add = "addLiquidity(uint256,uint256,uint256)", Remove = "removeLiquidity(uint256,uint256,uint256)";
    private const string Swap = "swap(address,uint256,uint256,address)", Quote = "quote(address,uint256)";
    private const string Guarded = "ReentrancyGuard: reentrant call";
    private static readonly UInt256 Supply = UInt256.FromBigInteger(BigInteger.Pow(2, 200));

    /// <summary>Two tokens and an exchange of them; accounts 0 and 1 have tokens, and allow it to take them.</summary>
    private static (Address First, Address Second, Address Exchange) Deploy(ContractChain chain, string language)
    {
        Address first = chain.Deploy(0, Languages.Module("token", language), "First", "ONE", 18, Supply);
        Address second = chain.Deploy(0, Languages.Module("token", language), "Second", "TWO", 6, Supply);
        Address exchange = chain.Deploy(0, Languages.Module("exchange", language), first, second);
        foreach (Address token in new[] { first, second })
        {
            chain.Does(0, token, "transfer(address,uint256)", chain.Account(1), UInt256.FromBigInteger(BigInteger.Pow(2, 100)));
            for (int account = 0; account < 2; account++) chain.Does(account, token, "approve(address,uint256)", exchange, UInt256.MaxValue);
        }

        return (first, second, exchange);
    }

    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void LiquidityComesTradesAndGoes(string language)
    {
        using ContractChain chain = new();
        (Address first, Address second, Address exchange) = Deploy(chain, language);
        Address provider = chain.Account(0), trader = chain.Account(1);
        Assert.Equal(Abi.Word(first), chain.Ask(exchange, "token0()"));
        Assert.Equal(Abi.Word(second), chain.Ask(exchange, "token1()"));

        // The root of 4 million times 9 million, less what is locked.
        Assert.Equal(Abi.Word(5_999_000), chain.Does(0, exchange, Add, 4_000_000, 9_000_000, 5_999_000));
        chain.Logged(exchange, "LiquidityAdded(address,uint256,uint256,uint256)", [provider], ContractChain.Words(4_000_000, 9_000_000, 5_999_000));
        Assert.Equal(ContractChain.Words(4_000_000, 9_000_000), chain.Ask(exchange, "getReserves()"));
        Assert.Equal<UInt256>(6_000_000, chain.Number(exchange, "totalSupply()"));
        Assert.Equal<UInt256>(1_000, chain.Number(exchange, "balanceOf(address)", Address.Zero));

        // 997·1000·9000000 / (4000000·1000 + 997·1000)
        Assert.Equal<UInt256>(2242, chain.Number(exchange, Quote, first, 1000));
        Assert.Equal(Abi.Word(2242), chain.Does(1, exchange, Swap, first, 1000, 2242, chain.Account(2)));
        chain.Logged(exchange, "Swap(address,address,address,uint256,uint256)", [trader, first, chain.Account(2)], ContractChain.Words(1000, 2242));
        Assert.Equal<UInt256>(2242, chain.Number(second, "balanceOf(address)", chain.Account(2)));
        Assert.Equal<UInt256>(4_001_000, chain.Number(first, "balanceOf(address)", exchange));
        Assert.Equal(ContractChain.Words(4_001_000, 9_000_000 - 2242), chain.Ask(exchange, "getReserves()"));

        // Offered too much of the second: only what fits is taken.
        chain.Does(1, exchange, Add, 40_010, 9_000_000, 1);
        Assert.Equal(ContractChain.Words(4_041_010, 9_000_000 - 2242 + 89_977), chain.Ask(exchange, "getReserves()"));
        Assert.Equal<UInt256>(59_999, chain.Number(exchange, "balanceOf(address)", trader));
        byte[] paid = chain.Does(1, exchange, Remove, 59_999, 1, 1);
        Assert.Equal(ContractChain.Words(40_009, 89_976), paid);
        chain.Logged(exchange, "LiquidityRemoved(address,uint256,uint256,uint256)", [trader], ContractChain.Words(40_009, 89_976, 59_999));
        Assert.Equal<UInt256>(0, chain.Number(exchange, "balanceOf(address)", trader));
    }

    /// <summary>Every operation's result is that of whole numbers without bounds.</summary>
    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void AmountsAreThoseOfArithmetic(string language)
    {
        using ContractChain chain = new();
        (Address first, Address second, Address exchange) = Deploy(chain, language);
        Random random = new(20_000);
        BigInteger[] reserves = [BigInteger.Pow(10, 27) + 12345, BigInteger.Pow(10, 9) * 2_345_678_901];
        BigInteger supply = Root(reserves[0] * reserves[1]);
        BigInteger held = supply - 1000;
        Assert.Equal(Word(held), chain.Does(0, exchange, Add, Wide(reserves[0]), Wide(reserves[1]), 1));
        for (int step = 0; step < 24; step++)
        {
            int side = random.Next(2);
            BigInteger amount = 1 + reserves[side] * random.Next(1, 1000) / random.Next(1, 100_000);
            if (step % 3 != 2)
            {
                BigInteger given = amount * 997 * reserves[1 - side] / (reserves[side] * 1000 + amount * 997);
                Assert.Equal(Word(given), chain.Does(0, exchange, Swap, side == 0 ? first : second, Wide(amount), Wide(given), chain.Account(3)));
                reserves[side] += amount;
                reserves[1 - side] -= given;
            }
            else if (random.Next(2) == 0)
            {
                BigInteger[] offered = [reserves[0] * random.Next(1, 9) / 7, reserves[1] * random.Next(1, 9) / 7];
                BigInteger[] amounts = [.. offered];
                BigInteger matching = amounts[0] * reserves[1] / reserves[0];
                if (matching <= amounts[1]) amounts[1] = matching;
                else amounts[0] = amounts[1] * reserves[0] / reserves[1];
                BigInteger shares = BigInteger.Min(amounts[0] * supply / reserves[0], amounts[1] * supply / reserves[1]);
                Assert.Equal(Word(shares), chain.Does(0, exchange, Add, Wide(offered[0]), Wide(offered[1]), Wide(shares)));
                (reserves[0], reserves[1], supply, held) = (reserves[0] + amounts[0], reserves[1] + amounts[1], supply + shares, held + shares);
            }
            else
            {
                BigInteger shares = held * random.Next(1, 50) / 100;
                BigInteger[] amounts = [shares * reserves[0] / supply, shares * reserves[1] / supply];
                Assert.Equal([.. Word(amounts[0]), .. Word(amounts[1])], chain.Does(0, exchange, Remove, Wide(shares), Wide(amounts[0]), Wide(amounts[1])));
                (reserves[0], reserves[1], supply, held) = (reserves[0] - amounts[0], reserves[1] - amounts[1], supply - shares, held - shares);
            }

            Assert.Equal([.. Word(reserves[0]), .. Word(reserves[1])], chain.Ask(exchange, "getReserves()"));
            Assert.Equal(Wide(supply), chain.Number(exchange, "totalSupply()"));
            Assert.Equal(Wide(reserves[side]), chain.Number(side == 0 ? first : second, "balanceOf(address)", exchange));
        }
    }

    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void RefusalsHaveTheirReasons(string language)
    {
        using ContractChain chain = new();
        byte[] module = Languages.Module("exchange", language);
        (Address first, Address second, Address exchange) = Deploy(chain, language);
        Address me = chain.Account(0), zero = Address.Zero;
        UInt256 most = UInt256.FromBigInteger(BigInteger.Pow(2, 112) - 1), above = UInt256.FromBigInteger(BigInteger.Pow(2, 112));
        chain.DeploymentReverts("Exchange: identical tokens", module, first, first);
        chain.DeploymentReverts("Exchange: zero address", module, first, zero);
        chain.Reverts("Exchange: insufficient liquidity", 0, exchange, Swap, first, 5, 0, me);
        chain.Reverts("Exchange: insufficient liquidity", 0, exchange, Quote, first, 5);
        chain.Reverts("Exchange: insufficient liquidity minted", 0, exchange, Add, 1000, 1000, 0);
        chain.Reverts("Exchange: insufficient liquidity minted", 0, exchange, Add, 1, 999, 0);
        chain.Reverts("Exchange: insufficient shares", 0, exchange, Remove, 1, 0, 0);
        chain.Does(0, exchange, Add, 100_000, 100_000, 0);
        chain.Reverts("Exchange: unknown token", 0, exchange, Swap, exchange, 5, 0, me);
        chain.Reverts("Exchange: zero amount", 0, exchange, Swap, first, 0, 0, me);
        chain.Reverts("Exchange: zero amount", 0, exchange, Remove, 0, 0, 0);
        chain.Reverts("Exchange: amount too large", 0, exchange, Swap, first, above, 0, me);
        chain.Reverts("Exchange: reserve overflow", 0, exchange, Swap, first, most, 0, me);
        chain.Reverts("Exchange: slippage", 0, exchange, Swap, first, 1000, 988, me);
        chain.Reverts("Exchange: slippage", 0, exchange, Add, 10, 10, 11);
        chain.Reverts("Exchange: slippage", 0, exchange, Remove, 10, 10, 11);
        chain.Reverts("Exchange: insufficient shares", 0, exchange, Remove, 99_001, 0, 0);
        chain.Reverts("ABI: unknown selector", 0, exchange, "nothing()");
        chain.Reverts("ABI: function is not payable", 0, exchange, Abi.Call("getReserves()"), 1);
        // The token's own reasons come through; nothing of the exchange's work stays.
        chain.Reverts("ERC20: insufficient allowance", 2, exchange, Swap, second, 1000, 0, me);
        chain.Reverts("ERC20: transfer to the zero address", 0, exchange, Swap, first, 1000, 0, zero);
        Assert.Equal(ContractChain.Words(100_000, 100_000), chain.Ask(exchange, "getReserves()"));
        // The guard is open again.
        Assert.Equal(Abi.Word(987), chain.Does(0, exchange, Swap, first, 1000, 987, me));
    }

    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void AnAddressWithoutATokenIsNoToken(string language)
    {
        using ContractChain chain = new();
        Address exchange = chain.Deploy(0, Languages.Module("exchange", language), chain.Account(5), chain.Account(6));
        chain.Reverts("call: malformed answer", 0, exchange, Add, 100_000, 100_000, 0);
    }

    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void WhatATokenAnswersIsNotBelieved(string language)
    {
        using ContractChain chain = new();
        (string Reason, int Status, byte[] Data)[] tokens =
        [
            ("Exchange: amount not received", 0, Abi.Word(1)), ("Exchange: amount not received", 0, Abi.Word(UInt256.MaxValue)), ("call: answered false", 0, Abi.Word(0)),
            ("call: answered false", 0, Abi.Word(2)), ("call: malformed answer", 0, new byte[31]), ("call: malformed answer", 0, []),
            ("call: failed without a reason", 1, []), ("call: reason too long", 1, new byte[4097]), ("no reason", 1, new byte[4096]),
        ];
        foreach ((string reason, int status, byte[] data) in tokens)
        {
            Address token = chain.Deploy(0, ContractChain.Answering(status, data));
            Address exchange = chain.Deploy(0, Languages.Module("exchange", language), token, chain.Account(6));
            chain.Reverts(reason, 0, exchange, Add, 100_000, 100_000, 0);
        }
    }

    /// <summary>A token that calls the exchange while the exchange calls it.</summary>
    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void AHostileTokenDoesNotGetInAgain(string language)
    {
        using ContractChain chain = new();
        Address good = chain.Deploy(0, Languages.Module("token", language), "Good", "GOOD", 18, Supply);
        byte[] module = Languages.Module("exchange", language);
        foreach (byte[] attack in (byte[][])[Abi.Call(Remove, 10, 0, 0), Abi.Call(Swap, good, 10, 0, chain.Account(4)), Abi.Call(Add, 10, 10, 0)])
        {
            // Two tokens, one that hands the reason on and one that does not, then the two exchanges.
            Address open = chain.Deploy(0, ContractChain.Hostile(chain.NextContract(0, 2), attack, isSilent: false));
            Address silent = chain.Deploy(0, ContractChain.Hostile(chain.NextContract(0, 2), attack, isSilent: true));
            Address first = chain.Deploy(0, module, good, open), second = chain.Deploy(0, module, good, silent);
            chain.Does(0, good, "approve(address,uint256)", first, UInt256.MaxValue);
            chain.Does(0, good, "approve(address,uint256)", second, UInt256.MaxValue);
            chain.Reverts(Guarded, 0, first, Add, 100_000, 100_000, 0);
            chain.Does(0, second, Add, 100_000, 100_000, 0);
            Assert.Equal(Abi.Word(987), chain.Does(0, second, Swap, silent, 1000, 0, chain.Account(4)));
            Assert.Equal(ContractChain.Words(99_013, 101_000), chain.Ask(second, "getReserves()"));
            Assert.Equal(ContractChain.Words(9_901, 10_100), chain.Does(0, second, Remove, 10_000, 0, 0));
            Assert.Equal(ContractChain.Words(89_112, 90_900), chain.Ask(second, "getReserves()"));
            Assert.Equal<UInt256>(89_112, chain.Number(good, "balanceOf(address)", second));
        }
    }

    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void StorageLiesWhereSolidityPutsIt(string language)
    {
        using ContractChain chain = new();
        (Address first, Address second, Address exchange) = Deploy(chain, language);
        chain.Does(0, exchange, Add, 0x123456, 0x654321, 0);
        Assert.Equal(Abi.Word(first), chain.Storage(exchange, Abi.Word(0)));
        Assert.Equal(Abi.Word(second), chain.Storage(exchange, Abi.Word(1)));
        // uint112 reserve0 in the low bytes, uint112 reserve1 above it.
        Assert.Equal([.. new byte[4], .. Abi.Word(0x654321)[18..], .. Abi.Word(0x123456)[18..]], chain.Storage(exchange, Abi.Word(2)));
        UInt256 supply = chain.Number(exchange, "totalSupply()");
        Assert.Equal(Abi.Word(supply), chain.Storage(exchange, Abi.Word(3)));
        Assert.Equal(Abi.Word(supply - (UInt256)1000), chain.Storage(exchange, ContractChain.MappingSlot(chain.Account(0), Abi.Word(4))));
    }

    private static UInt256 Wide(BigInteger value) => UInt256.FromBigInteger(value);

    private static byte[] Word(BigInteger value) => Abi.Word(Wide(value));

    private static BigInteger Root(BigInteger square)
    {
        BigInteger low = 0, high = BigInteger.Pow(2, 128);
        while (high - low > 1)
        {
            BigInteger middle = (low + high) / 2;
            if (middle * middle <= square) low = middle;
            else high = middle;
        }

        return low;
    }
}
