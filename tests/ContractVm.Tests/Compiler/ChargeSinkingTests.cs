using System;
using System.Collections.Generic;
using System.IO;
using ContractVm.Compiler;
using ContractVm.Compiler.FrontEnd;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Lowering;
using ContractVm.Compiler.Passes;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Tests.Compiler;

/// <summary>Wherever a charge is moved to, everything that happens has cost the same before it happens: on random ways through the functions of the kernels.</summary>
public class ChargeSinkingTests
{
    private const int Walks = 60, Steps = 200;

    [Fact]
    public void WhatHappensHasCostTheSameBefore()
    {
        Module module = TestModules.Load(File.ReadAllBytes(Path.Combine(TestData.ProjectRoot, "bench", "kernels", "kernels.wasm")), Profiles.Bare);
        CompilerOptions options = CompilerOptions.Default with { Without = Optimizations.ChargeSinking };
        IrBuilder builder = new(module, options);
        Cleanup cleanup = new(options);
        IrFunction function = new();
        int before = 0, after = 0, onEdges = 0;
        for (int i = 0; i < module.Bodies.Count; i++)
        {
            Assert.True(builder.TryBuild(function, i));
            cleanup.Run(function);
            before += Charges(function);
            List<List<(int Node, ulong Paid)>> expected = AllWalks(function);
            ChargeSinking.Run(function);
            Assert.Null(IrVerifier.Check(function));
            Assert.Equal(expected, AllWalks(function));
            after += Charges(function);
            for (int e = 0; e < function.EdgeCount; e++)
                if (function.Edges[e].Charge != 0) onEdges++;
        }

        Assert.True(after < before, $"{before} charges before, {after} after");
        Assert.True(onEdges > 0, "no way out of a loop charges");
    }

    private static int Charges(IrFunction function)
    {
        int count = 0;
        for (int i = 0; i < function.NodeCount; i++)
            if (function.Nodes[i].Op == IrOp.Charge && !IsGone(in function.Nodes[i])) count++;
        return count;
    }

    private static List<List<(int Node, ulong Paid)>> AllWalks(IrFunction function)
    {
        List<List<(int, ulong)>> walks = [];
        for (int seed = 0; seed < Walks; seed++) walks.Add(Walk(function, new Random(seed)));
        return walks;
    }

    /// <summary>What happens on a way, with the ink paid before; only as far as the way has come to an end that pays for all before it.</summary>
    private static List<(int Node, ulong Paid)> Walk(IrFunction function, Random random)
    {
        List<(int, ulong)> happened = [];
        ulong paid = 0;
        int block = 0;
        for (int step = 0; step < Steps; step++)
        {
            ref IrBlock at = ref function.Blocks[block];
            for (int i = at.First; i < at.End; i++)
            {
                ref IrNode node = ref function.Nodes[i];
                if (IsGone(in node) || !NodeKinds.IsEffect(node.Op)) continue;
                if (node.Op == IrOp.Charge) paid += (ulong)node.Immediate;
                // To go on is nothing that anybody sees, but where it ends the function.
                else if (i < at.End - 1 || at.EdgeCount == 0) happened.Add((i, paid));
            }

            if (at.EdgeCount == 0) break;
            int edge = at.FirstEdge + random.Next(at.EdgeCount);
            paid += (ulong)function.Edges[edge].Charge;
            block = function.Edges[edge].Target;
        }

        return happened;
    }

    private static bool IsGone(in IrNode node) => (node.Flags & (IrFlags.Dead | IrFlags.Alias)) != 0;
}
