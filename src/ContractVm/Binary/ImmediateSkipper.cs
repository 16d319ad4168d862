using System;

namespace ContractVm.Binary;

/// <summary>Passes over the immediates of a validated instruction.</summary>
internal static class ImmediateSkipper
{
    public static void Skip(ref ByteReader reader, Immediates immediates)
    {
        switch (immediates)
        {
            case Immediates.None: break;
            case Immediates.BlockType or Immediates.HeapType: reader.ReadS33("a type"); break;
            case Immediates.I32: reader.ReadS32("a constant"); break;
            case Immediates.I64: reader.ReadS64("a constant"); break;
            case Immediates.F32: reader.ReadBytes(4, "a constant"); break;
            case Immediates.F64: reader.ReadBytes(8, "a constant"); break;
            case Immediates.V128 or Immediates.Shuffle: reader.ReadBytes(16, "a constant"); break;
            case Immediates.Lane or Immediates.Fence: reader.ReadByte("an immediate"); break;
            case Immediates.ValueTypes: reader.ReadBytes((int)reader.ReadU32("types"), "types"); break;
            case Immediates.LabelTable:
                for (uint left = reader.ReadU32("targets") + 1; left > 0; left--) reader.ReadU32("a label");
                break;
            case Immediates.MemArg:
                if (reader.ReadU32("an alignment") >= 0x40) reader.ReadU32("a memory");
                reader.ReadU64("an offset");
                break;
            case Immediates.TypeTable or Immediates.TableTable or Immediates.ElementTable or Immediates.MemoryMemory or Immediates.DataMemory:
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
}
