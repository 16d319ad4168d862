using System;
using System.Collections.Generic;

namespace ContractVm.Text;

/// <summary>
/// Reads instructions, flat and folded, and writes them in the binary format (WebAssembly 3.0, text format, "Instructions").
/// Nesting is kept in a list of open constructs, so its depth costs memory and nothing else.
/// </summary>
internal sealed partial class ExpressionReader(ModuleContext module, TypeReader types)
{
    /// <summary>What is open.</summary>
    private enum OpenKind : byte
    {
        /// <summary>A block, loop or try_table that ends with <c>end</c>.</summary>
        Block,
        /// <summary>An if that ends with <c>end</c>.</summary>
        If,
        /// <summary>A block, loop or try_table in parentheses.</summary>
        FoldedBlock,
        /// <summary>An if in parentheses.</summary>
        FoldedIf,
        /// <summary><c>(then …</c>.</summary>
        Then,
        /// <summary><c>(else …</c>.</summary>
        Else,
        /// <summary>Any other instruction in parentheses, whose operands come first.</summary>
        Plain,
    }

    private enum Arm : byte
    {
        None,
        Then,
        Else,
    }

    private struct Open
    {
        public OpenKind Kind;
        /// <summary>The last arm of an if that has been started.</summary>
        public Arm Arm;
        /// <summary>Branch hint, or -1.</summary>
        public sbyte Hint;
        /// <summary>Where its bytes begin in <see cref="_pending"/>, for those that are written later.</summary>
        public int Pending;
        /// <summary>The token that it began with.</summary>
        public int Token;
        /// <summary>Symbol of its label, or -1.</summary>
        public int Label;
        /// <summary>What the symbol meant outside.</summary>
        public int OuterLabel;
        /// <summary>Length of the output after else.</summary>
        public int ElseEnd;
    }

    private readonly TokenCursor _cursor = module.Cursor;
    /// <summary>Instructions that are written after their operands, innermost last.</summary>
    private readonly ByteWriter _pending = new();
    private readonly ByteWriter _scratch = new();
    private Open[] _open = new Open[16];
    private int _openCount;

    /// <summary>Position of the innermost label with a symbol, counted from outside and plus one, by symbol.</summary>
    private int[] _labels = [];
    private int _labelDepth;
    /// <summary>Labels of the function so far.</summary>
    private int _labelCount;
    private int _function = -1;

    private ByteWriter _output = new();
    private List<SourcePoint> _points = [];

    /// <summary>Branch hints of the function that was read last: offset in its body and value.</summary>
    public List<(int Offset, byte Value)> Hints { get; } = [];

    /// <summary>Reads the instructions of a function up to its closing parenthesis and writes them with their end.</summary>
    public void ReadBody(int function, ByteWriter output, List<SourcePoint> points)
    {
        _function = function;
        _labelCount = 0;
        Hints.Clear();
        ReadSequence(output, points);
        _function = -1;
    }

    /// <summary>Reads instructions up to the closing parenthesis around them and writes them with their end.</summary>
    public void ReadSequence(ByteWriter output, List<SourcePoint> points)
    {
        Start(output, points);
        while (_cursor.Kind != TokenKind.RightParen || _openCount > 0) ReadNext();
        _output.WriteByte((byte)Opcode.End);
    }

    /// <summary>Reads one folded instruction and writes it with an end.</summary>
    public void ReadFolded(ByteWriter output, List<SourcePoint> points)
    {
        Start(output, points);
        if (_cursor.Kind != TokenKind.LeftParen) throw _cursor.Unexpected("'('");
        do ReadNext();
        while (_openCount > 0);
        _output.WriteByte((byte)Opcode.End);
    }

    private void Start(ByteWriter output, List<SourcePoint> points)
    {
        _output = output;
        _points = points;
        _openCount = 0;
        _pending.Length = 0;
        _labelDepth = 1;
    }

    private void ReadNext()
    {
        TokenKind kind = _cursor.Kind;
        if (kind.IsInstruction()) ReadFlat(kind.ToOpcode());
        else if (kind == TokenKind.LeftParen) ReadOpening();
        else if (kind == TokenKind.RightParen) ReadClosing();
        else if (kind is TokenKind.Keyword or TokenKind.Reserved) throw UnknownInstruction();
        else throw _cursor.Unexpected("an instruction");
    }

    private TextException UnknownInstruction() =>
        _cursor.Error(TextErrorCode.UnknownInstruction, _cursor.Position, $"{_cursor.Tokens.Describe(_cursor.Position)} is no instruction");

    private void ReadFlat(Opcode opcode)
    {
        if (_openCount > 0 && _open[_openCount - 1].Kind is OpenKind.Plain or OpenKind.FoldedIf)
            throw _cursor.Unexpected("'(' or ')'");
        int token = _cursor.Position;
        if (opcode is not (Opcode.Else or Opcode.End))
        {
            int hint = TakeHint(token, opcode);
            switch (opcode)
            {
                case Opcode.Block or Opcode.Loop or Opcode.TryTable or Opcode.If:
                    ReadBlock(opcode, token, hint, opcode == Opcode.If ? OpenKind.If : OpenKind.Block);
                    return;
                default:
                    int start = _pending.Length;
                    _cursor.Position++;
                    ReadPlain(opcode, token, _pending);
                    Flush(start, token, hint);
                    return;
            }
        }

        if (_openCount == 0 || _open[_openCount - 1].Kind is not (OpenKind.Block or OpenKind.If))
            throw _cursor.Unexpected("an instruction inside the block that is open");
        _cursor.Position++;
        ref Open top = ref _open[_openCount - 1];
        ReadEndLabel(top.Label);
        if (opcode == Opcode.End)
        {
            EndBlock(ref top, token);
            _openCount--;
            return;
        }

        if (top.Kind != OpenKind.If || top.Arm == Arm.Else)
            throw _cursor.Error(TextErrorCode.UnexpectedToken, token, "an else without an if");
        BeginElse(ref top);
    }

    private void ReadOpening()
    {
        int token = _cursor.Position;
        TokenKind kind = _cursor.Tokens.Kind(token + 1);
        if (_openCount > 0 && _open[_openCount - 1] is { Kind: OpenKind.FoldedIf, Arm: Arm outer })
        {
            // The condition first, then the arms and nothing after them.
            if (outer == Arm.None && kind == TokenKind.Then)
            {
                BeginThen(ref _open[_openCount - 1]);
                Push(OpenKind.Then, token);
                return;
            }

            if (outer == Arm.Then && kind == TokenKinds.Of(Opcode.Else))
            {
                BeginElse(ref _open[_openCount - 1]);
                Push(OpenKind.Else, token);
                return;
            }

            if (outer != Arm.None) throw _cursor.Unexpected(outer == Arm.Then ? "'(else' or ')'" : "')'");
        }

        _cursor.Position++;
        if (!kind.IsInstruction() || kind.ToOpcode() is Opcode.Else or Opcode.End)
            throw kind is TokenKind.Keyword or TokenKind.Reserved ? UnknownInstruction() : _cursor.Unexpected("an instruction");
        Opcode opcode = kind.ToOpcode();
        int hint = TakeHint(token, opcode);
        if (opcode is Opcode.Block or Opcode.Loop or Opcode.TryTable)
        {
            ReadBlock(opcode, token, hint, OpenKind.FoldedBlock);
            return;
        }

        _cursor.Position++;
        ref Open open = ref Push(opcode == Opcode.If ? OpenKind.FoldedIf : OpenKind.Plain, token);
        open.Hint = (sbyte)hint;
        if (opcode == Opcode.If)
        {
            open.Label = module.ReadOptionalSymbol();
            _pending.WriteByte((byte)Opcode.If);
            ReadBlockType(_pending);
        }
        else
        {
            ReadPlain(opcode, token + 1, _pending);
        }
    }

    private void ReadClosing()
    {
        ref Open top = ref _open[_openCount - 1];
        switch (top.Kind)
        {
            case OpenKind.Block or OpenKind.If:
                throw _cursor.Unexpected("'end'");
            case OpenKind.Plain:
                Flush(top.Pending, top.Token + 1, top.Hint);
                break;
            case OpenKind.FoldedIf when top.Arm == Arm.None:
                throw _cursor.Unexpected("'(then'");
            case OpenKind.FoldedIf or OpenKind.FoldedBlock:
                EndBlock(ref top, _cursor.Position);
                break;
        }

        _openCount--;
        _cursor.Position++;
    }

    /// <summary>Reads a block, loop, try_table or flat if up to its first instruction, and writes that.</summary>
    private void ReadBlock(Opcode opcode, int token, int hint, OpenKind kind)
    {
        int instruction = _cursor.Position++;
        int label = module.ReadOptionalSymbol();
        int start = _pending.Length;
        _pending.WriteByte((byte)opcode);
        ReadBlockType(_pending);
        // Handlers stand outside of the block whose exceptions they catch, so its label is not known to them.
        if (opcode == Opcode.TryTable) ReadCatches(_pending);
        Flush(start, instruction, hint);
        ref Open open = ref Push(kind, token);
        open.Label = label;
        BeginLabel(ref open);
    }

    private void BeginThen(ref Open open)
    {
        Flush(open.Pending, open.Token + 1, open.Hint);
        open.Arm = Arm.Then;
        BeginLabel(ref open);
        _cursor.Position += 2;
    }

    private void BeginElse(ref Open open)
    {
        open.Arm = Arm.Else;
        _output.WriteByte((byte)Opcode.Else);
        open.ElseEnd = _output.Length;
        if (open.Kind == OpenKind.FoldedIf) _cursor.Position += 2;
    }

    private void EndBlock(ref Open open, int token)
    {
        // An else without instructions is the same as none.
        if (open.Arm == Arm.Else && _output.Length == open.ElseEnd) _output.Length--;
        Mark(token);
        _output.WriteByte((byte)Opcode.End);
        if (open.Label >= 0) _labels[open.Label] = open.OuterLabel;
        _labelDepth--;
    }

    private void BeginLabel(ref Open open)
    {
        _labelDepth++;
        int index = _labelCount++;
        if (open.Label < 0) return;
        SymbolArray.Reach(ref _labels, open.Label);
        open.OuterLabel = _labels[open.Label];
        _labels[open.Label] = _labelDepth;
        if (_function >= 0) module.LabelNames.Add(new NamedIndex(_function, index, open.Label));
    }

    private void ReadEndLabel(int label)
    {
        if (_cursor.Kind != TokenKind.Identifier) return;
        int token = _cursor.Position;
        if (module.ReadOptionalSymbol() != label)
            throw _cursor.Error(TextErrorCode.LabelMismatch, token, $"{_cursor.Tokens.Describe(token)} is not the label of the block that is open");
    }

    private ref Open Push(OpenKind kind, int token)
    {
        if (_openCount == _open.Length) Array.Resize(ref _open, _openCount * 2);
        ref Open open = ref _open[_openCount++];
        open = new Open { Kind = kind, Token = token, Pending = _pending.Length, Label = -1, Hint = -1 };
        return ref open;
    }

    /// <summary>Moves an instruction from the pending ones to the output.</summary>
    private void Flush(int start, int token, int hint)
    {
        Mark(token);
        if (hint >= 0) Hints.Add((_output.Length, (byte)hint));
        _output.WriteBytes(_pending.Written[start..]);
        _pending.Length = start;
    }

    private void Mark(int token) => _points.Add(new SourcePoint(_output.Length, _cursor.Tokens.Start(token)));

    private int TakeHint(int token, Opcode opcode) =>
        _function >= 0 ? module.Annotations.TakeHint(token, opcode is Opcode.If or Opcode.BrIf) : -1;
}
