using System;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Cli.Tests.Commands;

/// <summary>Help, versions, wrong usage, output.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("cvm --help", "--help")]
    [InlineData("cvm check ", "check", "--help")]
    [InlineData("cvm run ", "run", "--help")]
    [InlineData("cvm wat ", "wat", "--help")]
    [InlineData("cvm print ", "print", "--help")]
    [InlineData("cvm inspect ", "inspect", "--help")]
    [InlineData("cvm hostapi", "hostapi", "--help")]
    [InlineData("cvm new ", "new", "--help")]
    public void HelpDescribesAndGivesAnExample(string example, params string[] arguments)
    {
        CvmResult result = Cvm.Run(arguments).Succeeded();
        Assert.StartsWith("Description:\n  ", result.Output, StringComparison.Ordinal);
        string examples = result.Output[result.Output.IndexOf("Examples:\n", StringComparison.Ordinal)..];
        if (arguments.Length > 1) Assert.Contains(example, examples, StringComparison.Ordinal);
        // A default value must be one that can be typed.
        Assert.DoesNotContain("Profile {", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void RootHelpListsEveryCommandOfTheTree()
    {
        string help = Cvm.Run("--help").Succeeded().Output;
        foreach (System.CommandLine.Command command in Cli.Commands.Root.Create().Subcommands)
        {
            Assert.Contains($"\n  {command.Name}", help, StringComparison.Ordinal);
            Assert.False(string.IsNullOrWhiteSpace(command.Description), command.Name);
            Assert.IsType<CommandLine.TaughtCommand>(command);
            Assert.NotEmpty(((CommandLine.TaughtCommand)command).Examples);
        }
    }

    [Fact]
    public void TheVersionIsPrinted() => Assert.Equal("0.1.0\n", Cvm.Run("--version").Succeeded().Output);

    [Theory]
    [InlineData("a command is missing")]
    [InlineData("'bogus' is not a command", "bogus")]
    [InlineData("'@file' is not a command", "@file")]
    [InlineData("FILE is missing", "check")]
    [InlineData("'b' is one argument too many", "check", "a", "b")]
    [InlineData("'--bogus' is not an option", "check", "a", "--bogus")]
    [InlineData("--profile 'x' is not one of contractvm-v1, contractvm-v1-nofloat, stylus-v2, wasm-3.0", "check", "a", "--profile", "x")]
    [InlineData("--profile needs a value", "check", "a", "--profile")]
    [InlineData("--invoke is missing", "run", "a")]
    [InlineData("-o is missing", "wat", "a.wat")]
    [InlineData("--top must be a whole number from 0 to 1000000, not 'x'", "inspect", "a", "--top", "x")]
    [InlineData("--function must be a whole number from 0 to 2147483647, not 'x'", "disasm", "a", "--function", "x")]
    [InlineData("--invoke needs a value", "run", "a", "--invoke")]
    [InlineData("--ink must be a whole number from 0 to 18446744073709551615, not '-1'", "run", "a", "--invoke", "f", "--ink=-1")]
    [InlineData("--ink must be a whole number", "run", "a", "--invoke", "f", "--ink", "18446744073709551616")]
    [InlineData("--ink is given twice", "run", "a", "--invoke", "f", "--ink", "1", "--ink", "2")]
    [InlineData("--repeat must be a whole number from 1 to 1000000, not '0'", "run", "a", "--invoke", "f", "--repeat", "0")]
    [InlineData("'x' is one argument too many", "hostapi", "x")]
    public void WrongUsageIsOneLineAndExitCode2(string message, params string[] arguments)
    {
        CvmResult result = Cvm.Run(arguments).Failed(2, message, "--help)");
        Assert.Equal("", result.Output);
    }

    [ProgramFact("apt-get install bash", "bash")]
    public void AFullDiskIsOneLine()
    {
        (int exitCode, _, string error) = TestData.Run("bash", ["-c", $"{Cvm.ShellCommand("hostapi", "--json")} >/dev/full"]);
        new CvmResult(exitCode, "", error).Failed(1, "cannot write the output");
    }

    [ProgramFact("apt-get install bash", "bash")]
    public void AReaderThatLeavesIsNoError()
    {
        (int exitCode, string output, string error) = TestData.Run("bash", ["-c", $"set -o pipefail; {Cvm.ShellCommand("hostapi")} | head -n 1"]);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.StartsWith("name ", output, StringComparison.Ordinal);
    }

    [ProgramFact("apt-get install bsdutils", "script")]
    public void TablesHaveBordersOnATerminalOnly()
    {
        (int exitCode, string output, _) = TestData.Run("script", ["-qec", Cvm.ShellCommand("hostapi"), "/dev/null"]);
        Assert.Equal(0, exitCode);
        Assert.Contains('╭', output);
        string piped = Cvm.Run("hostapi").Output;
        Assert.DoesNotContain('╭', piped);
        Assert.DoesNotContain('\u001b', piped);
    }
}
