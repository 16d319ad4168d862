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
    private readonly ExternalSpace[] _externals;

    private ModuleReader(TokenList tokens, int first, int last)
    {
        _cursor = new TokenCursor(tokens) { Position = first };
        _module = new ModuleContext(_cursor, new AnnotationReader(tokens, first, last));
        _types = new TypeReader(_module);
        _expressions = new ExpressionReader(_module, _types);
        _functions = new FunctionReader(_module, _types, _expressions);
        _segments = new SegmentReader(_module, _types, _expressions);
        _externals =
        [
            new ExternalSpace(TokenKind.Func, ExternalKind.Function, _module.Functions), new ExternalSpace(TokenKind.Table, ExternalKind.Table, _module.Tables),
            new ExternalSpace(TokenKind.Memory, ExternalKind.Memory, _module.Memories), new ExternalSpace(TokenKind.Global, ExternalKind.Global, _module.Globals),
            new ExternalSpace(TokenKind.Tag, ExternalKind.Tag, _module.Tags),
        ];
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
        _module.Annotations.ExpectNoHintBefore(open);
        switch (kind)
        {
            case TokenKind.Import:
                ReadImport(source);
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
                if (FindExternal(kind) is ExternalSpace external)
                {
                    ReadExternal(external, source);
                    break;
                }

                _cursor.Position = open + 1;
                throw _cursor.Unexpected("a field of a module");
        }

        _cursor.ExpectClose();
    }

    /// <summary>A function, table, memory, global or tag: what all of them may begin with, then the type of an import or a definition.</summary>
    private void ReadExternal(ExternalSpace external, int source)
    {
        int index = external.Next++;
        _module.ReadBinding(external.Space, index);
        ReadInlineExports(external.Kind, index);
        if (_cursor.AcceptForm(TokenKind.Import))
        {
            ReadImportNames(source);
            _cursor.ExpectClose();
            ReadImportType(external.Kind);
            return;
        }

        switch (external.Kind)
        {
            case ExternalKind.Function:
                _functions.Read(index, source);
                break;
            case ExternalKind.Table:
                ReadTable(index, source);
                break;
            case ExternalKind.Memory:
                ReadMemory(index, source);
                break;
            case ExternalKind.Global:
                ByteWriter global = _module.GlobalSection.Begin(source);
                _types.ReadMutableType(global, isStorage: false);
                _expressions.ReadSequence(global, _module.GlobalSection.Points);
                break;
            case ExternalKind.Tag:
                ReadTagType(_module.TagSection.Begin(source));
                break;
        }
    }

    private void ReadTable(int index, int source)
    {
        bool is64 = ReadAddressType();
        if (_types.IsAtReferenceType)
        {
            _segments.ReadTableWithElements(index, is64, source);
            return;
        }

        _tableType.Length = 0;
        ReadTableType(is64, _tableType);
        ByteWriter output = _module.TableSection.Begin(source);
        bool hasInitializer = _cursor.Kind != TokenKind.RightParen;
        // An initializer is announced in front of the type.
        if (hasInitializer) output.WriteBytes([0x40, 0x00]);
        output.WriteBytes(_tableType.Written);
        if (hasInitializer) _expressions.ReadSequence(output, _module.TableSection.Points);
    }

    private void ReadMemory(int index, int source)
    {
        bool is64 = ReadAddressType();
        if (_cursor.IsAtForm(TokenKind.Data)) _segments.ReadMemoryWithData(index, is64, source);
        else ReadLimits(_module.MemorySection.Begin(source), is64, allowsShared: true);
    }

    private void ReadStart(int open)
    {
        if (_module.StartSection.Count > 0) throw _cursor.Error(TextErrorCode.MultipleStarts, open, "a module has one start function");
        _module.StartSection.Begin(_cursor.Tokens.Start(open)).WriteUnsigned(_module.ReadIndex(_module.Functions));
    }
}
