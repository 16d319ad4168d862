using System;
using System.Collections.Generic;
using ContractVm.Linking;

namespace ContractVm.Conformance;

/// <summary>
/// The engine "none": checks that imports are there and of the right type, and runs nothing. Sizes of memories and tables are
/// the declared ones, as nothing grows here.
/// </summary>
internal sealed class LinkingEngine : IScriptEngine
{
    private readonly SharedTypes _types = new();
    private readonly Dictionary<string, LinkedModule> _registered = new(StringComparer.Ordinal);

    public LinkingEngine() => Register("spectest", new LinkedModule(SpecTestModule.Module, _types.Add(SpecTestModule.Module), []));

    public EngineResult Instantiate(Module module, out object? instance)
    {
        instance = null;
        int[] mapping = _types.Add(module);
        Dictionary<(ExternalKind, int), ExternalType> imported = [];
        foreach (Import import in module.Imports)
        {
            if (!_registered.TryGetValue(import.Module, out LinkedModule? from) || from.Find(import.Name) is not ExternalType actual)
                return new EngineResult(EngineOutcome.Unlinkable, $"nothing is known to import as {import.Module}.{import.Name}", []);
            if (actual.Matches(ExternalType.Of(module, mapping, import.Kind, import.Index), _types.Space))
            {
                imported[(import.Kind, import.Index)] = actual;
                continue;
            }

            if (from.HasActed && import.Kind is ExternalKind.Memory or ExternalKind.Table) return EngineResult.Unsupported("the size of what is imported depends on what has run");
            return new EngineResult(EngineOutcome.Unlinkable, $"{import.Module}.{import.Name} is of another type", []);
        }

        instance = new LinkedModule(module, mapping, imported);
        return EngineResult.Done;
    }

    public void Register(string name, object instance) => _registered[name] = (LinkedModule)instance;

    public EngineResult Invoke(object instance, string export, IReadOnlyList<ScriptValue> arguments)
    {
        ((LinkedModule)instance).HasActed = true;
        return EngineResult.Unsupported("nothing is run without an engine");
    }

    public EngineResult Get(object instance, string export) => EngineResult.Unsupported("nothing is run without an engine");

    /// <summary>A module with the types of what it imports: an export of an import has the type of what was imported.</summary>
    private sealed record LinkedModule(Module Module, int[] Mapping, Dictionary<(ExternalKind, int), ExternalType> Imported)
    {
        /// <summary>A function of it was called, so that its memories and tables may have grown.</summary>
        public bool HasActed { get; set; }

        public ExternalType? Find(string name)
        {
            if (!Module.TryGetExport(name, out Export export)) return null;
            return Imported.TryGetValue((export.Kind, export.Index), out ExternalType type) ? type : ExternalType.Of(Module, Mapping, export.Kind, export.Index);
        }
    }
}
