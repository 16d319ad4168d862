using System;
using System.Diagnostics.CodeAnalysis;

namespace ContractVm.Text;

/// <summary>How a text is read.</summary>
public sealed record TextOptions
{
    /// <summary>Whether identifiers and @name annotations become a name section. The default is that they do.</summary>
    public bool Names { get; init; } = true;
}

/// <summary>
/// Reads modules in the text format of WebAssembly 3.0 and of the threads proposal and writes them in the binary format. The
/// result depends on the text and the options alone. Safe for concurrent use.
/// </summary>
public static class TextFormat
{
    /// <summary>
    /// Reads one <c>(module …)</c>, or the fields of a module without the parentheses around them. The module may also be given as
    /// <c>(module binary "…")</c>, whose bytes are taken as they are, or as <c>(module quote "…")</c>.
    /// </summary>
    /// <param name="source">The text in UTF-8, up to 2^28 bytes. It must not change while the module is in use.</param>
    /// <param name="options">How the text is read.</param>
    /// <param name="module">The module, where it is well-formed; whether it is valid is for a validator to say.</param>
    /// <param name="error">
    /// Why it is refused. Of several reasons it is the first one found: characters and literals come before grammar, and bindings of
    /// identifiers before their uses. Inside a quoted module, line and column are those of the text between the quotes.
    /// </param>
    /// <returns>True where the text is well-formed.</returns>
    public static bool TryRead(
        ReadOnlyMemory<byte> source, TextOptions options, [NotNullWhen(true)] out TextModule? module, [NotNullWhen(false)] out TextError? error)
    {
        ArgumentNullException.ThrowIfNull(options);
        SourceText text = new(source);
        try
        {
            module = ModuleText.Read(text, options);
            error = null;
            return true;
        }
        catch (TextException refusal)
        {
            module = null;
            error = refusal.Locate(text);
            return false;
        }
    }
}
