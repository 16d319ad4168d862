using System;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Lowering;

/// <summary>
/// A function after lowering: machine instructions, and what the emitter must know besides. Storage is kept from function to function.
/// </summary>
internal sealed class LoweredFunction
{
    /// <summary>The instructions.</summary>
    public MachineFunction Machine { get; } = new();
    /// <summary>How it is called.</summary>
    public CallingConvention Convention { get; set; } = null!;
    /// <summary>Bytes for arguments of calls and slots of builtins, at the stack pointer.</summary>
    public int OutgoingBytes { get; set; }
    /// <summary>Bytes for results of calls that find no register, above.</summary>
    public int ResultBytes { get; set; }
    /// <summary>Bytes for locals that are kept in the frame, above.</summary>
    public int LocalBytes { get; set; }
    /// <summary>It may call into other instances and keeps its context in the frame, above.</summary>
    public bool SavesContext { get; set; }
    /// <summary>Vector constants, which <see cref="MachineOp.FloatConstant"/> and the pool form refer to by index.</summary>
    public UInt128[] Vectors { get; private set; } = new UInt128[16];
    /// <summary>Number of them.</summary>
    public int VectorCount { get; private set; }

    /// <summary>Makes it empty.</summary>
    public void Reset(CallingConvention convention)
    {
        Convention = convention;
        OutgoingBytes = ResultBytes = LocalBytes = VectorCount = 0;
        SavesContext = false;
        Machine.InstructionCount = Machine.OperandCount = Machine.BlockCount = Machine.EdgeCount = 0;
        Machine.PredecessorCount = Machine.ValueCount = Machine.VirtualCount = 0;
    }

    /// <summary>Takes in a vector constant and gives its index.</summary>
    public int AddVector(UInt128 value)
    {
        if (VectorCount == Vectors.Length)
        {
            UInt128[] larger = new UInt128[VectorCount * 2];
            Vectors.CopyTo(larger, 0);
            Vectors = larger;
        }

        Vectors[VectorCount] = value;
        return VectorCount++;
    }
}
