using System;
using System.IO;
using System.Text;
using ContractVm.Cli.CommandLine;

namespace ContractVm.Cli.Output;

/// <summary>Files that a command writes.</summary>
internal static class OutputFile
{
    /// <summary>Writes bytes.</summary>
    /// <exception cref="FailureException">The file cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using Stream file = Open(path);
        file.Write(bytes);
    }

    /// <summary>Opens a file for bytes.</summary>
    /// <exception cref="FailureException">The file cannot be written.</exception>
    public static Stream OpenBinary(string path) => new BufferedStream(Open(path), 1 << 20);

    /// <summary>Opens a text in UTF-8: a file, or standard output where none is named.</summary>
    /// <exception cref="FailureException">The file cannot be written.</exception>
    public static TextWriter OpenText(string? path) =>
        new StreamWriter(path is null ? Console.OpenStandardOutput() : Open(path), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 16);

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.Write);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new FailureException($"cannot write '{path}': {(Directory.Exists(path) ? "it is a folder" : exception.Message)}");
        }
    }
}
