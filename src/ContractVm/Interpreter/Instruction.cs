using System.Runtime.InteropServices;

namespace ContractVm.Interpreter;

/// <summary>One instruction of the prepared form: 16 bytes, operands named by slot. Imm overlays A and B.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct Instruction
{
    [FieldOffset(0)] public InternalOp Op;
    [FieldOffset(2)] public ushort Extra;
    [FieldOffset(4)] public int R;
    [FieldOffset(8)] public int A;
    [FieldOffset(12)] public int B;
    [FieldOffset(8)] public ulong Imm;
}
