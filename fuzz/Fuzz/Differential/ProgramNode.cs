using System.Collections.Generic;

namespace ContractVm.Fuzz.Differential;

/// <summary>Parameters and results as type letters: i, l, f, d, v; r funcref, x externref; A, B, … references to functions of the module's own signatures.</summary>
internal readonly record struct Signature(string Parameters, string Results);

/// <summary>
/// An instruction with what makes its operands, or several one after the other: programs stay trees, so that what fails can be made
/// smaller. Indices of functions and types are symbols until the module is written.
/// </summary>
internal sealed class ProgramNode
{
    public ProgramNode(Opcode? opcode, string results, params IEnumerable<ProgramNode> operands)
    {
        Opcode = opcode;
        Results = results;
        Operands = [.. operands];
    }

    /// <summary>The instruction; null for what only holds its operands.</summary>
    public Opcode? Opcode { get; }
    /// <summary>Types that it leaves.</summary>
    public string Results { get; }
    /// <summary>What comes before it.</summary>
    public List<ProgramNode> Operands { get; }
    /// <summary>Immediates as bytes, after all others.</summary>
    public byte[] Raw { get; init; } = [];
    /// <summary>A function type as an immediate: of a block, or of an indirect call.</summary>
    public Signature? Signature { get; init; }
    /// <summary>A function as an immediate: its id.</summary>
    public int? Function { get; init; }
    /// <summary>A value or heap type as an immediate.</summary>
    public char? Type { get; init; }
    /// <summary>What stands inside; null where it is no construct.</summary>
    public List<ProgramNode>? Body { get; set; }
    /// <summary>The other arm of an if; null where there is none.</summary>
    public List<ProgramNode>? Else { get; set; }

    /// <summary>Several, one after the other.</summary>
    public static ProgramNode Group(string results, params IEnumerable<ProgramNode> nodes) => new(null, results, nodes);

    /// <summary>A value without operands: the constant with these bits, or null.</summary>
    public static ProgramNode Constant(char type, ulong low, ulong high = 0) => type switch
    {
        'i' => new(ContractVm.Opcode.I32Const, "i") { Raw = ModuleBuilder.Constant('i', low)[1..] },
        'l' => new(ContractVm.Opcode.I64Const, "l") { Raw = ModuleBuilder.Constant('l', low)[1..] },
        'f' => new(ContractVm.Opcode.F32Const, "f") { Raw = ModuleBuilder.Constant('f', low)[1..] },
        'd' => new(ContractVm.Opcode.F64Const, "d") { Raw = ModuleBuilder.Constant('d', low)[1..] },
        'v' => new(ContractVm.Opcode.V128Const, "v") { Raw = ModuleBuilder.VectorConstant(low, high)[^16..] },
        _ => new(ContractVm.Opcode.RefNull, type.ToString()) { Type = type },
    };

    public static ProgramNode LocalGet(int local, char type) => new(ContractVm.Opcode.LocalGet, type.ToString()) { Raw = ModuleBuilder.Unsigned((uint)local) };

    /// <summary>Sets a local; without a value, to what stands on the operand stack.</summary>
    public static ProgramNode LocalSet(int local, params IEnumerable<ProgramNode> value) => new(ContractVm.Opcode.LocalSet, "", value) { Raw = ModuleBuilder.Unsigned((uint)local) };

    public static ProgramNode LocalTee(int local, char type, ProgramNode value) => new(ContractVm.Opcode.LocalTee, type.ToString(), value) { Raw = ModuleBuilder.Unsigned((uint)local) };

    /// <summary>An instruction without immediates.</summary>
    public static ProgramNode Plain(Opcode opcode, string results, params IEnumerable<ProgramNode> operands) => new(opcode, results, operands);

    /// <summary>A construct.</summary>
    public static ProgramNode Construct(Opcode opcode, Signature signature, IEnumerable<ProgramNode> operands, List<ProgramNode> body, List<ProgramNode>? otherwise = null) =>
        new(opcode, signature.Results, operands) { Signature = signature, Body = body, Else = otherwise };
}
