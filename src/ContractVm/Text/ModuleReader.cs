using System;
using System.Collections.Generic;

namespace ContractVm.Text;

/// <summary>
/// Reads the fields of a module (WebAssembly 3.0, text format, "Modules") in three passes over its tokens: the first binds
/// identifiers, so that they may be used before they are defined; the second reads type definitions, so that the types that
/// functions imply come after them; the third reads everything else.
/// </summary>
internal sealed partial class ModuleReader
{
    private readonly ModuleContext _module;
    private readonly TokenCursor _cursor;
    private readonly TypeReader _types;
    private readonly ExpressionReader _expressions;
    private readonly FunctionReader _functions;
    private readonly SegmentReader _segments;
    private readonly List<(int Open, int Close)> _fields = [];
    private int _functionIndex, _tableIndex, _memoryIndex, _globalIndex, _tagIndex;

    private ModuleReader(TokenList tokens, int first, int last)
    {
        _cursor = new TokenCursor(tokens) { Position = first };
        _module = new ModuleContext(_cursor, new AnnotationReader(tokens, first, last));
        _types = new TypeReader(_module);
        _expressions = new ExpressionReader(_module, _types);
        _functions = new FunctionReader(_module, _types, _expressions);
        _segments = new SegmentReader(_module, _types, _expressions);
    }

    /// <summary>
    /// Reads module fields up to the token that ends them, a closing parenthesis or the end of the text.
    /// </summary>
    /// <param name="tokens">The tokens of the source.</param>
    /// <param name="first">The first token after the word module, or the first of all where there is no such word.</param>
    /// <param name="last">The token after the last field.</param>
    public static ModuleContext Read(TokenList tokens, int first, int last)
    {
        ModuleReader reader = new(tokens, first, last);
        reader.Read(last);
        return reader._module;
    }

    private void Read(int last)
    {
        _module.ModuleName = _module.ReadBinding().Name;
        while (_cursor.Position < last)
        {
            int open = _cursor.Position;
            BindField();
            _fields.Add((open, _cursor.Position - 1));
        }

        foreach ((int open, int _) in _fields) ReadTypes(open);
        foreach ((int open, int _) in _fields) ReadField(open);
        _module.Annotations.ExpectAllTaken();
        _module.Annotations.ReadCustoms(_fields, _module.CustomSections);
    }

    private void ReadTypes(int open)
    {
        _cursor.Position = open;
        if (_cursor.IsAtForm(TokenKind.Type)) _types.ReadTypeField();
        else if (_cursor.IsAtForm(TokenKind.Rec)) _types.ReadGroup();
    }

    private void ReadField(int open)
    {
        TokenKind kind = _cursor.Tokens.Kind(open + 1);
        if (kind is TokenKind.Type or TokenKind.Rec) return;
        _cursor.Position = open + 2;
        int source = _cursor.Tokens.Start(open);
        if (kind != TokenKind.Func) _module.Annotations.ExpectNoHintBefore(open);
        switch (kind)
        {
            case TokenKind.Func:
                ReadFunction(open);
                break;
            case TokenKind.Import:
                ReadImport(source);
                break;
            case TokenKind.Table:
                ReadTable(source);
                break;
            case TokenKind.Memory:
                ReadMemory(source);
                break;
            case TokenKind.Global:
                ReadGlobal(source);
                break;
            case TokenKind.Tag:
                ReadTag(source);
                break;
            case TokenKind.Export:
                ReadExport(source);
                break;
            case TokenKind.Start:
                ReadStart(open);
                break;
            case TokenKind.Elem:
                _segments.ReadElements(source);
                break;
            case TokenKind.Data:
                _segments.ReadData(source);
                break;
            default:
                _cursor.Position = open + 1;
                throw _cursor.Unexpected("a field of a module");
        }

        _cursor.ExpectClose();
    }

    private void ReadFunction(int open)
    {
        int source = _cursor.Tokens.Start(open);
        _module.Annotations.ExpectNoHintBefore(open);
        int index = _functionIndex++;
        _module.ReadBinding(_module.Functions, index);
        ReadInlineExports(ExternalKind.Function, index);
        if (ReadInlineImport(source))
        {
            ReadExternalFunction(ExternalKind.Function);
            return;
        }

        _functions.Read(index, source);
    }

    private void ReadTable(int source)
    {
        int index = _tableIndex++;
        _module.ReadBinding(_module.Tables, index);
        ReadInlineExports(ExternalKind.Table, index);
        if (ReadInlineImport(source))
        {
            _module.ImportSection.Bytes.WriteByte((byte)ExternalKind.Table);
            ReadTableType(_module.ImportSection.Bytes);
            return;
        }

        bool is64 = ReadAddressType();
        if (_types.IsAtReferenceType)
        {
            _segments.ReadTableWithElements(index, is64, source);
            return;
        }

        ByteWriter output = _module.TableSection.Begin(source);
        int start = output.Length;
        _limits.Length = 0;
        ReadLimits(_limits, is64, allowsShared: false);
        _types.ReadReferenceType(output);
        output.WriteBytes(_limits.Written);
        if (_cursor.Kind == TokenKind.RightParen) return;

        // An initializer is announced in front of the type.
        _limits.Length = 0;
        _limits.WriteBytes(output.Written[start..]);
        output.Length = start;
        output.WriteByte(0x40);
        output.WriteByte(0x00);
        output.WriteBytes(_limits.Written);
        _expressions.ReadSequence(output, _module.TableSection.Points);
    }

    private void ReadMemory(int source)
    {
        int index = _memoryIndex++;
        _module.ReadBinding(_module.Memories, index);
        ReadInlineExports(ExternalKind.Memory, index);
        if (ReadInlineImport(source))
        {
            _module.ImportSection.Bytes.WriteByte((byte)ExternalKind.Memory);
            ReadLimits(_module.ImportSection.Bytes, ReadAddressType(), allowsShared: true);
            return;
        }

        bool is64 = ReadAddressType();
        if (_cursor.IsAtForm(TokenKind.Data)) _segments.ReadMemoryWithData(index, is64, source);
        else ReadLimits(_module.MemorySection.Begin(source), is64, allowsShared: true);
    }

    private void ReadGlobal(int source)
    {
        int index = _globalIndex++;
        _module.ReadBinding(_module.Globals, index);
        ReadInlineExports(ExternalKind.Global, index);
        if (ReadInlineImport(source))
        {
            _module.ImportSection.Bytes.WriteByte((byte)ExternalKind.Global);
            _types.ReadMutableType(_module.ImportSection.Bytes, isStorage: false);
            return;
        }

        ByteWriter output = _module.GlobalSection.Begin(source);
        _types.ReadMutableType(output, isStorage: false);
        _expressions.ReadSequence(output, _module.GlobalSection.Points);
    }

    private void ReadTag(int source)
    {
        int index = _tagIndex++;
        _module.ReadBinding(_module.Tags, index);
        ReadInlineExports(ExternalKind.Tag, index);
        if (ReadInlineImport(source))
        {
            ReadExternalFunction(ExternalKind.Tag);
            return;
        }

        ByteWriter output = _module.TagSection.Begin(source);
        output.WriteByte(0);
        output.WriteUnsigned(_types.Resolve(_types.ReadTypeUse(allowsNames: true)));
    }

    private void ReadStart(int open)
    {
        if (_module.StartSection.Count > 0) throw _cursor.Error(TextErrorCode.MultipleStarts, open, "a module has one start function");
        _module.StartSection.Begin(_cursor.Tokens.Start(open)).WriteUnsigned(_module.ReadIndex(_module.Functions));
    }
}
