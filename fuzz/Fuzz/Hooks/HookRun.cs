using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ContractVm.Gas;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Fuzz.Hooks;

/// <summary>Runs cases in both engines and next to the model, and says where something differs. Not safe for concurrent use.</summary>
internal sealed class HookRun(ModelRules rules) : IDisposable
{
    /// <summary>A transaction with more frames is not compared: the model copies everything for each.</summary>
    private const int MostFrames = 400;
    private static readonly UInt256 DriverBalance = 500, SenderBalance = 1_000_000;
    private static readonly Hash256 HighSlot = Hash256.FromBytes(HookDriver.Words[HookDriver.Addresses + 1]);

    private readonly Dictionary<(string Profile, EngineChoice Engine), ModuleCache> _modules = [];

    /// <summary>Host calls that happened, by name.</summary>
    public Dictionary<string, long> Calls { get; } = new(StringComparer.Ordinal);
    /// <summary>Frames that happened, by how they ended.</summary>
    public Dictionary<Outcome, long> Ends { get; } = [];
    /// <summary>Cases that the model could not follow.</summary>
    public long NotModelled { get; private set; }

    /// <summary>How a case differs, in a line; null where it does not.</summary>
    public string? Check(HookCase test)
    {
        Profile profile = HostTable.AllProfiles.Single(candidate => candidate.Name == test.Profile);
        HookModel model = new(profile, rules);
        WorldState interpreted = NewWorld(), compiled = NewWorld();
        Prepare(model.World);
        model.World.WriteTo(interpreted);
        model.World.WriteTo(compiled);
        for (int i = 0; i < test.Transactions.Count; i++)
        {
            HookRecorder recorder = new();
            Ended expected = Transact(test.Transactions[i], profile, EngineChoice.Interpreter, interpreted, recorder);
            if (Engines.IsCompiledAvailable && Differs(Transact(test.Transactions[i], profile, EngineChoice.Compiled, compiled, null), expected) is string difference)
                return string.Create(CultureInfo.InvariantCulture, $"transaction {i}: compiled: {difference}");
            Count(recorder.Root);
            if (recorder.Frames > MostFrames) return Skip();
            try
            {
                string? mismatch = CompareWithModel(model, test.Transactions[i], recorder.Root, expected);
                if (mismatch is not null) return string.Create(CultureInfo.InvariantCulture, $"transaction {i}: {mismatch}");
            }
            catch (ModelMismatchException exception)
            {
                return string.Create(CultureInfo.InvariantCulture, $"transaction {i}: {exception.Message}");
            }
            catch (NotModelledException)
            {
                return Skip();
            }
        }

        WorldState state = NewWorld();
        model.World.WriteTo(state);
        Hash256 root = Root(state);
        if (Root(interpreted) != root) return $"the state is not the model's: {StateDifference(model.World, interpreted)}";
        return Engines.IsCompiledAvailable && Root(compiled) != root ? "compiled: the state is not the model's" : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ModuleCache modules in _modules.Values) modules.Dispose();
    }

    private sealed record Ended(Outcome Outcome, byte[] Output, ulong Ink, ulong Refund, LogEntry[] Logs);

    private string? Skip()
    {
        NotModelled++;
        return null;
    }

    private static string? CompareWithModel(HookModel model, HookTransaction transaction, FrameTrace? trace, Ended happened)
    {
        HookModel.Ended ended = model.Transact(transaction, trace);
        return Differs(happened, new Ended(ended.Outcome, ended.Output, happened.Ink, checked((ulong)model.World.Refund), [.. model.World.Logs]));
    }

    private static string? Differs(Ended actual, Ended expected)
    {
        if (actual.Outcome != expected.Outcome) return $"it ended as {actual.Outcome}, expected {expected.Outcome}";
        if (!actual.Output.AsSpan().SequenceEqual(expected.Output)) return $"the outputs differ from byte {actual.Output.AsSpan().CommonPrefixLength(expected.Output):x} on, of {actual.Output.Length:x} and {expected.Output.Length:x}";
        if (actual.Ink != expected.Ink) return string.Create(CultureInfo.InvariantCulture, $"{actual.Ink} ink is left, expected {expected.Ink}");
        if (actual.Refund != expected.Refund) return string.Create(CultureInfo.InvariantCulture, $"the refund is {actual.Refund}, expected {expected.Refund}");
        return actual.Logs.Length == expected.Logs.Length && actual.Logs.Zip(expected.Logs).All(static pair => IsSame(pair.First, pair.Second)) ? null : "the logs differ";
    }

    private static bool IsSame(LogEntry one, LogEntry other) => one.Address == other.Address && one.Topics.AsSpan().SequenceEqual(other.Topics) && one.Data.AsSpan().SequenceEqual(other.Data);

    private Ended Transact(HookTransaction transaction, Profile profile, EngineChoice engine, WorldState state, ITracer? tracer)
    {
        if (!_modules.TryGetValue((profile.Name, engine), out ModuleCache? modules))
            _modules.Add((profile.Name, engine), modules = new ModuleCache(profile, new EngineSettings { Engine = engine }));
        state.BeginTransaction();
        Meter meter = new(transaction.Ink, profile.Schedule.StackWords);
        TransactionContext context = new(state, HookModel.Block, HookDriver.Sender, HookModel.GasPrice, meter, modules) { Tracer = tracer };
        Capabilities rights = transaction.IsStatic ? Capabilities.View : Capabilities.All;
        CallFrame frame = new(context, HookDriver.Drivers[transaction.To], HookDriver.Sender, transaction.Value, HookDriver.Encode(transaction.Script), rights);
        FrameResult result = ContractRunner.Call(frame);
        Ended ended = new(result.Outcome, result.Output, meter.InkLeft, state.Refund, [.. state.Logs]);
        state.EndTransaction();
        return ended;
    }

    private static void Prepare(ModelWorld world)
    {
        foreach (Address driver in HookDriver.Drivers)
        {
            ModelAccount account = world[driver];
            (account.Balance, account.Nonce, account.Code) = (DriverBalance, 1, HookDriver.Code);
            account.Storage[HighSlot] = HighSlot;
        }

        world[HookDriver.Sender].Balance = SenderBalance;
        world[HookDriver.Rich].Balance = 1;
    }

    private static WorldState NewWorld() => StateDatabase.Open(new MemoryStore()).CreateWorld();

    private static Hash256 Root(WorldState state)
    {
        using StateCommit commit = state.ComputeCommit(0);
        return commit.StateRoot;
    }

    /// <summary>The first thing that differs, for people.</summary>
    private static string StateDifference(ModelWorld model, WorldState state)
    {
        foreach ((Address address, ModelAccount account) in model.Accounts)
        {
            if (state.GetBalance(address) != account.Balance) return $"balance of {address} is {state.GetBalance(address)}, expected {account.Balance}";
            if (state.GetNonce(address) != account.Nonce) return string.Create(CultureInfo.InvariantCulture, $"nonce of {address} is {state.GetNonce(address)}, expected {account.Nonce}");
            if (!state.GetCode(address).Span.SequenceEqual(account.Code)) return $"code of {address}";
            foreach ((Hash256 key, Hash256 value) in account.Storage)
                if (state.GetStorage(address, key) != value) return $"slot {key} of {address} is {state.GetStorage(address, key)}, expected {value}";
        }

        return "an account that the model does not have";
    }

    private void Count(FrameTrace? frame)
    {
        if (frame is null) return;
        Ends[frame.Outcome] = Ends.GetValueOrDefault(frame.Outcome) + 1;
        foreach (CallTrace call in frame.Calls)
        {
            Calls[call.Name] = Calls.GetValueOrDefault(call.Name) + 1;
            Count(call.Frame);
        }
    }
}
