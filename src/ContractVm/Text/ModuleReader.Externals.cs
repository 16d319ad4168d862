namespace ContractVm.Text;

/// <summary>Something that can be imported and exported: its word, its code and its index space.</summary>
internal sealed class ExternalSpace(TokenKind word, ExternalKind kind, IndexSpace space)
{
    public TokenKind Word { get; } = word;
    public ExternalKind Kind { get; } = kind;
    public IndexSpace Space { get; } = space;

    /// <summary>Index of the next one that the third pass comes to.</summary>
    public int Next { get; set; }
}

/// <summary>Binding of identifiers, imports and exports.</summary>
internal sealed partial class ModuleReader
{
    private readonly ByteWriter _limits = new(), _tableType = new(), _name = new();
    private bool _hasDefinition;

    /// <summary>The first pass: binds the identifiers of a field and passes it.</summary>
    private void BindField()
    {
        int open = _cursor.Expect(TokenKind.LeftParen, "'(' and a field of a module");
        TokenKind kind = _cursor.Kind;
        switch (kind)
        {
            case TokenKind.Rec:
                BindGroup();
                return;
            case TokenKind.Type:
                _module.Bind(_module.Types, open + 2);
                break;
            case TokenKind.Elem:
                _module.Bind(_module.Elements, open + 2);
                break;
            case TokenKind.Data:
                _module.Bind(_module.Data, open + 2);
                break;
            case TokenKind.Import:
                // The two names, a parenthesis, the kind, and the identifier; where they are not there, the third pass says so.
                if (FindExternal(_cursor.Tokens.Kind(open + 5)) is ExternalSpace imported) _module.Bind(imported.Space, open + 6);
                BindImport(open);
                break;
            default:
                if (FindExternal(kind) is not ExternalSpace external) break;
                _module.Bind(external.Space, open + 2);
                if (HasInlineImport(open + 2)) BindImport(open);
                else _hasDefinition = true;
                break;
        }

        if (kind is TokenKind.Table) BindInlineSegment(TokenKind.Elem, _module.Elements);
        else if (kind is TokenKind.Memory) BindInlineSegment(TokenKind.Data, _module.Data);
        else _cursor.SkipForm();
    }

    private void BindImport(int open)
    {
        if (_hasDefinition)
            throw _cursor.Error(TextErrorCode.ImportAfterDefinition, open, "imports stand before the definitions of functions, tables, memories, globals and tags");
    }

    private ExternalSpace? FindExternal(TokenKind word)
    {
        foreach (ExternalSpace external in _externals)
            if (external.Word == word) return external;
        return null;
    }

    private void BindGroup()
    {
        _cursor.Position++;
        while (_cursor.AcceptForm(TokenKind.Type))
        {
            _module.Bind(_module.Types, _cursor.Position);
            _cursor.SkipForm();
        }

        _cursor.ExpectClose();
    }

    private bool HasInlineImport(int token)
    {
        TokenList tokens = _cursor.Tokens;
        if (tokens.Kind(token) == TokenKind.Identifier) token++;
        while (tokens.Kind(token) == TokenKind.LeftParen && tokens.Kind(token + 1) == TokenKind.Export) token += 4;
        return tokens.Kind(token) == TokenKind.LeftParen && tokens.Kind(token + 1) == TokenKind.Import;
    }

    /// <summary>Passes a table or memory, which may define a segment too.</summary>
    private void BindInlineSegment(TokenKind word, IndexSpace segments)
    {
        for (int depth = 1; depth > 0; _cursor.Position++)
        {
            if (depth == 1 && _cursor.IsAtForm(word)) segments.Add();
            if (_cursor.Kind == TokenKind.LeftParen) depth++;
            else if (_cursor.Kind == TokenKind.RightParen) depth--;
            else if (_cursor.Kind == TokenKind.End) throw _cursor.Unexpected("')'");
        }
    }

    private void ReadInlineExports(ExternalKind kind, int index)
    {
        while (_cursor.IsAtForm(TokenKind.Export))
        {
            ByteWriter output = _module.ExportSection.Begin(_cursor.Tokens.Start(_cursor.Position));
            _cursor.Position += 2;
            ReadName(output, "the name of an export");
            _cursor.ExpectClose();
            output.WriteByte((byte)kind);
            output.WriteUnsigned((uint)index);
        }
    }

    private void ReadImport(int source)
    {
        ReadImportNames(source);
        _cursor.Expect(TokenKind.LeftParen, "'('");
        ExternalSpace external = ReadExternalWord();
        _module.ReadBinding(external.Space, external.Next++);
        ReadImportType(external.Kind);
        _cursor.ExpectClose();
    }

    private void ReadImportNames(int source)
    {
        ByteWriter output = _module.ImportSection.Begin(source);
        ReadName(output, "the name of a module");
        ReadName(output, "the name of an import");
    }

    private void ReadImportType(ExternalKind kind)
    {
        ByteWriter output = _module.ImportSection.Bytes;
        output.WriteByte((byte)kind);
        switch (kind)
        {
            case ExternalKind.Function:
                output.WriteUnsigned(_types.Resolve(_types.ReadTypeUse(allowsNames: true)));
                break;
            case ExternalKind.Table:
                ReadTableType(ReadAddressType(), output);
                break;
            case ExternalKind.Memory:
                ReadLimits(output, ReadAddressType(), allowsShared: true);
                break;
            case ExternalKind.Global:
                _types.ReadMutableType(output, isStorage: false);
                break;
            case ExternalKind.Tag:
                ReadTagType(output);
                break;
        }
    }

    private void ReadExport(int source)
    {
        ByteWriter output = _module.ExportSection.Begin(source);
        ReadName(output, "the name of an export");
        _cursor.Expect(TokenKind.LeftParen, "'('");
        ExternalSpace external = ReadExternalWord();
        output.WriteByte((byte)external.Kind);
        output.WriteUnsigned(_module.ReadIndex(external.Space));
        _cursor.ExpectClose();
    }

    private ExternalSpace ReadExternalWord()
    {
        ExternalSpace external = FindExternal(_cursor.Kind) ?? throw _cursor.Unexpected("func, table, memory, global or tag");
        _cursor.Position++;
        return external;
    }

    private void ReadName(ByteWriter output, string what)
    {
        _name.Length = 0;
        _cursor.ReadName(_name, what);
        output.WriteSized(_name.Written);
    }

    /// <summary>A tag's attribute, which is always 0, and its type.</summary>
    private void ReadTagType(ByteWriter output)
    {
        output.WriteByte(0);
        output.WriteUnsigned(_types.Resolve(_types.ReadTypeUse(allowsNames: true)));
    }

    /// <summary>The address type of a table or memory, i32 where none is written; true for i64.</summary>
    private bool ReadAddressType() => !_cursor.Accept(TokenKind.I32) && _cursor.Accept(TokenKind.I64);

    /// <summary>Limits and element type of a table; the binary format has them the other way round.</summary>
    private void ReadTableType(bool is64, ByteWriter output)
    {
        _limits.Length = 0;
        ReadLimits(_limits, is64, allowsShared: false);
        _types.ReadReferenceType(output);
        output.WriteBytes(_limits.Written);
    }

    /// <summary>Limits with their flags: 1 for a maximum, 2 for shared, 4 for addresses of 64 bits.</summary>
    private void ReadLimits(ByteWriter output, bool is64, bool allowsShared)
    {
        ulong minimum = _cursor.ReadNatural(64, "a minimum size");
        bool hasMaximum = _cursor.Kind == TokenKind.Natural;
        ulong maximum = hasMaximum ? _cursor.ReadNatural(64, "a maximum size") : 0;
        bool isShared = allowsShared && _cursor.Accept(TokenKind.Shared);
        output.WriteByte((byte)((hasMaximum ? 1 : 0) | (isShared ? 2 : 0) | (is64 ? 4 : 0)));
        output.WriteUnsigned(minimum);
        if (hasMaximum) output.WriteUnsigned(maximum);
    }
}
