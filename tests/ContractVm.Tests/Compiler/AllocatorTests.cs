using System.Collections.Generic;
using ContractVm.Compiler.Allocation;
using ContractVm.Compiler.Machine;
using ContractVm.Tests.Text;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.Tests.Compiler;

/// <summary>Random functions, allocated by both allocators, are proved right by the checker and run as before.</summary>
public class AllocatorTests
{
    private readonly Allocator _allocator = new();
    private readonly AllocationResult _result = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void RandomFunctionsKeepTheirMeaning(bool isBasic) => Property.Check(Gen.Choose(0, int.MaxValue - 1), seed =>
    {
        MachineFunction function = MachineGenerator.Generate(seed);
        Allocate(function, isBasic, _result);
        string? error = AllocationChecker.Check(function, _result);
        Assert.True(error is null, $"seed {seed}: {error}");
        Assert.Equal(MachineExecutor.Run(function), MachineExecutor.Run(function, _result));
    }, 1500);

    [Fact]
    public void WhatWasAllocatedBeforeChangesNothing() => Property.Check(Gen.Choose(0, int.MaxValue - 1), seed =>
    {
        MachineFunction function = MachineGenerator.Generate(seed);
        Allocate(function, seed % 2 == 0, _result);
        AllocationResult fresh = new();
        Allocator other = new();
        if (seed % 2 == 0) other.RunBasic(function, fresh);
        else other.Run(function, fresh);
        Assert.Equal(MachinePrinter.Print(function, null, fresh), MachinePrinter.Print(function, null, _result));
        Assert.Equal(fresh.SlotCount, _result.SlotCount);
    }, 200);

    [Fact]
    public void CorruptedAllocationsAreFound()
    {
        int different = 0, missed = 0;
        List<int> seeds = [];
        Property.Check(Gen.Choose(0, int.MaxValue - 1), seed =>
        {
            MachineFunction function = MachineGenerator.Generate(seed);
            Allocate(function, seed % 4 == 0, _result);
            List<ulong> expected = MachineExecutor.Run(function);
            if (!Corrupt(function, new System.Random(seed))) return;
            bool isFound = AllocationChecker.Check(function, _result) is not null;
            bool isDifferent;
            try
            {
                isDifferent = !expected.AsSpanEquals(MachineExecutor.Run(function, _result));
            }
            catch (System.InvalidOperationException)
            {
                isDifferent = true;
            }
            catch (System.IndexOutOfRangeException)
            {
                isDifferent = true;
            }

            if (!isDifferent) return;
            different++;
            if (isFound) return;
            missed++;
            seeds.Add(seed);
        }, 1500);
        Assert.True(different > 300, $"only {different} corruptions changed anything");
        Assert.True(missed == 0, $"{missed} of {different} were not found: {string.Join(' ', seeds)}");
    }

    /// <summary>Changes one operand's place or one move. The checker knows no undefined slots, so slots stay in range.</summary>
    private bool Corrupt(MachineFunction function, System.Random random)
    {
        if (_result.MoveCount > 0 && random.Next(2) == 0)
        {
            int move = random.Next(_result.MoveCount);
            InsertedMove old = _result.Moves[move];
            switch (random.Next(3))
            {
                case 0:
                    for (int i = move; i + 1 < _result.MoveCount; i++) _result.Moves[i] = _result.Moves[i + 1];
                    _result.MoveCount--;
                    return true;
                case 1:
                    _result.Moves[move] = old with { To = Another(old.To, random) };
                    return true;
                default:
                    _result.Moves[move] = old with { From = Another(old.From, random) };
                    return true;
            }
        }

        if (function.OperandCount == 0) return false;
        int operand = random.Next(function.OperandCount);
        if (_result.Operands[operand].Kind == LocationKind.None) return false;
        _result.Operands[operand] = Another(_result.Operands[operand], random);
        return true;
    }

    private Location Another(Location location, System.Random random) => location.Kind switch
    {
        LocationKind.Register => new Location(LocationKind.Register, (location.Index & 16) + random.Next(16)),
        LocationKind.Slot => Location.OfSlot(random.Next(_result.SlotCount)),
        _ => location,
    };

    private void Allocate(MachineFunction function, bool isBasic, AllocationResult result)
    {
        if (isBasic) _allocator.RunBasic(function, result);
        else _allocator.Run(function, result);
        Assert.Equal(isBasic, _allocator.WasBasic);
    }
}

internal static class TraceExtensions
{
    public static bool AsSpanEquals(this List<ulong> trace, List<ulong> other) => System.MemoryExtensions.SequenceEqual<ulong>(
        System.Runtime.InteropServices.CollectionsMarshal.AsSpan(trace), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(other));
}
