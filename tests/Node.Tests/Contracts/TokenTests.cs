using ContractVm.HostApi.Tests;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.Node.Tests.Contracts;

/// <summary>The token, in every language.</summary>
public sealed class TokenTests
{
    private const string LongName = "A token with a name of more than thirty-one bytes";
    private static readonly byte[] NoArguments = [];

    private static Address Deploy(ContractChain chain, string language) =>
        chain.Deploy(0, Languages.Module("token", language), LongName, "TOK", 18, 1_000_000UL);

    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void TokensMoveAsErc20Says(string language)
    {
        using ContractChain chain = new();
        Address token = Deploy(chain, language), zero = Address.Zero;
        Address[] who = [chain.Account(0), chain.Account(1), chain.Account(2)];
        Assert.Equal(2, chain.Logs.Length);
        Assert.Equal(Abi.Encode(LongName), chain.Ask(token, "name()"));
        Assert.Equal(Abi.Encode("TOK"), chain.Ask(token, "symbol()"));
        Assert.Equal<UInt256>(18, chain.Number(token, "decimals()"));
        Assert.Equal(Abi.Word(who[0]), chain.Ask(token, "owner()"));

        Assert.Equal(Abi.Word(1), chain.Does(0, token, "transfer(address,uint256)", who[1], 400));
        chain.Logged(token, "Transfer(address,address,uint256)", [who[0], who[1]], Abi.Word(400));
        Assert.Equal(Abi.Word(1), chain.Does(1, token, "approve(address,uint256)", who[2], 150));
        chain.Logged(token, "Approval(address,address,uint256)", [who[1], who[2]], Abi.Word(150));
        Assert.Equal(Abi.Word(1), chain.Does(2, token, "transferFrom(address,address,uint256)", who[1], who[0], 100));
        chain.Logged(token, "Transfer(address,address,uint256)", [who[1], who[0]], Abi.Word(100));
        Assert.Equal<UInt256>(50, chain.Number(token, "allowance(address,address)", who[1], who[2]));
        chain.Reverts("ERC20: insufficient allowance", 2, token, "transferFrom(address,address,uint256)", who[1], who[0], 51);
        chain.Does(1, token, "approve(address,uint256)", who[2], UInt256.MaxValue);
        chain.Does(2, token, "transferFrom(address,address,uint256)", who[1], who[2], 60);
        Assert.Equal(UInt256.MaxValue, chain.Number(token, "allowance(address,address)", who[1], who[2]));
        Assert.Equal<UInt256>(240, chain.Number(token, "balanceOf(address)", who[1]));
        chain.Does(1, token, "transfer(address,uint256)", who[1], 240);
        Assert.Equal<UInt256>(240, chain.Number(token, "balanceOf(address)", who[1]));

        chain.Does(0, token, "mint(address,uint256)", who[2], 7);
        chain.Logged(token, "Transfer(address,address,uint256)", [zero, who[2]], Abi.Word(7));
        chain.Does(2, token, "burn(uint256)", 5);
        chain.Logged(token, "Transfer(address,address,uint256)", [who[2], zero], Abi.Word(5));
        Assert.Equal<UInt256>(1_000_002, chain.Number(token, "totalSupply()"));
        chain.Does(0, token, "transferOwnership(address)", who[1]);
        chain.Logged(token, "OwnershipTransferred(address,address)", [who[0], who[1]], []);
        Assert.Equal(Abi.Word(who[1]), chain.Ask(token, "owner()"));
        Assert.Equal<UInt256>(18, chain.Number(token, "decimals()"));
    }

    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void RefusalsHaveTheirReasons(string language)
    {
        using ContractChain chain = new();
        Address token = Deploy(chain, language), one = chain.Account(1), two = chain.Account(2), zero = Address.Zero;
        const string Transfer = "transfer(address,uint256)", TransferFrom = "transferFrom(address,address,uint256)";
        chain.Reverts("ERC20: transfer amount exceeds balance", 1, token, Transfer, two, 1);
        chain.Reverts("ERC20: transfer amount exceeds balance", 0, token, Transfer, two, UInt256.MaxValue);
        chain.Reverts("ERC20: transfer to the zero address", 0, token, Transfer, zero, 1);
        chain.Reverts("ERC20: transfer from the zero address", 0, token, TransferFrom, zero, two, 0);
        chain.Reverts("ERC20: approve to the zero address", 0, token, "approve(address,uint256)", zero, 1);
        chain.Reverts("ERC20: mint to the zero address", 0, token, "mint(address,uint256)", zero, 1);
        chain.Reverts("ERC20: total supply overflow", 0, token, "mint(address,uint256)", one, UInt256.MaxValue);
        chain.Reverts("ERC20: burn amount exceeds balance", 1, token, "burn(uint256)", 1);
        chain.Reverts("Ownable: caller is not the owner", 1, token, "mint(address,uint256)", one, 1);
        chain.Reverts("Ownable: caller is not the owner", 1, token, "transferOwnership(address)", one);
        chain.Reverts("Ownable: new owner is the zero address", 0, token, "transferOwnership(address)", zero);
        chain.Reverts("ABI: unknown selector", 0, token, "nothing()");
        chain.Reverts("ABI: calldata too short", 0, token, [1, 2, 3], 0);
        chain.Reverts("ABI: calldata too short", 0, token, Transfer, two);
        chain.Reverts("ABI: calldata too long", 0, token, new byte[16385], 0);
        chain.Reverts("ABI: address has dirty upper bytes", 0, token, Transfer, UInt256.MaxValue, 1);
        chain.Reverts("ABI: function is not payable", 0, token, Abi.Call("totalSupply()"), 1);
    }

    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void ConstructorsReadTheirArgumentsWithCare(string language)
    {
        using ContractChain chain = new();
        byte[] module = Languages.Module("token", language);
        chain.DeploymentReverts("ABI: calldata too short", module, NoArguments);
        chain.DeploymentReverts("ABI: integer out of range", module, "A", "B", 256, 1);
        chain.DeploymentReverts("ERC20: name or symbol too long", module, new string('x', 4097), "B", 18, 1);
        chain.DeploymentReverts("ABI: bad offset", module, 1 << 20, "B", 18, 1);
        chain.DeploymentReverts("ABI: bad length", module, 96, 128, 18, UInt256.MaxValue);
        Address token = chain.Deploy(0, module, new string('n', 4096), "", 0, 0);
        Assert.Equal(Abi.Encode(new string('n', 4096)), chain.Ask(token, "name()"));
        Assert.Equal(Abi.Encode(""), chain.Ask(token, "symbol()"));
        token = chain.Deploy(0, module, new string('n', 31), new string('s', 32), 255, UInt256.MaxValue);
        Assert.Equal(Abi.Encode(new string('n', 31)), chain.Ask(token, "name()"));
        Assert.Equal(Abi.Encode(new string('s', 32)), chain.Ask(token, "symbol()"));
        Assert.Equal<UInt256>(255, chain.Number(token, "decimals()"));
        Assert.Equal(UInt256.MaxValue, chain.Number(token, "totalSupply()"));
    }

    [Theory]
    [MemberData(nameof(Languages.All), MemberType = typeof(Languages))]
    public void StorageLiesWhereSolidityPutsIt(string language)
    {
        using ContractChain chain = new();
        Address token = Deploy(chain, language), owner = chain.Account(0), spender = chain.Account(1);
        chain.Does(0, token, "approve(address,uint256)", spender, 77);
        Assert.Equal(Abi.Word(1_000_000), chain.Storage(token, ContractChain.MappingSlot(owner, Abi.Word(0))));
        Assert.Equal(Abi.Word(77), chain.Storage(token, ContractChain.MappingSlot(spender, ContractChain.MappingSlot(owner, Abi.Word(1)))));
        Assert.Equal(Abi.Word(1_000_000), chain.Storage(token, Abi.Word(2)));
        Assert.Equal(Abi.Word(2 * LongName.Length + 1), chain.Storage(token, Abi.Word(3)));
        byte[] name = [.. chain.Storage(token, ContractChain.ArraySlot(3, 0)), .. chain.Storage(token, ContractChain.ArraySlot(3, 1))];
        Assert.Equal(LongName, System.Text.Encoding.ASCII.GetString(name).TrimEnd('\0'));
        Assert.Equal([.. "TOK"u8, .. new byte[28], 6], chain.Storage(token, Abi.Word(4)));
        Assert.Equal([.. new byte[11], 18, .. owner.ToArray()], chain.Storage(token, Abi.Word(5)));
    }
}
