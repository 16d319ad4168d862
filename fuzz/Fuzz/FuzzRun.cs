using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Security.Cryptography;

namespace ContractVm.Fuzz;

/// <summary>Runs a target for a time, and keeps what it finds as files.</summary>
public static class FuzzRun
{
    /// <summary>An input that takes longer is a finding.</summary>
    private static readonly TimeSpan LongestInput = TimeSpan.FromSeconds(2);

    /// <summary>What a run came to.</summary>
    /// <param name="Inputs">Inputs tried.</param>
    /// <param name="Accepted">Inputs that were accepted.</param>
    /// <param name="Findings">One line for each finding, with its file.</param>
    public sealed record Report(long Inputs, long Accepted, IReadOnlyList<string> Findings);

    /// <summary>Runs for a time from a seed.</summary>
    public static Report Run(FuzzTarget target, FuzzCorpus corpus, ulong seed, TimeSpan time, string findingsFolder)
    {
        Random64 random = new(seed);
        Dictionary<string, string> findings = new(StringComparer.Ordinal);
        long inputs = 0, accepted = 0;
        Stopwatch clock = Stopwatch.StartNew();
        while (clock.Elapsed < time)
        {
            byte[] input = target.Make(corpus, random);
            inputs++;
            try
            {
                TimeSpan start = clock.Elapsed;
                if (target.Check(input)) accepted++;
                if (clock.Elapsed - start > LongestInput) throw new FindingException($"it took {clock.Elapsed - start}");
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                string path = Keep(target, input, findingsFolder);
                string line = exception is FindingException ? exception.Message : $"{exception.GetType().Name} {exception.Message} {FirstFrame(exception)}";
                findings[path] = $"{path}: {line.ReplaceLineEndings(" ")}";
            }
        }

        return new Report(inputs, accepted, [.. findings.Values]);
    }

    /// <summary>Allocates no more than a constant and a multiple of the input, on this thread.</summary>
    public static T InProportion<T>(int inputBytes, Func<T> work)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        T result = work();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > (64L << 20) + 2000L * inputBytes) throw new FindingException(string.Create(CultureInfo.InvariantCulture, $"{allocated} bytes were allocated for {inputBytes} bytes of input"));
        return result;
    }

    private static string Keep(FuzzTarget target, byte[] input, string folder)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, $"{target.Name}-{Convert.ToHexStringLower(SHA256.HashData(input))[..12]}.{target.Extension}");
        File.WriteAllBytes(path, input);
        return path;
    }

    private static string FirstFrame(Exception exception) => (exception.StackTrace ?? "").Split('\n')[0].Trim();
}
