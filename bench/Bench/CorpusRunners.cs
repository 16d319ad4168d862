using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using ContractVm;
using ContractVm.Gas;

namespace Bench;

/// <summary>What a run came to.</summary>
/// <param name="Nanoseconds">Of the measured part, or for one call.</param>
/// <param name="Outcome">Result and hashes of what was written: the same in all engines.</param>
internal readonly record struct CorpusSample(double Nanoseconds, string Outcome);

/// <summary>Something that runs programs of the corpora.</summary>
internal interface ICorpusRunner : IDisposable
{
    /// <summary>
    /// Runs a program; null, with a reason, where the engine does not run it, or not in time.
    /// </summary>
    /// <param name="workload">The program.</param>
    /// <param name="calls">How often a function is called in one instance.</param>
    /// <param name="prefix">How many bytes of the memory go into a function's outcome.</param>
    /// <param name="limit">Time for it, roughly.</param>
    /// <param name="problem">Why there is no sample.</param>
    CorpusSample? Run(Workload workload, int calls, int prefix, TimeSpan limit, out string? problem);
}

/// <summary>V8, through bench/peers/corpora.js.</summary>
internal sealed class PeerCorpus(Peer peer) : ICorpusRunner
{
    /// <inheritdoc/>
    public CorpusSample? Run(Workload workload, int calls, int prefix, TimeSpan limit, out string? problem)
    {
        string question = workload.Call is FunctionCase call
            ? JsonSerializer.Serialize(new
            {
                path = workload.Path, name = call.Function, parameters = call.Parameters, result = call.Result, calls, prefix,
                arguments = call.Arguments.Select(static value => value.ToString(CultureInfo.InvariantCulture)), memory = Convert.ToHexString(call.Memory),
            })
            : JsonSerializer.Serialize(new { path = workload.Path, files = workload.Files });
        problem = null;
        if (peer.Ask(question, limit) is not string answer)
        {
            problem = peer.HasTimedOut ? $"more than {limit.TotalSeconds} s" : "the peer failed";
            return null;
        }

        using JsonDocument document = JsonDocument.Parse(answer);
        return new CorpusSample(document.RootElement.GetProperty("nanoseconds").GetDouble(), document.RootElement.GetProperty("outcome").GetString()!);
    }

    /// <inheritdoc/>
    public void Dispose() => peer.Dispose();
}

/// <summary>One of our engines: an instance of its own for each run.</summary>
/// <param name="variant">Which.</param>
/// <param name="inkPerSecond">About what the engine takes at most, so that ink bounds the time.</param>
internal sealed class OwnCorpus(Variant variant, double inkPerSecond) : ICorpusRunner
{
    private static readonly FunctionType Adler = new([ContractVm.ValueType.I32, ContractVm.ValueType.I32], [ContractVm.ValueType.I32]);
    private readonly Dictionary<string, byte[]> _contents = [];
    private string? _path, _problem;
    private Module _module = null!;

    /// <inheritdoc/>
    public CorpusSample? Run(Workload workload, int calls, int prefix, TimeSpan limit, out string? problem)
    {
        if (_path != workload.Path)
        {
            _path = workload.Path;
            _problem = variant.TryPrepare(File.ReadAllBytes(workload.Path), out _module, out string? reason) ? null : reason;
        }

        problem = _problem;
        if (problem is not null) return null;
        Meter meter = Variant.NewMeter(_module, (ulong)(limit.TotalSeconds * inkPerSecond));
        using Store store = variant.NewStore(_module);
        CorpusSample sample = workload.Call is FunctionCase call ? CallFunction(call, calls, prefix, store, meter) : RunProgram(workload, store, meter);
        if (!meter.IsExhausted) return sample;
        problem = string.Create(CultureInfo.InvariantCulture, $"more than about {limit.TotalSeconds} s");
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private CorpusSample RunProgram(Workload workload, Store store, Meter meter)
    {
        Wasi wasi = new(workload.Files.ToDictionary(static file => file.Key, file => Content(file.Value)));
        Instance instance = Make(import => wasi.Resolve(_module, import), store);
        _module.TryGetExport("_start", out Export start);
        ExecutionResult result = instance.Invoke(start.Index, [], [], meter);
        if (result.Outcome != Outcome.Success) return new CorpusSample(0, $"failed: {result}");
        return new CorpusSample(wasi.Nanoseconds, string.Create(CultureInfo.InvariantCulture, $"exit {wasi.ExitCode} {Workloads.Hash(wasi.Output)} {Workloads.Hash(wasi.Errors)}"));
    }

    private CorpusSample CallFunction(FunctionCase call, int calls, int prefix, Store store, Meter meter)
    {
        Instance instance = Make(import => new HostFunction(import.Module, import.Name, Adler, Adler32), store);
        _module.TryGetExport(call.Function, out Export export);
        ulong[] results = new ulong[call.Result.Length];
        ulong[] arguments = call.Arguments.Select((value, i) => call.Parameters[i] == 'i' ? (uint)value : value).ToArray();
        long from = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++)
        {
            if (call.Memory.Length > 0 && instance.Memory!.TryGetSpan(0, (uint)call.Memory.Length, out Span<byte> start)) call.Memory.CopyTo(start);
            ExecutionResult result = instance.Invoke(export.Index, arguments, results, meter);
            if (result.Outcome != Outcome.Success) return new CorpusSample(0, $"failed: {result}");
        }

        double elapsed = Stopwatch.GetElapsedTime(from).TotalNanoseconds / calls;
        Span<byte> bytes = default;
        instance.Memory?.TryGetSpan(0, (uint)Math.Min((ulong)prefix, instance.Memory.ByteLength), out bytes);
        return new CorpusSample(elapsed, string.Create(CultureInfo.InvariantCulture, $"{string.Concat(results)} {Workloads.Hash(bytes)}"));
    }

    private Instance Make(Func<Import, External?> resolve, Store store)
    {
        ExecutionResult made = Instance.Create(_module, resolve, null, out Instance? instance, store);
        return instance ?? throw new InvalidDataException($"{_path}: {made}");
    }

    private byte[] Content(string path)
    {
        if (!_contents.TryGetValue(path, out byte[]? bytes)) _contents.Add(path, bytes = File.ReadAllBytes(path));
        return bytes;
    }

    private static HostStatus Adler32(HostCall call, Span<ulong> slots)
    {
        if (!call.TryGetMemory((uint)slots[0], (uint)slots[1], out Span<byte> bytes)) return HostStatus.Fault;
        uint low = 1, high = 0;
        foreach (byte value in bytes)
        {
            low = (low + value) % 65521;
            high = (high + low) % 65521;
        }

        slots[0] = high << 16 | low;
        return HostStatus.Continue;
    }
}
