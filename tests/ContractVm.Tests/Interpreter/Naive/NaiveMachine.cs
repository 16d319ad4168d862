using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.Binary;

namespace ContractVm.Tests.Interpreter.Naive;

/// <summary>
/// A second interpreter, written only to be compared with the real one: a stack of values and a stack of labels over the bytes of a
/// validated module, one instruction after the other, with .NET objects for references and .NET exceptions for exceptions. Modules
/// without imports and vectors, at most one memory with 32-bit addresses. It counts neither ink nor stack.
/// </summary>
internal sealed partial class NaiveMachine
{
    private sealed record Label(Opcode Opcode, int Continuation, int Height, int Arity, List<(byte Kind, int Tag, int Depth)>? Clauses = null);

    private sealed class Frame(int function, NaiveValue[] locals)
    {
        public int Function { get; } = function;
        public NaiveValue[] Locals { get; } = locals;
        public List<NaiveValue> Stack { get; } = [];
        public List<Label> Labels { get; } = [];
        public int Position { get; set; }
        /// <summary>The instruction that runs, for traps.</summary>
        public int Offset { get; set; }
        public NaiveFunction? TailCallee { get; set; }

        public void Push(ulong bits) => Stack.Add(new NaiveValue(bits));
        public void PushReference(object? reference) => Stack.Add(new NaiveValue(0, reference));
        public ulong Pop() => PopValue().Bits;
        public object? PopReference() => PopValue().Reference;

        public NaiveValue PopValue()
        {
            NaiveValue value = Stack[^1];
            Stack.RemoveAt(Stack.Count - 1);
            return value;
        }

        public NaiveValue[] PopValues(int count)
        {
            NaiveValue[] values = [.. Stack[^count..]];
            Stack.RemoveRange(Stack.Count - count, count);
            return values;
        }
    }

    private readonly Module _module;
    private readonly Dictionary<int, (int Else, int End)> _matches = [];
    private readonly NaiveFunction[] _functions;
    private readonly NaiveValue[] _globals;
    private readonly List<NaiveValue>[] _tables;
    private readonly NaiveValue[][] _elements;
    private readonly byte[][] _data;

    public NaiveMachine(Module module)
    {
        _module = module;
        _functions = [.. Enumerable.Range(0, module.FunctionCount).Select(static index => new NaiveFunction(index))];
        foreach (FunctionBody body in module.Bodies) FindEnds(body.Instructions);
        Memory = new byte[module.Memories.Count == 0 ? 0 : (int)module.Memories[0].Limits.Minimum * MemoryType.PageSize];
        _globals = new NaiveValue[module.Globals.Count];
        _tables = [.. module.TableDefinitions.Select(table => Enumerable.Repeat(table.Initializer.Length > 0 ? Constant(table.Initializer) : default, (int)table.Type.Limits.Minimum).ToList())];
        for (int i = 0; i < _globals.Length; i++) _globals[i] = Constant(module.GlobalDefinitions[i].Initializer);
        _elements = [.. module.Elements.Select(segment => segment.FunctionIndices?.Select(index => new NaiveValue(0, _functions[index])).ToArray() ?? segment.Expressions!.Select(Constant).ToArray())];
        _data = [.. module.Data.Select(segment => module.Bytes.Span[segment.Bytes.Start..segment.Bytes.End].ToArray())];
        for (int i = 0; i < _elements.Length; i++)
        {
            ElementSegment segment = module.Elements[i];
            if (segment.Mode == SegmentMode.Active) TableInit(segment.Table, i, Constant(segment.Offset).Bits, 0, (ulong)_elements[i].Length);
            if (segment.Mode != SegmentMode.Passive) _elements[i] = [];
        }

        for (int i = 0; i < _data.Length; i++)
        {
            if (module.Data[i].Mode != SegmentMode.Active) continue;
            MemoryInit(i, Constant(module.Data[i].Offset).Bits, 0, (ulong)_data[i].Length);
            _data[i] = [];
        }
    }

    public byte[] Memory { get; private set; }

    /// <summary>The bits of the globals; references are 0.</summary>
    public IEnumerable<ulong> GlobalBits => _globals.Select(static global => global.Bits);

    /// <summary>Calls an exported function.</summary>
    public (ExecutionResult Result, ulong[] Values) Invoke(string export, params ulong[] arguments)
    {
        try
        {
            _module.TryGetExport(export, out Export found);
            return (ExecutionResult.Success, [.. Call(_functions[found.Index], [.. arguments.Select(static bits => new NaiveValue(bits))]).Select(static value => value.Bits)]);
        }
        catch (NaiveTrap trap)
        {
            return (new ExecutionResult(Outcome.Failure, trap.Kind, trap.Function, trap.Offset), []);
        }
        catch (NaiveThrow thrown)
        {
            return (new ExecutionResult(Outcome.Failure, TrapKind.UncaughtException, thrown.Function, thrown.Offset), []);
        }
    }

    private NaiveValue[] Call(NaiveFunction function, NaiveValue[] arguments)
    {
        while (true)
        {
            FunctionBody body = _module.Bodies[function.Index];
            Frame frame = new(function.Index, [.. arguments, .. new NaiveValue[body.LocalCount - arguments.Length]]);
            NaiveValue[] results = Run(frame, body.Instructions, _module.TypeOfFunction(function.Index).Results.Length);
            if (frame.TailCallee is null) return results;
            (function, arguments) = (frame.TailCallee, results);
        }
    }

    private NaiveValue Constant(ByteRange expression)
    {
        FindEnds(expression);
        return Run(new Frame(-1, []), expression, 1)[0];
    }

    private NaiveValue[] Run(Frame frame, ByteRange code, int results)
    {
        frame.Position = code.Start;
        frame.Labels.Add(new Label(Opcode.Block, code.End, 0, results));
        while (frame.Labels.Count > 0 && frame.TailCallee is null)
        {
            try
            {
                frame.Offset = frame.Position;
                ByteReader reader = new(_module.Bytes.Span, new ByteRange(frame.Position, code.End));
                int id = reader.ReadByte("an opcode");
                if (id is >= 0xFB and <= 0xFE) id = OpcodeTable.PrefixedId((byte)id, reader.ReadU32("a sub-opcode"));
                Step(frame, (Opcode)id, ref reader);
            }
            catch (NaiveThrow thrown) when (Catch(frame, thrown.Thrown))
            {
            }
            catch (NaiveTrap trap) when (trap.Function < 0)
            {
                (trap.Function, trap.Offset) = (frame.Function, frame.Offset);
                throw;
            }
        }

        return [.. frame.Stack];
    }

    /// <summary>Finds the innermost label with a clause for an exception and goes where the clause says.</summary>
    private static bool Catch(Frame frame, NaiveException exception)
    {
        for (int i = frame.Labels.Count - 1; i >= 0; i--)
        {
            foreach ((byte kind, int tag, int depth) in frame.Labels[i].Clauses ?? [])
            {
                if (kind < 2 && tag != exception.Tag) continue;
                frame.Stack.RemoveRange(frame.Labels[i].Height, frame.Stack.Count - frame.Labels[i].Height);
                frame.Labels.RemoveRange(i, frame.Labels.Count - i);
                if (kind < 2) frame.Stack.AddRange(exception.Payload);
                if ((kind & 1) != 0) frame.PushReference(exception);
                Branch(frame, depth);
                return true;
            }
        }

        return false;
    }

    private static void Branch(Frame frame, int depth)
    {
        int at = frame.Labels.Count - 1 - depth;
        Label label = frame.Labels[at];
        NaiveValue[] values = frame.PopValues(label.Arity);
        frame.Stack.RemoveRange(label.Height, frame.Stack.Count - label.Height);
        frame.Stack.AddRange(values);
        // A loop's label stays: it is entered again.
        int first = label.Opcode == Opcode.Loop ? at + 1 : at;
        frame.Labels.RemoveRange(first, frame.Labels.Count - first);
        frame.Position = label.Continuation;
    }

    private void Open(Frame frame, Opcode opcode, FunctionType type, int next, List<(byte, int, int)>? clauses = null)
    {
        int height = frame.Stack.Count - type.Parameters.Length;
        frame.Labels.Add(opcode == Opcode.Loop
            ? new Label(opcode, next, height, type.Parameters.Length)
            : new Label(opcode, _matches[frame.Offset].End + 1, height, type.Results.Length, clauses));
    }

    /// <summary>Finds else and end of every construct of some code.</summary>
    private void FindEnds(ByteRange code)
    {
        ByteReader reader = new(_module.Bytes.Span, code);
        Stack<int> open = new();
        while (!reader.IsAtEnd)
        {
            int offset = reader.Position, id = reader.ReadByte("an opcode");
            if (id is >= 0xFB and <= 0xFE) id = OpcodeTable.PrefixedId((byte)id, reader.ReadU32("a sub-opcode"));
            ImmediateSkipper.Skip(ref reader, OpcodeTable.Get((Opcode)id).Immediates);
            if ((Opcode)id is Opcode.Block or Opcode.Loop or Opcode.If or Opcode.TryTable)
            {
                open.Push(offset);
                _matches[offset] = (-1, -1);
            }
            else if ((Opcode)id == Opcode.Else) _matches[open.Peek()] = (offset, -1);
            else if ((Opcode)id == Opcode.End && open.TryPop(out int opener)) _matches[opener] = (_matches[opener].Else, offset);
        }
    }

    private FunctionType BlockType(ref ByteReader reader)
    {
        int start = reader.Position;
        long code = reader.ReadS33("a block type");
        if (code >= 0) return _module.TypeSpace[(int)code].Function!;
        byte first = _module.Bytes.Span[start];
        if (first == 0x40) return new FunctionType([], []);
        if (first is 0x63 or 0x64) reader.ReadS33("a heap type");
        return new FunctionType([], [ValueType.I32]);
    }
}
