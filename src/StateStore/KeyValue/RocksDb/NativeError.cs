using System;
using System.Runtime.InteropServices;

namespace ContractVm.StateStore.RocksDb;

/// <summary>Turns an error string of the library into an exception and frees it.</summary>
internal static class NativeError
{
    /// <summary>Throws when the library reported an error.</summary>
    /// <param name="error">The string that the library allocated, or 0 for no error.</param>
    /// <param name="action">What was being done, for the message.</param>
    public static void Check(nint error, string action)
    {
        if (error == 0) return;
        string text = Take(error);
        // RocksDB begins the text with the kind of its status.
        StoreFault fault = text.StartsWith("Corruption", StringComparison.Ordinal) ? StoreFault.Corrupt : StoreFault.Engine;
        throw new StoreException(fault, $"RocksDB could not {action}: {text}");
    }

    /// <summary>Copies a string of the library and frees it.</summary>
    public static string Take(nint text)
    {
        string copy = Marshal.PtrToStringUTF8(text) ?? "";
        Native.rocksdb_free(text);
        return copy;
    }
}
