using System;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;
using ContractVm.Native;

namespace ContractVm.Compiler.Emission;

/// <summary>What stands behind the blocks: parts of instructions that are seldom needed, and traps.</summary>
internal sealed partial class Emitter
{
    private enum ColdKind
    {
        DivideByMinusOne,
        MinMaxOfNaN,
        MinMaxOfEqual,
        Canonicalize,
        CanonicalizeVector,
        FloatFromLargeInteger,
        IntegerFromFloat,
        CallOther,
        TailHost,
        TailOther,
        TailReturn,
    }

    private struct ColdCode
    {
        public ColdKind Kind;
        /// <summary>Where it stands, and where it goes back to.</summary>
        public Label Start, Back;
        /// <summary>The instruction that it is a part of.</summary>
        public int Instruction;
        public int Block;
    }

    private struct TrapCode
    {
        public TrapKind Kind;
        public int Origin;
        public Label Label;
    }

    /// <summary>So many traps are looked through for one that is the same.</summary>
    private const int MostCompared = 4;
    private ColdCode[] _cold = new ColdCode[16];
    private int _coldCount;
    private TrapCode[] _traps = new TrapCode[16];
    private int _trapCount;
    private Label _outOfInk, _outOfStack;

    private void ResetCold()
    {
        _coldCount = _trapCount = 0;
        _outOfInk = _outOfStack = new Label(-1);
    }

    /// <summary>Adds a cold part of an instruction. Whoever adds it jumps to its start and binds its way back.</summary>
    private ref ColdCode AddCold(ColdKind kind, ref MachineInstruction instruction)
    {
        if (_coldCount == _cold.Length) Array.Resize(ref _cold, _coldCount * 2);
        ref ColdCode cold = ref _cold[_coldCount++];
        cold.Kind = kind;
        cold.Block = _block;
        cold.Start = _assembler.NewLabel();
        cold.Back = _assembler.NewLabel();
        cold.Instruction = (int)(System.Runtime.CompilerServices.Unsafe.ByteOffset(ref _machine.Instructions[0], ref instruction) / System.Runtime.CompilerServices.Unsafe.SizeOf<MachineInstruction>());
        return ref cold;
    }

    /// <summary>The last cold parts come back here.</summary>
    private void BindBack(int count)
    {
        for (int i = _coldCount - count; i < _coldCount; i++) _assembler.Bind(_cold[i].Back);
    }

    /// <summary>Code that ends the execution with a trap; to be jumped to.</summary>
    private Label TrapLabel(TrapKind kind, int origin)
    {
        for (int i = _trapCount - 1; i >= Math.Max(0, _trapCount - MostCompared); i--)
            if (_traps[i].Kind == kind && _traps[i].Origin == origin) return _traps[i].Label;
        if (_trapCount == _traps.Length) Array.Resize(ref _traps, _trapCount * 2);
        Label label = _assembler.NewLabel();
        _traps[_trapCount++] = new TrapCode { Kind = kind, Origin = origin, Label = label };
        return label;
    }

    private Label OutOfInkLabel()
    {
        if (_outOfInk.Number < 0) _outOfInk = _assembler.NewLabel();
        return _outOfInk;
    }

    private Label OutOfStackLabel()
    {
        if (_outOfStack.Number < 0) _outOfStack = _assembler.NewLabel();
        return _outOfStack;
    }

    /// <summary>Ends the execution: the return address of the call tells where and why.</summary>
    private void EmitTrap(TrapKind kind, int origin)
    {
        _assembler.Call(Address.Of(Registers.Context, ContextLayout.TrapExit));
        AddSite(origin, kind);
    }

    private void EmitCold()
    {
        // Cold parts may add further ones.
        for (int i = 0; i < _coldCount; i++) EmitCold(_cold[i]);
        for (int i = 0; i < _trapCount; i++)
        {
            _assembler.Bind(_traps[i].Label);
            EmitTrap(_traps[i].Kind, _traps[i].Origin);
        }

        if (_outOfInk.Number >= 0)
        {
            _assembler.Bind(_outOfInk);
            _assembler.Jmp(Address.Of(Registers.Context, ContextLayout.OutOfInkExit));
        }

        if (_outOfStack.Number >= 0)
        {
            _assembler.Bind(_outOfStack);
            _assembler.Jmp(Address.Of(Registers.Context, ContextLayout.OutOfStackExit));
        }

        // The return address of the last call shall not be another function's.
        _assembler.Int3();
    }

    private void EmitCold(ColdCode cold)
    {
        ref MachineInstruction instruction = ref _machine.Instructions[cold.Instruction];
        _block = cold.Block;
        if (_options.MapsCode) _code.Origins.Add(new CodeOrigin(_assembler.Length, instruction.Origin, -1));
        // A return address before is not the same place as what follows.
        if (cold.Kind == ColdKind.TailReturn) _assembler.Int3();
        _assembler.Bind(cold.Start);
        switch (cold.Kind)
        {
            case ColdKind.DivideByMinusOne: EmitDivideByMinusOne(ref instruction); break;
            case ColdKind.MinMaxOfNaN: EmitMinMaxOfNaN(ref instruction); break;
            case ColdKind.MinMaxOfEqual: EmitMinMaxOfEqual(ref instruction); break;
            case ColdKind.Canonicalize: EmitCanonicalNaN(ref instruction); break;
            case ColdKind.CanonicalizeVector: EmitCanonicalNaNs(ref instruction); break;
            case ColdKind.FloatFromLargeInteger: EmitFloatFromLargeInteger(ref instruction); break;
            case ColdKind.IntegerFromFloat: EmitIntegerFromFloatCold(ref instruction, cold.Back); return;
            case ColdKind.CallOther: EmitCallOther(ref instruction); break;
            case ColdKind.TailHost: EmitTailHost(ref instruction); return;
            case ColdKind.TailOther: EmitTailOther(ref instruction); return;
            case ColdKind.TailReturn: EmitTailReturn(ref instruction); return;
            default: throw new NodeFaultException("cold code of an unknown kind");
        }

        _assembler.Jmp(cold.Back);
    }
}
