using System;
using System.Collections.Generic;
using System.Diagnostics;
using ContractVm.Cli.Chains;
using ContractVm.Cli.CommandLine;
using ContractVm.HostApi;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Demo;

/// <summary>What the demo came to.</summary>
internal sealed record DemoReport(
    string Directory, Address Token, ulong Blocks, long Transactions, SortedDictionary<Outcome, long> Outcomes, ulong GasUsed, ulong InkUsed,
    BlockHeader Head, EngineRuns Runs, TimeSpan Time, ReplayReport Replay, TimeSpan ReplayTime);

/// <summary>Creates a chain, deploys the token, sends the transactions, closes and opens the database, and replays everything.</summary>
internal static class DemoRun
{
    private const int BlockLength = 100;

    /// <summary>Runs the demo in an empty directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="module">The token's module.</param>
    /// <param name="transactions">How many transactions beside the deployment.</param>
    /// <param name="engine">What runs the token.</param>
    /// <param name="say">Told what happens, line by line.</param>
    public static DemoReport Run(string directory, byte[] module, int transactions, EngineChoice engine, Action<string> say)
    {
        Genesis genesis = Genesis.Development();
        PrivateKey[] accounts = Mnemonic.Accounts(Mnemonic.Development, genesis.Balances.Count);
        SortedDictionary<Outcome, long> outcomes = [];
        EngineSettings settings = ChainDirectory.Engine(directory, engine);
        EngineRuns runs;
        ulong gas = 0, ink = 0;
        Address token;
        TimeSpan time;

        using (Chain chain = Chain.Create(RocksDbStore.Open(directory), genesis, engine: settings))
        {
            say($"chain {chain.ChainId} with {accounts.Length} funded accounts in {directory}");
            DemoScenario scenario = new(chain.ChainId, accounts);
            long start = Stopwatch.GetTimestamp();
            ExecutedTransaction deployed = Mine(chain, [scenario.Deployment(module)]).Executed[0];
            Count(deployed);
            token = deployed.Contract ?? throw new FailureException($"the token was not deployed: {deployed.Outcome} {deployed.Error}");
            say($"block 1: token deployed at {token.ToChecksumString()} for {deployed.GasUsed} gas");

            List<Transaction> pending = new(BlockLength);
            foreach (Transaction transaction in scenario.Transactions(token, transactions))
            {
                pending.Add(transaction);
                if (pending.Count == BlockLength) MinePending();
            }

            if (pending.Count > 0) MinePending();
            time = Stopwatch.GetElapsedTime(start);
            runs = chain.EngineRuns;

            void MinePending()
            {
                SealedBlock block = Mine(chain, pending);
                foreach (ExecutedTransaction executed in block.Executed) Count(executed);
                say($"block {block.Block.Header.Number}: {block.Executed.Count} transactions, {block.Block.Header.GasUsed} gas, state root {block.Block.Header.StateRoot}");
                pending.Clear();
            }
        }

        say("closed and opened again; re-executing every block in a second database");
        using Chain reopened = Chain.Open(RocksDbStore.Open(directory), genesis.ChainId, engine: settings);
        string second = System.IO.Directory.CreateTempSubdirectory("cvm-replay-").FullName;
        try
        {
            long start = Stopwatch.GetTimestamp();
            ReplayReport replay = Replay.Run(reopened, RocksDbStore.Open(second), 1, reopened.Head.Number);
            TimeSpan replayTime = Stopwatch.GetElapsedTime(start);
            return new DemoReport(directory, token, reopened.Head.Number, transactions + 1L, outcomes, gas, ink, reopened.Head, runs, time, replay, replayTime);
        }
        finally
        {
            System.IO.Directory.Delete(second, recursive: true);
        }

        void Count(ExecutedTransaction executed)
        {
            outcomes[executed.Outcome] = outcomes.GetValueOrDefault(executed.Outcome) + 1;
            gas += executed.GasUsed;
            ink += executed.InkUsed;
        }
    }

    private static SealedBlock Mine(Chain chain, IReadOnlyList<Transaction> transactions)
    {
        BlockBuilder builder = chain.StartBlock(chain.NextEnvironment());
        builder.AddAll(transactions);
        return chain.Commit(builder);
    }
}
