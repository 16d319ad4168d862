using System;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Machine;

namespace ContractVm.Compiler.Lowering;

/// <summary>
/// Constants of floats and vectors that an innermost loop uses are made before it, a few for each loop: as operands in memory they would take
/// one of the two loads that a processor does at once, round for round. Where registers are scarce the allocator keeps them in the frame, which is memory again.
/// <para>
/// Blocks are lowered backward, a loop's from its last to its header, and then the block before it, which makes what they have asked for. That
/// must be the only way in, and go nowhere else.
/// </para>
/// </summary>
internal sealed partial class Lowerer
{
    private const int MostHoisted = 4;

    private struct HoistedConstant
    {
        public VirtualKind Kind;
        public UInt128 Bits;
        public int Virtual;
    }

    /// <summary>For each block the header of the innermost loop that it is in, or -1.</summary>
    private int[] _headers = new int[64];
    /// <summary>For each block the edges from blocks before it, which enter the loop where it is a header.</summary>
    private int[] _entries = new int[64];
    /// <summary>For each header whether there is a loop inside.</summary>
    private bool[] _isOuter = new bool[64];
    private readonly HoistedConstant[] _hoisted = new HoistedConstant[MostHoisted];
    private int _hoistedCount;
    /// <summary>The header of the loop at hand, or -1, and whether constants go out of it.</summary>
    private int _header;
    private bool _isHoisting;

    private void PrepareLoops(int room)
    {
        if (_headers.Length < _ir.BlockCount) (_headers, _entries, _isOuter) = (new int[room], new int[room], new bool[room]);
        _entries.AsSpan(0, _ir.BlockCount).Clear();
        (_header, _isHoisting, _hoistedCount) = (-1, false, 0);
    }

    /// <summary>Notes the loop of a block, in the order of the code.</summary>
    private void PlanLoop(int block, int header, int outer)
    {
        _headers[block] = header;
        if (block != header) return;
        _isOuter[block] = false;
        if (outer >= 0) _isOuter[outer] = true;
    }

    private void EnterLoopOf(int block)
    {
        if (_headers[block] == _header) return;
        _header = _headers[block];
        _isHoisting = _header > 0 && _facts.Options.Has(Optimizations.ConstantHoisting) && CanHoist(_header);
    }

    private bool CanHoist(int header)
    {
        ref IrBlock before = ref _ir.Blocks[header - 1];
        int around = _headers[header - 1];
        if (_isOuter[header] || _entries[header] != 1 || before.EdgeCount != 1 || _ir.Edges[before.FirstEdge].Target != header || (around >= 0 && !_isOuter[around])) return false;
        // Through a call nothing stays in a register.
        for (int i = _ir.Blocks[header].First; i < _ir.Blocks[_ir.Blocks[header].LoopEnd - 1].End; i++)
            if (NodeKinds.IsCall(_ir.Nodes[i].Op)) return false;
        return true;
    }

    /// <summary>The register that holds a constant throughout the loop at hand; false where it is to be made, or read, where it is used.</summary>
    private bool TryHoist(VirtualKind kind, UInt128 bits, out int held)
    {
        held = -1;
        if (!_isHoisting || _ir.Blocks[_block].IsCold) return false;
        int i = 0;
        while (i < _hoistedCount && (_hoisted[i].Kind != kind || _hoisted[i].Bits != bits)) i++;
        if (i == MostHoisted) return false;
        if (i == _hoistedCount) _hoisted[_hoistedCount++] = new HoistedConstant { Kind = kind, Bits = bits, Virtual = NewVirtual(kind) };
        held = _hoisted[i].Virtual;
        return true;
    }

    /// <summary>At the end of the block before a loop, but for its jump.</summary>
    private void MakeHoisted()
    {
        for (int i = 0; i < _hoistedCount; i++)
        {
            ref HoistedConstant constant = ref _hoisted[i];
            ref MachineInstruction instruction = ref Begin(MachineOp.FloatConstant, constant.Kind == VirtualKind.Vector ? 16 : constant.Kind == VirtualKind.Float64 ? 8 : 4);
            if (constant.Kind == VirtualKind.Vector) instruction.Auxiliary = _output.AddVector(constant.Bits);
            else instruction.Immediate = (long)(ulong)constant.Bits;
            Out(constant.Virtual);
            End();
            EndGroup();
        }

        _hoistedCount = 0;
    }
}
