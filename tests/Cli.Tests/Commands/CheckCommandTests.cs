using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using ContractVm.HostApi;
using Xunit;

namespace ContractVm.Cli.Tests.Commands;

/// <summary><c>cvm check</c> on good and bad files.</summary>
public sealed class CheckCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private const string ManyReasons = """
        (module
          (func $f (import "vm_hooks" "read_args") (param f32))
          (func (import "vm_hooks" "nothing"))
          (memory 200)
          (start $s)
          (func $one (result i32)
            (i64.const 1))
          (func $s)
          (func (drop (f32.const 1)) (drop (f64.const 2))
            (drop (local.get 7))))
        """;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TheTokenIsAccepted()
    {
        string text = Cvm.Run("check", TestModules.TokenPath).Succeeded().Output;
        Assert.StartsWith($"ok: {TestModules.TokenPath} is accepted by contractvm-v1\n", text, StringComparison.Ordinal);
        Assert.Contains("vm_hooks.storage_flush_cache", text, StringComparison.Ordinal);

        byte[] bytes = TestModules.Token();
        Assert.True(Module.TryLoad(bytes, HostTable.ContractProfile, out Module module, out _));
        JsonElement json = Cvm.Run("check", TestModules.TokenPath, "--json").Succeeded().Json();
        Assert.True(json.GetProperty("ok").GetBoolean());
        Assert.Equal("contractvm-v1", json.GetProperty("profile").GetString());
        Assert.Equal(bytes.Length, json.GetProperty("bytes").GetInt32());
        Assert.Equal(module.Bodies.Count, json.GetProperty("functions").GetProperty("defined").GetInt32());
        Assert.Equal(module.Imports.Select(import => import.Name), json.GetProperty("imports").EnumerateArray().Select(import => import.GetProperty("name").GetString()));
        Assert.Equal(["memory", "user_entrypoint", "user_constructor"], json.GetProperty("exports").EnumerateArray().Select(export => export.GetProperty("name").GetString()));
        Assert.Equal("i32", json.GetProperty("exports")[1].GetProperty("results")[0].GetString());
        Assert.Equal(1, json.GetProperty("memories")[0].GetProperty("maximumPages").GetInt32());
        Assert.Equal(module.DeploymentInk, json.GetProperty("deployment").GetProperty("ink").GetUInt64());
        Assert.Equal((module.DeploymentInk + 9_999) / 10_000, json.GetProperty("deployment").GetProperty("gas").GetUInt64());
    }

    [Fact]
    public void ABareModuleIsAcceptedByTheBareProfileOnly()
    {
        string file = _folder.Write("functions.wasm", TestModules.Functions());
        JsonElement json = Cvm.Run("check", file, "--profile", "wasm-3.0", "--json").Succeeded().Json();
        Assert.Contains("StartFunction", json.GetProperty("features").EnumerateArray().Select(feature => feature.GetString()));
        Assert.Equal(0, json.GetProperty("start").GetInt32());
        Assert.Contains("function 0", Cvm.Run("check", file, "--profile", "wasm-3.0").Succeeded().Output, StringComparison.Ordinal);

        Cvm.Run("check", file).Failed(1, file, "unsupported module (FeatureNotAccepted)", "StartFunction");
    }

    [Fact]
    public void EveryTruncationOfTheTokenIsRefusedWithAPlace()
    {
        byte[] token = TestModules.Token();
        foreach (int length in new[] { 0, 3, 7, 9, 100, token.Length / 2, token.Length - 1 })
        {
            string file = _folder.Write("truncated.wasm", token[..length]);
            JsonElement error = Cvm.Run("check", file, "--json").Failed(1, "malformed module", "at byte ").Json().GetProperty("error");
            Assert.Equal("malformed", error.GetProperty("kind").GetString());
            Assert.InRange(error.GetProperty("offset").GetInt32(), 0, length);
        }
    }

    [Fact]
    public void AMutatedModuleIsRefusedWithCodeSectionAndFunction()
    {
        byte[] token = TestModules.Token();
        Assert.True(Module.TryLoad(token, HostTable.ContractProfile, out Module module, out _));
        // The first instruction of the third function becomes one that does not exist.
        int offset = module.Bodies[2].Instructions.Start;
        token[offset] = 0xFF;
        string file = _folder.Write("mutated.wasm", token);
        CvmResult result = Cvm.Run("check", file, "--json").Failed(1, $"at byte {offset}, code section, function {module.ImportedFunctions + 2}", "UnknownOpcode");
        JsonElement json = result.Json();
        Assert.False(json.GetProperty("ok").GetBoolean());
        JsonElement error = json.GetProperty("error");
        Assert.Equal("UnknownOpcode", error.GetProperty("code").GetString());
        Assert.Equal((int)ModuleErrorCode.UnknownOpcode, error.GetProperty("number").GetInt32());
        Assert.Equal("code", error.GetProperty("section").GetString());
        Assert.Equal(offset, error.GetProperty("offset").GetInt32());
        Assert.Equal(module.ImportedFunctions + 2, error.GetProperty("function").GetInt32());
    }

    [Fact]
    public void EveryReasonIsListedWithCodePlaceAndCount()
    {
        string file = _folder.Write("many.wat", Encoding.UTF8.GetBytes(ManyReasons));
        CvmResult result = Cvm.Run("check", file, "--profile", "contractvm-v1-nofloat", "--json").Failed(1, $"{file}:2:55: unsupported module (FeatureNotAccepted) at byte ");
        JsonElement json = result.Json();
        Assert.Equal(
            ["FeatureNotAccepted", "ImportType", "UnknownImport", "MemoryLimit", "FeatureNotAccepted", "TypeMismatch", "UnknownLocal", "MissingExport", "MissingExport"],
            json.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetProperty("code").GetString()));
        Assert.Equal([2, 2, 3, 4, 5, 7, 10], json.GetProperty("reasons").EnumerateArray().SkipLast(2).Select(reason => reason.GetProperty("line").GetInt32()));
        JsonElement first = json.GetProperty("reasons")[0], mismatch = json.GetProperty("reasons")[5], export = json.GetProperty("reasons")[7];
        Assert.Equal(("unsupported", 300, "Floats", 3), (first.GetProperty("kind").GetString(), first.GetProperty("number").GetInt32(), first.GetProperty("feature").GetString(), first.GetProperty("occurrences").GetInt32()));
        Assert.Equal(("invalid", "code", 2), (mismatch.GetProperty("kind").GetString(), mismatch.GetProperty("section").GetString(), mismatch.GetProperty("function").GetInt32()));
        Assert.Equal(JsonValueKind.Null, export.GetProperty("line").ValueKind);
        Assert.Equal(json.GetProperty("error").GetProperty("offset").GetInt32(), first.GetProperty("offset").GetInt32());
        Assert.True(json.GetProperty("complete").GetBoolean());
        Assert.Equal(["Core", "Floats", "StartFunction"], json.GetProperty("features").EnumerateArray().Select(feature => feature.GetString()));
        Assert.True(json.GetProperty("deployment").GetProperty("gas").GetUInt64() > 0);
        Assert.True(json.GetProperty("engine").GetProperty("runs").GetBoolean());
        JsonElement exceeded = Assert.Single(json.GetProperty("limits").EnumerateArray(), limit => limit.GetProperty("exceeded").GetBoolean());
        Assert.Equal(("MemoryPages", 200UL, 128UL), (exceeded.GetProperty("limit").GetString(), exceeded.GetProperty("has").GetUInt64(), exceeded.GetProperty("allowed").GetUInt64()));
        Assert.Equal(ModuleLimits.Rows.Count, json.GetProperty("limits").GetArrayLength());

        string text = Cvm.Run("check", file, "--profile", "contractvm-v1-nofloat").Failed(1, "FeatureNotAccepted").Output;
        Assert.StartsWith($"refused: {file} is not accepted by contractvm-v1-nofloat\n", text, StringComparison.Ordinal);
        Assert.Matches(@"\n\d+ +7:6 +TypeMismatch +200 +function 2 \(one\) +1 +an operand is i64, expected i32\n", text);
        Assert.Matches(@"\npages of a memory +200 +128 +exceeded\n", text);
    }

    [Fact]
    public void AModuleThatNoEngineRunsIsAcceptedAndSaysSo()
    {
        string file = _folder.Write("struct.wat", "(module (type (struct (field i32))) (func (export \"user_entrypoint\") (param i32) (result i32) (i32.const 0)) (memory (export \"memory\") 1))"u8.ToArray());
        bool runs = Module.TryLoad(ContractVm.Text.TextFormat.TryRead(File.ReadAllBytes(file), new ContractVm.Text.TextOptions(), out ContractVm.Text.TextModule? text, out _) ? text.Bytes : [], HostTable.ContractProfile, out Module module, out _)
            && Engines.CanRun(module, out _);
        JsonElement engine = Cvm.Run("check", file, "--json").Succeeded().Json().GetProperty("engine");
        Assert.Equal(runs, engine.GetProperty("runs").GetBoolean());
        Assert.Equal(runs ? 0 : 1, engine.GetProperty("missing").GetArrayLength());
    }

    [Fact]
    public void WhatCannotBeReadToItsEndSaysSo()
    {
        byte[] token = TestModules.Token();
        JsonElement json = Cvm.Run("check", _folder.Write("cut.wasm", token[..(token.Length - 1)]), "--json").Failed(1, "malformed module").Json();
        Assert.False(json.GetProperty("complete").GetBoolean());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("deployment").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("engine").ValueKind);
        Assert.Equal("UnexpectedEnd", json.GetProperty("reasons")[0].GetProperty("code").GetString());
    }

    [Fact]
    public void AnOversizedFileIsRefusedByItsSize()
    {
        string file = Path.Combine(_folder.Path, "large.wasm");
        // Sparse: 8 GiB that are on no disk and fit no array.
        using (FileStream stream = File.Create(file)) stream.SetLength(8L << 30);
        JsonElement error = Cvm.Run("check", file, "--json").Failed(1, "ModuleTooLarge", "the module has 8589934592 bytes, the profile allows 1048576").Json().GetProperty("error");
        Assert.Equal("limitExceeded", error.GetProperty("kind").GetString());
        Cvm.Run("check", "/dev/zero").Failed(1, "ModuleTooLarge", "more than 1048576 bytes");
    }

    [Fact]
    public void AFileThatCannotBeReadIsOneLine()
    {
        Cvm.Run("check", Path.Combine(_folder.Path, "absent.wasm")).Failed(1, "cannot read", "absent.wasm", "there is no such file");
        Cvm.Run("check", Path.Combine(_folder.Path, "absent", "a.wasm")).Failed(1, "there is no such file");
        Cvm.Run("check", _folder.Path).Failed(1, "it is a folder");
        Cvm.Run("check", "").Failed(1, "the name is empty");
    }

    [Fact]
    public void AnUnknownImportIsNamed()
    {
        byte[] token = TestModules.Token();
        int at = token.AsSpan().IndexOf("read_args"u8);
        "read_argz"u8.CopyTo(token.AsSpan(at));
        JsonElement error = Cvm.Run("check", _folder.Write("import.wasm", token), "--json").Failed(1, "vm_hooks.read_argz").Json().GetProperty("error");
        Assert.Equal(("interface", "UnknownImport"), (error.GetProperty("kind").GetString(), error.GetProperty("code").GetString()));
    }

    [Fact]
    public void NamesOfTheModuleCannotSteerTheTerminal()
    {
        string file = _folder.Write("hostile.wasm", TestModules.HostileName());
        string text = Cvm.Run("check", file, "--profile", "wasm-3.0").Succeeded().Output;
        Assert.Contains("a\\u{a}b\\u{1b}[31m", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
        JsonElement json = Cvm.Run("check", file, "--profile", "wasm-3.0", "--json").Succeeded().Json();
        Assert.Equal("a\nb\u001b[31m", json.GetProperty("exports")[0].GetProperty("name").GetString());
        Cvm.Run("run", file, "--invoke", "x\ny").Failed(1, "there is no export 'x\\u{a}y'", "a\\u{a}b\\u{1b}[31m");
    }
}
