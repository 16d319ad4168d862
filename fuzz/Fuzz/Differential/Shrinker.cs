using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;

namespace ContractVm.Fuzz.Differential;

/// <summary>
/// Makes a case that shows a difference smaller, as long as it shows one: takes calls, functions and statements away, puts constants
/// in place of expressions and what is inside in place of what is around it. What is no valid module any more shows nothing.
/// </summary>
internal sealed class Shrinker(ProgramCase program, IReadOnlyList<TestedEngine> engines)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _time;
    private Difference? _last;

    /// <summary>Cases that were tried.</summary>
    public int Tries { get; private set; }

    /// <summary>The smaller case.</summary>
    /// <param name="time">How long to try at most.</param>
    /// <param name="difference">What it shows; null where the difference did not show again.</param>
    public DifferentialCase Shrink(TimeSpan time, out Difference? difference)
    {
        _time = time;
        if (Shows())
        {
            while (Round())
            {
            }
        }

        difference = _last;
        return program.ToCase();
    }

    private bool Round()
    {
        bool isSmaller = ShrinkList(program.Calls);
        foreach (ProgramModule module in program.Modules)
        {
            isSmaller |= Try(module.Start, -1, value => module.Start = value);
            foreach (ProgramFunction function in module.Functions)
            {
                List<ProgramNode> constants = [.. function.Signature.Results.Select(static type => ProgramNode.Constant(type, 0))];
                if (function.Body.Count > constants.Count || function.Body.Any(static node => node.Operands.Count > 0 || node.Body is not null)) isSmaller |= Try(function.Body, constants, body => function.Body = body);
            }

            foreach (ProgramElements segment in module.Elements) isSmaller |= ShrinkElements(segment.Functions);
            isSmaller |= ShrinkList(module.Functions) | ShrinkList(module.Imports);
            foreach (ProgramFunction function in module.Functions) isSmaller |= ShrinkNodes(function.Body);
            foreach (ProgramFunction function in module.Functions) isSmaller |= ShrinkSignature(function) | ShrinkLocals(function);
            isSmaller |= ShrinkList(module.Elements) | ShrinkList(module.Data) | ShrinkList(module.Globals) | ShrinkList(module.Tables) | ShrinkList(module.Memories);
        }

        isSmaller |= ShrinkArguments();
        return isSmaller && !IsOver;
    }

    private bool IsOver => _clock.Elapsed > _time;

    private bool ShrinkList<T>(List<T> list) => Shrinking.TryShorten(list, Shows, () => IsOver);

    /// <summary>Nulls in place of functions, so that the others stay where they are.</summary>
    private bool ShrinkElements(List<int> functions)
    {
        bool isSmaller = false;
        for (int i = functions.Count - 1; i >= 0; i--)
        {
            int at = i;
            if (functions[i] >= 0) isSmaller |= Try(functions[i], -1, function => functions[at] = function);
            if (i == functions.Count - 1 && functions[i] < 0 && !IsOver)
            {
                functions.RemoveAt(i);
                if (Shows()) isSmaller = true;
                else functions.Add(-1);
            }
        }

        return isSmaller;
    }

    /// <summary>Parameters become locals, results are dropped: where nothing calls the function but the case.</summary>
    private bool ShrinkSignature(ProgramFunction function)
    {
        bool isSmaller = false;
        (Signature signature, string locals, List<ProgramNode> body) = (function.Signature, function.Locals, function.Body);
        if (signature.Parameters.Length > 0)
        {
            (function.Signature, function.Locals) = (signature with { Parameters = "" }, signature.Parameters + locals);
            if (!IsOver && Shows()) isSmaller = true;
            else (function.Signature, function.Locals) = (signature, locals);
        }

        signature = function.Signature;
        if (signature.Results.Length == 0) return isSmaller;
        function.Signature = signature with { Results = "" };
        function.Body = [.. body, .. signature.Results.Select(static _ => new ProgramNode(Opcode.Drop, ""))];
        if (!IsOver && Shows()) return true;
        (function.Signature, function.Body) = (signature, body);
        return isSmaller;
    }

    private bool ShrinkNodes(List<ProgramNode> nodes)
    {
        bool isSmaller = (nodes.Count > 0 && ShrinkList(nodes)) | ShrinkPairs(nodes);
        for (int i = 0; i < nodes.Count && !IsOver; i++)
        {
            ProgramNode node = nodes[i];
            bool isReplaced = false;
            foreach (ProgramNode smaller in Smaller(node))
            {
                nodes[i] = smaller;
                if (Shows())
                {
                    isReplaced = true;
                    break;
                }
            }

            if (isReplaced)
            {
                isSmaller = true;
                // What has come in its place may become smaller still.
                if (nodes[i].Operands.Count > 0 || nodes[i].Body is not null) i--;
                continue;
            }

            nodes[i] = node;
            isSmaller |= ShrinkNodes(node.Operands);
            if (node.Body is not null) isSmaller |= ShrinkNodes(node.Body);
            if (node.Else is null) continue;
            isSmaller |= Try(node.Else, null, value => node.Else = value);
            if (node.Else is not null) isSmaller |= ShrinkNodes(node.Else);
        }

        return isSmaller;
    }

    /// <summary>A constant and what drops it, wherever they are.</summary>
    private bool ShrinkPairs(List<ProgramNode> nodes)
    {
        for (int taker = nodes.Count - 1; taker > 0; taker--)
        {
            if (nodes[taker].Opcode is not (Opcode.Drop or Opcode.LocalSet) || nodes[taker].Operands.Count > 0) continue;
            for (int maker = taker - 1; maker >= 0 && !IsOver; maker--)
            {
                if (!IsConstant(nodes[maker])) continue;
                (ProgramNode made, ProgramNode taken) = (nodes[maker], nodes[taker]);
                nodes.RemoveAt(taker);
                nodes.RemoveAt(maker);
                if (Shows()) return true;
                nodes.Insert(maker, made);
                nodes.Insert(taker, taken);
            }
        }

        return false;
    }

    /// <summary>What could stand in place of a node; each has fewer nodes, or is a plainer constant.</summary>
    private static IEnumerable<ProgramNode> Smaller(ProgramNode node)
    {
        if (node.Opcode is null && node.Operands.Count == 0) yield break;
        if (IsConstant(node))
        {
            ProgramNode zero = ProgramNode.Constant(node.Results[0], 0);
            if (node.Raw.Any(static value => value != 0)) yield return zero;
            yield break;
        }

        yield return node.Results.Length == 1 ? ProgramNode.Constant(node.Results[0], 0) : ProgramNode.Group(node.Results, node.Results.Select(static type => ProgramNode.Constant(type, 0)));
        foreach (ProgramNode operand in node.Operands)
            if (operand.Results == node.Results && operand.Results.Length > 0) yield return operand;
        if (node.Opcode is null && node.Operands.Count == 1) yield return node.Operands[0];
        if (node.Body is not null)
        {
            yield return ProgramNode.Group(node.Results, [.. node.Operands, .. node.Body]);
            if (node.Opcode == Opcode.If && node.Operands.Count == 1) yield return ProgramNode.Group(node.Results, node.Body);
            if (node.Else is not null) yield return ProgramNode.Group(node.Results, node.Else);
        }
        else if (node.Opcode is not null && node.Results.Length == 0 && node.Operands.Count > 0) yield return ProgramNode.Group("", node.Operands.Where(static operand => operand.Results.Length == 0));
        if (node.Opcode is Opcode opcode && node.Results.Length == 1 && opcode != Opcode.LocalGet && node.Operands.Count > 0)
            for (int local = 0; local < 3; local++) yield return ProgramNode.LocalGet(local, node.Results[0]);
    }

    private static bool IsConstant(ProgramNode node) => node.Opcode is Opcode.I32Const or Opcode.I64Const or Opcode.F32Const or Opcode.F64Const or Opcode.V128Const or Opcode.RefNull;

    /// <summary>Declared locals from the end, as long as nothing names them.</summary>
    private bool ShrinkLocals(ProgramFunction function)
    {
        bool isSmaller = false;
        for (int length = Math.Max(1, function.Locals.Length / 2); length >= 1 && !IsOver; length /= 2)
            while (function.Locals.Length >= length && Try(function.Locals, function.Locals[..^length], value => function.Locals = value)) isSmaller = true;
        return isSmaller;
    }

    private bool ShrinkArguments()
    {
        bool isSmaller = false;
        foreach (CaseCall call in program.Calls)
        {
            for (int i = 0; i < call.Arguments.Length; i++)
            {
                int at = i;
                foreach (ulong value in (ulong[])[0, 1])
                    if (call.Arguments[i] > value && Try(call.Arguments[i], value, argument => call.Arguments[at] = argument)) isSmaller = true;
            }
        }

        return isSmaller;
    }

    /// <summary>Sets something; sets it back where the case does not show a difference then.</summary>
    private bool Try<T>(T before, T after, Action<T> set) => Shrinking.TrySet(before, after, set, Shows, () => IsOver);

    private bool Shows()
    {
        Tries++;
        try
        {
            if (DifferentialRun.Check(program.ToCase(), engines) is not Difference difference) return false;
            // Another mistake is another case.
            if (_last is not null && _last.IsRefused != difference.IsRefused) return false;
            _last = difference;
            return true;
        }
        catch (InvalidCaseException)
        {
            return false;
        }
        catch (Exception exception) when (exception is IndexOutOfRangeException or ArgumentException)
        {
            // A segment of a table that is gone cannot even be written.
            return false;
        }
    }
}
