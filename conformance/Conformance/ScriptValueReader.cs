using System;
using System.Collections.Generic;
using System.Text;
using ContractVm.Text;

namespace ContractVm.Conformance;

/// <summary>Reads arguments and result patterns of scripts, each from its parenthesis to behind the closing one.</summary>
internal static class ScriptValueReader
{
    public static ScriptValue ReadArgument(TokenCursor cursor)
    {
        int open = cursor.Position;
        return ReadResult(cursor) switch
        {
            NumberPattern { Nan: NanPattern.None } number => new NumberValue(number.Type, number.Bits),
            NullPattern { HeapType: not 0 } empty => new NullValue(empty.HeapType),
            ExternPattern external => new ExternValue(external.Number),
            HostPattern host => new HostValue(host.Number),
            VectorPattern vector when ToVector(vector) is VectorValue value => value,
            _ => throw cursor.Error(TextErrorCode.UnexpectedToken, open, "this is a pattern and no value"),
        };
    }

    public static ResultPattern ReadResult(TokenCursor cursor)
    {
        if (cursor.Kind == TokenKind.LeftParen && cursor.Tokens.Text(cursor.Position + 1).SequenceEqual("either"u8))
        {
            cursor.Position += 2;
            List<ResultPattern> alternatives = [];
            while (cursor.Kind == TokenKind.LeftParen) alternatives.Add(ReadOne(cursor));
            cursor.ExpectClose();
            return new EitherPattern(alternatives);
        }

        return ReadOne(cursor);
    }

    private static ResultPattern ReadOne(TokenCursor cursor)
    {
        cursor.Expect(TokenKind.LeftParen, "'('");
        string word = Encoding.UTF8.GetString(cursor.Text);
        cursor.Position++;
        ResultPattern pattern = word switch
        {
            "i32.const" => new NumberPattern(NumberType.I32, NanPattern.None, ConstantText.ReadInteger(cursor, 32)),
            "i64.const" => new NumberPattern(NumberType.I64, NanPattern.None, ConstantText.ReadInteger(cursor, 64)),
            "f32.const" => ReadFloat(cursor, NumberType.F32, new LaneShape(32, true)),
            "f64.const" => ReadFloat(cursor, NumberType.F64, new LaneShape(64, true)),
            "v128.const" => ReadVector(cursor),
            "ref.null" => new NullPattern(ReadOptionalHeapType(cursor)),
            "ref.extern" when cursor.Kind == TokenKind.Natural => new ExternPattern((uint)cursor.ReadNatural(32, "a number")),
            "ref.host" => new HostPattern((uint)cursor.ReadNatural(32, "a number")),
            "ref" => new ReferencePattern(TypeReader.HeapTypeCode(TokenKind.Any)),
            _ when word.StartsWith("ref.", StringComparison.Ordinal) => new ReferencePattern(HeapTypeOf(word[4..], cursor)),
            _ => throw cursor.Error(TextErrorCode.UnexpectedToken, cursor.Position - 1, $"no value or pattern is called {word}"),
        };
        cursor.ExpectClose();
        return pattern;
    }

    private static byte HeapTypeOf(string word, TokenCursor cursor)
    {
        byte code = TypeReader.HeapTypeCode(Words.Find(Encoding.UTF8.GetBytes(word)));
        return code != 0 ? code : throw cursor.Error(TextErrorCode.UnexpectedToken, cursor.Position - 1, $"no heap type is called {word}");
    }

    private static byte ReadOptionalHeapType(TokenCursor cursor)
    {
        if (cursor.Kind == TokenKind.RightParen) return 0;
        byte code = TypeReader.HeapTypeCode(cursor.Kind);
        if (code == 0) throw cursor.Unexpected("an abstract heap type");
        cursor.Position++;
        return code;
    }

    private static NumberPattern ReadFloat(TokenCursor cursor, NumberType type, LaneShape shape)
    {
        LanePattern lane = ReadLane(cursor, shape);
        return new NumberPattern(type, lane.Nan, lane.Bits);
    }

    private static LanePattern ReadLane(TokenCursor cursor, LaneShape shape)
    {
        NanPattern nan = !shape.IsFloat ? NanPattern.None
            : cursor.Text.SequenceEqual("nan:canonical"u8) ? NanPattern.Canonical
            : cursor.Text.SequenceEqual("nan:arithmetic"u8) ? NanPattern.Arithmetic : NanPattern.None;
        if (nan == NanPattern.None) return new LanePattern(nan, ConstantText.ReadLane(cursor, shape));
        cursor.Position++;
        return new LanePattern(nan, 0);
    }

    private static VectorPattern ReadVector(TokenCursor cursor)
    {
        LaneShape shape = ConstantText.ReadShape(cursor);
        LanePattern[] lanes = new LanePattern[shape.Lanes];
        for (int lane = 0; lane < lanes.Length; lane++) lanes[lane] = ReadLane(cursor, shape);
        return new VectorPattern(shape.Bits, lanes);
    }

    private static VectorValue? ToVector(VectorPattern pattern)
    {
        ulong low = 0, high = 0;
        for (int lane = 0; lane < pattern.Lanes.Count; lane++)
        {
            if (pattern.Lanes[lane].Nan != NanPattern.None) return null;
            int bit = lane * pattern.LaneBits;
            if (bit < 64) low |= pattern.Lanes[lane].Bits << bit;
            else high |= pattern.Lanes[lane].Bits << (bit - 64);
        }

        return new VectorValue(low, high);
    }
}
