using System;
using System.IO;
using System.Linq;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Cli.Tests.Commands;

/// <summary><c>cvm disasm</c>: WebAssembly, the intermediate form and machine code beside one another, with charges, trap sites and constants.</summary>
public sealed class DisasmCommandTests : IDisposable
{
    private const string Text = """
        (module (memory 1)
          (func (param f64 i32) (result i32) (local i32)
            (f64.store (i32.const 8) (f64.add (local.get 0) (f64.const 0.3)))
            (block $out
              (loop $again
                (br_if $out (i32.eq (local.get 1) (i32.const 17)))
                (br_if $out (i32.eq (local.get 1) (i32.const 19)))
                (local.set 1 (i32.load (local.get 1)))
                (br $again)))
            (i32.div_u (local.get 1) (local.get 2))))
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AFunctionIsShownStageByStage()
    {
        string file = Path.Combine(_folder.Path, "one.wat");
        File.WriteAllText(file, Text);
        string output = Cvm.Run("disasm", file, "--function", "0").Succeeded().Output;
        foreach (string part in (string[])["function 0", "WebAssembly", "intermediate form", "machine code", "f64.store", "ink ", "Charge ", "MemoryOutOfBounds", "DivideByZero", "on the way to block"])
            Assert.Contains(part, output, StringComparison.Ordinal);
        // Constants are no instructions: 0.3 stands behind the code as it is.
        string[] data = output.Split('\n').Where(static line => line.Contains(" data ", StringComparison.Ordinal)).ToArray();
        Assert.Contains(data, static line => line.Contains("333333333333d33f", StringComparison.Ordinal));
        Assert.DoesNotContain("(bad)", output, StringComparison.Ordinal);
    }
}
