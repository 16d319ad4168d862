using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using ContractVm.HostApi;
using ContractVm.StateStore;
using TestData = ContractVm.TestSupport.TestData;

namespace ContractVm.Node.Tests.Chains;

/// <summary>A chain with the development accounts, and short ways to send to it.</summary>
internal sealed class TestChain : IDisposable
{
    private static readonly PrivateKey[] AllKeys = Mnemonic.Accounts(Mnemonic.Development, 10);

    public TestChain(IKeyValueStore? store = null, EngineSettings? engine = null) => Chain = Chain.Create(store ?? new MemoryStore(), Genesis.Development(), sync: false, engine);

    public Chain Chain { get; set; }

    public PrivateKey[] Keys => AllKeys;

    public static byte[] Contract(string name) => File.ReadAllBytes(Path.Combine(TestData.ProjectRoot, "contracts", name, $"{name}.wasm"));

    public static byte[] TokenCreation(ulong supply) => DeploymentCode.Frame(
        Contract("token"), [.. Word(128), .. Word(192), .. Word(18), .. Word(supply), .. Word(5), .. Text("Token"), .. Word(3), .. Text("TOK")]);

    public static byte[] Word(object value)
    {
        byte[] word = new byte[32];
        if (value is Address address) address.CopyTo(word.AsSpan(12));
        else ((UInt256)System.Convert.ToUInt64(value, System.Globalization.CultureInfo.InvariantCulture)).ToBigEndian(word);
        return word;
    }

    private static byte[] Text(string text) => [.. Encoding.ASCII.GetBytes(text), .. new byte[32 - text.Length]];

    public static byte[] Calldata(string signature, params object[] arguments) =>
        [.. Keccak256.Hash(Encoding.ASCII.GetBytes(signature)).Bytes[..4], .. arguments.SelectMany(Word)];

    /// <summary>A signed EIP-1559 transaction with the nonce that the chain's head and the ones before it ask for.</summary>
    public Transaction Sign(int from, Address? to, byte[] data, ulong gas = 3_000_000, ulong value = 0, ulong nonceAhead = 0, ulong? nonce = null, ulong? chainId = null) =>
        new UnsignedTransaction
        {
            Type = TransactionType.DynamicFee,
            ChainId = chainId ?? Chain.ChainId,
            Nonce = nonce ?? Chain.NextNonce(Keys[from].Address) + nonceAhead,
            MaxFeePerGas = 3_000_000_000,
            MaxPriorityFeePerGas = 1_000_000_000,
            GasLimit = gas,
            To = to,
            Value = value,
            Data = data,
        }.Sign(Keys[from]);

    /// <summary>Commits one block of transactions that must all be executable.</summary>
    public SealedBlock Mine(params Transaction[] transactions)
    {
        BlockBuilder builder = Chain.StartBlock(Chain.NextEnvironment(coinbase: Keys[9].Address));
        builder.AddAll(transactions);
        return Chain.Commit(builder);
    }

    public TransactionVerdict Try(Transaction transaction) => Chain.StartBlock(Chain.NextEnvironment()).TryAdd(transaction, out _);

    public Address DeployToken(ulong supply = 1_000_000)
    {
        ExecutedTransaction deployed = Mine(Sign(0, null, TokenCreation(supply), gas: 10_000_000)).Executed[0];
        return deployed.Contract ?? throw new InvalidOperationException($"{deployed.Outcome} {deployed.Error}");
    }

    public void Dispose() => Chain.Dispose();
}
