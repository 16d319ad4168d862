using System;
using System.IO;
using System.Text.Json;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Cli.Tests;

/// <summary>What a run of the command line came to.</summary>
internal sealed record CvmResult(int ExitCode, string Output, string Error)
{
    /// <summary>The run succeeded and said nothing on stderr.</summary>
    public CvmResult Succeeded()
    {
        Assert.Equal("", Error);
        Assert.Equal(0, ExitCode);
        return this;
    }

    /// <summary>The run failed with a code and one line on stderr that holds all the words.</summary>
    public CvmResult Failed(int exitCode, params string[] words)
    {
        Assert.True(exitCode == ExitCode, $"exit code {ExitCode} instead of {exitCode}: {Error}{Output}");
        Assert.EndsWith("\n", Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', Error[..^1]);
        Assert.StartsWith("cvm", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", Error, StringComparison.Ordinal);
        foreach (string word in words) Assert.Contains(word, Error, StringComparison.Ordinal);
        return this;
    }

    /// <summary>The one JSON object that it printed, on one line.</summary>
    public JsonElement Json()
    {
        Assert.EndsWith("}\n", Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', Output[..^1]);
        using JsonDocument document = JsonDocument.Parse(Output);
        return document.RootElement.Clone();
    }
}

/// <summary>Runs the built command line as a process.</summary>
internal static class Cvm
{
    /// <summary>The command line that the tests were built with.</summary>
    public static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "cvm.dll");
    private static readonly string Host = TestData.FindProgram("dotnet") ?? throw new InvalidOperationException("dotnet is not on PATH");

    /// <summary>Runs it to its end.</summary>
    public static CvmResult Run(params string[] arguments)
    {
        (int exitCode, string output, string error) = TestData.Run(Host, [Assembly, .. arguments]);
        return new CvmResult(exitCode, output, error);
    }

    /// <summary>The command line as a shell writes it.</summary>
    public static string ShellCommand(params string[] arguments) => string.Join(' ', Array.ConvertAll([Host, Assembly, .. arguments], word => $"'{word}'"));
}

/// <summary>Files of one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>Path of the folder.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("cvm-test-").FullName;

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string name, byte[] content)
    {
        string path = System.IO.Path.Combine(Path, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
