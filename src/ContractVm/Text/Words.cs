using System;
using System.Text;

namespace ContractVm.Text;

/// <summary>The words of the text format (WebAssembly 3.0, text format) and the kinds of their tokens. Immutable.</summary>
internal static class Words
{
    private static readonly (string Word, TokenKind Kind)[] Structure =
    [
        ("module", TokenKind.Module), ("binary", TokenKind.Binary), ("quote", TokenKind.Quote),
        ("type", TokenKind.Type), ("rec", TokenKind.Rec), ("sub", TokenKind.Sub), ("final", TokenKind.Final),
        ("func", TokenKind.Func), ("struct", TokenKind.Struct), ("array", TokenKind.Array), ("field", TokenKind.Field), ("mut", TokenKind.Mut),
        ("param", TokenKind.Param), ("result", TokenKind.Result), ("local", TokenKind.Local),
        ("table", TokenKind.Table), ("memory", TokenKind.Memory), ("global", TokenKind.Global), ("tag", TokenKind.Tag),
        ("elem", TokenKind.Elem), ("data", TokenKind.Data), ("declare", TokenKind.Declare), ("offset", TokenKind.Offset), ("item", TokenKind.Item),
        ("start", TokenKind.Start), ("import", TokenKind.Import), ("export", TokenKind.Export), ("then", TokenKind.Then),
        ("catch", TokenKind.Catch), ("catch_ref", TokenKind.CatchRef), ("catch_all", TokenKind.CatchAll), ("catch_all_ref", TokenKind.CatchAllRef),
        ("shared", TokenKind.Shared), ("ref", TokenKind.Ref), ("null", TokenKind.Null),
        ("i8", TokenKind.I8), ("i16", TokenKind.I16), ("i32", TokenKind.I32), ("i64", TokenKind.I64),
        ("f32", TokenKind.F32), ("f64", TokenKind.F64), ("v128", TokenKind.V128),
        ("i8x16", TokenKind.I8x16), ("i16x8", TokenKind.I16x8), ("i32x4", TokenKind.I32x4), ("i64x2", TokenKind.I64x2),
        ("f32x4", TokenKind.F32x4), ("f64x2", TokenKind.F64x2),
        ("any", TokenKind.Any), ("none", TokenKind.None), ("eq", TokenKind.Eq), ("i31", TokenKind.I31), ("nofunc", TokenKind.NoFunc),
        ("exn", TokenKind.Exn), ("noexn", TokenKind.NoExn), ("extern", TokenKind.Extern), ("noextern", TokenKind.NoExtern),
        ("anyref", TokenKind.AnyRef), ("nullref", TokenKind.NullRef), ("eqref", TokenKind.EqRef), ("i31ref", TokenKind.I31Ref),
        ("structref", TokenKind.StructRef), ("arrayref", TokenKind.ArrayRef), ("funcref", TokenKind.FuncRef),
        ("nullfuncref", TokenKind.NullFuncRef), ("exnref", TokenKind.ExnRef), ("nullexnref", TokenKind.NullExnRef),
        ("externref", TokenKind.ExternRef), ("nullexternref", TokenKind.NullExternRef),
    ];

    private static readonly ByteInterner Interner = new();
    private static readonly TokenKind[] Kinds = Build();

    /// <summary>The kind of a word; <see cref="TokenKind.Keyword"/> for one without a place in the grammar.</summary>
    public static TokenKind Find(ReadOnlySpan<byte> word) =>
        Interner.TryFind(word, out int id) ? Kinds[id] : TokenKind.Keyword;

    private static TokenKind[] Build()
    {
        TokenKind[] kinds = new TokenKind[Structure.Length + OpcodeTable.IdLimit];
        foreach ((string word, TokenKind kind) in Structure) kinds[Interner.Intern(Encoding.UTF8.GetBytes(word))] = kind;
        foreach (OpcodeInfo info in OpcodeTable.All)
        {
            // The text format has one name for each of these and its immediates tell which one is meant.
            if (info.Opcode is Opcode.SelectT or Opcode.RefTestNull or Opcode.RefCastNull) continue;
            kinds[Interner.Intern(Encoding.UTF8.GetBytes(info.Name))] = TokenKinds.Of(info.Opcode);
        }

        return kinds;
    }
}
