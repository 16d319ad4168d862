using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;
using ContractVm;
using ContractVm.Gas;

namespace Bench;

/// <summary>What a run came to.</summary>
/// <param name="Sum">The checksum.</param>
/// <param name="Nanoseconds">For one call.</param>
/// <param name="Ink">Ink that one call took; 0 where nothing is metered.</param>
internal readonly record struct KernelSample(string Sum, double Nanoseconds, ulong Ink);

/// <summary>Something that runs kernels.</summary>
internal interface IKernelRunner : IDisposable
{
    /// <summary>Calls a kernel several times.</summary>
    KernelSample Run(Kernel kernel, int calls);
}

/// <summary>Another program that runs kernels: native code, V8.</summary>
internal sealed class PeerKernels(Peer peer) : IKernelRunner
{
    /// <inheritdoc/>
    public KernelSample Run(Kernel kernel, int calls)
    {
        string[] words = (peer.Ask(string.Create(CultureInfo.InvariantCulture, $"{kernel.Name} {kernel.Size} {calls}"), Peer.Patience)
            ?? throw new InvalidDataException($"{kernel.Name}: a peer failed")).Split(' ');
        return new KernelSample(words[0], double.Parse(words[1], CultureInfo.InvariantCulture) / calls, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => peer.Dispose();
}

/// <summary>One of our engines, with one instance that stays.</summary>
internal sealed class OwnKernels : IKernelRunner
{
    private readonly Module _module;
    private readonly Store _store;
    private readonly Instance _instance;
    private readonly ulong[] _results = new ulong[1];

    private OwnKernels(Variant variant, Module module)
    {
        _module = module;
        _store = variant.NewStore(module);
        Instance.Create(module, static _ => null, null, out Instance? instance, _store);
        _instance = instance ?? throw new InvalidDataException("the kernels cannot be instantiated");
    }

    /// <summary>Makes it; null, and says why, where the engine does not run the kernels.</summary>
    public static OwnKernels? TryMake(Variant variant, byte[] bytes)
    {
        if (!variant.TryPrepare(bytes, out Module module, out string? reason))
        {
            Console.Error.WriteLine($"{variant.Name} is left out: {reason}");
            return null;
        }

        OwnKernels made = new(variant, module);
        // Every kernel, small, and a pause: .NET's tiered compiler shall see all of an interpreter's loop before it settles.
        for (int round = 0; round < 4; round++)
        {
            foreach (Kernel kernel in Kernels.All) made.Run(kernel with { Size = Math.Min(kernel.Size, kernel.Size / 20 + 1) }, 2);
            Thread.Sleep(150);
        }

        return made;
    }

    /// <inheritdoc/>
    public KernelSample Run(Kernel kernel, int calls)
    {
        _module.TryGetExport(kernel.Name, out Export export);
        Meter meter = Variant.NewMeter(_module);
        long from = Stopwatch.GetTimestamp();
        for (int call = 0; call < calls; call++)
        {
            ExecutionResult result = _instance.Invoke(export.Index, [kernel.Size], _results, meter);
            if (result.Outcome != Outcome.Success) throw new InvalidDataException($"{kernel.Name}: {result}");
        }

        double elapsed = Stopwatch.GetElapsedTime(from).TotalNanoseconds / calls;
        return new KernelSample(_results[0].ToString("x16", CultureInfo.InvariantCulture), elapsed, (ulong.MaxValue - meter.InkLeft) / (ulong)calls);
    }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();
}
