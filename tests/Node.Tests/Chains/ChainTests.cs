using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm.HostApi;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.Node.Tests.Chains;

public class ChainTests
{
    internal static void Scenario(TestChain chain)
    {
        Address token = chain.DeployToken();
        for (int block = 0; block < 5; block++)
        {
            List<Transaction> transactions = [];
            for (ulong i = 0; i < 10; i++)
                transactions.Add(chain.Sign(0, token, TestChain.Calldata("transfer(address,uint256)", chain.Keys[1 + (int)i % 4].Address, i + 1), gas: 200_000, nonceAhead: i));
            // A revert, an exhausted gas limit, a plain transfer, a transfer of ether to a contract that takes none.
            transactions.Add(chain.Sign(5, token, TestChain.Calldata("transfer(address,uint256)", chain.Keys[1].Address, 1), gas: 200_000));
            transactions.Add(chain.Sign(6, token, TestChain.Calldata("approve(address,uint256)", chain.Keys[1].Address, 9), gas: 30_000));
            transactions.Add(chain.Sign(7, chain.Keys[8].Address, [], gas: 21_000, value: 12345));
            transactions.Add(chain.Sign(8, token, TestChain.Calldata("totalSupply()"), gas: 200_000, value: 1));
            chain.Mine([.. transactions]);
        }
    }

    [Fact]
    public void ABlockHoldsWhatItsTransactionsCameTo()
    {
        using TestChain chain = new();
        Scenario(chain);
        IReadOnlyList<StoredReceipt> receipts = chain.Chain.GetReceipts(2)!;
        Assert.Equal(
            [.. Enumerable.Repeat(Outcome.Success, 10), Outcome.Revert, Outcome.OutOfInk, Outcome.Success, Outcome.Revert],
            receipts.Select(static receipt => receipt.Outcome));
        BlockHeader header = chain.Chain.GetHeader(2)!;
        Assert.Equal(header.GasUsed, receipts[^1].Receipt.CumulativeGasUsed);
        Assert.Equal(30_000UL, receipts[11].GasUsed);
        Assert.Equal(21_000UL, receipts[12].GasUsed);
        Assert.True(receipts[0].InkUsed > 0 && receipts[12].InkUsed == 0);
        Assert.Equal(header.ParentHash, chain.Chain.GetHeader(1)!.Hash);
        Transaction first = chain.Chain.GetBlock(2)!.Transactions[0];
        Assert.Equal((2UL, 0), chain.Chain.FindTransaction(first.Hash));
        Assert.Equal(2UL, chain.Chain.FindBlock(header.Hash));
        Assert.True(Bloom.MayContain(header.LogsBloom.Span, receipts[0].Receipt.Logs[0].Address.Bytes));
    }

    [Fact]
    public void EveryWeiIsSomewhereOrBurnt()
    {
        using TestChain chain = new();
        UInt256 before = Total(chain);
        Scenario(chain);
        UInt256 burnt = 0;
        for (ulong number = 1; number <= chain.Chain.Head.Number; number++)
            burnt += chain.Chain.GetHeader(number)!.BaseFee!.Value * chain.Chain.GetHeader(number)!.GasUsed;
        Assert.Equal(before, Total(chain) + burnt);

        static UInt256 Total(TestChain chain)
        {
            UInt256 sum = 0;
            foreach (PrivateKey key in chain.Keys)
                if (chain.Chain.State.TryGetAccount(key.Address, out Account account)) sum += account.Balance;
            return sum;
        }
    }

    [Fact]
    public void ReplayInASecondDatabaseGivesTheSame()
    {
        using TestChain chain = new();
        Scenario(chain);
        ReplayReport report = Replay.Run(chain.Chain, new MemoryStore(), 1, chain.Chain.Head.Number);
        Assert.Null(report.Difference);
        Assert.Equal((6UL, 71L, chain.Chain.Head.StateRoot), (report.Blocks, report.Transactions, report.StateRoot));
        Assert.Equal(2UL, Replay.Run(chain.Chain, new MemoryStore(), 3, 4).Blocks);
    }

    [Fact]
    public void EachBlockGivesTheSameOnTheStateBeforeIt()
    {
        MemoryStore store = new();
        using TestChain chain = new(store);
        Scenario(chain);
        ReplayReport whole = Replay.Run(chain.Chain, new MemoryStore(), 1, 6), stored = Replay.RunOnStoredStates(chain.Chain, 1, 6);
        Assert.Equal(whole, stored);
        ReplayReport part = Replay.RunOnStoredStates(chain.Chain, 3, 4);
        Assert.Equal(Replay.Run(chain.Chain, new MemoryStore(), 3, 4) with { EngineRuns = part.EngineRuns }, part);
        Assert.True(part.EngineRuns.Compiled + part.EngineRuns.Interpreted is > 0 and < 71);

        StateHistory.RaiseFloor(chain.Chain.Database, 3);
        Assert.Null(Replay.RunOnStoredStates(chain.Chain, 4, 6).Difference);
        Assert.Equal(StoreFault.BelowFloor, Assert.Throws<StoreException>(() => Replay.RunOnStoredStates(chain.Chain, 3, 6)).Fault);
        Assert.Equal(StoreFault.NotFound, Assert.Throws<StoreException>(() => chain.Chain.ExecuteAgain(7)).Fault);

        BlockHeader header = chain.Chain.GetHeader(5)!;
        store.Put(Column.Headers, [0, 0, 0, 0, 0, 0, 0, 5], (header with { StateRoot = Hash256.Zero }).Encode());
        Assert.Contains("block 5: stateRoot", Replay.RunOnStoredStates(chain.Chain, 5, 5).Difference, StringComparison.Ordinal);
    }

    [Fact]
    public void TwoChainsWithTheSameTransactionsHaveTheSameHashes()
    {
        using TestChain first = new(), second = new();
        Scenario(first);
        Scenario(second);
        Assert.Equal(first.Chain.Head.Hash, second.Chain.Head.Hash);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void ThreadsThatFindSendersDoNotShow(int threads)
    {
        using TestChain chain = new();
        Scenario(chain);
        using Chain copy = Chain.Create(new MemoryStore(), chain.Chain.Genesis);
        copy.SignatureThreads = threads;
        for (ulong number = 1; number <= chain.Chain.Head.Number; number++) copy.Import(chain.Chain.GetBlock(number)!);
        Assert.Equal(chain.Chain.Head.Hash, copy.Head.Hash);
    }

    [Fact]
    public void ReplayNamesWhatWasTamperedWith()
    {
        MemoryStore store = new();
        using TestChain chain = new(store);
        Scenario(chain);
        byte[] key = [0, 0, 0, 0, 0, 0, 0, 3];
        byte[] receipts = store.Get(Column.Receipts, key)!;
        byte[] changed = (byte[])receipts.Clone();
        // The last byte of the last row's output.
        changed[^1] ^= 1;
        store.Put(Column.Receipts, key, changed);
        Assert.Contains("block 3, transaction 13", Replay.Run(chain.Chain, new MemoryStore(), 1, 6).Difference, StringComparison.Ordinal);
        store.Put(Column.Receipts, key, receipts);

        BlockHeader header = chain.Chain.GetHeader(4)!;
        store.Put(Column.Headers, [0, 0, 0, 0, 0, 0, 0, 4], (header with { GasUsed = header.GasUsed + 1 }).Encode());
        Assert.Contains("gasUsed", Replay.Run(chain.Chain, new MemoryStore(), 1, 6).Difference, StringComparison.Ordinal);
    }

    [Fact]
    public void ARocksDbChainOpensWhereItWasClosed()
    {
        string folder = Directory.CreateTempSubdirectory("chain").FullName;
        Hash256 head;
        using (TestChain chain = new(RocksDbStore.Open(folder)))
        {
            Scenario(chain);
            head = chain.Chain.Head.Hash;
        }

        using (Chain reopened = Chain.Open(RocksDbStore.Open(folder), Genesis.DevelopmentChainId))
        {
            Assert.Equal(head, reopened.Head.Hash);
            Assert.Null(Replay.Run(reopened, new MemoryStore(), 1, reopened.Head.Number).Difference);
        }

        using (IKeyValueStore store = RocksDbStore.Open(folder))
        {
            StoreException other = Assert.Throws<StoreException>(() => Chain.Open(store, chainId: 1));
            Assert.Equal(StoreFault.OtherChain, other.Fault);
        }

        Directory.Delete(folder, recursive: true);
    }

    public static TheoryData<string, TransactionProblem> BadTransactions() => new()
    {
        { "nonce low", TransactionProblem.NonceTooLow }, { "nonce high", TransactionProblem.NonceTooHigh }, { "chain", TransactionProblem.WrongChainId },
        { "gas", TransactionProblem.GasBelowIntrinsic }, { "block gas", TransactionProblem.GasAboveBlock }, { "funds", TransactionProblem.InsufficientFunds },
        { "fee", TransactionProblem.FeeBelowBaseFee }, { "priority", TransactionProblem.PriorityAboveFee },
    };

    [Theory]
    [MemberData(nameof(BadTransactions))]
    public void BadTransactionsAreRefusedByField(string what, TransactionProblem problem)
    {
        using TestChain chain = new();
        chain.Mine(chain.Sign(1, chain.Keys[2].Address, [], gas: 21_000));
        Address to = chain.Keys[2].Address;
        UnsignedTransaction Unsigned(ulong fee, ulong priority, UInt256 value) => new()
        {
            Type = TransactionType.DynamicFee, ChainId = chain.Chain.ChainId, Nonce = 1, MaxFeePerGas = fee, MaxPriorityFeePerGas = priority, GasLimit = 21_000, To = to, Value = value,
        };
        Transaction transaction = what switch
        {
            "nonce low" => chain.Sign(1, to, [], nonce: 0),
            "nonce high" => chain.Sign(1, to, [], nonce: 2),
            "chain" => chain.Sign(1, to, [], chainId: 1),
            "gas" => chain.Sign(1, to, [], gas: 20_999),
            "block gas" => chain.Sign(1, to, [], gas: 30_000_001),
            "funds" => Unsigned(3_000_000_000, 0, UInt256.Parse("10000000000000000000000")).Sign(chain.Keys[1]),
            "fee" => Unsigned(10_000_000, 0, 0).Sign(chain.Keys[1]),
            _ => Unsigned(3_000_000_000, 3_000_000_001, 0).Sign(chain.Keys[1]),
        };
        Hash256 before = chain.Chain.Head.Hash;
        TransactionVerdict verdict = chain.Try(transaction);
        Assert.Equal(problem, verdict.Problem);
        Assert.Contains(':', verdict.Detail);
        Assert.Equal(before, chain.Chain.Head.Hash);
    }

    [Fact]
    public void ACallChangesNothing()
    {
        using TestChain chain = new();
        Address token = chain.DeployToken();
        FrameResult result = chain.Chain.Call(chain.Keys[0].Address, token, 0, TestChain.Calldata("transfer(address,uint256)", chain.Keys[1].Address, 5), 1_000_000, out ulong gas);
        Assert.Equal(Outcome.Success, result.Outcome);
        Assert.InRange(gas, 20_000UL, 100_000UL);
        FrameResult balance = chain.Chain.Call(chain.Keys[0].Address, token, 0, TestChain.Calldata("balanceOf(address)", chain.Keys[1].Address), 1_000_000, out _);
        Assert.Equal(TestChain.Word(0), balance.Output);
    }

    [Fact]
    public void ADeploymentThatFailsLeavesNoContract()
    {
        using TestChain chain = new();
        ExecutedTransaction refused = chain.Mine(chain.Sign(0, null, [0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0, 99], gas: 1_000_000)).Executed[0];
        Assert.Equal((Outcome.Failure, (Address?)null, ModuleErrorCode.BadSectionId), (refused.Outcome, refused.Contract, refused.Error!.Code));
        Assert.False(chain.Chain.State.TryGetAccount(Address.ForCreate(chain.Keys[0].Address, 0), out _));
        ExecutedTransaction poor = chain.Mine(chain.Sign(0, null, TestChain.TokenCreation(1), gas: 1_500_000)).Executed[0];
        Assert.Equal((Outcome.OutOfInk, 1_500_000UL), (poor.Outcome, poor.GasUsed));
    }
}
