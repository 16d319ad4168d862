using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.Fuzz.Differential;

namespace ContractVm.Tests.Compiler;

/// <summary>The interpreter, with one thing noted wrongly.</summary>
internal sealed class FalseEngine(string what) : InterpreterUnderTest("false")
{
    /// <inheritdoc/>
    public override bool IsNoted(long call) => what != "host call" || call % 5 != 3;

    /// <inheritdoc/>
    public override StepRecord Observe(StepRecord step)
    {
        bool isTrap = step.Result.Outcome == Outcome.Failure && step.Result.TrapFunction >= 0;
        switch (what)
        {
            case "result" when step.Values.Length > 2: return step with { Values = [.. step.Values[..^1], step.Values[^1] ^ 1] };
            case "trap" when step.Result.Trap == TrapKind.DivideByZero: return step with { Result = step.Result with { Trap = TrapKind.IntegerOverflow } };
            case "offset" when isTrap: return step with { Result = step.Result with { TrapOffset = step.Result.TrapOffset + 1 } };
            case "outcome" when step.Result.Outcome == Outcome.OutOfStack: return step with { Result = step.Result with { Outcome = Outcome.OutOfInk } };
            case "ink" when step.Result.Trap == TrapKind.MemoryOutOfBounds: return step with { Ink = step.Ink + 1 };
            case "words" when step.Thrown is not null: return step with { Words = step.Words - 1 };
            case "exhausted" when step.IsExhausted: return step with { IsExhausted = false };
            case "exception" when step.Thrown is not null: return step with { Thrown = null };
            default: return step;
        }
    }
}

/// <summary>
/// The interpreter with one instruction in place of another that has the same type, the same length and the same price:
/// what it computes is all that tells them apart.
/// </summary>
internal sealed class MutantEngine(OpcodeInfo from, OpcodeInfo to) : InterpreterUnderTest($"{from.Name} as {to.Name}")
{
    /// <summary>What is replaced.</summary>
    public Opcode From => from.Opcode;

    /// <summary>Each instruction whose type does not depend on the context as the next one that could stand in its place.</summary>
    public static IEnumerable<MutantEngine> All()
    {
        OpcodeInfo[] all = [.. RunStatistics.Wanted.Where(static info => !info.IsContextual && info.Operands.Length > 0)];
        foreach (IGrouping<object, OpcodeInfo> group in all.GroupBy(static info => (object)(info.Operands, info.Results, info.Immediates, info.Lanes, info.NaturalAlignment, Encode(info.Opcode).Length, Profiles.Bare.Schedule.PriceOf((int)info.Opcode))))
        {
            OpcodeInfo[] alike = [.. group];
            for (int i = 0; alike.Length > 1 && i < alike.Length; i++) yield return new MutantEngine(alike[i], alike[(i + 1) % alike.Length]);
        }
    }

    /// <summary>The instructions of a case.</summary>
    public static HashSet<Opcode> Held(DifferentialCase test)
    {
        HashSet<Opcode> held = [];
        foreach (byte[] bytes in test.Modules)
        {
            Module module = TestModules.Load(bytes);
            for (int i = 0; i < module.Bodies.Count; i++)
                foreach (int offset in module.InstructionOffsets(i)) held.Add(module.InstructionAt(offset)!.Opcode);
        }

        return held;
    }

    /// <inheritdoc/>
    public override TestedModule? Load(byte[] bytes, out string? reason)
    {
        byte[] changed = [.. bytes];
        Module module = Decode(bytes);
        for (int i = 0; i < module.Bodies.Count; i++)
            foreach (int offset in module.InstructionOffsets(i))
                if (module.InstructionAt(offset)!.Opcode == From) Encode(to.Opcode).CopyTo(changed, offset);
        return base.Load(changed, out reason);
    }

    private static byte[] Encode(Opcode opcode)
    {
        int id = (int)opcode;
        return id switch
        {
            >= OpcodeTable.VectorBase => [0xFD, .. ContractVm.Fuzz.ModuleBuilder.Unsigned((uint)(id - OpcodeTable.VectorBase))],
            >= OpcodeTable.AtomicBase => [0xFE, .. ContractVm.Fuzz.ModuleBuilder.Unsigned((uint)(id - OpcodeTable.AtomicBase))],
            >= OpcodeTable.MiscBase => [0xFC, .. ContractVm.Fuzz.ModuleBuilder.Unsigned((uint)(id - OpcodeTable.MiscBase))],
            _ => [(byte)id],
        };
    }
}
