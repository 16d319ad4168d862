using System;
using System.Globalization;
using System.Text;

namespace ContractVm.Compiler.Ir;

/// <summary>Writes the intermediate form for people.</summary>
internal static class IrPrinter
{
    private static readonly string[] Names = BuildNames();

    /// <summary>Name of an operation.</summary>
    public static string NameOf(ushort op) => op < IrOp.First ? OpcodeTable.Get((Opcode)op).Name : Names[op - IrOp.First];

    /// <summary>Writes a function, a line for each node that is needed.</summary>
    public static string Print(IrFunction function)
    {
        StringBuilder text = new();
        for (int block = 0; block < function.BlockCount; block++)
        {
            ref IrBlock printed = ref function.Blocks[block];
            text.Append(CultureInfo.InvariantCulture, $"block{block}");
            if (printed.LoopEnd > 0) text.Append(CultureInfo.InvariantCulture, $" loop to block{printed.LoopEnd}");
            text.Append(CultureInfo.InvariantCulture, $" depth {printed.LoopDepth}{(printed.IsCold ? " cold" : "")}:\n");
            for (int node = printed.First; node < printed.End; node++)
                if ((function.Nodes[node].Flags & (IrFlags.Dead | IrFlags.Alias)) == 0) text.Append("  ").Append(Print(function, node)).Append('\n');
            for (int edge = printed.FirstEdge; edge < printed.FirstEdge + printed.EdgeCount; edge++) PrintEdge(text, function, edge);
        }

        return text.ToString();
    }

    /// <summary>Writes a node.</summary>
    public static string Print(IrFunction function, int index)
    {
        ref IrNode node = ref function.Nodes[index];
        StringBuilder text = new();
        if (node.Type != IrType.None) text.Append(CultureInfo.InvariantCulture, $"v{index}:{Lower(node.Type)} = ");
        text.Append(NameOf(node.Op));
        if (IrOp.HasArgumentList(node.Op))
        {
            foreach (int value in function.List(node.A, node.B)) text.Append(CultureInfo.InvariantCulture, $" v{value}");
        }
        else
        {
            if (node.A >= 0) text.Append(CultureInfo.InvariantCulture, $" v{node.A}");
            if (node.B >= 0 && node.Op != IrOp.BranchTable) text.Append(CultureInfo.InvariantCulture, $" v{node.B}");
        }

        if (node.C >= 0 && node.Op != IrOp.BranchTable) text.Append(CultureInfo.InvariantCulture, $" v{node.C}");
        if (node.Extra != 0) text.Append(CultureInfo.InvariantCulture, $" #{node.Extra}");
        if (node.Immediate != 0) text.Append(CultureInfo.InvariantCulture, $" {node.Immediate}");
        if ((node.Flags & IrFlags.CanonicalizeHere) != 0) text.Append(" canonical");
        return text.ToString();
    }

    private static void PrintEdge(StringBuilder text, IrFunction function, int edge)
    {
        ref IrEdge way = ref function.Edges[edge];
        text.Append(CultureInfo.InvariantCulture, $"    -> block{way.Target}");
        int first = function.Blocks[way.Target].First;
        for (int i = 0; i < way.ArgumentCount; i++)
        {
            if ((function.Nodes[first + i].Flags & (IrFlags.Dead | IrFlags.Alias)) != 0) continue;
            text.Append(CultureInfo.InvariantCulture, $" v{first + i}=v{function.Arguments[way.FirstArgument + i]}");
        }

        if (way.Charge != 0) text.Append(CultureInfo.InvariantCulture, $" charge {(ulong)way.Charge}");
        text.Append('\n');
    }

    private static string Lower(IrType type) => type switch
    {
        IrType.I32 => "i32",
        IrType.I64 => "i64",
        IrType.F32 => "f32",
        IrType.F64 => "f64",
        _ => "v128",
    };

    private static string[] BuildNames()
    {
        string[] names = new string[0x40];
        foreach (System.Reflection.FieldInfo field in typeof(IrOp).GetFields())
            if (field.IsLiteral && field.GetRawConstantValue() is ushort op && field.Name != nameof(IrOp.First)) names[op - IrOp.First] = field.Name;
        return names;
    }
}
