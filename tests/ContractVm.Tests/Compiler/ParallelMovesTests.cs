using System;
using System.Collections.Generic;
using ContractVm.Compiler.Allocation;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;
using ContractVm.Tests.Text;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.Tests.Compiler;

/// <summary>Moves that happen at once give the same as those made one after the other.</summary>
public class ParallelMovesTests
{
    [Fact]
    public void AnyMovesAreMadeRight() => Property.Check(Gen.Choose(0, int.MaxValue - 1), static seed =>
    {
        Random random = new(seed);
        // Slots: 8 of 16 bytes, then 12 of 8 bytes, then the spare one.
        const int large = 8, small = 12, units = 2 * large + small + 2;
        ParallelMoves parallel = new() { SpareSlot = units - 2 };
        MoveList list = new();
        Dictionary<Location, ulong> expected = [], state = [];
        for (VirtualKind kind = VirtualKind.Word32; kind <= VirtualKind.Vector; kind++)
        {
            // Few locations and many moves, so that there are cycles.
            List<Location> places = [];
            for (int i = 0; i < 5; i++) places.Add(Location.Of((Register)((kind < VirtualKind.Float32 ? 0 : 16) + 5 * ((int)kind % 2) + i)));
            if (kind == VirtualKind.Vector) places.RemoveRange(0, 2);
            if (kind is VirtualKind.Float64) places.Clear();
            for (int i = 0; i < 6; i++)
            {
                if (kind == VirtualKind.Vector) places.Add(Location.OfSlot(2 * i));
                else if (kind is VirtualKind.Word64 or VirtualKind.Float32) places.Add(Location.OfSlot(2 * large + (kind == VirtualKind.Word64 ? i : 6 + i)));
            }

            if (places.Count == 0 || kind == VirtualKind.Vector) places.RemoveAll(static p => p.Kind == LocationKind.Register);
            foreach (Location place in places) state[place] = (ulong)random.NextInt64();
            List<Location> targets = [.. places];
            for (int i = random.Next(places.Count + 1); i > 0; i--)
            {
                Location to = targets[random.Next(targets.Count)], from = places[random.Next(places.Count)];
                targets.Remove(to);
                if (random.Next(12) == 0) from = new Location(LocationKind.Constant, random.Next(5));
                parallel.Add(from, to, kind);
                expected[to] = from.Kind == LocationKind.Constant ? (ulong)from.Index : state[from];
            }
        }

        foreach ((Location place, ulong value) in state) expected.TryAdd(place, value);
        parallel.Resolve(list, MoveStage.BlockEnd, 0);
        AllocationResult result = new();
        list.Finish(result, 1, null);
        for (int i = 0; i < result.MoveCount; i++)
        {
            (Location from, Location to) = (result.Moves[i].From, result.Moves[i].To);
            Assert.True(from.Kind == LocationKind.Register || to.Kind == LocationKind.Register);
            state[to] = from.Kind == LocationKind.Constant ? (ulong)from.Index : state[from];
        }

        foreach ((Location place, ulong value) in expected) Assert.Equal(value, state[place]);
    }, 3000);

    [Fact]
    public void ALongChainTakesOneMoveEach()
    {
        ParallelMoves parallel = new();
        MoveList list = new();
        for (int i = 0; i < 20_000; i++) parallel.Add(Location.OfSlot(i), Location.OfSlot(i + 1), VirtualKind.Word64);
        parallel.SpareSlot = 20_002;
        parallel.Resolve(list, MoveStage.BlockEnd, 0);
        AllocationResult result = new();
        list.Finish(result, 1, null);
        Assert.Equal(40_000, result.MoveCount);
        Assert.False(parallel.UsesSpareSlot);
    }
}
