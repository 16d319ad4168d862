using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using Xunit;

namespace ContractVm.TestSupport;

/// <summary>Finds the project's root and the shared test data that is not part of the project.</summary>
public static class TestData
{
    /// <summary>The folder that holds vm.sln.</summary>
    public static string ProjectRoot { get; } = FindUpwards(AppContext.BaseDirectory, "vm.sln")
        ?? throw new InvalidOperationException($"vm.sln not found above {AppContext.BaseDirectory}");

    /// <summary>
    /// The folder with <c>corpora/</c> and <c>vectors/</c>: the variable CONTRACTVM_CORPORA, else <c>../shared</c>
    /// beside the project; null where neither exists.
    /// </summary>
    public static string? SharedRoot { get; } = FindShared();

    /// <summary>Path of shared data below <see cref="SharedRoot"/>, or null where it is absent.</summary>
    public static string? Shared(string relative)
    {
        if (SharedRoot is null) return null;
        string path = Path.Combine(SharedRoot, relative);
        return File.Exists(path) || Directory.Exists(path) ? path : null;
    }

    /// <summary>True when a program of this name is on PATH.</summary>
    public static bool HasProgram(string name) => FindProgram(name) is not null;

    /// <summary>Full path of a program on PATH, or null.</summary>
    public static string? FindProgram(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Runs a program to its end and returns its exit code and both outputs.</summary>
    public static (int ExitCode, string Output, string Error) Run(string program, string[] arguments, string? workingDirectory = null)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? ProjectRoot,
        };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        System.Threading.Tasks.Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    private static string? FindShared()
    {
        string? configured = Environment.GetEnvironmentVariable("CONTRACTVM_CORPORA");
        if (!string.IsNullOrEmpty(configured)) return Directory.Exists(configured) ? Path.GetFullPath(configured) : null;
        string beside = Path.GetFullPath(Path.Combine(ProjectRoot, "..", "shared"));
        return Directory.Exists(beside) ? beside : null;
    }

    private static string? FindUpwards(string start, string file)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, file))) return folder.FullName;
        return null;
    }
}

/// <summary>A fact that needs shared data; skipped by name, with the way to get it, where that is absent.</summary>
public sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute(string relative)
    {
        if (TestData.Shared(relative) is null)
            Skip = $"{relative} is absent: put the test data at ../shared or set CONTRACTVM_CORPORA to its folder";
    }
}

/// <summary>A theory that needs shared data; skipped by name, with the way to get it, where that is absent.</summary>
public sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    public SharedDataTheoryAttribute(string relative)
    {
        if (TestData.Shared(relative) is null)
            Skip = $"{relative} is absent: put the test data at ../shared or set CONTRACTVM_CORPORA to its folder";
    }
}

/// <summary>A fact that needs programs on PATH; skipped by name, with the package to install, where one is absent.</summary>
public sealed class ProgramFactAttribute : FactAttribute
{
    public ProgramFactAttribute(string install, params string[] programs)
    {
        string[] missing = programs.Where(name => !TestData.HasProgram(name)).ToArray();
        if (missing.Length > 0) Skip = $"{string.Join(", ", missing)} not on PATH; to run this test: {install}";
    }
}

/// <summary>A fact that compiles contracts; skipped by name, with what to install, where <c>contracts/build</c> misses a compiler.</summary>
public sealed class ContractCompilerFactAttribute : FactAttribute
{
    public ContractCompilerFactAttribute(string language)
    {
        (int exitCode, string missing, string error) = TestData.Run("bash", [Path.Combine(TestData.ProjectRoot, "contracts", "build"), "--missing", language]);
        if (exitCode != 0) throw new InvalidOperationException(error);
        if (missing.Length > 0) Skip = missing.Trim();
    }
}
