using System;
using System.Diagnostics;
using System.Globalization;
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
            case ["commit", string directory, string seed, string writeBuffer]:
                return Commit(directory, Number(seed), Number(writeBuffer));
            default:
                Console.Error.WriteLine("usage: hold <directory> | commit <directory> <seed> <write buffer bytes>");
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

    // Commits block after block, each synced, and prints the number of each as soon as it is committed, until it is killed.
    private static int Commit(string directory, int seed, int writeBuffer)
    {
        using RocksDbStore store = RocksDbStore.Open(directory, new RocksDbSettings { WriteBufferBytes = writeBuffer });
        StateDatabase database = StateDatabase.Open(store, TestBlocks.NodesBehind);
        try
        {
            while (true)
            {
                ulong number = TestBlocks.CommitNext(database, seed, sync: true);
                Console.Out.Write(number.ToString(CultureInfo.InvariantCulture) + "\n");
                Console.Out.Flush();
            }
        }
        catch (StoreException fault)
        {
            Console.Out.Write($"fault {fault.Fault}: {fault.Message}\n");
            return 3;
        }
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
