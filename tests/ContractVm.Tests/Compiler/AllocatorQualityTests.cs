using System.Linq;
using ContractVm.Compiler.Allocation;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;
using Xunit;
using static ContractVm.Tests.Compiler.MachineBuilder;

namespace ContractVm.Tests.Compiler;

/// <summary>What must cost nothing costs nothing: moves where code is hot, by the shape of code.</summary>
public class AllocatorQualityTests
{
    private readonly MachineBuilder _builder = new();
    private readonly AllocationResult _result = new();
    private MachineFunction _function = null!;

    [Fact]
    public void ASimpleLoopHasNoMoves()
    {
        (int n, int sum, int header) = StartLoop(out int i, out int total);
        int next = New(), added = New();
        _builder.Emit(InstructionFlags.None, Use(total), Use(i), Define(added, OperandPlace.SameAsFirst));
        _builder.Emit(InstructionFlags.None, Use(i), Define(next, OperandPlace.SameAsFirst));
        EndLoop(header, [next, added], [Use(next), Use(n)]);
        Return(added, sum);
        Assert.Equal(0, MovesInLoops());
    }

    [Fact]
    public void ACallInColdCodeOfALoopCostsTheLoopNothing()
    {
        (int n, int sum, int header) = StartLoop(out int i, out int total);
        int join = _builder.NewBlock(), hot = _builder.NewBlock(), cold = _builder.NewBlock(isCold: true);
        _builder.Branch([Use(i)], (hot, []), (cold, []));
        _builder.Current = hot;
        _builder.Jump(join);
        _builder.Current = cold;
        _builder.Emit(InstructionFlags.Clobbers, Fixed(OperandRole.Use, i, Register.Rax));
        _builder.Jump(join);
        _builder.Current = join;
        int next = New(), added = New();
        _builder.Emit(InstructionFlags.None, Use(total), Use(i), Define(added, OperandPlace.SameAsFirst));
        _builder.Emit(InstructionFlags.None, Use(i), Define(next, OperandPlace.SameAsFirst));
        EndLoop(header, [next, added], [Use(next), Use(n)]);
        Return(added, sum);
        Assert.Equal(0, MovesInLoops());
    }

    [Fact]
    public void AnInnerLoopDoesNotPayForValuesOfTheOuterOne()
    {
        // 24 values that only the outer loop uses.
        _builder.Current = _builder.NewBlock();
        int[] values = Enumerable.Range(0, 24).Select(_ => New()).ToArray();
        foreach (int v in values) _builder.Emit(InstructionFlags.None, Define(v));
        int n = New(), zero = New();
        _builder.Emit(InstructionFlags.None, Define(n), Define(zero));
        int before = _builder.Current;
        _builder.OpenLoop(isCold: false);
        int outerParameter = New(), outer = _builder.NewBlock(false, outerParameter);
        _builder.Current = before;
        _builder.Jump(outer, zero);
        _builder.Current = outer;
        _builder.OpenLoop(isCold: false);
        int i = New(), inner = _builder.NewBlock(false, i);
        _builder.Current = outer;
        _builder.Jump(inner, outerParameter);
        _builder.Current = inner;
        int x = New(), next = New();
        _builder.Emit(InstructionFlags.None, Use(i), Use(n), Define(x));
        _builder.Emit(InstructionFlags.None, Use(i), Use(x), Define(next, OperandPlace.SameAsFirst));
        EndLoop(inner, [next], [Use(next), Use(n)]);
        int last = next;
        foreach (int v in values)
        {
            int sum = New();
            _builder.Emit(InstructionFlags.None, Use(last), Use(v), Define(sum, OperandPlace.SameAsFirst));
            last = sum;
        }

        EndLoop(outer, [last], [Use(last), Use(n)]);
        Return(last, n);
        MovesInLoops();
        Assert.Equal(0, Moves(static block => block.LoopDepth == 2));
        Assert.InRange(Moves(static block => block.LoopDepth == 1), 10, 40);
    }

    [Fact]
    public void ParametersAndArgumentsOfCallsStayWhereTheyAre()
    {
        _builder.Current = _builder.NewBlock();
        int a = New(), b = New(), sum = New(), result = New();
        _builder.Emit(InstructionFlags.None, Fixed(OperandRole.Define, a, Register.Rax), Fixed(OperandRole.Define, b, Register.Rcx));
        _builder.Emit(InstructionFlags.None, Use(a), Define(sum, OperandPlace.SameAsFirst));
        _builder.Emit(InstructionFlags.Clobbers, Fixed(OperandRole.Use, sum, Register.Rax), Fixed(OperandRole.Use, b, Register.Rcx), Fixed(OperandRole.Define, result, Register.Rax));
        _builder.Branch([Fixed(OperandRole.Use, result, Register.Rax)]);
        Allocate();
        Assert.Equal(0, _result.MoveCount);
        Assert.Equal(0, _result.SlotCount);
    }

    [Fact]
    public void ArgumentsAreMadeInTheRegistersOfACall()
    {
        _builder.Current = _builder.NewBlock();
        int a = New(), b = New(), c = New();
        _builder.Emit(InstructionFlags.None, Define(a));
        _builder.Emit(InstructionFlags.None, Define(b));
        _builder.Emit(InstructionFlags.None, Use(a), Use(b), Define(c));
        _builder.Emit(InstructionFlags.Clobbers, Fixed(OperandRole.Use, c, Register.Rax), Fixed(OperandRole.Use, a, Register.Rcx), Fixed(OperandRole.Use, b, Register.Rdx));
        _builder.Branch([]);
        Allocate();
        Assert.Equal(0, _result.MoveCount);
    }

    [Fact]
    public void ALoopWithDivisionsKeepsItsValuesOutOfTheWay()
    {
        (int n, int sum, int header) = StartLoop(out int i, out int total);
        int quotient = New(), rest = New(), next = New(), added = New();
        _builder.Emit(InstructionFlags.None, Fixed(OperandRole.Use, i, Register.Rax), Late(n), Fixed(OperandRole.Define, quotient, Register.Rax), Fixed(OperandRole.Define, rest, Register.Rdx));
        _builder.Emit(InstructionFlags.None, Use(total), Use(rest), Define(added, OperandPlace.SameAsFirst));
        _builder.Emit(InstructionFlags.None, Use(i), Use(quotient), Define(next, OperandPlace.SameAsFirst));
        EndLoop(header, [next, added], [Use(next), Use(n)]);
        Return(added, sum);
        // The dividend must come to rax.
        Assert.InRange(MovesInLoops(), 0, 1);
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(12, 4)]
    [InlineData(14, 12)]
    public void ALoopKeepsWhatFits(int carried, int most)
    {
        _builder.Current = _builder.NewBlock();
        int[] initial = Enumerable.Range(0, carried).Select(_ => New()).ToArray();
        foreach (int v in initial) _builder.Emit(InstructionFlags.None, Define(v));
        int before = _builder.Current;
        _builder.OpenLoop(isCold: false);
        int[] parameters = initial.Select(_ => New()).ToArray(), next = initial.Select(_ => New()).ToArray();
        int header = _builder.NewBlock(false, parameters);
        _builder.Current = before;
        _builder.Jump(header, initial);
        _builder.Current = header;
        for (int i = 0; i < carried; i++) _builder.Emit(InstructionFlags.None, Use(parameters[i]), Use(i == 0 ? parameters[^1] : next[i - 1]), Define(next[i], OperandPlace.SameAsFirst));
        EndLoop(header, next, [Use(next[0])]);
        _builder.Branch(next.Select(static v => Use(v, OperandPlace.RegisterOrSlot)).ToArray());
        Assert.InRange(MovesInLoops(), 0, most);
    }

    [Fact]
    public void AnArmThatEndsTheFunctionSpillsNothingElsewhere()
    {
        _builder.Current = _builder.NewBlock();
        int a = New(), b = New();
        _builder.Emit(InstructionFlags.None, Fixed(OperandRole.Define, a, Register.Rax), Fixed(OperandRole.Define, b, Register.Rcx));
        int quick = _builder.NewBlock(), slow = _builder.NewBlock();
        _builder.Branch([Use(a)], (quick, []), (slow, []));
        _builder.Current = quick;
        _builder.Branch([Use(b)]);
        _builder.Current = slow;
        _builder.Emit(InstructionFlags.Clobbers);
        _builder.Branch([Use(a), Use(b)]);
        Allocate();
        Assert.Equal(0, Moves(static block => block.First == 0));
        Assert.Equal(4, _result.MoveCount);
    }

    [Fact]
    public void ConstantsHaveNoSlots()
    {
        _builder.Current = _builder.NewBlock();
        int a = New();
        _builder.Emit(InstructionFlags.Rematerializable, Define(a));
        _builder.Emit(InstructionFlags.Clobbers);
        _builder.Emit(InstructionFlags.Clobbers, Fixed(OperandRole.Use, a, Register.Rdi));
        _builder.Branch([]);
        Allocate();
        Assert.Equal(LocationKind.None, _result.Operands[0].Kind);
        Assert.Equal(0, _result.SlotCount);
        Assert.Equal(1, _result.MoveCount);
    }

    private int New(VirtualKind kind = VirtualKind.Word64) => _builder.Value(kind);

    /// <summary>A function of two parameters, up to the header of a loop with two.</summary>
    private (int N, int Sum, int Header) StartLoop(out int i, out int total)
    {
        _builder.Current = _builder.NewBlock();
        (int n, int sum, int zero) = (New(), New(), New());
        _builder.Emit(InstructionFlags.None, Fixed(OperandRole.Define, n, Register.Rax), Fixed(OperandRole.Define, sum, Register.Rcx));
        _builder.Emit(InstructionFlags.Rematerializable, Define(zero));
        int before = _builder.Current;
        _builder.OpenLoop(isCold: false);
        (i, total) = (New(), New());
        int header = _builder.NewBlock(false, i, total);
        _builder.Current = before;
        _builder.Jump(header, zero, zero);
        _builder.Current = header;
        return (n, sum, header);
    }

    private void EndLoop(int header, int[] arguments, Operand[] condition)
    {
        int again = _builder.NewBlock();
        _builder.CloseLoop();
        int exit = _builder.NewBlock();
        _builder.Branch(condition, (again, []), (exit, []));
        _builder.Current = again;
        _builder.Jump(header, arguments);
        _builder.Current = exit;
    }

    private void Return(params int[] values) => _builder.Branch(values.Select(static v => Use(v)).ToArray());

    private void Allocate()
    {
        _function = _builder.Build();
        new Allocator().Run(_function, _result);
        Assert.Null(AllocationChecker.Check(_function, _result));
        Assert.Equal(MachineExecutor.Run(_function), MachineExecutor.Run(_function, _result));
    }

    private int MovesInLoops()
    {
        Allocate();
        return Moves(static block => block.LoopDepth > 0);
    }

    private int Moves(System.Func<MachineBlock, bool> where)
    {
        int count = 0;
        for (int b = 0; b < _function.BlockCount; b++)
        {
            MachineBlock block = _function.Blocks[b];
            if (block.IsCold || !where(block)) continue;
            for (int m = 0; m < _result.MoveCount; m++)
            {
                if (_result.Moves[m].Before >= block.First && _result.Moves[m].Before < block.End) count++;
            }
        }

        return count;
    }
}
