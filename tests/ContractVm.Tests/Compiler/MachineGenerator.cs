using System;
using System.Collections.Generic;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Tests.Compiler;

/// <summary>Random valid functions: nested loops with several exits, joins, switches, cold code, calls, fixed registers, all kinds.</summary>
internal sealed class MachineGenerator
{
    private sealed record Label(int Block, VirtualKind[] Kinds);

    private readonly MachineBuilder _builder = new();
    private readonly Random _random;
    private readonly List<Label> _labels = [];
    private readonly int _pressure;
    private int _budget;

    private MachineGenerator(int seed)
    {
        _random = new Random(seed);
        _budget = _random.Next(5, 160);
        _pressure = _random.Next(3, 40);
    }

    public static MachineFunction Generate(int seed) => new MachineGenerator(seed).Run();

    private MachineFunction Run()
    {
        _builder.Current = _builder.NewBlock();
        List<int> values = [];
        List<Operand> entry = [];
        Register[] registers = [Register.Rax, Register.Rcx, Register.Rdx, Register.Rsi, Register.Rdi, Register.R8, Register.R12, Register.Xmm0, Register.Xmm1, Register.Xmm2];
        foreach (Register register in registers)
        {
            if (_random.Next(2) == 0) continue;
            int v = _builder.Value(Registers.IsVector(register) ? (VirtualKind)_random.Next(2, 5) : (VirtualKind)_random.Next(2));
            entry.Add(MachineBuilder.Fixed(OperandRole.Define, v, register));
            values.Add(v);
        }

        _builder.Emit(InstructionFlags.None, entry.ToArray());
        Statements(values, 0, isCold: false, canLeave: false);
        Return(values);
        return _builder.Build();
    }

    private void Return(List<int> values)
    {
        List<Operand> operands = [];
        for (int i = 0; i < Math.Min(values.Count, 4); i++)
        {
            int v = Pick(values, null);
            operands.Add(MachineBuilder.Use(v, _random.Next(2) == 0 ? OperandPlace.RegisterOrSlot : OperandPlace.AnyRegister));
        }

        _builder.Branch(operands.ToArray());
    }

    /// <summary>True where control goes on behind them.</summary>
    private bool Statements(List<int> values, int depth, bool isCold, bool canLeave)
    {
        for (int count = _random.Next(1, 14); count > 0 && _budget-- > 0; count--)
        {
            int choice = _random.Next(25);
            if (depth < 5 && choice == 0) Loop(values, depth, isCold);
            else if (depth < 5 && choice == 24) Invoke(values, depth, isCold);
            else if (depth < 5 && choice is 1 or 2) If(values, depth, isCold);
            else if (choice == 3 || (isCold && choice < 6)) Call(values);
            else if (choice == 4 && canLeave && _labels.Count > 0)
            {
                Leave(values, _labels[_random.Next(_labels.Count)]);
                return false;
            }
            else if (choice == 5 && canLeave && _random.Next(3) == 0)
            {
                Return(values);
                return false;
            }
            else Simple(values);
        }

        return true;
    }

    private void Leave(List<int> values, Label label) => _builder.Jump(label.Block, Arguments(values, label.Kinds));

    private int[] Arguments(List<int> values, VirtualKind[] kinds)
    {
        int[] arguments = new int[kinds.Length];
        for (int i = 0; i < kinds.Length; i++) arguments[i] = Pick(values, kinds[i]);
        return arguments;
    }

    private (VirtualKind[] Kinds, int[] Parameters) Parameters(int most)
    {
        VirtualKind[] kinds = new VirtualKind[_random.Next(most)];
        int[] parameters = new int[kinds.Length];
        for (int i = 0; i < kinds.Length; i++)
        {
            kinds[i] = Kind();
            parameters[i] = _builder.Value(kinds[i]);
        }

        return (kinds, parameters);
    }

    private VirtualKind Kind() => _random.Next(3) < 2 ? (VirtualKind)_random.Next(2) : (VirtualKind)_random.Next(2, 5);

    /// <summary>A value of a kind, made where there is none; rather a new one, sometimes any.</summary>
    private int Pick(List<int> values, VirtualKind? kind)
    {
        for (int tries = 0; tries < 8 && values.Count > 0; tries++)
        {
            int v = values[Math.Max(0, values.Count - 1 - _random.Next(Math.Min(values.Count, _pressure)))];
            if (kind is null || _builder.KindOf(v) == kind) return v;
        }

        int made = _builder.Value(kind ?? Kind());
        bool isConstant = _random.Next(2) == 0;
        _builder.Emit(isConstant ? InstructionFlags.Rematerializable : InstructionFlags.None, MachineBuilder.Define(made));
        values.Add(made);
        return made;
    }

    private Operand[] Condition(List<int> values) => [MachineBuilder.Use(Pick(values, VirtualKind.Word32)), MachineBuilder.Use(Pick(values, VirtualKind.Word64))];

    private void If(List<int> values, int depth, bool isCold)
    {
        (VirtualKind[] kinds, int[] parameters) = Parameters(4);
        int arms = _random.Next(4) == 0 ? _random.Next(3, 7) : 2;
        Operand[] condition = Condition(values);
        List<(int, int[])> targets = [];
        List<bool> cold = [];
        int join = _builder.NewBlock(isCold, parameters);
        for (int i = 0; i < arms; i++)
        {
            cold.Add(isCold || _random.Next(4) == 0);
            (VirtualKind[] armKinds, int[] armParameters) = Parameters(_random.Next(4) == 0 ? 3 : 1);
            targets.Add((_builder.NewBlock(cold[i], armParameters), Arguments(values, armKinds)));
        }

        _builder.Branch(condition, targets.ToArray());
        Label label = new(join, kinds);
        _labels.Add(label);
        for (int i = 0; i < arms; i++)
        {
            _builder.Current = targets[i].Item1;
            List<int> inner = [.. values];
            if (i > 0 && _random.Next(3) == 0)
            {
                Leave(inner, label);
                continue;
            }

            // The last arm reaches the join, so that it has a predecessor.
            if (Statements(inner, depth + 1, cold[i], canLeave: i < arms - 1)) Leave(inner, label);
        }

        _labels.Remove(label);
        _builder.Current = join;
        values.AddRange(parameters);
    }

    private void Loop(List<int> values, int depth, bool isCold)
    {
        (VirtualKind[] kinds, int[] parameters) = Parameters(6);
        int[] initial = Arguments(values, kinds);
        int before = _builder.Current;
        (VirtualKind[] exitKinds, int[] exitParameters) = Parameters(3);
        int exit = _builder.NewBlock(isCold, exitParameters);
        _builder.OpenLoop(isCold);
        int header = _builder.NewBlock(isCold, parameters);
        _builder.Current = before;
        _builder.Jump(header, initial);
        _builder.Current = header;
        List<int> inner = [.. values, .. parameters];
        Label back = new(header, kinds), leave = new(exit, exitKinds);
        _labels.Add(back);
        _labels.Add(leave);
        Statements(inner, depth + 1, isCold, canLeave: false);
        Operand[] condition = Condition(inner);
        int again = _builder.NewBlock(isCold), done = _builder.NewBlock(isCold);
        _builder.Branch(condition, (again, []), (done, []));
        _builder.Current = again;
        Leave([.. inner], back);
        _builder.Current = done;
        Leave([.. inner], leave);
        _labels.Remove(back);
        _labels.Remove(leave);
        _builder.CloseLoop();
        _builder.Current = exit;
        values.AddRange(exitParameters);
    }

    /// <summary>A call, or a throw, with a landing, which goes to a join as what follows the call does.</summary>
    private void Invoke(List<int> values, int depth, bool isCold)
    {
        (VirtualKind[] kinds, int[] parameters) = Parameters(4);
        bool isThrow = _random.Next(4) == 0;
        List<int> before = [.. values], after = [.. values];
        int join = _builder.NewBlock(isCold, parameters), landing = _builder.NewBlock(isCold || _random.Next(4) > 0), returned = isThrow ? -1 : _builder.NewBlock(isCold);
        Call(after, InstructionFlags.Clobbers | InstructionFlags.Throws, before);
        if (isThrow) _builder.Jump(landing);
        else
        {
            // Its results are read, and put somewhere, before the block ends.
            for (int count = _random.Next(3); count > 0; count--) Simple(after);
            _builder.Branch([], (returned, []), (landing, []));
            _builder.Current = returned;
            Statements(after, depth + 1, isCold, canLeave: false);
            _builder.Jump(join, Arguments(after, kinds));
        }

        _builder.Current = landing;
        int exception = _builder.Value(VirtualKind.Word64), clause = _builder.Value(VirtualKind.Word32);
        _builder.Emit(InstructionFlags.Clobbers, MachineBuilder.Fixed(OperandRole.Define, exception, Register.Rax), MachineBuilder.Fixed(OperandRole.Define, clause, Register.Rdx));
        before.Add(exception);
        before.Add(clause);
        Statements(before, depth + 1, isCold, canLeave: false);
        _builder.Jump(join, Arguments(before, kinds));
        _builder.Current = join;
        values.AddRange(parameters);
    }

    /// <param name="values">Values, to which results are added.</param>
    /// <param name="flags">What holds for it.</param>
    /// <param name="used">Gets what is made for its operands, too.</param>
    private void Call(List<int> values, InstructionFlags flags = InstructionFlags.Clobbers, List<int>? used = null)
    {
        List<Operand> operands = [];
        Register[] general = [Register.Rax, Register.Rcx, Register.Rdx, Register.Rsi, Register.Rdi, Register.R8, Register.R12];
        for (int i = _random.Next(general.Length) - 1; i >= 0; i--) operands.Add(MachineBuilder.Fixed(OperandRole.Use, Pick(values, (VirtualKind)_random.Next(2)), general[i]));
        for (int i = _random.Next(3) - 1; i >= 0; i--) operands.Add(MachineBuilder.Fixed(OperandRole.Use, Pick(values, (VirtualKind)_random.Next(2, 5)), (Register)((int)Register.Xmm0 + i)));
        for (int i = _random.Next(4); i > 0; i--) operands.Add(MachineBuilder.Use(Pick(values, null), OperandPlace.RegisterOrSlot));
        if (_random.Next(3) == 0) operands.Add(MachineBuilder.Use(Pick(values, VirtualKind.Word64)));
        used?.AddRange(values[used.Count..]);
        for (int i = _random.Next(3) - 1; i >= 0; i--)
        {
            int v = _builder.Value((VirtualKind)_random.Next(2));
            operands.Add(MachineBuilder.Fixed(OperandRole.Define, v, general[i]));
            values.Add(v);
        }

        if (_random.Next(2) == 0)
        {
            int v = _builder.Value((VirtualKind)_random.Next(2, 5));
            operands.Add(MachineBuilder.Fixed(OperandRole.Define, v, Register.Xmm0));
            values.Add(v);
        }

        if (_random.Next(6) == 0)
        {
            int v = _builder.Value(Kind());
            operands.Add(MachineBuilder.Define(v, OperandPlace.RegisterOrSlot));
            values.Add(v);
        }

        _builder.Emit(flags, operands.ToArray());
    }

    private void Simple(List<int> values)
    {
        List<Operand> operands = [];
        int result = -1;
        switch (_random.Next(9))
        {
            case 0:
                result = _builder.Value(Kind());
                operands.Add(MachineBuilder.Use(Pick(values, _builder.KindOf(result))));
                operands.Add(MachineBuilder.Define(result));
                _builder.Emit(InstructionFlags.Move, operands.ToArray());
                values.Add(result);
                return;
            case 1:
                // A shift by a register.
                result = _builder.Value(VirtualKind.Word32);
                operands.Add(MachineBuilder.Use(Pick(values, VirtualKind.Word32)));
                operands.Add(MachineBuilder.Fixed(_random.Next(2) == 0 ? OperandRole.Use : OperandRole.UseLate, Pick(values, VirtualKind.Word32), Register.Rcx));
                operands.Add(MachineBuilder.Define(result, OperandPlace.SameAsFirst));
                break;
            case 2:
                // A division.
                result = _builder.Value(VirtualKind.Word64);
                operands.Add(MachineBuilder.Fixed(OperandRole.Use, Pick(values, VirtualKind.Word64), Register.Rax));
                operands.Add(_random.Next(2) == 0 ? MachineBuilder.Late(Pick(values, VirtualKind.Word64)) : MachineBuilder.Use(Pick(values, VirtualKind.Word64)));
                if (_random.Next(2) == 0) operands.Add(MachineBuilder.Fixed(OperandRole.Use, Pick(values, VirtualKind.Word64), Register.Rdx));
                operands.Add(MachineBuilder.Fixed(OperandRole.Define, result, Register.Rax));
                if (_random.Next(2) == 0) operands.Add(MachineBuilder.Fixed(OperandRole.Define, _builder.Value(VirtualKind.Word64), Register.Rdx));
                else if (operands[2].Role == OperandRole.Define) operands.Add(MachineBuilder.Fixed(OperandRole.Temporary, -1, Register.Rdx));
                break;
            case 3 or 4 or 5:
                result = _builder.Value(Kind());
                operands.Add(MachineBuilder.Use(Pick(values, _builder.KindOf(result))));
                operands.Add(AnyUse(values));
                if (_random.Next(2) == 0) operands.Add(AnyUse(values));
                if (_random.Next(3) == 0) operands.Add(MachineBuilder.Temporary(_builder.Value(Kind())));
                operands.Add(MachineBuilder.Define(result, OperandPlace.SameAsFirst));
                break;
            default:
                result = _builder.Value(Kind());
                for (int i = _random.Next(4); i > 0; i--) operands.Add(AnyUse(values));
                if (_random.Next(4) == 0) operands.Add(MachineBuilder.Fixed(OperandRole.Use, Pick(values, VirtualKind.Float64), Register.Xmm3));
                if (_random.Next(4) == 0) operands.Add(MachineBuilder.Temporary(_builder.Value(Kind())));
                if (_random.Next(8) == 0) operands.Add(MachineBuilder.Fixed(OperandRole.Temporary, -1, Register.Rbp));
                operands.Add(MachineBuilder.Define(result, _random.Next(6) == 0 ? OperandPlace.RegisterOrSlot : OperandPlace.AnyRegister));
                if (_random.Next(5) == 0)
                {
                    int second = _builder.Value(Kind());
                    operands.Add(MachineBuilder.Define(second));
                    values.Add(second);
                }

                break;
        }

        _builder.Emit(InstructionFlags.None, operands.ToArray());
        if (result >= 0) values.Add(result);
    }

    private Operand AnyUse(List<int> values)
    {
        int v = Pick(values, null);
        OperandPlace place = _random.Next(4) == 0 ? OperandPlace.RegisterOrSlot : OperandPlace.AnyRegister;
        return _random.Next(5) == 0 ? MachineBuilder.Late(v, place) : MachineBuilder.Use(v, place);
    }
}
