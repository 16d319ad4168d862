using ContractVm.Binary;

namespace ContractVm.Validation;

/// <summary>
/// Checks a decoded module against the host interface of its profile, imports that exist and exports that must, and against the
/// profile's own rules.
/// </summary>
internal static class ModuleRulesCheck
{
    public static void Check(Module module, ref ByteReader reader)
    {
        if (module.Profile.Host is IHostInterface host) CheckHost(module, host, ref reader);
        if (module.Profile.Rules is not IModuleRules rules) return;
        foreach ((int offset, string section, string detail) in rules.Broken(module))
        {
            reader.Section = section;
            reader.Report(ModuleErrorCode.RuleBroken, offset, detail);
        }
    }

    private static void CheckHost(Module module, IHostInterface host, ref ByteReader reader)
    {
        reader.Section = "import";
        foreach (Import import in module.ImportList)
        {
            // Anything but a function has been refused as a feature where the profile does not accept it.
            if (import.Kind != ExternalKind.Function || host.FindImport(import.Module, import.Name) is not FunctionType offered)
            {
                reader.Report(ModuleErrorCode.UnknownImport, import.Offset, $"the host has no function '{import.Module}.{import.Name}'");
                continue;
            }

            FunctionType wanted = module.TypeOfFunction(import.Index);
            if (!wanted.Equals(offered))
                reader.Report(ModuleErrorCode.ImportType, import.Offset, $"'{import.Module}.{import.Name}' is imported as {wanted} and is {offered}");
        }

        reader.Section = "export";
        foreach ((string name, FunctionType type) in host.RequiredFunctions) CheckFunction(module, name, type, isRequired: true, ref reader);
        foreach ((string name, FunctionType type) in host.OptionalFunctions) CheckFunction(module, name, type, isRequired: false, ref reader);
        if (host.RequiredMemory is string memory && !(module.TryGetExport(memory, out Export export) && export.Kind == ExternalKind.Memory))
            reader.Report(ModuleErrorCode.MissingExport, module.Bytes.Length, $"the module exports no memory named '{memory}'");
    }

    private static void CheckFunction(Module module, string name, FunctionType type, bool isRequired, ref ByteReader reader)
    {
        if (!module.TryGetExport(name, out Export export))
        {
            if (isRequired) reader.Report(ModuleErrorCode.MissingExport, module.Bytes.Length, $"the module exports no function named '{name}'");
            return;
        }

        if (export.Kind != ExternalKind.Function || !module.TypeOfFunction(export.Index).Equals(type))
            reader.Report(ModuleErrorCode.ExportType, export.Offset, $"the export '{name}' must be a function {type}");
    }
}
