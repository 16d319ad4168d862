using System;
using System.IO;
using ContractVm.Cli.CommandLine;

namespace ContractVm.Cli.Modules;

/// <summary>
/// The content of a file that holds a module. It is text where the name ends in <c>.wat</c>, or where the first character that
/// is no white space opens a parenthesis or a comment; a module in the binary format begins with a zero byte, so that none is
/// taken for text.
/// </summary>
/// <param name="Bytes">The content; where the file is too long, its beginning.</param>
/// <param name="Length">Bytes of the file; 0 where it has no known length.</param>
/// <param name="IsText">The module is in the text format.</param>
internal sealed record SourceFile(byte[] Bytes, long Length, bool IsText)
{
    /// <summary>Bytes that a text may have, whatever the profile allows a module: what the text reader takes.</summary>
    public const int MostTextBytes = 1 << 28;

    /// <summary>Whether the file has more bytes than it may.</summary>
    public bool IsTooLong(int mostBytes) => Bytes.Length > (IsText ? MostTextBytes : mostBytes);

    /// <summary>Reads a file, never more than what is needed to see that it is too long: it may be larger than memory, or have no end.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">Bytes that a module in the binary format may have.</param>
    /// <exception cref="FailureException">The file cannot be read.</exception>
    public static SourceFile Read(string path, int mostBytes)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            byte[] buffer = new byte[64 << 10];
            int read = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            bool isText = IsTextBy(path, buffer.AsSpan(0, read));
            int most = (isText ? MostTextBytes : mostBytes) + 1;
            long length = file.CanSeek ? file.Length : 0;
            using MemoryStream content = new((int)Math.Clamp(length, 0, most));
            while (true)
            {
                content.Write(buffer, 0, (int)Math.Min(read, most - content.Length));
                if (content.Length == most) break;
                read = file.Read(buffer, 0, buffer.Length);
                if (read == 0) break;
            }

            return new SourceFile(content.ToArray(), length, isText);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new FailureException($"cannot read '{path}': {Reason(path, exception)}");
        }
    }

    private static bool IsTextBy(string path, ReadOnlySpan<byte> start)
    {
        if (path.EndsWith(".wat", StringComparison.OrdinalIgnoreCase)) return true;
        ReadOnlySpan<byte> token = start.TrimStart(" \t\r\n"u8);
        return token.Length > 0 && (token[0] == (byte)'(' || token.StartsWith(";;"u8));
    }

    private static string Reason(string path, Exception exception) => exception switch
    {
        _ when path.Length == 0 => "the name is empty",
        _ when Directory.Exists(path) => "it is a folder",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "permission denied",
        _ => exception.Message,
    };
}
