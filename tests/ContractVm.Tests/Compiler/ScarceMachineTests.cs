using ContractVm.Compiler;
using ContractVm.Native;
using Xunit;

namespace ContractVm.Tests.Compiler;

/// <summary>Machines that give little address space, or no executable memory: modules run all the same, or it is said why not.</summary>
public class ScarceMachineTests
{
    private const string Source = """
        (module (memory (export "m") 1 2)
          (func (export "get") (param i32) (result i64) (i64.load offset=8 (local.get 0)))
          (func (export "far") (param i32) (result i32) (i32.load8_u offset=0xffffffff (local.get 0)))
          (func (export "put") (param i32 i64) (i64.store (local.get 0) (local.get 1)))
          (func (export "grow") (result i32) (memory.grow (i32.const 1))))
        """;

    [Fact]
    public void WithoutGuardsCodeChecks()
    {
        if (!Stubs.IsAvailable) return;
        MemoryReservation.MostOfThisThread = 1 << 30;
        try
        {
            Assert.False(MemoryReservation.CanGuard());
            CompilerOptions options = CompilerOptions.ForThisMachine();
            Assert.True(options.ChecksMemory);
            Module module = Load();
            Assert.True(ModuleCompiler.TryCompile(module, options, 1, out CompiledCode? code, out string? reason), reason);
            using CompiledModule compiled = Attach(module, code!);
            using Store store = new(1 << 20, EngineKind.Compiled);
            Instance.Create(module, static _ => null, null, out Instance? instance, store);
            Assert.False(instance!.Memory!.HasGuard);
            Instance reference = TestModules.Instantiate(Load());
            (string Name, ulong[] Arguments)[] calls =
            [
                ("put", [65_528, 77]), ("put", [65_529, 1]), ("get", [65_520]), ("get", [65_521]), ("get", [0xFFFF_FFFF]), ("far", [0]), ("far", [0xFFFF_FFFF]),
                ("grow", []), ("get", [65_521]), ("put", [131_064, 5]), ("put", [131_065, 5]), ("grow", []), ("get", [131_056]), ("get", [131_057]),
            ];
            foreach ((string name, ulong[] arguments) in calls)
            {
                (ExecutionResult result, ulong[] values, Gas.Meter meter) = TestModules.Run(instance, name, 100_000_000, arguments);
                (ExecutionResult expected, ulong[] wanted, Gas.Meter paid) = TestModules.Run(reference, name, 100_000_000, arguments);
                Assert.Equal((expected, paid.InkLeft), (result, meter.InkLeft));
                if (expected.Outcome == Outcome.Success) Assert.Equal(wanted, values);
            }
        }
        finally
        {
            MemoryReservation.MostOfThisThread = 0;
        }
    }

    [Fact]
    public void CodeThatReliesOnGuardsIsNotRunWithoutThem()
    {
        if (!Stubs.IsAvailable) return;
        Module module = Load();
        Assert.True(ModuleCompiler.TryCompile(module, CompilerOptions.Default with { ChecksMemory = false }, 1, out CompiledCode? code, out _));
        using CompiledModule compiled = Attach(module, code!);
        MemoryReservation.MostOfThisThread = 1 << 30;
        try
        {
            using Store store = new(1 << 20, EngineKind.Compiled);
            NodeFaultException fault = Assert.Throws<NodeFaultException>(() => Instance.Create(module, static _ => null, null, out _, store));
            Assert.Equal("the machine cannot reserve address space behind a memory", fault.Message);
        }
        finally
        {
            MemoryReservation.MostOfThisThread = 0;
        }
    }

    [Fact]
    public void WithoutExecutableMemoryTheInterpreterRunsIt()
    {
        if (!Stubs.IsAvailable) return;
        CodeMemory.IsRefusedToThisThread = true;
        try
        {
            Module module = Load();
            Assert.False(Engines.TryCompile(module, out string? reason));
            Assert.Equal("this machine gives no memory for code", reason);
            Assert.Equal(EngineKind.Interpreter, Engines.FastestFor(module));
            Assert.Equal(ExecutionResult.Success, TestModules.Run(TestModules.Instantiate(module), "put", 1_000_000, 8, 9).Result);
            // Who insists on the compiled engine is told, and not left with half an instance.
            using Store store = new(1 << 20, EngineKind.Compiled);
            InstantiationException refused = Assert.Throws<InstantiationException>(() => Instance.Create(module, static _ => null, null, out _, store));
            Assert.Equal("the module cannot be compiled: this machine gives no memory for code", refused.Message);
        }
        finally
        {
            CodeMemory.IsRefusedToThisThread = false;
        }

        Module later = Load();
        Assert.True(Engines.TryCompile(later, out string? none), none);
    }

    private static Module Load() => Interpreter.TextModules.Load(Source);

    private static CompiledModule Attach(Module module, CompiledCode code)
    {
        Assert.True(CompiledModule.TryLoad(module, code, out CompiledModule? compiled));
        Assert.True(compiled!.TryAttach());
        return compiled;
    }
}
