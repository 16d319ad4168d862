using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;
using ContractVm.Native;

namespace ContractVm.Compiler.Emission;

/// <summary>
/// Calls, returns and tail calls.
/// <para>
/// A tail call puts the callee's arguments and the return address where this function's own end, and jumps: frames do not grow. Where the callee belongs to
/// another instance, whoever waits for this function expects its own context, so a way back is left on the stack that restores it: the context, above a return
/// address that leads to <see cref="EmitTailReturn"/>. Where the return address is one of those already, it is passed on instead, so that there is at most
/// one for each function that waits. Functions of the host are called and returned from: they make no tail calls.
/// </para>
/// </summary>
internal sealed partial class Emitter
{
    /// <summary>The first bytes of a way back that a tail call left: lea r11, [r11 + r11 + …]. Nothing else is emitted so.</summary>
    internal const int TailReturnMark = 0x1B9C8D4F;
    private const int TailReturnDisplacement = 0x5441_494C;

    private void Leave(int frame, int argumentBytes)
    {
        if (frame > 0) _assembler.Alu(AluOp.Add, 8, Register.Rsp, frame);
        if (argumentBytes <= ushort.MaxValue)
        {
            _assembler.Ret(argumentBytes);
            return;
        }

        _assembler.Load(8, Registers.Scratch, Address.Of(Register.Rsp));
        _assembler.Alu(AluOp.Add, 8, Register.Rsp, argumentBytes + 8);
        _assembler.Jmp(Registers.Scratch);
    }

    /// <summary>The callee has taken its arguments away: room for the next ones.</summary>
    private void Reclaim(ref MachineInstruction instruction)
    {
        if (instruction.Auxiliary > 0) _assembler.Alu(AluOp.Sub, 8, Register.Rsp, instruction.Auxiliary);
    }

    private void EmitCallFunction(ref MachineInstruction instruction)
    {
        _assembler.CallFunction((int)instruction.Immediate);
        AddCall(ref instruction, restoresContext: false);
        Reclaim(ref instruction);
    }

    /// <summary>The return address at hand is that of a call through which exceptions may come; its landing is a block until <see cref="FindLandings"/>.</summary>
    private void AddCall(ref MachineInstruction instruction, bool restoresContext)
    {
        int landing = -1, region = -1;
        if ((instruction.Flags & InstructionFlags.Throws) != 0)
        {
            ref MachineBlock block = ref _machine.Blocks[_block];
            landing = SuccessorOf(_block, block.SuccessorCount - 1);
            region = (int)_machine.Instructions[block.End - 1].Immediate;
        }

        if (landing >= 0 || restoresContext || instruction.Auxiliary > 0) _code.Calls.Add(new CallSite(_assembler.Length, instruction.Auxiliary, restoresContext, landing, region));
    }

    private void FindLandings()
    {
        for (int i = 0; i < _code.Calls.Count; i++)
            if (_code.Calls[i].Landing >= 0) _code.Calls[i] = _code.Calls[i] with { Landing = _assembler.OffsetOf(LabelOf(_code.Calls[i].Landing)) };
    }

    private void EmitCallThrow(ref MachineInstruction instruction)
    {
        _assembler.Call(Address.Of(Registers.Context, ContextLayout.Throw));
        AddSite(instruction.Origin, TrapKind.UncaughtException);
        AddCall(ref instruction, restoresContext: false);
    }

    private void SaveContext() => _assembler.Store(8, Address.Of(Register.Rsp, _contextAt), Registers.Context);

    private void RestoreContext()
    {
        _assembler.Load(8, Registers.Context, Address.Of(Register.Rsp, _contextAt));
        LoadMemoryBase();
    }

    private void LoadMemoryBase() => _assembler.Load(8, Registers.Memory, Address.Of(Registers.Context, ContextLayout.MemoryBase));

    private void EmitCallImport(ref MachineInstruction instruction)
    {
        int entry = 16 * (int)instruction.Immediate;
        SaveContext();
        _assembler.Load(8, Registers.Scratch, Address.Of(Registers.Context, ContextLayout.Imports));
        _assembler.Load(8, Registers.Context, Address.Of(Registers.Scratch, entry + 8));
        LoadMemoryBase();
        _assembler.Call(Address.Of(Registers.Scratch, entry));
        AddSite(instruction.Origin, TrapKind.HostFault);
        AddCall(ref instruction, restoresContext: true);
        Reclaim(ref instruction);
        RestoreContext();
    }

    private void EmitCallDescriptor(ref MachineInstruction instruction)
    {
        Register descriptor = RegisterOf(ref instruction, 0);
        _assembler.Alu(AluOp.Cmp, 8, Registers.Context, Address.Of(descriptor, FunctionDescriptor.Context));
        ref ColdCode cold = ref AddCold(ColdKind.CallOther, ref instruction);
        _assembler.Jcc(Condition.NE, cold.Start);
        _assembler.Call(Address.Of(descriptor, FunctionDescriptor.Code));
        AddSite(instruction.Origin, TrapKind.HostFault);
        AddCall(ref instruction, restoresContext: false);
        Reclaim(ref instruction);
        _assembler.Bind(cold.Back);
    }

    private void EmitCallOther(ref MachineInstruction instruction)
    {
        Register descriptor = RegisterOf(ref instruction, 0);
        SaveContext();
        _assembler.Load(8, Registers.Context, Address.Of(descriptor, FunctionDescriptor.Context));
        LoadMemoryBase();
        _assembler.Call(Address.Of(descriptor, FunctionDescriptor.Code));
        AddSite(instruction.Origin, TrapKind.HostFault);
        AddCall(ref instruction, restoresContext: true);
        Reclaim(ref instruction);
        RestoreContext();
    }

    private void EmitCallBuiltin(ref MachineInstruction instruction)
    {
        Builtin builtin = (Builtin)instruction.Immediate;
        _assembler.MovImmediate(4, Register.Rsi, (int)builtin);
        _assembler.Mov(8, Register.Rdx, Register.Rsp);
        _assembler.Call(Address.Of(Registers.Context, ContextLayout.CallBuiltin));
        if (builtin is Builtin.MemoryGrow or Builtin.TableGrow or Builtin.DataDrop or Builtin.ElementDrop or Builtin.Observe) return;
        // What kind of trap it is stays in eax.
        _assembler.Test(4, Register.Rax, Register.Rax);
        _assembler.Jcc(Condition.NE, TrapLabel(TrapKind.None, instruction.Origin));
    }

    /// <summary>C's memmove and memset may use all vector registers.</summary>
    private void EmitCallBytes(ref MachineInstruction instruction)
    {
        _assembler.Call(Address.Of(Registers.Context, (int)instruction.Immediate));
        if (!_options.Cpu.Avx512) return;
        _assembler.LoadUpper(Registers.SingleNaNs, Registers.Context, ContextLayout.SingleNaNs);
        _assembler.LoadUpper(Registers.DoubleNaNs, Registers.Context, ContextLayout.DoubleNaNs);
    }

    private void EmitTailFunction(ref MachineInstruction instruction)
    {
        ReplaceFrame(instruction.Auxiliary);
        _assembler.JmpFunction((int)instruction.Immediate);
    }

    /// <summary>Moves the arguments up to where those of this function are, the return address below them, and the stack pointer to that.</summary>
    private void ReplaceFrame(int argumentBytes)
    {
        int up = _frame + _function.Convention.ArgumentBytes - argumentBytes;
        if (up != _frame) _assembler.Load(8, Registers.Scratch, Address.Of(Register.Rsp, _frame));
        MoveArguments(argumentBytes, up + 8);
        if (up != _frame) _assembler.Store(8, Address.Of(Register.Rsp, up), Registers.Scratch);
        if (up != 0) _assembler.Alu(AluOp.Add, 8, Register.Rsp, up);
    }

    /// <summary>From the outgoing area up; the last first, as the areas may overlap.</summary>
    private void MoveArguments(int argumentBytes, int up)
    {
        for (int at = argumentBytes - 8; at >= 0; at -= 8)
        {
            Load(8, Registers.VectorScratch, Address.Of(Register.Rsp, at));
            Store(8, Address.Of(Register.Rsp, up + at), Registers.VectorScratch);
        }
    }

    private void EmitTailImport(ref MachineInstruction instruction)
    {
        int entry = 16 * (int)instruction.Immediate;
        _assembler.Load(8, Registers.Scratch, Address.Of(Registers.Context, ContextLayout.Imports));
        // The host's functions run for the instance that imports them, others for the one that defines them.
        _assembler.Alu(AluOp.Cmp, 8, Registers.Context, Address.Of(Registers.Scratch, entry + 8));
        _assembler.Jcc(Condition.E, AddCold(ColdKind.TailHost, ref instruction).Start);
        LeaveToOther(ref instruction);
        _assembler.Load(8, Registers.Scratch, Address.Of(Registers.Context, ContextLayout.Imports));
        _assembler.Load(8, Registers.Context, Address.Of(Registers.Scratch, entry + 8));
        LoadMemoryBase();
        _assembler.Jmp(Address.Of(Registers.Scratch, entry));
    }

    private void EmitTailDescriptor(ref MachineInstruction instruction)
    {
        Register descriptor = RegisterOf(ref instruction, 0);
        _assembler.Alu(AluOp.Cmp, 8, Registers.Context, Address.Of(descriptor, FunctionDescriptor.Context));
        _assembler.Jcc(Condition.NE, AddCold(ColdKind.TailOther, ref instruction).Start);
        int imported = (int)instruction.Immediate;
        if (imported > 0)
        {
            // Its reference, less the base, is its index plus one.
            _assembler.Mov(8, Registers.Scratch, descriptor);
            _assembler.Alu(AluOp.Sub, 8, Registers.Scratch, Address.Of(Registers.Context, ContextLayout.Functions));
            _assembler.Shift(ShiftOp.Shr, 8, Registers.Scratch, FunctionDescriptor.SizeLog2);
            _assembler.Alu(AluOp.Sub, 8, Registers.Scratch, Address.Of(Registers.Context, ContextLayout.FunctionBase));
            _assembler.Alu(AluOp.Cmp, 8, Registers.Scratch, imported);
            _assembler.Jcc(Condition.BE, AddCold(ColdKind.TailHost, ref instruction).Start);
        }

        ReplaceFrame(instruction.Auxiliary);
        _assembler.Jmp(Address.Of(descriptor, FunctionDescriptor.Code));
    }

    private void EmitTailOther(ref MachineInstruction instruction)
    {
        Register descriptor = RegisterOf(ref instruction, 0);
        LeaveToOther(ref instruction);
        _assembler.Load(8, Registers.Context, Address.Of(descriptor, FunctionDescriptor.Context));
        LoadMemoryBase();
        _assembler.Jmp(Address.Of(descriptor, FunctionDescriptor.Code));
    }

    /// <summary>An ordinary call and a return: in both cases the code is the host's and the context stays.</summary>
    private void EmitTailHost(ref MachineInstruction instruction)
    {
        if ((MachineOp)instruction.Op == MachineOp.TailImport) _assembler.Call(Address.Of(Registers.Scratch, 16 * (int)instruction.Immediate));
        else _assembler.Call(Address.Of(RegisterOf(ref instruction, 0), FunctionDescriptor.Code));
        AddSite(instruction.Origin, TrapKind.HostFault);
        Leave(_frame - instruction.Auxiliary, _function.Convention.ArgumentBytes);
    }

    /// <summary>Gives the frame up for a callee of another instance.</summary>
    private void LeaveToOther(ref MachineInstruction instruction)
    {
        int argumentBytes = instruction.Auxiliary, up = _frame - 16 - argumentBytes;
        Label isMarked = _assembler.NewLabel(), isDone = _assembler.NewLabel();
        _assembler.Load(8, Registers.Scratch, Address.Of(Register.Rsp, _frame));
        _assembler.Alu(AluOp.Cmp, 4, Address.Of(Registers.Scratch), TailReturnMark);
        _assembler.Jcc(Condition.E, isMarked);
        // The context right below the return address, then the arguments, then the way back.
        MoveArguments(argumentBytes, up + 8);
        _assembler.Store(8, Address.Of(Register.Rsp, _frame - 8), Registers.Context);
        _assembler.Lea(8, Registers.Scratch, Address.Of(AddCold(ColdKind.TailReturn, ref instruction).Start));
        _assembler.Store(8, Address.Of(Register.Rsp, up), Registers.Scratch);
        if (up > 0) _assembler.Alu(AluOp.Add, 8, Register.Rsp, up);
        _assembler.Jmp(isDone);
        _assembler.Bind(isMarked);
        ReplaceFrame(argumentBytes);
        _assembler.Bind(isDone);
    }

    /// <summary>
    /// Where a callee of another instance comes back to. It is the return address of that callee, which may be a function of the host's, too.
    /// </summary>
    private void EmitTailReturn(ref MachineInstruction instruction)
    {
        AddSite(instruction.Origin, TrapKind.HostFault);
        _assembler.Lea(8, Registers.Scratch, Address.Of(Registers.Scratch, Registers.Scratch, 0, TailReturnDisplacement));
        _assembler.Load(8, Registers.Context, Address.Of(Register.Rsp));
        LoadMemoryBase();
        Leave(8, _function.Convention.ArgumentBytes);
    }
}
