using System;
using System.Globalization;
using System.Text;
using ContractVm.Compiler.Allocation;

namespace ContractVm.Compiler.Machine;

/// <summary>
/// Prints a function for people: blocks with their parameters and edges, instructions with their operands, and where it is given
/// the allocation with its moves. Names of operations come from the emitter.
/// </summary>
internal static class MachinePrinter
{
    /// <summary>The text of a function.</summary>
    /// <param name="function">The function.</param>
    /// <param name="name">Name of an operation, by the instruction; null prints its number.</param>
    /// <param name="result">Its allocation, or null.</param>
    public static string Print(MachineFunction function, Func<MachineInstruction, string>? name = null, AllocationResult? result = null)
    {
        StringBuilder text = new();
        int move = 0;
        for (int b = 0; b < function.BlockCount; b++)
        {
            ref MachineBlock block = ref function.Blocks[b];
            text.Append(CultureInfo.InvariantCulture, $"b{b}(");
            AppendValues(text, function, block.FirstParameter, block.ParameterCount);
            text.Append(CultureInfo.InvariantCulture, $"): depth {block.LoopDepth}");
            if (block.LoopEnd > 0) text.Append(CultureInfo.InvariantCulture, $", loop to b{block.LoopEnd - 1}");
            text.Append(block.IsCold ? ", cold\n" : "\n");
            for (int i = block.First; i < block.End; i++)
            {
                for (; result is not null && move < result.MoveCount && result.Moves[move].Before <= i; move++)
                {
                    InsertedMove inserted = result.Moves[move];
                    text.Append(CultureInfo.InvariantCulture, $"        {Name(inserted.To)} <- {Name(inserted.From)} ({inserted.Kind})\n");
                }

                AppendInstruction(text, function, i, name, result);
            }

            for (int e = block.FirstSuccessor; e < block.FirstSuccessor + block.SuccessorCount; e++)
            {
                text.Append(CultureInfo.InvariantCulture, $"      -> b{function.Edges[e].Target}(");
                AppendValues(text, function, function.Edges[e].FirstArgument, function.Edges[e].ArgumentCount);
                text.Append(")\n");
            }
        }

        return text.ToString();
    }

    /// <summary>A location in short.</summary>
    public static string Name(Location location) => location.Kind switch
    {
        LocationKind.Register => location.Register.ToString().ToLowerInvariant(),
        LocationKind.Slot => string.Create(CultureInfo.InvariantCulture, $"[{location.Index}]"),
        LocationKind.Constant => string.Create(CultureInfo.InvariantCulture, $"constant of {location.Index}"),
        _ => "none",
    };

    private static void AppendInstruction(StringBuilder text, MachineFunction function, int index, Func<MachineInstruction, string>? name, AllocationResult? result)
    {
        ref MachineInstruction instruction = ref function.Instructions[index];
        text.Append(CultureInfo.InvariantCulture, $"  {index,4}  ");
        if (name is null) text.Append(CultureInfo.InvariantCulture, $"op{instruction.Op}");
        else text.Append(name(instruction));
        for (int i = 0; i < instruction.OperandCount; i++)
        {
            Operand operand = function.Operands[instruction.FirstOperand + i];
            text.Append(i == 0 ? " " : ", ").Append(operand.Role switch
            {
                OperandRole.Use => "",
                OperandRole.UseLate => "late ",
                OperandRole.Define => "def ",
                _ => "temp ",
            });
            if (operand.Virtual >= 0) text.Append(CultureInfo.InvariantCulture, $"v{operand.Virtual}");
            text.Append(operand.Place switch
            {
                OperandPlace.FixedRegister => "@" + operand.Fixed.ToString().ToLowerInvariant(),
                OperandPlace.RegisterOrSlot => "@any",
                OperandPlace.SameAsFirst => "@first",
                _ => "",
            });
            if (result is not null) text.Append('=').Append(Name(result.Operands[instruction.FirstOperand + i]));
        }

        if (instruction.Flags != InstructionFlags.None) text.Append(CultureInfo.InvariantCulture, $" {{{instruction.Flags}}}");
        text.Append('\n');
    }

    private static void AppendValues(StringBuilder text, MachineFunction function, int first, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (i > 0) text.Append(", ");
            text.Append(CultureInfo.InvariantCulture, $"v{function.Values[first + i]}");
        }
    }
}
