using System;
using System.Linq;
using System.Text;
using ContractVm.HostApi;
using ContractVm.HostApi.Tests;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.Node.Tests.Contracts;

/// <summary>The wallet, in every language.</summary>
public sealed class WalletTests
{
    private const string Submit = "submit(address,uint256,bytes)", Confirm = "confirm(uint256)", Revoke = "revoke(uint256)", Execute = "execute(uint256)";

    private static Address Deploy(ContractChain chain, string language, int threshold = 2) =>
        chain.Deploy(0, Languages.Module("wallet", language), new[] { chain.Account(0), chain.Account(1), chain.Account(2) }, threshold);

    /// <summary>Submits and has accounts 0 and 1 confirm.</summary>
    private static int Agree(ContractChain chain, Address wallet, Address to, ulong value, byte[] data)
    {
        int id = (int)(ulong)UInt256.FromBigEndian(chain.Does(0, wallet, Submit, to, value, data));
        chain.Does(0, wallet, Confirm, id);
        chain.Does(1, wallet, Confirm, id);
        return id;
    }

    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void TwoOfThreeMoveWei(string language)
    {
        using ContractChain chain = new();
        Address wallet = Deploy(chain, language), to = Address.Parse("0x00000000000000000000000000000000000c0ffe");
        Assert.Equal([.. Abi.Word(32), .. ContractChain.Words(3, chain.Account(0), chain.Account(1), chain.Account(2))], chain.Ask(wallet, "owners()"));
        Assert.Equal<UInt256>(2, chain.Number(wallet, "threshold()"));
        Assert.Equal<UInt256>(1, chain.Number(wallet, "isOwner(address)", chain.Account(2)));
        Assert.Equal<UInt256>(0, chain.Number(wallet, "isOwner(address)", chain.Account(3)));

        Assert.Equal(Outcome.Success, chain.Send(5, wallet, [], value: 1_000).Outcome);
        chain.Logged(wallet, "Deposit(address,uint256)", [chain.Account(5)], Abi.Word(1_000));
        Assert.Equal<UInt256>(1_000, chain.Balance(wallet));

        Assert.Equal(Abi.Word(0), chain.Does(1, wallet, Submit, to, 300, Array.Empty<byte>()));
        chain.Logged(wallet, "Submitted(uint256,address,address,uint256,bytes)", [0, chain.Account(1), to], ContractChain.Words(300, 64, 0));
        chain.Does(0, wallet, Confirm, 0);
        chain.Logged(wallet, "Confirmed(uint256,address)", [0, chain.Account(0)], []);
        Assert.Equal<UInt256>(1, chain.Number(wallet, "isConfirmed(uint256,address)", 0, chain.Account(0)));
        chain.Reverts("Wallet: too few confirmations", 0, wallet, Execute, 0);
        chain.Does(2, wallet, Confirm, 0);
        chain.Does(2, wallet, Revoke, 0);
        chain.Logged(wallet, "Revoked(uint256,address)", [0, chain.Account(2)], []);
        chain.Reverts("Wallet: too few confirmations", 0, wallet, Execute, 0);
        chain.Does(1, wallet, Confirm, 0);
        Assert.Empty(chain.Does(2, wallet, Execute, 0));
        chain.Logged(wallet, "Executed(uint256,address)", [0, chain.Account(2)], []);
        Assert.Equal((300UL, 700UL), ((ulong)chain.Balance(to), (ulong)chain.Balance(wallet)));
        Assert.Equal(ContractChain.Words(to, 300, 160, 1, 2, 0), chain.Ask(wallet, "transactions(uint256)", 0));
        Assert.Equal<UInt256>(1, chain.Number(wallet, "transactionCount()"));
    }

    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void CallsCarryDataAndReasonsComeBack(string language)
    {
        using ContractChain chain = new();
        Address wallet = Deploy(chain, language), other = chain.Account(7);
        Address token = chain.Deploy(0, Languages.Module("token", language), "Token", "TOK", 18, 1_000);
        chain.Does(0, token, "transfer(address,uint256)", wallet, 100);

        byte[] data = Abi.Call("transfer(address,uint256)", other, 60);
        int id = Agree(chain, wallet, token, 0, data);
        chain.Does(0, wallet, Execute, id);
        chain.Logged(token, "Transfer(address,address,uint256)", [wallet, other], Abi.Word(60));
        byte[] padded = [.. data, .. new byte[28]];
        Assert.Equal([.. ContractChain.Words(token, 0, 160, 1, 2, data.Length), .. padded], chain.Ask(wallet, "transactions(uint256)", id));

        // The same again exceeds what is left: the token's reason is the wallet's, and the transaction can be executed later.
        id = Agree(chain, wallet, token, 0, data);
        chain.Reverts("ERC20: transfer amount exceeds balance", 0, wallet, Execute, id);
        chain.Does(0, token, "transfer(address,uint256)", wallet, 20);
        chain.Does(0, wallet, Execute, id);
        Assert.Equal<UInt256>(120, chain.Number(token, "balanceOf(address)", other));

        // More wei than there are: nobody gives a reason.
        chain.Reverts("call: failed without a reason", 0, wallet, Execute, Agree(chain, wallet, other, 1, []));
        // A custom error is handed on as it is.
        Address spinner = chain.Deploy(0, Languages.Module("spinner", "c"));
        byte[] error = Abi.Call("ERC20InsufficientBalance(address,uint256,uint256)", other, 5, 6);
        id = Agree(chain, wallet, spinner, 0, Abi.Call("fail(address,uint256,uint256)", other, 5, 6));
        Assert.Equal(error, chain.Send(0, wallet, Abi.Call(Execute, id)).Output);
    }

    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void RefusalsHaveTheirReasons(string language)
    {
        using ContractChain chain = new();
        byte[] module = Languages.Module("wallet", language);
        Address[] two = [chain.Account(0), chain.Account(1)];
        Address zero = Address.Zero;
        chain.DeploymentReverts("Wallet: bad threshold", module, two, 0);
        chain.DeploymentReverts("Wallet: bad threshold", module, two, 3);
        chain.DeploymentReverts("Wallet: bad threshold", module, two, UInt256.MaxValue);
        chain.DeploymentReverts("Wallet: zero owner", module, new[] { two[0], zero }, 1);
        chain.DeploymentReverts("Wallet: duplicate owner", module, new[] { two[0], two[1], two[0] }, 1);
        chain.DeploymentReverts("Wallet: too many owners", module, Enumerable.Repeat(two[0], 51).ToArray(), 1);
        chain.DeploymentReverts("ABI: bad length", module, 32, 5);
        chain.DeploymentReverts("ABI: bad offset", module, 64, 1);

        // As many as there may be.
        Address[] fifty = [.. Enumerable.Range(1, 50).Select(static i => Address.FromBytes(Abi.Word(i).AsSpan(12)))];
        Address large = chain.Deploy(0, module, fifty, 50);
        Assert.Equal([.. ContractChain.Words(32, 50), .. fifty.SelectMany(static owner => Abi.Word(owner))], chain.Ask(large, "owners()"));

        Address wallet = Deploy(chain, language);
        chain.Reverts("Wallet: not an owner", 3, wallet, Submit, zero, 0, Array.Empty<byte>());
        chain.Reverts("Wallet: no such transaction", 0, wallet, Confirm, 0);
        chain.Reverts("Wallet: no such transaction", 0, wallet, Execute, UInt256.MaxValue);
        chain.Reverts("Wallet: no such transaction", 0, wallet, "transactions(uint256)", 1);
        chain.Reverts("Wallet: data too long", 0, wallet, Submit, zero, 0, new byte[4097]);
        chain.Reverts("ABI: calldata too short", 0, wallet, [1, 2], 0);
        chain.Reverts("ABI: function is not payable", 0, wallet, Abi.Call("owners()"), 1);
        chain.Reverts("ABI: unknown selector", 0, wallet, "nothing()");
        int id = Agree(chain, wallet, chain.Account(5), 0, new byte[4096]);
        Assert.Equal([.. ContractChain.Words(chain.Account(5), 0, 160, 0, 2, 4096), .. new byte[4096]], chain.Ask(wallet, "transactions(uint256)", id));
        chain.Reverts("Wallet: not an owner", 3, wallet, Confirm, id);
        chain.Reverts("Wallet: not an owner", 3, wallet, Execute, id);
        chain.Reverts("Wallet: already confirmed", 1, wallet, Confirm, id);
        chain.Reverts("Wallet: not confirmed", 2, wallet, Revoke, id);
        chain.Does(0, wallet, Execute, id);
        chain.Reverts("Wallet: already executed", 0, wallet, Execute, id);
        chain.Reverts("Wallet: already executed", 2, wallet, Confirm, id);
        chain.Reverts("Wallet: already executed", 0, wallet, Revoke, id);
    }

    /// <summary>An owner that is a contract, is called by the wallet, and asks for the same transaction once more.</summary>
    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void NothingIsExecutedTwiceFromWithin(string language)
    {
        using ContractChain chain = new();
        Address hostile = chain.Deploy(0, ContractChain.Hostile(chain.NextContract(0, 1), Abi.Call(Execute, 0), isSilent: false));
        Address wallet = chain.Deploy(0, Languages.Module("wallet", language), new[] { chain.Account(0), hostile }, 1);
        chain.Send(5, wallet, [], value: 1_000);
        chain.Does(0, wallet, Submit, hostile, 10, Encoding.ASCII.GetBytes("paid"));
        chain.Does(0, wallet, Confirm, 0);
        chain.Reverts("Wallet: already executed", 0, wallet, Execute, 0);
        Assert.Equal<UInt256>(1_000, chain.Balance(wallet));
    }

    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void StorageLiesWhereSolidityPutsIt(string language)
    {
        using ContractChain chain = new();
        Address wallet = Deploy(chain, language);
        byte[] data = [.. Enumerable.Range(1, 40).Select(static i => (byte)i)];
        Agree(chain, wallet, chain.Account(3), 5, []);
        Agree(chain, wallet, chain.Account(4), 77, data);
        Assert.Equal(Abi.Word(3), chain.Storage(wallet, Abi.Word(0)));
        Assert.Equal(Abi.Word(chain.Account(2)), chain.Storage(wallet, ContractChain.ArraySlot(0, 2)));
        Assert.Equal(Abi.Word(1), chain.Storage(wallet, ContractChain.MappingSlot(chain.Account(1), Abi.Word(1))));
        Assert.Equal(Abi.Word(2), chain.Storage(wallet, Abi.Word(2)));
        Assert.Equal(Abi.Word(2), chain.Storage(wallet, Abi.Word(3)));
        // uint64 confirmations, bool executed, address to.
        Assert.Equal([.. new byte[10], 2, 0, .. chain.Account(4).Bytes], chain.Storage(wallet, ContractChain.ArraySlot(3, 3)));
        Assert.Equal(Abi.Word(77), chain.Storage(wallet, ContractChain.ArraySlot(3, 4)));
        byte[] dataSlot = ContractChain.ArraySlot(3, 5);
        Assert.Equal(Abi.Word(81), chain.Storage(wallet, dataSlot));
        Assert.Equal(data[..32], chain.Storage(wallet, Keccak256.Hash(dataSlot).ToArray()));
        Assert.Equal(Abi.Word(1), chain.Storage(wallet, ContractChain.MappingSlot(chain.Account(1), ContractChain.MappingSlot(1, Abi.Word(4)))));
    }
}
