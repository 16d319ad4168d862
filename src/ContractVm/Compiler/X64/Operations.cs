namespace ContractVm.Compiler.X64;

/// <summary>What an instruction tests of the flags, by its number in encodings.</summary>
internal enum Condition : byte
{
    /// <summary>Overflow, no overflow.</summary>
    O, NO,
    /// <summary>Unsigned: below, above or equal. Also carry and no carry.</summary>
    B, AE,
    /// <summary>Equal, not equal; also zero, not zero.</summary>
    E, NE,
    /// <summary>Unsigned: below or equal, above.</summary>
    BE, A,
    /// <summary>Negative, not negative.</summary>
    S, NS,
    /// <summary>Parity; after a comparison of floats: one is a NaN, none is.</summary>
    P, NP,
    /// <summary>Signed: less, greater or equal.</summary>
    L, GE,
    /// <summary>Signed: less or equal, greater.</summary>
    LE, G,
}

/// <summary>What one can do with a <see cref="Condition"/>.</summary>
internal static class Conditions
{
    /// <summary>The condition that holds where this one does not.</summary>
    public static Condition Negate(this Condition condition) => condition ^ Condition.NO;

    /// <summary>The condition that holds of (b, a) where this one holds of (a, b), after a comparison.</summary>
    public static Condition Swap(this Condition condition) => condition switch
    {
        Condition.B => Condition.A,
        Condition.A => Condition.B,
        Condition.BE => Condition.AE,
        Condition.AE => Condition.BE,
        Condition.L => Condition.G,
        Condition.G => Condition.L,
        Condition.LE => Condition.GE,
        Condition.GE => Condition.LE,
        _ => condition,
    };
}

/// <summary>The operations of two operands that share their encodings, by number.</summary>
internal enum AluOp : byte { Add, Or, Adc, Sbb, And, Sub, Xor, Cmp }

/// <summary>The operations of one operand, by number; the last four work on rdx:rax.</summary>
internal enum UnaryOp : byte { Not = 2, Neg, Mul, Imul, Div, Idiv }

/// <summary>Rotations and shifts, by number.</summary>
internal enum ShiftOp : byte { Rol, Ror, Shl = 4, Shr, Sar = 7 }

/// <summary>Searches and counts of bits. bsf and bsr leave the result undefined where there is no bit; the others are defined everywhere.</summary>
internal enum BitOp : byte { Bsf, Bsr, Tzcnt, Lzcnt, Popcnt }
