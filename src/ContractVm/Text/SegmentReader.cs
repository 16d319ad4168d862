using System;
using System.Collections.Generic;

namespace ContractVm.Text;

/// <summary>Reads element and data segments, alone and inside of tables and memories (WebAssembly 3.0, text format, "Modules").</summary>
internal sealed class SegmentReader(ModuleContext module, TypeReader types, ExpressionReader expressions)
{
    /// <summary>Flags of an element segment in the binary format.</summary>
    private const uint NotActive = 1, HasTable = 2, Declarative = 2, HasExpressions = 4;
    private const byte ReferenceCode = 0x64, FunctionCode = 0x70;

    private readonly TokenCursor _cursor = module.Cursor;
    private readonly ByteWriter _offset = new(), _type = new(), _items = new(), _indices = new(), _bytes = new();
    /// <summary>Expressions of segments are found by the segment they stand in.</summary>
    private readonly List<SourcePoint> _noPoints = [];
    private uint _itemCount;
    private bool _areFunctions;
    private int _elementIndex, _dataIndex;

    public void ReadElements(int source)
    {
        module.ReadBinding(module.Elements, _elementIndex++);
        uint flags = 0, table = 0;
        bool hasTable = _cursor.AcceptForm(TokenKind.Table);
        if (hasTable)
        {
            table = module.ReadIndex(module.Tables);
            _cursor.ExpectClose();
        }

        if (!hasTable && _cursor.Accept(TokenKind.Declare)) flags = NotActive | Declarative;
        else if (!hasTable && (_cursor.Kind == TokenKind.Func || types.IsAtReferenceType)) flags = NotActive;
        else ReadOffset();

        bool isBare = flags == 0 && !hasTable && (module.IsAtIndex || _cursor.Kind == TokenKind.RightParen);
        if (isBare || _cursor.Accept(TokenKind.Func))
        {
            SetFunctionType();
            ReadFunctionIndices();
        }
        else
        {
            _type.Length = 0;
            types.ReadReferenceType(_type);
            ReadItems();
        }

        WriteElements(source, flags, table);
    }

    /// <summary>A table whose size is that of the elements written in it.</summary>
    public void ReadTableWithElements(int table, bool is64, int source)
    {
        _elementIndex++;
        ByteWriter output = module.TableSection.Begin(source);
        _type.Length = 0;
        types.ReadReferenceType(_type);
        output.WriteBytes(_type.Written);
        _cursor.ExpectForm(TokenKind.Elem, "'(elem'");
        if (module.IsAtIndex || _cursor.Kind == TokenKind.RightParen)
        {
            ReadFunctionIndices();
            // A segment of function indices has the type (ref func), which is as good where the table takes any function.
            if (_type.Written.SequenceEqual([FunctionCode])) SetFunctionType();
        }
        else
        {
            ReadItems();
        }

        _cursor.ExpectClose();
        output.WriteByte(is64 ? (byte)5 : (byte)1);
        output.WriteUnsigned(_itemCount);
        output.WriteUnsigned(_itemCount);
        WriteZeroOffset(is64);
        WriteElements(source, 0, (uint)table);
    }

    public void ReadData(int source)
    {
        module.ReadBinding(module.Data, _dataIndex++);
        ByteWriter output = module.DataSection.Begin(source);
        uint memory = 0;
        bool hasMemory = _cursor.AcceptForm(TokenKind.Memory);
        if (hasMemory)
        {
            memory = module.ReadIndex(module.Memories);
            _cursor.ExpectClose();
        }

        bool isActive = hasMemory || _cursor.Kind == TokenKind.LeftParen;
        if (isActive) ReadOffset();
        ReadStrings();
        WriteData(output, memory, isActive);
    }

    /// <summary>A memory whose size is that of the bytes written in it.</summary>
    public void ReadMemoryWithData(int memory, bool is64, int source)
    {
        const long PageSize = 65536;
        _dataIndex++;
        _cursor.ExpectForm(TokenKind.Data, "'(data'");
        ReadStrings();
        _cursor.ExpectClose();
        ulong pages = (ulong)((_bytes.Length + PageSize - 1) / PageSize);
        ByteWriter output = module.MemorySection.Begin(source);
        output.WriteByte(is64 ? (byte)5 : (byte)1);
        output.WriteUnsigned(pages);
        output.WriteUnsigned(pages);
        WriteZeroOffset(is64);
        WriteData(module.DataSection.Begin(source), (uint)memory, isActive: true);
    }

    private bool IsFunctionType => _type.Written.SequenceEqual([ReferenceCode, FunctionCode]);

    private void SetFunctionType()
    {
        _type.Length = 0;
        _type.WriteByte(ReferenceCode);
        _type.WriteByte(FunctionCode);
    }

    private void ReadOffset()
    {
        _offset.Length = 0;
        _noPoints.Clear();
        if (!_cursor.AcceptForm(TokenKind.Offset))
        {
            expressions.ReadFolded(_offset, _noPoints);
            return;
        }

        expressions.ReadSequence(_offset, _noPoints);
        _cursor.ExpectClose();
    }

    private void WriteZeroOffset(bool is64)
    {
        _offset.Length = 0;
        _offset.WriteByte((byte)(is64 ? Opcode.I64Const : Opcode.I32Const));
        _offset.WriteByte(0);
        _offset.WriteByte((byte)Opcode.End);
    }

    private void StartItems()
    {
        _items.Length = 0;
        _indices.Length = 0;
        _itemCount = 0;
        _areFunctions = true;
    }

    private void ReadFunctionIndices()
    {
        StartItems();
        for (; module.IsAtIndex; _itemCount++)
        {
            uint function = module.ReadIndex(module.Functions);
            _indices.WriteUnsigned(function);
            _items.WriteByte((byte)Opcode.RefFunc);
            _items.WriteUnsigned(function);
            _items.WriteByte((byte)Opcode.End);
        }
    }

    private void ReadItems()
    {
        StartItems();
        for (; _cursor.Kind == TokenKind.LeftParen; _itemCount++)
        {
            int start = _items.Length;
            _noPoints.Clear();
            if (_cursor.AcceptForm(TokenKind.Item))
            {
                expressions.ReadSequence(_items, _noPoints);
                _cursor.ExpectClose();
            }
            else
            {
                expressions.ReadFolded(_items, _noPoints);
            }

            // One instruction and its end: nothing but ref.func.
            ReadOnlySpan<byte> item = _items.Written[start..];
            bool isFunction = _noPoints.Count == 1 && item[0] == (byte)Opcode.RefFunc;
            _areFunctions &= isFunction;
            if (isFunction) _indices.WriteBytes(item[1..^1]);
        }
    }

    private void WriteElements(int source, uint flags, uint table)
    {
        ByteWriter output = module.ElementSection.Begin(source);
        bool isActive = (flags & NotActive) == 0;
        bool usesIndices = _areFunctions && IsFunctionType;
        bool isDefaultType = usesIndices || _type.Written.SequenceEqual([FunctionCode]);
        if (!usesIndices) flags |= HasExpressions;
        if (isActive && (table != 0 || !isDefaultType)) flags |= HasTable;
        output.WriteUnsigned(flags);
        if (isActive && (flags & HasTable) != 0) output.WriteUnsigned(table);
        if (isActive) output.WriteBytes(_offset.Written);
        if ((flags & (NotActive | HasTable)) != 0)
        {
            if (usesIndices) output.WriteByte(0);
            else output.WriteBytes(_type.Written);
        }

        output.WriteUnsigned(_itemCount);
        output.WriteBytes(usesIndices ? _indices.Written : _items.Written);
    }

    private void ReadStrings()
    {
        _bytes.Length = 0;
        while (_cursor.Kind == TokenKind.String) _cursor.Tokens.DecodeString(_cursor.Position++, _bytes);
    }

    private void WriteData(ByteWriter output, uint memory, bool isActive)
    {
        output.WriteUnsigned(!isActive ? 1u : memory != 0 ? 2u : 0u);
        if (memory != 0) output.WriteUnsigned(memory);
        if (isActive) output.WriteBytes(_offset.Written);
        output.WriteSized(_bytes.Written);
    }
}
