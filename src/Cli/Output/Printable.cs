using System;
using System.Globalization;
using System.Text;

namespace ContractVm.Cli.Output;

/// <summary>
/// Text of a module or a contract, made safe to print: such text is chosen by strangers, and a control character in it could
/// break a line or steer the terminal.
/// </summary>
internal static class Printable
{
    /// <summary>Writes control, format and separator characters and lone surrogates as <c>\u{hex}</c>.</summary>
    public static string Escape(string text)
    {
        if (IsPlain(text)) return text;
        StringBuilder escaped = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsPlain(rune)) escaped.Append(rune.ToString());
            else escaped.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
        }

        return escaped.ToString();
    }

    private static bool IsPlain(ReadOnlySpan<char> text)
    {
        foreach (char character in text)
            if (character is < ' ' or > '~') return false;
        return true;
    }

    private static bool IsPlain(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate);
}
