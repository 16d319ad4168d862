using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using ContractVm.Text;

namespace ContractVm.Fuzz.Differential;

/// <summary>
/// A case as a text: modules, each after a line <c>;; module</c>, and above them a line <c>;; seed N</c> and for each call
/// <c>;; call MODULE EXPORT SLOT…</c> with slots in hexadecimal digits. All other comments are for people.
/// </summary>
internal static class CaseText
{
    private const string ModuleLine = ";; module", CallLine = ";; call ", SeedLine = ";; seed ";

    /// <summary>Writes a case.</summary>
    /// <param name="test">The case.</param>
    /// <param name="comment">What it shows, in a line.</param>
    public static string Write(DifferentialCase test, string comment)
    {
        StringBuilder text = new();
        text.Append(";; ").Append(comment.ReplaceLineEndings(" ")).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"{SeedLine}{test.Seed}\n");
        foreach (CaseCall call in test.Calls)
        {
            string slots = string.Concat(call.Arguments.Select(static slot => string.Create(CultureInfo.InvariantCulture, $" {slot:x}")));
            text.Append(CultureInfo.InvariantCulture, $"{CallLine}{call.Module} {call.Export}{slots}\n");
        }

        foreach (byte[] module in test.Modules)
        {
            text.Append(ModuleLine).Append('\n');
            StringWriter writer = new(CultureInfo.InvariantCulture);
            TextPrinter.TryPrint(module, writer, new PrintOptions(), out _);
            text.Append(writer.ToString().TrimEnd()).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Reads a case.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static DifferentialCase Read(string text)
    {
        List<byte[]> modules = [];
        List<CaseCall> calls = [];
        ulong seed = 0;
        StringBuilder? module = null;
        foreach (string line in text.Split('\n').Append(ModuleLine))
        {
            if (line == ModuleLine)
            {
                if (module is not null) modules.Add(Parse(module.ToString()));
                module = new StringBuilder();
            }
            else if (module is not null) module.Append(line).Append('\n');
            else if (line.StartsWith(CallLine, StringComparison.Ordinal))
            {
                string[] words = line[CallLine.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                calls.Add(new CaseCall(int.Parse(words[0], CultureInfo.InvariantCulture), words[1], [.. words[2..].Select(static word => ulong.Parse(word, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))]));
            }
            else if (line.StartsWith(SeedLine, StringComparison.Ordinal) && ulong.TryParse(line[SeedLine.Length..], CultureInfo.InvariantCulture, out ulong given)) seed = given;
        }

        return new DifferentialCase(modules, calls, seed);
    }

    private static byte[] Parse(string text) => TextFormat.TryRead(Encoding.UTF8.GetBytes(text), new TextOptions(), out TextModule? module, out TextError? error) ? module.Bytes : throw new FormatException(error.ToString());
}
