namespace ContractVm.Text;

/// <summary>
/// What a token is. Words with a place in the grammar have a kind of their own, and so does every instruction: its opcode
/// above <see cref="FirstInstruction"/>.
/// </summary>
internal enum TokenKind : ushort
{
    /// <summary>After the last token.</summary>
    End,
    LeftParen, RightParen,
    /// <summary>An integer without a sign.</summary>
    Natural,
    /// <summary>An integer with a sign.</summary>
    Integer,
    Float, String,
    /// <summary><c>$name</c> or <c>$"name"</c>.</summary>
    Identifier,
    /// <summary><c>offset=</c> and a natural number.</summary>
    OffsetEquals,
    /// <summary><c>align=</c> and a natural number.</summary>
    AlignEquals,
    /// <summary>A word that is none of those below.</summary>
    Keyword,
    /// <summary>Characters that form a token without any meaning.</summary>
    Reserved,

    // Structure.
    Module, Binary, Quote, Type, Rec, Sub, Final, Func, Struct, Array, Field, Mut, Param, Result, Local,
    Table, Memory, Global, Tag, Elem, Data, Declare, Offset, Item, Start, Import, Export,
    Then, Catch, CatchRef, CatchAll, CatchAllRef, Shared, Ref, Null,

    // Value and storage types.
    I8, I16, I32, I64, F32, F64, V128,

    // Shapes of vectors.
    I8x16, I16x8, I32x4, I64x2, F32x4, F64x2,

    // Heap types; func, struct and array are above.
    Any, None, Eq, I31, NoFunc, Exn, NoExn, Extern, NoExtern,

    // Abbreviations of nullable reference types.
    AnyRef, NullRef, EqRef, I31Ref, StructRef, ArrayRef, FuncRef, NullFuncRef, ExnRef, NullExnRef, ExternRef, NullExternRef,

    /// <summary>The kind of an instruction is this number plus its <see cref="Opcode"/>.</summary>
    FirstInstruction = 0x100,
}

internal static class TokenKinds
{
    public static bool IsInstruction(this TokenKind kind) => kind >= TokenKind.FirstInstruction;

    public static Opcode ToOpcode(this TokenKind kind) => (Opcode)(kind - TokenKind.FirstInstruction);

    public static TokenKind Of(Opcode opcode) => TokenKind.FirstInstruction + (ushort)opcode;

    public static bool IsNumber(this TokenKind kind) => kind is TokenKind.Natural or TokenKind.Integer or TokenKind.Float;
}
