using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ContractVm.Gas;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Tests;

/// <summary>
/// Real programs with published inputs and results (the folder's README has the format): hashes, pairings, a little interpreter,
/// computed by the interpreter under the bare profile.
/// </summary>
public class KnownResultsTests
{
    /// <param name="Name">Name of the case.</param>
    /// <param name="Function">The exported function.</param>
    /// <param name="Arguments">Its arguments, i32 or i64.</param>
    /// <param name="Memory">Bytes at the start of the memory.</param>
    /// <param name="Result">The expected result, or empty.</param>
    /// <param name="Expected">Bytes of the memory afterwards, or none.</param>
    private sealed record Case(string Name, string Function, ulong[] Arguments, byte[] Memory, string Result, byte[] Expected);

    [SharedDataFact("corpora/bench/fizzy")]
    public void ProgramsGiveTheirPublishedResults()
    {
        string folder = TestData.Shared("corpora/bench/fizzy")!;
        int cases = 0;
        foreach (string inputs in Directory.GetFiles(folder, "*.inputs", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            Module module = TestModules.Load(File.ReadAllBytes(Path.ChangeExtension(inputs, ".wasm")));
            foreach (Case given in Read(inputs))
            {
                Run(module, given, Path.GetFileName(inputs));
                cases++;
            }
        }

        Assert.True(cases >= 22, $"only {cases} cases");
    }

    private static void Run(Module module, Case given, string file)
    {
        // One program imports a checksum, which the folder's engine offers as a host function.
        ExecutionResult made = Instance.Create(module, import => new HostFunction(import.Module, import.Name, module.TypeOfFunction(import.Index), Adler32), null, out Instance? instance);
        Assert.Equal(ExecutionResult.Success, made);
        using (instance)
        {
            given.Memory.CopyTo(Bytes(instance!, given.Memory.Length));
            Meter meter = new(ulong.MaxValue, module.Profile.Schedule.StackWords);
            Assert.True(instance!.TryGetFunction(given.Function, out Function function), file);
            ulong[] results = new ulong[function.Type.Results.Length];
            Assert.Equal((file, given.Name, ExecutionResult.Success), (file, given.Name, function.Invoke(given.Arguments, results, meter)));
            if (given.Result.Length > 0) Assert.Equal((file, given.Name, Number(given.Result)), (file, given.Name, results[0]));
            if (given.Expected.Length > 0) Assert.Equal((file, given.Name, Convert.ToHexString(given.Expected)), (file, given.Name, Convert.ToHexString(Bytes(instance, given.Expected.Length))));
        }
    }

    private static Span<byte> Bytes(Instance instance, int length)
    {
        if (length == 0) return [];
        Assert.True(instance.Memory!.TryGetSpan(0, (uint)length, out Span<byte> bytes));
        return bytes;
    }

    private static HostStatus Adler32(HostCall call, Span<ulong> slots)
    {
        if (!call.TryGetMemory((uint)slots[0], (uint)slots[1], out Span<byte> bytes)) return HostStatus.Fault;
        uint a = 1, b = 0;
        foreach (byte next in bytes)
        {
            a = (a + next) % 65521;
            b = (b + a) % 65521;
        }

        slots[0] = (b << 16) | a;
        return HostStatus.Continue;
    }

    private static IEnumerable<Case> Read(string path)
    {
        string[] lines = File.ReadAllLines(path);
        for (int i = 0; i < lines.Length;)
        {
            if (lines[i].Length == 0)
            {
                i++;
                continue;
            }

            string Line(int offset) => i + offset < lines.Length ? lines[i + offset] : "";
            ulong[] arguments = Line(3).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number).ToArray();
            yield return new Case(lines[i], Line(1), arguments, Hex(Line(4)), Line(5), Hex(Line(6)));
            i += 7;
        }
    }

    private static ulong Number(string text) => text.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
        : ulong.Parse(text, CultureInfo.InvariantCulture);

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
}
