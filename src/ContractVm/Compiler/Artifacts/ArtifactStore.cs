using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Threading;
using ContractVm.Native;
using Microsoft.Win32.SafeHandles;

namespace ContractVm.Compiler.Artifacts;

/// <summary>
/// Artifacts in a folder, a file for each key. Files appear whole or not at all, and what cannot be read is deleted, so that
/// processes may share a folder and a crash leaves nothing to repair. Whether an artifact is here never changes a result. Safe for
/// concurrent use.
/// </summary>
internal sealed class ArtifactStore
{
    private const string Extension = ".code";
    // A file's time is its last use, to within this, so that most reads write nothing.
    private static readonly TimeSpan TimeStep = TimeSpan.FromHours(1);
    private readonly string _folder;
    private readonly string _temporary;
    private readonly byte[] _secret;
    private readonly long _limitBytes;
    private readonly Action<string>? _report;
    private readonly Lock _pruning = new();
    // Of all files; -1 before they have been looked at. Other processes' files come in when they are looked at again.
    private long _bytes = -1;

    private ArtifactStore(string folder, string temporary, byte[] secret, long limitBytes, Action<string>? report)
    {
        _folder = folder;
        _temporary = temporary;
        _secret = secret;
        _limitBytes = limitBytes;
        _report = report;
    }

    /// <summary>Opens a folder, or makes it, and deletes what writers that crashed left behind.</summary>
    /// <param name="folder">The folder: its files are executable code, so that nobody but the node may write there.</param>
    /// <param name="limitBytes">Bytes of all files at most, for a moment exceeded by the newest; those unused for longest go first.</param>
    /// <param name="report">Takes one sentence for each file that is refused or cannot be written; may be called by several threads at once.</param>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be used.</exception>
    public static ArtifactStore Open(string folder, long limitBytes = long.MaxValue, Action<string>? report = null)
    {
        string temporary = Path.Combine(folder, "temporary");
        MakeFolder(folder);
        MakeFolder(temporary);
        DeleteLeftovers(temporary);
        byte[] secret = NodeSecret.ReadOrMake(Path.Combine(folder, "secret"));
        return new ArtifactStore(folder, temporary, secret, limitBytes, report);
    }

    /// <summary>Where an artifact is, if it is.</summary>
    public string PathOf(in ArtifactKey key)
    {
        string name = key.ToString();
        return Path.Combine(_folder, name[..2], name[2..4], name + Extension);
    }

    /// <summary>Reads an artifact; false where there is none that may be run. A file with a defect is deleted.</summary>
    /// <param name="key">What it is made of.</param>
    /// <param name="module">The module that it must be of.</param>
    /// <param name="artifact">The code, without a defect, until the caller disposes of it.</param>
    public bool TryRead(in ArtifactKey key, Module module, [NotNullWhen(true)] out StoredCode? artifact)
    {
        artifact = null;
        string path = PathOf(key);
        byte[]? rented = null;
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            long length = RandomAccess.GetLength(file);
            string? defect = length > Artifact.MostBytes ? "it is too long" : null;
            if (defect is null)
            {
                rented = ArrayPool<byte>.Shared.Rent((int)length);
                ReadOnlyMemory<byte> bytes = rented.AsMemory(0, ReadAll(file, rented.AsSpan(0, (int)length)));
                if (Artifact.TryRead(bytes, key, _secret, out CompiledCode? code, out defect)) defect = Artifact.DefectOf(code!, module);
                if (defect is null)
                {
                    if (_limitBytes != long.MaxValue) NoteUse(file);
                    artifact = new StoredCode(code!, rented);
                    rented = null;
                    return true;
                }
            }

            _report?.Invoke($"{path} is not run and deleted: {defect}");
            TryDelete(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // A look before would cost those that are there more than the exception costs beside the compilation that follows.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _report?.Invoke($"{path} cannot be read: {exception.Message}");
        }
        finally
        {
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        }

        return false;
    }

    /// <summary>Writes an artifact, in place of one that may be there; false where that fails, which is nothing but a pity.</summary>
    public bool TryWrite(in ArtifactKey key, CompiledCode code)
    {
        string path = PathOf(key), temporary = Path.Combine(_temporary, Path.GetRandomFileName());
        byte[]? bytes = Artifact.Write(code, key, _secret);
        if (bytes is null || bytes.Length > _limitBytes) return false;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            FileStreamOptions options = new()
            {
                Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, PreallocationSize = bytes.Length,
            };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (FileStream stream = new(temporary, options))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            _report?.Invoke($"{path} cannot be written: {exception.Message}");
            return false;
        }

        if (_limitBytes != long.MaxValue) Account(bytes.Length);
        return true;
    }

    /// <summary>Deletes the files unused for longest until the rest takes no more than some bytes.</summary>
    /// <returns>What the rest takes.</returns>
    public long Prune(long mostBytes)
    {
        List<(DateTime Time, string Path, long Length)> files = [];
        long sum = 0;
        try
        {
            foreach (FileInfo file in new DirectoryInfo(_folder).EnumerateFiles("*" + Extension, SearchOption.AllDirectories))
            {
                // Another process may delete it at any moment.
                if (!file.Exists) continue;
                files.Add((file.LastWriteTimeUtc, file.FullName, file.Length));
                sum += file.Length;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _report?.Invoke($"{_folder} cannot be listed: {exception.Message}");
        }

        files.Sort(static (a, b) => a.Time != b.Time ? a.Time.CompareTo(b.Time) : string.CompareOrdinal(a.Path, b.Path));
        foreach ((_, string path, long length) in files)
        {
            if (sum <= mostBytes) break;
            if (TryDelete(path)) sum -= length;
        }

        return sum;
    }

    private void Account(long written)
    {
        lock (_pruning)
        {
            // The first time, what is there counts with what has just been written.
            if (_bytes >= 0) _bytes += written;
            if (_bytes >= 0 && _bytes <= _limitBytes) return;
            // A little more than must be, so that not every file that is written lists the folder.
            _bytes = Prune(_bytes < 0 ? _limitBytes : _limitBytes - _limitBytes / 8);
        }
    }

    private static int ReadAll(SafeFileHandle file, Span<byte> bytes)
    {
        int length = 0;
        while (length < bytes.Length)
        {
            int read = RandomAccess.Read(file, bytes[length..], length);
            if (read == 0) break;
            length += read;
        }

        return length;
    }

    private static void NoteUse(SafeFileHandle file)
    {
        DateTime now = DateTime.UtcNow;
        if (now - File.GetLastWriteTimeUtc(file) > TimeStep) File.SetLastWriteTimeUtc(file, now);
    }

    private static void DeleteLeftovers(string temporary)
    {
        foreach (string path in Directory.EnumerateFiles(temporary))
        {
            try
            {
                // A writer holds a lock, which goes with its process.
                using (File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None)) File.Delete(path);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Whoever holds it deletes it, or leaves it to the next one who opens the folder.
            }
        }
    }

    private static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static bool TryDelete(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
