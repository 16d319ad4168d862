using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using ContractVm.Conformance;
using ContractVm.TestSupport;
using ContractVm.Text;
using Xunit;

namespace ContractVm.Tests.Text;

/// <summary>The text reader and the printer undo each other.</summary>
public class RoundTripTests
{
    [SharedDataFact(SuiteTests.Root)]
    public void PrintedModulesAreReadBackToTheSameBytes()
    {
        List<string> faults = [];
        int count = 0;
        foreach (string path in SuiteTests.ScriptFiles())
        {
            foreach ((int line, ScriptModule module) in SuiteTests.ReadScript(path).SelectMany(SuiteTests.ModulesOf))
            {
                // Modules that the suite gives in bytes are often written in longer forms on purpose.
                if (module.Form == ModuleForm.Binary || module.Module is not TextModule text) continue;
                StringWriter printed = new();
                if (!TextPrinter.TryPrint(text.Bytes, printed, PrintOptions.Default, out ModuleError? malformed))
                {
                    faults.Add($"{path}:{line}: {malformed}");
                    continue;
                }

                count++;
                if (!TextFormat.TryRead(Encoding.UTF8.GetBytes(printed.ToString()), new TextOptions(), out TextModule? again, out TextError? error)) faults.Add($"{path}:{line}: {error}");
                else if (!again.Bytes.AsSpan().SequenceEqual(text.Bytes)) faults.Add($"{path}:{line}\n{printed}");
            }
        }

        Assert.Empty(faults);
        Assert.True(count > 4000, $"only {count} modules were read");
    }
}
