namespace ContractVm.Binary;

/// <summary>Passes over the immediates of a validated instruction.</summary>
internal static class ImmediateSkipper
{
    public static void Skip(ref ByteReader reader, Immediates immediates)
    {
        switch (immediates)
        {
            case Immediates.None: break;
            case Immediates.BlockType: SkipType(ref reader); break;
            case Immediates.HeapType: reader.ReadS33("a heap type"); break;
            case Immediates.I32: reader.ReadS32("a constant"); break;
            case Immediates.I64: reader.ReadS64("a constant"); break;
            case Immediates.F32: reader.ReadBytes(4, "a constant"); break;
            case Immediates.F64: reader.ReadBytes(8, "a constant"); break;
            case Immediates.V128 or Immediates.Shuffle: reader.ReadBytes(16, "a constant"); break;
            case Immediates.Lane or Immediates.Fence: reader.ReadByte("an immediate"); break;
            case Immediates.ValueTypes:
                for (uint left = reader.ReadU32("types"); left > 0; left--) SkipType(ref reader);
                break;
            case Immediates.LabelTable:
                for (ulong left = reader.ReadU32("targets") + 1UL; left > 0; left--) reader.ReadU32("a label");
                break;
            case Immediates.TryTable:
                SkipType(ref reader);
                for (uint left = reader.ReadU32("catch clauses"); left > 0; left--)
                {
                    if (reader.ReadByte("a catch clause") < 2) reader.ReadU32("a tag");
                    reader.ReadU32("a label");
                }

                break;
            case Immediates.CastBranch:
                reader.ReadByte("cast flags");
                reader.ReadU32("a label");
                reader.ReadS33("a heap type");
                reader.ReadS33("a heap type");
                break;
            case Immediates.MemArg:
                SkipMemoryArgument(ref reader);
                break;
            case Immediates.MemArgLane:
                SkipMemoryArgument(ref reader);
                reader.ReadByte("a lane");
                break;
            case Immediates.TypeTable or Immediates.TableTable or Immediates.ElementTable or Immediates.MemoryMemory or Immediates.DataMemory
                or Immediates.TypeField or Immediates.TypeCount or Immediates.TypeData or Immediates.TypeElement or Immediates.TypeType:
                reader.ReadU32("an index");
                reader.ReadU32("an index");
                break;
            case Immediates.Label or Immediates.Function or Immediates.Type or Immediates.Local or Immediates.Global or Immediates.Table
                or Immediates.Element or Immediates.Data or Immediates.Memory or Immediates.Tag:
                reader.ReadU32("an index");
                break;
            default: throw new NodeFaultException($"immediates {immediates} are validated but not passed over");
        }
    }

    /// <summary>A block type or value type: (ref ht) and (ref null ht) go on with a heap type.</summary>
    private static void SkipType(ref ByteReader reader)
    {
        if (reader.ReadS33("a type") is -28 or -29) reader.ReadS33("a heap type");
    }

    private static void SkipMemoryArgument(ref ByteReader reader)
    {
        if (reader.ReadU32("an alignment") >= 0x40) reader.ReadU32("a memory");
        reader.ReadU64("an offset");
    }
}
