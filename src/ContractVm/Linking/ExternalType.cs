using System;

namespace ContractVm.Linking;

/// <summary>The type of an import or export in a shared type space (WebAssembly 3.0, syntax, "External Types").</summary>
/// <param name="Kind">What it is; the other members count for their kind alone.</param>
/// <param name="TypeIndex">Type of a function or tag.</param>
/// <param name="Table">Type of a table; its minimum is the size it has.</param>
/// <param name="Memory">Type of a memory; its minimum is the size it has.</param>
/// <param name="Global">Type of a global.</param>
internal readonly record struct ExternalType(ExternalKind Kind, int TypeIndex, TableType Table, MemoryType Memory, GlobalType Global)
{
    /// <summary>The declared type of what a module has at an index.</summary>
    public static ExternalType Of(Module module, ReadOnlySpan<int> mapping, ExternalKind kind, int index)
    {
        switch (kind)
        {
            case ExternalKind.Function:
                return new ExternalType(kind, mapping[module.FunctionTypeIndices[index]], default, default, default);
            case ExternalKind.Tag:
                return new ExternalType(kind, mapping[module.TagTypeIndices[index]], default, default, default);
            case ExternalKind.Table:
                TableType table = module.TableList[index];
                return new ExternalType(kind, -1, table with { Element = SharedTypes.Map(table.Element, mapping) }, default, default);
            case ExternalKind.Memory:
                return new ExternalType(kind, -1, default, module.MemoryList[index], default);
            default:
                GlobalType global = module.GlobalTypeList[index];
                return new ExternalType(kind, -1, default, default, global with { Value = SharedTypes.Map(global.Value, mapping) });
        }
    }

    /// <summary>Whether this may be imported where the other is required (WebAssembly 3.0, validation, "External Types", matching).</summary>
    public bool Matches(ExternalType required, TypeSpace types) => Kind == required.Kind && Kind switch
    {
        ExternalKind.Function => types.Matches(HeapType.Concrete((uint)TypeIndex), HeapType.Concrete((uint)required.TypeIndex)),
        ExternalKind.Tag => TypeIndex == required.TypeIndex,
        ExternalKind.Table => Table.Is64 == required.Table.Is64 && Table.Element == required.Table.Element && Fits(Table.Limits, required.Table.Limits),
        ExternalKind.Memory => Memory.Is64 == required.Memory.Is64 && Memory.IsShared == required.Memory.IsShared && Fits(Memory.Limits, required.Memory.Limits),
        _ => Global.IsMutable == required.Global.IsMutable
            && (Global.IsMutable ? Global.Value == required.Global.Value : types.Matches(Global.Value, required.Global.Value)),
    };

    private static bool Fits(SizeLimits actual, SizeLimits required) =>
        actual.Minimum >= required.Minimum && (required.Maximum is not ulong most || actual.Maximum <= most);
}
