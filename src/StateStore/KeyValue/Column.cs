using System;

namespace ContractVm.StateStore;

/// <summary>The columns (RocksDB column families) of a database. docs/STATE.md has the keys and values of each.</summary>
public enum Column
{
    /// <summary>Single rows about the database: format, chain, head, floor.</summary>
    Meta,

    /// <summary>Live accounts by address hash.</summary>
    Accounts,

    /// <summary>Live storage slots by address hash and key hash.</summary>
    Slots,

    /// <summary>Trie nodes by owner and path.</summary>
    Nodes,

    /// <summary>Contract code by its hash.</summary>
    Code,

    /// <summary>Addresses and storage keys by their hash.</summary>
    Preimages,

    /// <summary>Reverse rows: what accounts and slots were before a block, and which of them each block touched.</summary>
    History,

    /// <summary>Block headers; written by the node.</summary>
    Headers,

    /// <summary>Block bodies; written by the node.</summary>
    Bodies,

    /// <summary>Receipts; written by the node.</summary>
    Receipts,

    /// <summary>Look-up rows (transaction by hash, block by hash, logs); written by the node.</summary>
    Index,
}

/// <summary>How a column is stored.</summary>
/// <param name="Name">Name of the column family; never changes once a database exists.</param>
/// <param name="BlockBytes">Size of a data block before compression.</param>
/// <param name="BloomBits">Bloom filter bits per key; 0 for no filter.</param>
/// <param name="Compress">LZ4; off where rows are hashes, which do not compress.</param>
/// <param name="Hot">True for columns that every block writes many rows to: they get a large write buffer.</param>
internal readonly record struct ColumnOptions(string Name, int BlockBytes, int BloomBits, bool Compress, bool Hot);

/// <summary>The one table of columns.</summary>
internal static class Columns
{
    private const int Small = 4 * 1024;
    private const int Large = 16 * 1024;

    private static readonly ColumnOptions[] Table =
    [
        // RocksDB insists on a family called "default"; the meta rows live in it.
        new("default", Small, 0, false, false),
        new("acct", Small, 10, false, true),
        new("slot", Small, 10, false, true),
        new("node", Small, 10, false, true),
        new("code", Large, 10, true, false),
        new("pre", Small, 10, false, false),
        new("hist", Small, 0, true, true),
        new("hdr", Large, 0, true, false),
        new("body", Large, 0, true, false),
        new("rcpt", Large, 0, true, false),
        new("idx", Small, 10, false, false),
    ];

    /// <summary>The number of columns.</summary>
    public static int Count => Table.Length;

    /// <summary>The options of every column, in the order of <see cref="Column"/>.</summary>
    public static ReadOnlySpan<ColumnOptions> All => Table;
}
