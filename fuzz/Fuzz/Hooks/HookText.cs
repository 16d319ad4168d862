using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using ContractVm.HostApi;

namespace ContractVm.Fuzz.Hooks;

/// <summary>
/// A case as a text: <c>profile NAME</c>, then for each transaction <c>transaction to N value N ink N</c>, with <c>static</c> where it may change nothing, and
/// below it, two spaces further in, its script: a host function and its arguments, <c>poke ADDRESS BYTES</c>, <c>script ADDRESS</c> with a script below it, <c>end STATUS</c>,
/// <c>trap</c>. An argument <c>@+N</c> is the length of the script before it and N. What follows <c>;;</c> is for people.
/// </summary>
internal static class HookText
{
    /// <summary>Writes a case.</summary>
    /// <param name="test">The case.</param>
    /// <param name="comment">What it shows, in a line.</param>
    public static string Write(HookCase test, string comment)
    {
        StringBuilder text = new();
        text.Append(";; ").Append(comment.ReplaceLineEndings(" ")).Append('\n').Append("profile ").Append(test.Profile).Append('\n');
        foreach (HookTransaction transaction in test.Transactions)
        {
            text.Append(CultureInfo.InvariantCulture, $"transaction to {transaction.To} value {transaction.Value} ink {transaction.Ink}{(transaction.IsStatic ? " static" : "")}\n");
            Append(text, transaction.Script, "  ");
        }

        return text.ToString();
    }

    /// <summary>Reads a case.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static HookCase Read(string text)
    {
        Queue<string> lines = new(text.Split('\n').Select(static line => line.Split(";;")[0].TrimEnd()).Where(static line => line.Length > 0));
        if (!lines.TryDequeue(out string? first) || !first.StartsWith("profile ", StringComparison.Ordinal)) throw new FormatException("the first line names no profile");
        HookCase test = new(first["profile ".Length..], []);
        while (lines.TryDequeue(out string? line))
        {
            string[] words = line.Split(' ');
            if (words.Length is < 7 or > 8 || words[0] != "transaction" || (words.Length == 8 && words[7] != "static")) throw new FormatException(line);
            test.Transactions.Add(new HookTransaction((int)Number(words[2]), ReadScript(lines, 2)) { Value = Number(words[4]), Ink = Number(words[6]), IsStatic = words.Length == 8 });
        }

        return test;
    }

    private static void Append(StringBuilder text, List<HookStep> script, string indent)
    {
        foreach (HookStep step in script)
        {
            text.Append(indent);
            switch (step)
            {
                case CallStep call:
                    text.Append(call.Function.Name);
                    foreach (HookArgument argument in call.Arguments)
                        text.Append(argument.IsLength ? $" @+{Text(argument.Value)}" : $" {Text(argument.Value)}");
                    break;
                case PokeStep poke: text.Append(CultureInfo.InvariantCulture, $"poke {Text(poke.Address)} {Convert.ToHexStringLower(poke.Bytes)}"); break;
                case ScriptStep inner:
                    text.Append(CultureInfo.InvariantCulture, $"script {Text(inner.Address)}\n");
                    Append(text, inner.Script, indent + "  ");
                    continue;
                case EndStep end: text.Append(CultureInfo.InvariantCulture, $"end {end.Status}"); break;
                default: text.Append("trap"); break;
            }

            text.Append('\n');
        }
    }

    private static List<HookStep> ReadScript(Queue<string> lines, int indent)
    {
        List<HookStep> script = [];
        while (lines.TryPeek(out string? line) && line.Length - line.TrimStart(' ').Length == indent)
        {
            string[] words = lines.Dequeue().Trim().Split(' ');
            script.Add(words switch
            {
                ["trap"] => new TrapStep(),
                ["end", string status] => new EndStep((uint)Number(status)),
                ["poke", string address] => new PokeStep((uint)Number(address), []),
                ["poke", string address, string bytes] => new PokeStep((uint)Number(address), Convert.FromHexString(bytes)),
                ["script", string address] => new ScriptStep((uint)Number(address), ReadScript(lines, indent + 2)),
                [string name, .. string[] arguments] => ReadCall(name, arguments),
                _ => throw new FormatException(line),
            });
        }

        return script;
    }

    private static CallStep ReadCall(string name, string[] arguments)
    {
        HostFunctionEntry? entry = HostTable.Instance.Find(HostTable.ModuleName, name);
        if (entry is null || entry.Parameters.Count != arguments.Length) throw new FormatException($"{name} with {arguments.Length} arguments");
        return new CallStep(entry, [.. arguments.Select(static word => word.StartsWith("@+", StringComparison.Ordinal) ? new HookArgument(Number(word[2..]), IsLength: true) : new HookArgument(Number(word)))]);
    }

    private static string Text(ulong value) => value < 10 ? value.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");

    private static ulong Number(string word) => word.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.Parse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
        : ulong.Parse(word, CultureInfo.InvariantCulture);
}
