using System;
using System.Diagnostics;
using System.IO;
using ContractVm.TestSupport;

namespace ContractVm.StateStore.Tests;

/// <summary>What this assembly does when a test starts it as a second process.</summary>
internal static class Child
{
    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["hold", string directory]:
                return Hold(directory);
            default:
                Console.Error.WriteLine("usage: hold <directory>");
                return 2;
        }
    }

    /// <summary>Starts this assembly with the given arguments; its input and output are pipes.</summary>
    public static Process Start(params string[] arguments)
    {
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? TestData.FindProgram("dotnet")
            ?? throw new FileNotFoundException("dotnet is not on PATH");
        ProcessStartInfo start = new(dotnet, ["exec", typeof(Child).Assembly.Location, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return Process.Start(start) ?? throw new InvalidOperationException("the child process did not start");
    }

    // Opens the store, says so, and holds it until its input ends.
    private static int Hold(string directory)
    {
        using RocksDbStore store = RocksDbStore.Open(directory);
        Console.Out.WriteLine("open");
        Console.In.ReadToEnd();
        return 0;
    }
}
