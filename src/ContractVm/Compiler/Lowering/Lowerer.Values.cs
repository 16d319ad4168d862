using System;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;

namespace ContractVm.Compiler.Lowering;

/// <summary>Virtual registers of values, and constants.</summary>
internal sealed partial class Lowerer
{
    private struct ActiveConstant
    {
        public int Node;
        public int Virtual;
        /// <summary>Place in the backward list of instructions before which, in the order of the code, it is made.</summary>
        public int Position;
    }

    private struct PlacedConstant
    {
        public int Node;
        public int Virtual;
        public int Next;
    }

    /// <summary>The position of a constant that the node at hand uses, until that node is done.</summary>
    private const int Touched = -1;

    /// <summary>Constants that have a register in the stretch at hand: a block, or a part of it without a call.</summary>
    private ActiveConstant[] _active = new ActiveConstant[16];
    private int _activeCount;
    /// <summary>For a constant's node its place among the active ones, or -1.</summary>
    private int[] _constantEntries = [];
    /// <summary>Active constants that the node at hand uses.</summary>
    private int[] _touched = new int[16];
    private int _touchedCount;
    private PlacedConstant[] _placed = new PlacedConstant[32];
    private int _placedCount;
    /// <summary>For each place its first constant plus one, or 0.</summary>
    private int[] _placedAt = [];

    private int NewVirtual(VirtualKind kind)
    {
        if (_machine.VirtualCount == _machine.Virtuals.Length) Array.Resize(ref _machine.Virtuals, _machine.VirtualCount * 2);
        _machine.Virtuals[_machine.VirtualCount] = kind;
        return _machine.VirtualCount++;
    }

    /// <summary>
    /// The node whose register holds a value: an i32 stands zero-extended in its register, so widening it is nothing, as is a check
    /// that has been made where it stood.
    /// </summary>
    private int Carrier(int value)
    {
        value = _ir.Resolve(value);
        while (_ir.Nodes[value].Op is (ushort)Opcode.I64ExtendI32U or IrOp.NonNull) value = _ir.Resolve(_ir.Nodes[value].A);
        return value;
    }

    /// <summary>The register of a value, for a user of it at the place of the node at hand.</summary>
    private int Use(int value) => UseCarrier(Carrier(value));

    /// <summary>A register whose lower 32 bits are the value's, for a user that looks at no others.</summary>
    private int UseLow(int value)
    {
        value = Carrier(value);
        while (_ir.Nodes[value].Op == (ushort)Opcode.I32WrapI64) value = Carrier(_ir.Nodes[value].A);
        return UseCarrier(value);
    }

    /// <summary>The register of an operand of so many bytes.</summary>
    private int Use(int value, int bytes) => bytes == 4 ? UseLow(value) : Use(value);

    private int UseCarrier(int value)
    {
        ref IrNode node = ref _ir.Nodes[value];
        if (NodeKinds.IsConstant(node.Op)) return UseConstant(value, node.Type);
        if (_virtuals[value] < 0) _virtuals[value] = NewVirtual(KindOf(node.Type));
        return _virtuals[value];
    }

    /// <summary>The register that a node's result goes to; one that nobody reads where nobody has asked for it.</summary>
    private int Result(int node)
    {
        if (_virtuals[node] < 0) _virtuals[node] = NewVirtual(KindOf(_ir.Nodes[node].Type));
        return _virtuals[node];
    }

    private int UseConstant(int value, IrType type)
    {
        if (IsVectorType(type) && ConstantBits(value) is UInt128 bits && bits != 0 && TryHoist(KindOf(type), bits, out int held)) return held;
        int entry = _constantEntries[value];
        if (entry < 0)
        {
            if (_activeCount == _active.Length) Array.Resize(ref _active, _activeCount * 2);
            entry = _constantEntries[value] = _activeCount++;
            _active[entry] = new ActiveConstant { Node = value, Virtual = NewVirtual(KindOf(type)) };
        }

        ref ActiveConstant constant = ref _active[entry];
        if (constant.Position == Touched) return constant.Virtual;
        constant.Position = Touched;
        if (_touchedCount == _touched.Length) Array.Resize(ref _touched, _touchedCount * 2);
        _touched[_touchedCount++] = entry;
        return constant.Virtual;
    }

    /// <summary>The node at hand is emitted: the constants that it uses are made before it, unless an earlier user is met.</summary>
    private void PlaceTouched()
    {
        for (int i = 0; i < _touchedCount; i++) _active[_touched[i]].Position = _count;
        _touchedCount = 0;
    }

    /// <summary>
    /// Ends a stretch: users before it have their own register for a constant. To make one again is cheaper than to keep it
    /// through a call.
    /// </summary>
    private void CloseConstants()
    {
        for (int i = 0; i < _activeCount; i++)
        {
            ref ActiveConstant constant = ref _active[i];
            _constantEntries[constant.Node] = -1;
            if (_placedCount == _placed.Length) Array.Resize(ref _placed, _placedCount * 2);
            if (constant.Position >= _placedAt.Length) Array.Resize(ref _placedAt, Math.Max(constant.Position + 1, _placedAt.Length * 2));
            _placed[_placedCount] = new PlacedConstant { Node = constant.Node, Virtual = constant.Virtual, Next = _placedAt[constant.Position] };
            _placedAt[constant.Position] = ++_placedCount;
        }

        _activeCount = 0;
    }

    /// <summary>Where a value is a constant of a general register, its bits: sign-extended for an i32.</summary>
    private bool IsConstant(int value, out long bits)
    {
        value = _ir.Resolve(value);
        bool isWidened = _ir.Nodes[value].Op == (ushort)Opcode.I64ExtendI32U;
        if (isWidened) value = Carrier(value);
        ref IrNode node = ref _ir.Nodes[value];
        bits = node.Op == (ushort)Opcode.I32Const ? (int)node.Immediate : node.Op == (ushort)Opcode.RefNull ? 0 : node.Immediate;
        if (isWidened) bits = (uint)bits;
        return node.Op is (ushort)Opcode.I32Const or (ushort)Opcode.I64Const or (ushort)Opcode.RefNull;
    }

    /// <summary>The same for one that fits the immediate of an instruction of so many bytes, which is sign-extended.</summary>
    private bool IsImmediate(int value, int bytes, out long bits)
    {
        if (!IsConstant(value, out bits)) return false;
        if (bytes == 4) bits = (int)bits;
        return bits == (int)bits;
    }

    /// <summary>The bits of a constant of a float or a vector.</summary>
    private UInt128 ConstantBits(int value)
    {
        ref IrNode node = ref _ir.Nodes[value];
        return node.Type == IrType.V128 ? _ir.Vectors[(int)node.Immediate] : node.Type == IrType.F64 ? (ulong)node.Immediate : (uint)node.Immediate;
    }

    /// <summary>Makes a constant that is no node.</summary>
    private int NewConstant(long bits, int bytes = 8)
    {
        int made = NewVirtual(bytes == 4 ? VirtualKind.Word32 : VirtualKind.Word64);
        ref MachineInstruction instruction = ref Begin(MachineOp.Constant, bytes);
        instruction.Immediate = bits;
        instruction.Flags = InstructionFlags.Rematerializable;
        Out(made);
        End();
        return made;
    }

    /// <summary>The instruction that makes a constant's node.</summary>
    private void EmitConstant(int value, int made)
    {
        ref IrNode node = ref _ir.Nodes[value];
        bool isVector = IsVectorType(node.Type);
        ref MachineInstruction instruction = ref Begin(isVector ? MachineOp.FloatConstant : MachineOp.Constant, BytesOf(node.Type));
        instruction.Flags = InstructionFlags.Rematerializable;
        instruction.Origin = node.Origin;
        instruction.Immediate = node.Op == (ushort)Opcode.RefNull ? 0 : node.Immediate;
        if (node.Type == IrType.V128) instruction.Auxiliary = _output.AddVector(_ir.Vectors[(int)node.Immediate]);
        Out(made);
        End();
    }
}
