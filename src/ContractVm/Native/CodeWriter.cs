using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using ContractVm.Compiler.X64;

namespace ContractVm.Native;

/// <summary>
/// Writes the few instructions that stubs and thunks are made of. Memory operands are a base register and a displacement of 32
/// bits, always, so that each instruction has one form. Not safe for concurrent use.
/// </summary>
internal sealed class CodeWriter
{
    private readonly List<byte> _bytes = [];

    /// <summary>Bytes so far.</summary>
    public int Length => _bytes.Count;

    /// <summary>The code.</summary>
    public byte[] ToArray() => [.. _bytes];

    /// <summary>Writes bytes as they are.</summary>
    public void Raw(ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes);

    /// <summary>Fills with int3 up to a multiple of a power of two.</summary>
    public void Align(int multiple)
    {
        while ((Length & (multiple - 1)) != 0) _bytes.Add(0xCC);
    }

    /// <summary>mov r64, [base + disp]</summary>
    public void Load64(Register target, Register address, int displacement) => Memory(0, true, [0x8B], (int)target, address, displacement);
    /// <summary>mov r32, [base + disp]: the upper half becomes zero.</summary>
    public void Load32(Register target, Register address, int displacement) => Memory(0, false, [0x8B], (int)target, address, displacement);
    /// <summary>mov [base + disp], r64</summary>
    public void Store64(Register address, int displacement, Register source) => Memory(0, true, [0x89], (int)source, address, displacement);
    /// <summary>mov [base + disp], r32</summary>
    public void Store32(Register address, int displacement, Register source) => Memory(0, false, [0x89], (int)source, address, displacement);
    /// <summary>movss xmm, [base + disp]</summary>
    public void LoadFloat32(Register target, Register address, int displacement) => Memory(0xF3, false, [0x0F, 0x10], target - Register.Xmm0, address, displacement);
    /// <summary>movsd xmm, [base + disp]</summary>
    public void LoadFloat64(Register target, Register address, int displacement) => Memory(0xF2, false, [0x0F, 0x10], target - Register.Xmm0, address, displacement);
    /// <summary>movsd [base + disp], xmm</summary>
    public void StoreFloat64(Register address, int displacement, Register source) => Memory(0xF2, false, [0x0F, 0x11], source - Register.Xmm0, address, displacement);
    /// <summary>movups xmm, [base + disp]</summary>
    public void LoadVector(Register target, Register address, int displacement) => Memory(0, false, [0x0F, 0x10], target - Register.Xmm0, address, displacement);
    /// <summary>vmovups xmm, [base + disp] in the encoding of AVX-512: of registers 16 to 31, by number.</summary>
    public void LoadUpperVector(int target, Register address, int displacement)
    {
        // Inverted: bit 3 and bit 4 of the target, bit 3 of the base, the empty second operand.
        Raw([0x62, (byte)(0x41 | (~target & 8) << 4 | (~(int)address & 8) << 2), 0x7C, 0x08, 0x10, (byte)(0x80 | (target & 7) << 3 | ((int)address & 7))]);
        if (((int)address & 7) == 4) _bytes.Add(0x24);
        Number(displacement);
    }

    /// <summary>movups [base + disp], xmm</summary>
    public void StoreVector(Register address, int displacement, Register source) => Memory(0, false, [0x0F, 0x11], source - Register.Xmm0, address, displacement);
    /// <summary>push qword [base + disp]</summary>
    public void PushMemory(Register address, int displacement) => Memory(0, false, [0xFF], 6, address, displacement);
    /// <summary>pop qword [base + disp]; with rsp as base the address counts from after the pop.</summary>
    public void PopMemory(Register address, int displacement) => Memory(0, false, [0x8F], 0, address, displacement);
    /// <summary>call [base + disp]</summary>
    public void CallMemory(Register address, int displacement) => Memory(0, false, [0xFF], 2, address, displacement);

    /// <summary>movd r32, xmm: the upper half becomes zero.</summary>
    public void MoveBits32(Register target, Register source)
    {
        int vector = source - Register.Xmm0;
        _bytes.Add(0x66);
        Rex(false, vector, (int)target);
        Raw([0x0F, 0x7E, Direct(vector, (int)target)]);
    }

    /// <summary>mov r64, r64</summary>
    public void Move(Register target, Register source) => Registers2(0x89, (int)source, target, true);
    /// <summary>xor r32, r32</summary>
    public void Clear(Register target) => Registers2(0x31, (int)target, target, false);
    /// <summary>test r32, r32</summary>
    public void Test32(Register target) => Registers2(0x85, (int)target, target, false);
    /// <summary>cmp r64, r64</summary>
    public void Compare(Register left, Register right) => Registers2(0x39, (int)right, left, true);
    /// <summary>sub r64, r64</summary>
    public void Subtract(Register target, Register source) => Registers2(0x29, (int)source, target, true);
    /// <summary>call r64</summary>
    public void CallRegister(Register target) => Registers2(0xFF, 2, target, false);
    /// <summary>jmp r64</summary>
    public void JumpRegister(Register target) => Registers2(0xFF, 4, target, false);

    /// <summary>mov r32, imm32: the upper half becomes zero.</summary>
    public void Constant32(Register target, uint value)
    {
        Rex(false, 0, (int)target);
        _bytes.Add((byte)(0xB8 | ((int)target & 7)));
        Number(value);
    }

    /// <summary>mov r64, imm64</summary>
    public void Constant64(Register target, ulong value)
    {
        Rex(true, 0, (int)target);
        _bytes.Add((byte)(0xB8 | ((int)target & 7)));
        Number(value);
    }

    /// <summary>add r64, imm32</summary>
    public void AddConstant(Register target, int value)
    {
        Registers2(0x81, 0, target, true);
        Number(value);
    }

    /// <summary>sub r64, imm32</summary>
    public void SubtractConstant(Register target, int value)
    {
        Registers2(0x81, 5, target, true);
        Number(value);
    }

    /// <summary>push r64</summary>
    public void Push(Register source)
    {
        Rex(false, 0, (int)source);
        _bytes.Add((byte)(0x50 | ((int)source & 7)));
    }

    /// <summary>pop r64</summary>
    public void Pop(Register target)
    {
        Rex(false, 0, (int)target);
        _bytes.Add((byte)(0x58 | ((int)target & 7)));
    }

    /// <summary>ret, which takes bytes of arguments away.</summary>
    public void Return(int bytes = 0)
    {
        if (bytes == 0)
        {
            _bytes.Add(0xC3);
            return;
        }

        // More than 65535 bytes of arguments would need more than 4000 parameters, which no profile allows.
        _bytes.Add(0xC2);
        Number(checked((ushort)bytes));
    }

    /// <summary>jmp rel32 to a place that is written already.</summary>
    public void JumpTo(int target)
    {
        _bytes.Add(0xE9);
        Number(target - (Length + 4));
    }

    /// <summary>A conditional jump forward, by the second byte of its opcode; the result goes to <see cref="Land"/>.</summary>
    public int JumpForward(byte condition)
    {
        Raw([0x0F, condition]);
        Number(0);
        return Length;
    }

    /// <summary>Lets a jump forward end here.</summary>
    public void Land(int jump) => MemoryMarshal.Write(CollectionsMarshal.AsSpan(_bytes)[(jump - 4)..], Length - jump);

    private void Memory(byte prefix, bool isWide, ReadOnlySpan<byte> opcode, int field, Register address, int displacement)
    {
        if (prefix != 0) _bytes.Add(prefix);
        Rex(isWide, field, (int)address);
        Raw(opcode);
        _bytes.Add((byte)(0x80 | (field & 7) << 3 | ((int)address & 7)));
        // rsp and r12 as a base need a second byte.
        if (((int)address & 7) == 4) _bytes.Add(0x24);
        Number(displacement);
    }

    private void Registers2(byte opcode, int field, Register target, bool isWide)
    {
        Rex(isWide, field, (int)target);
        Raw([opcode, Direct(field, (int)target)]);
    }

    private void Rex(bool isWide, int field, int target)
    {
        int rex = (isWide ? 8 : 0) | (field >> 3) << 2 | target >> 3;
        if (rex != 0) _bytes.Add((byte)(0x40 | rex));
    }

    private static byte Direct(int field, int target) => (byte)(0xC0 | (field & 7) << 3 | (target & 7));

    private void Number<T>(T value)
        where T : unmanaged => Raw(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
}
