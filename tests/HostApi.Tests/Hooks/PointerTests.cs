using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.HostApi.Tests.Hooks;

/// <summary>
/// Every pointer of every host function, and every length that goes with one, at and past the edges of the memory: made from the table, so that a function that
/// is added is here too. What is not wholly inside ends the frame as a failure that leaves nothing.
/// </summary>
public class PointerTests
{
    private const uint Page = 65_536;
    private const ulong Ink = 1UL << 60;

    // What the contract's memory begins with: a word 1, an account with code, an account without, Identity. Else it is empty.
    private const int One = 0, Coded = 32, Someone = 64, Identity = 96;
    private const int CodeBytes = 300;

    protected virtual EngineChoice Engine => EngineChoice.Automatic;


    public static TheoryData<string, string, string, bool> All()
    {
        TheoryData<string, string, string, bool> all = [];
        foreach (HostFunctionEntry entry in HostTable.Entries)
        {
            for (int i = 0; i < entry.Parameters.Count; i++)
            {
                foreach ((long pointer, long length, bool isInside) in Edges(entry, i))
                {
                    string[] arguments = [.. entry.Parameters.Select((parameter, index) => Plain(entry, parameter, index))];
                    arguments[i] = Text(pointer);
                    if (entry.Parameters[i].Kind == ParameterKind.Bytes) arguments[i + 1] = Text(length);
                    all.Add(entry.Name, entry.Parameters[i].Name, string.Join(' ', arguments), isInside);
                }
            }
        }

        return all;

        static string Text(long value) => unchecked((int)(uint)value).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Pointers, with lengths where they have one, and whether that is inside.</summary>
    private static IEnumerable<(long Pointer, long Length, bool IsInside)> Edges(HostFunctionEntry entry, int index)
    {
        Parameter parameter = entry.Parameters[index];
        if (parameter.Kind == ParameterKind.Bytes)
        {
            foreach (int length in (int[])[1, 31, 32, 33, 200])
            {
                yield return (Page - length, length, true);
                yield return (Page - length + 1, length, false);
                yield return (uint.MaxValue, length, false);
                // Pointer and length together are 2^32, or just above: they do not begin again at 0.
                yield return (uint.MaxValue - length + 1, length, false);
                if (length > 1) yield return (uint.MaxValue - length + 2, length, false);
            }

            yield return (0, Page, true);
            yield return (1, Page, false);
            yield return (0, Page + 1, false);
            yield return (0, uint.MaxValue, false);
            yield return (1, uint.MaxValue, false);
            yield return (Page, 0, true);
            yield return (Page + 1, 0, false);
            yield return (uint.MaxValue, 0, false);
            yield break;
        }

        // The rest of the arguments makes BytesOut as many, the calldata are as many.
        int size = parameter.Kind is ParameterKind.BytesOut or ParameterKind.InputOut ? 33 : Math.Max(parameter.BytesRead, parameter.BytesWritten);
        if (size == 0) yield break;
        yield return (0, 0, true);
        yield return (Page - size, 0, true);
        yield return (Page - size + 1, 0, false);
        yield return (Page - 1, 0, false);
        yield return (Page, 0, false);
        yield return (Page + 1, 0, false);
        yield return (int.MaxValue, 0, false);
        yield return (1L << 31, 0, false);
        yield return (uint.MaxValue - size + 1, 0, false);
        yield return (uint.MaxValue, 0, false);
    }

    /// <summary>An argument that is no edge.</summary>
    private static string Plain(HostFunctionEntry entry, Parameter parameter, int index) => parameter.Kind switch
    {
        ParameterKind.Address => entry.Name.StartsWith("account_code", StringComparison.Ordinal) ? $"{Coded}" : $"{Someone}",
        ParameterKind.Word or ParameterKind.WordInOut => $"{One + 160}",
        ParameterKind.U64 => "50000",
        ParameterKind.U32 when parameter.Name == "size" => "33",
        ParameterKind.U32 => index == 1 && entry.Parameters[0].Kind == ParameterKind.Bytes ? "32" : "0",
        ParameterKind.Bytes => "256",
        _ => "1024",
    };

    [Theory]
    [MemberData(nameof(All))]
    public void PointersAtTheEdge(string function, string parameter, string arguments, bool isInside)
    {
        Assert.NotEmpty(parameter);
        Chainlet chain = new(Engine);
        Address self = Address.ForCreate(Chainlet.Alice, chain.State.GetNonce(Chainlet.Alice)), coded = Address.ForCreate(Chainlet.Alice, chain.State.GetNonce(Chainlet.Alice) + 1);
        byte[] data = new byte[128];
        data[One + 31] = 1;
        coded.CopyTo(data.AsSpan(Coded));
        Chainlet.Carol.CopyTo(data.AsSpan(Someone));
        data[Identity + 19] = 4;
        // A slot that waits for being written and 33 bytes of return data are there before.
        chain.DeployGood(HookScript.Assemble([$"storage_cache_bytes32 {One} {One}", $"static_call_contract {Identity} 0 33 -1 1024", $"{function} {arguments}"], data));
        chain.State.SetCode(coded, new byte[CodeBytes]);
        chain.State.SetBalance(self, 10);
        Hash256 before = Root(chain);
        HookRecorder recorder = new();
        chain.Tracer = recorder;
        FrameResult result = chain.Call(self, Chainlet.Bob, new byte[33], Ink);
        HookCall call = recorder.Calls[2];
        Assert.Equal(function, call.Name);
        if (isInside)
        {
            Assert.Equal(function == "exit_early" ? HostStatus.Exit : HostStatus.Continue, call.Status);
            Assert.Equal(Outcome.Success, result.Outcome);
            return;
        }

        Assert.Equal((HostStatus.Fault, Outcome.Failure, TrapKind.HostFault), (call.Status, result.Outcome, result.Execution.Trap));
        Assert.Empty(result.Output);
        Assert.Empty(chain.Logs);
        // What was paid before it was found out is gone, the rest is kept.
        Assert.Equal(call.After, chain.Meter.InkLeft);
        Assert.InRange(call.After, Ink / 2, Ink);
        Assert.Equal(before, Root(chain));
    }

    [Fact]
    public void EveryPointerIsTried()
    {
        // Every parameter that is no number, of every function that has one.
        int pointers = HostTable.Entries.Sum(static entry => entry.Parameters.Count(static parameter => parameter.Kind is not (ParameterKind.U32 or ParameterKind.U64)));
        Assert.Equal(pointers, All().Select(static row => (row[0], row[1])).Distinct().Count());
        Assert.Equal(59, pointers);
    }

    private static Hash256 Root(Chainlet chain)
    {
        using StateCommit commit = chain.State.ComputeCommit(0);
        return commit.StateRoot;
    }
}

/// <summary>The same in the interpreter.</summary>
public sealed class InterpretedPointerTests : PointerTests
{
    protected override EngineChoice Engine => EngineChoice.Interpreter;
}
