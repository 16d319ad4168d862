using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using ContractVm.HostApi;
using ContractVm.StateStore;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Node.Tests;

/// <summary>The C SDK and the contracts written with it: their constants, their declarations, their build.</summary>
public sealed partial class ContractSourceTests
{
    [ProgramFact("apt-get install clang-19 lld-19", "clang-19", "wasm-ld-19")]
    public void ContractsBuildToTheBytesInTheRepository()
    {
        (int exitCode, string output, string error) = TestData.Run("bash", [InProject("contracts", "build"), "--check"]);
        Assert.True(exitCode == 0, output + error);
    }

    /// <summary>A selector is the first four bytes of the hash of the function's or error's signature, which stands beside it.</summary>
    [Theory]
    [InlineData("contracts/token/token.c", 13)]
    [InlineData("contracts/spinner/spinner.c", 11)]
    [InlineData("sdk/c/README.md", 1)]
    public void SelectorsAreThoseOfTheirSignatures(string file, int count)
    {
        MatchCollection matches = Selector().Matches(Source(file));
        Assert.Equal(count, matches.Count);
        foreach (Match match in matches)
        {
            Hash256 hash = Keccak256.Hash(Encoding.ASCII.GetBytes(match.Groups["signature"].Value));
            Assert.Equal(Hex.Encode(hash.Bytes[..4]), match.Groups["selector"].Value);
        }
    }

    /// <summary>The first topic of a log is the hash of the event's signature, which stands above it.</summary>
    [Fact]
    public void EventTopicsAreThoseOfTheirSignatures()
    {
        MatchCollection matches = EventTopic().Matches(Source("contracts/token/token.c"));
        Assert.Equal(3, matches.Count);
        foreach (Match match in matches)
        {
            string digits = string.Concat(HexByte().Matches(match.Groups["bytes"].Value).Select(digit => digit.Groups[1].Value));
            Assert.Equal(Keccak256.Hash(Encoding.ASCII.GetBytes(match.Groups["signature"].Value)).ToString(), "0x" + digits);
        }
    }

    [Fact]
    public void ErrorSelectorIsThatOfSolidity() =>
        Assert.Contains(
            string.Join(", ", Keccak256.Hash("Error(string)"u8).Bytes[..4].ToArray().Select(part => $"0x{part:x2}")), Source("sdk/c/abi.h"), StringComparison.Ordinal);

    /// <summary>The header declares all 42 functions of the ABI; those that the host has, in the same order and with the same types.</summary>
    [Fact]
    public void HeaderDeclaresTheHostFunctions()
    {
        (string Name, string Type)[] declared = Declaration().Matches(Source("sdk/c/vm_hooks.h")).Select(match =>
        {
            Assert.Equal(match.Groups["name"].Value, match.Groups["declared"].Value);
            string parameters = match.Groups["parameters"].Value;
            string types = parameters == "void" ? "" : string.Concat(parameters.Split(',').Select(Letter));
            return (match.Groups["name"].Value, $"{types}:{(match.Groups["result"].Value == "void" ? "" : Letter(match.Groups["result"].Value))}");
        }).ToArray();
        Assert.Equal(42, declared.Select(function => function.Name).Distinct().Count());
        HashSet<string> hosted = [.. HostTable.Entries.Select(entry => entry.Name)];
        Assert.Equal(HostTable.Entries.Select(entry => (entry.Name, TypeOf(entry.Type))), declared.Where(function => hosted.Contains(function.Name)));
    }

    /// <summary>Every reason that can reach a caller is in the page that lists them.</summary>
    [Fact]
    public void ReasonsForRevertingAreDocumented()
    {
        string documented = Source("contracts/token/README.md") + Source("sdk/c/README.md");
        HashSet<string> reasons = [];
        foreach (string file in new[] { "contracts/token/token.c", "sdk/c/abi.h", "sdk/c/storage.h" })
            reasons.UnionWith(Reason().Matches(Source(file)).Select(match => match.Groups[1].Value));
        Assert.True(reasons.Count >= 18, $"{reasons.Count} reasons");
        Assert.All(reasons, reason => Assert.Contains($"`{reason}`", documented, StringComparison.Ordinal));
        // The SDK's buffer holds no longer one.
        Assert.All(reasons, reason => Assert.True(reason.Length <= 128));
    }

    [Theory]
    [InlineData("token", 1, 1)]
    [InlineData("spinner", 2, 64)]
    public void ContractsAreAcceptedByTheProfile(string name, uint initialPages, uint maximumPages)
    {
        byte[] bytes = File.ReadAllBytes(InProject("contracts", name, $"{name}.wasm"));
        Assert.True(Module.TryLoad(bytes, HostTable.ContractProfile, out Module module, out ModuleError error), $"{error}");
        Assert.Equal(((ulong)initialPages, (ulong?)maximumPages), (module.Memories[0].Limits.Minimum, module.Memories[0].Limits.Maximum));
    }

    private static string Letter(string type) => type.Trim().StartsWith("u64", StringComparison.Ordinal) ? "l" : "i";

    private static string TypeOf(FunctionType type) => $"{Letters(type.Parameters)}:{Letters(type.Results)}";

    private static string Letters(ReadOnlySpan<ValueType> types)
    {
        StringBuilder letters = new();
        foreach (ValueType type in types) letters.Append(type == ValueType.I64 ? 'l' : 'i');
        return letters.ToString();
    }

    private static string Source(string file) => File.ReadAllText(InProject(file.Split('/')));

    private static string InProject(params string[] parts) => Path.Combine([TestData.ProjectRoot, .. parts]);

    [GeneratedRegex(@"(?<selector>0x[0-9a-f]{8})\b.*// (?<signature>\w+\([\w,]*\))")]
    private static partial Regex Selector();

    [GeneratedRegex(@"// keccak256 of (?<signature>\w+\([\w,]*\))\nstatic const word \w+ = \{\{(?<bytes>[^}]*)\}\}")]
    private static partial Regex EventTopic();

    [GeneratedRegex("0x([0-9a-f]{2})")]
    private static partial Regex HexByte();

    [GeneratedRegex(@"^VM_HOOK\((?<name>\w+)\) (?:_Noreturn )?(?<result>\w+) (?<declared>\w+)\((?<parameters>[^)]*)\);", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex("\"((?:ABI|ERC20|Ownable|storage): [^\"]+)\"")]
    private static partial Regex Reason();
}
