using System;
using System.Collections.Generic;

namespace ContractVm.Text;

/// <summary>A type use that has been read.</summary>
/// <param name="Index">The type index, or -1 for parameters and results that have none yet.</param>
/// <param name="Signature">Number of the written parameters and results, see <see cref="TypeReader.ImplicitType"/>.</param>
/// <param name="Parameters">Number of written parameters.</param>
/// <param name="Results">Number of written results.</param>
internal readonly record struct TypeUse(long Index, int Signature, int Parameters, int Results);

/// <summary>
/// Reads types and writes them in the binary format (WebAssembly 3.0, text format, "Types" and "Type Uses").
/// </summary>
internal sealed class TypeReader(ModuleContext module)
{
    private const byte FunctionForm = 0x60, StructForm = 0x5F, ArrayForm = 0x5E, SubForm = 0x50, SubFinalForm = 0x4F, RecursiveForm = 0x4E;
    private const byte ReferenceCode = 0x64, NullableCode = 0x63, PackedI8 = 0x78, PackedI16 = 0x77;

    /// <summary>Abstract heap types: word, abbreviation of nullable references to them, code.</summary>
    private static readonly (TokenKind Word, TokenKind Abbreviation, byte Code)[] HeapTypes =
    [
        (TokenKind.Func, TokenKind.FuncRef, 0x70), (TokenKind.Extern, TokenKind.ExternRef, 0x6F), (TokenKind.Any, TokenKind.AnyRef, 0x6E),
        (TokenKind.Eq, TokenKind.EqRef, 0x6D), (TokenKind.I31, TokenKind.I31Ref, 0x6C), (TokenKind.Struct, TokenKind.StructRef, 0x6B),
        (TokenKind.Array, TokenKind.ArrayRef, 0x6A), (TokenKind.Exn, TokenKind.ExnRef, 0x69), (TokenKind.None, TokenKind.NullRef, 0x71),
        (TokenKind.NoExtern, TokenKind.NullExternRef, 0x72), (TokenKind.NoFunc, TokenKind.NullFuncRef, 0x73), (TokenKind.NoExn, TokenKind.NullExnRef, 0x74),
    ];

    private readonly TokenCursor _cursor = module.Cursor;
    private readonly ByteInterner _signatures = new();
    /// <summary>The type that parameters and results without a type use stand for, plus one, by signature.</summary>
    private int[] _typeOfSignature = [];
    /// <summary>By type index: the signature of a function type, or -1, and the number of its parameters.</summary>
    private readonly List<(int Signature, int Parameters)> _functionTypes = [];
    private readonly ByteWriter _parameters = new(), _results = new(), _signature = new(), _fields = new();
    private readonly List<(int Index, Binding Binding)> _parameterNames = [];

    /// <summary>Bytes of the results of the type use that was read last.</summary>
    public ReadOnlySpan<byte> LastResults => _results.Written;

    /// <summary>The named parameters of the type use that was read last.</summary>
    public IReadOnlyList<(int Index, Binding Binding)> LastParameterNames => _parameterNames;

    /// <summary>Number of parameters of a function type; 0 for what is none.</summary>
    public int ParameterCount(long type) => type >= 0 && type < _functionTypes.Count ? _functionTypes[(int)type].Parameters : 0;

    /// <summary>The binary format's code of an abstract heap type, or 0 where the word names none.</summary>
    public static byte HeapTypeCode(TokenKind word)
    {
        foreach ((TokenKind name, TokenKind _, byte code) in HeapTypes)
            if (name == word) return code;
        return 0;
    }

    /// <summary>The code of the heap type whose nullable references the word abbreviates, or 0 where it abbreviates none.</summary>
    private static byte AbbreviatedCode(TokenKind word)
    {
        foreach ((TokenKind _, TokenKind abbreviation, byte code) in HeapTypes)
            if (abbreviation == word) return code;
        return 0;
    }

    private static byte NumericTypeCode(TokenKind kind) => kind switch
    {
        TokenKind.I32 => 0x7F,
        TokenKind.I64 => 0x7E,
        TokenKind.F32 => 0x7D,
        TokenKind.F64 => 0x7C,
        TokenKind.V128 => 0x7B,
        TokenKind.I8 => PackedI8,
        TokenKind.I16 => PackedI16,
        _ => 0,
    };

    /// <summary>True where a reference type can start.</summary>
    public bool IsAtReferenceType => AbbreviatedCode(_cursor.Kind) != 0 || _cursor.IsAtForm(TokenKind.Ref);

    /// <summary>A heap type: an abstract one or a type index.</summary>
    public void ReadHeapType(ByteWriter output)
    {
        byte code = HeapTypeCode(_cursor.Kind);
        if (code != 0)
        {
            _cursor.Position++;
            output.WriteByte(code);
        }
        else if (module.IsAtIndex)
        {
            output.WriteSigned(module.ReadIndex(module.Types));
        }
        else
        {
            throw _cursor.Unexpected("a heap type");
        }
    }

    /// <summary>A reference type; its heap type goes to <paramref name="heapType"/> and the result is whether it is nullable.</summary>
    public bool ReadReference(ByteWriter heapType)
    {
        byte code = AbbreviatedCode(_cursor.Kind);
        if (code != 0)
        {
            _cursor.Position++;
            heapType.WriteByte(code);
            return true;
        }

        _cursor.ExpectForm(TokenKind.Ref, "a reference type");
        bool isNullable = _cursor.Accept(TokenKind.Null);
        ReadHeapType(heapType);
        _cursor.ExpectClose();
        return isNullable;
    }

    /// <summary>A reference type in the binary format.</summary>
    public void ReadReferenceType(ByteWriter output)
    {
        int start = output.Length;
        output.WriteByte(ReferenceCode);
        bool isNullable = ReadReference(output);
        WriteNullability(output, start, isNullable);
    }

    /// <summary>A value type in the binary format.</summary>
    public void ReadValueType(ByteWriter output)
    {
        byte code = NumericTypeCode(_cursor.Kind);
        if (code is 0 or PackedI8 or PackedI16)
        {
            if (!IsAtReferenceType) throw _cursor.Unexpected("a value type");
            ReadReferenceType(output);
            return;
        }

        _cursor.Position++;
        output.WriteByte(code);
    }

    /// <summary>Value types as far as they go.</summary>
    public int ReadValueTypes(ByteWriter output)
    {
        int count = 0;
        for (; _cursor.Kind != TokenKind.RightParen; count++) ReadValueType(output);
        return count;
    }

    /// <summary>A type that may be mutable; the mutability follows it in the binary format.</summary>
    public void ReadMutableType(ByteWriter output, bool isStorage)
    {
        bool isMutable = _cursor.AcceptForm(TokenKind.Mut);
        if (isStorage && _cursor.Kind is TokenKind.I8 or TokenKind.I16)
        {
            output.WriteByte(NumericTypeCode(_cursor.Kind));
            _cursor.Position++;
        }
        else
        {
            ReadValueType(output);
        }

        if (isMutable) _cursor.ExpectClose();
        output.WriteByte(isMutable ? (byte)1 : (byte)0);
    }

    /// <summary>A type definition: <c>(type $t …)</c>, from its parenthesis.</summary>
    public void ReadTypeField()
    {
        ByteWriter output = module.TypeSection.Begin(_cursor.Tokens.Start(_cursor.Position));
        ReadDefinition(output, isAlone: true);
    }

    /// <summary>A recursion group: <c>(rec …)</c>, from its parenthesis. A group of one is written like a type outside of one.</summary>
    public void ReadGroup()
    {
        ByteWriter output = module.TypeSection.Begin(_cursor.Tokens.Start(_cursor.Position));
        _cursor.ExpectForm(TokenKind.Rec, "'(rec'");
        int count = 0;
        int first = _cursor.Position;
        for (; _cursor.IsAtForm(TokenKind.Type); count++)
        {
            _cursor.Position += 2;
            _cursor.SkipForm();
        }

        _cursor.Position = first;
        if (count != 1)
        {
            output.WriteByte(RecursiveForm);
            output.WriteUnsigned((uint)count);
        }

        for (int member = 0; member < count; member++) ReadDefinition(output, isAlone: count == 1);
        _cursor.ExpectClose();
    }

    /// <summary>Parameters and results written beside or instead of a type index, wherever the text format has a type use.</summary>
    /// <param name="allowsNames">Whether parameters may have identifiers.</param>
    public TypeUse ReadTypeUse(bool allowsNames)
    {
        long index = -1;
        int token = _cursor.Position;
        if (_cursor.AcceptForm(TokenKind.Type))
        {
            index = module.ReadIndex(module.Types);
            _cursor.ExpectClose();
        }

        (int parameters, int results) = ReadSignature(allowsNames);
        int signature = InternSignature(parameters, results);
        bool isWritten = parameters != 0 || results != 0;
        if (index >= 0 && isWritten && (index >= _functionTypes.Count || _functionTypes[(int)index].Signature != signature))
            throw _cursor.Error(TextErrorCode.InlineTypeMismatch, token, $"parameters and results are not those of type {index}");
        return new TypeUse(index, signature, parameters, results);
    }

    /// <summary>
    /// The type index of a type use: the written one, else the first type that is just these parameters and results (final,
    /// without supertypes, alone in its group), else a new one at the end.
    /// </summary>
    public uint Resolve(TypeUse use) => use.Index >= 0 ? (uint)use.Index : ImplicitType(use.Signature, use.Parameters);

    private uint ImplicitType(int signature, int parameters)
    {
        SymbolArray.Reach(ref _typeOfSignature, signature);
        if (_typeOfSignature[signature] == 0)
        {
            _typeOfSignature[signature] = module.Types.Add() + 1;
            _functionTypes.Add((signature, parameters));
            ByteWriter output = module.TypeSection.Begin(_cursor.Tokens.Start(_cursor.Position));
            output.WriteBytes(_signatures[signature]);
        }

        return (uint)_typeOfSignature[signature] - 1;
    }

    private static void WriteNullability(ByteWriter output, int start, bool isNullable)
    {
        if (!isNullable) return;
        Span<byte> heapType = stackalloc byte[8];
        ReadOnlySpan<byte> written = output.Written[(start + 1)..];
        heapType = heapType[..written.Length];
        written.CopyTo(heapType);
        output.Length = start;
        // Codes of abstract heap types are the single bytes whose sign bit is set: nullable references to them need nothing else.
        if ((heapType[0] & 0xC0) != 0x40) output.WriteByte(NullableCode);
        output.WriteBytes(heapType);
    }

    private void ReadDefinition(ByteWriter output, bool isAlone)
    {
        _cursor.ExpectForm(TokenKind.Type, "'(type'");
        int type = _functionTypes.Count;
        module.ReadBinding(module.Types, type);
        bool isSub = _cursor.AcceptForm(TokenKind.Sub);
        bool isFinal = !isSub || _cursor.Accept(TokenKind.Final);
        uint supertypes = 0;
        if (isSub)
        {
            _fields.Length = 0;
            for (; module.IsAtIndex; supertypes++) _fields.WriteUnsigned(module.ReadIndex(module.Types));
            if (!isFinal || supertypes > 0)
            {
                output.WriteByte(isFinal ? SubFinalForm : SubForm);
                output.WriteUnsigned(supertypes);
                output.WriteBytes(_fields.Written);
            }
        }

        int signature = -1, parameters = 0;
        if (_cursor.AcceptForm(TokenKind.Func))
        {
            (parameters, int results) = ReadSignature(allowsNames: true);
            signature = InternSignature(parameters, results);
            output.WriteBytes(_signatures[signature]);
        }
        else if (_cursor.AcceptForm(TokenKind.Struct))
        {
            ReadStruct(output, type);
        }
        else
        {
            _cursor.ExpectForm(TokenKind.Array, "'(func', '(struct' or '(array'");
            output.WriteByte(ArrayForm);
            ReadMutableType(output, isStorage: true);
        }

        _functionTypes.Add((signature, parameters));
        if (signature >= 0 && isAlone && isFinal && supertypes == 0)
        {
            SymbolArray.Reach(ref _typeOfSignature, signature);
            if (_typeOfSignature[signature] == 0) _typeOfSignature[signature] = type + 1;
        }

        _cursor.ExpectClose();
        if (isSub) _cursor.ExpectClose();
        _cursor.ExpectClose();
    }

    private void ReadStruct(ByteWriter output, int type)
    {
        _fields.Length = 0;
        int count = 0;
        while (_cursor.AcceptForm(TokenKind.Field))
        {
            Binding binding = module.ReadBinding();
            if (binding.Name >= 0)
            {
                if (binding.Symbol >= 0 && !module.Fields.TryAdd((type, binding.Symbol), count)) throw module.Duplicate("field", binding.Token);
                module.FieldNames.Add(new NamedIndex(type, count, binding.Name));
                ReadMutableType(_fields, isStorage: true);
                count++;
            }
            else
            {
                for (; _cursor.Kind != TokenKind.RightParen; count++) ReadMutableType(_fields, isStorage: true);
            }

            _cursor.ExpectClose();
        }

        output.WriteByte(StructForm);
        output.WriteUnsigned((uint)count);
        output.WriteBytes(_fields.Written);
    }

    private (int Parameters, int Results) ReadSignature(bool allowsNames)
    {
        _parameters.Length = 0;
        _results.Length = 0;
        _parameterNames.Clear();
        int parameters = 0, results = 0;
        while (_cursor.AcceptForm(TokenKind.Param))
        {
            Binding binding = allowsNames ? module.ReadBinding() : new Binding(-1, -1, -1);
            if (binding.Name >= 0)
            {
                _parameterNames.Add((parameters, binding));
                ReadValueType(_parameters);
                parameters++;
            }
            else
            {
                parameters += ReadValueTypes(_parameters);
            }

            _cursor.ExpectClose();
        }

        while (_cursor.AcceptForm(TokenKind.Result))
        {
            results += ReadValueTypes(_results);
            _cursor.ExpectClose();
        }

        return (parameters, results);
    }

    private int InternSignature(int parameters, int results)
    {
        _signature.Length = 0;
        _signature.WriteByte(FunctionForm);
        _signature.WriteUnsigned((uint)parameters);
        _signature.WriteBytes(_parameters.Written);
        _signature.WriteUnsigned((uint)results);
        _signature.WriteBytes(_results.Written);
        return _signatures.Intern(_signature.Written);
    }
}
