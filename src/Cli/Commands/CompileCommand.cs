using System;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Modules;
using ContractVm.Cli.Output;
using ContractVm.Compiler;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm compile</c>: a module as machine code in a file.</summary>
internal static class CompileCommand
{
    private const ulong MostThreads = 256;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> file = SharedOptions.ModuleFile();
        Option<string> output = new("-o", "--output") { Description = "The file to write.", HelpName = "OUT", Required = true };
        Option<string> profile = SharedOptions.ProfileOption(Profiles.Bare);
        Option<ulong> threads = Numbers.Option("--threads", "Threads to compile on; the result is the same.", 1, MostThreads, Math.Min(MostThreads, (ulong)Environment.ProcessorCount));
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("compile", "Compile a module for this machine, and tell how large the code is and how fast it was made.")
        {
            Notes =
            [
                "The bytes depend on the module, the profile, the build of cvm and the processor's features alone; the key names all of them.",
                "The file is for looking at and comparing. A node runs only artifacts that it sealed with a secret of its own; this one's seal is made",
                "without a secret, so that no node takes it. The time is of this one run, with what .NET takes to get going.",
                "Exit code 1 where the module is refused or not compiled; such contracts run in the interpreter, with the same results.",
            ],
            Examples = ["cvm compile add.wat -o add.code", "cvm compile contracts/token/token.wasm -o token.code --profile contractvm-v1 --threads 4 --json"],
        };
        command.Add(file);
        command.Add(output);
        command.Add(profile);
        command.Add(threads);
        command.Add(json);
        return command.Does(parsed => Run(
            parsed.GetRequiredValue(file), parsed.GetRequiredValue(output), parsed.GetProfile(profile), (int)parsed.GetValue(threads), parsed.GetValue(json)));
    }

    private static int Run(string path, string output, Profile profile, int threads, bool json)
    {
        Module module = ModuleFile.Load(path, profile);
        long start = Stopwatch.GetTimestamp();
        bool isCompiled = CompiledArtifact.TryMake(module, threads, out CompiledArtifact? artifact, out string? reason);
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        if (!isCompiled) throw new FailureException($"{path}: the module is not compiled: {reason}");
        OutputFile.Write(output, artifact!.Bytes.Span);
        double speed = module.Bytes.Length / time.TotalSeconds / 1_000_000;
        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteString("file", output);
                writer.WriteNumber("moduleBytes", module.Bytes.Length);
                writer.WriteNumber("functions", artifact.Functions);
                writer.WriteNumber("codeBytes", artifact.CodeBytes);
                writer.WriteNumber("sites", artifact.Sites);
                writer.WriteNumber("artifactBytes", artifact.Bytes.Length);
                writer.WriteString("key", artifact.Key);
                writer.WriteNumber("threads", threads);
                writer.WriteNumber("elapsedMs", Math.Round(time.TotalMilliseconds, 3));
                writer.WriteNumber("megabytesPerSecond", Math.Round(speed, 3));
            });
        }
        else
        {
            TextOutput.Facts(
                ("artifact", string.Create(CultureInfo.InvariantCulture, $"{output}, {artifact.Bytes.Length} bytes")),
                ("module", string.Create(CultureInfo.InvariantCulture, $"{module.Bytes.Length} bytes, {artifact.Functions} functions")),
                ("code", string.Create(CultureInfo.InvariantCulture, $"{artifact.CodeBytes} bytes, {artifact.Sites} places where it can end or reach the host")),
                ("time", string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:f1} ms, {speed:f2} MB/s, threads: {threads}")),
                ("key", artifact.Key));
        }

        return ExitCodes.Success;
    }
}
