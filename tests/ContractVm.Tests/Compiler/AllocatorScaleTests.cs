using System;
using System.Diagnostics;
using ContractVm.Compiler.Allocation;
using ContractVm.Compiler.Machine;
using Xunit;
using static ContractVm.Tests.Compiler.MachineBuilder;

namespace ContractVm.Tests.Compiler;

/// <summary>Functions of shapes that are expensive for allocators take time in proportion to their size.</summary>
public class AllocatorScaleTests
{
    private const int MostRounds = 20;

    [Theory]
    [InlineData("straight")]
    [InlineData("many values")]
    [InlineData("ladder")]
    [InlineData("deep loops")]
    [InlineData("switch")]
    [InlineData("live everywhere")]
    [InlineData("calls")]
    [InlineData("wide edges")]
    public void TimeIsLinear(string shape)
    {
        Allocator allocator = new();
        AllocationResult result = new();
        // The first run also compiles the allocator.
        Time(allocator, Make(shape, 2_000), result);
        MachineFunction small = Make(shape, 10_000), large = Make(shape, 80_000);
        double sizes = (double)(large.OperandCount + large.InstructionCount) / (small.OperandCount + small.InstructionCount);
        // The fastest of many counts: what the machine does besides only ever adds. In turns, so that it adds to both.
        double of10 = double.MaxValue, of80 = double.MaxValue;
        for (int round = 0; round < 2 || (round < MostRounds && !IsLinear()); round++)
        {
            of10 = Math.Min(of10, Time(allocator, small, result));
            of80 = Math.Min(of80, Time(allocator, large, result));
        }

        Assert.True(IsLinear(), $"{shape}: {of10:F4} s, then {of80:F4} s for {sizes:F1} times the size");
        MachineFunction checkedOne = Make(shape, 300);
        allocator.Run(checkedOne, result);
        Assert.Null(AllocationChecker.Check(checkedOne, result));
        allocator.RunBasic(checkedOne, result);
        Assert.Null(AllocationChecker.Check(checkedOne, result));

        bool IsLinear() => of80 < 8 * sizes * Math.Max(0.002, of10);
    }

    [Fact]
    public void HugeLiveSetsGoToTheSimpleAllocator()
    {
        Allocator allocator = new();
        AllocationResult result = new();
        allocator.Run(Make("live everywhere", 80_000), result);
        Assert.True(allocator.WasBasic);
        allocator.Run(Make("straight", 80_000), result);
        Assert.False(allocator.WasBasic);
    }

    [Fact]
    public void StorageIsKept()
    {
        Allocator allocator = new();
        AllocationResult result = new();
        MachineFunction function = Make("ladder", 5_000);
        allocator.Run(function, result);
        allocator.RunBasic(function, result);
        long before = GC.GetAllocatedBytesForCurrentThread();
        allocator.Run(function, result);
        allocator.RunBasic(function, result);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2000);
    }

    private static double Time(Allocator allocator, MachineFunction function, AllocationResult result)
    {
        Stopwatch watch = Stopwatch.StartNew();
        allocator.Run(function, result);
        return watch.Elapsed.TotalSeconds;
    }

    private static MachineFunction Make(string shape, int size)
    {
        MachineBuilder builder = new();
        builder.Current = builder.NewBlock();
        int[] values = new int[shape == "straight" ? 30 : shape is "many values" or "live everywhere" or "wide edges" ? size / 4 : 12];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = builder.Value((VirtualKind)(i % 5));
            builder.Emit(InstructionFlags.None, Define(values[i]));
        }

        switch (shape)
        {
            case "straight" or "many values" or "calls":
                for (int i = 0; i < size; i++)
                {
                    int old = values[i * 7 % values.Length], made = builder.Value(builder.KindOf(old));
                    builder.Emit(InstructionFlags.None, Use(old), Use(values[i * 11 % values.Length]), Define(made, OperandPlace.SameAsFirst));
                    values[i * 7 % values.Length] = made;
                    if (shape == "calls") builder.Emit(InstructionFlags.Clobbers, Use(made, OperandPlace.RegisterOrSlot));
                }

                break;
            case "ladder" or "live everywhere":
                // Each step may leave to one common end.
                int end = builder.NewBlock();
                for (int i = 0; i < size / 4; i++)
                {
                    int leave = builder.NewBlock(), next = builder.NewBlock();
                    builder.Branch([Use(values[i % values.Length])], (next, []), (leave, []));
                    builder.Current = leave;
                    builder.Jump(end);
                    builder.Current = next;
                }

                builder.Jump(end);
                builder.Current = end;
                break;
            case "deep loops":
                int depth = Math.Min(size / 4, 3000);
                for (int i = 0; i < depth; i++)
                {
                    int before = builder.Current;
                    builder.OpenLoop(isCold: false);
                    int header = builder.NewBlock();
                    builder.Current = before;
                    builder.Jump(header);
                    builder.Current = header;
                }

                int[] headers = new int[depth];
                for (int i = 0; i < depth; i++) headers[i] = builder.Current - i;
                for (int i = 0; i < depth; i++)
                {
                    int again = builder.NewBlock();
                    builder.CloseLoop();
                    int exit = builder.NewBlock();
                    builder.Branch([Use(values[i % values.Length])], (again, []), (exit, []));
                    builder.Current = again;
                    builder.Jump(headers[i]);
                    builder.Current = exit;
                }

                break;
            case "switch":
                (int, int[])[] arms = new (int, int[])[size / 4];
                int parameter = builder.Value(VirtualKind.Word32), join = builder.NewBlock(false, parameter);
                for (int i = 0; i < arms.Length; i++) arms[i] = (builder.NewBlock(), []);
                builder.Branch([Use(values[0])], arms);
                for (int i = 0; i < arms.Length; i++)
                {
                    builder.Current = arms[i].Item1;
                    int made = builder.Value(VirtualKind.Word32);
                    builder.Emit(InstructionFlags.None, Use(values[i % values.Length]), Define(made));
                    builder.Jump(join, made);
                }

                builder.Current = join;
                break;
            default:
                int[] parameters = new int[values.Length];
                for (int i = 0; i < parameters.Length; i++) parameters[i] = builder.Value(builder.KindOf(values[i]));
                int from = builder.Current;
                builder.OpenLoop(isCold: false);
                int wide = builder.NewBlock(false, parameters);
                builder.Current = from;
                builder.Jump(wide, values);
                builder.Current = wide;
                int back = builder.NewBlock(), after = builder.NewBlock();
                builder.Branch([Use(parameters[0])], (back, []), (after, []));
                builder.Current = back;
                int[] turned = new int[parameters.Length];
                // Every value goes to the next of its kind.
                for (int i = 0; i < turned.Length; i++) turned[i] = i + 5 < turned.Length ? parameters[i + 5] : parameters[i % 5];
                builder.Jump(wide, turned);
                builder.CloseLoop();
                builder.Current = after;
                values = parameters;
                break;
        }

        for (int i = 0; i < values.Length; i++) builder.Emit(InstructionFlags.None, Use(values[i]));
        builder.Branch([]);
        return builder.Build();
    }
}
