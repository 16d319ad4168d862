using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm.Gas;
using ContractVm.StateStore;
using Xunit;
using ContractVm.Text;
using System.Text;
using TestData = ContractVm.TestSupport.TestData;

namespace ContractVm.HostApi.Tests;

/// <summary>A state without blocks, to run contracts on directly.</summary>
internal sealed class Chainlet
{
    public static readonly Address Alice = Address.Parse("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266");
    public static readonly Address Bob = Address.Parse("0x70997970c51812dc3a010c7d01b50e0d17dc79c8");
    public static readonly Address Carol = Address.Parse("0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc");
    public static readonly BlockEnvironment Block = new(7, 1_700_000_007, Carol, 30_000_000, 1_000_000_000, 31337);
    public const ulong Plenty = 300_000_000_000;

    private readonly ModuleCache _modules;
    private readonly Profile _profile;

    public Chainlet(EngineChoice engine = EngineChoice.Automatic, Profile? profile = null)
    {
        _profile = profile ?? HostTable.ContractProfile;
        _modules = new ModuleCache(_profile, new EngineSettings { Engine = engine });
        State = StateDatabase.Open(Rows).CreateWorld();
    }

    /// <summary>What has run contracts.</summary>
    public EngineRuns Runs => _modules.Runs;

    /// <summary>Takes what contracts print.</summary>
    public List<string>? Printed { get; init; }

    /// <summary>Is told what contracts do.</summary>
    public ITracer? Tracer { get; set; }

    /// <summary>Files for programs.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? Files { get; init; }

    /// <summary>Everything that is not in the world state's memory comes from here.</summary>
    public MemoryStore Rows { get; } = new();

    public WorldState State { get; }

    /// <summary>Meter of the last call.</summary>
    public Meter Meter { get; private set; } = new(0, 0);

    public LogEntry[] Logs { get; private set; } = [];

    public static byte[] Contract(string name) => File.ReadAllBytes(Path.Combine(TestData.ProjectRoot, "contracts", name, $"{name}.wasm"));

    /// <summary>The bytes of a module in the text format.</summary>
    public static byte[] Assemble(string text)
    {
        Assert.True(TextFormat.TryRead(Encoding.UTF8.GetBytes(text), new TextOptions(), out TextModule? module, out TextError? error), $"{error}");
        return module.Bytes;
    }

    /// <summary>Deploys what must be deployable.</summary>
    public Address DeployGood(byte[] creation, ulong ink = Plenty)
    {
        (FrameResult result, Address address) = Deploy(creation, Alice, ink);
        Assert.True(result.Outcome == Outcome.Success, $"{result.Error}");
        return address;
    }

    /// <summary>Deploys and returns the address.</summary>
    public (FrameResult Result, Address Address) Deploy(byte[] creation, Address from, ulong ink = Plenty)
    {
        Address address = Address.ForCreate(from, State.GetNonce(from));
        FrameResult result = InTransaction(from, ink, transaction =>
        {
            State.IncrementNonce(from);
            return ContractRunner.Create(new CallFrame(transaction, address, from, 0, creation, Capabilities.All, FrameKind.Create));
        });
        return (result, address);
    }

    public FrameResult Call(Address contract, Address from, byte[] input, ulong ink = Plenty, Capabilities capabilities = Capabilities.All, ulong value = 0) =>
        InTransaction(from, ink, transaction => ContractRunner.Call(new CallFrame(transaction, contract, from, value, input, capabilities)));

    private FrameResult InTransaction(Address from, ulong ink, Func<TransactionContext, FrameResult> run)
    {
        State.BeginTransaction();
        Meter = new Meter(ink, _profile.Schedule.StackWords);
        FrameResult result = run(new TransactionContext(State, Block, from, 2_000_000_000, Meter, _modules)
        {
            Console = Printed is null ? null : (_, text) => Printed.Add(text),
            Files = Files,
            Tracer = Tracer,
        });
        Logs = [.. State.Logs];
        State.EndTransaction();
        return result;
    }
}
