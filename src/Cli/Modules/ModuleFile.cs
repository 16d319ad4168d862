using System;
using System.Globalization;
using System.IO;
using ContractVm.Cli.CommandLine;

namespace ContractVm.Cli.Modules;

/// <summary>A module read from a file: its bytes and what the profile says of them.</summary>
/// <param name="Path">The file, as the user named it.</param>
/// <param name="Length">Its bytes; where it has more than the profile allows, at least those.</param>
/// <param name="Module">The module, or null where it is refused.</param>
/// <param name="Error">Why it is refused, or null.</param>
internal sealed record ModuleFile(string Path, long Length, Module? Module, ModuleError? Error)
{
    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="FailureException">The file cannot be read.</exception>
    public static ModuleFile Load(string path, Profile profile)
    {
        int limit = (int)profile.Limits[Limit.ModuleBytes];
        byte[] bytes = ReadUpTo(path, limit + 1, out long length);
        if (bytes.Length > limit)
        {
            string size = length > limit ? length.ToString(CultureInfo.InvariantCulture) : $"more than {limit}";
            ModuleError tooLarge = new(ModuleErrorCode.ModuleTooLarge, 0, null, -1, $"the module has {size} bytes, the profile allows {limit}");
            return new ModuleFile(path, Math.Max(length, bytes.Length), null, tooLarge);
        }

        return Module.TryLoad(bytes, profile, out Module module, out ModuleError error)
            ? new ModuleFile(path, bytes.Length, module, null)
            : new ModuleFile(path, bytes.Length, null, error);
    }

    /// <summary>The module.</summary>
    /// <exception cref="FailureException">It was refused.</exception>
    public Module Accepted() => Module ?? throw new FailureException($"{Path}: {Error}");

    // Never reads more than asked for: a file may be larger than memory, or have no end.
    private static byte[] ReadUpTo(string path, int most, out long length)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            length = file.CanSeek ? file.Length : 0;
            using MemoryStream content = new((int)Math.Clamp(length, 0, most));
            byte[] buffer = new byte[64 << 10];
            while (content.Length < most)
            {
                int read = file.Read(buffer, 0, (int)Math.Min(buffer.Length, most - content.Length));
                if (read == 0) break;
                content.Write(buffer, 0, read);
            }

            return content.ToArray();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new FailureException($"cannot read '{path}': {Reason(path, exception)}");
        }
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
