using System;
using ContractVm.Compiler.X64;
using Iced.Intel;
using Xunit;
using Assembler = ContractVm.Compiler.X64.Assembler;
using IcedRegister = Iced.Intel.Register;
using Register = ContractVm.Compiler.X64.Register;

namespace ContractVm.Tests.Compiler;

/// <summary>An operand as it is to be decoded.</summary>
internal readonly struct Expected
{
    /// <summary>The register, or None.</summary>
    public IcedRegister Name { get; private init; }
    /// <summary>True for memory of <see cref="Size"/> bytes, any number where that is 0.</summary>
    public bool IsMemory { get; private init; }
    /// <summary>The sum of the registers of an address: 4 bits for each, how often it counts.</summary>
    public ulong Registers { get; private init; }
    /// <summary>The displacement or immediate.</summary>
    public long Value { get; private init; }
    /// <summary>Bytes of memory, or of an immediate, with its sign, that are compared.</summary>
    public int Size { get; private init; }

    public static Expected Reg(Register register, int size) => new() { Name = ToIced(register, size) };

    public static Expected Imm(long value, int size) => new() { Value = value, Size = size };

    public static Expected Mem(Register baseRegister, Register index, int scale, int displacement, int size) =>
        new() { IsMemory = true, Registers = Count(baseRegister, 0) + Count(index, scale), Value = displacement, Size = size };

    private static ulong Count(Register register, int scale) => register == Register.None ? 0 : 1ul << scale << (4 * (int)register);

    private static IcedRegister ToIced(Register register, int size)
    {
        if (register >= Register.Xmm0) return IcedRegister.XMM0 + ((int)register - 16);
        int number = (int)register;
        return size switch
        {
            8 => IcedRegister.RAX + number,
            4 => IcedRegister.EAX + number,
            2 => IcedRegister.AX + number,
            _ => number < 4 ? IcedRegister.AL + number : IcedRegister.SPL + (number - 4),
        };
    }
}

/// <summary>Decodes what an assembler emits, instruction by instruction.</summary>
internal sealed class DecodedInstructions
{
    private sealed class Reader : CodeReader
    {
        public byte[] Bytes = new byte[64];
        public int Position, End;
        public override int ReadByte() => Position < End ? Bytes[Position++] : -1;
    }

    private sealed class Counter : CodeWriter
    {
        public override void WriteByte(byte value)
        {
        }
    }

    private readonly Reader _reader = new();
    private readonly Decoder _decoder;
    private readonly Encoder _encoder = Encoder.Create(64, new Counter());
    private Instruction _instruction;

    public DecodedInstructions(CpuFeatures features)
    {
        Assembler = new Assembler(features);
        _decoder = Decoder.Create(64, _reader);
    }

    public Assembler Assembler { get; }
    public ref Instruction Instruction => ref _instruction;

    /// <summary>The one instruction since the start of the function is this one; starts a function again.</summary>
    public void Expect(Mnemonic mnemonic, params ReadOnlySpan<Expected> operands)
    {
        Next(mnemonic);
        if (operands.Length != _instruction.OpCount) Fail(mnemonic, operands.Length);
        for (int i = 0; i < operands.Length; i++)
            if (!Matches(operands[i], i)) Fail(mnemonic, i);
    }

    /// <summary>Decodes the one instruction that was emitted, which must not be longer than it need be; starts a function again.</summary>
    public void Next(Mnemonic mnemonic)
    {
        ReadOnlySpan<byte> code = Assembler.Code;
        code.CopyTo(_reader.Bytes);
        (_reader.Position, _reader.End) = (0, code.Length);
        _decoder.IP = 0;
        _decoder.Decode(out _instruction);
        if (_instruction.IsInvalid || _instruction.Mnemonic != mnemonic || _instruction.Length != code.Length) Fail(mnemonic, -1);
        if (_encoder.Encode(_instruction, 0) != (uint)code.Length) Fail(mnemonic, -2);
        Assembler.Reset();
    }

    public bool Matches(Expected expected, int index)
    {
        OpKind kind = _instruction.GetOpKind(index);
        if (kind == OpKind.Register) return _instruction.GetOpRegister(index) == expected.Name;
        if (kind == OpKind.Memory)
        {
            ulong registers = Count(_instruction.MemoryBase, 1) + Count(_instruction.MemoryIndex, _instruction.MemoryIndexScale);
            return expected.IsMemory && registers == expected.Registers && (long)_instruction.MemoryDisplacement64 == expected.Value
                && (expected.Size == 0 || _instruction.MemorySize.GetSize() == expected.Size || _instruction.Mnemonic == Mnemonic.Lea);
        }

        ulong mask = expected.Size == 8 ? ulong.MaxValue : (1ul << (expected.Size * 8)) - 1;
        return !expected.IsMemory && expected.Name == IcedRegister.None && expected.Size > 0
            && ((_instruction.GetImmediate(index) ^ (ulong)expected.Value) & mask) == 0;
    }

    private static ulong Count(IcedRegister register, int times) =>
        register == IcedRegister.None ? 0 : (ulong)times << (4 * (register - IcedRegister.RAX));

    public void Fail(Mnemonic mnemonic, int operand) => Assert.Fail(
        $"wanted {mnemonic}, operand {operand}; found {_instruction} in {Convert.ToHexString(_reader.Bytes.AsSpan(0, _reader.End))}");
}
