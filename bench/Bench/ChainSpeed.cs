using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using ContractVm;
using ContractVm.HostApi;
using ContractVm.Node;
using ContractVm.StateStore;

namespace Bench;

/// <summary>
/// Token transfers as a node executes them: one by one, from the decoded transaction to the journaled result; and in blocks, with roots, on RocksDB.
/// Every transfer is between two of a thousand accounts; transactions are signed and encoded before anything is timed.
/// </summary>
internal sealed class ChainSpeed : IDisposable
{
    private const int Accounts = 1_000, GasLimit = 100_000, BlockTransfers = 200;
    private static readonly UInt256 Fee = 2_000_000_000;
    private readonly PrivateKey[] _keys;
    private readonly ulong[] _nonces = new ulong[Accounts];
    private readonly Chain _chain;
    private readonly Random _random = new(1);
    private readonly Address _token;

    private ChainSpeed(string folder, EngineChoice engine, bool sync)
    {
        _keys = [.. Enumerable.Range(1, Accounts).Select(static i => PrivateKey.FromBytes(Hash256.FromUInt256((UInt256)(ulong)i * 1_000_003).Bytes))];
        Genesis genesis = new(Genesis.DevelopmentChainId, 1_700_000_000, 100_000_000, 1_000_000_000, [.. _keys.Select(static key => (key.Address, (UInt256)1_000_000_000_000_000_000))]);
        _chain = Chain.Create(RocksDbStore.Open(folder), genesis, sync, new EngineSettings { Engine = engine });
        byte[] name = [.. Word(5), .. "Token"u8, .. new byte[27]];
        byte[] module = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "token.wasm"));
        _token = Address.ForCreate(_keys[0].Address, 0);
        Commit([Sign(0, null, DeploymentCode.Frame(module, [.. Word(128), .. Word(192), .. Word(18), .. Word(1_000_000_000_000), .. name, .. name]), 20_000_000)]);
        // Everybody has some, so that transfers find slots that are there.
        for (int first = 1; first < Accounts; first += BlockTransfers)
            Commit([.. Enumerable.Range(first, Math.Min(BlockTransfers, Accounts - first)).Select(to => Transfer(0, to, 1_000_000))]);
    }

    /// <inheritdoc/>
    public void Dispose() => _chain.Dispose();

    /// <summary>Measures and prints.</summary>
    /// <param name="isCold">Blocks of 100 alone, so that the first are the first of the process.</param>
    public static int Run(bool isCold)
    {
        string folder = Directory.CreateTempSubdirectory("bench-chain-").FullName;
        try
        {
            if (!isCold) TimeTransactions(folder);
            TimeBlocks(folder, isCold ? [(100, true, true)] : [(100, false, true), (100, true, false), (100, true, true), (500, false, true), (500, true, false), (500, true, true)]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return 0;
    }

    private static void TimeTransactions(string folder)
    {
        using ChainSpeed compiled = new(Path.Combine(folder, "compiled"), EngineChoice.Compiled, sync: false);
        using ChainSpeed interpreted = new(Path.Combine(folder, "interpreted"), EngineChoice.Interpreter, sync: false);
        List<double>[][] samples = [.. Enumerable.Range(0, 3).Select(static _ => new List<double>[] { [], [] })];
        const int Settling = 40, Rounds = 60;
        for (int round = 0; round < Settling + Rounds; round++)
        {
            if (round < Settling) Thread.Sleep(20);
            foreach ((int index, ChainSpeed chain) in new[] { (0, compiled), (1, interpreted) })
            {
                double[] times = chain.TimeTransactions();
                for (int i = 0; i < times.Length && round >= Settling; i++) samples[i][index].Add(times[i]);
            }
        }

        Console.WriteLine(Figures.Head("a token transfer, µs", "compiled", "interpreter"));
        string[] names = ["decoding", "finding who signed it", "from there to the journaled result, with its receipt"];
        for (int i = 0; i < names.Length; i++) Console.WriteLine(Figures.Row([names[i], .. samples[i].Select(static times => Figures.Fixed(Figures.Median(times), 2))]));
        Console.WriteLine();
    }

    private static void TimeBlocks(string folder, (int Size, bool Sync, bool HasThreads)[] kinds)
    {
        Console.WriteLine(Figures.Head("blocks of so many transfers, a second", "blocks 1 to 10", "median of the last 60", "of it: decoding", "signatures and execution", "roots and commit", "syncs", "threads for signatures"));
        foreach ((int size, bool sync, bool hasThreads) in kinds)
        {
            using ChainSpeed chain = new(Path.Combine(folder, $"{size}-{sync}-{hasThreads}"), EngineChoice.Compiled, sync);
            if (!hasThreads) chain._chain.SignatureThreads = 0;
            List<double[]> blocks = [.. Enumerable.Range(0, 120).Select(_ => chain.TimeBlock(size))];
            double first = 10.0 * size / (blocks.Take(10).Sum(static times => times.Sum()) / 1e6);
            double[] steady = [.. blocks.Skip(60).Select(times => size / (times.Sum() / 1e6))];
            string[] parts = [.. Enumerable.Range(0, 3).Select(part => Figures.Fixed(Figures.Median([.. blocks.Skip(60).Select(times => times[part] / times.Sum())]) * 100, 0) + " %")];
            Console.WriteLine(Figures.Row([$"{size}", Figures.Fixed(first, 0), Figures.Fixed(Figures.Median(steady), 0), .. parts, sync ? "each block" : "none", $"{chain._chain.SignatureThreads}"]));
        }
    }

    /// <summary>µs of a transfer's decoding, of finding its sender, of its execution.</summary>
    private double[] TimeTransactions()
    {
        byte[][] encoded = [.. Transfers(BlockTransfers).Select(static transaction => transaction.Encoded.ToArray())];
        Transaction[] decoded = new Transaction[encoded.Length];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < encoded.Length; i++) decoded[i] = Decode(encoded[i]);
        double decoding = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        start = Stopwatch.GetTimestamp();
        foreach (Transaction transaction in decoded) transaction.TryRecoverSender(out _);
        double recovering = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        BlockBuilder builder = _chain.StartBlock(_chain.NextEnvironment());
        start = Stopwatch.GetTimestamp();
        builder.AddAll(decoded);
        double executing = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        Require(_chain.Commit(builder));
        return [decoding / encoded.Length, recovering / encoded.Length, executing / encoded.Length];
    }

    /// <summary>µs of a block: decoding, signatures and execution, roots and commit.</summary>
    private double[] TimeBlock(int size)
    {
        byte[][] encoded = [.. Transfers(size).Select(static transaction => transaction.Encoded.ToArray())];
        long start = Stopwatch.GetTimestamp();
        Transaction[] decoded = Array.ConvertAll(encoded, Decode);
        double decoding = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        BlockBuilder builder = _chain.StartBlock(_chain.NextEnvironment());
        builder.AddAll(decoded);
        double executed = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        SealedBlock block = _chain.Commit(builder);
        double all = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        Require(block);
        return [decoding, executed - decoding, all - executed];
    }

    private static Transaction Decode(byte[] encoded) =>
        Transaction.TryDecode(encoded, out Transaction? transaction, out TransactionError error) ? transaction : throw new InvalidDataException($"{error}");

    private void Commit(Transaction[] transactions)
    {
        BlockBuilder builder = _chain.StartBlock(_chain.NextEnvironment());
        builder.AddAll(transactions);
        Require(_chain.Commit(builder));
    }

    private static void Require(SealedBlock block)
    {
        if (block.Executed.FirstOrDefault(static executed => executed.Outcome != Outcome.Success) is ExecutedTransaction failed) throw new InvalidDataException($"a transaction failed: {failed.Outcome}");
    }

    private IEnumerable<Transaction> Transfers(int count)
    {
        for (int i = 0; i < count; i++) yield return Transfer(_random.Next(Accounts), _random.Next(Accounts), 1);
    }

    private Transaction Transfer(int from, int to, ulong amount)
    {
        byte[] word = new byte[32];
        _keys[to].Address.CopyTo(word.AsSpan(12));
        return Sign(from, _token, [.. Keccak256.Hash(Encoding.ASCII.GetBytes("transfer(address,uint256)")).Bytes[..4], .. word, .. Word(amount)], GasLimit);
    }

    private Transaction Sign(int from, Address? to, byte[] data, ulong gas) => new UnsignedTransaction
    {
        ChainId = Genesis.DevelopmentChainId, Nonce = _nonces[from]++, MaxPriorityFeePerGas = 1, MaxFeePerGas = Fee, GasLimit = gas, To = to, Data = data,
    }.Sign(_keys[from]);

    private static byte[] Word(ulong value) => Hash256.FromUInt256(value).ToArray();
}
