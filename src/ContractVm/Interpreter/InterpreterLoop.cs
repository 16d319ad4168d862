// UNSAFE. Invariant: slots points at the first slot of the running call, inside the ExecutionStack's region, with at least the
// callee's FrameSlots slots behind it (checked at every call); slot numbers come from the Translator alone, which keeps them
// below FrameSlots. i points at the instruction at hand, which the Translator keeps inside its function (every path ends in a
// jump, return or trap). MemoryView, PreparedModule and ExecutionStack state their own invariants.
using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using ContractVm.Gas;
using ContractVm.Runtime;

namespace ContractVm.Interpreter;

/// <summary>
/// Runs prepared code: the readable statement of the semantics (WebAssembly 3.0, "Execution"). One loop, one switch; ink and
/// stack words are kept in locals and settled with the meter whenever anyone else may look: at host calls and at the end.
/// <para>
/// Slots are read and written in place, an i32 as (uint) and (int), an f32 or f64 through a pointer to it: accessors would be
/// too many for .NET's compiler, which then leaves them as calls. What each instruction needs, slots and instruction, must find
/// registers; what is passed by reference, ink, words and memory, does not compete for them.
/// </para>
/// </summary>
internal static unsafe partial class InterpreterLoop
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
            arguments.CopyTo(new Span<ulong>(stack.Base, arguments.Length));
            ExecutionResult result = Run(instance, function, meter, stack, out bool hasReturned);
            // A host function may end the execution as a success that returns nothing.
            if (hasReturned) new ReadOnlySpan<ulong>(stack.Base, results.Length).CopyTo(results);
            return result;
        }
        finally
        {
            // However it ended, its frames are gone.
            meter.Unnest();
            meter.Settle(meter.InkLeft, meter.IsExhausted, wordsBefore);
            ExecutionStack.GiveBack(stack);
        }
    }

    private static ExecutionResult Run(Instance instance, int function, Meter meter, ExecutionStack stack, out bool hasReturned)
    {
        hasReturned = false;
        // As few variables as possible live throughout: some without a register would be moved about at each instruction.
        FunctionEntry* entries = instance.Prepared.Entries;
        Instance other;
        ulong reference;
        ulong ink = meter.InkLeft, words = meter.StackWordsLeft;
        ulong* end = stack.End;
        ulong* slots = stack.Base;
        MemoryView memory = new(instance.Memory);
        TrapKind trap;
        double real;

        FunctionEntry* callee = entries + function;
        ulong* calleeSlots = slots;
        if (!TryEnter(callee, calleeSlots, end, ref words, null, slots)) return OutOfStack(meter, ink);
        Instruction* i = callee->Code;

        while (true)
        {
            switch (i->Op)
            {
                case InternalOp.Unreachable: trap = TrapKind.Unreachable; goto Trapped;
                case InternalOp.Jump: i += i->A; break;
                case InternalOp.JumpIfNonZero: if ((uint)slots[i->A] != 0) i += i->B; break;
                case InternalOp.JumpIfZero: if ((uint)slots[i->A] == 0) i += i->B; break;
                case InternalOp.JumpTable: i += Math.Min((uint)slots[i->A], (uint)i->B); break;

                case InternalOp.Return:
                    words += (uint)i->R;
                    goto Returned;
                case InternalOp.ReturnOne:
                {
                    ulong value = slots[i->A];
                    words += (uint)i->R;
                    ulong* header = slots + i->B;
                    i = (Instruction*)header[0];
                    ulong* caller = (ulong*)header[1];
                    slots[0] = value;
                    if ((nuint)i <= ExecutionStack.ReturnToOther)
                    {
                        if (i is null) goto Finished;
                        slots = caller;
                        goto BackToOther;
                    }

                    slots = caller;
                    continue;
                }

                case InternalOp.ReturnMany:
                {
                    words += (uint)i->R;
                    // The header may lie among the results: read it before they are moved.
                    ulong* header = slots + i->B;
                    Instruction* back = (Instruction*)header[0];
                    ulong* caller = (ulong*)header[1];
                    for (int k = 0; k < i->Extra; k++) slots[k] = slots[i->A + k];
                    i = back;
                    if (i is null) goto Finished;
                    slots = caller;
                    if ((nuint)i <= ExecutionStack.ReturnToOther) goto BackToOther;
                    continue;
                }

                case InternalOp.Call:
                    callee = entries + i->A;
                    calleeSlots = slots + i->B;
                    goto Enter;
                case InternalOp.CallIndirect:
                {
                    ReadOnlySpan<ulong> elements = instance.TableArray[i->Extra].Elements;
                    ulong index = slots[i->A];
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

                    calleeSlots = slots + i->B;
                    // Most calls go to a function that this instance defines, of the very type.
                    ulong own = reference - 1 - instance.FunctionBase - (uint)instance.Module.ImportedFunctions;
                    if (own < (uint)instance.Module.BodyList.Count)
                    {
                        callee = entries + own;
                        if (callee->CanonicalType == i->R) goto Enter;
                    }

                    if (!HasType(instance, reference, i->R))
                    {
                        trap = TrapKind.IndirectCallTypeMismatch;
                        goto Trapped;
                    }

                    goto EnterReference;
                }

                case InternalOp.CallReference:
                    reference = slots[i->A];
                    if (reference == 0)
                    {
                        trap = TrapKind.NullReference;
                        goto Trapped;
                    }

                    calleeSlots = slots + i->B;
                    goto EnterReference;
                case InternalOp.CallHost:
                {
                    ref readonly ImportedFunction imported = ref instance.ImportedFunctions[i->A];
                    calleeSlots = slots + i->B;
                    if (imported.Owner is not null)
                    {
                        other = imported.Owner;
                        callee = other.Prepared.Entries + imported.Index;
                        goto EnterOther;
                    }

                    HostStatus direct = CallHost(instance, instance, imported.Host!, instance.Prepared.HostSlots[i->A], calleeSlots, end, meter, ref ink, words, ref memory);
                    if (direct != HostStatus.Continue) return HostEnded(direct, instance.Prepared, i);
                    break;
                }

                case InternalOp.TailCall:
                {
                    // The callee's arguments take the place of this frame, and its way back becomes theirs.
                    ulong* header = slots + i->A;
                    ulong back = header[0], caller = header[1];
                    ref readonly Instruction call = ref i[1];
                    if (!FindTailTarget(instance, in call, slots, out reference, out trap)) goto Trapped;
                    ulong* passed = slots + call.B;
                    for (int k = 0; k < i->B; k++) slots[k] = passed[k];
                    words += (uint)i->R;
                    ImportedFunction target = ResolveReference(instance, reference, out Instance user, out int hostSlots);
                    if (target.Host is not null)
                    {
                        HostStatus tail = CallHost(instance, user, target.Host, hostSlots, slots, end, meter, ref ink, words, ref memory);
                        if (tail != HostStatus.Continue) return HostEnded(tail, instance.Prepared, i);
                        i = (Instruction*)back;
                        if (i is null) goto Finished;
                        slots = (ulong*)caller;
                        if ((nuint)i <= ExecutionStack.ReturnToOther) goto BackToOther;
                        continue;
                    }

                    callee = target.Owner!.Prepared.Entries + target.Index;
                    if (!ReferenceEquals(target.Owner, instance) && back > ExecutionStack.ReturnToOther)
                    {
                        // Whoever waits for this frame is in this instance: the callee, in another one, must find the way.
                        stack.OtherCallers.Push((instance, (nint)back));
                        back = ExecutionStack.ReturnToOther;
                    }

                    if (!TryEnter(callee, slots, end, ref words, (Instruction*)back, (ulong*)caller)) return OutOfStack(meter, ink);
                    other = target.Owner;
                    i = callee->Code;
                    if (!ReferenceEquals(other, instance)) goto SwitchInstance;
                    continue;
                }

                case InternalOp.Throw:
                    if (!TryMakeException(instance, in *i, slots, out reference))
                    {
                        trap = TrapKind.ObjectMemoryExhausted;
                        goto Trapped;
                    }

                    goto Thrown;
                case InternalOp.ThrowReference:
                    reference = slots[i->A];
                    if (reference == 0)
                    {
                        trap = TrapKind.NullReference;
                        goto Trapped;
                    }

                    goto Thrown;
                case InternalOp.JumpIfNull: if (slots[i->A] == 0) i += i->B; break;
                case InternalOp.JumpIfNotNull: if (slots[i->A] != 0) i += i->B; break;
                case InternalOp.JumpIfOfType:
                case InternalOp.JumpIfNotOfType:
                {
                    bool isOfType = GeneralOperations.IsOfType(instance, slots[i->A], i[1].A, i[1].B != 0);
                    i += isOfType == (i->Op == InternalOp.JumpIfOfType) ? i->B : 1;
                    break;
                }

                case InternalOp.Observe:
                    Observation.Step(instance, instance.Prepared.Locate(i).Function, i->A, new ReadOnlySpan<ulong>(slots + i->R, i->B), ink, i->Extra != 0);
                    break;
                case InternalOp.ImportedGlobalGet: slots[i->R] = instance.ImportedGlobals[i->A].Slots[instance.ImportedGlobals[i->A].Slot + i->B]; break;
                case InternalOp.ImportedGlobalSet: instance.ImportedGlobals[i->A].Slots[instance.ImportedGlobals[i->A].Slot + i->R] = slots[i->B]; break;
                case InternalOp.General:
                    trap = GeneralOperations.Execute(instance, i, slots);
                    if (trap != TrapKind.None) goto Trapped;
                    // It may have grown the first memory: an imported one can be there twice.
                    memory = new MemoryView(instance.Memory);
                    i++;
                    break;

                case InternalOp.Charge:
                    if (ink < i->Imm) goto OutOfInk;
                    ink -= i->Imm;
                    break;
                case InternalOp.ChargeUnits:
                {
                    ulong cost = Ink.Multiply(slots[i->A], i[1].Imm);
                    i++;
                    if (ink < cost) goto OutOfInk;
                    ink -= cost;
                    break;
                }

                case InternalOp.Copy: slots[i->R] = slots[i->A]; break;
                case InternalOp.CopySpan: for (int k = 0; k < i->B; k++) slots[i->R + k] = slots[i->A + k]; break;
                case InternalOp.Constant: slots[i->R] = i->Imm; break;
                case InternalOp.Select:
                    slots[i->R] = slots[(uint)slots[i[1].A] != 0 ? i->A : i->B];
                    i++;
                    break;
                case InternalOp.GlobalGet: slots[i->R] = instance.GlobalArray[i->A]; break;
                case InternalOp.GlobalSet: instance.GlobalArray[i->A] = slots[i->B]; break;

                case InternalOp.MemorySize: slots[i->R] = (uint)instance.Memory!.Pages; break;
                case InternalOp.MemoryGrow:
                    slots[i->R] = (uint)instance.Memory!.Grow((uint)slots[i->A]);
                    memory = new MemoryView(instance.Memory);
                    break;
                case InternalOp.MemoryInit:
                    if (!instance.TryInitMemory(i->B, 0, (uint)slots[i->A], (uint)slots[i->A + 1], (uint)slots[i->A + 2])) goto MemoryOutOfBounds;
                    break;
                case InternalOp.DataDrop: instance.DropData(i->A); break;
                case InternalOp.MemoryCopy:
                    if (!instance.Memory!.TryCopy((uint)slots[i->A], (uint)slots[i->A + 1], (uint)slots[i->A + 2])) goto MemoryOutOfBounds;
                    break;
                case InternalOp.MemoryFill:
                    if (!instance.Memory!.TryFill((uint)slots[i->A], (byte)slots[i->A + 1], (uint)slots[i->A + 2])) goto MemoryOutOfBounds;
                    break;
                // Tables: an index of 32 bits stands zero-extended in its slot, so that one code serves both address types.
                case InternalOp.TableGet:
                {
                    ReadOnlySpan<ulong> elements = instance.TableArray[i->Extra].Elements;
                    ulong index = slots[i->A];
                    if (index >= (ulong)elements.Length) goto TableOutOfBounds;
                    slots[i->R] = elements[(int)index];
                    break;
                }

                case InternalOp.TableSet:
                {
                    Span<ulong> elements = instance.TableArray[i->Extra].Elements;
                    ulong index = slots[i->A];
                    if (index >= (ulong)elements.Length) goto TableOutOfBounds;
                    elements[(int)index] = slots[i->B];
                    break;
                }

                case InternalOp.TableSize: slots[i->R] = (uint)instance.TableArray[i->Extra].Length; break;
                case InternalOp.TableGrow:
                {
                    int before = instance.TableArray[i->Extra].Grow(slots[i->A + 1], slots[i->A]);
                    if (i->B == 0) slots[i->R] = (uint)before;
                    else slots[i->R] = (ulong)before;
                    break;
                }

                case InternalOp.TableFill:
                {
                    Span<ulong> elements = instance.TableArray[i->Extra].Elements;
                    if (!IsInside(slots[i->A], slots[i->A + 2], elements.Length)) goto TableOutOfBounds;
                    elements.Slice((int)slots[i->A], (int)slots[i->A + 2]).Fill(slots[i->A + 1]);
                    break;
                }

                case InternalOp.TableCopy:
                {
                    Span<ulong> to = instance.TableArray[i->Extra].Elements, from = instance.TableArray[i->B].Elements;
                    if (!IsInside(slots[i->A], slots[i->A + 2], to.Length)) goto TableOutOfBounds;
                    if (!IsInside(slots[i->A + 1], slots[i->A + 2], from.Length)) goto TableOutOfBounds;
                    from.Slice((int)slots[i->A + 1], (int)slots[i->A + 2]).CopyTo(to[(int)slots[i->A]..]);
                    break;
                }

                case InternalOp.TableInit:
                    if (!instance.TryInitTable(i->B, i->Extra, slots[i->A], slots[i->A + 1], slots[i->A + 2])) goto TableOutOfBounds;
                    break;
                case InternalOp.ElemDrop: instance.DropElements(i->A); break;
                case InternalOp.RefIsNull: slots[i->R] = slots[i->A] == 0 ? 1UL : 0; break;

                // Loads and stores: A address, B or R displacement.
                case (InternalOp)Opcode.I32Load: { if (!memory.TryLoad((uint)slots[i->A], i->B, out uint value)) goto MemoryOutOfBounds; slots[i->R] = value; break; }
                case (InternalOp)Opcode.I64Load: { if (!memory.TryLoad((uint)slots[i->A], i->B, out ulong value)) goto MemoryOutOfBounds; slots[i->R] = value; break; }
                case (InternalOp)Opcode.F32Load: { if (!memory.TryLoad((uint)slots[i->A], i->B, out uint value)) goto MemoryOutOfBounds; slots[i->R] = value; break; }
                case (InternalOp)Opcode.F64Load: { if (!memory.TryLoad((uint)slots[i->A], i->B, out ulong value)) goto MemoryOutOfBounds; slots[i->R] = value; break; }
                case (InternalOp)Opcode.I32Load8S: { if (!memory.TryLoad((uint)slots[i->A], i->B, out sbyte value)) goto MemoryOutOfBounds; slots[i->R] = (uint)value; break; }
                case (InternalOp)Opcode.I32Load8U: { if (!memory.TryLoad((uint)slots[i->A], i->B, out byte value)) goto MemoryOutOfBounds; slots[i->R] = value; break; }
                case (InternalOp)Opcode.I32Load16S: { if (!memory.TryLoad((uint)slots[i->A], i->B, out short value)) goto MemoryOutOfBounds; slots[i->R] = (uint)value; break; }
                case (InternalOp)Opcode.I32Load16U: { if (!memory.TryLoad((uint)slots[i->A], i->B, out ushort value)) goto MemoryOutOfBounds; slots[i->R] = value; break; }
                case (InternalOp)Opcode.I64Load8S: { if (!memory.TryLoad((uint)slots[i->A], i->B, out sbyte value)) goto MemoryOutOfBounds; slots[i->R] = (ulong)(long)value; break; }
                case (InternalOp)Opcode.I64Load8U: { if (!memory.TryLoad((uint)slots[i->A], i->B, out byte value)) goto MemoryOutOfBounds; slots[i->R] = value; break; }
                case (InternalOp)Opcode.I64Load16S: { if (!memory.TryLoad((uint)slots[i->A], i->B, out short value)) goto MemoryOutOfBounds; slots[i->R] = (ulong)(long)value; break; }
                case (InternalOp)Opcode.I64Load16U: { if (!memory.TryLoad((uint)slots[i->A], i->B, out ushort value)) goto MemoryOutOfBounds; slots[i->R] = value; break; }
                case (InternalOp)Opcode.I64Load32S: { if (!memory.TryLoad((uint)slots[i->A], i->B, out int value)) goto MemoryOutOfBounds; slots[i->R] = (ulong)(long)value; break; }
                case (InternalOp)Opcode.I64Load32U: { if (!memory.TryLoad((uint)slots[i->A], i->B, out uint value)) goto MemoryOutOfBounds; slots[i->R] = value; break; }
                case (InternalOp)Opcode.I32Store: if (!memory.TryStore((uint)slots[i->A], i->R, (uint)slots[i->B])) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.I64Store: if (!memory.TryStore((uint)slots[i->A], i->R, slots[i->B])) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.F32Store: if (!memory.TryStore((uint)slots[i->A], i->R, (uint)slots[i->B])) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.F64Store: if (!memory.TryStore((uint)slots[i->A], i->R, slots[i->B])) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.I32Store8: if (!memory.TryStore((uint)slots[i->A], i->R, (byte)slots[i->B])) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.I32Store16: if (!memory.TryStore((uint)slots[i->A], i->R, (ushort)slots[i->B])) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.I64Store8: if (!memory.TryStore((uint)slots[i->A], i->R, (byte)slots[i->B])) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.I64Store16: if (!memory.TryStore((uint)slots[i->A], i->R, (ushort)slots[i->B])) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.I64Store32: if (!memory.TryStore((uint)slots[i->A], i->R, (uint)slots[i->B])) goto MemoryOutOfBounds; break;
                case (InternalOp)Opcode.I32Eqz: slots[i->R] = (uint)slots[i->A] == 0 ? 1UL : 0; break;
                case (InternalOp)Opcode.I32Eq: slots[i->R] = (uint)slots[i->A] == (uint)slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I32Ne: slots[i->R] = (uint)slots[i->A] != (uint)slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I32LtS: slots[i->R] = (int)slots[i->A] < (int)slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I32LtU: slots[i->R] = (uint)slots[i->A] < (uint)slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I32GtS: slots[i->R] = (int)slots[i->A] > (int)slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I32GtU: slots[i->R] = (uint)slots[i->A] > (uint)slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I32LeS: slots[i->R] = (int)slots[i->A] <= (int)slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I32LeU: slots[i->R] = (uint)slots[i->A] <= (uint)slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I32GeS: slots[i->R] = (int)slots[i->A] >= (int)slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I32GeU: slots[i->R] = (uint)slots[i->A] >= (uint)slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I64Eqz: slots[i->R] = slots[i->A] == 0 ? 1UL : 0; break;
                case (InternalOp)Opcode.I64Eq: slots[i->R] = slots[i->A] == slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I64Ne: slots[i->R] = slots[i->A] != slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I64LtS: slots[i->R] = (long)slots[i->A] < (long)slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I64LtU: slots[i->R] = slots[i->A] < slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I64GtS: slots[i->R] = (long)slots[i->A] > (long)slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I64GtU: slots[i->R] = slots[i->A] > slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I64LeS: slots[i->R] = (long)slots[i->A] <= (long)slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I64LeU: slots[i->R] = slots[i->A] <= slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I64GeS: slots[i->R] = (long)slots[i->A] >= (long)slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.I64GeU: slots[i->R] = slots[i->A] >= slots[i->B] ? 1UL : 0; break;
                case (InternalOp)Opcode.F32Eq: slots[i->R] = *(float*)(slots + i->A) == *(float*)(slots + i->B) ? 1UL : 0; break;
                case (InternalOp)Opcode.F32Ne: slots[i->R] = *(float*)(slots + i->A) != *(float*)(slots + i->B) ? 1UL : 0; break;
                case (InternalOp)Opcode.F32Lt: slots[i->R] = *(float*)(slots + i->A) < *(float*)(slots + i->B) ? 1UL : 0; break;
                case (InternalOp)Opcode.F32Gt: slots[i->R] = *(float*)(slots + i->A) > *(float*)(slots + i->B) ? 1UL : 0; break;
                case (InternalOp)Opcode.F32Le: slots[i->R] = *(float*)(slots + i->A) <= *(float*)(slots + i->B) ? 1UL : 0; break;
                case (InternalOp)Opcode.F32Ge: slots[i->R] = *(float*)(slots + i->A) >= *(float*)(slots + i->B) ? 1UL : 0; break;
                case (InternalOp)Opcode.F64Eq: slots[i->R] = *(double*)(slots + i->A) == *(double*)(slots + i->B) ? 1UL : 0; break;
                case (InternalOp)Opcode.F64Ne: slots[i->R] = *(double*)(slots + i->A) != *(double*)(slots + i->B) ? 1UL : 0; break;
                case (InternalOp)Opcode.F64Lt: slots[i->R] = *(double*)(slots + i->A) < *(double*)(slots + i->B) ? 1UL : 0; break;
                case (InternalOp)Opcode.F64Gt: slots[i->R] = *(double*)(slots + i->A) > *(double*)(slots + i->B) ? 1UL : 0; break;
                case (InternalOp)Opcode.F64Le: slots[i->R] = *(double*)(slots + i->A) <= *(double*)(slots + i->B) ? 1UL : 0; break;
                case (InternalOp)Opcode.F64Ge: slots[i->R] = *(double*)(slots + i->A) >= *(double*)(slots + i->B) ? 1UL : 0; break;
                case (InternalOp)Opcode.I32Clz: slots[i->R] = (uint)BitOperations.LeadingZeroCount((uint)slots[i->A]); break;
                case (InternalOp)Opcode.I32Ctz: slots[i->R] = (uint)BitOperations.TrailingZeroCount((uint)slots[i->A]); break;
                case (InternalOp)Opcode.I32Popcnt: slots[i->R] = (uint)BitOperations.PopCount((uint)slots[i->A]); break;
                case (InternalOp)Opcode.I32Add: slots[i->R] = (uint)slots[i->A] + (uint)slots[i->B]; break;
                case (InternalOp)Opcode.I32Sub: slots[i->R] = (uint)slots[i->A] - (uint)slots[i->B]; break;
                case (InternalOp)Opcode.I32Mul: slots[i->R] = (uint)slots[i->A] * (uint)slots[i->B]; break;
                case (InternalOp)Opcode.I32DivS:
                    if ((int)slots[i->B] == 0) goto DivideByZero;
                    if ((int)slots[i->B] == -1 && (int)slots[i->A] == int.MinValue) goto IntegerOverflow;
                    slots[i->R] = (uint)((int)slots[i->A] / (int)slots[i->B]);
                    break;
                case (InternalOp)Opcode.I32DivU: if ((uint)slots[i->B] == 0) goto DivideByZero; slots[i->R] = (uint)slots[i->A] / (uint)slots[i->B]; break;
                case (InternalOp)Opcode.I32RemS: if ((int)slots[i->B] == 0) goto DivideByZero; slots[i->R] = (uint)((int)slots[i->B] == -1 ? 0 : (int)slots[i->A] % (int)slots[i->B]); break;
                case (InternalOp)Opcode.I32RemU: if ((uint)slots[i->B] == 0) goto DivideByZero; slots[i->R] = (uint)slots[i->A] % (uint)slots[i->B]; break;
                case (InternalOp)Opcode.I32And: slots[i->R] = (uint)slots[i->A] & (uint)slots[i->B]; break;
                case (InternalOp)Opcode.I32Or: slots[i->R] = (uint)slots[i->A] | (uint)slots[i->B]; break;
                case (InternalOp)Opcode.I32Xor: slots[i->R] = (uint)slots[i->A] ^ (uint)slots[i->B]; break;
                case (InternalOp)Opcode.I32Shl: slots[i->R] = (uint)slots[i->A] << (int)slots[i->B]; break;
                case (InternalOp)Opcode.I32ShrS: slots[i->R] = (uint)((int)slots[i->A] >> (int)slots[i->B]); break;
                case (InternalOp)Opcode.I32ShrU: slots[i->R] = (uint)slots[i->A] >> (int)slots[i->B]; break;
                case (InternalOp)Opcode.I32Rotl: slots[i->R] = BitOperations.RotateLeft((uint)slots[i->A], (int)slots[i->B]); break;
                case (InternalOp)Opcode.I32Rotr: slots[i->R] = BitOperations.RotateRight((uint)slots[i->A], (int)slots[i->B]); break;
                case (InternalOp)Opcode.I64Clz: slots[i->R] = (ulong)BitOperations.LeadingZeroCount(slots[i->A]); break;
                case (InternalOp)Opcode.I64Ctz: slots[i->R] = (ulong)BitOperations.TrailingZeroCount(slots[i->A]); break;
                case (InternalOp)Opcode.I64Popcnt: slots[i->R] = (ulong)BitOperations.PopCount(slots[i->A]); break;
                case (InternalOp)Opcode.I64Add: slots[i->R] = slots[i->A] + slots[i->B]; break;
                case (InternalOp)Opcode.I64Sub: slots[i->R] = slots[i->A] - slots[i->B]; break;
                case (InternalOp)Opcode.I64Mul: slots[i->R] = slots[i->A] * slots[i->B]; break;
                case (InternalOp)Opcode.I64DivS:
                    if ((long)slots[i->B] == 0) goto DivideByZero;
                    if ((long)slots[i->B] == -1 && (long)slots[i->A] == long.MinValue) goto IntegerOverflow;
                    slots[i->R] = (ulong)((long)slots[i->A] / (long)slots[i->B]);
                    break;
                case (InternalOp)Opcode.I64DivU: if (slots[i->B] == 0) goto DivideByZero; slots[i->R] = slots[i->A] / slots[i->B]; break;
                case (InternalOp)Opcode.I64RemS: if ((long)slots[i->B] == 0) goto DivideByZero; slots[i->R] = (ulong)((long)slots[i->B] == -1 ? 0 : (long)slots[i->A] % (long)slots[i->B]); break;
                case (InternalOp)Opcode.I64RemU: if (slots[i->B] == 0) goto DivideByZero; slots[i->R] = slots[i->A] % slots[i->B]; break;
                case (InternalOp)Opcode.I64And: slots[i->R] = slots[i->A] & slots[i->B]; break;
                case (InternalOp)Opcode.I64Or: slots[i->R] = slots[i->A] | slots[i->B]; break;
                case (InternalOp)Opcode.I64Xor: slots[i->R] = slots[i->A] ^ slots[i->B]; break;
                case (InternalOp)Opcode.I64Shl: slots[i->R] = slots[i->A] << (int)slots[i->B]; break;
                case (InternalOp)Opcode.I64ShrS: slots[i->R] = (ulong)((long)slots[i->A] >> (int)slots[i->B]); break;
                case (InternalOp)Opcode.I64ShrU: slots[i->R] = slots[i->A] >> (int)slots[i->B]; break;
                case (InternalOp)Opcode.I64Rotl: slots[i->R] = BitOperations.RotateLeft(slots[i->A], (int)slots[i->B]); break;
                case (InternalOp)Opcode.I64Rotr: slots[i->R] = BitOperations.RotateRight(slots[i->A], (int)slots[i->B]); break;
                case (InternalOp)Opcode.F32Abs: slots[i->R] = (uint)slots[i->A] & ~0x8000_0000; break;
                case (InternalOp)Opcode.F32Neg: slots[i->R] = (uint)slots[i->A] ^ 0x8000_0000; break;
                case (InternalOp)Opcode.F32Ceil: slots[i->R] = FloatMath.Canonical(MathF.Ceiling(*(float*)(slots + i->A))); break;
                case (InternalOp)Opcode.F32Floor: slots[i->R] = FloatMath.Canonical(MathF.Floor(*(float*)(slots + i->A))); break;
                case (InternalOp)Opcode.F32Trunc: slots[i->R] = FloatMath.Canonical(MathF.Truncate(*(float*)(slots + i->A))); break;
                case (InternalOp)Opcode.F32Nearest: slots[i->R] = FloatMath.Canonical(FloatMath.Nearest(*(float*)(slots + i->A))); break;
                case (InternalOp)Opcode.F32Sqrt: slots[i->R] = FloatMath.Canonical(MathF.Sqrt(*(float*)(slots + i->A))); break;
                case (InternalOp)Opcode.F32Add: slots[i->R] = FloatMath.Canonical(*(float*)(slots + i->A) + *(float*)(slots + i->B)); break;
                case (InternalOp)Opcode.F32Sub: slots[i->R] = FloatMath.Canonical(*(float*)(slots + i->A) - *(float*)(slots + i->B)); break;
                case (InternalOp)Opcode.F32Mul: slots[i->R] = FloatMath.Canonical(*(float*)(slots + i->A) * *(float*)(slots + i->B)); break;
                case (InternalOp)Opcode.F32Div: slots[i->R] = FloatMath.Canonical(*(float*)(slots + i->A) / *(float*)(slots + i->B)); break;
                case (InternalOp)Opcode.F32Min: slots[i->R] = FloatMath.Canonical(FloatMath.Min(*(float*)(slots + i->A), *(float*)(slots + i->B))); break;
                case (InternalOp)Opcode.F32Max: slots[i->R] = FloatMath.Canonical(FloatMath.Max(*(float*)(slots + i->A), *(float*)(slots + i->B))); break;
                case (InternalOp)Opcode.F32Copysign: slots[i->R] = ((uint)slots[i->A] & ~0x8000_0000) | ((uint)slots[i->B] & 0x8000_0000); break;
                case (InternalOp)Opcode.F64Abs: slots[i->R] = slots[i->A] & ~0x8000_0000_0000_0000; break;
                case (InternalOp)Opcode.F64Neg: slots[i->R] = slots[i->A] ^ 0x8000_0000_0000_0000; break;
                case (InternalOp)Opcode.F64Ceil: slots[i->R] = FloatMath.Canonical(Math.Ceiling(*(double*)(slots + i->A))); break;
                case (InternalOp)Opcode.F64Floor: slots[i->R] = FloatMath.Canonical(Math.Floor(*(double*)(slots + i->A))); break;
                case (InternalOp)Opcode.F64Trunc: slots[i->R] = FloatMath.Canonical(Math.Truncate(*(double*)(slots + i->A))); break;
                case (InternalOp)Opcode.F64Nearest: slots[i->R] = FloatMath.Canonical(FloatMath.Nearest(*(double*)(slots + i->A))); break;
                case (InternalOp)Opcode.F64Sqrt: slots[i->R] = FloatMath.Canonical(Math.Sqrt(*(double*)(slots + i->A))); break;
                case (InternalOp)Opcode.F64Add: slots[i->R] = FloatMath.Canonical(*(double*)(slots + i->A) + *(double*)(slots + i->B)); break;
                case (InternalOp)Opcode.F64Sub: slots[i->R] = FloatMath.Canonical(*(double*)(slots + i->A) - *(double*)(slots + i->B)); break;
                case (InternalOp)Opcode.F64Mul: slots[i->R] = FloatMath.Canonical(*(double*)(slots + i->A) * *(double*)(slots + i->B)); break;
                case (InternalOp)Opcode.F64Div: slots[i->R] = FloatMath.Canonical(*(double*)(slots + i->A) / *(double*)(slots + i->B)); break;
                case (InternalOp)Opcode.F64Min: slots[i->R] = FloatMath.Canonical(FloatMath.Min(*(double*)(slots + i->A), *(double*)(slots + i->B))); break;
                case (InternalOp)Opcode.F64Max: slots[i->R] = FloatMath.Canonical(FloatMath.Max(*(double*)(slots + i->A), *(double*)(slots + i->B))); break;
                case (InternalOp)Opcode.F64Copysign: slots[i->R] = (slots[i->A] & ~0x8000_0000_0000_0000) | (slots[i->B] & 0x8000_0000_0000_0000); break;
                case (InternalOp)Opcode.I32WrapI64: slots[i->R] = (uint)slots[i->A]; break;
                case (InternalOp)Opcode.I32TruncF32S: real = *(float*)(slots + i->A); if ((trap = FloatMath.Check(real, -2147483649.0, 2147483648.0)) != TrapKind.None) goto Trapped; slots[i->R] = (uint)(int)(long)real; break;
                case (InternalOp)Opcode.I32TruncF32U: real = *(float*)(slots + i->A); if ((trap = FloatMath.Check(real, -1.0, 4294967296.0)) != TrapKind.None) goto Trapped; slots[i->R] = (uint)(long)real; break;
                case (InternalOp)Opcode.I32TruncF64S: real = *(double*)(slots + i->A); if ((trap = FloatMath.Check(real, -2147483649.0, 2147483648.0)) != TrapKind.None) goto Trapped; slots[i->R] = (uint)(int)(long)real; break;
                case (InternalOp)Opcode.I32TruncF64U: real = *(double*)(slots + i->A); if ((trap = FloatMath.Check(real, -1.0, 4294967296.0)) != TrapKind.None) goto Trapped; slots[i->R] = (uint)(long)real; break;
                case (InternalOp)Opcode.I64TruncF32S: real = *(float*)(slots + i->A); if ((trap = FloatMath.Check(real, -9223372036854777856.0, 9223372036854775808.0)) != TrapKind.None) goto Trapped; slots[i->R] = (ulong)(long)real; break;
                case (InternalOp)Opcode.I64TruncF32U: real = *(float*)(slots + i->A); if ((trap = FloatMath.Check(real, -1.0, 18446744073709551616.0)) != TrapKind.None) goto Trapped; slots[i->R] = FloatMath.ToUInt64(real); break;
                case (InternalOp)Opcode.I64TruncF64S: real = *(double*)(slots + i->A); if ((trap = FloatMath.Check(real, -9223372036854777856.0, 9223372036854775808.0)) != TrapKind.None) goto Trapped; slots[i->R] = (ulong)(long)real; break;
                case (InternalOp)Opcode.I64TruncF64U: real = *(double*)(slots + i->A); if ((trap = FloatMath.Check(real, -1.0, 18446744073709551616.0)) != TrapKind.None) goto Trapped; slots[i->R] = FloatMath.ToUInt64(real); break;
                case (InternalOp)Opcode.I64ExtendI32S: slots[i->R] = (ulong)(long)(int)slots[i->A]; break;
                case (InternalOp)Opcode.I64ExtendI32U: slots[i->R] = (uint)slots[i->A]; break;
                case (InternalOp)Opcode.F32ConvertI32S: slots[i->R] = FloatMath.Canonical((float)(int)slots[i->A]); break;
                case (InternalOp)Opcode.F32ConvertI32U: slots[i->R] = FloatMath.Canonical((float)(long)(uint)slots[i->A]); break;
                case (InternalOp)Opcode.F32ConvertI64S: slots[i->R] = FloatMath.Canonical((float)(long)slots[i->A]); break;
                case (InternalOp)Opcode.F32ConvertI64U: slots[i->R] = FloatMath.Canonical(FloatMath.ToSingle(slots[i->A])); break;
                case (InternalOp)Opcode.F32DemoteF64: slots[i->R] = FloatMath.Canonical((float)*(double*)(slots + i->A)); break;
                case (InternalOp)Opcode.F64ConvertI32S: slots[i->R] = FloatMath.Canonical((double)(int)slots[i->A]); break;
                case (InternalOp)Opcode.F64ConvertI32U: slots[i->R] = FloatMath.Canonical((double)(uint)slots[i->A]); break;
                case (InternalOp)Opcode.F64ConvertI64S: slots[i->R] = FloatMath.Canonical((double)(long)slots[i->A]); break;
                case (InternalOp)Opcode.F64ConvertI64U: slots[i->R] = FloatMath.Canonical(FloatMath.ToDouble(slots[i->A])); break;
                case (InternalOp)Opcode.F64PromoteF32: slots[i->R] = FloatMath.Canonical((double)*(float*)(slots + i->A)); break;
                case (InternalOp)Opcode.I32ReinterpretF32: slots[i->R] = (uint)slots[i->A]; break;
                case (InternalOp)Opcode.I64ReinterpretF64: slots[i->R] = slots[i->A]; break;
                case (InternalOp)Opcode.F32ReinterpretI32: slots[i->R] = (uint)slots[i->A]; break;
                case (InternalOp)Opcode.F64ReinterpretI64: slots[i->R] = slots[i->A]; break;
                case (InternalOp)Opcode.I32Extend8S: slots[i->R] = (uint)(sbyte)slots[i->A]; break;
                case (InternalOp)Opcode.I32Extend16S: slots[i->R] = (uint)(short)slots[i->A]; break;
                case (InternalOp)Opcode.I64Extend8S: slots[i->R] = (ulong)(long)(sbyte)slots[i->A]; break;
                case (InternalOp)Opcode.I64Extend16S: slots[i->R] = (ulong)(long)(short)slots[i->A]; break;
                case (InternalOp)Opcode.I64Extend32S: slots[i->R] = (ulong)(long)(int)slots[i->A]; break;
                case InternalOp.FirstSaturating + 0: slots[i->R] = (uint)FloatMath.SaturateInt32(*(float*)(slots + i->A)); break;
                case InternalOp.FirstSaturating + 1: slots[i->R] = FloatMath.SaturateUInt32(*(float*)(slots + i->A)); break;
                case InternalOp.FirstSaturating + 2: slots[i->R] = (uint)FloatMath.SaturateInt32(*(double*)(slots + i->A)); break;
                case InternalOp.FirstSaturating + 3: slots[i->R] = FloatMath.SaturateUInt32(*(double*)(slots + i->A)); break;
                case InternalOp.FirstSaturating + 4: slots[i->R] = (ulong)FloatMath.SaturateInt64(*(float*)(slots + i->A)); break;
                case InternalOp.FirstSaturating + 5: slots[i->R] = FloatMath.SaturateUInt64(*(float*)(slots + i->A)); break;
                case InternalOp.FirstSaturating + 6: slots[i->R] = (ulong)FloatMath.SaturateInt64(*(double*)(slots + i->A)); break;
                case InternalOp.FirstSaturating + 7: slots[i->R] = FloatMath.SaturateUInt64(*(double*)(slots + i->A)); break;
                default:
                {
                    // All vector instructions: a group of their own, so that this switch stays small.
                    Instruction* next = VectorOperations.Execute(i, slots, in memory);
                    if (next is null) goto MemoryOutOfBounds;
                    i = next;
                    continue;
                }
            }

            i++;
            continue;

        Enter:
            // A frame that does not fit leaves everything as it was: the caller's frame is still the running one.
            if (!TryEnter(callee, calleeSlots, end, ref words, i + 1, slots)) return OutOfStack(meter, ink);
            slots = calleeSlots;
            i = callee->Code;
            continue;

        EnterReference:
            {
                ImportedFunction resolved = ResolveReference(instance, reference, out Instance user, out int hostSlots);
                if (resolved.Host is not null)
                {
                    HostStatus indirect = CallHost(instance, user, resolved.Host, hostSlots, calleeSlots, end, meter, ref ink, words, ref memory);
                    if (indirect != HostStatus.Continue) return HostEnded(indirect, instance.Prepared, i);
                    i++;
                    continue;
                }

                other = resolved.Owner!;
                callee = other.Prepared.Entries + resolved.Index;
                if (ReferenceEquals(other, instance)) goto Enter;
            }

        EnterOther:
            if (!TryEnter(callee, calleeSlots, end, ref words, (Instruction*)ExecutionStack.ReturnToOther, slots)) return OutOfStack(meter, ink);
            stack.OtherCallers.Push((instance, (nint)(i + 1)));
            slots = calleeSlots;
            i = callee->Code;
        SwitchInstance:
            instance = other;
            entries = instance.Prepared.Entries;
            memory = new MemoryView(instance.Memory);
            continue;

        Returned:
            {
                ulong* header = slots + i->B;
                i = (Instruction*)header[0];
                if (i is null) goto Finished;
                slots = (ulong*)header[1];
                if ((nuint)i > ExecutionStack.ReturnToOther) continue;
            }

        BackToOther:
            {
                (Instance waiting, nint instruction) = stack.OtherCallers.Pop();
                other = waiting;
                i = (Instruction*)instruction;
                goto SwitchInstance;
            }

        Thrown:
            {
                // Handlers are looked for from the inside out; each clause and each frame that is left is paid for.
                ulong price = instance.Module.Profile.Schedule.UnwindStep;
                Instruction* at = i, site = i;
                PreparedModule thrower = instance.Prepared;
                bool isCaught = false;
                while (!isCaught)
                {
                    for (int region = instance.Prepared.Handlers.Find(instance.Prepared.IndexOf(at)); region >= 0 && !isCaught;)
                    {
                        TryRegion tried = instance.Prepared.Handlers[region];
                        for (int k = 0; k < tried.ClauseCount && !isCaught; k++)
                        {
                            if (ink < price) goto OutOfInk;
                            ink -= price;
                            CatchClause clause = instance.Prepared.Handlers.Clause(tried.FirstClause + k);
                            if (!Catches(instance, clause, reference)) continue;
                            HandOver(instance, clause, reference, slots + tried.Slot);
                            i = instance.Prepared.At(clause.Target);
                            isCaught = true;
                        }

                        region = tried.Parent;
                    }

                    if (isCaught) break;
                    if (ink < price) goto OutOfInk;
                    ink -= price;
                    FunctionEntry* left = entries + instance.Prepared.FunctionOf(at);
                    words += left->FrameWords;
                    ulong* header = slots + left->Parameters + left->Locals;
                    Instruction* back = (Instruction*)header[0];
                    if (back is null)
                    {
                        meter.Settle(ink, false, words);
                        (int thrownIn, int thrownAt) = thrower.Locate(site);
                        return new ExecutionResult(Outcome.Failure, TrapKind.UncaughtException, thrownIn, thrownAt);
                    }

                    slots = (ulong*)header[1];
                    if ((nuint)back <= ExecutionStack.ReturnToOther)
                    {
                        (Instance waiting, nint instruction) = stack.OtherCallers.Pop();
                        back = (Instruction*)instruction;
                        instance = waiting;
                        entries = instance.Prepared.Entries;
                    }

                    at = back - 1;
                }

                other = instance;
                goto SwitchInstance;
            }

        Finished:
            hasReturned = true;
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
            (int trapFunction, int trapOffset) = instance.Prepared.Locate(i);
            return new ExecutionResult(Outcome.Failure, trap, trapFunction, trapOffset);
        }
    }
}
