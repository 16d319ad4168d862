using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using ContractVm.Fuzz;
using ContractVm.TestSupport;
using ContractVm.Text;
using Xunit;

namespace ContractVm.Tests.Text.Printing;

/// <summary>
/// Modules printed and read back by another implementation. The bytes of all sections but custom ones must be the same, or,
/// where they are not, both modules must print alike: an assembler writes the shortest LEB128, groups locals, leaves out
/// empty sections and a data count that nothing needs, does not write the index of table 0 or memory 0 in a segment, and
/// writes element expressions that are functions as their indices.
/// </summary>
public partial class RoundTripTextTests
{
    private const string Install = "apt-get install wabt", OfficialTests = "corpora/spec/test/core";

    private const int LargestModule = 200_000;

    // Types that the assembler reads in the binary format but not in text, and an offset that it does not take in either memory.
    private static readonly string[] UnknownToAssembler = ["structref", "offset=18446744073709551615"];

    [ProgramFact(Install, "wat2wasm")]
    public void ContractsAndBenchmarksReadBack()
    {
        string? contracts = TestData.Shared("corpora/contracts"), bench = TestData.Shared("corpora/bench");
        List<string> files = Directory.GetFiles(TestData.ProjectRoot, "*.wasm", SearchOption.AllDirectories)
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)).ToList();
        foreach (string? folder in new[] { contracts, bench })
            if (folder is not null) files.AddRange(Directory.GetFiles(folder, "*.wasm", SearchOption.AllDirectories));
        using TemporaryFolder temporary = new();
        List<string> failures = [];
        int compared = 0;
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            // What fuzzing found is wrong, or beyond what the assembler knows.
            if (file.Contains("regressions", StringComparison.Ordinal)) continue;
            byte[] module = File.ReadAllBytes(file);
            // The largest ones hold nothing that the others do not, and take most of the time.
            if (module.Length > LargestModule) continue;
            string text = temporary.File("module.wat"), back = temporary.File("module.wasm");
            // Identifiers in quotes are not known to every assembler, so names are left out here.
            if (!TryPrintTo(module, text)) continue;
            (int exitCode, _, string error) = TestData.Run("wat2wasm", ["--enable-all", "--no-check", text, "-o", back]);
            if (exitCode != 0) failures.Add($"{file}: {error}");
            else if (Difference(module, File.ReadAllBytes(back)) is string difference) failures.Add($"{file}: {difference}");
            compared++;
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
        // Without the shared data there are the project's own modules.
        Assert.True(compared >= (contracts is null ? 3 : 20), $"{compared} modules");
    }

    [OfficialTestsFact]
    public void ModulesOfTheOfficialTestsReadBack()
    {
        using TemporaryFolder temporary = new();
        List<(string Place, byte[] Module)> modules = [];
        int malformed = 0;
        // All modules go through the assembler as one script, which takes less time than a process for each.
        string script = temporary.File("printed.wast");
        using (StreamWriter printed = new(script))
        {
            foreach (string file in Directory.GetFiles(TestData.Shared(OfficialTests)!, "*.wast", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                // What the assembler of this version does not know, it refuses file by file.
                string name = Path.GetFileNameWithoutExtension(file);
                if (TestData.Run("wast2json", ["--enable-all", "--no-check", file, "-o", temporary.File(name + ".json")]).ExitCode != 0) continue;
                foreach (string path in Directory.GetFiles(temporary.Path, name + ".*.wasm"))
                {
                    using StringWriter text = new();
                    byte[] module = File.ReadAllBytes(path);
                    File.Delete(path);
                    if (!TextPrinter.TryPrint(module, text, new PrintOptions { Names = false }, out _))
                    {
                        malformed++;
                        continue;
                    }

                    string written = text.ToString();
                    if (UnknownToAssembler.Any(word => written.Contains(word, StringComparison.Ordinal))) continue;
                    modules.Add((Path.GetFileName(path), module));
                    printed.Write(written);
                }
            }
        }

        (int exitCode, _, string error) = TestData.Run("wast2json", ["--enable-all", "--no-check", script, "-o", temporary.File("printed.json")]);
        Assert.True(exitCode == 0, error);
        List<string> failures = [];
        for (int i = 0; i < modules.Count; i++)
            if (Difference(modules[i].Module, File.ReadAllBytes(temporary.File($"printed.{i}.wasm"))) is string difference) failures.Add($"{modules[i].Place}: {difference}");
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.True(modules.Count > 3000 && malformed > 500, $"{modules.Count} modules compared, {malformed} malformed");
    }

    private static bool TryPrintTo(byte[] module, string path)
    {
        using StreamWriter text = new(path);
        return TextPrinter.TryPrint(module, text, new PrintOptions { Names = false }, out _);
    }

    private static string? Difference(byte[] original, byte[] back)
    {
        byte[] left = WithoutCustomSections(original), right = WithoutCustomSections(back);
        if (left.AsSpan().SequenceEqual(right)) return null;
        string[] leftLines = Normalized(left), rightLines = Normalized(right);
        for (int i = 0; i < Math.Min(leftLines.Length, rightLines.Length); i++)
            if (leftLines[i] != rightLines[i]) return $"'{leftLines[i]}' became '{rightLines[i]}'";
        return leftLines.Length == rightLines.Length ? null : $"{leftLines.Length} lines became {rightLines.Length}";
    }

    private static string[] Normalized(byte[] module) => FunctionItems().Replace(
        PrinterModules.Print(module).Replace(" (table 0) (offset", " (offset", StringComparison.Ordinal).Replace(" (memory 0) (offset", " (offset", StringComparison.Ordinal),
        static segment => segment.Value.Replace(" funcref", " func", StringComparison.Ordinal).Replace("(item (ref.func ", "", StringComparison.Ordinal).Replace("))", "", StringComparison.Ordinal)).Split('\n');

    [GeneratedRegex(@" funcref(?:\s+\(item \(ref\.func \d+\)\))+")]
    private static partial Regex FunctionItems();

    private static byte[] WithoutCustomSections(byte[] module)
    {
        List<byte> kept = [.. module[..8]];
        int position = 8;
        while (position < module.Length)
        {
            byte id = module[position++];
            int size = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte next = module[position++];
                size |= (next & 0x7F) << shift;
                if (next < 0x80) break;
            }

            // A section's size in its shortest form, so that only contents are compared.
            if (id != 0) kept.AddRange([id, .. ModuleBuilder.Unsigned((ulong)size), .. module.AsSpan(position, size)]);
            position += size;
        }

        return [.. kept];
    }

    /// <summary>A fact that needs both the official tests and the assembler; skipped by name where one is absent.</summary>
    private sealed class OfficialTestsFactAttribute : FactAttribute
    {
        public OfficialTestsFactAttribute() =>
            Skip = new SharedDataFactAttribute(OfficialTests).Skip ?? new ProgramFactAttribute(Install, "wast2json").Skip;
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("printer").FullName;

        public string File(string name) => System.IO.Path.Combine(Path, name);

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
