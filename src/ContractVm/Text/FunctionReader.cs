using System;
using System.Collections.Generic;

namespace ContractVm.Text;

/// <summary>Reads the type, the locals and the body of a function (WebAssembly 3.0, text format, "Functions").</summary>
internal sealed class FunctionReader(ModuleContext module, TypeReader types, ExpressionReader expressions)
{
    private readonly TokenCursor _cursor = module.Cursor;
    private readonly ByteWriter _body = new(), _runs = new(), _runType = new(), _nextType = new();
    private readonly List<SourcePoint> _points = [];
    private uint _runLength, _runCount;

    /// <summary>Reads a function from behind its inline exports up to its closing parenthesis.</summary>
    public void Read(int index, int source)
    {
        TypeUse use = types.ReadTypeUse(allowsNames: true);
        uint type = types.Resolve(use);
        module.FunctionSection.Begin(source).WriteUnsigned(type);
        module.Locals.Clear();
        BindParameters(index, use.Parameters > 0 ? use.Parameters : types.ParameterCount(type));
        ReadLocals(index);

        _body.Length = 0;
        _body.WriteUnsigned(_runCount);
        _body.WriteBytes(_runs.Written);
        _points.Clear();
        expressions.ReadBody(index, _body, _points);
        module.Annotations.ExpectNoHintBefore(_cursor.Position);
        WriteHints(index);

        ByteWriter code = module.CodeSection.Begin(source);
        code.WriteUnsigned((uint)_body.Length);
        foreach (SourcePoint point in _points) module.CodeSection.Points.Add(point with { Target = code.Length + point.Target });
        code.WriteBytes(_body.Written);
    }

    private void BindParameters(int function, int count)
    {
        foreach ((int index, Binding binding) in types.LastParameterNames)
        {
            module.Locals.Add(index - module.Locals.Count);
            Bind(function, binding);
        }

        module.Locals.Add(count - module.Locals.Count);
    }

    private void Bind(int function, Binding binding)
    {
        module.LocalNames.Add(new NamedIndex(function, module.Locals.Count, binding.Name));
        if (binding.Symbol < 0) module.Locals.Add();
        else if (!module.Locals.TryAdd(binding.Symbol)) throw module.Duplicate("local", binding.Token);
    }

    /// <summary>Locals as runs of equal types.</summary>
    private void ReadLocals(int function)
    {
        _runs.Length = 0;
        _runType.Length = 0;
        _runLength = 0;
        _runCount = 0;
        while (_cursor.AcceptForm(TokenKind.Local))
        {
            Binding binding = module.ReadBinding();
            if (binding.Name >= 0)
            {
                Bind(function, binding);
                ReadLocal();
            }
            else
            {
                for (; _cursor.Kind != TokenKind.RightParen; module.Locals.Add()) ReadLocal();
            }

            _cursor.ExpectClose();
        }

        EndRun();
    }

    private void ReadLocal()
    {
        _nextType.Length = 0;
        types.ReadValueType(_nextType);
        if (!_nextType.Written.SequenceEqual(_runType.Written))
        {
            EndRun();
            _runType.Length = 0;
            _runType.WriteBytes(_nextType.Written);
        }

        _runLength++;
    }

    private void EndRun()
    {
        if (_runLength == 0) return;
        _runs.WriteUnsigned(_runLength);
        _runs.WriteBytes(_runType.Written);
        _runCount++;
        _runLength = 0;
    }

    private void WriteHints(int index)
    {
        if (expressions.Hints.Count == 0) return;
        module.HintSection.Count++;
        ByteWriter output = module.HintSection.Bytes;
        output.WriteUnsigned((uint)index);
        output.WriteUnsigned((uint)expressions.Hints.Count);
        foreach ((int offset, byte value) in expressions.Hints)
        {
            output.WriteUnsigned((uint)offset);
            output.WriteByte(1);
            output.WriteByte(value);
        }
    }
}
