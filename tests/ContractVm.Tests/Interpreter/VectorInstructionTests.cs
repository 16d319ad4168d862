using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm.Gas;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Tests.Interpreter;

/// <summary>Every vector instruction on the cases of <see cref="VectorCases"/>, against two oracles that know nothing of it.</summary>
public class VectorInstructionTests
{
    private static readonly Lazy<byte[]> Ours = new(RunAll);

    [Fact]
    public void EveryVectorInstructionGivesWhatItsDefinitionSays()
    {
        Assert.Equal(OpcodeTable.All.Count(static info => info.Feature is Features.Simd or Features.RelaxedSimd), VectorCases.Functions.Select(static f => f.Info).Distinct().Count());
        List<string> differences = [];
        ForEach((function, index, ours) =>
        {
            byte[][] operands = VectorCases.Operands(function.Info, index);
            int address = operands.Length > 0 && function.Info.Operands[0] == 'm' ? operands[0][0] : 0;
            byte[] expected = VectorModel.Evaluate(function.Info.Name, function.Immediate, operands, VectorCases.DataBytes.AsSpan(address));
            // What a function stores of a number is its own size.
            if (function.Info.Results is "i" or "f") expected.AsSpan(4).Clear();
            if (!ours.SequenceEqual(expected)) differences.Add(Describe(function, index, ours, expected));
        });
        Assert.True(differences.Count == 0, $"{differences.Count} differences\n{string.Join('\n', differences.Take(20))}");
    }

    [ProgramFact("install Node.js, which holds another WebAssembly engine", "node")]
    public void EveryVectorInstructionGivesWhatV8Gives()
    {
        string folder = Directory.CreateTempSubdirectory("vectors").FullName;
        File.WriteAllBytes(Path.Combine(folder, "module.wasm"), VectorCases.Module(withStrictEquivalents: true));
        File.WriteAllBytes(Path.Combine(folder, "inputs"), VectorCases.Inputs);
        string script = Path.Combine(folder, "run.js");
        File.WriteAllText(script, FormattableString.Invariant($$"""
            const fs = require('fs'), folder = process.argv[2];
            const instance = new WebAssembly.Instance(new WebAssembly.Module(fs.readFileSync(folder + '/module.wasm')));
            const inputs = fs.readFileSync(folder + '/inputs'), memory = new Uint8Array(instance.exports.memory.buffer), parts = [];
            for (const name of Object.keys(instance.exports).filter(n => n !== 'memory').sort()) {
              for (let at = 0; at < inputs.length; at += {{VectorCases.CaseSize}}) {
                memory.set(inputs.subarray(at, at + {{VectorCases.CaseSize}}), {{VectorCases.In}});
                memory.fill(0, {{VectorCases.Out}}, {{VectorCases.Out + VectorCases.ResultSize}});
                instance.exports[name]({{VectorCases.In}}, {{VectorCases.Out}});
                parts.push(memory.slice({{VectorCases.Out}}, {{VectorCases.Out + VectorCases.ResultSize}}));
              }
            }
            fs.writeFileSync(folder + '/results', Buffer.concat(parts));
            """));
        (int exitCode, _, string error) = TestData.Run("node", [script, folder]);
        Assert.True(exitCode == 0, error);
        byte[] theirs = File.ReadAllBytes(Path.Combine(folder, "results"));
        Directory.Delete(folder, recursive: true);
        Assert.Equal(Ours.Value.Length, theirs.Length);
        List<string> differences = [];
        int at = 0, nans = 0;
        ForEach((function, index, ours) =>
        {
            byte[] expected = theirs.AsSpan(at, VectorCases.ResultSize).ToArray();
            at += VectorCases.ResultSize;
            nans += MakeCanonical(function.Info.Name, expected);
            if (!ours.SequenceEqual(expected)) differences.Add(Describe(function, index, ours, expected));
        });
        Assert.True(differences.Count == 0, $"{differences.Count} differences\n{string.Join('\n', differences.Take(20))}");
        Assert.True(nans > 10_000, "the cases have too few NaN results");
    }

    /// <summary>V8 leaves the bits of a NaN open where the instruction computes: there any NaN is the canonical one.</summary>
    private static int MakeCanonical(string name, Span<byte> value)
    {
        if (name[0] != 'f' || !Computing.Contains(name[6..].Replace("relaxed_", "", StringComparison.Ordinal))) return 0;
        int size = name[1] == '3' ? 4 : 8, count = 0;
        for (int k = 0; k < value.Length; k += size)
        {
            Span<byte> lane = value.Slice(k, size);
            if (size == 4 && float.IsNaN(BitConverter.ToSingle(lane))) BitConverter.TryWriteBytes(lane, 0x7FC0_0000u);
            else if (size == 8 && double.IsNaN(BitConverter.ToDouble(lane))) BitConverter.TryWriteBytes(lane, 0x7FF8_0000_0000_0000UL);
            else continue;
            count++;
        }

        return count;
    }

    private static readonly string[] Computing =
        ["add", "sub", "mul", "div", "sqrt", "min", "max", "ceil", "floor", "trunc", "nearest", "madd", "nmadd", "demote_f64x2_zero", "promote_low_f32x4"];

    /// <summary>The results of all functions on all cases, one after the other.</summary>
    private static byte[] RunAll()
    {
        using Instance instance = TestModules.Instantiate(TestModules.Load(VectorCases.Module(withStrictEquivalents: false)));
        Assert.True(instance.Memory!.TryGetSpan(0, VectorCases.Data, out Span<byte> memory));
        byte[] results = new byte[VectorCases.Functions.Count * VectorCases.Count * VectorCases.ResultSize];
        Meter meter = new(ulong.MaxValue, instance.Module.Profile.Schedule.StackWords);
        int at = 0;
        for (int function = 0; function < VectorCases.Functions.Count; function++)
        {
            for (int index = 0; index < VectorCases.Count; index++)
            {
                VectorCases.Inputs.AsSpan(index * VectorCases.CaseSize, VectorCases.CaseSize).CopyTo(memory[VectorCases.In..]);
                Span<byte> result = memory.Slice(VectorCases.Out, VectorCases.ResultSize);
                result.Clear();
                Assert.Equal(Outcome.Success, instance.Invoke(function, [VectorCases.In, VectorCases.Out], [], meter).Outcome);
                result.CopyTo(results.AsSpan(at));
                at += VectorCases.ResultSize;
            }
        }

        return results;
    }

    private static void ForEach(Action<VectorFunction, int, byte[]> check)
    {
        int at = 0;
        foreach (VectorFunction function in VectorCases.Functions)
        {
            for (int index = 0; index < VectorCases.Count; index++)
            {
                check(function, index, Ours.Value.AsSpan(at, VectorCases.ResultSize).ToArray());
                at += VectorCases.ResultSize;
            }
        }
    }

    private static string Describe(VectorFunction function, int index, byte[] ours, byte[] expected) =>
        $"{function.Info.Name} {Convert.ToHexString(function.Immediate)} ({string.Join(", ", VectorCases.Operands(function.Info, index).Select(Convert.ToHexString))}): "
        + $"{Convert.ToHexString(ours)}, expected {Convert.ToHexString(expected)}";
}
