using System;
using System.Globalization;
using ContractVm.Cli.CommandLine;
using ContractVm.Text;

namespace ContractVm.Cli.Modules;

/// <summary>
/// A module in a file, binary or text (<see cref="SourceFile"/>), as bytes in the binary format. Every command reads modules
/// through here, so that a text gives the same bytes everywhere.
/// </summary>
internal sealed class ModuleFile
{
    private readonly TextModule? _text;

    private ModuleFile(string path, long length, ReadOnlyMemory<byte> bytes, TextModule? text, ModuleError? tooLarge)
    {
        Path = path;
        Length = length;
        Bytes = bytes;
        _text = text;
        TooLarge = tooLarge;
    }

    /// <summary>The file, as the user named it.</summary>
    public string Path { get; }
    /// <summary>Bytes of the module; of a file that is too large to be read, the file's.</summary>
    public long Length { get; }
    /// <summary>The module in the binary format; empty where the file is too large.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }
    /// <summary>The error of a file that is too large to be read; else null.</summary>
    public ModuleError? TooLarge { get; }
    /// <summary>The module was given as text.</summary>
    public bool IsText => _text is not null;

    /// <summary>Reads a file; a text becomes a module, which need not be a valid one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="profile">Its limit on the module's bytes decides how much is read.</param>
    /// <param name="names">Whether a text's identifiers become a name section.</param>
    /// <exception cref="FailureException">The file cannot be read.</exception>
    /// <exception cref="TextFailureException">The text is malformed.</exception>
    public static ModuleFile Read(string path, Profile profile, bool names = true)
    {
        int limit = (int)profile.Limits[Limit.ModuleBytes];
        SourceFile source = SourceFile.Read(path, limit);
        if (source.IsText) return ReadText(path, source, names);
        if (!source.IsTooLong(limit)) return new ModuleFile(path, source.Bytes.Length, source.Bytes, null, null);
        string size = source.Length > limit ? source.Length.ToString(CultureInfo.InvariantCulture) : $"more than {limit}";
        ModuleError tooLarge = new(ModuleErrorCode.ModuleTooLarge, 0, null, -1, $"the module has {size} bytes, the profile allows {limit}");
        return new ModuleFile(path, Math.Max(source.Length, source.Bytes.Length), default, null, tooLarge);
    }

    /// <summary>Reads a file and loads the module.</summary>
    /// <exception cref="FailureException">The file cannot be read, or the profile refuses the module.</exception>
    public static Module Load(string path, Profile profile)
    {
        ModuleFile file = Read(path, profile);
        return file.TryLoad(profile, out Module module, out ModuleError error) ? module : throw new FailureException(file.Describe(error));
    }

    /// <summary>Loads the module; where it is refused, gives the first error.</summary>
    public bool TryLoad(Profile profile, out Module module, out ModuleError error)
    {
        if (TooLarge is null) return Module.TryLoad(Bytes, profile, out module, out error);
        (module, error) = (null!, TooLarge);
        return false;
    }

    /// <summary>Everything that can be said about the module; null where the file is too large to be read.</summary>
    public ModuleExamination? Examine(Profile profile) => TooLarge is null ? Module.Examine(Bytes, profile) : null;

    /// <summary>Where in the text a byte of the module comes from; what is said of the module's end has no place there.</summary>
    public bool TryFindSource(int offset, out int line, out int column)
    {
        (line, column) = (0, 0);
        return _text is not null && offset < Bytes.Length && _text.TryFindSource(offset, out line, out column);
    }

    /// <summary>One line on an error: the file, for a text line and column too, and what is wrong.</summary>
    public string Describe(ModuleError error) =>
        TryFindSource(error.Offset, out int line, out int column) ? string.Create(CultureInfo.InvariantCulture, $"{Path}:{line}:{column}: {error}") : $"{Path}: {error}";

    private static ModuleFile ReadText(string path, SourceFile source, bool names)
    {
        if (!TextFormat.TryRead(source.Bytes, new TextOptions { Names = names }, out TextModule? text, out TextError? error)) throw new TextFailureException(path, error);
        return new ModuleFile(path, text.Bytes.Length, text.Bytes, text, null);
    }
}

/// <summary>A module's text is malformed.</summary>
internal sealed class TextFailureException(string path, TextError error)
    : FailureException(string.Create(CultureInfo.InvariantCulture, $"{path}:{error.Line}:{error.Column}: malformed text ({error.Code}): {error.Detail}"))
{
    /// <summary>What is wrong, and where.</summary>
    public TextError Error { get; } = error;
}
