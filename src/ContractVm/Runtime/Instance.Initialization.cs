using System;
using System.Collections.Generic;
using ContractVm.Linking;
using ContractVm.Native;
using ContractVm.Runtime;

namespace ContractVm;

/// <summary>Initial values, and the segments (WebAssembly 3.0, execution, "Instantiation").</summary>
public sealed partial class Instance
{
    private TrapKind Initialize()
    {
        ModuleLimits limits = Module.Profile.Limits;
        ConstantEvaluator constants = new(this);
        for (int i = 0; i < Module.TagCount; i++)
            _tags[i] ??= Store.NewTag(StoreType(Module.TagTypeIndices[i]), Module.TypeOfTag(i));
        for (int i = Module.MemoryList.Count - 1; i >= 0 && _memories[i] is null; i--)
        {
            MemoryImage? image = i == 0 ? MemoryImage.Of(Module) : null;
            _memories[i] = new LinearMemory(Module.MemoryList[i], (int)Math.Min(limits[Limit.MemoryPages], Engines.MostMemoryPages), image) { Home = Store };
            Store.Own(_memories[i]);
        }

        for (int i = 0; i < Module.TableDefinitions.Count; i++)
        {
            TableDefinition definition = Module.TableDefinitions[i];
            TableType type = definition.Type;
            if (TypeMapping is not null) type = type with { Element = SharedTypes.Map(type.Element, TypeMapping) };
            Table table = new(type, (int)Math.Min(limits[Limit.TableElements], Engines.MostTableElements)) { Home = Store };
            if (definition.Initializer.Length > 0)
            {
                if (!constants.TryEvaluate(definition.Initializer, out ulong value)) return TrapKind.ObjectMemoryExhausted;
                table.Elements.Fill(value);
            }

            _tables[Module.ImportedTables + i] = table;
        }

        for (int i = 0; i < Module.GlobalDefinitions.Count; i++)
        {
            int global = Module.ImportedGlobals + i;
            Span<ulong> slots = Globals[GlobalSlot(global)..GlobalSlot(global + 1)];
            if (!constants.TryEvaluate(Module.GlobalDefinitions[i].Initializer, slots)) return TrapKind.ObjectMemoryExhausted;
        }

        for (int i = 0; i < Module.ElementList.Count; i++)
        {
            if (!TryMakeElements(constants, Module.ElementList[i], out ulong[] values)) return TrapKind.ObjectMemoryExhausted;
            _elementValues[i] = values;
        }

        // From here on others can refer to the instance's functions, through imported tables.
        if (Store.Native is NativeStore native) InstanceContext.Bind(this, _globals, native);
        return CopySegments(constants);
    }

    private TrapKind CopySegments(ConstantEvaluator constants)
    {
        for (int i = 0; i < Module.ElementList.Count; i++)
        {
            ElementSegment segment = Module.ElementList[i];
            if (segment.Mode == SegmentMode.Active)
            {
                constants.TryEvaluate(segment.Offset, out ulong offset);
                if (!TryInitTable(i, segment.Table, offset, 0, (ulong)segment.Count)) return TrapKind.TableOutOfBounds;
            }

            if (segment.Mode != SegmentMode.Passive) DropElements(i);
        }

        for (int i = 0; i < Module.DataList.Count; i++)
        {
            DataSegment segment = Module.DataList[i];
            if (segment.Mode != SegmentMode.Active) continue;
            if (_memories[segment.Memory].ShowsImage)
            {
                DropData(i);
                continue;
            }

            constants.TryEvaluate(segment.Offset, out ulong offset);
            if (!TryInitMemory(i, segment.Memory, offset, 0, (ulong)segment.Bytes.Length)) return TrapKind.MemoryOutOfBounds;
            DropData(i);
        }

        return TrapKind.None;
    }

    private bool TryMakeElements(ConstantEvaluator constants, ElementSegment segment, out ulong[] values)
    {
        values = new ulong[segment.Count];
        for (int k = 0; k < values.Length; k++)
        {
            if (segment.FunctionIndices is int[] functions) values[k] = FunctionBase + (ulong)functions[k] + 1;
            else if (!constants.TryEvaluate(segment.Expressions![k], out values[k])) return false;
        }

        return true;
    }

    /// <summary>The bytes of a data segment; none once it is dropped.</summary>
    internal ReadOnlySpan<byte> DataOf(int segment)
    {
        ByteRange range = _droppedData[segment] ? default : Module.DataList[segment].Bytes;
        return Module.Bytes.Span.Slice(range.Start, range.Length);
    }

    /// <summary>The references of an element segment; none once it is dropped.</summary>
    internal ReadOnlySpan<ulong> ElementsOf(int segment) => _droppedElements[segment] ? [] : _elementValues[segment];

    internal bool TryInitMemory(int segment, int memory, ulong target, ulong source, ulong length)
    {
        ReadOnlySpan<byte> data = DataOf(segment);
        if (source > (ulong)data.Length || length > (ulong)data.Length - source) return false;
        if (!_memories[memory].TryGetSpan(target, (uint)length, out Span<byte> span)) return false;
        data.Slice((int)source, (int)length).CopyTo(span);
        return true;
    }

    internal void DropData(int segment) => _droppedData[segment] = true;

    internal bool TryInitTable(int segment, int table, ulong target, ulong source, ulong length)
    {
        ReadOnlySpan<ulong> values = ElementsOf(segment);
        Span<ulong> elements = _tables[table].Elements;
        if (source > (ulong)values.Length || length > (ulong)values.Length - source) return false;
        if (target > (ulong)elements.Length || length > (ulong)elements.Length - target) return false;
        values.Slice((int)source, (int)length).CopyTo(elements[(int)target..]);
        return true;
    }

    internal void DropElements(int segment) => _droppedElements[segment] = true;
}
