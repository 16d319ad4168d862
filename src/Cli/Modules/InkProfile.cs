using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using ContractVm.Cli.CommandLine;
using ContractVm.Gas;

namespace ContractVm.Cli.Modules;

/// <summary>
/// Where ink went: by function, by instruction, and by the stack of calls. A block's price goes to its function when it is paid; what
/// is charged by size or by a host function goes to the instruction that asked for it.
/// </summary>
internal sealed class InkProfile(Module module, ulong ink) : ExecutionObserver
{
    private const string Headers = "(block headers and entries)";
    private readonly Dictionary<int, Dictionary<int, (ulong Cost, List<(string Name, ulong Ink)> Parts)>> _blocks = [];
    private readonly SortedDictionary<int, ulong> _byFunction = [];
    private readonly Dictionary<string, (long Count, ulong Ink)> _byInstruction = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong> _byStack = new(StringComparer.Ordinal);
    private readonly List<int> _stack = [];
    private ulong _inkBefore = ink;
    private string _last = "(before the first instruction)";
    private bool _lastLeft;

    /// <summary>Ink of each function, callees not included.</summary>
    public IEnumerable<(int Function, ulong Ink)> Functions => _byFunction.Select(static pair => (pair.Key, pair.Value)).OrderByDescending(static pair => pair.Value);

    /// <summary>How often each instruction ran, and its ink.</summary>
    public IEnumerable<(string Name, long Count, ulong Ink)> Instructions =>
        _byInstruction.Select(static pair => (pair.Key, pair.Value.Count, pair.Value.Ink)).OrderByDescending(static row => row.Ink).ThenBy(static row => row.Key, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override void OnCall(Instance instance, int function)
    {
        LeaveIfReturned(-1);
        _stack.Add(function);
    }

    /// <inheritdoc/>
    public override void OnInstruction(Instance instance, int function, int offset, ReadOnlySpan<ulong> operands, ulong inkLeft)
    {
        LeaveIfReturned(function);
        ulong paid = _inkBefore - inkLeft;
        _inkBefore = inkLeft;
        if (Blocks(function).TryGetValue(offset, out (ulong Cost, List<(string Name, ulong Ink)> Parts) block))
        {
            paid -= block.Cost;
            Add(function, block.Cost);
            foreach ((string part, ulong price) in block.Parts) AddInstruction(part, 0, price);
        }

        if (paid > 0) AddInstruction(_last, 0, paid);
        if (paid > 0) Add(function, paid);
        OpcodeInfo info = module.InstructionAt(offset)!;
        AddInstruction(info.Name, 1, 0);
        _last = info.Name;
        _lastLeft = info.Role == ControlRole.Return || (info.Role == ControlRole.End && offset + 1 == BodyOf(function).Code.End);
    }

    /// <summary>Counts what was paid after the last instruction began: ink that ran out, or a host function's.</summary>
    public void End(ulong inkLeft)
    {
        if (_inkBefore == inkLeft) return;
        AddInstruction(_last, 0, _inkBefore - inkLeft);
        Add(_stack.Count > 0 ? _stack[^1] : 0, _inkBefore - inkLeft);
    }

    /// <summary>Writes a line for each stack of calls, with its ink: the form that flame-graph tools read.</summary>
    /// <exception cref="FailureException">The file cannot be written.</exception>
    public void WriteFolded(string path)
    {
        StringBuilder text = new();
        foreach ((string stack, ulong spent) in _byStack.OrderBy(static pair => pair.Key, StringComparer.Ordinal)) text.Append(stack).Append(' ').Append(spent).Append('\n');
        try
        {
            File.WriteAllText(path, text.ToString());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new FailureException($"cannot write '{path}': {exception.Message}");
        }
    }

    private void LeaveIfReturned(int function)
    {
        if (_lastLeft && _stack.Count > 0) _stack.RemoveAt(_stack.Count - 1);
        _lastLeft = false;
        // Branches, tail calls and exceptions leave frames too: those on top that are not running are gone.
        while (function >= 0 && _stack.Count > 0 && _stack[^1] != function) _stack.RemoveAt(_stack.Count - 1);
    }

    private void Add(int function, ulong spent)
    {
        _byFunction[function] = _byFunction.GetValueOrDefault(function) + spent;
        string stack = string.Join(';', _stack.Select(frame => FunctionLabel.Of(module, frame).Replace(' ', '_').Replace(';', ',')));
        _byStack[stack] = _byStack.GetValueOrDefault(stack) + spent;
    }

    private void AddInstruction(string name, long count, ulong spent)
    {
        (long Count, ulong Ink) before = _byInstruction.GetValueOrDefault(name);
        _byInstruction[name] = (before.Count + count, before.Ink + spent);
    }

    private FunctionBody BodyOf(int function) => module.Bodies[function - module.ImportedFunctions];

    private Dictionary<int, (ulong Cost, List<(string Name, ulong Ink)> Parts)> Blocks(int function)
    {
        if (_blocks.TryGetValue(function, out Dictionary<int, (ulong, List<(string, ulong)>)>? blocks)) return blocks;
        blocks = [];
        ReadOnlySpan<Charge> charges = BodyOf(function).Plan.Charges;
        IReadOnlyList<int> offsets = module.InstructionOffsets(function - module.ImportedFunctions);
        int next = 0;
        for (int i = 0; i < charges.Length; i++)
        {
            List<(string Name, ulong Ink)> parts = [];
            ulong rest = charges[i].Cost;
            uint end = i + 1 < charges.Length ? charges[i + 1].Offset : uint.MaxValue;
            for (; next < offsets.Count && (uint)offsets[next] < end; next++)
            {
                OpcodeInfo info = module.InstructionAt(offsets[next])!;
                ulong price = Math.Min(rest, module.Profile.Schedule.PriceOf((int)info.Opcode, module.HasFarMemory));
                rest -= price;
                parts.Add((info.Name, price));
            }

            parts.Add((Headers, rest));
            blocks.Add((int)charges[i].Offset, (charges[i].Cost, parts));
        }

        _blocks.Add(function, blocks);
        return blocks;
    }
}
