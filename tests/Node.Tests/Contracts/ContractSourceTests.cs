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

/// <summary>The SDKs and the contracts written with them: their constants, their declarations, their build.</summary>
public sealed partial class ContractSourceTests
{
    [ContractCompilerFact("c")]
    public void ContractsInCBuildToTheBytesInTheRepository() => Builds("c");

    [ContractCompilerFact("rust")]
    public void ContractsInRustBuildToTheBytesInTheRepository() => Builds("rust");

    [ContractCompilerFact("assemblyscript")]
    public void ContractsInAssemblyScriptBuildToTheBytesInTheRepository() => Builds("assemblyscript");

    private static void Builds(string language)
    {
        (int exitCode, string output, string error) = TestData.Run("bash", [InProject("contracts", "build"), "--check", language]);
        Assert.True(exitCode == 0, output + error);
    }

    /// <summary>A selector is the first four bytes of the hash of the function's or error's signature, which stands beside it.</summary>
    [Theory]
    [InlineData("contracts/token/token.c", 13)]
    [InlineData("contracts/spinner/spinner.c", 11)]
    [InlineData("sdk/c/README.md", 2)]
    [InlineData("sdk/rust/README.md", 1)]
    [InlineData("sdk/assemblyscript/README.md", 1)]
    [InlineData("contracts/token/rust/token.rs", 13)]
    [InlineData("contracts/token/assemblyscript/token.ts", 13)]
    [InlineData("contracts/exchange/exchange.c", 9)]
    [InlineData("contracts/exchange/rust/exchange.rs", 9)]
    [InlineData("contracts/exchange/assemblyscript/exchange.ts", 9)]
    [InlineData("contracts/wallet/wallet.c", 10)]
    [InlineData("contracts/wallet/rust/wallet.rs", 10)]
    [InlineData("contracts/wallet/assemblyscript/wallet.ts", 10)]
    [InlineData("sdk/c/erc20.h", 3)]
    [InlineData("sdk/rust/src/erc20.rs", 3)]
    [InlineData("sdk/assemblyscript/assembly/erc20.ts", 3)]
    [InlineData("sdk/c/template/contract.c", 3)]
    [InlineData("sdk/rust/template/contract.rs", 3)]
    [InlineData("sdk/assemblyscript/template/contract.ts", 3)]
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
    [Theory]
    [InlineData("contracts/token/token.c", 3)]
    [InlineData("contracts/token/rust/token.rs", 3)]
    [InlineData("contracts/token/assemblyscript/token.ts", 3)]
    [InlineData("contracts/exchange/exchange.c", 3)]
    [InlineData("contracts/exchange/rust/exchange.rs", 3)]
    [InlineData("contracts/exchange/assemblyscript/exchange.ts", 3)]
    [InlineData("contracts/wallet/wallet.c", 5)]
    [InlineData("contracts/wallet/rust/wallet.rs", 5)]
    [InlineData("contracts/wallet/assemblyscript/wallet.ts", 5)]
    [InlineData("sdk/c/template/contract.c", 1)]
    [InlineData("sdk/rust/template/contract.rs", 1)]
    [InlineData("sdk/assemblyscript/template/contract.ts", 1)]
    public void EventTopicsAreThoseOfTheirSignatures(string file, int count)
    {
        MatchCollection matches = EventTopic().Matches(Source(file));
        Assert.Equal(count, matches.Count);
        foreach (Match match in matches)
        {
            string bytes = match.Groups["bytes"].Value;
            string digits = match.Groups["digits"].Value + string.Concat(HexByte().Matches(bytes).Select(digit => digit.Groups[1].Value));
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

    /// <summary>The same in Rust and AssemblyScript, whose declarations have the types after the names.</summary>
    [Theory]
    [InlineData("sdk/rust/src/hooks.rs", " ->")]
    [InlineData("sdk/assemblyscript/assembly/hooks.ts", ":")]
    public void OtherLanguagesDeclareTheHostFunctions(string file, string arrow)
    {
        (string, string)[] declared = TypedDeclaration().Matches(Source(file)).Select(match =>
        {
            string result = match.Groups["result"].Value is "" or "void" or "!" ? "" : Letter(match.Groups["result"].Value);
            Assert.True(match.Groups["result"].Value == "" || match.Groups["arrow"].Value == arrow);
            string types = string.Concat(match.Groups["parameters"].Value.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(parameter => Letter(parameter.Split(": ")[1])));
            return (match.Groups["name"].Value, $"{types}:{result}");
        }).ToArray();
        Assert.Equal(HostTable.Entries.Select(entry => (entry.Name, TypeOf(entry.Type))), declared);
    }

    /// <summary>Every reason that can reach a caller is in the page that lists them.</summary>
    [Fact]
    public void ReasonsForRevertingAreDocumented()
    {
        string documented = string.Concat(new[] { "contracts/token/README.md", "contracts/exchange/README.md", "contracts/wallet/README.md", "sdk/c/README.md" }.Select(Source));
        HashSet<string> reasons = [];
        foreach (string file in new[] { "contracts/token/token.c", "contracts/exchange/exchange.c", "contracts/wallet/wallet.c", "sdk/c/abi.h", "sdk/c/storage.h", "sdk/c/call.h", "sdk/c/guard.h" })
            reasons.UnionWith(Reason().Matches(Source(file)).Select(match => match.Groups[1].Value));
        Assert.True(reasons.Count >= 45, $"{reasons.Count} reasons");
        Assert.All(reasons, reason => Assert.Contains($"`{reason}`", documented, StringComparison.Ordinal));
        // The SDK's buffer holds no longer one.
        Assert.All(reasons, reason => Assert.True(reason.Length <= 128));
    }

    /// <summary>Also by the profile that accepts least.</summary>
    [Theory]
    [MemberData(nameof(Contracts.Languages.All), MemberType = typeof(Contracts.Languages))]
    public void ContractsAreAcceptedByStylus(string language)
    {
        Profile stylus = HostTable.AllProfiles.Single(profile => profile.Name == "stylus-v2");
        foreach (string name in new[] { "token", "exchange", "wallet" })
            Assert.True(Module.TryLoad(Contracts.Languages.Module(name, language), stylus, out _, out ModuleError error), $"{name}: {error}");
    }

    [Theory]
    [InlineData("token", 1, 1)]
    [InlineData("spinner", 2, 64)]
    [InlineData("exchange", 1, 1)]
    [InlineData("wallet", 1, 1)]
    public void ContractsAreAcceptedByTheProfile(string name, uint initialPages, uint maximumPages)
    {
        byte[] bytes = File.ReadAllBytes(InProject("contracts", name, $"{name}.wasm"));
        Assert.True(Module.TryLoad(bytes, HostTable.ContractProfile, out Module module, out ModuleError error), $"{error}");
        Assert.Equal(((ulong)initialPages, (ulong?)maximumPages), (module.Memories[0].Limits.Minimum, module.Memories[0].Limits.Maximum));
    }

    /// <summary>A reason in one language is a reason in all of them.</summary>
    [Theory]
    [InlineData("contracts/token/token.c", "contracts/token/rust/token.rs", "contracts/token/assemblyscript/token.ts")]
    [InlineData("contracts/exchange/exchange.c", "contracts/exchange/rust/exchange.rs", "contracts/exchange/assemblyscript/exchange.ts")]
    [InlineData("contracts/wallet/wallet.c", "contracts/wallet/rust/wallet.rs", "contracts/wallet/assemblyscript/wallet.ts")]
    [InlineData("sdk/c/abi.h", "sdk/rust/src/abi.rs", "sdk/assemblyscript/assembly/abi.ts")]
    [InlineData("sdk/c/call.h", "sdk/rust/src/call.rs", "sdk/assemblyscript/assembly/call.ts")]
    [InlineData("sdk/c/guard.h", "sdk/rust/src/guard.rs", "sdk/assemblyscript/assembly/guard.ts")]
    [InlineData("sdk/c/storage.h", "sdk/rust/src/storage.rs", "sdk/assemblyscript/assembly/storage.ts")]
    public void ReasonsAreTheSameInEveryLanguage(string c, string rust, string assemblyScript)
    {
        string[] reasons = ReasonsOf(c);
        Assert.NotEmpty(reasons);
        Assert.Equal(reasons, ReasonsOf(rust));
        Assert.Equal(reasons, ReasonsOf(assemblyScript));

        static string[] ReasonsOf(string file) => [.. Reason().Matches(Source(file)).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)];
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

    [GeneratedRegex(@"// keccak256 of (?<signature>\w+\([\w,]*\))\n(?:static const word \w+ = \{\{(?<bytes>[^}]*)\}\}|const \w+[^""\n]*""(?<digits>[0-9a-f]{64})"")")]
    private static partial Regex EventTopic();

    [GeneratedRegex("0x([0-9a-f]{2})")]
    private static partial Regex HexByte();

    [GeneratedRegex(@"^VM_HOOK\((?<name>\w+)\) (?:_Noreturn )?(?<result>\w+) (?<declared>\w+)\((?<parameters>[^)]*)\);", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"(?:pub fn|export declare function) (?<name>\w+)\((?<parameters>[^)]*)\)(?<arrow> ->|:)? ?(?<result>[\w!]*);")]
    private static partial Regex TypedDeclaration();

    [GeneratedRegex("\"((?:ABI|ERC20|Ownable|Exchange|Wallet|ReentrancyGuard|call|storage): [^\"]+)\"")]
    private static partial Regex Reason();
}
