using System;

namespace ContractVm.Compiler.X64;

/// <summary>
/// A memory operand: base + (index &lt;&lt; scale) + displacement, any part of which may be absent, or the place of a label,
/// relative to the instruction pointer.
/// </summary>
internal readonly record struct Address
{
    private Address(Register baseRegister, Register index, byte scale, bool isLabel, int displacement)
    {
        Base = baseRegister;
        Index = index;
        Scale = scale;
        IsLabel = isLabel;
        Displacement = displacement;
    }

    /// <summary>The base, or None.</summary>
    public Register Base { get; }
    /// <summary>The index, or None; never rsp, which no encoding has.</summary>
    public Register Index { get; }
    /// <summary>The index is shifted left by this: 0 to 3.</summary>
    public byte Scale { get; }
    /// <summary>True for the place of a label, whose number is <see cref="Displacement"/>.</summary>
    public bool IsLabel { get; }
    /// <summary>Added, sign-extended.</summary>
    public int Displacement { get; }

    /// <summary>The two lower bits of a REX prefix: the upper bits of index and base.</summary>
    public int RexBits => (Index == Register.None ? 0 : ((int)Index >> 2) & 2) | (Base == Register.None ? 0 : ((int)Base >> 3) & 1);

    /// <summary>base + displacement.</summary>
    public static Address Of(Register baseRegister, int displacement = 0) => new(baseRegister, Register.None, 0, false, displacement);

    /// <summary>base + (index &lt;&lt; scale) + displacement. Without a base, scales 0 and 1 give a shorter form that means the same.</summary>
    public static Address Of(Register baseRegister, Register index, int scale = 0, int displacement = 0)
    {
        if (index == Register.None) return Of(baseRegister, displacement);
        if (baseRegister == Register.None && scale == 0) return Of(index, displacement);
        if (index == Register.Rsp && scale == 0 && baseRegister != Register.Rsp) (baseRegister, index) = (index, baseRegister);
        if (index == Register.Rsp) throw new ArgumentException("rsp cannot be an index", nameof(index));
        if (baseRegister == Register.None && scale == 1) return new Address(index, index, 0, false, displacement);
        return new Address(baseRegister, index, (byte)scale, false, displacement);
    }

    /// <summary>The place of a label.</summary>
    public static Address Of(Label label) => new(Register.None, Register.None, 0, true, label.Number);
}
