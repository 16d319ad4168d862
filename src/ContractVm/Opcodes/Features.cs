using System;

namespace ContractVm;

/// <summary>
/// Parts of the language that a profile accepts or rejects by name. The first group are the proposals in the order in which
/// they were finished; the second are uses of the language that a chain may want to forbid.
/// </summary>
[Flags]
public enum Features : uint
{
    /// <summary>No feature.</summary>
    None = 0,
    /// <summary>WebAssembly 1.0; always accepted.</summary>
    Core = 1 << 0,
    /// <summary>Mutable globals may be imported and exported.</summary>
    MutableGlobals = 1 << 1,
    /// <summary>Sign-extension operators.</summary>
    SignExtension = 1 << 2,
    /// <summary>Non-trapping float-to-integer conversions.</summary>
    SaturatingConversions = 1 << 3,
    /// <summary>Several results, and block parameters.</summary>
    MultiValue = 1 << 4,
    /// <summary>memory.copy and memory.fill, and a data count section.</summary>
    BulkMemory = 1 << 5,
    /// <summary>externref, several tables, table.get and its relatives.</summary>
    ReferenceTypes = 1 << 6,
    /// <summary>128-bit vectors.</summary>
    Simd = 1 << 7,
    /// <summary>Relaxed vector instructions, here with their deterministic results.</summary>
    RelaxedSimd = 1 << 8,
    /// <summary>return_call and its relatives.</summary>
    TailCalls = 1 << 9,
    /// <summary>Integer arithmetic in constant expressions.</summary>
    ExtendedConst = 1 << 10,
    /// <summary>More than one memory.</summary>
    MultiMemory = 1 << 11,
    /// <summary>Memories and tables with 64-bit addresses.</summary>
    Memory64 = 1 << 12,
    /// <summary>Typed function references.</summary>
    TypedReferences = 1 << 13,
    /// <summary>Structs, arrays, i31 and casts.</summary>
    Gc = 1 << 14,
    /// <summary>Tags, throw and try_table.</summary>
    Exceptions = 1 << 15,
    /// <summary>Atomic instructions (on unshared memory).</summary>
    Threads = 1 << 16,
    /// <summary>Passive segments and what uses them: memory.init, data.drop, table.init, elem.drop; and table.copy.</summary>
    PassiveSegments = 1 << 17,

    /// <summary>Any use of f32 or f64 (types or instructions).</summary>
    Floats = 1 << 24,
    /// <summary>Instructions that compute with floats: all but constants, loads, stores and reinterpretations.</summary>
    FloatArithmetic = 1 << 28,
    /// <summary>memory.atomic.wait32 and memory.atomic.wait64, which would wait for another thread.</summary>
    AtomicWait = 1 << 29,
    /// <summary>A start function.</summary>
    StartFunction = 1 << 25,
    /// <summary>Memories marked as shared.</summary>
    SharedMemory = 1 << 26,
    /// <summary>Imports of tables, memories, globals or tags.</summary>
    NonFunctionImports = 1 << 27,
}
