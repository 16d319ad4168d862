namespace ContractVm.Native;

/// <summary>
/// What emitted code finds relative to the context register: the words at the head of an instance's block of native memory, its
/// globals after them. One for each instance. All offsets in bytes; a pointer is 8 bytes.
/// </summary>
internal static class ContextLayout
{
    /// <summary>Base address of the first memory; 0 where there is none. Never changes.</summary>
    public const int MemoryBase = 0x00;
    /// <summary>Address of the first memory's <see cref="MemoryDescriptor"/>.</summary>
    public const int Memory = 0x08;
    /// <summary>Address of the execution's state (<see cref="ExecutionLayout"/>).</summary>
    public const int Execution = 0x10;
    /// <summary>Address of the array of addresses of all memories' <see cref="MemoryDescriptor"/>.</summary>
    public const int Memories = 0x18;
    /// <summary>Address of the array of addresses of all tables' <see cref="TableDescriptor"/>.</summary>
    public const int Tables = 0x20;
    /// <summary>Address of the array of addresses of the imported globals' first slots.</summary>
    public const int ImportedGlobals = 0x28;
    /// <summary>Address of the array of (code address, context address) of the imported functions: 16 bytes each.</summary>
    public const int Imports = 0x30;
    /// <summary>Address of the store's array of <see cref="FunctionDescriptor"/>, by function reference; entry 0 is that of null.</summary>
    public const int Functions = 0x38;
    /// <summary>
    /// Address of an array of 32-bit numbers: the store's type for each canonical type of the module, then for each of its tags what stands in the headers of
    /// its exceptions.
    /// </summary>
    public const int Types = 0x40;
    /// <summary>A reference to function i of the module is this plus i plus one.</summary>
    public const int FunctionBase = 0x48;
    /// <summary>
    /// Code that ends the execution with a trap; reached by a call, whose return address names the site.
    /// </summary>
    public const int TrapExit = 0x50;
    /// <summary>Code that calls the host: index of the imported function in esi, address of the slots in rdx; status in eax.</summary>
    public const int CallHost = 0x58;
    /// <summary>Code that calls a <see cref="Builtin"/>: its number in esi, address of the slots in rdx; a <see cref="TrapKind"/>, or 0, in eax.</summary>
    public const int CallBuiltin = 0x60;
    /// <summary>Code that copies bytes: as C's memmove with rdi, rsi, rdx; may change every register that a call may.</summary>
    public const int MoveBytes = 0x68;
    /// <summary>Code that fills bytes: as C's memset with rdi, esi, rdx.</summary>
    public const int FillBytes = 0x70;
    /// <summary>Number of the instance, for the host.</summary>
    public const int Handle = 0x78;
    /// <summary>Code that ends the execution because the ink did not suffice; reached by a jump.</summary>
    public const int OutOfInkExit = 0x80;
    /// <summary>Code that ends the execution because the stack words did not suffice; reached by a jump.</summary>
    public const int OutOfStackExit = 0x88;
    /// <summary>Address of the store's objects (<see cref="Runtime.ObjectArena"/>); 0 where the module uses neither objects nor exceptions.</summary>
    public const int Objects = 0x90;
    /// <summary>Words that the objects may take.</summary>
    public const int ObjectLimit = 0x98;
    /// <summary>Code that throws; reached by a call, with the exception in rdx and the stack words in r12.</summary>
    public const int Throw = 0xA0;
    /// <summary>What <see cref="Compiler.X64.Registers.SingleNaNs"/> and its neighbours hold: 16 bytes each.</summary>
    public const int SingleNaNs = 0xB0, DoubleNaNs = 0xC0;

    /// <summary>
    /// The first of the instance's global slots, 8 bytes each; global i starts at slot <see cref="Instance.GlobalSlot"/>(i), which
    /// counts the imported globals' slots too. Those are not used: see <see cref="ImportedGlobals"/>. An i32 or f32 is read with 32
    /// bits: the embedder may have left anything above.
    /// </summary>
    public const int Globals = 0x100;
}

/// <summary>What emitted code finds in a memory's descriptor.</summary>
internal static class MemoryDescriptor
{
    /// <summary>Base address.</summary>
    public const int Base = 0;
    /// <summary>Bytes that it has.</summary>
    public const int ByteLength = 8;
}

/// <summary>What emitted code finds in a table's descriptor.</summary>
internal static class TableDescriptor
{
    /// <summary>Address of the elements, 8 bytes each: references.</summary>
    public const int Elements = 0;
    /// <summary>Number of elements.</summary>
    public const int Length = 8;
}

/// <summary>What emitted code finds for a function reference.</summary>
internal static class FunctionDescriptor
{
    /// <summary>Address of the code.</summary>
    public const int Code = 0;
    /// <summary>Context of the instance that the code runs for.</summary>
    public const int Context = 8;
    /// <summary>The function's type in the store, 32 bits; -1 for null.</summary>
    public const int Type = 16;
    /// <summary>Bytes of a descriptor, a power of two.</summary>
    public const int Size = 32, SizeLog2 = 5;
}

/// <summary>What emitted code and its stubs keep of a running execution, shared by all instances of a store.</summary>
internal static class ExecutionLayout
{
    /// <summary>Ink left, while other code than emitted code runs.</summary>
    public const int Ink = 0x00;
    /// <summary>Stack words left, likewise.</summary>
    public const int Words = 0x08;
    /// <summary>Stack pointer of the thread's own stack, to which host calls switch.</summary>
    public const int ThreadStack = 0x10;
    /// <summary>Stack pointer on the execution stack at which the present entry began: exits go there.</summary>
    public const int EntryStack = 0x18;
    /// <summary>Address of the instruction or return address that an exit came from.</summary>
    public const int ExitSite = 0x20;
    /// <summary>Where on the execution stack the next entry starts.</summary>
    public const int StackTop = 0x28;
    /// <summary>Address that a fault was at.</summary>
    public const int FaultAddress = 0x30;
    /// <summary>What eax held at a TrapExit: the kind of the trap, at sites whose table entry leaves it open.</summary>
    public const int ExitKind = 0x38;
    /// <summary>Handle of the .NET object behind the execution, for the host.</summary>
    public const int Owner = 0x40;
    /// <summary>Address of the entry of type 0 in the store's <see cref="ContractVm.SubtypeOrder"/>.</summary>
    public const int SubtypeOrder = 0x48;
    /// <summary>Where an exception is taken: the address of the code, the stack pointer and the context there.</summary>
    public const int LandingAddress = 0x50, LandingStack = 0x58, LandingContext = 0x60;
    /// <summary>The exception that is taken, and the number of the clause that takes it.</summary>
    public const int LandingException = 0x68, LandingClause = 0x70;
}

/// <summary>What emitted code asks .NET code to do (<see cref="ContextLayout.CallBuiltin"/>). Operands and results in slots, from slot 0.</summary>
internal enum Builtin
{
    /// <summary>memory.grow: pages, memory index; gives the pages before or -1 (64 bits).</summary>
    MemoryGrow,
    /// <summary>memory.init: target, source, length, segment, memory index.</summary>
    MemoryInit,
    /// <summary>memory.copy: target, source, length, target memory, source memory.</summary>
    MemoryCopy,
    /// <summary>memory.fill: target, value, length, memory index.</summary>
    MemoryFill,
    /// <summary>data.drop: segment.</summary>
    DataDrop,
    /// <summary>table.grow: value, count, table; gives the length before or -1 (64 bits).</summary>
    TableGrow,
    /// <summary>table.fill: start, value, length, table.</summary>
    TableFill,
    /// <summary>table.copy: target, source, length, target table, source table.</summary>
    TableCopy,
    /// <summary>table.init: target, source, length, segment, table.</summary>
    TableInit,
    /// <summary>elem.drop: segment.</summary>
    ElementDrop,
    /// <summary>Tells the instance's observer of an instruction: slots of operands, function, byte offset, the operands.</summary>
    Observe,
    /// <summary>
    /// An instruction on structs or arrays as the interpreter has it: its number, its type and its segment or other type (32 bits each, in two slots), then its
    /// operands; gives its result in the place of the first.
    /// </summary>
    Aggregate,
}
