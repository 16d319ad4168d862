using System;

namespace ContractVm.Text;

/// <summary>The forms in which a module stands in a text or a script.</summary>
internal static class ModuleText
{
    /// <summary>The module that a whole text is.</summary>
    /// <param name="source">The text.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="isQuoted">Whether the text stood in quotes: it is not in the binary format and not quoted again then.</param>
    public static TextModule Read(SourceText source, TextOptions options, bool isQuoted = false)
    {
        TokenList tokens = Lexer.Read(source.Bytes);
        TokenCursor cursor = new(tokens);
        if (!cursor.AcceptForm(TokenKind.Module))
        {
            if (cursor.Kind == TokenKind.Identifier) throw cursor.Unexpected("'('");
            return ReadFields(tokens, 0, tokens.Count - 1, source, options);
        }

        TextModule module = ReadRest(cursor, source, options, isQuoted);
        if (cursor.Kind != TokenKind.End) throw cursor.Unexpected("the end of the text");
        foreach (Annotation annotation in tokens.Annotations)
            if (annotation.Next < 2 || annotation.Next >= cursor.Position)
                throw new TextException(TextErrorCode.MisplacedAnnotation, annotation.Offset, "the annotation stands outside of the module");
        return module;
    }

    /// <summary>Reads a module from behind the word module, and passes its closing parenthesis.</summary>
    public static TextModule ReadRest(TokenCursor cursor, SourceText source, TextOptions options, bool isQuoted = false)
    {
        int first = cursor.Position;
        int word = cursor.Kind == TokenKind.Identifier ? first + 1 : first;
        TokenKind form = cursor.Tokens.Kind(word);
        if (isQuoted || form is not (TokenKind.Binary or TokenKind.Quote))
        {
            cursor.SkipForm();
            return ReadFields(cursor.Tokens, first, cursor.Position - 1, source, options);
        }

        string? name = null;
        if (word > first)
        {
            ByteWriter identifier = new();
            cursor.Tokens.DecodeIdentifier(first, identifier);
            name = System.Text.Encoding.UTF8.GetString(identifier.Written);
        }

        cursor.Position = word + 1;
        byte[] content = ReadStrings(cursor);
        cursor.ExpectClose();
        return form == TokenKind.Binary ? new TextModule(content, name, null, []) : ReadQuoted(content, cursor.Tokens.Start(word), name, options);
    }

    private static TextModule ReadFields(TokenList tokens, int first, int last, SourceText source, TextOptions options) =>
        ModuleWriter.Write(ModuleReader.Read(tokens, first, last), options, source);

    private static TextModule ReadQuoted(byte[] content, int offset, string? name, TextOptions options)
    {
        SourceText source = new(content);
        try
        {
            return Read(source, options, isQuoted: true).WithName(name);
        }
        catch (TextException error)
        {
            throw new TextException(error.Locate(source), offset);
        }
    }

    private static byte[] ReadStrings(TokenCursor cursor)
    {
        ByteWriter content = new();
        while (cursor.Kind == TokenKind.String) cursor.Tokens.DecodeString(cursor.Position++, content);
        return content.Written.ToArray();
    }
}
