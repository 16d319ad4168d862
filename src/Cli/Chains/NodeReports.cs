using System;
using System.Collections.Generic;
using ContractVm.Cli.Output;
using ContractVm.HostApi;

namespace ContractVm.Cli.Chains;

/// <summary>What a node has to say beside a command's output: on stderr, each sentence once, however many chains a command opens.</summary>
internal static class NodeReports
{
    private static readonly HashSet<string> Said = new(StringComparer.Ordinal);

    /// <summary>Says a sentence, unless it has been said.</summary>
    public static void Write(string sentence)
    {
        lock (Said)
        {
            if (Said.Add(sentence)) Console.Error.WriteLine($"cvm: {Printable.Escape(sentence)}");
        }
    }

    /// <summary>Shows what a contract prints, on chains where they can.</summary>
    public static void Print(CallFrame frame, string text) => Console.Error.WriteLine($"console {frame.Contract}: {Printable.Escape(text)}");
}
