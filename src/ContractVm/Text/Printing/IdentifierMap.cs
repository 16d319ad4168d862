using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace ContractVm.Text;

/// <summary>An identifier of the text format.</summary>
/// <param name="Text">As it is written, with the dollar sign.</param>
/// <param name="LostName">The name, where the identifier does not spell it; else null.</param>
internal readonly record struct PrintedIdentifier(string Text, string? LostName);

/// <summary>
/// The identifiers made of the names of one index space: legal and unique there. The first bearer of a name keeps it; another
/// one, and an empty or overlong name, gets its index as a suffix. Labels may have the same identifier: blocks nest.
/// </summary>
internal sealed class IdentifierMap(bool mayRepeat = false)
{
    // An identifier is repeated at each reference: without a limit the text could grow with the square of the module's size.
    // What is kept of a longer name takes no more, as an escaped character of a name takes nine at most.
    private const int LongestIdentifier = 400, KeptOfPlain = 200, KeptOfQuoted = 40;

    private static readonly SearchValues<char> IdentifierCharacters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&'*+-./:<=>?@\\^_`|~");

    private readonly Dictionary<uint, PrintedIdentifier> _byIndex = [];
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <summary>A space without names.</summary>
    public static IdentifierMap Empty { get; } = new();

    public bool IsEmpty => _byIndex.Count == 0;

    public bool TryGet(uint index, out PrintedIdentifier identifier) => _byIndex.TryGetValue(index, out identifier);

    /// <summary>Names an entity; the first name of an index counts.</summary>
    public void Add(uint index, string name)
    {
        if (_byIndex.ContainsKey(index)) return;
        string unique = name, spelled = Spell(name);
        bool isCut = spelled.Length > LongestIdentifier;
        if (isCut) unique = Cut(name, spelled[1] == '"' ? KeptOfQuoted : KeptOfPlain);
        if (isCut || name.Length == 0 || (!mayRepeat && _taken.Contains(name)))
        {
            string suffix = string.Create(CultureInfo.InvariantCulture, $"#{index}");
            // A chain of steps needs a name for each of them in the module, so this takes time linear in the names' size.
            do unique += suffix; while (!mayRepeat && _taken.Contains(unique));
            spelled = Spell(unique);
        }

        if (!mayRepeat) _taken.Add(unique);
        _byIndex.Add(index, new PrintedIdentifier(spelled, ReferenceEquals(unique, name) ? null : name));
    }

    // Not between the two halves of a character.
    private static string Cut(string name, int length) => name[..(char.IsHighSurrogate(name[length - 1]) ? length - 1 : length)];

    /// <summary>A name as an identifier, quoted where it has characters that identifiers do not have.</summary>
    private static string Spell(string name)
    {
        if (name.Length > 0 && !name.AsSpan().ContainsAnyExcept(IdentifierCharacters)) return "$" + name;
        StringBuilder text = new("$\"");
        Span<char> escaped = stackalloc char[3];
        foreach (byte value in Encoding.UTF8.GetBytes(name)) text.Append(escaped[..PrintBuffer.Escape(value, escaped)]);
        return text.Append('"').ToString();
    }
}
