using System;
using System.Buffers;
using System.Text.Unicode;

namespace ContractVm.Text;

/// <summary>
/// Splits a source into tokens (WebAssembly 3.0, text format, "Lexical Format"). Linear in the source and without recursion:
/// nested comments and annotations are counted.
/// </summary>
internal sealed class Lexer
{
    /// <summary>Longest source in bytes.</summary>
    public const int MaximumLength = 1 << 28;

    private static readonly SearchValues<byte> IdentifierCharacters =
        SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!#$%&'*+-./:<=>?@\\^_`|~"u8);

    private readonly TokenList _tokens;
    private int _position;

    private Lexer(ReadOnlyMemory<byte> source)
    {
        _tokens = new TokenList(source, 16 + source.Length / 6);
    }

    /// <summary>All tokens of a source; a <see cref="TextException"/> where it has a character or a literal that is none.</summary>
    public static TokenList Read(ReadOnlyMemory<byte> source)
    {
        if (source.Length > MaximumLength)
            throw new TextException(TextErrorCode.TooLarge, 0, $"the text has {source.Length} bytes, this reader takes {MaximumLength}");
        Lexer lexer = new(source);
        if (Utf8.IsValid(source.Span))
        {
            lexer.Run(source.Span);
            return lexer._tokens;
        }

        int valid = ValidLength(source.Span);
        TextException badUtf8 = new(TextErrorCode.BadUtf8, valid, "the text is not UTF-8");
        try
        {
            lexer.Run(source.Span[..valid]);
        }
        catch (TextException error) when (error.Code is TextErrorCode.UnclosedString or TextErrorCode.UnclosedComment or TextErrorCode.UnclosedAnnotation)
        {
            throw badUtf8;
        }

        throw badUtf8;
    }

    /// <summary>The length of the token at the start of a text that has been read once.</summary>
    public static int TokenLength(ReadOnlySpan<byte> text)
    {
        if (text[0] is (byte)'(' or (byte)')') return 1;
        int length = 0;
        while (length < text.Length)
        {
            if (text[length] == '"')
            {
                length += StringText.Measure(text[length..], 0);
                continue;
            }

            int run = text[length..].IndexOfAnyExcept(IdentifierCharacters);
            if (run < 0) return text.Length;
            if (run == 0) break;
            length += run;
        }

        return Math.Max(1, length);
    }

    private static int ValidLength(ReadOnlySpan<byte> text)
    {
        int position = 0;
        while (position < text.Length)
        {
            OperationStatus status = System.Text.Rune.DecodeFromUtf8(text[position..], out _, out int consumed);
            if (status != OperationStatus.Done) break;
            position += consumed;
        }

        return position;
    }

    private void Run(ReadOnlySpan<byte> text)
    {
        while (SkipSpace(text))
        {
            if (text[_position] == '(' && _position + 1 < text.Length && text[_position + 1] == '@')
            {
                ReadAnnotation(text);
                continue;
            }

            int start = _position;
            TokenKind kind = ReadToken(text);
            if (kind == TokenKind.End)
                throw new TextException(TextErrorCode.UnexpectedCharacter, start, "no token can have this character");
            _tokens.Add(kind, start);
        }

        _tokens.Add(TokenKind.End, text.Length);
    }

    /// <summary>Passes white space and comments; false at the end of the text.</summary>
    private bool SkipSpace(ReadOnlySpan<byte> text)
    {
        while (_position < text.Length)
        {
            byte character = text[_position];
            byte next = _position + 1 < text.Length ? text[_position + 1] : (byte)0;
            if (character is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r') _position++;
            else if (character == ';' && next == ';') SkipLine(text);
            else if (character == '(' && next == ';') SkipBlockComment(text);
            else return true;
        }

        return false;
    }

    private void SkipLine(ReadOnlySpan<byte> text)
    {
        int length = text[_position..].IndexOfAny((byte)'\n', (byte)'\r');
        _position = length < 0 ? text.Length : _position + length;
    }

    private void SkipBlockComment(ReadOnlySpan<byte> text)
    {
        int start = _position;
        int depth = 0;
        while (_position + 1 < text.Length)
        {
            int jump = text[_position..].IndexOfAny((byte)'(', (byte)';');
            if (jump < 0 || _position + jump + 1 >= text.Length) break;
            _position += jump;
            byte next = text[_position + 1];
            if (text[_position] == '(' && next == ';') depth++;
            else if (text[_position] == ';' && next == ')') depth--;
            else
            {
                _position++;
                continue;
            }

            _position += 2;
            if (depth == 0) return;
        }

        throw new TextException(TextErrorCode.UnclosedComment, start, "the comment does not end");
    }

    /// <summary>Reads one token; the kind is End for a character that starts none.</summary>
    private TokenKind ReadToken(ReadOnlySpan<byte> text)
    {
        int start = _position;
        switch (text[start])
        {
            case (byte)'(':
                _position++;
                return TokenKind.LeftParen;
            case (byte)')':
                _position++;
                return TokenKind.RightParen;
            case (byte)',' or (byte)';' or (byte)'[' or (byte)']' or (byte)'{' or (byte)'}':
                _position++;
                return TokenKind.Reserved;
        }

        // Characters and strings without space between them are one token, and mean something only in a few combinations.
        int strings = 0;
        while (_position < text.Length)
        {
            if (text[_position] == '"')
            {
                _position += StringText.Measure(text[_position..], _position);
                strings++;
                continue;
            }

            int run = text[_position..].IndexOfAnyExcept(IdentifierCharacters);
            if (run == 0) break;
            _position = run < 0 ? text.Length : _position + run;
        }

        ReadOnlySpan<byte> token = text[start.._position];
        if (token.Length == 0) return TokenKind.End;
        return strings == 0 ? ClassifyPlain(token, start) : ClassifyQuoted(token, start, strings);
    }

    private static TokenKind ClassifyPlain(ReadOnlySpan<byte> token, int start)
    {
        byte first = token[0];
        if (first == '$')
            return token.Length > 1 ? TokenKind.Identifier : throw new TextException(TextErrorCode.EmptyIdentifier, start, "an identifier has at least one character");
        if (first is (>= (byte)'0' and <= (byte)'9') or (byte)'+' or (byte)'-') return NumberText.Classify(token);
        if (first is < (byte)'a' or > (byte)'z') return TokenKind.Reserved;
        TokenKind kind = Words.Find(token);
        if (kind != TokenKind.Keyword) return kind;
        if (first is (byte)'i' or (byte)'n' && NumberText.Classify(token) == TokenKind.Float) return TokenKind.Float;
        if (token.StartsWith("offset="u8) && token.Length > 7 && NumberText.Classify(token[7..]) == TokenKind.Natural) return TokenKind.OffsetEquals;
        if (token.StartsWith("align="u8) && token.Length > 6 && NumberText.Classify(token[6..]) == TokenKind.Natural) return TokenKind.AlignEquals;
        return TokenKind.Keyword;
    }

    private static TokenKind ClassifyQuoted(ReadOnlySpan<byte> token, int start, int strings)
    {
        if (strings != 1 || token[^1] != '"') return TokenKind.Reserved;
        if (token[0] == '"') return TokenKind.String;
        if (token[0] != '$' || token[1] != '"') return TokenKind.Reserved;
        CheckName(token[1..], start, TextErrorCode.EmptyIdentifier, "an identifier has at least one character");
        return TokenKind.Identifier;
    }

    private static void CheckName(ReadOnlySpan<byte> literal, int start, TextErrorCode emptyCode, string emptyDetail)
    {
        ByteWriter name = new();
        StringText.Decode(literal, name);
        if (name.Length == 0) throw new TextException(emptyCode, start, emptyDetail);
        if (!Utf8.IsValid(name.Written)) throw new TextException(TextErrorCode.BadUtf8, start, "the name is not UTF-8");
    }

    private void ReadAnnotation(ReadOnlySpan<byte> text)
    {
        int start = _position;
        AnnotationKind? kind = ReadAnnotationId(text);
        TokenList? items = kind is null ? null : _tokens.Items;
        int first = items?.Count ?? 0;
        for (int depth = 1; depth > 0;)
        {
            if (!SkipSpace(text)) throw new TextException(TextErrorCode.UnclosedAnnotation, start, "the annotation does not end");
            int itemStart = _position;
            TokenKind item = ReadToken(text);
            if (item == TokenKind.End) throw new TextException(TextErrorCode.UnexpectedCharacter, itemStart, "no token can have this character");
            if (item == TokenKind.LeftParen) depth++;
            else if (item == TokenKind.RightParen) depth--;
            items?.Add(item, itemStart);
        }

        if (kind is AnnotationKind known) _tokens.Annotations.Add(new Annotation(known, start, _tokens.Count, first));
    }

    private AnnotationKind? ReadAnnotationId(ReadOnlySpan<byte> text)
    {
        int start = _position;
        _position += 2;
        ReadOnlySpan<byte> rest = text[_position..];
        ByteWriter id = new();
        if (rest.Length > 0 && rest[0] == '"')
        {
            int length = StringText.Measure(rest, _position);
            CheckName(rest[..length], _position, TextErrorCode.EmptyAnnotationId, "an annotation has an id");
            StringText.Decode(rest[..length], id);
            _position += length;
        }
        else
        {
            int length = rest.IndexOfAnyExcept(IdentifierCharacters);
            if (length < 0) length = rest.Length;
            if (length == 0) throw new TextException(TextErrorCode.EmptyAnnotationId, start, "an annotation has an id");
            id.WriteBytes(rest[..length]);
            _position += length;
        }

        if (id.Written.SequenceEqual("custom"u8)) return AnnotationKind.Custom;
        if (id.Written.SequenceEqual("name"u8)) return AnnotationKind.Name;
        return id.Written.SequenceEqual("metadata.code.branch_hint"u8) ? AnnotationKind.BranchHint : null;
    }
}
