using System;

namespace ContractVm.Validation;

/// <summary>Checks a validated module against the host interface of its profile: imports that exist, exports that must.</summary>
internal static class HostInterfaceCheck
{
    public static void Check(Module module)
    {
        if (module.Profile.Host is not IHostInterface host) return;
        foreach (Import import in module.ImportList)
        {
            if (host.FindImport(import.Module, import.Name) is not FunctionType offered || import.Kind != ExternalKind.Function)
                throw Error(ModuleErrorCode.UnknownImport, import.Offset, "import", $"the host has no function {import.Module}.{import.Name}");
            FunctionType wanted = module.TypeOfFunction(import.Index);
            if (!wanted.Equals(offered))
                throw Error(ModuleErrorCode.ImportType, import.Offset, "import", $"{import.Module}.{import.Name} is imported as {wanted} and is {offered}");
        }

        foreach ((string name, FunctionType type) in host.RequiredFunctions) CheckFunction(module, name, type, isRequired: true);
        foreach ((string name, FunctionType type) in host.OptionalFunctions) CheckFunction(module, name, type, isRequired: false);
        if (host.RequiredMemory is string memory && !(module.TryGetExport(memory, out Export export) && export.Kind == ExternalKind.Memory))
            throw Error(ModuleErrorCode.MissingExport, module.Bytes.Length, "export", $"the module exports no memory named {memory}");
    }

    private static void CheckFunction(Module module, string name, FunctionType type, bool isRequired)
    {
        if (!module.TryGetExport(name, out Export export))
        {
            if (!isRequired) return;
            throw Error(ModuleErrorCode.MissingExport, module.Bytes.Length, "export", $"the module exports no function named {name}");
        }

        if (export.Kind != ExternalKind.Function || !module.TypeOfFunction(export.Index).Equals(type))
            throw Error(ModuleErrorCode.ExportType, export.Offset, "export", $"the export {name} must be a function {type}");
    }

    private static ModuleException Error(ModuleErrorCode code, int offset, string section, string detail) =>
        new(new ModuleError(code, offset, section, -1, detail));
}
