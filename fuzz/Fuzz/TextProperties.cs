using System;
using System.IO;
using System.Linq;
using System.Text;
using ContractVm.Text;

namespace ContractVm.Fuzz;

/// <summary>What must hold for the text reader and the printer.</summary>
public static class TextProperties
{
    /// <summary>Prints a module and reads the text back; true where the module could be printed whole.</summary>
    /// <param name="module">A module in the binary format, which need not be valid.</param>
    /// <param name="isOurs">The bytes were written by the text reader: then they come back as they are.</param>
    /// <exception cref="FindingException">A property does not hold.</exception>
    public static bool CheckModule(byte[] module, bool isOurs)
    {
        bool isPrinted = CheckModule(module, new PrintOptions(), isOurs);
        CheckModule(module, new PrintOptions { Names = false }, isOurs);
        return isPrinted;
    }

    private static bool CheckModule(byte[] module, PrintOptions options, bool isOurs)
    {
        bool isPrinted = TryPrint(module, options, out string printed, out ModuleError? error);
        ModuleProperties.Require(!TryPrint(module, options with { Offsets = true }, out _, out ModuleError? other) != isPrinted && error == other, $"printed with offsets: {other}, without: {error}");
        if (!isPrinted)
        {
            bool isValid = Module.TryLoad(module, Profiles.Bare, out _, out _);
            ModuleProperties.Require(!isOurs || error!.Kind == ModuleErrorKind.LimitExceeded, $"a module that was read cannot be printed: {error}");
            ModuleProperties.Require(!isValid || error!.Kind == ModuleErrorKind.LimitExceeded, $"a valid module cannot be printed: {error}");
            return false;
        }

        bool wasValid = Module.TryLoad(module, Profiles.Bare, out _, out ModuleError before);
        byte[] text = Encoding.UTF8.GetBytes(printed);
        if (!TextFormat.TryRead(text, new TextOptions(), out TextModule? again, out TextError? refusal))
        {
            // Names of things that a module has not, and refers to all the same, are bound nowhere.
            ModuleProperties.Require(!isOurs && !wasValid && refusal.Code == TextErrorCode.UnknownIdentifier, $"what was printed cannot be read: {refusal}");
            return true;
        }

        TryPrint(again.Bytes, options, out string reprinted, out ModuleError? second);
        ModuleProperties.Require(second is null, $"what was printed and read cannot be printed: {second}");
        // Elements that are all ref.func are written as indices, and of two name sections the one that is read stands last then: that
        // changes no module but its text.
        bool hasFunctionItems = printed.Contains("(ref func)", StringComparison.Ordinal) && printed.Contains("(item", StringComparison.Ordinal);
        bool hasTwoNames = ModuleSections.List(module, out _).Count(static section => section.CustomName == "name") > 1;
        ModuleProperties.Require(reprinted == printed || hasFunctionItems || hasTwoNames, $"the text changes when it is read and printed: {Difference(printed, reprinted)}");
        if (isOurs) ModuleProperties.Require(again.Bytes.AsSpan().SequenceEqual(module), "the bytes change when they are printed and read");
        bool isStillValid = Module.TryLoad(again.Bytes, Profiles.Bare, out _, out ModuleError after);
        bool isDataCountOnly = before?.Code is ModuleErrorCode.DataCountMissing || after?.Code is ModuleErrorCode.DataCountMissing;
        // A table's initializer without an instruction is wrong, and has no form in the text: there it is no initializer.
        bool hasEmptyInitializer = before is { Code: ModuleErrorCode.TypeMismatch, Section: "table" };
        ModuleProperties.Require(wasValid == isStillValid || isDataCountOnly || hasEmptyInitializer, $"before: {before?.ToString() ?? "valid"}; printed and read: {after?.ToString() ?? "valid"}");
        return true;
    }

    /// <summary>Reads a text; what is read prints and reads back to the same bytes.</summary>
    /// <exception cref="FindingException">A property does not hold.</exception>
    public static bool CheckText(byte[] text)
    {
        (TextModule? module, TextError? error) = FuzzRun.InProportion(text.Length, () => TextFormat.TryRead(text, new TextOptions(), out TextModule? read, out TextError? refusal) ? (read, (TextError?)null) : (null, refusal));
        if (module is null)
        {
            ModuleProperties.Require(error!.Line >= 1 && error.Column >= 1, $"a place that is none: {error}");
            return false;
        }

        ModuleProperties.Require(TextFormat.TryRead(text, new TextOptions { Names = false }, out TextModule? nameless, out _), "read with names only");
        ModuleProperties.Require(module.Bytes.Length >= nameless!.Bytes.Length, "a module is larger without its names");
        Module? loaded = ModuleProperties.Check(module.Bytes, Profiles.Bare);
        for (int offset = 0; offset <= module.Bytes.Length; offset += 1 + module.Bytes.Length / 64)
            if (module.TryFindSource(offset, out int line, out int column)) ModuleProperties.Require(line >= 1 && column >= 1, $"byte {offset} is at {line}:{column}");
        // A module given as bytes is as its author wrote it.
        bool isOurs = module.TryFindSource(module.Bytes.Length, out _, out _);
        CheckModule(module.Bytes, isOurs);
        return loaded is not null;
    }

    private static bool TryPrint(byte[] module, PrintOptions options, out string text, out ModuleError? error)
    {
        StringWriter writer = new();
        bool isPrinted = TextPrinter.TryPrint(module, writer, options, out error);
        text = writer.ToString();
        return isPrinted;
    }

    private static string Difference(string one, string other)
    {
        int at = one.AsSpan().CommonPrefixLength(other);
        return $"'{Around(one, at)}' and '{Around(other, at)}'";
    }

    private static string Around(string text, int at) => text[Math.Max(0, at - 40)..Math.Min(text.Length, at + 40)];
}
