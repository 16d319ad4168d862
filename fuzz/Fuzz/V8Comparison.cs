using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;

namespace ContractVm.Fuzz;

/// <summary>
/// Compares accepting and refusing with V8's WebAssembly.validate, over generated and mutated modules. Generated ones use what a V8
/// of Node 20 has with its final meaning; where V8 refuses for another reason, the module is told by its file.
/// </summary>
public static class V8Comparison
{
    private const int Batch = 500;

    /// <summary>
    /// What V8 has in Node 20 with its final meaning: everything up to 2.0, and of 3.0 what its flags turn on. Typed references, garbage
    /// collection and exceptions have other encodings there; tables have no 64-bit indices, memories no more than 2^16 pages.
    /// </summary>
    private const Features Known =
        Features.Core | Features.MutableGlobals | Features.SignExtension | Features.SaturatingConversions | Features.MultiValue | Features.BulkMemory | Features.PassiveSegments
        | Features.ReferenceTypes | Features.Simd | Features.RelaxedSimd | Features.TailCalls | Features.ExtendedConst | Features.Memory64
        | Features.Threads
        | Features.AtomicWait | Features.SharedMemory | Features.NonFunctionImports | Features.Floats | Features.FloatArithmetic | Features.StartFunction;

    private static readonly string[] Flags =
    [
        "--experimental-wasm-memory64", "--experimental-wasm-relaxed-simd", "--experimental-wasm-extended-const", "--experimental-wasm-return-call",
    ];

    /// <summary>Runs for a time; 0 where nothing differed, 2 where node is missing.</summary>
    public static int Run(FuzzCorpus corpus, ulong seed, TimeSpan time, string findingsFolder, TextWriter output)
    {
        Random64 random = new(seed);
        Stopwatch clock = Stopwatch.StartNew();
        long inputs = 0, accepted = 0, explained = 0, differences = 0;
        // The corpus as it is comes first.
        Queue<byte[]> waiting = new(corpus.Modules);
        while (clock.Elapsed < time || waiting.Count > 0)
        {
            List<byte[]> batch = [];
            while (batch.Count < Batch) batch.Add(waiting.Count > 0 ? waiting.Dequeue() : Make(corpus, random));
            if (Validate(batch) is not bool[] theirs)
            {
                output.WriteLine("node is missing, or has no WebAssembly");
                return 2;
            }

            for (int i = 0; i < batch.Count; i++)
            {
                bool isOurs = Module.TryLoad(batch[i], Profiles.Bare, out Module module, out ModuleError error);
                if (isOurs && ((module.UsedFeatures & ~Known) != 0 || module.Tables.Any(static table => table.Is64) || module.Memories.Any(static memory => memory.Limits.Minimum > 65_536 || memory.Limits.Maximum > 65_536 && memory.Is64))) continue;
                inputs++;
                if (isOurs) accepted++;
                if (isOurs == theirs[i]) continue;
                if (!isOurs && IsLenience(error))
                {
                    explained++;
                    continue;
                }

                differences++;
                Directory.CreateDirectory(findingsFolder);
                string path = Path.Combine(findingsFolder, string.Create(CultureInfo.InvariantCulture, $"v8-{seed}-{inputs}.wasm"));
                File.WriteAllBytes(path, batch[i]);
                output.WriteLine(isOurs ? $"{path}: valid here, V8 refuses it" : $"{path}: V8 accepts it; {error}");
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"v8, seed {seed}: {inputs} compared, {accepted} valid, {explained} that V8 should refuse, {differences} differences"));
        return differences == 0 ? 0 : 1;
    }

    /// <summary>V8's answer for each module; null where it cannot be asked.</summary>
    public static bool[]? Validate(IReadOnlyList<byte[]> modules)
    {
        string folder = Directory.CreateTempSubdirectory("v8").FullName;
        try
        {
            for (int i = 0; i < modules.Count; i++) File.WriteAllBytes(Path.Combine(folder, i.ToString(CultureInfo.InvariantCulture)), modules[i]);
            const string Script = "const fs=require('fs');let s='';for(let i=0;i<+process.argv[2];i++)s+=WebAssembly.validate(fs.readFileSync(process.argv[1]+'/'+i))?1:0;console.log(s)";
            ProcessStartInfo start = new("node") { RedirectStandardOutput = true };
            foreach (string argument in Flags.Concat(["-e", Script, folder, modules.Count.ToString(CultureInfo.InvariantCulture)])) start.ArgumentList.Add(argument);
            using Process process = Process.Start(start)!;
            string answers = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return answers.Length == modules.Count ? answers.Select(static answer => answer == '1').ToArray() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>
    /// What V8 lets pass: an atomic access whose alignment is below the natural one (threads proposal, validation: it must be equal), and an
    /// element segment without elements whose type is no reference type (binary format, "Element Section").
    /// </summary>
    private static bool IsLenience(ModuleError error) =>
        (error.Code == ModuleErrorCode.AlignmentTooLarge && error.Detail.Contains(".atomic.", StringComparison.Ordinal)) || (error.Code == ModuleErrorCode.BadType && error.Section == "element");

    private static byte[] Make(FuzzCorpus corpus, Random64 random) =>
        random.OneIn(3)
            ? ByteMutator.Mutate(corpus.Modules, random)
            : StructureGenerator.Generate(random.Next(), new StructureOptions(Known & (random.OneIn(2) ? ~Features.Memory64 : (Features)uint.MaxValue), Mistakes: random.OneIn(3), Table64: false));
}
