namespace ContractVm.Text;

/// <summary>Binding of identifiers, imports and exports.</summary>
internal sealed partial class ModuleReader
{
    private readonly ByteWriter _limits = new(), _name = new();
    private bool _hasDefinition;

    /// <summary>The first pass: binds the identifiers of a field and passes it.</summary>
    private void BindField()
    {
        int open = _cursor.Expect(TokenKind.LeftParen, "'(' and a field of a module");
        TokenKind kind = _cursor.Kind;
        int identifier = open + 2;
        if (kind == TokenKind.Rec)
        {
            BindGroup();
            return;
        }

        if (kind == TokenKind.Import)
        {
            // The two names, a parenthesis, the kind, and the identifier; where they are not there, the third pass says so.
            BindImport(_cursor.Tokens.Kind(open + 5), open + 6);
            if (_hasDefinition) throw ImportAfterDefinition(open);
        }
        else if (SpaceOf(kind) is IndexSpace space)
        {
            _module.Bind(space, identifier);
        }

        if (kind is TokenKind.Func or TokenKind.Table or TokenKind.Memory or TokenKind.Global or TokenKind.Tag)
        {
            if (!HasInlineImport(identifier)) _hasDefinition = true;
            else if (_hasDefinition) throw ImportAfterDefinition(open);
        }

        if (kind is TokenKind.Table or TokenKind.Memory) BindInlineSegment(kind == TokenKind.Table ? TokenKind.Elem : TokenKind.Data);
        else _cursor.SkipForm();
    }

    private TextException ImportAfterDefinition(int open) =>
        _cursor.Error(TextErrorCode.ImportAfterDefinition, open, "imports stand before the definitions of functions, tables, memories, globals and tags");

    private IndexSpace? SpaceOf(TokenKind kind) => kind switch
    {
        TokenKind.Type => _module.Types,
        TokenKind.Func => _module.Functions,
        TokenKind.Table => _module.Tables,
        TokenKind.Memory => _module.Memories,
        TokenKind.Global => _module.Globals,
        TokenKind.Tag => _module.Tags,
        TokenKind.Elem => _module.Elements,
        TokenKind.Data => _module.Data,
        _ => null,
    };

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

    private void BindImport(TokenKind kind, int identifier)
    {
        if (kind is not (TokenKind.Type or TokenKind.Elem or TokenKind.Data) && SpaceOf(kind) is IndexSpace space) _module.Bind(space, identifier);
    }

    private bool HasInlineImport(int token)
    {
        TokenList tokens = _cursor.Tokens;
        if (tokens.Kind(token) == TokenKind.Identifier) token++;
        while (tokens.Kind(token) == TokenKind.LeftParen && tokens.Kind(token + 1) == TokenKind.Export) token += 4;
        return tokens.Kind(token) == TokenKind.LeftParen && tokens.Kind(token + 1) == TokenKind.Import;
    }

    /// <summary>Passes a table or memory, which may define a segment too.</summary>
    private void BindInlineSegment(TokenKind word)
    {
        for (int depth = 1; depth > 0; _cursor.Position++)
        {
            if (depth == 1 && _cursor.IsAtForm(word)) (word == TokenKind.Elem ? _module.Elements : _module.Data).Add();
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

    /// <summary>Reads the names of an inline import, if there is one, and starts an import with them.</summary>
    private bool ReadInlineImport(int source)
    {
        if (!_cursor.AcceptForm(TokenKind.Import)) return false;
        ReadImportNames(source);
        _cursor.ExpectClose();
        return true;
    }

    private void ReadImportNames(int source)
    {
        ByteWriter output = _module.ImportSection.Begin(source);
        ReadName(output, "the name of a module");
        ReadName(output, "the name of an import");
    }

    private void ReadName(ByteWriter output, string what)
    {
        _name.Length = 0;
        _cursor.ReadName(_name, what);
        output.WriteSized(_name.Written);
    }

    private void ReadImport(int source)
    {
        ReadImportNames(source);
        _cursor.Expect(TokenKind.LeftParen, "'('");
        ByteWriter output = _module.ImportSection.Bytes;
        TokenKind kind = _cursor.Kind;
        _cursor.Position++;
        switch (kind)
        {
            case TokenKind.Func:
                _module.ReadBinding(_module.Functions, _functionIndex++);
                ReadExternalFunction(ExternalKind.Function);
                break;
            case TokenKind.Tag:
                _module.ReadBinding(_module.Tags, _tagIndex++);
                ReadExternalFunction(ExternalKind.Tag);
                break;
            case TokenKind.Table:
                _module.ReadBinding(_module.Tables, _tableIndex++);
                output.WriteByte((byte)ExternalKind.Table);
                ReadTableType(output);
                break;
            case TokenKind.Memory:
                _module.ReadBinding(_module.Memories, _memoryIndex++);
                output.WriteByte((byte)ExternalKind.Memory);
                ReadLimits(output, ReadAddressType(), allowsShared: true);
                break;
            case TokenKind.Global:
                _module.ReadBinding(_module.Globals, _globalIndex++);
                output.WriteByte((byte)ExternalKind.Global);
                _types.ReadMutableType(output, isStorage: false);
                break;
            default:
                _cursor.Position--;
                throw _cursor.Unexpected("func, table, memory, global or tag");
        }

        _cursor.ExpectClose();
    }

    /// <summary>The type of an imported function or tag.</summary>
    private void ReadExternalFunction(ExternalKind kind)
    {
        ByteWriter output = _module.ImportSection.Bytes;
        output.WriteByte((byte)kind);
        if (kind == ExternalKind.Tag) output.WriteByte(0);
        output.WriteUnsigned(_types.Resolve(_types.ReadTypeUse(allowsNames: true)));
    }

    private void ReadExport(int source)
    {
        ByteWriter output = _module.ExportSection.Begin(source);
        ReadName(output, "the name of an export");
        _cursor.Expect(TokenKind.LeftParen, "'('");
        ExternalKind kind = _cursor.Kind switch
        {
            TokenKind.Func => ExternalKind.Function,
            TokenKind.Table => ExternalKind.Table,
            TokenKind.Memory => ExternalKind.Memory,
            TokenKind.Global => ExternalKind.Global,
            TokenKind.Tag => ExternalKind.Tag,
            _ => throw _cursor.Unexpected("func, table, memory, global or tag"),
        };
        IndexSpace space = SpaceOf(_cursor.Kind)!;
        _cursor.Position++;
        output.WriteByte((byte)kind);
        output.WriteUnsigned(_module.ReadIndex(space));
        _cursor.ExpectClose();
    }

    /// <summary>The address type of a table or memory, i32 where none is written; true for i64.</summary>
    private bool ReadAddressType() => !_cursor.Accept(TokenKind.I32) && _cursor.Accept(TokenKind.I64);

    private void ReadTableType(ByteWriter output)
    {
        _limits.Length = 0;
        ReadLimits(_limits, ReadAddressType(), allowsShared: false);
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
