using System.Text;
using ContractVm.Gas;
using ContractVm.HostApi;
using ContractVm.StateStore;
using ContractVm.Text;

namespace ContractVm.Calibration;

/// <summary>
/// The world around a measured instance: one transaction on a state in memory, with a contract that may do everything, 4 KiB of
/// calldata, an account at address zero that has 24 KiB of code, and a contract to call.
/// </summary>
internal sealed class Scene
{
    private const int InputBytes = 4096, CodeBytes = 24_576;
    private static readonly Address Contract = Address.Parse("0x70997970c51812dc3a010c7d01b50e0d17dc79c8"), Caller = Address.Parse("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266");
    private static readonly BlockEnvironment Block = new(7, 1_700_000_007, Caller, 30_000_000, 1_000_000_000, 31337);
    /// <summary>More than any run can use, and half of what a meter can hold.</summary>
    private const ulong Plenty = 1UL << 63;

    private static readonly Address Callee = Address.Parse("0x0000000000000000000000000000000000000077");

    /// <summary>A contract that returns at once.</summary>
    private static byte[] CalleeCode()
    {
        const string text = """(module (memory (export "memory") 1 1) (func (export "user_entrypoint") (param i32) (result i32) (i32.const 0)))""";
        return TextFormat.TryRead(Encoding.UTF8.GetBytes(text), new TextOptions { Names = false }, out TextModule? read, out TextError? wrong) ? read.Bytes : throw new CalibrationException($"{wrong}");
    }

    public Scene()
    {
        WorldState state = StateDatabase.Open(new MemoryStore()).CreateWorld();
        state.BeginTransaction();
        state.SetNonce(Contract, 1);
        state.SetBalance(default, 1_000_000);
        state.SetCode(default, new byte[CodeBytes]);
        state.SetCode(Callee, CalleeCode());
        Meter = new Meter(Plenty, Profiles.ContractVmV1.Schedule.StackWords);
        Frame = new CallFrame(new TransactionContext(state, Block, Caller, 2_000_000_000, Meter, new ModuleCache(HostTable.ContractProfile)), Contract, Caller, 0, new byte[InputBytes], Capabilities.All);
    }

    /// <summary>Pays for all that runs in the scene.</summary>
    public Meter Meter { get; }
    /// <summary>The frame of the contract.</summary>
    public CallFrame Frame { get; }
}
