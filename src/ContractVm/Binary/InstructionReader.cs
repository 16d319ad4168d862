namespace ContractVm.Binary;

/// <summary>Reads opcodes of code that has been validated.</summary>
internal static class InstructionReader
{
    /// <summary>The id of the instruction whose opcode comes next; -1 for a prefixed one that names none.</summary>
    public static int ReadId(ref ByteReader reader)
    {
        int id = reader.ReadByte("an instruction");
        return id is >= 0xFB and <= 0xFE ? OpcodeTable.PrefixedId((byte)id, reader.ReadU32("a sub-opcode")) : id;
    }

    /// <summary>What is known of the instruction whose opcode comes next; null where it names none.</summary>
    public static OpcodeInfo? ReadOpcode(ref ByteReader reader)
    {
        int id = ReadId(ref reader);
        return id < 0 ? null : OpcodeTable.Find(id);
    }
}
