using System;

namespace ContractVm.Text;

/// <summary>A place in a list of tokens, and what every reader does there.</summary>
internal sealed class TokenCursor(TokenList tokens)
{
    public TokenList Tokens { get; } = tokens;

    /// <summary>Index of the next token.</summary>
    public int Position { get; set; }

    public TokenKind Kind => Tokens.Kind(Position);

    public ReadOnlySpan<byte> Text => Tokens.Text(Position);

    /// <summary>True before a parenthesis that is followed by this word.</summary>
    public bool IsAtForm(TokenKind word) => Kind == TokenKind.LeftParen && Tokens.Kind(Position + 1) == word;

    /// <summary>Passes the next token if it is of this kind.</summary>
    public bool Accept(TokenKind kind)
    {
        if (Kind != kind) return false;
        Position++;
        return true;
    }

    /// <summary>Passes a parenthesis and the word after it, if that is what comes next.</summary>
    public bool AcceptForm(TokenKind word)
    {
        if (!IsAtForm(word)) return false;
        Position += 2;
        return true;
    }

    /// <summary>Passes a token of this kind and returns its index.</summary>
    public int Expect(TokenKind kind, string what) => Kind == kind ? Position++ : throw Unexpected(what);

    public void ExpectForm(TokenKind word, string what)
    {
        if (!AcceptForm(word)) throw Unexpected(what);
    }

    public void ExpectClose() => Expect(TokenKind.RightParen, "')'");

    /// <summary>A natural number token that fits a number of bits.</summary>
    public ulong ReadNatural(int bits, string what)
    {
        int token = Expect(TokenKind.Natural, what);
        return NumberText.TryReadNatural(Tokens.Text(token), ulong.MaxValue >> (64 - bits), out ulong value)
            ? value
            : throw Error(TextErrorCode.NumberOutOfRange, token, $"{what} does not fit {bits} bits");
    }

    /// <summary>The natural number behind the equals sign of offset= or align=.</summary>
    public ulong ReadAssigned(string what)
    {
        int token = Position++;
        ReadOnlySpan<byte> text = Tokens.Text(token);
        return NumberText.TryReadNatural(text[(text.IndexOf((byte)'=') + 1)..], ulong.MaxValue, out ulong value)
            ? value
            : throw Error(TextErrorCode.NumberOutOfRange, token, $"{what} does not fit 64 bits");
    }

    /// <summary>A name: a string that is UTF-8.</summary>
    public void ReadName(ByteWriter destination, string what)
    {
        int token = Expect(TokenKind.String, what);
        int start = destination.Length;
        Tokens.DecodeString(token, destination);
        if (!System.Text.Unicode.Utf8.IsValid(destination.Written[start..]))
            throw Error(TextErrorCode.BadUtf8, token, $"{what} is not UTF-8");
    }

    /// <summary>Passes what is left of the form that is open, its closing parenthesis included.</summary>
    public void SkipForm()
    {
        for (int depth = 1; depth > 0; Position++)
        {
            TokenKind kind = Kind;
            if (kind == TokenKind.LeftParen) depth++;
            else if (kind == TokenKind.RightParen) depth--;
            else if (kind == TokenKind.End) throw Unexpected("')'");
        }
    }

    public TextException Unexpected(string what) => Kind == TokenKind.End
        ? Error(TextErrorCode.UnexpectedEnd, Position, $"the text ends where {what} is expected")
        : Error(TextErrorCode.UnexpectedToken, Position, $"{Tokens.Describe(Position)} stands where {what} is expected");

    public TextException Error(TextErrorCode code, int token, string detail) => new(code, Tokens.Start(token), detail);
}
