using System;
using System.Collections.Generic;
using ContractVm.Linking;

namespace ContractVm;

/// <summary>What stands behind an imported function: a function of the host, or one that another instance defines.</summary>
/// <param name="Host">The host's function, or null.</param>
/// <param name="Owner">The instance that defines it, or null.</param>
/// <param name="Index">Index among the functions that the owner defines.</param>
/// <param name="Type">Its type in the store's type space: it may be more special than the import's.</param>
internal readonly record struct ImportedFunction(HostFunction? Host, Instance? Owner, int Index, int Type);

/// <summary>Imports and exports.</summary>
public sealed partial class Instance
{
    private void ResolveImports(Func<Import, External?> resolve)
    {
        int[]? identity = null;
        foreach (Import import in Module.ImportList)
        {
            External external = resolve(import) ?? throw new InstantiationException($"nothing is known to import as {import.Module}.{import.Name}");
            if (external is HostFunction host && import.Kind == ExternalKind.Function)
            {
                ImportHost(import, host);
                continue;
            }

            if (external.Home is Store home && !ReferenceEquals(home, Store)) throw new InstantiationException($"{import.Module}.{import.Name} belongs to another store");
            ReadOnlySpan<int> mapping = TypeMapping ?? (identity ??= Identity(Module.TypeSpace.Count));
            ExternalType required = ExternalType.Of(Module, mapping, import.Kind, import.Index);
            if (external.Kind != import.Kind || !TypeOf(external).Matches(required, Store.Types))
                throw new InstantiationException($"{import.Module}.{import.Name} is of another type than {import.Kind} {import.Index} of the module");
            external.Home = Store;
            switch (external)
            {
                case Function function: _importedFunctions[import.Index] = function.Owner.Resolve(function.Index); break;
                case Table table: _tables[import.Index] = table; break;
                case LinearMemory memory: _memories[import.Index] = memory; break;
                case Global global: _importedGlobals[import.Index] = global; break;
                case Tag tag: _tags[import.Index] = tag; break;
                default: throw new InstantiationException($"{import.Module}.{import.Name} cannot be imported");
            }
        }
    }

    private void ImportHost(Import import, HostFunction host)
    {
        // A function type of the host is what the text (type (func …)) declares: final, alone in its group.
        int index = Module.FunctionTypeIndices[import.Index];
        DefinedType declared = Module.TypeSpace[index];
        if (!host.Type.Equals(declared.Function) || !declared.IsFinal || declared.Supertype >= 0 || declared.GroupLength != 1)
            throw new InstantiationException($"{import.Module}.{import.Name} is {host.Type}, not {declared.Function}");
        _importedFunctions[import.Index] = new ImportedFunction(host, null, 0, StoreType(index));
    }

    /// <summary>What stands behind a function of the index space.</summary>
    internal ImportedFunction Resolve(int function) => function < Module.ImportedFunctions
        ? _importedFunctions[function]
        : new ImportedFunction(null, this, function - Module.ImportedFunctions, StoreType(Module.FunctionTypeIndices[function]));

    private External ExternalAt(ExternalKind kind, int index) => kind switch
    {
        ExternalKind.Function => new Function(this, index) { Home = Store },
        ExternalKind.Table => _tables[index],
        ExternalKind.Memory => _memories[index],
        ExternalKind.Global => index < Module.ImportedGlobals ? _importedGlobals[index] : new Global(StoreGlobalType(index), _globals, GlobalStart + GlobalSlot(index)) { Home = Store },
        _ => _tags[index],
    };

    /// <summary>The type that something has now: sizes are the present ones, concrete types the store's.</summary>
    private ExternalType TypeOf(External external)
    {
        switch (external)
        {
            case Function function:
                return new ExternalType(ExternalKind.Function, function.Owner.Resolve(function.Index).Type, default, default, default);
            case Table table:
                return new ExternalType(ExternalKind.Table, -1, table.Type with { Limits = new SizeLimits((ulong)table.Length, table.Type.Limits.Maximum) }, default, default);
            case LinearMemory memory:
                return new ExternalType(ExternalKind.Memory, -1, default, memory.Type with { Limits = new SizeLimits((ulong)memory.Pages, memory.Type.Limits.Maximum) }, default);
            case Global global:
                return new ExternalType(ExternalKind.Global, -1, default, default, global.Type);
            case Tag tag:
                return new ExternalType(ExternalKind.Tag, tag.TypeIndex, default, default, default);
            default:
                return default;
        }
    }

    private GlobalType StoreGlobalType(int index)
    {
        GlobalType type = Module.GlobalTypeList[index];
        return TypeMapping is null ? type : type with { Value = SharedTypes.Map(type.Value, TypeMapping) };
    }

    private static int[] Identity(int count)
    {
        int[] identity = new int[count];
        for (int i = 0; i < count; i++) identity[i] = i;
        return identity;
    }
}
