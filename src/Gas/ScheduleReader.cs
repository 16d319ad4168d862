using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;

namespace ContractVm.Gas;

/// <summary>A schedule's data file is incomplete or wrong; the message names the line.</summary>
public sealed class ScheduleException(string message) : Exception(message);

/// <summary>
/// Reads a schedule's data file. A line is a comment (#), a setting (<c>name value</c>), or a price
/// (<c>op PATTERN INK [each INK] [unit INK] [far INK]</c>). A pattern is a name or a glob; the first line that matches an instruction
/// prices it, so exact names stand above globs. Every setting and every instruction must be priced exactly so.
/// </summary>
public static class ScheduleReader
{
    private static readonly string[] Settings =
    [
        "ink-per-gas", "block-header", "function-entry", "per-local", "frame-words", "stack-words",
        "deploy-base", "deploy-per-byte", "deploy-per-function", "deploy-per-operation", "deploy-per-data-byte", "instance-base", "instance-per-element", "instance-per-byte", "unwind-step",
        "near-pages", "host-far",
    ];

    /// <summary>Loads one of the schedules that are part of this assembly.</summary>
    /// <exception cref="ScheduleException">No such schedule, or its file is wrong.</exception>
    public static Schedule LoadBuiltIn(string name, IOpcodeCatalog catalog)
    {
        using Stream stream = typeof(ScheduleReader).Assembly.GetManifestResourceStream($"ContractVm.Gas.Schedules.{name}.gas")
            ?? throw new ScheduleException($"there is no schedule named {name}");
        using StreamReader reader = new(stream, Encoding.UTF8);
        string text = reader.ReadToEnd();
        using Stream? released = typeof(ScheduleReader).Assembly.GetManifestResourceStream($"ContractVm.Gas.Schedules.{name}.released");
        if (released is not null)
        {
            using StreamReader hashes = new(released, Encoding.UTF8);
            CheckRelease(name, text, hashes.ReadToEnd());
        }

        return Parse(name, text, catalog);
    }

    /// <summary>Refuses a file that is not what was released: chains that run by it would part.</summary>
    /// <param name="name">The schedule.</param>
    /// <param name="text">Its data file.</param>
    /// <param name="released">For each line, as it was released, the first 8 bytes of its SHA-256 in hexadecimal.</param>
    /// <exception cref="ScheduleException">The first line that is another; the message names it.</exception>
    public static void CheckRelease(string name, string text, string released)
    {
        string[] lines = Lines(text), hashes = Lines(released);
        for (int i = 0; i < Math.Max(lines.Length, hashes.Length); i++)
        {
            if (i < lines.Length && i < hashes.Length && HashOfLine(lines[i]) == hashes[i]) continue;
            throw new ScheduleException(string.Create(CultureInfo.InvariantCulture, $"{name}, line {i + 1}: edited after the release: a released schedule never changes, a new one gets a new name"));
        }

        static string[] Lines(string text) => text.TrimEnd('\n').Split('\n');
    }

    /// <summary>What stands for a line in a list of released ones: the first 8 bytes of SHA-256 in hexadecimal.</summary>
    public static string HashOfLine(string line) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line)).AsSpan(0, 8));

    /// <summary>Reads a schedule from the text of its data file.</summary>
    /// <exception cref="ScheduleException">The text is incomplete or wrong; the message names the line.</exception>
    public static Schedule Parse(string name, string text, IOpcodeCatalog catalog)
    {
        ulong[] price = new ulong[catalog.IdLimit], perOperand = new ulong[catalog.IdLimit], perUnit = new ulong[catalog.IdLimit], far = new ulong[catalog.IdLimit];
        bool[] priced = new bool[catalog.IdLimit];
        Dictionary<string, ulong> settings = new(StringComparer.Ordinal);
        BlockRule? blockRule = null;
        StackRule? stackRule = null;
        string? declaredName = null;
        int lineNumber = 0;
        foreach (string rawLine in text.Split('\n'))
        {
            lineNumber++;
            string line = rawLine.Split('#')[0].Trim();
            if (line.Length == 0) continue;
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words[0])
            {
                case "schedule" when words.Length == 2:
                    declaredName = words[1];
                    break;
                case "block-rule" when words.Length == 2 && blockRule is null:
                    blockRule = words[1] switch
                    {
                        "straight-line" => BlockRule.StraightLine,
                        "stylus" => BlockRule.Stylus,
                        _ => throw Wrong("unknown block rule"),
                    };
                    break;
                case "stack-rule" when words.Length == 2 && stackRule is null:
                    stackRule = words[1] switch
                    {
                        "exact" => StackRule.Exact,
                        "stylus" => StackRule.Stylus,
                        _ => throw Wrong("unknown stack rule"),
                    };
                    break;
                case "op":
                    ReadPrice(words);
                    break;
                default:
                    if (words.Length != 2 || Array.IndexOf(Settings, words[0]) < 0) throw Wrong("unknown setting");
                    if (!settings.TryAdd(words[0], Number(words[1]))) throw Wrong("the setting stands twice");
                    break;
            }
        }

        foreach (string setting in Settings)
            if (!settings.ContainsKey(setting)) throw new ScheduleException($"{name}: the setting {setting} is missing");
        if (declaredName != name) throw new ScheduleException($"{name}: the file calls itself {declaredName ?? "nothing"}");
        if (blockRule is null) throw new ScheduleException($"{name}: the setting block-rule is missing");
        if (stackRule is null) throw new ScheduleException($"{name}: the setting stack-rule is missing");
        if (settings["ink-per-gas"] == 0) throw new ScheduleException($"{name}: ink-per-gas is 0");
        if (settings["frame-words"] is < 4 or > 1 << 20) throw new ScheduleException($"{name}: frame-words must be 4 to 1048576");
        if (settings["stack-words"] is < 1024 or > 1 << 27) throw new ScheduleException($"{name}: stack-words must be 1024 to 134217728");
        for (int id = 0; id < priced.Length; id++)
            if (catalog.NameOf(id) is string missing && !priced[id]) throw new ScheduleException($"{name}: {missing} has no price");
        return new Schedule(name, SHA256.HashData(Encoding.UTF8.GetBytes(text)), settings, blockRule.Value, stackRule.Value, price, far, perOperand, perUnit);

        void ReadPrice(string[] words)
        {
            if (words.Length < 3 || words.Length % 2 == 0) throw Wrong("expected: op PATTERN INK [each INK] [unit INK] [far INK]");
            ulong operand = 0, unit = 0, missing = 0;
            ulong ink = words[2] == "forbidden" ? Schedule.Forbidden : Number(words[2]);
            for (int i = 3; i < words.Length; i += 2)
            {
                if (words[i] == "each") operand = Number(words[i + 1]);
                else if (words[i] == "unit") unit = Number(words[i + 1]);
                else if (words[i] == "far") missing = Number(words[i + 1]);
                else throw Wrong($"unknown word {words[i]}");
            }

            bool any = false, isGlob = words[1].Contains('*', StringComparison.Ordinal);
            for (int id = 0; id < priced.Length; id++)
            {
                if (catalog.NameOf(id) is not string opcode || !FileSystemName.MatchesSimpleExpression(words[1], opcode, ignoreCase: false)) continue;
                any = true;
                if (priced[id] && isGlob) continue;
                if (priced[id]) throw Wrong($"{opcode} is priced already");
                priced[id] = true;
                price[id] = ink;
                perOperand[id] = operand;
                perUnit[id] = unit;
                far[id] = missing;
            }

            if (!any) throw Wrong("no instruction has that name");
        }

        ulong Number(string word) =>
            ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
                ? value
                : throw Wrong($"{word} is not a number of ink from 0 to 2^64-1");

        ScheduleException Wrong(string what) => new($"{name}, line {lineNumber}: {what}");
    }
}
