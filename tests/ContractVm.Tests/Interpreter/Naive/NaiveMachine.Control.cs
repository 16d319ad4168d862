using System;
using System.Collections.Generic;
using ContractVm.Binary;

namespace ContractVm.Tests.Interpreter.Naive;

internal sealed partial class NaiveMachine
{
    /// <summary>Executes one instruction, whose immediates come next; leaves the frame at the next one.</summary>
    private void Step(Frame frame, Opcode opcode, ref ByteReader reader)
    {
        OpcodeInfo info = OpcodeTable.Get(opcode);
        if (!info.IsContextual)
        {
            Number(frame, info, ref reader);
            frame.Position = reader.Position;
            return;
        }

        switch (opcode)
        {
            case Opcode.Unreachable: throw new NaiveTrap(TrapKind.Unreachable);
            case Opcode.Block or Opcode.Loop:
                FunctionType blockType = BlockType(ref reader);
                Open(frame, opcode, blockType, reader.Position);
                break;
            case Opcode.If:
                FunctionType ifType = BlockType(ref reader);
                bool isTrue = (uint)frame.Pop() != 0;
                Open(frame, opcode, ifType, reader.Position);
                (int elseAt, int endAt) = _matches[frame.Offset];
                if (isTrue) break;
                frame.Position = elseAt >= 0 ? elseAt + 1 : endAt;
                return;
            case Opcode.TryTable:
                FunctionType tryType = BlockType(ref reader);
                List<(byte, int, int)> clauses = [];
                for (uint left = reader.ReadU32("clauses"); left > 0; left--)
                {
                    byte kind = reader.ReadByte("a clause");
                    int named = kind < 2 ? (int)reader.ReadU32("a tag") : -1;
                    clauses.Add((kind, named, (int)reader.ReadU32("a label")));
                }

                Open(frame, opcode, tryType, reader.Position, clauses);
                break;
            case Opcode.Else or Opcode.End:
                // The end of a branch's way, or of the whole: the label goes, its values stay.
                Label ended = frame.Labels[^1];
                frame.Labels.RemoveAt(frame.Labels.Count - 1);
                frame.Position = opcode == Opcode.Else ? ended.Continuation : reader.Position;
                return;
            case Opcode.Br:
                Branch(frame, (int)reader.ReadU32("a label"));
                return;
            case Opcode.BrIf:
                BranchWhen((uint)frame.Pop() != 0, (int)reader.ReadU32("a label"), frame, reader.Position);
                return;
            case Opcode.BrTable:
                List<int> targets = [];
                for (uint left = reader.ReadU32("targets") + 1; left > 0; left--) targets.Add((int)reader.ReadU32("a label"));
                Branch(frame, targets[(int)Math.Min((uint)frame.Pop(), (uint)targets.Count - 1)]);
                return;
            case Opcode.BrOnNull:
                int nullLabel = (int)reader.ReadU32("a label");
                object? tested = frame.PopReference();
                if (tested is not null) frame.PushReference(tested);
                BranchWhen(tested is null, nullLabel, frame, reader.Position);
                return;
            case Opcode.BrOnNonNull:
                int nonNullLabel = (int)reader.ReadU32("a label");
                object? kept = frame.PopReference();
                if (kept is not null) frame.PushReference(kept);
                BranchWhen(kept is not null, nonNullLabel, frame, reader.Position);
                return;
            case Opcode.BrOnCast or Opcode.BrOnCastFail:
                byte flags = reader.ReadByte("flags");
                int castLabel = (int)reader.ReadU32("a label");
                reader.ReadS33("a heap type");
                bool isOfType = IsOf(frame.Stack[^1].Reference, reader.ReadS33("a heap type"), (flags & 2) != 0);
                BranchWhen(isOfType == (opcode == Opcode.BrOnCast), castLabel, frame, reader.Position);
                return;
            case Opcode.Return:
                Branch(frame, frame.Labels.Count - 1);
                return;
            case Opcode.Call or Opcode.ReturnCall or Opcode.CallRef or Opcode.ReturnCallRef or Opcode.CallIndirect or Opcode.ReturnCallIndirect:
                CallAny(frame, opcode, ref reader);
                break;
            case Opcode.Throw:
                int tag = (int)reader.ReadU32("a tag");
                throw new NaiveThrow(new NaiveException(tag, frame.PopValues(_module.TypeOfTag(tag).Parameters.Length)), frame.Function, frame.Offset);
            case Opcode.ThrowRef:
                throw new NaiveThrow((NaiveException)NonNull(frame.PopReference()), frame.Function, frame.Offset);
            case Opcode.Drop: frame.PopValue(); break;
            case Opcode.SelectT or Opcode.Select:
                if (opcode == Opcode.SelectT) ImmediateSkipper.Skip(ref reader, info.Immediates);
                bool takesFirst = (uint)frame.Pop() != 0;
                NaiveValue second = frame.PopValue(), first = frame.PopValue();
                frame.Stack.Add(takesFirst ? first : second);
                break;
            case Opcode.LocalGet: frame.Stack.Add(frame.Locals[reader.ReadU32("a local")]); break;
            case Opcode.LocalSet: frame.Locals[reader.ReadU32("a local")] = frame.PopValue(); break;
            case Opcode.LocalTee: frame.Locals[reader.ReadU32("a local")] = frame.Stack[^1]; break;
            case Opcode.GlobalGet: frame.Stack.Add(_globals[reader.ReadU32("a global")]); break;
            case Opcode.GlobalSet: _globals[reader.ReadU32("a global")] = frame.PopValue(); break;
            default:
                if (info.Name.StartsWith("memory.", StringComparison.Ordinal) || info.Name == "data.drop") MemoryInstruction(frame, opcode, ref reader);
                else if (info.Name.StartsWith("table.", StringComparison.Ordinal) || info.Name == "elem.drop") TableInstruction(frame, opcode, ref reader);
                else ReferenceInstruction(frame, opcode, ref reader);
                break;
        }

        frame.Position = reader.Position;
    }

    private static void BranchWhen(bool isTaken, int depth, Frame frame, int next)
    {
        frame.Position = next;
        if (isTaken) Branch(frame, depth);
    }

    private void CallAny(Frame frame, Opcode opcode, ref ByteReader reader)
    {
        NaiveFunction callee;
        switch (opcode)
        {
            case Opcode.Call or Opcode.ReturnCall: callee = _functions[reader.ReadU32("a function")]; break;
            case Opcode.CallRef or Opcode.ReturnCallRef:
                reader.ReadU32("a type");
                callee = (NaiveFunction)NonNull(frame.PopReference());
                break;
            default:
                int type = _module.TypeSpace.Canonical((int)reader.ReadU32("a type"));
                List<NaiveValue> table = _tables[reader.ReadU32("a table")];
                uint index = (uint)frame.Pop();
                if (index >= table.Count) throw new NaiveTrap(TrapKind.UndefinedElement);
                callee = table[(int)index].Reference as NaiveFunction ?? throw new NaiveTrap(TrapKind.UninitializedElement);
                if (!IsOf(callee, type, false)) throw new NaiveTrap(TrapKind.IndirectCallTypeMismatch);
                break;
        }

        NaiveValue[] arguments = frame.PopValues(_module.TypeOfFunction(callee.Index).Parameters.Length);
        if (opcode is Opcode.Call or Opcode.CallRef or Opcode.CallIndirect)
        {
            frame.Stack.AddRange(Call(callee, arguments));
            return;
        }

        // The frame ends with what the callee shall get.
        frame.Stack.Clear();
        frame.Stack.AddRange(arguments);
        frame.TailCallee = callee;
    }
}
