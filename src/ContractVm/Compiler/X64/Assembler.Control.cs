using System;
using System.Buffers.Binary;

namespace ContractVm.Compiler.X64;

/// <summary>Labels, jumps, calls and alignment.</summary>
internal sealed partial class Assembler
{
    private static ReadOnlySpan<byte> Nops =>
    [
        0x90,
        0x66, 0x90,
        0x0F, 0x1F, 0x00,
        0x0F, 0x1F, 0x40, 0x00,
        0x0F, 0x1F, 0x44, 0x00, 0x00,
        0x66, 0x0F, 0x1F, 0x44, 0x00, 0x00,
        0x0F, 0x1F, 0x80, 0x00, 0x00, 0x00, 0x00,
        0x0F, 0x1F, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x66, 0x0F, 0x1F, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00,
    ];

    private const int LongestNop = 9;

    /// <summary>
    /// For each label its offset; before it is bound, the complement of the offset of the last four bytes that wait for it. Those
    /// hold the offset of the ones before them and the number of bytes from their end to the end of the instruction. As no
    /// instruction starts with such bytes, offset 0 stands for none.
    /// </summary>
    private int[] _labels = new int[64];
    private int _labelCount;

    private Relocation[] _relocations = new Relocation[16];
    private int _relocationCount;

    /// <summary>Where distances to other functions are to be filled in, in ascending order; not to be kept.</summary>
    public ReadOnlySpan<Relocation> Relocations => _relocations.AsSpan(0, _relocationCount);

    private void ResetLabels()
    {
        _labelCount = 0;
        _relocationCount = 0;
    }

    /// <summary>Makes a label. Labels are numbered from 0 after <see cref="Reset"/>, those of constants and tables among them.</summary>
    public Label NewLabel() => NewLabels(1);

    /// <summary>Makes labels with consecutive numbers and gives the first.</summary>
    public Label NewLabels(int count)
    {
        int first = _labelCount;
        _labelCount += count;
        if (_labelCount > _labels.Length) Array.Resize(ref _labels, Math.Max(_labels.Length * 2, _labelCount));
        _labels.AsSpan(first, count).Fill(~0);
        return new Label(first);
    }

    /// <summary>Gives a label the offset of the next instruction.</summary>
    public void Bind(Label label)
    {
        int waiting = ~_labels[label.Number];
        if (waiting < 0) throw new InvalidOperationException("the label is bound already");
        _labels[label.Number] = _length;
        while (waiting != 0)
        {
            Span<byte> field = _code.AsSpan(waiting, 4);
            int link = BinaryPrimitives.ReadInt32LittleEndian(field);
            BinaryPrimitives.WriteInt32LittleEndian(field, _length - (waiting + 4 + (link & 7)));
            waiting = link >> 3;
        }
    }

    /// <summary>The offset of a bound label.</summary>
    public int OffsetOf(Label label) => _labels[label.Number] >= 0 ? _labels[label.Number] : throw new InvalidOperationException("the label is not bound");

    /// <summary>Four bytes for the distance to a label from the end of the instruction, so many bytes after them.</summary>
    private void LabelField(int label, int trailing)
    {
        int offset = _labels[label];
        if (offset >= 0)
        {
            Int32(offset - (_length + 4 + trailing));
        }
        else
        {
            _labels[label] = ~_length;
            Int32(~offset << 3 | trailing);
        }
    }

    /// <summary>Jumps to a label.</summary>
    public void Jmp(Label label)
    {
        MakeRoom();
        if (JumpBack(0xEB, label)) return;
        Byte(0xE9);
        LabelField(label.Number, 0);
    }

    /// <summary>Jumps to a label where the condition holds.</summary>
    public void Jcc(Condition condition, Label label)
    {
        MakeRoom();
        if (JumpBack(0x70 | (int)condition, label)) return;
        Byte(0x0F);
        Byte(0x80 | (int)condition);
        LabelField(label.Number, 0);
    }

    /// <summary>The form of two bytes, for a bound label that it reaches.</summary>
    private bool JumpBack(int opcode, Label label)
    {
        int offset = _labels[label.Number];
        if (offset < 0 || !FitsByte(offset - (_length + 2))) return false;
        Byte(opcode);
        Byte(offset - (_length + 1));
        return true;
    }

    /// <summary>Jumps to the address in a register.</summary>
    public void Jmp(Register target) => Encode(0xFF, 4, (int)target);

    /// <summary>Jumps to the address in memory.</summary>
    public void Jmp(Address target) => Encode(0xFF, 4, target);

    /// <summary>Calls the address in a register.</summary>
    public void Call(Register target) => Encode(0xFF, 2, (int)target);

    /// <summary>Calls the address in memory.</summary>
    public void Call(Address target) => Encode(0xFF, 2, target);

    /// <summary>Calls a label.</summary>
    public void Call(Label label)
    {
        MakeRoom();
        Byte(0xE8);
        LabelField(label.Number, 0);
    }

    /// <summary>Calls a function of the module.</summary>
    public void CallFunction(int function)
    {
        MakeRoom();
        Byte(0xE8);
        FunctionField(function);
    }

    /// <summary>Jumps to a function of the module.</summary>
    public void JmpFunction(int function)
    {
        MakeRoom();
        Byte(0xE9);
        FunctionField(function);
    }

    /// <summary>The address of a function of the module.</summary>
    public void LeaFunction(Register destination, int function)
    {
        MakeRoom();
        Head(0x8D | W, RexOfReg(0, (int)destination));
        Byte(((int)destination & 7) << 3 | 5);
        FunctionField(function);
    }

    private void FunctionField(int function)
    {
        if (_relocationCount == _relocations.Length) Array.Resize(ref _relocations, _relocations.Length * 2);
        _relocations[_relocationCount++] = new Relocation(_length, function);
        Int32(0);
    }

    /// <summary>Returns and takes so many bytes of arguments off the stack.</summary>
    public void Ret(int argumentBytes = 0)
    {
        if ((uint)argumentBytes > ushort.MaxValue) throw new ArgumentOutOfRangeException(nameof(argumentBytes));
        MakeRoom();
        Byte(argumentBytes == 0 ? 0xC3 : 0xC2);
        if (argumentBytes != 0) Immediate(2, argumentBytes);
    }

    /// <summary>A breakpoint: what never runs.</summary>
    public void Int3()
    {
        MakeRoom();
        Byte(0xCC);
    }

    /// <summary>An invalid instruction.</summary>
    public void Ud2()
    {
        MakeRoom();
        Byte(0x0F);
        Byte(0x0B);
    }

    /// <summary>Fills with instructions that do nothing up to a multiple of a power of two, at most 32: the function's own alignment.</summary>
    public void Align(int alignment)
    {
        int left = -_length & (alignment - 1);
        MakeRoom(Reserve + left);
        while (left > 0)
        {
            int count = Math.Min(left, LongestNop);
            Nops.Slice(count * (count - 1) / 2, count).CopyTo(_code.AsSpan(_length));
            _length += count;
            left -= count;
        }
    }
}
