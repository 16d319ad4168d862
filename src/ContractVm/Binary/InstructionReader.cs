namespace ContractVm.Binary;

/// <summary>Reads opcodes of code that has been validated.</summary>
internal static class InstructionReader
{
    /// <summary>What is known of the instruction whose opcode comes next; null where it names none.</summary>
    public static OpcodeInfo? ReadOpcode(ref ByteReader reader)
    {
        int id = reader.ReadByte("an instruction");
        if (id is >= 0xFB and <= 0xFE) id = OpcodeTable.PrefixedId((byte)id, reader.ReadU32("a sub-opcode"));
        return id < 0 ? null : OpcodeTable.Find(id);
    }
}
