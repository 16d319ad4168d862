using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.Binary;
using ContractVm.Gas;

namespace ContractVm.Tests.Metering;

/// <summary>
/// A second accounting, written from docs/GAS.md and not from the plan: it follows the executed instructions one by one and
/// knows for each function where blocks begin and what they cost. At every step it compares its ink with the engine's.
/// </summary>
internal sealed class ReferenceMeter(Module module, ulong ink) : ExecutionObserver
{
    private readonly Dictionary<int, Function> _functions = [];
    private ulong _ink = ink;
    private Instruction? _last;

    /// <summary>Ink that is left by this accounting.</summary>
    public ulong InkLeft => _ink;
    /// <summary>Steps that were compared.</summary>
    public long Steps { get; private set; }
    /// <summary>What the last instruction asked for could not be paid.</summary>
    public bool IsExhausted { get; private set; }

    public override void OnInstruction(Instance instance, int function, int offset, ReadOnlySpan<ulong> operands, ulong inkLeft)
    {
        if (!_functions.TryGetValue(function, out Function? costs)) _functions.Add(function, costs = new Function(module, function));
        Instruction instruction = costs.At(offset);
        if (instruction.BlockCost > 0) Charge(instruction.BlockCost);
        // Unwinding comes between a throw and the handler: a whole number of steps.
        if (_last?.Opcode is Opcode.Throw or Opcode.ThrowRef || (_last?.IsCall ?? false))
        {
            ulong step = module.Profile.Schedule.UnwindStep, gap = _ink - inkLeft;
            if (gap != 0 && (_ink < inkLeft || step == 0 || gap % step != 0)) throw new InvalidOperationException($"offset {offset}: {inkLeft} ink, expected {_ink} less whole steps of {step}");
            _ink = inkLeft;
        }

        if (_ink != inkLeft || IsExhausted) throw new InvalidOperationException($"function {function}, offset {offset} ({instruction.Opcode}): the engine has {inkLeft} ink, the reference {_ink}");
        Steps++;
        _last = instruction;
        if (instruction.PerUnit > 0) Charge(Ink.Multiply(instruction.PerUnit, operands[^1]));
    }

    /// <summary>The price of a first block that the engine could not pay shows as OutOfInk before any step.</summary>
    private void Charge(ulong cost)
    {
        if (_ink < cost) IsExhausted = true;
        _ink = _ink < cost ? 0 : _ink - cost;
    }

    /// <summary>An instruction of the structured form.</summary>
    private sealed class Instruction
    {
        public required Opcode Opcode { get; init; }
        public required int Offset { get; init; }
        /// <summary>Its own price, operands included.</summary>
        public ulong Price { get; set; }
        /// <summary>Of a block's first instruction: the price of the block.</summary>
        public ulong BlockCost { get; set; }
        public ulong PerUnit { get; set; }
        /// <summary>The construct that it opens, closes or splits.</summary>
        public Construct? Construct { get; set; }
        public bool IsCall => Opcode is Opcode.Call or Opcode.CallIndirect or Opcode.CallRef;
    }

    private sealed class Construct
    {
        public required Opcode Opener { get; init; }
        /// <summary>Some branch or catch clause names its label.</summary>
        public bool IsTargeted { get; set; }
        public bool HasElse { get; set; }
    }

    private sealed class Function
    {
        private readonly Dictionary<int, Instruction> _byOffset = [];

        public Function(Module module, int function)
        {
            FunctionBody body = module.Bodies[function - module.ImportedFunctions];
            List<Instruction> all = Read(module, body);
            foreach (Instruction instruction in all) _byOffset.Add(instruction.Offset, instruction);
            Schedule schedule = module.Profile.Schedule;
            FunctionType type = module.TypeOfFunction(function);
            ulong first = Ink.Add(schedule.FunctionEntry, Ink.Multiply((ulong)(body.LocalCount - type.Parameters.Length), schedule.PerLocal));
            for (int start = 0; start < all.Count;)
            {
                int end = start;
                ulong cost = schedule.BlockHeader;
                do cost = Ink.Add(cost, all[end].Price);
                while (!Ends(schedule.BlockRule, all[end]) && ++end < all.Count);
                all[start].BlockCost = start == 0 ? Ink.Add(cost, first) : cost;
                start = end + 1;
            }
        }

        public Instruction At(int offset) => _byOffset[offset];

        private static bool Ends(BlockRule rule, Instruction instruction) => rule == BlockRule.Stylus
            ? instruction.Opcode is Opcode.End or Opcode.Else or Opcode.Return or Opcode.Loop or Opcode.Br or Opcode.BrIf or Opcode.BrTable or Opcode.If or Opcode.Call or Opcode.CallIndirect
            : instruction.Opcode switch
            {
                Opcode.Loop or Opcode.If or Opcode.Else or Opcode.Br or Opcode.BrIf or Opcode.BrTable or Opcode.BrOnNull or Opcode.BrOnNonNull or Opcode.BrOnCast or Opcode.BrOnCastFail
                    or Opcode.Return or Opcode.Unreachable or Opcode.ReturnCall or Opcode.ReturnCallIndirect or Opcode.ReturnCallRef or Opcode.Throw or Opcode.ThrowRef => true,
                Opcode.End => instruction.Construct!.Opener == Opcode.If || (instruction.Construct.IsTargeted && instruction.Construct.Opener != Opcode.Loop),
                _ => false,
            };

        private static List<Instruction> Read(Module module, FunctionBody body)
        {
            List<Instruction> all = [];
            List<Construct> open = [new Construct { Opener = Opcode.Block }];
            ByteReader reader = new(module.Bytes.Span, body.Instructions);
            Schedule schedule = module.Profile.Schedule;
            // Counted here once more: pages that the memories may reach, none declared being more than any number; and what objects may take.
            bool isFar = module.Memories.Any(static memory => memory.Limits.Maximum is null) || module.Memories.Sum(static memory => (decimal)memory.Limits.Maximum!.Value) > schedule.NearPages
                || ((Enumerable.Range(0, module.TagCount).Any() || module.Types.Any(static type => type.Kind is TypeKind.Struct or TypeKind.Array)) && module.Profile.ObjectBytes > (decimal)schedule.NearPages * 65536);
            while (!reader.IsAtEnd)
            {
                int offset = reader.Position;
                OpcodeInfo info = InstructionReader.ReadOpcode(ref reader)!;
                int immediates = reader.Position;
                ImmediateSkipper.Skip(ref reader, info.Immediates);
                Instruction instruction = new() { Opcode = info.Opcode, Offset = offset };
                ByteReader again = new(module.Bytes.Span, new ByteRange(immediates, reader.Position));
                ulong operands = 0, scale = 1;
                switch (info.Opcode)
                {
                    case Opcode.Block or Opcode.Loop or Opcode.If:
                        open.Add(new Construct { Opener = info.Opcode });
                        break;
                    case Opcode.TryTable:
                        again.ReadS33("a block type");
                        operands = again.ReadU32("catch clauses");
                        for (ulong i = 0; i < operands; i++)
                        {
                            if (again.ReadByte("a clause") < 2) again.ReadU32("a tag");
                            Target(open, again.ReadU32("a label"));
                        }

                        open.Add(new Construct { Opener = Opcode.TryTable });
                        break;
                    case Opcode.Else:
                        open[^1].HasElse = true;
                        break;
                    case Opcode.End:
                        instruction.Construct = open[^1];
                        open.RemoveAt(open.Count - 1);
                        break;
                    case Opcode.Br or Opcode.BrIf or Opcode.BrOnNull or Opcode.BrOnNonNull:
                        Target(open, again.ReadU32("a label"));
                        break;
                    case Opcode.BrOnCast or Opcode.BrOnCastFail:
                        again.ReadByte("flags");
                        Target(open, again.ReadU32("a label"));
                        break;
                    case Opcode.BrTable:
                        operands = again.ReadU32("targets");
                        for (ulong i = 0; i <= operands; i++) Target(open, again.ReadU32("a label"));
                        break;
                    case Opcode.CallIndirect or Opcode.ReturnCallIndirect or Opcode.CallRef or Opcode.ReturnCallRef:
                        operands = (ulong)module.Types[(int)again.ReadU32("a type")].Function!.Parameters.Length;
                        break;
                    case Opcode.Throw:
                        operands = (ulong)module.TypeOfTag((int)again.ReadU32("a tag")).Parameters.Length;
                        break;
                    case Opcode.StructNew or Opcode.StructNewDefault:
                        foreach (FieldType field in module.Types[(int)again.ReadU32("a type")].Fields) operands += field.Storage == ValueType.V128 ? 2UL : 1;
                        break;
                    case Opcode.ArrayNewFixed:
                        again.ReadU32("a type");
                        operands = again.ReadU32("elements");
                        break;
                    case Opcode.ArrayNew or Opcode.ArrayNewDefault or Opcode.ArrayNewData or Opcode.ArrayNewElem:
                        ValueType element = module.Types[(int)again.ReadU32("a type")].Fields[0].Storage;
                        scale = element == ValueType.I8 ? 1UL : element == ValueType.I16 ? 2UL : element == ValueType.I32 || element == ValueType.F32 ? 4UL : element == ValueType.V128 ? 16UL : 8UL;
                        break;
                }

                instruction.Price = Ink.Add(schedule.PriceOf((int)info.Opcode, isFar), Ink.Multiply(operands, schedule.PerOperand((int)info.Opcode)));
                instruction.PerUnit = Ink.Multiply(schedule.PerUnit((int)info.Opcode), scale);
                all.Add(instruction);
            }

            return all;
        }

        private static void Target(List<Construct> open, uint depth) => open[^(int)(depth + 1)].IsTargeted = true;
    }
}
