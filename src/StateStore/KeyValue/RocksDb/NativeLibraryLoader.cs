using System;
using System.Reflection;
using System.Runtime.InteropServices;

namespace ContractVm.StateStore.RocksDb;

/// <summary>Finds librocksdb under the names that distributions give it.</summary>
internal static class NativeLibraryLoader
{
    // Debian 12 has 7.8; the functions in use are the same in the later ones.
    private static readonly string[] Names =
        ["librocksdb.so.7.8", "librocksdb.so.7", "librocksdb.so.8", "librocksdb.so.9", "librocksdb.so"];

    /// <summary>Makes this assembly's imports of "rocksdb" use <see cref="Load"/>.</summary>
    public static void Register() => NativeLibrary.SetDllImportResolver(
        typeof(NativeLibraryLoader).Assembly,
        static (string library, Assembly assembly, DllImportSearchPath? path) => library == Native.Library ? Load(Names) : 0);

    /// <summary>Loads the first library that exists.</summary>
    /// <exception cref="StoreException">None of them can be loaded.</exception>
    public static nint Load(ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (NativeLibrary.TryLoad(name, out nint handle)) return handle;
        throw new StoreException(StoreFault.LibraryMissing,
            $"the RocksDB library is not installed (tried {string.Join(", ", names)}); on Debian: apt-get install librocksdb7.8");
    }
}
