using System;
using System.Collections.Generic;
using System.Linq;
using static ContractVm.Fuzz.Differential.ProgramNode;

namespace ContractVm.Fuzz.Differential;

/// <summary>Calls: direct, through tables, through references, at the end of a function.</summary>
internal sealed partial class DifferentialGenerator
{
    /// <summary>A function to call: mostly one that comes before, so that most programs end.</summary>
    private (int Id, Signature Signature)? Callee(Func<Signature, bool> fits)
    {
        if (_callsLeft <= 0) return null;
        int before = _function.Id >= 0 && !_random.OneIn(_isCareless ? 6 : 30) ? _function.Id : _callables.Count;
        (int Id, Signature Signature)[] fitting = [.. _callables.Where(callable => callable.Id < before && fits(callable.Signature))];
        if (fitting.Length == 0) return null;
        _callsLeft--;
        return fitting[_random.Below(fitting.Length)];
    }

    private ProgramNode CallStatement(int depth)
    {
        if (Callee(static _ => true) is not (int id, Signature signature)) return SetLocal(depth);
        return Group("", [Call(id, signature, depth), .. TakeAll(signature.Results)]);
    }

    private ProgramNode CallExpression(char type, int depth)
    {
        if (Callee(signature => signature.Results.StartsWith(type)) is not (int id, Signature called)) return IsNumber(type) ? Operator(type, depth) : Reference(type, depth);
        ProgramNode call = Call(id, called, depth);
        return called.Results.Length == 1 ? call : Group(type.ToString(), [call, .. TakeAll(called.Results[1..])]);
    }

    private ProgramNode Call(int id, Signature signature, int depth)
    {
        List<ProgramNode> arguments = Expressions(signature.Parameters, depth);
        return _random.Below(3) switch
        {
            0 => Indirect(Opcode.CallIndirect, signature.Results, id, signature, arguments, depth) ?? Direct(),
            1 => Referenced(Opcode.CallRef, signature.Results, signature, arguments, depth) ?? Direct(),
            _ => Direct(),
        };

        ProgramNode Direct() => new(Opcode.Call, signature.Results, arguments) { Function = id };
    }

    /// <summary>A call after which the function is left; null where no function has its results.</summary>
    private ProgramNode? TailCall(int depth)
    {
        if (Callee(signature => signature.Results == _function.Signature.Results) is not (int id, Signature called)) return null;
        List<ProgramNode> arguments = Expressions(called.Parameters, depth);
        return _random.Below(3) switch
        {
            0 => Indirect(Opcode.ReturnCallIndirect, "", id, called, arguments, depth) ?? Direct(),
            1 => Referenced(Opcode.ReturnCallRef, "", called, arguments, depth) ?? Direct(),
            _ => Direct(),
        };

        ProgramNode Direct() => new(Opcode.ReturnCall, "", arguments) { Function = id };
    }

    /// <summary>A call through a table: of the function's place in the first one, or of whatever is there.</summary>
    private ProgramNode? Indirect(Opcode opcode, string results, int id, Signature signature, List<ProgramNode> arguments, int depth)
    {
        int table = 0;
        ProgramNode index;
        int place = _program.Elements.Count == 0 ? -1 : _program.Elements[0].Functions.IndexOf(id);
        if (_isCareless && _random.OneIn(3))
        {
            int[] callable = [.. Enumerable.Range(0, _program.Tables.Count).Where(number => _program.Tables[number].Element == 'r' || (_program.Tables[number].Element is 'A' or 'B' && _program.Named[_program.Tables[number].Element - 'A'] == signature))];
            table = callable[_random.Below(callable.Length)];
            index = TableIndex(table, depth);
        }
        else if (place < 0) return null;
        else
        {
            char type = _program.Tables[0].Is64 ? 'l' : 'i';
            index = ProgramNode.Constant(type, (ulong)place + 1);
            // The index is not always known when it is compiled.
            if (_random.OneIn(2)) index = Plain(type == 'l' ? Opcode.I64Or : Opcode.I32Or, type.ToString(), index, Plain(type == 'l' ? Opcode.I64And : Opcode.I32And, type.ToString(), Expression(type, depth - 1), index));
        }

        return new ProgramNode(opcode, results, [.. arguments, index]) { Signature = signature, Raw = [(byte)table] };
    }

    /// <summary>A call through a reference of a named type.</summary>
    private ProgramNode? Referenced(Opcode opcode, string results, Signature signature, List<ProgramNode> arguments, int depth)
    {
        int name = _program.Named.IndexOf(signature);
        if (name < 0) return null;
        char type = (char)('A' + name);
        int function = FunctionFor(type);
        ProgramNode reference = _isCareless && _random.OneIn(3) || function < 0 ? Expression(type, depth - 1) : new ProgramNode(Opcode.RefFunc, type.ToString()) { Function = function };
        return new ProgramNode(opcode, results, [.. arguments, reference]) { Signature = signature };
    }
}
