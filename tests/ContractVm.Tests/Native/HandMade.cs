using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm.Gas;
using ContractVm.Native;
using ContractVm.Tests.Interpreter;
using Iced.Intel;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace ContractVm.Tests.Native;

/// <summary>A module whose functions are declared as text and whose machine code is written by hand, in place of a compiler's.</summary>
internal sealed class HandMade
{
    private readonly List<(Label Label, int Offset, TrapKind Kind, bool IsReturn)> _sites = [];

    private HandMade()
    {
    }

    /// <summary>Writes the code.</summary>
    public Assembler Code { get; } = new(64);

    /// <summary>Loads a module with a body for each function that it defines.</summary>
    public static CompiledModule Load(string text, params Action<HandMade>[] bodies)
    {
        Module module = TextModules.Load(text);
        CompiledCode code = Assemble(bodies);
        Assert.Equal(module.BodyList.Count, code.FunctionOffsets.Length);
        Assert.True(CompiledModule.TryLoad(module, code, out CompiledModule? compiled));
        Assert.True(compiled!.TryAttach());
        return compiled;
    }

    /// <summary>What a compiler would hand over.</summary>
    public static CompiledCode Assemble(params Action<HandMade>[] bodies)
    {
        HandMade made = new();
        Label[] starts = new Label[bodies.Length];
        for (int i = 0; i < bodies.Length; i++)
        {
            starts[i] = made.Here();
            bodies[i](made);
        }

        // A label needs an instruction behind it.
        made.Code.int3();
        MemoryStream stream = new();
        AssemblerResult assembled = made.Code.Assemble(new StreamCodeWriter(stream), 0, BlockEncoderOptions.ReturnNewInstructionOffsets);
        TrapSite[] sites = [.. made._sites.Select(s => s.IsReturn
            ? TrapSite.AtReturn((int)assembled.GetLabelRIP(s.Label), s.Offset, s.Kind)
            : new TrapSite((int)assembled.GetLabelRIP(s.Label), s.Offset, s.Kind)).OrderBy(s => s.CodeOffset)];
        int[] offsets = [.. starts.Select(s => (int)assembled.GetLabelRIP(s))];
        return new CompiledCode(stream.ToArray(), offsets, sites, false);
    }

    /// <summary>Puts a label here, on an instruction of its own: none may have two.</summary>
    public Label Here(Label label)
    {
        Code.Label(ref label);
        Code.nop();
        return label;
    }

    /// <summary>Makes a label here.</summary>
    public Label Here() => Here(Code.CreateLabel());

    /// <summary>The next instruction may fault.</summary>
    public void MayFault(int offset)
    {
        Label label = Code.CreateLabel();
        Code.Label(ref label);
        _sites.Add((label, offset, TrapKind.MemoryOutOfBounds, false));
    }

    /// <summary>The last instruction was a call.</summary>
    public void AfterCall(int offset, TrapKind kind)
    {
        Label label = Code.CreateLabel();
        Code.Label(ref label);
        _sites.Add((label, offset, kind, true));
        Code.nop();
    }

    /// <summary>Ends the execution with a trap.</summary>
    public void Trap(int offset, TrapKind kind)
    {
        Code.call(__qword_ptr[r15 + ContextLayout.TrapExit]);
        AfterCall(offset, kind);
    }

    /// <summary>Calls an import, whichever instance it is of, and comes back to this one.</summary>
    public void CallImport(int import, int offset = 0)
    {
        Code.push(r15);
        Code.push(rbx);
        Code.mov(r11, __qword_ptr[r15 + ContextLayout.Imports]);
        Code.mov(r15, __qword_ptr[r11 + import * 16 + 8]);
        Code.mov(rbx, __qword_ptr[r15 + ContextLayout.MemoryBase]);
        Code.call(__qword_ptr[r11 + import * 16]);
        AfterCall(offset, TrapKind.HostFault);
        Code.pop(rbx);
        Code.pop(r15);
    }

    /// <summary>Takes words of the stack for a frame.</summary>
    public void Enter(int words)
    {
        Label fits = Code.CreateLabel();
        Code.sub(r12, words);
        Code.jae(fits);
        Code.jmp(__qword_ptr[r15 + ContextLayout.OutOfStackExit]);
        Here(fits);
    }

    /// <summary>Pays ink.</summary>
    public void Charge(int ink)
    {
        Label paid = Code.CreateLabel();
        Code.sub(r14, ink);
        Code.jae(paid);
        Code.jmp(__qword_ptr[r15 + ContextLayout.OutOfInkExit]);
        Here(paid);
    }

    /// <summary>Calls a builtin with slots that the code has pushed, the first last.</summary>
    public void CallBuiltin(Builtin builtin)
    {
        Code.mov(esi, (int)builtin);
        Code.mov(rdx, rsp);
        Code.call(__qword_ptr[r15 + ContextLayout.CallBuiltin]);
    }

    /// <summary>An instance in a new store of the compiled engine.</summary>
    public static Instance Instantiate(CompiledModule compiled, params HostFunction[] host) => Instantiate(compiled, new Store(1 << 20, EngineKind.Compiled), host);

    public static Instance Instantiate(CompiledModule compiled, Store store, params External[] imports)
    {
        int next = 0;
        ExecutionResult result = Instance.Create(compiled.Module, _ => imports[next++], null, out Instance? instance, store);
        return instance ?? throw new InvalidOperationException($"{result}");
    }

    public static HostFunction Host(string parameters, string results, HostCallback body) =>
        new("host", "f", new FunctionType(Types(parameters), Types(results)), body);

    /// <summary>Types by letters: i, l, f, d, v.</summary>
    public static ContractVm.ValueType[] Types(string letters) => [.. letters.Select(l => l switch
    {
        'i' => ContractVm.ValueType.I32,
        'l' => ContractVm.ValueType.I64,
        'f' => ContractVm.ValueType.F32,
        'd' => ContractVm.ValueType.F64,
        'v' => ContractVm.ValueType.V128,
        'e' => ContractVm.ValueType.ExternRef,
        _ => throw new ArgumentOutOfRangeException(nameof(letters)),
    })];

    public static (ExecutionResult Result, ulong[] Values, Meter Meter) Run(Instance instance, string name, params ulong[] arguments)
    {
        Meter meter = TextModules.NewMeter();
        (ExecutionResult result, ulong[] values) = TextModules.Call(instance, name, meter, arguments);
        return (result, values, meter);
    }
}
