using System;
using System.Collections.Generic;
using ContractVm.Binary;
using ContractVm.Gas;

namespace ContractVm.Validation;

/// <summary>
/// The least ink with which a function can return: the cheapest way through its metering blocks, callees and charges by size not
/// counted. For people: engines never ask. Dijkstra over the instructions, O(n log n).
/// </summary>
internal static class LeastCost
{
    private const int Exit = -1;

    private struct Step
    {
        public OpcodeInfo Info;
        public int Offset;
        /// <summary>Of a construct's first instruction: its else, or -1.</summary>
        public int Else;
        /// <summary>Of a construct's first instruction, and of an else: its end.</summary>
        public int End;
        /// <summary>Where it may branch to, as instructions; Exit for the caller.</summary>
        public int[]? Targets;
    }

    /// <summary>The least ink, or null where the function never returns.</summary>
    public static ulong? Of(Module module, FunctionBody body)
    {
        List<Step> steps = Read(module, body);
        Dictionary<int, ulong> charges = [];
        foreach (Charge charge in body.Plan.Charges) charges.Add((int)charge.Offset, charge.Cost);
        ulong[] least = new ulong[steps.Count];
        bool[] isKnown = new bool[steps.Count];
        Array.Fill(least, ulong.MaxValue);
        PriorityQueue<int, ulong> queue = new();
        ulong? exit = null;
        Reach(0, 0);
        while (queue.TryDequeue(out int at, out ulong cost))
        {
            // What waits is dearer than a way out that is known.
            if (cost >= exit) break;
            if (isKnown[at]) continue;
            isKnown[at] = true;
            Step step = steps[at];
            foreach (int target in step.Targets ?? []) Reach(target, cost);
            switch (step.Info.Role)
            {
                case ControlRole.Branch or ControlRole.BranchTable or ControlRole.Throw or ControlRole.Trap: break;
                case ControlRole.Return or ControlRole.TailCall: Reach(Exit, cost); break;
                case ControlRole.Else: Reach(step.End + 1, cost); break;
                case ControlRole.If:
                    Reach(at + 1, cost);
                    Reach((step.Else >= 0 ? step.Else : step.End) + 1, cost);
                    break;
                default: Reach(at + 1, cost); break;
            }
        }

        return exit;

        void Reach(int target, ulong cost)
        {
            if (target == Exit || target >= steps.Count)
            {
                if (exit is null || cost < exit) exit = cost;
                return;
            }

            ulong total = Ink.Add(cost, charges.GetValueOrDefault(steps[target].Offset));
            if (total >= least[target]) return;
            least[target] = total;
            queue.Enqueue(target, total);
        }
    }

    private static List<Step> Read(Module module, FunctionBody body)
    {
        List<Step> steps = [];
        List<(int Opener, int Else, List<(int Step, int Slot)> Waiting)> open = [(-1, -1, [])];
        ByteReader reader = new(module.Bytes.Span, body.Instructions);
        while (!reader.IsAtEnd)
        {
            int offset = reader.Position, index = steps.Count;
            OpcodeInfo info = InstructionReader.ReadOpcode(ref reader) ?? throw new NodeFaultException("a validated body holds an unknown opcode");
            int immediates = reader.Position;
            ImmediateSkipper.Skip(ref reader, info.Immediates);
            int[]? labels = Labels(new ByteReader(module.Bytes.Span, new ByteRange(immediates, reader.Position)), info);
            steps.Add(new Step { Info = info, Offset = offset, Else = -1, End = -1, Targets = labels });
            // A catch clause's label counts from outside, as the block is not open yet.
            for (int i = 0; i < (labels?.Length ?? 0); i++) Branch(labels!, i, index);
            switch (info.Role)
            {
                case ControlRole.Block or ControlRole.Loop or ControlRole.If:
                    open.Add((index, -1, []));
                    break;
                case ControlRole.Else:
                    open[^1] = open[^1] with { Else = index };
                    break;
                case ControlRole.End:
                    (int opener, int otherwise, List<(int Step, int Slot)> waiting) = open[^1];
                    open.RemoveAt(open.Count - 1);
                    foreach ((int step, int slot) in waiting) steps[step].Targets![slot] = index + 1;
                    if (opener >= 0) steps[opener] = steps[opener] with { End = index, Else = otherwise };
                    if (otherwise >= 0) steps[otherwise] = steps[otherwise] with { End = index };
                    break;
            }
        }

        return steps;

        void Branch(int[] labels, int slot, int index)
        {
            (int opener, _, List<(int Step, int Slot)> waiting) = open[^(labels[slot] + 1)];
            if (opener < 0) labels[slot] = Exit;
            else if (steps[opener].Info.Role == ControlRole.Loop) labels[slot] = opener + 1;
            else waiting.Add((index, slot));
        }
    }

    private static int[]? Labels(ByteReader reader, OpcodeInfo info)
    {
        switch (info.Immediates)
        {
            case Immediates.Label: return [(int)reader.ReadU32("a label")];
            case Immediates.CastBranch:
                reader.ReadByte("flags");
                return [(int)reader.ReadU32("a label")];
            case Immediates.LabelTable:
                int[] labels = new int[reader.ReadU32("targets") + 1];
                for (int i = 0; i < labels.Length; i++) labels[i] = (int)reader.ReadU32("a label");
                return labels;
            case Immediates.TryTable:
                if (reader.ReadS33("a block type") is -28 or -29) reader.ReadS33("a heap type");
                int[] clauses = new int[reader.ReadU32("clauses")];
                for (int i = 0; i < clauses.Length; i++)
                {
                    if (reader.ReadByte("a clause") < 2) reader.ReadU32("a tag");
                    clauses[i] = (int)reader.ReadU32("a label");
                }

                return clauses;
            default: return null;
        }
    }
}
