using System;
using System.Collections.Generic;
using System.Text;

namespace ContractVm.Text;

/// <summary>The annotations that this reader understands.</summary>
internal enum AnnotationKind : byte
{
    /// <summary><c>@custom</c>: a custom section.</summary>
    Custom,
    /// <summary><c>@name</c>: an entry of the name section.</summary>
    Name,
    /// <summary><c>@metadata.code.branch_hint</c>.</summary>
    BranchHint,
}

/// <summary>An annotation that this reader understands.</summary>
/// <param name="Kind">Which one.</param>
/// <param name="Offset">Byte offset of its parenthesis.</param>
/// <param name="Next">Index of the first token after it.</param>
/// <param name="FirstItem">Index of its first item in <see cref="TokenList.Items"/>; the last is a closing parenthesis.</param>
internal readonly record struct Annotation(AnnotationKind Kind, int Offset, int Next, int FirstItem);

/// <summary>
/// The tokens of a source, in order: kinds and byte offsets only, since the end of a token is found again from its start. The
/// last token has the kind <see cref="TokenKind.End"/>.
/// </summary>
internal sealed class TokenList(ReadOnlyMemory<byte> source, int capacity)
{
    private int[] _starts = new int[capacity];
    private TokenKind[] _kinds = new TokenKind[capacity];
    private TokenList? _items;

    public ReadOnlyMemory<byte> Source { get; } = source;

    public int Count { get; private set; }

    /// <summary>Understood annotations by ascending offset.</summary>
    public List<Annotation> Annotations { get; } = [];

    /// <summary>What stands in understood annotations, each closed by its parenthesis.</summary>
    public TokenList Items => _items ??= new TokenList(Source, 16);

    public TokenKind Kind(int index) => index < Count ? _kinds[index] : TokenKind.End;

    public int Start(int index) => index < Count ? _starts[index] : Source.Length;

    public void Add(TokenKind kind, int start)
    {
        if (Count == _starts.Length)
        {
            Array.Resize(ref _starts, Count * 2);
            Array.Resize(ref _kinds, Count * 2);
        }

        _starts[Count] = start;
        _kinds[Count++] = kind;
    }

    /// <summary>The characters of a token.</summary>
    public ReadOnlySpan<byte> Text(int index)
    {
        if (index >= Count || Kind(index) == TokenKind.End) return default;
        ReadOnlySpan<byte> rest = Source.Span[Start(index)..];
        return rest[..Lexer.TokenLength(rest)];
    }

    /// <summary>Appends the bytes that a string stands for.</summary>
    public void DecodeString(int index, ByteWriter destination) => StringText.Decode(Text(index), destination);

    /// <summary>Appends the name of an identifier, without its dollar sign.</summary>
    public void DecodeIdentifier(int index, ByteWriter destination)
    {
        ReadOnlySpan<byte> text = Text(index)[1..];
        if (text[0] == '"') StringText.Decode(text, destination);
        else destination.WriteBytes(text);
    }

    /// <summary>The token for an error message.</summary>
    public string Describe(int index)
    {
        if (Kind(index) == TokenKind.End) return "the end of the text";
        ReadOnlySpan<byte> text = Text(index);
        const int Longest = 40;
        return "'" + Encoding.UTF8.GetString(text[..Math.Min(Longest, text.Length)]) + (text.Length > Longest ? "…'" : "'");
    }
}
