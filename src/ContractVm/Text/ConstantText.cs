namespace ContractVm.Text;

/// <summary>How a vector is divided into lanes.</summary>
internal readonly record struct LaneShape(int Bits, bool IsFloat)
{
    public int Lanes => 128 / Bits;

    public FloatFormat Format => Bits == 32 ? FloatFormat.Single : FloatFormat.Double;
}

/// <summary>Constants as instructions and scripts write them.</summary>
internal static class ConstantText
{
    /// <summary>An integer, signed or not, in two's complement; the upper bits are zero.</summary>
    public static ulong ReadInteger(TokenCursor cursor, int bits)
    {
        if (cursor.Kind == TokenKind.Float) throw cursor.Error(TextErrorCode.BadNumber, cursor.Position, "an integer has no fraction and no exponent");
        if (cursor.Kind is not (TokenKind.Natural or TokenKind.Integer)) throw cursor.Unexpected("an integer");
        int token = cursor.Position++;
        return NumberText.TryRead(cursor.Tokens.Text(token), bits, out ulong value) ? value : throw OutOfRange(cursor, token, $"i{bits}");
    }

    /// <summary>A floating-point number as its bits.</summary>
    public static ulong ReadFloat(TokenCursor cursor, FloatFormat format)
    {
        if (!cursor.Kind.IsNumber()) throw cursor.Unexpected("a number");
        int token = cursor.Position++;
        return FloatText.TryRead(cursor.Tokens.Text(token), format, out ulong bits) ? bits : throw OutOfRange(cursor, token, $"f{format.Bits}");
    }

    public static LaneShape ReadShape(TokenCursor cursor)
    {
        LaneShape shape = cursor.Kind switch
        {
            TokenKind.I8x16 => new LaneShape(8, false),
            TokenKind.I16x8 => new LaneShape(16, false),
            TokenKind.I32x4 => new LaneShape(32, false),
            TokenKind.I64x2 => new LaneShape(64, false),
            TokenKind.F32x4 => new LaneShape(32, true),
            TokenKind.F64x2 => new LaneShape(64, true),
            _ => throw cursor.Unexpected("the shape of a vector"),
        };
        cursor.Position++;
        return shape;
    }

    /// <summary>One lane of a vector as its bits.</summary>
    public static ulong ReadLane(TokenCursor cursor, LaneShape shape)
    {
        if (!cursor.Kind.IsNumber()) throw cursor.Error(TextErrorCode.WrongLaneCount, cursor.Position, $"the shape has {shape.Lanes} lanes");
        return shape.IsFloat ? ReadFloat(cursor, shape.Format) : ReadInteger(cursor, shape.Bits);
    }

    private static TextException OutOfRange(TokenCursor cursor, int token, string type) =>
        cursor.Error(TextErrorCode.NumberOutOfRange, token, $"{cursor.Tokens.Describe(token)} is out of the range of {type}");
}
