using System;
using ContractVm.Binary;

namespace ContractVm.Text;

/// <summary>Functions and segments.</summary>
internal sealed partial class ModulePrinter
{
    // The most locals of a function that engines accept. A few bytes can declare four thousand million of them.
    private const uint PrintedLocals = 50_000;

    // Characters that declarations of locals may still take: their number has nothing to do with the module's size.
    private long _localsBudget;

    /// <summary>Says that there are more locals than text can spell out, and which; null where that is not so.</summary>
    public ModuleError? LocalsError { get; private set; }

    private void ReadFunctionTypes(ref ByteReader reader)
    {
        int count = reader.ReadCount("the function section");
        for (int i = 0; i < count; i++) _functionTypes.Add(reader.ReadU32("a type index"));
    }

    private void PrintCode(ref ByteReader reader)
    {
        int start = reader.Position;
        int count = reader.ReadCount("the code section");
        if (count != _functionTypes.Count) throw reader.Error(ModuleErrorCode.FunctionCodeMismatch, start, $"{_functionTypes.Count} functions and {count} bodies");
        _hasCode = true;
        foreach (uint type in _functionTypes) PrintFunction(ref reader, type);
    }

    private void PrintFunction(ref ByteReader section, uint type)
    {
        _output.StartLine(1, section.Position);
        uint index = PrintDefinitionStart(0);
        // Without a type nobody knows the parameters, so that their names would be bound nowhere.
        IdentifierMap locals = _types.IsFunctionType(type) ? _names.LocalsOf(index) : IdentifierMap.Empty;
        section.Function = (int)index;
        ByteRange code = section.ReadRange(section.ReadU32("a body's size"), "a function body");
        ByteReader reader = new(Bytes, code) { Section = section.Section, Function = (int)index };
        _types.PrintTypeUse(type, locals, 2);
        PrintLocals(ref reader, locals, _types.CountParameters(type));
        int end = _instructions.PrintBody(ref reader, index, locals);
        if (!reader.IsAtEnd) throw reader.Error(ModuleErrorCode.BodySize, $"the body has {reader.Remaining} bytes after its end");
        _output.StartLine(1, end);
        _output.Write(')');
        section.Function = -1;
    }

    private void PrintLocals(ref ByteReader reader, IdentifierMap locals, int parameters)
    {
        int declared = reader.Position;
        int runs = reader.ReadCount("local declarations");
        TypePrinter.Declarations declarations = new(_output, "local", 2);
        ulong total = 0;
        for (int i = 0; i < runs; i++)
        {
            int start = reader.Position;
            uint count = reader.ReadU32("a number of locals");
            string type = _types.ReadValueType(ref reader, "a local's type");
            uint first = (uint)parameters + (uint)total;
            total += count;
            if (total > uint.MaxValue) throw reader.Error(ModuleErrorCode.TooManyLocals, start, "more than 4294967295 locals");
            if (count == 0) continue;
            if (total == count) _output.StartLine(2, declared);
            if (total > PrintedLocals || count * (long)(type.Length + 1) > _localsBudget)
            {
                declarations.Close();
                _output.Separate(2);
                _output.Write("(;");
                _output.WriteNumber(count);
                _output.Write(" locals that are not printed;)");
                LocalsError ??= reader.Error(ModuleErrorCode.LocalsLimit, start, $"{count} locals are too many to print").Error;
                continue;
            }

            _localsBudget -= count * (type.Length + 1);
            for (uint k = 0; k < count; k++) declarations.Add(type, locals, first + k);
        }

        declarations.Close();
    }

    private void PrintElementSegment(ref ByteReader reader)
    {
        // Flags (binary format, "Element Section"): bit 0 passive or declarative; bit 1 explicit table, or declarative; bit 2 expressions.
        int start = reader.Position;
        uint flags = reader.ReadU32("an element segment's flags");
        if (flags > 7) throw reader.Error(ModuleErrorCode.BadFlags, start, $"element segment flags {flags} are unknown");
        bool isActive = (flags & 1) == 0, hasIndexOrDeclares = (flags & 2) != 0, hasExpressions = (flags & 4) != 0;
        PrintFieldStart("elem", EntitySpace.Element);
        if (isActive && hasIndexOrDeclares) PrintParent("table", EntitySpace.Table, reader.ReadU32("an element segment's table"));
        if (isActive) PrintOffset(ref reader);
        else if (hasIndexOrDeclares) _output.Write(" declare");
        string type = hasExpressions ? "funcref" : "func";
        if (!isActive || hasIndexOrDeclares)
        {
            int typeOffset = reader.Position;
            if (hasExpressions) type = _types.ReadReferenceType(ref reader, "an element segment's type");
            else if (reader.ReadByte("an element kind") != 0) throw reader.Error(ModuleErrorCode.BadFlags, typeOffset, "the element kind is not funcref");
        }

        _output.Write(' ');
        _output.Write(type);
        int count = reader.ReadCount("an element segment");
        for (int i = 0; i < count; i++)
        {
            _output.Separate(2);
            if (!hasExpressions)
            {
                _output.Write(_types.Reference(EntitySpace.Function, reader.ReadU32("a function index")));
                continue;
            }

            _output.Write("(item");
            _instructions.PrintExpression(ref reader);
            _output.Write(')');
        }
    }

    private void PrintDataSegments(ref ByteReader reader)
    {
        int start = reader.Position;
        int count = reader.ReadCount("the data section");
        if (_dataCount is uint announced && announced != (uint)count)
            throw reader.Error(ModuleErrorCode.DataCountMismatch, start, $"the data count section announces {announced} segments, there are {count}");
        for (int i = 0; i < count; i++)
        {
            int segmentStart = reader.Position;
            _output.StartLine(1, segmentStart);
            uint flags = reader.ReadU32("a data segment's flags");
            if (flags > 2) throw reader.Error(ModuleErrorCode.BadFlags, segmentStart, $"data segment flags {flags} are unknown");
            PrintFieldStart("data", EntitySpace.Data);
            if (flags == 2) PrintParent("memory", EntitySpace.Memory, reader.ReadU32("a data segment's memory"));
            if (flags != 1) PrintOffset(ref reader);
            ByteRange content = reader.ReadRange(reader.ReadU32("a data segment's size"), "a data segment");
            _output.WriteStrings(Bytes[content.Start..content.End], 2);
            _output.Write(')');
        }
    }

    private void PrintParent(string keyword, EntitySpace space, uint index)
    {
        // The first one is meant where none is named.
        if (index == 0) return;
        _output.Write(" (");
        _output.Write(keyword);
        _types.PrintReference(space, index);
        _output.Write(')');
    }

    private void PrintOffset(ref ByteReader reader)
    {
        _output.Write(" (offset");
        _instructions.PrintExpression(ref reader);
        _output.Write(')');
    }
}
