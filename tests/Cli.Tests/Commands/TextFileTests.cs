using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using ContractVm.Fuzz;
using Xunit;

namespace ContractVm.Cli.Tests.Commands;

/// <summary>Modules as text: every command takes them, <c>cvm wat</c> and <c>cvm print</c> convert them, <c>cvm inspect</c> looks inside.</summary>
public sealed class TextFileTests : IDisposable
{
    private const string Add = """
        ;; adds
        (module $math
          (memory (export "memory") 1)
          (func $add (export "add") (param $a i32) (param $b i32) (result i32)
            (i32.add (local.get $a) (local.get $b))))
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TextAndBinaryAreToldApartByNameOrByTheirFirstCharacter()
    {
        string named = Write("add.wat", Add), unnamed = Write("add.txt", "\n\t " + Add), comment = Write("add", "(; adds ;) " + Add);
        foreach (string file in new[] { named, unnamed, comment })
            Assert.Contains("i32   5", Cvm.Run("run", file, "--invoke", "add", "2", "3").Succeeded().Output, StringComparison.Ordinal);

        // A name that promises text is believed, and so is a zero byte anywhere else.
        byte[] binary = Wat(named);
        Cvm.Run("check", _folder.Write("binary.wat", binary)).Failed(1, "binary.wat:1:1: malformed text (UnexpectedCharacter)");
        Cvm.Run("run", _folder.Write("binary", binary), "--invoke", "add", "2", "3").Succeeded();
        Cvm.Run("check", _folder.Write("other.wasm", "neither"u8.ToArray())).Failed(1, "malformed module (BadMagic) at byte 0");
    }

    [Fact]
    public void MalformedTextNamesFileLineAndColumn()
    {
        string file = Write("bad.wat", "(module\n  (func\n    i32.sum))");
        foreach (string[] arguments in new[] { ["check", file], ["run", file, "--invoke", "f"], ["print", file], ["inspect", file], new[] { "wat", file, "-o", Path.Combine(_folder.Path, "no.wasm") } })
            Assert.Equal("", Cvm.Run(arguments).Failed(1, $"{file}:3:5: malformed text (UnknownInstruction)").Output);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "no.wasm")));
        JsonElement error = Cvm.Run("check", file, "--json").Failed(1, ":3:5:").Json().GetProperty("error");
        Assert.Equal(("text", 612, 3, 5), (error.GetProperty("kind").GetString(), error.GetProperty("number").GetInt32(), error.GetProperty("line").GetInt32(), error.GetProperty("column").GetInt32()));
    }

    [Fact]
    public void InvalidTextNamesThePlaceInTheTextAndInTheBytes()
    {
        string file = Write("invalid.wat", "(module\n  (func (export \"f\") (result i32)\n    (i64.const 1)))");
        Cvm.Run("run", file, "--invoke", "f").Failed(1, $"{file}:3:6: invalid module (TypeMismatch) at byte ", "code section, function 0");
        string binary = Path.Combine(_folder.Path, "invalid.wasm");
        Cvm.Run("wat", file, "-o", binary).Succeeded();
        Cvm.Run("run", binary, "--invoke", "f").Failed(1, $"{binary}: invalid module (TypeMismatch) at byte ");
    }

    [Fact]
    public void ATextIsDeployedAsTheBytesThatWatWrites()
    {
        string contract = Write("contract.wat", "(module (memory (export \"memory\") 1) (func $entry (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)))");
        byte[] binary = Wat(contract);
        string chain = Path.Combine(_folder.Path, "chain");
        Cvm.Run("init", chain, "--json").Succeeded();
        string deployed = Cvm.Run("deploy", contract, "--db", chain, "--json").Succeeded().Output;
        Assert.Contains(Convert.ToHexStringLower(binary), Cvm.Run("tx", Hash(deployed), "--db", chain, "--json").Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesAreKeptUnlessStripped()
    {
        string file = Write("add.wat", Add);
        byte[] named = Wat(file), stripped = Wat(file, "--strip");
        Assert.True(named.AsSpan().IndexOf("math"u8) > 0);
        Assert.True(stripped.AsSpan().IndexOf("math"u8) < 0);
        Assert.True(named.AsSpan().StartsWith(stripped));
        JsonElement json = Cvm.Run("wat", file, "-o", Path.Combine(_folder.Path, "out.wasm"), "--json").Succeeded().Json();
        Assert.Equal(named.Length, json.GetProperty("bytes").GetInt32());
        Cvm.Run("wat", _folder.Write("x.wasm", named), "-o", Path.Combine(_folder.Path, "y.wasm")).Failed(1, "this is no text");
        Cvm.Run("wat", file, "-o", _folder.Path).Failed(1, "cannot write", "it is a folder");
    }

    [Fact]
    public void PrintedTextReadsBackToTheSameModule()
    {
        string token = TestModules.TokenPath, text = Path.Combine(_folder.Path, "token.wat");
        string printed = Cvm.Run("print", token).Succeeded().Output;
        Assert.Equal("", Cvm.Run("print", token, "-o", text).Succeeded().Output);
        Assert.Equal(printed, File.ReadAllText(text));
        // The compiler wrote some indices with more bytes than they need; the text does not keep that, and nothing else is lost.
        byte[] again = Wat(text);
        Assert.Equal(printed, Cvm.Run("print", _folder.Write("again.wasm", again)).Succeeded().Output);
        string offsets = Cvm.Run("print", token, "--offsets").Succeeded().Output;
        Assert.Matches(@"\(;@[0-9a-f]+;\)", offsets);
        Assert.Equal(again, Wat(Write("offsets.wat", offsets)));
    }

    [Fact]
    public void WhatIsMalformedIsPrintedUpToThere()
    {
        byte[] token = TestModules.Token();
        Assert.True(Module.TryLoad(token, Profiles.Bare, out Module module, out _));
        token[module.Bodies[3].Instructions.Start] = 0xFF;
        CvmResult result = Cvm.Run("print", _folder.Write("wrong.wasm", token)).Failed(1, "malformed module (UnknownOpcode)");
        Assert.Contains("(import \"vm_hooks\" \"read_args\"", result.Output, StringComparison.Ordinal);
        Assert.Contains(";; malformed module (UnknownOpcode)", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void InspectShowsSectionsAndTheLargestFunctions()
    {
        JsonElement json = Cvm.Run("inspect", Write("add.wat", Add), "--json").Succeeded().Json();
        Assert.Equal(["type", "function", "memory", "export", "code", "custom"], json.GetProperty("sections").EnumerateArray().Select(section => section.GetProperty("section").GetString()));
        Assert.Equal("name", json.GetProperty("sections")[5].GetProperty("name").GetString());
        int end = 8;
        foreach (JsonElement section in json.GetProperty("sections").EnumerateArray())
        {
            Assert.Equal(end, section.GetProperty("offset").GetInt32());
            end += section.GetProperty("bytes").GetInt32();
        }

        Assert.Equal(json.GetProperty("bytes").GetInt32(), end);
        JsonElement function = Assert.Single(json.GetProperty("functions").EnumerateArray());
        Assert.Equal(("add", 0, 2, 7), (function.GetProperty("name").GetString(), function.GetProperty("function").GetInt32(), function.GetProperty("locals").GetInt32(), function.GetProperty("bytes").GetInt32()));

        Assert.True(Module.TryLoad(TestModules.Token(), Profiles.Bare, out Module token, out _));
        int[] sizes = Cvm.Run("inspect", TestModules.TokenPath, "--top", "4", "--json").Succeeded().Json().GetProperty("functions").EnumerateArray().Select(entry => entry.GetProperty("bytes").GetInt32()).ToArray();
        Assert.Equal(token.Bodies.Select(body => body.Code.Length).OrderDescending().Take(4), sizes);
    }

    [Fact]
    public void InspectReadsWrongModulesAsFarAsItCan()
    {
        byte[] token = TestModules.Token();
        JsonElement json = Cvm.Run("inspect", _folder.Write("cut.wasm", token[..(token.Length - 9)]), "--json").Failed(1, "malformed module").Json();
        Assert.Equal(10, json.GetProperty("imports").GetArrayLength());
        Assert.False(json.GetProperty("complete").GetBoolean());
        Assert.InRange(json.GetProperty("stoppedAt").GetInt32(), 9_000, token.Length);
        string text = Cvm.Run("inspect", _folder.Write("empty.wasm", [])).Failed(1, "BadMagic").Output;
        Assert.Contains("no; reading stopped at byte 0", text, StringComparison.Ordinal);
        ModuleBuilder invalid = new();
        invalid.Function(invalid.Type("", "i"), "", [0x42, 1]);
        Assert.Contains("valid     no\n", Cvm.Run("inspect", _folder.Write("invalid.wasm", invalid.Build())).Failed(1, "TypeMismatch").Output, StringComparison.Ordinal);
    }

    private string Write(string name, string text) => _folder.Write(name, Encoding.UTF8.GetBytes(text));

    private byte[] Wat(string text, params string[] options)
    {
        string output = Path.Combine(_folder.Path, "out.wasm");
        Cvm.Run(["wat", text, "-o", output, .. options]).Succeeded();
        return File.ReadAllBytes(output);
    }

    private static string Hash(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("hash").GetString()!;
    }
}
