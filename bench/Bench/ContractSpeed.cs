using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using ContractVm;
using ContractVm.Gas;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace Bench;

/// <summary>
/// What a call of the token contract costs as a node makes it, in nanoseconds: lease, store, instance, call, drop; on a state in memory,
/// without transactions and blocks around. Medians over samples in turns between the engines.
/// </summary>
internal sealed class ContractSpeed
{
    private const int Settling = 15, Samples = 31, Calls = 500;
    private static readonly Address Alice = Address.Parse("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"), Bob = Address.Parse("0x70997970c51812dc3a010c7d01b50e0d17dc79c8");
    private static readonly BlockEnvironment Block = new(7, 1_700_000_007, Bob, 30_000_000, 1_000_000_000, 31337);
    private readonly ModuleCache _modules;
    private readonly WorldState _state = StateDatabase.Open(new MemoryStore()).CreateWorld();
    private readonly Address _token = Address.ForCreate(Alice, 0);

    private ContractSpeed(EngineChoice engine, byte[] code)
    {
        _modules = new ModuleCache(HostTable.ContractProfile, new EngineSettings { Engine = engine });
        byte[] name = [.. Word(5), .. "Token"u8, .. new byte[27]];
        byte[] creation = DeploymentCode.Frame(code, [.. Word(128), .. Word(192), .. Word(18), .. Word(1_000_000_000), .. name, .. name]);
        _state.BeginTransaction();
        FrameResult result = ContractRunner.Create(Frame(Alice, creation));
        _state.EndTransaction();
        if (result.Outcome != Outcome.Success) throw new InvalidDataException($"the token is not deployed: {result}");
    }

    /// <summary>Measures and prints.</summary>
    public static int Run()
    {
        byte[] code = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "token.wasm"));
        ContractSpeed[] engines = [new(EngineChoice.Compiled, code), new(EngineChoice.Interpreter, code)];
        byte[] balance = Call("balanceOf(address)", Bob), transfer = [.. Call("transfer(address,uint256)", Bob), .. Word(1)];
        (string Name, Func<ContractSpeed, double> Measure)[] rows =
        [
            ("lease of the module, and its end", static engine => engine.Time(engine.Lease)),
            ("lease, store, instance, drop", static engine => engine.Time(engine.Make)),
            ("a call with an unknown selector: reverts", engine => engine.Time(() => engine.Send([1, 2, 3, 4], Outcome.Revert))),
            ("balanceOf", engine => engine.Time(() => engine.Send(balance, Outcome.Success))),
            ("transfer", engine => engine.Time(() => engine.Send(transfer, Outcome.Success))),
        ];
        Console.WriteLine("Nanoseconds:\n");
        Console.WriteLine(Figures.Head(["what", "compiled", "interpreter"]));
        foreach ((string name, Func<ContractSpeed, double> measure) in rows)
        {
            List<double>[] samples = [[], []];
            for (int round = 0; round < Settling + Samples; round++)
            {
                // What .NET compiles better comes in from its own thread.
                if (round < Settling) Thread.Sleep(20);
                for (int engine = 0; engine < engines.Length; engine++)
                    if (measure(engines[engine]) is double time && round >= Settling) samples[engine].Add(time);
            }

            Console.WriteLine(Figures.Row([name, .. samples.Select(Figures.Median).Select(static median => Figures.Fixed(median, 0))]));
        }

        return 0;
    }

    private double Time(Action action)
    {
        _state.BeginTransaction();
        long from = Stopwatch.GetTimestamp();
        for (int i = 0; i < Calls; i++) action();
        double elapsed = Stopwatch.GetElapsedTime(from).TotalNanoseconds / Calls;
        _state.EndTransaction();
        return elapsed;
    }

    private void Lease()
    {
        if (_modules.TryRent(_state.GetCodeHash(_token), out ReadyModule ready)) ready.Dispose();
    }

    private void Make()
    {
        _modules.TryRent(_state.GetCodeHash(_token), out ReadyModule ready);
        using (ready)
        {
            using Store store = new(ready.Module.Profile.ObjectBytes, ready.Engine);
            Instance.Create(ready.Module, ready.Resolve, null, out _, store);
        }
    }

    private void Send(byte[] input, Outcome expected)
    {
        FrameResult result = ContractRunner.Call(Frame(_token, input));
        if (result.Outcome != expected) throw new InvalidDataException($"{result}");
    }

    private CallFrame Frame(Address contract, byte[] input)
    {
        Meter meter = new(1_000_000_000_000, _modules.Profile.Schedule.StackWords);
        TransactionContext transaction = new(_state, Block, Alice, 1, meter, _modules);
        return new CallFrame(transaction, contract == Alice ? _token : contract, Alice, 0, input, Capabilities.All);
    }

    private static byte[] Call(string signature, Address address)
    {
        byte[] word = new byte[32];
        address.CopyTo(word.AsSpan(12));
        return [.. Keccak256.Hash(Encoding.ASCII.GetBytes(signature)).Bytes[..4], .. word];
    }

    private static byte[] Word(ulong value)
    {
        byte[] word = new byte[32];
        ((UInt256)value).ToBigEndian(word);
        return word;
    }
}
