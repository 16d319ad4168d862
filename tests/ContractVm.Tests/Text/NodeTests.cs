using System;
using System.Collections.Generic;
using System.IO;
using ContractVm.Conformance;
using ContractVm.TestSupport;
using ContractVm.Text;
using Xunit;

namespace ContractVm.Tests.Text;

/// <summary>What is written, in the eyes of another engine.</summary>
public class NodeTests
{
    /// <summary>Scripts whose modules use nothing that is younger than the oldest engine in use.</summary>
    private static readonly string[] Scripts =
    [
        "address", "align", "block", "br", "bulk-memory/bulk", "bulk-memory/memory_init", "call_indirect", "conversions", "endianness",
        "exports", "fac", "float_exprs", "func", "if", "imports", "int_exprs", "labels", "left-to-right", "names", "simd/simd_const", "simd/simd_lane",
        "start", "table_copy", "traps", "type", "unwind",
    ];

    [ProgramFact("apt-get install nodejs", "node")]
    public void ModulesAreValidAndInvalidAsTheSuiteSays()
    {
        if (TestData.Shared(SuiteTests.Root) is not string root) return;
        string folder = Directory.CreateTempSubdirectory("node").FullName;
        List<string> expected = [];
        foreach (string script in Scripts)
        {
            string path = Path.Combine("test/core", script + ".wast");
            if (!File.Exists(Path.Combine(root, path))) continue;
            foreach (ScriptCommand command in SuiteTests.ReadScript(path))
            {
                (TextModule? module, bool isValid) = command switch
                {
                    ModuleCommand { Module: { Form: ModuleForm.Text } valid } => (valid.Module, true),
                    AssertModuleCommand { Failure: ModuleFailure.Invalid, Module: { Form: ModuleForm.Text } invalid } => (invalid.Module, false),
                    _ => (null, false),
                };
                if (module is null) continue;
                File.WriteAllBytes(Path.Combine(folder, $"{expected.Count}.wasm"), module.Bytes);
                expected.Add($"{expected.Count} {(isValid ? "true" : "false")} {path}:{command.Line}");
            }
        }

        File.WriteAllLines(Path.Combine(folder, "expected"), expected);
        const string Check = "const fs=require('fs');let n=0;for(const line of fs.readFileSync('expected','utf8').trim().split('\\n')){const [f,v,p]=line.split(' ');"
            + "if(String(WebAssembly.validate(fs.readFileSync(f+'.wasm')))!==v)console.log(p);n++}console.log(n)";
        (int exitCode, string output, string error) = TestData.Run("node", ["-e", Check], folder);
        Directory.Delete(folder, recursive: true);
        Assert.True(exitCode == 0, error);
        Assert.True(output == $"{expected.Count}\n", output);
        Assert.True(expected.Count > 500, $"only {expected.Count} modules");
    }
}
