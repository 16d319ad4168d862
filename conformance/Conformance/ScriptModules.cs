using System.Collections.Generic;
using System.IO;

namespace ContractVm.Conformance;

/// <summary>The modules of a script as bytes, for tests and fuzzing: also those that the script says are wrong.</summary>
public static class ScriptModules
{
    /// <summary>Reads a script; empty where it is none.</summary>
    public static IReadOnlyList<byte[]> Read(string path)
    {
        List<byte[]> modules = [];
        if (!ScriptReader.TryRead(File.ReadAllBytes(path), out Script? script, out _)) return modules;
        foreach (ScriptCommand command in script.Commands)
        {
            ScriptModule? module = command switch
            {
                ModuleCommand given => given.Module,
                AssertModuleCommand wrong => wrong.Module,
                _ => null,
            };
            if (module?.Module is not null) modules.Add(module.Module.Bytes);
        }

        return modules;
    }
}
