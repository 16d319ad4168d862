using System;
using System.Collections.Generic;
using System.Globalization;
using ContractVm.Cli.Abi;
using ContractVm.Cli.Chains;
using ContractVm.HostApi;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Demo;

/// <summary>
/// The demo's transactions, the same every time: the token's deployment, then rounds of mints, transfers, approvals and
/// transfers on behalf of others between the development accounts. Some must fail: transfers of more than there is revert, and
/// one in the middle has too little gas.
/// </summary>
internal sealed class DemoScenario
{
    private const ulong Gas = 150_000, TooLittleGas = 32_000, DeploymentGas = 12_000_000;
    private const int RoundLength = 20;
    private static readonly FunctionSignature Mint = FunctionSignature.Parse("mint(address,uint256)");
    private static readonly FunctionSignature Transfer = FunctionSignature.Parse("transfer(address,uint256)");
    private static readonly FunctionSignature Approve = FunctionSignature.Parse("approve(address,uint256)");
    private static readonly FunctionSignature TransferFrom = FunctionSignature.Parse("transferFrom(address,address,uint256)");
    private static readonly FunctionSignature Burn = FunctionSignature.Parse("burn(uint256)");
    private readonly ulong _chainId;
    private readonly ulong[] _nonces;

    /// <summary>Makes the scenario for a chain with the development accounts.</summary>
    public DemoScenario(ulong chainId, PrivateKey[] accounts)
    {
        _chainId = chainId;
        Accounts = accounts;
        _nonces = new ulong[accounts.Length];
    }

    /// <summary>The accounts; the first one owns the token.</summary>
    public PrivateKey[] Accounts { get; }

    /// <summary>The token's deployment, with its constructor's arguments.</summary>
    public Transaction Deployment(byte[] module) => Sign(0, null, DeploymentCode.Frame(module, Constructor()), DeploymentGas);

    /// <summary>A number of transactions on the deployed token.</summary>
    /// <param name="token">Where it is.</param>
    /// <param name="count">How many.</param>
    public IEnumerable<Transaction> Transactions(Address token, int count)
    {
        int others = Accounts.Length - 1;
        for (int i = 0; i < count; i++)
        {
            int step = i % RoundLength, round = i / RoundLength;
            int from = 1 + (round + step) % others, to = 1 + (round + step + 1) % others;
            yield return i == count / 2
                ? Sign(0, token, Call(Mint, Accounts[to].Address, 1), TooLittleGas)
                : step switch
                {
                    < 4 => Sign(0, token, Call(Mint, Accounts[1 + (round + step) % others].Address, 1_000), Gas),
                    < 11 => Sign(from, token, Call(Transfer, Accounts[to].Address, (ulong)(1 + step)), Gas),
                    < 14 => Sign(from, token, Call(Approve, Accounts[0].Address, 50), Gas),
                    // Whoever approved three steps before.
                    < 17 => Sign(0, token, Call(TransferFrom, Accounts[1 + (round + step - 3) % others].Address, Accounts[to].Address, 5), Gas),
                    17 => Sign(from, token, Call(Transfer, Accounts[to].Address, 1_000_000_000), Gas),
                    18 => Sign(from, token, Call(Burn, 3), Gas),
                    _ => Sign(from, token, Call(TransferFrom, Accounts[0].Address, Accounts[from].Address, 1), Gas),
                };
        }
    }

    private Transaction Sign(int from, Address? to, byte[] data, ulong gas) =>
        new UnsignedTransaction
        {
            Type = TransactionType.DynamicFee,
            ChainId = _chainId,
            Nonce = _nonces[from]++,
            MaxFeePerGas = 100_000_000_000,
            MaxPriorityFeePerGas = 1_000_000_000,
            GasLimit = gas,
            To = to,
            Data = data,
        }.Sign(Accounts[from]);

    private static byte[] Constructor() => Calldata.ParseConstructor("(string,string,uint8,uint256)", ["Demo Token", "DEMO", "18", "1000000"]);

    private static byte[] Call(FunctionSignature function, params object[] arguments) =>
        function.EncodeCall(Array.ConvertAll(arguments, static argument => Convert.ToString(argument, CultureInfo.InvariantCulture)!));
}
