using System;
using System.Diagnostics;
using ContractVm.Compiler.Allocation;
using ContractVm.Compiler.Emission;
using ContractVm.Compiler.FrontEnd;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Lowering;
using ContractVm.Compiler.Passes;
using ContractVm.Compiler.X64;
using ContractVm.Native;

namespace ContractVm.Compiler;

/// <summary>What became of a function: its code, or why there is none.</summary>
/// <param name="Reason">Why it cannot be compiled.</param>
/// <param name="Code">Its bytes; they start at a multiple of <see cref="ModuleCompiler.FunctionAlignment"/>.</param>
/// <param name="Relocations">Where distances to other functions go.</param>
/// <param name="Sites">Sites, relative to the function's start.</param>
/// <param name="Origins">From where on code comes from an instruction; empty unless asked for.</param>
/// <param name="Frame">What its frames look like.</param>
/// <param name="Calls">Calls through which exceptions come, relative to the function's start; regions are those of the function.</param>
/// <param name="Regions">Its try_tables with clauses.</param>
/// <param name="ClauseTags">For each clause of the function its tag, or -1.</param>
/// <param name="TextBytes">Bytes of the code before its constants and tables.</param>
internal readonly record struct FunctionResult(
    string? Reason, byte[] Code, Relocation[] Relocations, TrapSite[] Sites, CodeOrigin[] Origins, FunctionFrame Frame, CallSite[] Calls, CatchRegion[] Regions, int[] ClauseTags, int TextBytes);

/// <summary>Takes functions through all stages, one after the other; keeps the stages' storage. Used by one thread.</summary>
internal sealed class FunctionCompiler(ModuleFacts facts)
{
    /// <summary>
    /// Bytes of the execution stack for each stack word of the schedule (docs/COMPILER.md): no function may take more, so that the
    /// stack, which is sized by words, cannot overflow.
    /// </summary>
    public const int StackBytesPerWord = 64;

    /// <summary>Names of the stages, for who measures them.</summary>
    public static readonly string[] StageNames = ["scan and build", "passes", "lowering", "allocation", "emission", "sites and copies"];

    private readonly Module _module = facts.Module;
    private readonly CompilerOptions _options = facts.Options;
    private readonly IrBuilder _builder = new(facts.Module, facts.Options);
    private readonly Cleanup _cleanup = new(facts.Options);
    private readonly Lowerer _lowerer = new(facts);
    private readonly LoweredFunction _lowered = new();
    private readonly Allocator _allocator = new();
    private readonly AllocationResult _places = new();
    private readonly Emitter _emitter = new(facts.Options);
    private long _stageStart;

    /// <summary>The function in its intermediate form, after the passes.</summary>
    public IrFunction Function { get; } = new();
    /// <summary>The function as machine instructions.</summary>
    public LoweredFunction Lowered => _lowered;
    /// <summary>The places of its operands.</summary>
    public AllocationResult Places => _places;

    /// <summary>Where the ticks that each stage takes are added up; null where nobody measures.</summary>
    public long[]? StageTicks { get; init; }

    /// <summary>Compiles a function, by its index among those that the module defines.</summary>
    public FunctionResult Compile(int index)
    {
        _stageStart = StageTicks is null ? 0 : Stopwatch.GetTimestamp();
        if (!_builder.TryBuild(Function, index)) return Refused("it has more values than its size pays for");
        EndStage(0);
        _cleanup.Run(Function);
        EndStage(1);
        _lowerer.Lower(Function, _lowered);
        EndStage(2);
        if (!_options.Has(Optimizations.RegisterAllocation)) _allocator.RunBasic(_lowered.Machine, _places);
        else _allocator.Run(_lowered.Machine, _places);
        EndStage(3);
        if (_options.ProvesFunctions) Prove();
        FunctionCode code = _emitter.Emit(_lowered, _places);
        EndStage(4);
        if (code.IsTooLong) return Refused("its code would be too long");
        if ((ulong)code.FrameBytes > StackBytesPerWord * Math.Min(_module.BodyList[index].Plan.FrameWords, int.MaxValue)) return Refused("its frame is larger than its stack words pay for");
        TrapSite[] sites = new TrapSite[code.Sites.Count];
        int last = -1;
        for (int i = 0; i < sites.Length; i++)
        {
            CodeSite site = code.Sites[i];
            sites[i] = site.IsReturn ? TrapSite.AtReturn(site.Offset, site.Origin, site.Kind) : new TrapSite(site.Offset, site.Origin, site.Kind);
            if (sites[i].CodeOffset <= last) throw new NodeFaultException("sites of emitted code are not in order");
            last = sites[i].CodeOffset;
        }

        FunctionResult result = new(
            null, code.Bytes.ToArray(), code.Relocations.ToArray(), sites, code.Origins.ToArray(), code.Frame, code.Calls.ToArray(),
            Function.Regions[..Function.RegionCount], Function.ClauseTags[..Function.ClauseCount], code.TextBytes);
        EndStage(5);
        return result;
    }

    private void Prove()
    {
        bool isGuarded = _module.MemoryList.Count > 0 && facts.IsGuarded(0);
        string? error = IrVerifier.Check(Function) ?? AllocationChecker.Check(_lowered.Machine, _places) ?? UpperHalfVerifier.Check(_lowered.Machine, _places, isGuarded);
        if (error is not null) throw new NodeFaultException($"function {Function.Index}: {error}");
    }

    private void EndStage(int stage)
    {
        if (StageTicks is null) return;
        long now = Stopwatch.GetTimestamp();
        StageTicks[stage] += now - _stageStart;
        _stageStart = now;
    }

    private static FunctionResult Refused(string reason) => new(reason, [], [], [], [], default, [], [], [], 0);
}
