// UNSAFE, through Frame, MemoryView, PreparedModule and ExecutionStack, whose headers state the invariants; the pointers here
// are the instruction pointer, which the Translator keeps inside its function (every path ends in a jump, return or trap),
// and the addresses of frames, which are checked against the stack's end at every call.
using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using ContractVm.Gas;
using ContractVm.Runtime;

namespace ContractVm.Interpreter;

/// <summary>
/// Runs prepared code: the readable statement of the semantics (WebAssembly 3.0, "Execution"). One loop, one switch; ink and
/// stack words are kept in locals and settled with the meter whenever anyone else may look: at host calls and at the end.
/// </summary>
internal static unsafe class InterpreterLoop
{
    /// <summary>
    /// Calls a defined function. Order at a call (consensus): the caller's block is paid already, then the stack words are
    /// taken, then the callee's first block is charged.
    /// </summary>
    public static ExecutionResult Run(Instance instance, int function, ReadOnlySpan<ulong> arguments, Span<ulong> results, Meter meter)
    {
        ulong wordsBefore = meter.StackWordsLeft;
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw new NodeFaultException("the thread's stack is too small for the schedule's stack words");
        // A call that comes back from the host takes .NET stack, which words must bound as they bound our own.
        if (!meter.TryNest()) return new ExecutionResult(Outcome.OutOfStack, TrapKind.None, -1, -1);
        ExecutionStack stack = ExecutionStack.Rent(meter.StackWordsLeft);
        try
        {
            return Run(instance, function, arguments, results, meter, stack);
        }
        finally
        {
            // However it ended, its frames are gone.
            meter.Unnest();
            meter.Settle(meter.InkLeft, meter.IsExhausted, wordsBefore);
            ExecutionStack.GiveBack(stack);
        }
    }

    private static ExecutionResult Run(
        Instance instance, int function, ReadOnlySpan<ulong> arguments, Span<ulong> results, Meter meter, ExecutionStack stack)
    {
        PreparedModule prepared = instance.Prepared;
        FunctionEntry* entries = prepared.Entries;
        Table[] tables = instance.TableArray;
        ulong[] globals = instance.GlobalArray;
        Instance other;
        ulong reference;
        ulong ink = meter.InkLeft, words = meter.StackWordsLeft;
        ulong* end = stack.End;
        Frame frame = new(stack.Base);
        MemoryView memory = new(instance.Memory);
        TrapKind trap;
        double real;

        arguments.CopyTo(new Span<ulong>(frame.Slots, arguments.Length));
        FunctionEntry* callee = entries + function;
        ulong* calleeSlots = frame.Slots;
        Instruction* next = null;
        if (!TryEnter(callee, calleeSlots, end, ref words, next, frame.Slots)) return OutOfStack(meter, ink);
        next = callee->Code;

        while (true)
        {
            ref readonly Instruction i = ref *next++;
            switch (i.Op)
            {
                case InternalOp.Unreachable: trap = TrapKind.Unreachable; goto Trapped;
                case InternalOp.Jump: next += i.A; break;
                case InternalOp.JumpIfNonZero: if (frame.U32(i.A) != 0) next += i.B; break;
                case InternalOp.JumpIfZero: if (frame.U32(i.A) == 0) next += i.B; break;
                case InternalOp.JumpTable: next += Math.Min(frame.U32(i.A), (uint)i.B); break;

                case InternalOp.Return:
                    words += (uint)i.R;
                    goto Returned;
                case InternalOp.ReturnOne:
                {
                    ulong value = frame.U64(i.A);
                    words += (uint)i.R;
                    ulong* header = frame.Slots + i.B;
                    next = (Instruction*)header[0];
                    ulong* caller = (ulong*)header[1];
                    frame.Slots[0] = value;
                    if ((nuint)next <= ExecutionStack.ReturnToOther)
                    {
                        if (next is null) goto Finished;
                        frame = new Frame(caller);
                        goto BackToOther;
                    }

                    frame = new Frame(caller);
                    break;
                }

                case InternalOp.ReturnMany:
                {
                    words += (uint)i.R;
                    // The header may lie among the results: read it before they are moved.
                    ulong* header = frame.Slots + i.B;
                    Instruction* back = (Instruction*)header[0];
                    ulong* caller = (ulong*)header[1];
                    for (int k = 0; k < i.Extra; k++) frame.Slots[k] = frame.Slots[i.A + k];
                    next = back;
                    if (next is null) goto Finished;
                    frame = new Frame(caller);
                    if ((nuint)next <= ExecutionStack.ReturnToOther) goto BackToOther;
                    break;
                }

                case InternalOp.Call:
                    callee = entries + i.A;
                    calleeSlots = frame.Slots + i.B;
                    goto Enter;
                case InternalOp.CallIndirect:
                {
                    ReadOnlySpan<ulong> elements = tables[i.Extra].Elements;
                    ulong index = frame.U64(i.A);
                    if (index >= (ulong)elements.Length)
                    {
                        trap = TrapKind.UndefinedElement;
                        goto Trapped;
                    }

                    reference = elements[(int)index];
                    if (reference == 0)
                    {
                        trap = TrapKind.UninitializedElement;
                        goto Trapped;
                    }

                    calleeSlots = frame.Slots + i.B;
                    // Most calls go to a function that this instance defines, of the very type.
                    ulong own = reference - 1 - instance.FunctionBase - (uint)prepared.Module.ImportedFunctions;
                    if (own < (uint)prepared.Module.BodyList.Count)
                    {
                        callee = entries + own;
                        if (callee->CanonicalType == i.R) goto Enter;
                    }

                    if (!HasType(instance, reference, i.R))
                    {
                        trap = TrapKind.IndirectCallTypeMismatch;
                        goto Trapped;
                    }

                    goto EnterReference;
                }

                case InternalOp.CallReference:
                    reference = frame.U64(i.A);
                    if (reference == 0)
                    {
                        trap = TrapKind.NullReference;
                        goto Trapped;
                    }

                    calleeSlots = frame.Slots + i.B;
                    goto EnterReference;
                case InternalOp.CallHost:
                {
                    ref readonly ImportedFunction imported = ref instance.ImportedFunctions[i.A];
                    calleeSlots = frame.Slots + i.B;
                    if (imported.Owner is not null)
                    {
                        other = imported.Owner;
                        callee = other.Prepared.Entries + imported.Index;
                        goto EnterOther;
                    }

                    HostStatus direct = CallHost(instance, instance, imported.Host!, instance.Prepared.HostSlots[i.A], calleeSlots, end, meter, ref ink, words, ref memory);
                    if (direct != HostStatus.Continue) return HostEnded(direct, prepared, next - 1);
                    break;
                }

                case InternalOp.TailCall:
                {
                    // The callee's arguments take the place of this frame, and its way back becomes theirs.
                    ulong* header = frame.Slots + i.A;
                    ulong back = header[0], caller = header[1];
                    ref readonly Instruction call = ref *next++;
                    if (!FindTailTarget(instance, in call, frame, tables, out reference, out trap)) goto Trapped;
                    ulong* passed = frame.Slots + call.B;
                    for (int k = 0; k < i.B; k++) frame.Slots[k] = passed[k];
                    words += (uint)i.R;
                    ImportedFunction target = ResolveReference(instance, reference, out Instance user, out int hostSlots);
                    if (target.Host is not null)
                    {
                        HostStatus tail = CallHost(instance, user, target.Host, hostSlots, frame.Slots, end, meter, ref ink, words, ref memory);
                        if (tail != HostStatus.Continue) return HostEnded(tail, prepared, next - 1);
                        next = (Instruction*)back;
                        if (next is null) goto Finished;
                        frame = new Frame((ulong*)caller);
                        if ((nuint)next <= ExecutionStack.ReturnToOther) goto BackToOther;
                        break;
                    }

                    callee = target.Owner!.Prepared.Entries + target.Index;
                    if (!ReferenceEquals(target.Owner, instance) && back > ExecutionStack.ReturnToOther)
                    {
                        // Whoever waits for this frame is in this instance: the callee, in another one, must find the way.
                        stack.OtherCallers.Push((instance, (nint)back));
                        back = ExecutionStack.ReturnToOther;
                    }

                    if (!TryEnter(callee, frame.Slots, end, ref words, (Instruction*)back, (ulong*)caller)) return OutOfStack(meter, ink);
                    other = target.Owner;
                    next = callee->Code;
                    if (!ReferenceEquals(other, instance)) goto SwitchInstance;
                    break;
                }

                case InternalOp.Throw:
                    if (!TryMakeException(instance, in i, frame, out reference))
                    {
                        trap = TrapKind.ObjectMemoryExhausted;
                        goto Trapped;
                    }

                    goto Thrown;
                case InternalOp.ThrowReference:
                    reference = frame.U64(i.A);
                    if (reference == 0)
                    {
                        trap = TrapKind.NullReference;
                        goto Trapped;
                    }

                    goto Thrown;
                case InternalOp.JumpIfNull: if (frame.U64(i.A) == 0) next += i.B; break;
                case InternalOp.JumpIfNotNull: if (frame.U64(i.A) != 0) next += i.B; break;
                case InternalOp.JumpIfOfType:
                case InternalOp.JumpIfNotOfType:
                {
                    bool isOfType = GeneralOperations.IsOfType(instance, frame.U64(i.A), next->A, next->B != 0);
                    next += isOfType == (i.Op == InternalOp.JumpIfOfType) ? i.B : 1;
                    break;
                }

                case InternalOp.Observe:
                    Observation.Step(instance, prepared.Locate(next - 1).Function, i.A, new ReadOnlySpan<ulong>(frame.Slots + i.R, i.B), ink, i.Extra != 0);
                    break;
                case InternalOp.ImportedGlobalGet: frame.Set(i.R, instance.ImportedGlobals[i.A].Slots[instance.ImportedGlobals[i.A].Slot + i.B]); break;
                case InternalOp.ImportedGlobalSet: instance.ImportedGlobals[i.A].Slots[instance.ImportedGlobals[i.A].Slot + i.R] = frame.U64(i.B); break;
                case InternalOp.General:
                    trap = GeneralOperations.Execute(instance, next - 1, frame.Slots);
                    if (trap != TrapKind.None) goto Trapped;
                    // It may have grown the first memory: an imported one can be there twice.
                    memory = new MemoryView(instance.Memory);
                    next++;
                    break;

                case InternalOp.Charge:
                    if (ink < i.Imm) goto OutOfInk;
                    ink -= i.Imm;
                    break;
                case InternalOp.ChargeUnits:
                {
                    ulong cost = Ink.Multiply(frame.U64(i.A), next->Imm);
                    next++;
                    if (ink < cost) goto OutOfInk;
                    ink -= cost;
                    break;
                }

                case InternalOp.Copy: frame.Set(i.R, frame.U64(i.A)); break;
                case InternalOp.CopySpan: for (int k = 0; k < i.B; k++) frame.Slots[i.R + k] = frame.Slots[i.A + k]; break;
                case InternalOp.Constant: frame.Set(i.R, i.Imm); break;
                case InternalOp.Select:
                    frame.Set(i.R, frame.U64(frame.U32(next->A) != 0 ? i.A : i.B));
                    next++;
                    break;
                case InternalOp.GlobalGet: frame.Set(i.R, globals[i.A]); break;
                case InternalOp.GlobalSet: globals[i.A] = frame.U64(i.B); break;

                case InternalOp.MemorySize: frame.Set(i.R, instance.Memory!.Pages); break;
                case InternalOp.MemoryGrow:
                    frame.Set(i.R, instance.Memory!.Grow(frame.U32(i.A)));
                    memory = new MemoryView(instance.Memory);
                    break;
                case InternalOp.MemoryInit:
                    if (!instance.TryInitMemory(i.B, 0, frame.U32(i.A), frame.U32(i.A + 1), frame.U32(i.A + 2))) goto MemoryOutOfBounds;
                    break;
                case InternalOp.DataDrop: instance.DropData(i.A); break;
                case InternalOp.MemoryCopy:
                    if (!instance.Memory!.TryCopy(frame.U32(i.A), frame.U32(i.A + 1), frame.U32(i.A + 2))) goto MemoryOutOfBounds;
                    break;
                case InternalOp.MemoryFill:
                    if (!instance.Memory!.TryFill(frame.U32(i.A), (byte)frame.U32(i.A + 1), frame.U32(i.A + 2))) goto MemoryOutOfBounds;
                    break;
                // Tables: an index of 32 bits stands zero-extended in its slot, so that one code serves both address types.
                case InternalOp.TableGet:
                {
                    ReadOnlySpan<ulong> elements = tables[i.Extra].Elements;
                    ulong index = frame.U64(i.A);
                    if (index >= (ulong)elements.Length) goto TableOutOfBounds;
                    frame.Set(i.R, elements[(int)index]);
                    break;
                }

                case InternalOp.TableSet:
                {
                    Span<ulong> elements = tables[i.Extra].Elements;
                    ulong index = frame.U64(i.A);
                    if (index >= (ulong)elements.Length) goto TableOutOfBounds;
                    elements[(int)index] = frame.U64(i.B);
                    break;
                }

                case InternalOp.TableSize: frame.Set(i.R, tables[i.Extra].Length); break;
                case InternalOp.TableGrow:
                {
                    int before = tables[i.Extra].Grow(frame.U64(i.A + 1), frame.U64(i.A));
                    if (i.B == 0) frame.Set(i.R, before);
                    else frame.Set(i.R, (long)before);
                    break;
                }

                case InternalOp.TableFill:
                {
                    Span<ulong> elements = tables[i.Extra].Elements;
                    if (!IsInside(frame.U64(i.A), frame.U64(i.A + 2), elements.Length)) goto TableOutOfBounds;
                    elements.Slice(frame.I32(i.A), frame.I32(i.A + 2)).Fill(frame.U64(i.A + 1));
                    break;
                }

                case InternalOp.TableCopy:
                {
                    Span<ulong> to = tables[i.Extra].Elements, from = tables[i.B].Elements;
                    if (!IsInside(frame.U64(i.A), frame.U64(i.A + 2), to.Length)) goto TableOutOfBounds;
                    if (!IsInside(frame.U64(i.A + 1), frame.U64(i.A + 2), from.Length)) goto TableOutOfBounds;
                    from.Slice(frame.I32(i.A + 1), frame.I32(i.A + 2)).CopyTo(to[frame.I32(i.A)..]);
                    break;
                }

                case InternalOp.TableInit:
                    if (!instance.TryInitTable(i.B, i.Extra, frame.U64(i.A), frame.U64(i.A + 1), frame.U64(i.A + 2))) goto TableOutOfBounds;
                    break;
                case InternalOp.ElemDrop: instance.DropElements(i.A); break;
                case InternalOp.RefIsNull: frame.Set(i.R, frame.U64(i.A) == 0); break;

                // Loads and stores: A address, B or R displacement.
                case (InternalOp)Opcode.I32Load: { if (!memory.TryLoad(frame.U32(i.A), i.B, out uint value)) goto MemoryOutOfBounds; frame.Set(i.R, value); break; }
                case (InternalOp)Opcode.I64Load: { if (!memory.TryLoad(frame.U32(i.A), i.B, out ulong value)) goto MemoryOutOfBounds; frame.Set(i.R, value); break; }
                case (InternalOp)Opcode.F32Load: { if (!memory.TryLoad(frame.U32(i.A), i.B, out uint value)) goto MemoryOutOfBounds; frame.Set(i.R, value); break; }
                case (InternalOp)Opcode.F64Load: { if (!memory.TryLoad(frame.U32(i.A), i.B, out ulong value)) goto MemoryOutOfBounds; frame.Set(i.R, value); break; }
                case (InternalOp)Opcode.I32Load8S: { if (!memory.TryLoad(frame.U32(i.A), i.B, out sbyte value)) goto MemoryOutOfBounds; frame.Set(i.R, (int)value); break; }
                case (InternalOp)Opcode.I32Load8U: { if (!memory.TryLoad(frame.U32(i.A), i.B, out byte value)) goto MemoryOutOfBounds; frame.Set(i.R, (uint)value); break; }
                case (InternalOp)Opcode.I32Load16S: { if (!memory.TryLoad(frame.U32(i.A), i.B, out short value)) goto MemoryOutOfBounds; frame.Set(i.R, (int)value); break; }
                case (InternalOp)Opcode.I32Load16U: { if (!memory.TryLoad(frame.U32(i.A), i.B, out ushort value)) goto MemoryOutOfBounds; frame.Set(i.R, (uint)value); break; }
                case (InternalOp)Opcode.I64Load8S: { if (!memory.TryLoad(frame.U32(i.A), i.B, out sbyte value)) goto MemoryOutOfBounds; frame.Set(i.R, (long)value); break; }
                case (InternalOp)Opcode.I64Load8U: { if (!memory.TryLoad(frame.U32(i.A), i.B, out byte value)) goto MemoryOutOfBounds; frame.Set(i.R, (ulong)value); break; }
                case (InternalOp)Opcode.I64Load16S: { if (!memory.TryLoad(frame.U32(i.A), i.B, out short value)) goto MemoryOutOfBounds; frame.Set(i.R, (long)value); break; }
                case (InternalOp)Opcode.I64Load16U: { if (!memory.TryLoad(frame.U32(i.A), i.B, out ushort value)) goto MemoryOutOfBounds; frame.Set(i.R, (ulong)value); break; }
                case (InternalOp)Opcode.I64Load32S: { if (!memory.TryLoad(frame.U32(i.A), i.B, out int value)) goto MemoryOutOfBounds; frame.Set(i.R, (long)value); break; }
                case (InternalOp)Opcode.I64Load32U: { if (!memory.TryLoad(frame.U32(i.A), i.B, out uint value)) goto MemoryOutOfBounds; frame.Set(i.R, (ulong)value); break; }
                case (InternalOp)Opcode.I32Store: if (!memory.TryStore(frame.U32(i.A), i.R, frame.U32(i.B))) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.I64Store: if (!memory.TryStore(frame.U32(i.A), i.R, frame.U64(i.B))) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.F32Store: if (!memory.TryStore(frame.U32(i.A), i.R, frame.U32(i.B))) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.F64Store: if (!memory.TryStore(frame.U32(i.A), i.R, frame.U64(i.B))) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.I32Store8: if (!memory.TryStore(frame.U32(i.A), i.R, (byte)frame.U32(i.B))) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.I32Store16: if (!memory.TryStore(frame.U32(i.A), i.R, (ushort)frame.U32(i.B))) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.I64Store8: if (!memory.TryStore(frame.U32(i.A), i.R, (byte)frame.U64(i.B))) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.I64Store16: if (!memory.TryStore(frame.U32(i.A), i.R, (ushort)frame.U64(i.B))) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.I64Store32: if (!memory.TryStore(frame.U32(i.A), i.R, (uint)frame.U64(i.B))) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.I32Eqz: frame.Set(i.R, frame.U32(i.A) == 0); break;
                case (InternalOp)Opcode.I32Eq: frame.Set(i.R, frame.U32(i.A) == frame.U32(i.B)); break;
                case (InternalOp)Opcode.I32Ne: frame.Set(i.R, frame.U32(i.A) != frame.U32(i.B)); break;
                case (InternalOp)Opcode.I32LtS: frame.Set(i.R, frame.I32(i.A) < frame.I32(i.B)); break;
                case (InternalOp)Opcode.I32LtU: frame.Set(i.R, frame.U32(i.A) < frame.U32(i.B)); break;
                case (InternalOp)Opcode.I32GtS: frame.Set(i.R, frame.I32(i.A) > frame.I32(i.B)); break;
                case (InternalOp)Opcode.I32GtU: frame.Set(i.R, frame.U32(i.A) > frame.U32(i.B)); break;
                case (InternalOp)Opcode.I32LeS: frame.Set(i.R, frame.I32(i.A) <= frame.I32(i.B)); break;
                case (InternalOp)Opcode.I32LeU: frame.Set(i.R, frame.U32(i.A) <= frame.U32(i.B)); break;
                case (InternalOp)Opcode.I32GeS: frame.Set(i.R, frame.I32(i.A) >= frame.I32(i.B)); break;
                case (InternalOp)Opcode.I32GeU: frame.Set(i.R, frame.U32(i.A) >= frame.U32(i.B)); break;
                case (InternalOp)Opcode.I64Eqz: frame.Set(i.R, frame.U64(i.A) == 0); break;
                case (InternalOp)Opcode.I64Eq: frame.Set(i.R, frame.U64(i.A) == frame.U64(i.B)); break;
                case (InternalOp)Opcode.I64Ne: frame.Set(i.R, frame.U64(i.A) != frame.U64(i.B)); break;
                case (InternalOp)Opcode.I64LtS: frame.Set(i.R, frame.I64(i.A) < frame.I64(i.B)); break;
                case (InternalOp)Opcode.I64LtU: frame.Set(i.R, frame.U64(i.A) < frame.U64(i.B)); break;
                case (InternalOp)Opcode.I64GtS: frame.Set(i.R, frame.I64(i.A) > frame.I64(i.B)); break;
                case (InternalOp)Opcode.I64GtU: frame.Set(i.R, frame.U64(i.A) > frame.U64(i.B)); break;
                case (InternalOp)Opcode.I64LeS: frame.Set(i.R, frame.I64(i.A) <= frame.I64(i.B)); break;
                case (InternalOp)Opcode.I64LeU: frame.Set(i.R, frame.U64(i.A) <= frame.U64(i.B)); break;
                case (InternalOp)Opcode.I64GeS: frame.Set(i.R, frame.I64(i.A) >= frame.I64(i.B)); break;
                case (InternalOp)Opcode.I64GeU: frame.Set(i.R, frame.U64(i.A) >= frame.U64(i.B)); break;
                case (InternalOp)Opcode.F32Eq: frame.Set(i.R, frame.F32(i.A) == frame.F32(i.B)); break;
                case (InternalOp)Opcode.F32Ne: frame.Set(i.R, frame.F32(i.A) != frame.F32(i.B)); break;
                case (InternalOp)Opcode.F32Lt: frame.Set(i.R, frame.F32(i.A) < frame.F32(i.B)); break;
                case (InternalOp)Opcode.F32Gt: frame.Set(i.R, frame.F32(i.A) > frame.F32(i.B)); break;
                case (InternalOp)Opcode.F32Le: frame.Set(i.R, frame.F32(i.A) <= frame.F32(i.B)); break;
                case (InternalOp)Opcode.F32Ge: frame.Set(i.R, frame.F32(i.A) >= frame.F32(i.B)); break;
                case (InternalOp)Opcode.F64Eq: frame.Set(i.R, frame.F64(i.A) == frame.F64(i.B)); break;
                case (InternalOp)Opcode.F64Ne: frame.Set(i.R, frame.F64(i.A) != frame.F64(i.B)); break;
                case (InternalOp)Opcode.F64Lt: frame.Set(i.R, frame.F64(i.A) < frame.F64(i.B)); break;
                case (InternalOp)Opcode.F64Gt: frame.Set(i.R, frame.F64(i.A) > frame.F64(i.B)); break;
                case (InternalOp)Opcode.F64Le: frame.Set(i.R, frame.F64(i.A) <= frame.F64(i.B)); break;
                case (InternalOp)Opcode.F64Ge: frame.Set(i.R, frame.F64(i.A) >= frame.F64(i.B)); break;
                case (InternalOp)Opcode.I32Clz: frame.Set(i.R, (uint)BitOperations.LeadingZeroCount(frame.U32(i.A))); break;
                case (InternalOp)Opcode.I32Ctz: frame.Set(i.R, (uint)BitOperations.TrailingZeroCount(frame.U32(i.A))); break;
                case (InternalOp)Opcode.I32Popcnt: frame.Set(i.R, (uint)BitOperations.PopCount(frame.U32(i.A))); break;
                case (InternalOp)Opcode.I32Add: frame.Set(i.R, frame.U32(i.A) + frame.U32(i.B)); break;
                case (InternalOp)Opcode.I32Sub: frame.Set(i.R, frame.U32(i.A) - frame.U32(i.B)); break;
                case (InternalOp)Opcode.I32Mul: frame.Set(i.R, frame.U32(i.A) * frame.U32(i.B)); break;
                case (InternalOp)Opcode.I32DivS:
                    if (frame.I32(i.B) == 0) goto DivideByZero;
                    if (frame.I32(i.B) == -1 && frame.I32(i.A) == int.MinValue) goto IntegerOverflow;
                    frame.Set(i.R, frame.I32(i.A) / frame.I32(i.B));
                    break;
                case (InternalOp)Opcode.I32DivU: if (frame.U32(i.B) == 0) goto DivideByZero; frame.Set(i.R, frame.U32(i.A) / frame.U32(i.B)); break;
                case (InternalOp)Opcode.I32RemS: if (frame.I32(i.B) == 0) goto DivideByZero; frame.Set(i.R, frame.I32(i.B) == -1 ? 0 : frame.I32(i.A) % frame.I32(i.B)); break;
                case (InternalOp)Opcode.I32RemU: if (frame.U32(i.B) == 0) goto DivideByZero; frame.Set(i.R, frame.U32(i.A) % frame.U32(i.B)); break;
                case (InternalOp)Opcode.I32And: frame.Set(i.R, frame.U32(i.A) & frame.U32(i.B)); break;
                case (InternalOp)Opcode.I32Or: frame.Set(i.R, frame.U32(i.A) | frame.U32(i.B)); break;
                case (InternalOp)Opcode.I32Xor: frame.Set(i.R, frame.U32(i.A) ^ frame.U32(i.B)); break;
                case (InternalOp)Opcode.I32Shl: frame.Set(i.R, frame.U32(i.A) << frame.I32(i.B)); break;
                case (InternalOp)Opcode.I32ShrS: frame.Set(i.R, frame.I32(i.A) >> frame.I32(i.B)); break;
                case (InternalOp)Opcode.I32ShrU: frame.Set(i.R, frame.U32(i.A) >> frame.I32(i.B)); break;
                case (InternalOp)Opcode.I32Rotl: frame.Set(i.R, BitOperations.RotateLeft(frame.U32(i.A), frame.I32(i.B))); break;
                case (InternalOp)Opcode.I32Rotr: frame.Set(i.R, BitOperations.RotateRight(frame.U32(i.A), frame.I32(i.B))); break;
                case (InternalOp)Opcode.I64Clz: frame.Set(i.R, (ulong)BitOperations.LeadingZeroCount(frame.U64(i.A))); break;
                case (InternalOp)Opcode.I64Ctz: frame.Set(i.R, (ulong)BitOperations.TrailingZeroCount(frame.U64(i.A))); break;
                case (InternalOp)Opcode.I64Popcnt: frame.Set(i.R, (ulong)BitOperations.PopCount(frame.U64(i.A))); break;
                case (InternalOp)Opcode.I64Add: frame.Set(i.R, frame.U64(i.A) + frame.U64(i.B)); break;
                case (InternalOp)Opcode.I64Sub: frame.Set(i.R, frame.U64(i.A) - frame.U64(i.B)); break;
                case (InternalOp)Opcode.I64Mul: frame.Set(i.R, frame.U64(i.A) * frame.U64(i.B)); break;
                case (InternalOp)Opcode.I64DivS:
                    if (frame.I64(i.B) == 0) goto DivideByZero;
                    if (frame.I64(i.B) == -1 && frame.I64(i.A) == long.MinValue) goto IntegerOverflow;
                    frame.Set(i.R, frame.I64(i.A) / frame.I64(i.B));
                    break;
                case (InternalOp)Opcode.I64DivU: if (frame.U64(i.B) == 0) goto DivideByZero; frame.Set(i.R, frame.U64(i.A) / frame.U64(i.B)); break;
                case (InternalOp)Opcode.I64RemS: if (frame.I64(i.B) == 0) goto DivideByZero; frame.Set(i.R, frame.I64(i.B) == -1 ? 0 : frame.I64(i.A) % frame.I64(i.B)); break;
                case (InternalOp)Opcode.I64RemU: if (frame.U64(i.B) == 0) goto DivideByZero; frame.Set(i.R, frame.U64(i.A) % frame.U64(i.B)); break;
                case (InternalOp)Opcode.I64And: frame.Set(i.R, frame.U64(i.A) & frame.U64(i.B)); break;
                case (InternalOp)Opcode.I64Or: frame.Set(i.R, frame.U64(i.A) | frame.U64(i.B)); break;
                case (InternalOp)Opcode.I64Xor: frame.Set(i.R, frame.U64(i.A) ^ frame.U64(i.B)); break;
                case (InternalOp)Opcode.I64Shl: frame.Set(i.R, frame.U64(i.A) << frame.I32(i.B)); break;
                case (InternalOp)Opcode.I64ShrS: frame.Set(i.R, frame.I64(i.A) >> frame.I32(i.B)); break;
                case (InternalOp)Opcode.I64ShrU: frame.Set(i.R, frame.U64(i.A) >> frame.I32(i.B)); break;
                case (InternalOp)Opcode.I64Rotl: frame.Set(i.R, BitOperations.RotateLeft(frame.U64(i.A), frame.I32(i.B))); break;
                case (InternalOp)Opcode.I64Rotr: frame.Set(i.R, BitOperations.RotateRight(frame.U64(i.A), frame.I32(i.B))); break;
                case (InternalOp)Opcode.F32Abs: frame.Set(i.R, frame.U32(i.A) & ~0x8000_0000); break;
                case (InternalOp)Opcode.F32Neg: frame.Set(i.R, frame.U32(i.A) ^ 0x8000_0000); break;
                case (InternalOp)Opcode.F32Ceil: frame.SetCanonical(i.R, MathF.Ceiling(frame.F32(i.A))); break;
                case (InternalOp)Opcode.F32Floor: frame.SetCanonical(i.R, MathF.Floor(frame.F32(i.A))); break;
                case (InternalOp)Opcode.F32Trunc: frame.SetCanonical(i.R, MathF.Truncate(frame.F32(i.A))); break;
                case (InternalOp)Opcode.F32Nearest: frame.SetCanonical(i.R, FloatMath.Nearest(frame.F32(i.A))); break;
                case (InternalOp)Opcode.F32Sqrt: frame.SetCanonical(i.R, MathF.Sqrt(frame.F32(i.A))); break;
                case (InternalOp)Opcode.F32Add: frame.SetCanonical(i.R, frame.F32(i.A) + frame.F32(i.B)); break;
                case (InternalOp)Opcode.F32Sub: frame.SetCanonical(i.R, frame.F32(i.A) - frame.F32(i.B)); break;
                case (InternalOp)Opcode.F32Mul: frame.SetCanonical(i.R, frame.F32(i.A) * frame.F32(i.B)); break;
                case (InternalOp)Opcode.F32Div: frame.SetCanonical(i.R, frame.F32(i.A) / frame.F32(i.B)); break;
                case (InternalOp)Opcode.F32Min: frame.SetCanonical(i.R, FloatMath.Min(frame.F32(i.A), frame.F32(i.B))); break;
                case (InternalOp)Opcode.F32Max: frame.SetCanonical(i.R, FloatMath.Max(frame.F32(i.A), frame.F32(i.B))); break;
                case (InternalOp)Opcode.F32Copysign: frame.Set(i.R, (frame.U32(i.A) & ~0x8000_0000) | (frame.U32(i.B) & 0x8000_0000)); break;
                case (InternalOp)Opcode.F64Abs: frame.Set(i.R, frame.U64(i.A) & ~0x8000_0000_0000_0000); break;
                case (InternalOp)Opcode.F64Neg: frame.Set(i.R, frame.U64(i.A) ^ 0x8000_0000_0000_0000); break;
                case (InternalOp)Opcode.F64Ceil: frame.SetCanonical(i.R, Math.Ceiling(frame.F64(i.A))); break;
                case (InternalOp)Opcode.F64Floor: frame.SetCanonical(i.R, Math.Floor(frame.F64(i.A))); break;
                case (InternalOp)Opcode.F64Trunc: frame.SetCanonical(i.R, Math.Truncate(frame.F64(i.A))); break;
                case (InternalOp)Opcode.F64Nearest: frame.SetCanonical(i.R, FloatMath.Nearest(frame.F64(i.A))); break;
                case (InternalOp)Opcode.F64Sqrt: frame.SetCanonical(i.R, Math.Sqrt(frame.F64(i.A))); break;
                case (InternalOp)Opcode.F64Add: frame.SetCanonical(i.R, frame.F64(i.A) + frame.F64(i.B)); break;
                case (InternalOp)Opcode.F64Sub: frame.SetCanonical(i.R, frame.F64(i.A) - frame.F64(i.B)); break;
                case (InternalOp)Opcode.F64Mul: frame.SetCanonical(i.R, frame.F64(i.A) * frame.F64(i.B)); break;
                case (InternalOp)Opcode.F64Div: frame.SetCanonical(i.R, frame.F64(i.A) / frame.F64(i.B)); break;
                case (InternalOp)Opcode.F64Min: frame.SetCanonical(i.R, FloatMath.Min(frame.F64(i.A), frame.F64(i.B))); break;
                case (InternalOp)Opcode.F64Max: frame.SetCanonical(i.R, FloatMath.Max(frame.F64(i.A), frame.F64(i.B))); break;
                case (InternalOp)Opcode.F64Copysign: frame.Set(i.R, (frame.U64(i.A) & ~0x8000_0000_0000_0000) | (frame.U64(i.B) & 0x8000_0000_0000_0000)); break;
                case (InternalOp)Opcode.I32WrapI64: frame.Set(i.R, frame.U32(i.A)); break;
                case (InternalOp)Opcode.I32TruncF32S: real = frame.F32(i.A); if ((trap = FloatMath.Check(real, -2147483649.0, 2147483648.0)) != TrapKind.None) goto Trapped; frame.Set(i.R, (int)(long)real); break;
                case (InternalOp)Opcode.I32TruncF32U: real = frame.F32(i.A); if ((trap = FloatMath.Check(real, -1.0, 4294967296.0)) != TrapKind.None) goto Trapped; frame.Set(i.R, (uint)(long)real); break;
                case (InternalOp)Opcode.I32TruncF64S: real = frame.F64(i.A); if ((trap = FloatMath.Check(real, -2147483649.0, 2147483648.0)) != TrapKind.None) goto Trapped; frame.Set(i.R, (int)(long)real); break;
                case (InternalOp)Opcode.I32TruncF64U: real = frame.F64(i.A); if ((trap = FloatMath.Check(real, -1.0, 4294967296.0)) != TrapKind.None) goto Trapped; frame.Set(i.R, (uint)(long)real); break;
                case (InternalOp)Opcode.I64TruncF32S: real = frame.F32(i.A); if ((trap = FloatMath.Check(real, -9223372036854777856.0, 9223372036854775808.0)) != TrapKind.None) goto Trapped; frame.Set(i.R, (long)real); break;
                case (InternalOp)Opcode.I64TruncF32U: real = frame.F32(i.A); if ((trap = FloatMath.Check(real, -1.0, 18446744073709551616.0)) != TrapKind.None) goto Trapped; frame.Set(i.R, FloatMath.ToUInt64(real)); break;
                case (InternalOp)Opcode.I64TruncF64S: real = frame.F64(i.A); if ((trap = FloatMath.Check(real, -9223372036854777856.0, 9223372036854775808.0)) != TrapKind.None) goto Trapped; frame.Set(i.R, (long)real); break;
                case (InternalOp)Opcode.I64TruncF64U: real = frame.F64(i.A); if ((trap = FloatMath.Check(real, -1.0, 18446744073709551616.0)) != TrapKind.None) goto Trapped; frame.Set(i.R, FloatMath.ToUInt64(real)); break;
                case (InternalOp)Opcode.I64ExtendI32S: frame.Set(i.R, (long)frame.I32(i.A)); break;
                case (InternalOp)Opcode.I64ExtendI32U: frame.Set(i.R, frame.U32(i.A)); break;
                case (InternalOp)Opcode.F32ConvertI32S: frame.SetCanonical(i.R, (float)frame.I32(i.A)); break;
                case (InternalOp)Opcode.F32ConvertI32U: frame.SetCanonical(i.R, (float)(long)frame.U32(i.A)); break;
                case (InternalOp)Opcode.F32ConvertI64S: frame.SetCanonical(i.R, (float)frame.I64(i.A)); break;
                case (InternalOp)Opcode.F32ConvertI64U: frame.SetCanonical(i.R, FloatMath.ToSingle(frame.U64(i.A))); break;
                case (InternalOp)Opcode.F32DemoteF64: frame.SetCanonical(i.R, (float)frame.F64(i.A)); break;
                case (InternalOp)Opcode.F64ConvertI32S: frame.SetCanonical(i.R, (double)frame.I32(i.A)); break;
                case (InternalOp)Opcode.F64ConvertI32U: frame.SetCanonical(i.R, (double)frame.U32(i.A)); break;
                case (InternalOp)Opcode.F64ConvertI64S: frame.SetCanonical(i.R, (double)frame.I64(i.A)); break;
                case (InternalOp)Opcode.F64ConvertI64U: frame.SetCanonical(i.R, FloatMath.ToDouble(frame.U64(i.A))); break;
                case (InternalOp)Opcode.F64PromoteF32: frame.SetCanonical(i.R, (double)frame.F32(i.A)); break;
                case (InternalOp)Opcode.I32ReinterpretF32: frame.Set(i.R, frame.U32(i.A)); break;
                case (InternalOp)Opcode.I64ReinterpretF64: frame.Set(i.R, frame.U64(i.A)); break;
                case (InternalOp)Opcode.F32ReinterpretI32: frame.Set(i.R, frame.U32(i.A)); break;
                case (InternalOp)Opcode.F64ReinterpretI64: frame.Set(i.R, frame.U64(i.A)); break;
                case (InternalOp)Opcode.I32Extend8S: frame.Set(i.R, (int)(sbyte)frame.U32(i.A)); break;
                case (InternalOp)Opcode.I32Extend16S: frame.Set(i.R, (int)(short)frame.U32(i.A)); break;
                case (InternalOp)Opcode.I64Extend8S: frame.Set(i.R, (long)(sbyte)frame.U64(i.A)); break;
                case (InternalOp)Opcode.I64Extend16S: frame.Set(i.R, (long)(short)frame.U64(i.A)); break;
                case (InternalOp)Opcode.I64Extend32S: frame.Set(i.R, (long)frame.I32(i.A)); break;
                case InternalOp.FirstSaturating + 0: frame.Set(i.R, FloatMath.SaturateInt32(frame.F32(i.A))); break;
                case InternalOp.FirstSaturating + 1: frame.Set(i.R, FloatMath.SaturateUInt32(frame.F32(i.A))); break;
                case InternalOp.FirstSaturating + 2: frame.Set(i.R, FloatMath.SaturateInt32(frame.F64(i.A))); break;
                case InternalOp.FirstSaturating + 3: frame.Set(i.R, FloatMath.SaturateUInt32(frame.F64(i.A))); break;
                case InternalOp.FirstSaturating + 4: frame.Set(i.R, FloatMath.SaturateInt64(frame.F32(i.A))); break;
                case InternalOp.FirstSaturating + 5: frame.Set(i.R, FloatMath.SaturateUInt64(frame.F32(i.A))); break;
                case InternalOp.FirstSaturating + 6: frame.Set(i.R, FloatMath.SaturateInt64(frame.F64(i.A))); break;
                case InternalOp.FirstSaturating + 7: frame.Set(i.R, FloatMath.SaturateUInt64(frame.F64(i.A))); break;
                default:
                {
                    // All vector instructions: a group of their own, so that this switch stays small.
                    Instruction* after = VectorOperations.Execute(next - 1, frame.Slots, in memory);
                    if (after is null) goto MemoryOutOfBounds;
                    next = after;
                    break;
                }
            }

            continue;

        Enter:
            // A frame that does not fit leaves everything as it was: the caller's frame is still the running one.
            if (!TryEnter(callee, calleeSlots, end, ref words, next, frame.Slots)) return OutOfStack(meter, ink);
            frame = new Frame(calleeSlots);
            next = callee->Code;
            continue;

        EnterReference:
            {
                ImportedFunction resolved = ResolveReference(instance, reference, out Instance user, out int hostSlots);
                if (resolved.Host is not null)
                {
                    HostStatus indirect = CallHost(instance, user, resolved.Host, hostSlots, calleeSlots, end, meter, ref ink, words, ref memory);
                    if (indirect != HostStatus.Continue) return HostEnded(indirect, prepared, next - 1);
                    continue;
                }

                other = resolved.Owner!;
                callee = other.Prepared.Entries + resolved.Index;
                if (ReferenceEquals(other, instance)) goto Enter;
            }

        EnterOther:
            if (!TryEnter(callee, calleeSlots, end, ref words, (Instruction*)ExecutionStack.ReturnToOther, frame.Slots)) return OutOfStack(meter, ink);
            stack.OtherCallers.Push((instance, (nint)next));
            frame = new Frame(calleeSlots);
            next = callee->Code;
        SwitchInstance:
            instance = other;
            prepared = instance.Prepared;
            entries = prepared.Entries;
            tables = instance.TableArray;
            globals = instance.GlobalArray;
            memory = new MemoryView(instance.Memory);
            continue;

        Returned:
            {
                ulong* header = frame.Slots + (next - 1)->B;
                next = (Instruction*)header[0];
                if (next is null) goto Finished;
                frame = new Frame((ulong*)header[1]);
                if ((nuint)next > ExecutionStack.ReturnToOther) continue;
            }

        BackToOther:
            {
                (Instance waiting, nint instruction) = stack.OtherCallers.Pop();
                other = waiting;
                next = (Instruction*)instruction;
                goto SwitchInstance;
            }

        Thrown:
            {
                // Handlers are looked for from the inside out; each clause and each frame that is left is paid for.
                ulong price = prepared.Module.Profile.Schedule.UnwindStep;
                Instruction* at = next - 1, site = at;
                PreparedModule thrower = prepared;
                bool isCaught = false;
                while (!isCaught)
                {
                    for (int region = prepared.Handlers.Find(prepared.IndexOf(at)); region >= 0 && !isCaught;)
                    {
                        TryRegion tried = prepared.Handlers[region];
                        for (int k = 0; k < tried.ClauseCount && !isCaught; k++)
                        {
                            if (ink < price) goto OutOfInk;
                            ink -= price;
                            CatchClause clause = prepared.Handlers.Clause(tried.FirstClause + k);
                            if (!Catches(instance, clause, reference)) continue;
                            HandOver(instance, clause, reference, frame.Slots + tried.Slot);
                            next = prepared.At(clause.Target);
                            isCaught = true;
                        }

                        region = tried.Parent;
                    }

                    if (isCaught) break;
                    if (ink < price) goto OutOfInk;
                    ink -= price;
                    FunctionEntry* left = entries + prepared.FunctionOf(at);
                    words += left->FrameWords;
                    ulong* header = frame.Slots + left->Parameters + left->Locals;
                    Instruction* back = (Instruction*)header[0];
                    if (back is null)
                    {
                        meter.Settle(ink, false, words);
                        (int thrownIn, int thrownAt) = thrower.Locate(site);
                        return new ExecutionResult(Outcome.Failure, TrapKind.UncaughtException, thrownIn, thrownAt);
                    }

                    frame = new Frame((ulong*)header[1]);
                    if ((nuint)back <= ExecutionStack.ReturnToOther)
                    {
                        (Instance waiting, nint instruction) = stack.OtherCallers.Pop();
                        back = (Instruction*)instruction;
                        instance = waiting;
                        prepared = instance.Prepared;
                        entries = prepared.Entries;
                    }

                    at = back - 1;
                }

                other = instance;
                goto SwitchInstance;
            }

        Finished:
            new ReadOnlySpan<ulong>(frame.Slots, results.Length).CopyTo(results);
            meter.Settle(ink, false, words);
            return ExecutionResult.Success;
        OutOfInk:
            meter.Settle(0, true, words);
            return new ExecutionResult(Outcome.OutOfInk, TrapKind.None, -1, -1);
        MemoryOutOfBounds:
            trap = TrapKind.MemoryOutOfBounds;
            goto Trapped;
        TableOutOfBounds:
            trap = TrapKind.TableOutOfBounds;
            goto Trapped;
        DivideByZero:
            trap = TrapKind.DivideByZero;
            goto Trapped;
        IntegerOverflow:
            trap = TrapKind.IntegerOverflow;
        Trapped:
            meter.Settle(ink, false, words);
            (int trapFunction, int trapOffset) = prepared.Locate(next - 1);
            return new ExecutionResult(Outcome.Failure, trap, trapFunction, trapOffset);
        }
    }

    /// <summary>Takes the words of a frame, sets its locals to zero and its header to the way back.</summary>
    private static bool TryEnter(FunctionEntry* callee, ulong* slots, ulong* end, ref ulong words, Instruction* back, ulong* caller)
    {
        if (words < callee->FrameWords) return false;
        // Words cover slots in every schedule; a frame past the end would be a fault of ours, never the contract's.
        if (callee->FrameSlots > end - slots) throw new NodeFaultException("the execution stack is smaller than its words");
        words -= callee->FrameWords;
        ulong* locals = slots + callee->Parameters;
        new Span<ulong>(locals, callee->Locals).Clear();
        ulong* header = locals + callee->Locals;
        header[0] = (ulong)back;
        header[1] = (ulong)caller;
        return true;
    }

    /// <summary>Calls a host function for the instance that imported it; the running one may be another, which got a reference.</summary>
    private static HostStatus CallHost(
        Instance running, Instance user, HostFunction function, int count, ulong* slots, ulong* end, Meter meter, ref ulong ink, ulong words, ref MemoryView memory)
    {
        if (count > end - slots) throw new NodeFaultException("the execution stack is smaller than its words");
        meter.Settle(ink, false, words);
        Meter outer = user.Call.Meter;
        user.Call.Meter = meter;
        HostStatus status = user.Observer is null ? function.Invoke(user.Call, new Span<ulong>(slots, count)) : InvokeObserved(user, function, new Span<ulong>(slots, count));
        user.Call.Meter = outer;
        ink = meter.InkLeft;
        // A host may leave anything in the upper half of an i32; the rest of the machine relies on zeros.
        NarrowResults(function.Type.Results, slots);
        memory = new MemoryView(running.Memory);
        return meter.IsExhausted ? HostStatus.OutOfInk : status;
    }

    private static HostStatus InvokeObserved(Instance user, HostFunction function, Span<ulong> slots)
    {
        ulong[] arguments = slots[..ValueSlots.Count(function.Type.Parameters)].ToArray();
        HostStatus status = function.Invoke(user.Call, slots);
        user.Observer!.OnHostCall(user, function, arguments, slots[..ValueSlots.Count(function.Type.Results)], status);
        return status;
    }

    private static void NarrowResults(ReadOnlySpan<ValueType> types, ulong* slots)
    {
        foreach (ValueType type in types)
        {
            if (type == ValueType.I32 || type == ValueType.F32) *slots = (uint)*slots;
            slots += ValueSlots.Of(type);
        }
    }

    /// <summary>What stands behind a function reference, and for a host function who imported it.</summary>
    private static ImportedFunction ResolveReference(Instance instance, ulong reference, out Instance user, out int hostSlots)
    {
        user = instance.Store.OwnerOf(reference, out int index);
        hostSlots = index < user.Module.ImportedFunctions ? user.Prepared.HostSlots[index] : 0;
        return user.Resolve(index);
    }

    /// <summary>Whether a function reference is of a type of the instance's module, or of a subtype (call_indirect).</summary>
    private static bool HasType(Instance instance, ulong reference, int canonicalType)
    {
        ImportedFunction function = ResolveReference(instance, reference, out _, out _);
        return instance.Store.Types.Matches(HeapType.Concrete((uint)function.Type), HeapType.Concrete((uint)instance.StoreType(canonicalType)));
    }

    /// <summary>Finds the reference of the function that a tail call goes to; false with the trap where there is none.</summary>
    private static bool FindTailTarget(Instance instance, in Instruction call, Frame frame, Table[] tables, out ulong reference, out TrapKind trap)
    {
        trap = TrapKind.None;
        switch (call.Op)
        {
            case InternalOp.Call: reference = instance.FunctionBase + (uint)instance.Module.ImportedFunctions + (uint)call.A + 1; return true;
            case InternalOp.CallHost: reference = instance.FunctionBase + (uint)call.A + 1; return true;
            case InternalOp.CallReference:
                reference = frame.U64(call.A);
                if (reference == 0) trap = TrapKind.NullReference;
                return reference != 0;
        }

        ReadOnlySpan<ulong> elements = tables[call.Extra].Elements;
        ulong index = frame.U64(call.A);
        reference = index < (ulong)elements.Length ? elements[(int)index] : 0;
        if (index >= (ulong)elements.Length) trap = TrapKind.UndefinedElement;
        else if (reference == 0) trap = TrapKind.UninitializedElement;
        else if (!HasType(instance, reference, call.R)) trap = TrapKind.IndirectCallTypeMismatch;
        return trap == TrapKind.None;
    }

    private static bool TryMakeException(Instance instance, in Instruction thrown, Frame frame, out ulong reference)
    {
        ObjectArena arena = instance.Store.Objects;
        uint type = ObjectArena.ExceptionFlag | (uint)instance.TagArray[thrown.A].Number;
        if (!arena.TryAllocate(type, (uint)thrown.R, (uint)thrown.R, out reference)) return false;
        new ReadOnlySpan<ulong>(frame.Slots + thrown.B, thrown.R).CopyTo(new Span<ulong>(arena.ContentsOf(reference), thrown.R));
        return true;
    }

    private static bool Catches(Instance instance, CatchClause clause, ulong exception) =>
        clause.Tag < 0 || instance.Store.Objects.TypeOf(exception) == (ObjectArena.ExceptionFlag | (uint)instance.TagArray[clause.Tag].Number);

    /// <summary>Writes what a clause gives: what the exception carries, where a tag is named, and the exception itself.</summary>
    private static void HandOver(Instance instance, CatchClause clause, ulong exception, ulong* slots)
    {
        ObjectArena arena = instance.Store.Objects;
        int words = clause.Tag < 0 ? 0 : (int)arena.LengthOf(exception);
        new ReadOnlySpan<ulong>(arena.ContentsOf(exception), words).CopyTo(new Span<ulong>(slots, words));
        if (clause.GivesException) slots[words] = exception;
    }

    private static ExecutionResult HostEnded(HostStatus status, PreparedModule prepared, Instruction* at)
    {
        switch (status)
        {
            case HostStatus.Exit:
                return ExecutionResult.Success;
            case HostStatus.OutOfInk:
                return new ExecutionResult(Outcome.OutOfInk, TrapKind.None, -1, -1);
            default:
                (int function, int offset) = prepared.Locate(at);
                return new ExecutionResult(Outcome.Failure, TrapKind.HostFault, function, offset);
        }
    }

    private static ExecutionResult OutOfStack(Meter meter, ulong ink)
    {
        meter.Settle(ink, false, meter.StackWordsLeft);
        return new ExecutionResult(Outcome.OutOfStack, TrapKind.None, -1, -1);
    }

    private static bool IsInside(ulong start, ulong length, int size) => start <= (ulong)size && length <= (ulong)size - start;
}
