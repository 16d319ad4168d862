using System;
using ContractVm.Compiler.X64;

namespace ContractVm.Native;

/// <summary>
/// Code between slots (<see cref="ValueSlots"/>), as .NET passes values, and the places of the <see cref="CallingConvention"/>. The
/// stack pointer is a multiple of 8, no more.
/// </summary>
internal static class Thunks
{
    private const Register Slots = Register.Rbp, Target = Register.R11;

    /// <summary>
    /// Code for one type that calls any function of it: the function's address in rdx, that of the slots in rcx; arguments are
    /// read from the slots, results written there. Upper halves of 32-bit slots are not looked at, and become zero.
    /// </summary>
    public static byte[] WriteEntry(FunctionType type)
    {
        CallingConvention convention = new(type);
        CodeWriter code = new();
        code.Push(Register.Rcx);
        code.Move(Slots, Register.Rcx);
        code.Move(Target, Register.Rdx);
        if (convention.ResultBytes > 0)
        {
            code.SubtractConstant(Register.Rsp, convention.ResultBytes);
            code.Move(Registers.ResultArea, Register.Rsp);
        }

        if (convention.ArgumentBytes > 0) code.SubtractConstant(Register.Rsp, convention.ArgumentBytes);
        // What goes to the stack first: it needs a register on the way that may be an argument's.
        for (int pass = 0; pass < 2; pass++)
        {
            int slot = 0;
            for (int i = 0; i < convention.Parameters.Length; i++)
            {
                ArgumentPlace place = convention.Parameters[i];
                ValueType parameter = type.Parameters[i];
                if (pass == 0 && !place.IsRegister) Copy(code, parameter, Slots, slot * 8, Register.Rsp, place.Offset, Register.Rax);
                else if (pass == 1 && place.IsRegister) Load(code, parameter, place.Register, Slots, slot * 8);
                slot += ValueSlots.Of(parameter);
            }
        }

        // The function takes its arguments away.
        code.CallRegister(Target);
        if (convention.Results.Length > 0) code.Load64(Register.Rdi, Register.Rsp, convention.ResultBytes);
        int result = 0;
        for (int i = 0; i < convention.Results.Length; i++)
        {
            ArgumentPlace place = convention.Results[i];
            ValueType resultType = type.Results[i];
            if (place.IsRegister) Store(code, resultType, place.Register, Register.Rdi, result * 8);
            else Copy(code, resultType, Register.Rsp, place.Offset, Register.Rdi, result * 8, Registers.Scratch);
            result += ValueSlots.Of(resultType);
        }

        code.AddConstant(Register.Rsp, convention.ResultBytes + 8);
        code.Return();
        return code.ToArray();
    }

    /// <summary>
    /// Code of an imported function of the host: takes arguments and gives results as an emitted function does, and hands slots
    /// to the host. Its caller's return address names the site where the host finds fault.
    /// </summary>
    public static byte[] WriteHost(int import, FunctionType type)
    {
        CallingConvention convention = new(type);
        CodeWriter code = new();
        int bytes = 8 * Math.Max(ValueSlots.Count(type.Parameters), ValueSlots.Count(type.Results));
        if (bytes > 0) code.SubtractConstant(Register.Rsp, bytes);
        int slot = 0;
        for (int i = 0; i < convention.Parameters.Length; i++)
        {
            ArgumentPlace place = convention.Parameters[i];
            ValueType parameter = type.Parameters[i];
            if (place.IsRegister) Store(code, parameter, place.Register, Register.Rsp, slot * 8);
            else Copy(code, parameter, Register.Rsp, bytes + 8 + place.Offset, Register.Rsp, slot * 8, Registers.Scratch);
            slot += ValueSlots.Of(parameter);
        }

        code.Constant32(Register.Rsi, (uint)import);
        code.Move(Register.Rdx, Register.Rsp);
        code.Load64(Register.Rcx, Register.Rsp, bytes);
        // r13, the area of the results, is a register that C functions keep.
        code.CallMemory(Registers.Context, ContextLayout.CallHost);
        slot = 0;
        for (int i = 0; i < convention.Results.Length; i++)
        {
            ArgumentPlace place = convention.Results[i];
            ValueType result = type.Results[i];
            if (place.IsRegister) Load(code, result, place.Register, Register.Rsp, slot * 8);
            else Copy(code, result, Register.Rsp, slot * 8, Registers.ResultArea, place.Offset, Registers.Scratch);
            slot += ValueSlots.Of(result);
        }

        if (bytes > 0) code.AddConstant(Register.Rsp, bytes);
        code.Return(convention.ArgumentBytes);
        return code.ToArray();
    }

    private static bool IsNarrow(ValueType type) => type == ValueType.I32 || type == ValueType.F32;

    private static void Load(CodeWriter code, ValueType type, Register target, Register address, int offset)
    {
        if (type == ValueType.V128) code.LoadVector(target, address, offset);
        else if (type == ValueType.F64) code.LoadFloat64(target, address, offset);
        else if (type == ValueType.F32) code.LoadFloat32(target, address, offset);
        else if (type == ValueType.I32) code.Load32(target, address, offset);
        else code.Load64(target, address, offset);
    }

    private static void Store(CodeWriter code, ValueType type, Register source, Register address, int offset)
    {
        if (type == ValueType.V128) code.StoreVector(address, offset, source);
        else if (type == ValueType.F64) code.StoreFloat64(address, offset, source);
        else if (type == ValueType.F32)
        {
            // The other bits of the register mean nothing.
            code.MoveBits32(Registers.Scratch, source);
            code.Store64(address, offset, Registers.Scratch);
        }
        else code.Store64(address, offset, source);
    }

    /// <summary>From a slot to a stack or result area, or back: both have 8 bytes for every value but a v128.</summary>
    private static void Copy(CodeWriter code, ValueType type, Register from, int offset, Register to, int toOffset, Register way)
    {
        if (type == ValueType.V128)
        {
            code.LoadVector(Registers.VectorScratch, from, offset);
            code.StoreVector(to, toOffset, Registers.VectorScratch);
            return;
        }

        if (IsNarrow(type)) code.Load32(way, from, offset);
        else code.Load64(way, from, offset);
        code.Store64(to, toOffset, way);
    }
}
