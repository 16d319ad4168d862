using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ContractVm.Conformance;
using ContractVm.Fuzz;

// fuzz decoder [--seconds N] [--seed S] [--corpus DIR] [--found DIR]
if (args.Length == 0 || args[0] != "decoder" || args.Length % 2 == 0)
{
    Console.Error.WriteLine("usage: fuzz decoder [--seconds N] [--seed S] [--corpus DIR] [--found DIR]");
    return 2;
}

Dictionary<string, string> options = new(StringComparer.Ordinal);
for (int i = 1; i < args.Length; i += 2) options[args[i]] = args[i + 1];
double seconds = double.Parse(options.GetValueOrDefault("--seconds", "10"), CultureInfo.InvariantCulture);
ulong seed = ulong.Parse(options.GetValueOrDefault("--seed", "1"), CultureInfo.InvariantCulture);
string corpusFolder = options.GetValueOrDefault("--corpus", Path.Combine("conformance", "cases"));
List<byte[]> corpus = Directory.GetFiles(corpusFolder, "*.wasm", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)
    .Concat(Directory.GetFiles(corpusFolder, "*.wast", SearchOption.AllDirectories).Order(StringComparer.Ordinal).SelectMany(ScriptModules.Read))
    .Where(static bytes => bytes.Length > 0).ToList();
if (corpus.Count == 0)
{
    Console.Error.WriteLine($"no .wasm or .wast files in {corpusFolder}");
    return 2;
}

DecoderTarget.Report report = DecoderTarget.Run(corpus, seed, TimeSpan.FromSeconds(seconds), options.GetValueOrDefault("--found", Path.Combine("fuzz", "found")));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {report.Inputs} inputs, {report.Accepted} valid modules, {report.Findings.Count} findings"));
foreach (string finding in report.Findings) Console.WriteLine(finding);
return report.Findings.Count == 0 ? 0 : 1;
