using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using ContractVm.Compiler;
using ContractVm.Compiler.FrontEnd;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Passes;
using ContractVm.TestSupport;
using Xunit;
using Xunit.Abstractions;

namespace ContractVm.Tests.Compiler;

/// <summary>The intermediate form of real modules is well formed: before the passes, after them, and with locals in the frame.</summary>
public class IrTests(ITestOutputHelper output)
{
    [SharedDataFact("corpora")]
    public void RealModulesAreWellFormed()
    {
        int functions = 0, nodes = 0, refused = 0;
        long bytes = 0;
        Stopwatch watch = new();
        foreach (string path in Directory.EnumerateFiles(TestData.Shared("corpora")!, "*.wasm", SearchOption.AllDirectories).Order(System.StringComparer.Ordinal))
        {
            byte[] file = File.ReadAllBytes(path);
            if (!Module.TryLoad(file, Profiles.Bare, out Module module, out _)) continue;
            IrBuilder builder = new(module, CompilerOptions.Default);
            Cleanup cleanup = new(CompilerOptions.Default);
            IrFunction function = new();
            for (int i = 0; i < module.Bodies.Count; i++)
            {
                watch.Start();
                bool isBuilt = builder.TryBuild(function, i);
                watch.Stop();
                if (!isBuilt)
                {
                    refused++;
                    continue;
                }

                functions++;
                nodes += function.NodeCount;
                bytes += module.Bodies[i].Code.End - module.Bodies[i].Code.Start;
                if (i % 8 == 0) Assert.True(IrVerifier.Check(function) is null, $"{path} function {i}: {IrVerifier.Check(function)}\n{IrPrinter.Print(function)}");
                watch.Start();
                cleanup.Run(function);
                watch.Stop();
                if (i % 8 == 0) Assert.True(IrVerifier.Check(function) is null, $"{path} function {i} cleaned up: {IrVerifier.Check(function)}\n{IrPrinter.Print(function)}");
            }
        }

        output.WriteLine($"{functions} functions, {bytes} bytes, {nodes} nodes, {refused} refused, {bytes / watch.Elapsed.TotalSeconds / 1e6:F1} MB/s");
        Assert.Equal(0, refused);
        Assert.True(functions > 100);
    }
}
