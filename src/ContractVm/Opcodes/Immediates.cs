namespace ContractVm;

/// <summary>The shape of what follows an opcode in the binary format (WebAssembly 3.0, binary format, "Instructions").</summary>
public enum Immediates : byte
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>s33: empty, a value type or a type index.</summary>
    BlockType,
    /// <summary>Label index.</summary>
    Label,
    /// <summary>Vector of label indices, then the default label.</summary>
    LabelTable,
    /// <summary>Function index.</summary>
    Function,
    /// <summary>Type index, then table index.</summary>
    TypeTable,
    /// <summary>Type index.</summary>
    Type,
    /// <summary>Tag index.</summary>
    Tag,
    /// <summary>Vector of value types.</summary>
    ValueTypes,
    /// <summary>Block type, then a vector of catch clauses.</summary>
    TryTable,
    /// <summary>Local index.</summary>
    Local,
    /// <summary>Global index.</summary>
    Global,
    /// <summary>Table index.</summary>
    Table,
    /// <summary>Destination and source table index.</summary>
    TableTable,
    /// <summary>Element segment index, then table index.</summary>
    ElementTable,
    /// <summary>Element segment index.</summary>
    Element,
    /// <summary>Data segment index.</summary>
    Data,
    /// <summary>Alignment (with the multi-memory flag), memory index where flagged, offset.</summary>
    MemArg,
    /// <summary><see cref="MemArg"/>, then a lane index byte.</summary>
    MemArgLane,
    /// <summary>Memory index.</summary>
    Memory,
    /// <summary>Destination and source memory index.</summary>
    MemoryMemory,
    /// <summary>Data segment index, then memory index.</summary>
    DataMemory,
    /// <summary>s32.</summary>
    I32,
    /// <summary>s64.</summary>
    I64,
    /// <summary>Four bytes, little endian.</summary>
    F32,
    /// <summary>Eight bytes, little endian.</summary>
    F64,
    /// <summary>Sixteen bytes.</summary>
    V128,
    /// <summary>Sixteen lane index bytes.</summary>
    Shuffle,
    /// <summary>One lane index byte.</summary>
    Lane,
    /// <summary>s33: an abstract heap type or a type index.</summary>
    HeapType,
    /// <summary>Type index, then field index.</summary>
    TypeField,
    /// <summary>Type index, then a count.</summary>
    TypeCount,
    /// <summary>Type index, then data segment index.</summary>
    TypeData,
    /// <summary>Type index, then element segment index.</summary>
    TypeElement,
    /// <summary>Destination and source type index.</summary>
    TypeType,
    /// <summary>Cast flags, label index, source and target heap type.</summary>
    CastBranch,
    /// <summary>One zero byte.</summary>
    Fence,
}
