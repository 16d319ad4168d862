using System;
using System.Linq;

namespace ContractVm.Fuzz;

/// <summary>The vector instructions of generated programs: chosen from the opcode table, so that none is forgotten.</summary>
public sealed partial class ProgramGenerator
{
    private static readonly OpcodeInfo[] Strict = OpcodeTable.All.Where(static info => info.Feature == Features.Simd && info.Immediates != Immediates.V128).ToArray();
    private static readonly OpcodeInfo[] VectorMakers = Strict.Where(static info => info.Results == "v").ToArray();
    private static readonly OpcodeInfo[] VectorStores = Strict.Where(static info => info.Results.Length == 0).ToArray();
    private static readonly OpcodeInfo[] VectorReaders = Strict.Where(static info => info.Operands == "v" && info.Results is "i" or "l" or "f" or "d").ToArray();
    private static readonly OpcodeInfo[] Splats = Strict.Where(static info => info.Results == "v" && info.Operands is "i" or "l" or "f" or "d").ToArray();

    private void VectorInstruction(OpcodeInfo info, int depth)
    {
        foreach (char operand in info.Operands)
        {
            if (operand == 'm') Address(depth);
            else Expression(operand, depth + 1);
        }

        Emit(info);
    }

    private void Emit(OpcodeInfo info)
    {
        byte lane = (byte)_random.Below(Math.Max(info.Lanes, 1));
        byte[] access = [0, .. ModuleBuilder.Unsigned((uint)_random.Below(16))];
        Op(ModuleBuilder.Vector(info.Opcode, info.Immediates switch
        {
            Immediates.Lane => [lane],
            Immediates.MemArg => access,
            Immediates.MemArgLane => [.. access, lane],
            Immediates.Shuffle => Enumerable.Range(0, 16).Select(_ => (byte)_random.Below(32)).ToArray(),
            _ => [],
        }));
        if (info.Results == "v" && MayMakeNaN(info.Name)) ZeroNaNs(info.Name[0..3] == "f32");
    }

    /// <summary>True for what computes floats or puts one into a lane; comparisons give bits.</summary>
    private static bool MayMakeNaN(string name) => name[0] == 'f' && name[6..] is not ("eq" or "ne" or "lt" or "gt" or "le" or "ge");

    /// <summary>Keeps of the top vector only the lanes that equal themselves.</summary>
    private void ZeroNaNs(bool isSingle)
    {
        int scratch = _locals.Length - 1;
        Op(0x22, scratch);
        Op(ModuleBuilder.VectorConstant(0, 0));
        Op(0x20, scratch);
        Op(0x20, scratch);
        Op(ModuleBuilder.Vector(isSingle ? Opcode.F32x4Eq : Opcode.F64x2Eq));
        Op(ModuleBuilder.Vector(Opcode.V128Bitselect));
    }

    private void ConvertVector(char from, char to)
    {
        if (from == to) return;
        OpcodeInfo[] choices = from == 'v' ? VectorReaders.Where(info => info.Results[0] == to).ToArray() : Splats.Where(info => info.Operands[0] == from).ToArray();
        Emit(choices[_random.Below(choices.Length)]);
    }

    private ulong SomeBits() => _random.Below(4) switch
    {
        0 => 0,
        1 => ulong.MaxValue,
        2 => _random.Next() & 0x0101_0101_0101_0101,
        _ => _random.Next(),
    };
}
