using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Security.Cryptography;
using ContractVm.Gas;

namespace ContractVm.Fuzz;

/// <summary>
/// Feeds mutated modules to decoder and validator, and runs what is accepted under a small ink limit. Whatever the bytes are,
/// the answer is a module or an error; any exception is a finding and is kept as a file.
/// </summary>
public static class DecoderTarget
{
    private const int MaximumBytes = 1 << 16;

    /// <summary>What a run came to.</summary>
    /// <param name="Inputs">Inputs tried.</param>
    /// <param name="Accepted">Inputs that were valid modules.</param>
    /// <param name="Findings">Files written, one for each finding.</param>
    public sealed record Report(long Inputs, long Accepted, IReadOnlyList<string> Findings);

    /// <summary>Runs for a time from a seed. Inputs depend on the seed and the corpus alone.</summary>
    public static Report Run(IReadOnlyList<byte[]> corpus, ulong seed, TimeSpan time, string findingsFolder)
    {
        Random64 random = new(seed);
        List<string> findings = [];
        long inputs = 0, accepted = 0;
        Stopwatch clock = Stopwatch.StartNew();
        while (clock.Elapsed < time)
        {
            byte[] input = Mutate(corpus, random);
            inputs++;
            try
            {
                if (TryOne(input)) accepted++;
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                Directory.CreateDirectory(findingsFolder);
                string path = Path.Combine(findingsFolder, Convert.ToHexStringLower(SHA256.HashData(input))[..16] + ".wasm");
                File.WriteAllBytes(path, input);
                findings.Add(string.Create(CultureInfo.InvariantCulture, $"{path}: {exception.GetType().Name} {exception.Message}"));
            }
        }

        return new Report(inputs, accepted, findings);
    }

    /// <summary>Loads one input, and runs its exported functions with zeros; true where it was a valid module.</summary>
    public static bool TryOne(byte[] input)
    {
        if (!Module.TryLoad(input, Profiles.ContractVmV1, out Module module, out _)) return false;
        if (module.Imports.Count > 0 || !Engines.CanRun(module, out _)) return true;
        ExecutionResult created = Instance.Create(module, static _ => null, null, out Instance? instance);
        if (created.Outcome != Outcome.Success) return true;
        using (instance)
        {
            foreach (Export export in module.Exports)
            {
                if (export.Kind != ExternalKind.Function) continue;
                FunctionType type = module.TypeOfFunction(export.Index);
                Meter meter = new(50_000_000, module.Profile.Schedule.StackWords);
                instance!.Invoke(export.Index, new ulong[ValueSlots.Count(type.Parameters)], new ulong[ValueSlots.Count(type.Results)], meter);
            }
        }

        return true;
    }

    private static byte[] Mutate(IReadOnlyList<byte[]> corpus, Random64 random)
    {
        List<byte> bytes = [.. corpus[random.Below(corpus.Count)]];
        int changes = 1 + random.Below(4);
        for (int i = 0; i < changes && bytes.Count > 0; i++)
        {
            int at = random.Below(bytes.Count);
            switch (random.Below(7))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Below(8)); break;
                case 1: bytes[at] = (byte)random.Next(); break;
                case 2: bytes.RemoveRange(at, Math.Min(1 + random.Below(8), bytes.Count - at)); break;
                case 3: bytes.Insert(at, (byte)random.Next()); break;
                case 4: bytes.RemoveRange(at, bytes.Count - at); break;
                case 5: bytes[at] = InterestingBytes[random.Below(InterestingBytes.Length)]; break;
                default:
                    byte[] other = corpus[random.Below(corpus.Count)];
                    int from = random.Below(other.Length), length = Math.Min(random.Below(64), other.Length - from);
                    bytes.InsertRange(at, other[from..(from + length)]);
                    break;
            }
        }

        if (bytes.Count > MaximumBytes) bytes.RemoveRange(MaximumBytes, bytes.Count - MaximumBytes);
        return [.. bytes];
    }

    private static readonly byte[] InterestingBytes = [0, 1, 0x0B, 0x40, 0x7F, 0x80, 0xFF, 0xFC, 0x60, 0x70, 0x6F, 0x3F, 0x41, 0x20, 0x0D, 0x0E, 0x05];
}
