using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ContractVm.Cli.Modules;

/// <summary>The first instruction after which the engines are not in the same state.</summary>
/// <param name="Function">Function index; -1 where they differ before the first instruction.</param>
/// <param name="Offset">Byte offset in the module.</param>
/// <param name="Instruction">Its name.</param>
/// <param name="What">What differs then.</param>
/// <param name="Interpreter">What it is in the interpreter.</param>
/// <param name="Compiled">What it is as compiled code.</param>
internal sealed record FirstInstruction(int Function, int Offset, string Instruction, string What, string Interpreter, string Compiled);

/// <summary>An instruction of the last metering block.</summary>
/// <param name="Function">Function index.</param>
/// <param name="Offset">Byte offset in the module.</param>
/// <param name="Name">Its name.</param>
/// <param name="Top">The top of the operand stack before it.</param>
internal sealed record BlockStep(int Function, int Offset, string Name, string Top);

/// <summary>
/// Finds where a call that ends differently in the two engines first does.
/// <para>
/// Runs with the same ink stop at the same metering block, so the least ink with which something that can be seen differs, found by halving, names the
/// block after which it does. What went wrong may have gone wrong long before. So the module is compiled once more, observed: before each instruction the
/// code shows its operand stack, as the interpreter does. Both runs are compared at every 65536th instruction, then between the last two of these at every
/// 256th, then one by one: ways, operands and ink all of the time, memories, globals and tables at the instructions looked at. The first instruction before
/// which they differ follows the one that did it.
/// </para>
/// Observed code is other code: values have to be shown, so registers are given out differently and values are made that need not be. A mistake of the
/// compiler may not happen in it. Where it does not, less is observed, the function of the block and then the block alone; where it still does not, the block
/// is all that is known. What is named has been seen to differ, in the observed code; it need not be what differs first without being observed.
/// </summary>
/// <param name="reference">The call; the interpreter runs it.</param>
/// <param name="compiled">The call as compiled code runs it: observed in a range of the module's bytes, or as always where the range is empty.</param>
internal sealed class EngineDifference(Invocation reference, Func<ByteRange, Invocation> compiled)
{
    private static readonly long[] Intervals = [65536, 256, 1];
    private readonly Invocation _compiled = compiled(default);

    /// <summary>What differs: its name, and what it is in either engine.</summary>
    public (string Name, string First, string Second) Seen { get; private set; }
    /// <summary>The least ink with which something that can be seen afterwards differs.</summary>
    public ulong Ink { get; private set; }
    /// <summary>The instructions of the last metering block that runs with it, in the interpreter.</summary>
    public IReadOnlyList<BlockStep> Block { get; private set; } = [];
    /// <summary>The instruction; null where observed code does the same as the interpreter.</summary>
    public FirstInstruction? First { get; private set; }

    /// <summary>Looks for a difference; false where there is none.</summary>
    public bool TryFind(ulong ink)
    {
        if (Compare(ink) is not { } found) return false;
        ulong used = Math.Max(InkUsed(reference, EngineKind.Interpreter, ink), InkUsed(_compiled, EngineKind.Compiled, ink));
        Seen = found;
        Ink = Least(Math.Min(used, ink), ink);
        LastBlock last = new();
        reference.Inspect(Ink, EngineKind.Interpreter, last);
        Block = last.Steps;
        foreach (ByteRange range in Ranges())
        {
            First = FindIn(range);
            if (First is not null) break;
        }

        return true;
    }

    /// <summary>Ink that a call uses.</summary>
    public static ulong InkUsed(Invocation invocation, EngineKind engine, ulong ink)
    {
        invocation.Engine = engine;
        return invocation.Run(ink, 1).InkUsed;
    }

    private (string Name, string First, string Second)? Compare(ulong ink) =>
        EngineSnapshot.Difference(reference.Inspect(ink, EngineKind.Interpreter), _compiled.Inspect(ink, EngineKind.Compiled));

    private ulong Least(ulong used, ulong ink)
    {
        // Below the ink that was used the end is OutOfInk; at it, the end that was seen first.
        ulong low = 0, high = used;
        if (Compare(high) is { } atUsed) Seen = atUsed;
        else return ink;
        while (low < high)
        {
            ulong middle = low + (high - low) / 2;
            if (Compare(middle) is { } found) (high, Seen) = (middle, found);
            else low = middle + 1;
        }

        return high;
    }

    /// <summary>All code, the function of the block, the block.</summary>
    private IEnumerable<ByteRange> Ranges()
    {
        yield return new ByteRange(0, int.MaxValue);
        if (Block.Count == 0) yield break;
        int function = Block[^1].Function;
        yield return reference.Module.Bodies[function - reference.Module.Imports.Count(static import => import.Kind == ExternalKind.Function)].Code;
        int[] offsets = [.. Block.Where(step => step.Function == function).Select(static step => step.Offset)];
        yield return new ByteRange(offsets.Min(), offsets.Max() + 1);
    }

    private FirstInstruction? FindIn(ByteRange range)
    {
        Invocation observed = compiled(range);
        long first = 0, last = long.MaxValue;
        foreach (long interval in Intervals)
        {
            StepSampler one = new(first, last, interval, range), two = new(first, last, interval, range);
            EngineSnapshot ended = reference.Inspect(Ink, EngineKind.Interpreter, one), endedToo = observed.Inspect(Ink, EngineKind.Compiled, two);
            int same = 0;
            while (same < one.Samples.Count && same < two.Samples.Count && one.Samples[same].Digest == two.Samples[same].Digest) same++;
            bool isSameWay = same == one.Samples.Count && same == two.Samples.Count;
            if (interval == 1) return Name(range, observed, one, two, same, isSameWay, ended, endedToo);
            // Between what is the same and the next that was looked at, or the end.
            (first, last) = (one.NumberOf(Math.Max(0, same - 1)), isSameWay ? long.MaxValue : one.NumberOf(same));
        }

        return null;
    }

    private FirstInstruction? Name(ByteRange range, Invocation observed, StepSampler one, StepSampler two, int same, bool isSameWay, EngineSnapshot ended, EngineSnapshot endedToo)
    {
        SampledStep? before = same > 0 ? one.Samples[same - 1] : null;
        (string What, string First, string Second)? difference = isSameWay || same >= one.Samples.Count || same >= two.Samples.Count
            ? EngineSnapshot.Difference(ended, endedToo) ?? (isSameWay ? null : ("what comes next", NextOf(one, same), NextOf(two, same)))
            : Between(one.Samples[same], two.Samples[same]) ?? StateAt(range, observed, one.NumberOf(same));
        if (difference is not (string what, string interpreted, string found)) return null;
        return new FirstInstruction(before?.Function ?? -1, before?.Offset ?? -1, before is null ? "" : NameAt(before.Offset), what, interpreted, found);
    }

    private string NextOf(StepSampler steps, int number) => number < steps.Samples.Count ? PlaceOf(steps.Samples[number]) : "the end";

    private string NameAt(int offset) => reference.Module.InstructionAt(offset)?.Name ?? "";

    private string PlaceOf(SampledStep step) => string.Create(CultureInfo.InvariantCulture, $"{NameAt(step.Offset)} in function {step.Function}, byte {step.Offset}");

    private (string What, string First, string Second)? Between(SampledStep one, SampledStep two)
    {
        if ((one.Function, one.Offset) != (two.Function, two.Offset)) return ("what comes next", PlaceOf(one), PlaceOf(two));
        for (int i = 1; i <= one.Operands.Length; i++)
        {
            string name = i == 1 ? "the top of the operand stack" : string.Create(CultureInfo.InvariantCulture, $"slot {i} of the operand stack, from the top");
            if (one.Operands[^i] != two.Operands[^i]) return (name, Hex(one.Operands[^i]), Hex(two.Operands[^i]));
        }

        return one.Ink == two.Ink ? null : ("ink left", one.Ink.ToString(CultureInfo.InvariantCulture), two.Ink.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>What is different of memories, globals and tables before an instruction.</summary>
    private (string What, string First, string Second)? StateAt(ByteRange range, Invocation observed, long number)
    {
        StepSampler one = new(number, number, 1, range), two = new(number, number, 1, range);
        reference.Inspect(Ink, EngineKind.Interpreter, one);
        observed.Inspect(Ink, EngineKind.Compiled, two);
        return one.LastState is null || two.LastState is null ? null : EngineSnapshot.Difference(one.LastState, two.LastState);
    }

    private static string Hex(ulong value) => string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");

    /// <summary>Keeps the steps since ink was paid last.</summary>
    private sealed class LastBlock : ExecutionObserver
    {
        private ulong _ink;

        public List<BlockStep> Steps { get; } = [];

        public override void OnInstruction(Instance instance, int function, int offset, ReadOnlySpan<ulong> operands, ulong inkLeft)
        {
            if (inkLeft != _ink) Steps.Clear();
            _ink = inkLeft;
            Steps.Add(new BlockStep(function, offset, instance.Module.InstructionAt(offset)?.Name ?? "", operands.IsEmpty ? "" : Hex(operands[^1])));
        }
    }
}
