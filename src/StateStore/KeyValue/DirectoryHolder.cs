using System;
using System.Globalization;
using System.IO;

namespace ContractVm.StateStore;

/// <summary>
/// A file beside the database that names the process which opened it last, for the message that a second one gets. Who holds the
/// database is decided by RocksDB's lock alone: the file is only read when the lock is taken.
/// </summary>
internal static class DirectoryHolder
{
    private const string FileName = "HOLDER";

    /// <summary>Names this process. A file that cannot be written changes a message and nothing else.</summary>
    public static void Write(string directory)
    {
        try
        {
            string name = Path.GetFileNameWithoutExtension(Environment.GetCommandLineArgs()[0]);
            File.WriteAllText(Path.Combine(directory, FileName), string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {name}\n"));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // as the summary says
        }
    }

    /// <summary>Who holds the database, as far as is known.</summary>
    public static string Read(string directory)
    {
        try
        {
            string[] words = File.ReadAllText(Path.Combine(directory, FileName)).TrimEnd('\n').Split(' ', 2);
            if (words.Length == 2 && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                return id == Environment.ProcessId ? "another store in this process" : string.Create(CultureInfo.InvariantCulture, $"another process: {id} ({words[1]})");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // the file is not there yet, or not for us
        }
        return "another process";
    }
}
