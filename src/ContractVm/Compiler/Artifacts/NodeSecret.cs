using System;
using System.IO;
using System.Security.Cryptography;
using System.Threading;

namespace ContractVm.Compiler.Artifacts;

/// <summary>The random bytes beside a node's artifacts with which it seals them, in a file that only the node's user may read.</summary>
internal static class NodeSecret
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int LockTries = 500, LockWaitMilliseconds = 10;

    /// <summary>
    /// Reads a secret, or makes it. One that others may have read, or that is damaged, is replaced: what was sealed with it is compiled
    /// again.
    /// </summary>
    /// <exception cref="IOException">The file can be neither read nor made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file can be neither read nor made.</exception>
    public static byte[] ReadOrMake(string path)
    {
        // Processes that start together on a new folder must come to the same secret.
        using FileStream gate = Lock(path + ".lock");
        if (TryRead(path, out byte[] secret)) return secret;
        secret = RandomNumberGenerator.GetBytes(Artifact.SecretBytes);
        string temporary = path + ".new";
        File.Delete(temporary);
        using (FileStream stream = Open(temporary, FileMode.CreateNew))
        {
            stream.Write(secret);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        return secret;
    }

    private static bool TryRead(string path, out byte[] secret)
    {
        secret = [];
        if (!File.Exists(path)) return false;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0) return false;
        secret = File.ReadAllBytes(path);
        return secret.Length == Artifact.SecretBytes;
    }

    private static FileStream Lock(string path)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                return Open(path, FileMode.OpenOrCreate);
            }
            catch (IOException) when (tries < LockTries && File.Exists(path))
            {
                Thread.Sleep(LockWaitMilliseconds);
            }
        }
    }

    private static FileStream Open(string path, FileMode mode)
    {
        FileStreamOptions options = new() { Mode = mode, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }
}
