using System;

namespace ContractVm.Compiler.X64;

/// <summary>Where a parameter or result is at a call: a register, or an offset in bytes in the stack area or result area.</summary>
internal readonly record struct ArgumentPlace(Register Register, int Offset)
{
    /// <summary>True where it is in a register.</summary>
    public bool IsRegister => Register != Register.None;
}

/// <summary>
/// How emitted functions call each other. Every register that the allocator gives out is the caller's to save. Arguments that
/// find no register are on the stack above the return address, and the callee takes them away (ret n), so that a tail call may
/// replace them; results that find none go to an area whose address the caller passes in <see cref="Registers.ResultArea"/>.
/// Immutable; safe for concurrent use.
/// </summary>
internal sealed class CallingConvention
{
    private static readonly Register[] GeneralParameters =
        [Register.Rax, Register.Rcx, Register.Rdx, Register.Rsi, Register.Rdi, Register.R8, Register.R9, Register.R10];
    private static readonly Register[] VectorParameters =
        [Register.Xmm0, Register.Xmm1, Register.Xmm2, Register.Xmm3, Register.Xmm4, Register.Xmm5, Register.Xmm6, Register.Xmm7];
    private static readonly Register[] GeneralResults = [Register.Rax, Register.Rcx, Register.Rdx, Register.Rsi];
    private static readonly Register[] VectorResults = [Register.Xmm0, Register.Xmm1, Register.Xmm2, Register.Xmm3];

    /// <summary>Works out the places of a function type.</summary>
    public CallingConvention(FunctionType type)
    {
        Parameters = Place(type.Parameters, GeneralParameters, VectorParameters, out int argumentBytes);
        Results = Place(type.Results, GeneralResults, VectorResults, out int resultBytes);
        ArgumentBytes = argumentBytes;
        ResultBytes = resultBytes;
    }

    /// <summary>A place for each parameter; offsets count from the word above the return address.</summary>
    public ArgumentPlace[] Parameters { get; }
    /// <summary>A place for each result; offsets count from the start of the result area.</summary>
    public ArgumentPlace[] Results { get; }
    /// <summary>Bytes of arguments on the stack, a multiple of 8.</summary>
    public int ArgumentBytes { get; }
    /// <summary>Bytes of the result area, a multiple of 8; where there are any, the caller passes its address.</summary>
    public int ResultBytes { get; }

    private static ArgumentPlace[] Place(ReadOnlySpan<ValueType> types, Register[] general, Register[] vector, out int bytes)
    {
        ArgumentPlace[] places = new ArgumentPlace[types.Length];
        int generalUsed = 0, vectorUsed = 0;
        bytes = 0;
        for (int i = 0; i < places.Length; i++)
        {
            ValueType type = types[i];
            bool isVector = type == ValueType.F32 || type == ValueType.F64 || type == ValueType.V128;
            if (isVector && vectorUsed < vector.Length) places[i] = new ArgumentPlace(vector[vectorUsed++], 0);
            else if (!isVector && generalUsed < general.Length) places[i] = new ArgumentPlace(general[generalUsed++], 0);
            else
            {
                places[i] = new ArgumentPlace(Register.None, bytes);
                bytes += type == ValueType.V128 ? 16 : 8;
            }
        }

        return places;
    }
}
