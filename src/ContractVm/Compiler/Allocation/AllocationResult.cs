using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Allocation;

/// <summary>Where a value is: a register, a spill slot, or nowhere, because an instruction makes it again where it is needed.</summary>
internal readonly record struct Location(LocationKind Kind, int Index)
{
    /// <summary>A register.</summary>
    public static Location Of(Register register) => new(LocationKind.Register, (int)register);
    /// <summary>A spill slot, by its offset in 8-byte units from the start of the spill area.</summary>
    public static Location OfSlot(int slot) => new(LocationKind.Slot, slot);
    /// <summary>The register.</summary>
    public Register Register => (Register)Index;
}

/// <summary>Kinds of locations.</summary>
internal enum LocationKind : byte
{
    /// <summary>Not set.</summary>
    None,
    /// <summary><see cref="Location.Index"/> is a <see cref="Register"/>.</summary>
    Register,
    /// <summary><see cref="Location.Index"/> is a slot.</summary>
    Slot,
    /// <summary><see cref="Location.Index"/> is the instruction whose constant is made anew; only as the source of a move.</summary>
    Constant,
}

/// <summary>A move to be made before an instruction.</summary>
/// <param name="Before">Index of the instruction.</param>
/// <param name="From">Source.</param>
/// <param name="To">Target.</param>
/// <param name="Kind">What is moved: decides the width.</param>
internal readonly record struct InsertedMove(int Before, Location From, Location To, Machine.VirtualKind Kind);

/// <summary>
/// What an allocator found: where each operand is, and the moves between. Storage is kept from function to function.
/// </summary>
internal sealed class AllocationResult
{
    /// <summary>
    /// For each operand of the function, by its index, where it is. The result of a rematerializable instruction may be nowhere
    /// (<see cref="LocationKind.None"/>): the instruction is left out then, and moves make the constant where it is used.
    /// </summary>
    public Location[] Operands = new Location[1024];
    /// <summary>
    /// The moves, by ascending instruction; those before one instruction are done one after the other in this order (cycles are
    /// resolved already, with the scratch registers).
    /// </summary>
    public InsertedMove[] Moves = new InsertedMove[256];
    public int MoveCount;
    /// <summary>Size of the spill area in 8-byte units.</summary>
    public int SlotCount;
}
