using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.HostApi.Tests.Trees;

/// <summary>Random trees of calls, creations and failures leave what a model leaves that copies the whole state for each frame.</summary>
public class CallTreeTests
{
    private const int Trees = 300;
    private static readonly Address Nobody = Address.Parse("0x00000000000000000000000000000000000dead1");
    private static readonly Address[] Others = [Address.Parse("0x0000000000000000000000000000000000000004"), Chainlet.Bob, Nobody];

    [Theory]
    [InlineData(EngineChoice.Compiled)]
    [InlineData(EngineChoice.Interpreter)]
    public void EveryTreeLeavesWhatTheModelLeaves(EngineChoice engine)
    {
        if (engine == EngineChoice.Compiled && !Engines.IsCompiledAvailable) return;
        Chainlet chain = new(engine);
        byte[] code = Chainlet.Contract("agent");
        Address[] agents = [.. Enumerable.Range(0, 3).Select(_ => chain.Deploy(code, Chainlet.Alice).Address)];
        TreeModel model = new(Keccak256.Hash(code), code);
        foreach (Address agent in agents)
        {
            chain.State.SetBalance(agent, 100);
            TreeModel.Account account = model.State[agent];
            (account.Balance, account.Nonce, account.HasCode) = (100, 1, true);
        }

        chain.State.SetBalance(Chainlet.Alice, 1_000_000);
        (model.State[Chainlet.Alice].Balance, model.State[Chainlet.Alice].Nonce) = (1_000_000, chain.State.GetNonce(Chainlet.Alice));
        int failures = 0;
        for (int seed = 0; seed < Trees; seed++)
        {
            IReadOnlyList<Deed> tree = new TreeGenerator(seed, agents, Others).Next();
            ulong value = (ulong)(seed % 3);
            TreeModel.Ended expected = model.Transact(Chainlet.Alice, agents[0], value, tree);
            FrameResult result = chain.Call(agents[0], Chainlet.Alice, Script.Encode(tree), ink: TreeGenerator.GasAt[0] * 10_000, value: value);
            string where = $"tree {seed}";
            Assert.True(KindOf(expected.Outcome) == KindOf(result.Outcome), $"{where}: {result.Outcome}, expected {expected.Outcome}, {result.Execution}");
            Assert.True(expected.Output.AsSpan().SequenceEqual(result.Output), $"{where}: reported\n{Convert.ToHexString(result.Output)}, expected\n{Convert.ToHexString(expected.Output)}");
            if (result.Outcome != Outcome.Success) failures++;
            AssertSame(where, model.State, chain);
        }

        // Both kinds of trees came up often.
        Assert.InRange(failures, Trees / 20, Trees / 2);
        Assert.True(model.State.Accounts.Count(static pair => pair.Value.HasCode) > agents.Length + 20);
    }

    private static Outcome KindOf(Outcome outcome) => outcome is Outcome.Success or Outcome.Revert ? outcome : Outcome.Failure;

    private static void AssertSame(string where, TreeModel.World expected, Chainlet chain)
    {
        foreach ((Address address, TreeModel.Account account) in expected.Accounts)
        {
            Assert.True(account.Balance == chain.State.GetBalance(address), $"{where}: balance of {address} is {chain.State.GetBalance(address)}, expected {account.Balance}");
            Assert.True(account.Nonce == chain.State.GetNonce(address), $"{where}: nonce of {address}");
            Assert.True(account.HasCode == (chain.State.GetCodeHash(address) != Keccak256.OfEmpty), $"{where}: code of {address}");
            for (byte key = 0; key < 4; key++)
            {
                Hash256 slot = Hash256.FromBytes(Script.Word(key)), value = account.Storage.GetValueOrDefault(slot);
                Assert.True(value == chain.State.GetStorage(address, slot), $"{where}: slot {key} of {address} is {chain.State.GetStorage(address, slot)}, expected {value}");
            }
        }

        Assert.True(expected.Logs.Count == chain.Logs.Length, $"{where}: {chain.Logs.Length} logs, expected {expected.Logs.Count}");
        for (int i = 0; i < chain.Logs.Length; i++)
        {
            LogEntry a = chain.Logs[i], b = expected.Logs[i];
            Assert.True(a.Address == b.Address && a.Topics.SequenceEqual(b.Topics) && a.Data.AsSpan().SequenceEqual(b.Data), $"{where}: log {i}");
        }
    }
}
