using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ContractVm.Fuzz;

// fuzz TARGET [--seconds N] [--seed S] [--corpus DIR] [--found DIR]     what the targets check stands in docs/ARCHITECTURE.md
// fuzz v8 [--seconds N] [--seed S] [--corpus DIR] [--found DIR]         accept or refuse, compared with V8; needs node
// fuzz TARGET FILE...                                                   checks files as the target does
string names = string.Join('|', FuzzTargets.All.Select(static target => target.Name).Append("v8"));
string usage = $"usage: fuzz {names} [--seconds N] [--seed S] [--corpus DIR] [--found DIR]   or   fuzz TARGET FILE...";
if (args.Length == 0) return Usage();
FuzzTarget? chosen = FuzzTargets.Find(args[0]);
if (chosen is null && args[0] != "v8") return Usage();
if (chosen is not null && args.Length > 1 && !args[1].StartsWith("--", StringComparison.Ordinal))
{
    foreach (string path in args[1..]) Console.WriteLine($"{path}: {(chosen.Check(File.ReadAllBytes(path)) ? "accepted" : "refused")}");
    return 0;
}

if (args.Length % 2 == 0) return Usage();
Dictionary<string, string> options = new(StringComparer.Ordinal) { ["--seconds"] = "10", ["--seed"] = "1", ["--corpus"] = Path.Combine("conformance", "cases"), ["--found"] = Path.Combine("fuzz", "found") };
for (int i = 1; i < args.Length; i += 2)
{
    if (!options.ContainsKey(args[i])) return Usage();
    options[args[i]] = args[i + 1];
}

if (!double.TryParse(options["--seconds"], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
    || !ulong.TryParse(options["--seed"], NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed)) return Usage();
if (!Directory.Exists(options["--corpus"])) return Refuse($"there is no folder {options["--corpus"]}");
FuzzCorpus corpus = FuzzCorpus.Read(options["--corpus"]);
if (corpus.Modules.Count == 0 || (corpus.Texts.Count == 0 && chosen is TextTarget)) return Refuse($"{options["--corpus"]} has no modules, or no texts for the target text (.wasm, .wat, .wast)");
if (chosen is null) return V8Comparison.Run(corpus, seed, TimeSpan.FromSeconds(seconds), options["--found"], Console.Out);

FuzzRun.Report report = FuzzRun.Run(chosen, corpus, seed, TimeSpan.FromSeconds(seconds), options["--found"]);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{chosen.Name}, seed {seed}: {report.Inputs} inputs, {report.Accepted} accepted, {report.Findings.Count} findings"));
foreach (string finding in report.Findings) Console.WriteLine(finding);
return report.Findings.Count == 0 ? 0 : 1;

int Usage() => Refuse(usage);

static int Refuse(string line)
{
    Console.Error.WriteLine(line);
    return 2;
}
