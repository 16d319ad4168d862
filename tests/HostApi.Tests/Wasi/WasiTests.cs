using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.HostApi.Tests.Wasi;

/// <summary>Programs with WASI imports, and contracts that print: where the chain's profile has them.</summary>
public class WasiTests
{
    private const string Imports = """
        (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
        (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
        (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
        (memory (export "memory") 1 1)

        """;

    private static readonly Profile Profile = HostTable.ChainProfile(hasConsole: true, hasWasi: true);

    [Theory]
    [InlineData(EngineChoice.Automatic)]
    [InlineData(EngineChoice.Interpreter)]
    public void AProgramEchoesItsInput(EngineChoice engine)
    {
        List<string> printed = [];
        // Reads in two vectors, writes the same bytes, once more in an end without a new line.
        FrameResult result = Run(engine, """
            (data (i32.const 0) "\20\00\00\00\04\00\00\00\24\00\00\00\40\00\00\00")
            (func (export "_start")
              (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 2) (i32.const 200)))
              (i32.store (i32.const 12) (i32.sub (i32.load (i32.const 200)) (i32.const 4)))
              (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 2) (i32.const 204)))
              (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 208)))
              (call $write_result (i32.const 200) (i32.const 12)))
            """, "hello\nworld", printed);
        Assert.Equal(Outcome.Success, result.Outcome);
        Assert.Equal([11, 11, 4], [result.Output[0], result.Output[4], result.Output[8]]);
        Assert.Equal(["hello", "world", "hell"], printed);
    }

    /// <summary>A line without end is cut into lines of 64 KiB; no byte is lost.</summary>
    [Fact]
    public void LongLinesAreCut()
    {
        List<string> printed = [];
        Run(EngineChoice.Automatic, """
            (data (i32.const 0) "\08\00\00\00\f0\ff\00\00")
            (func (export "_start")
              (memory.fill (i32.const 8) (i32.const 97) (i32.const 65520))
              (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 4)))
              (i32.store (i32.const 4) (i32.const 65520))
              (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 4))))
            """, "", printed);
        Assert.Equal([65536, 2 * 65520 - 65536], printed.ConvertAll(static line => line.Length));
    }

    [Theory]
    [InlineData(0, Outcome.Success)]
    [InlineData(1, Outcome.Revert)]
    [InlineData(255, Outcome.Revert)]
    public void TheExitCodeIsTheOutcome(int code, Outcome outcome) =>
        Assert.Equal(outcome, Run(EngineChoice.Automatic, $"""(func (export "_start") (call $proc_exit (i32.const {code})) unreachable)""", "", []).Outcome);

    [Fact]
    public void TimeAndRandomAreTheBlocksAndTheTransactions()
    {
        const string Program = """
            (func (export "_start")
              (drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 0)))
              (drop (call $random_get (i32.const 8) (i32.const 40)))
              (drop (call $random_get (i32.const 48) (i32.const 8)))
              (call $write_result (i32.const 0) (i32.const 56)))
            """;
        byte[] one = Run(EngineChoice.Automatic, Program, "", []).Output, again = Run(EngineChoice.Interpreter, Program, "", []).Output;
        Assert.Equal(one, again);
        Assert.Equal(Chainlet.Block.Timestamp * 1_000_000_000, BitConverter.ToUInt64(one));
        Assert.Equal(56 - 8, one.Length - 8);
        Assert.True(one[8..].Distinct().Count() > 20);
        Assert.NotEqual(one[8..16], one[48..56]);
    }

    [Fact]
    public void FilesAreThoseThatTheEmbedderGaveAndReadOnly()
    {
        // errno of fd_prestat_get, path_open of "a/b", of "c", of "a/b" to be written, path_unlink_file; then what is read from offset 2.
        const string Program = """
            (data (i32.const 0) "a/bc") (data (i32.const 16) "\80\00\00\00\10\00\00\00")
            (func (export "_start")
              (i32.store8 (i32.const 100) (call $fd_prestat_get (i32.const 3) (i32.const 40)))
              (i32.store8 (i32.const 101) (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 60)))
              (i32.store8 (i32.const 102) (call $path_open (i32.const 3) (i32.const 0) (i32.const 3) (i32.const 1) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 64)))
              (i32.store8 (i32.const 103) (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 0) (i64.const 66) (i64.const 0) (i32.const 0) (i32.const 64)))
              (i32.store8 (i32.const 104) (call $unlink (i32.const 3) (i32.const 0) (i32.const 3)))
              (i32.store8 (i32.const 105) (call $fd_seek (i32.load (i32.const 60)) (i64.const 2) (i32.const 0) (i32.const 72)))
              (i32.store8 (i32.const 106) (call $fd_read (i32.load (i32.const 60)) (i32.const 16) (i32.const 1) (i32.const 80)))
              (call $write_result (i32.const 100) (i32.const 44)))
            """;
        Dictionary<string, ReadOnlyMemory<byte>> files = new() { ["a/b"] = Encoding.ASCII.GetBytes("content") };
        byte[] output = Run(EngineChoice.Automatic, Program, "", [], files).Output;
        Assert.Equal([0, 0, 44, 69, 52, 0, 0], output[..7]);
        Assert.Equal("ntent", Encoding.ASCII.GetString(output[28..33]));
        // Without files there is no folder, and nothing was opened: descriptor 0 is standard input.
        Assert.Equal([8, 8, 8, 8, 52, 70, 0], Run(EngineChoice.Automatic, Program, "", []).Output[..7]);
    }

    [Theory]
    [InlineData("(drop (call $fd_read (i32.const 0) (i32.const 65530) (i32.const 1) (i32.const 0)))")]
    [InlineData("(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 0)))")]
    [InlineData("(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 65535)))")]
    [InlineData("(drop (call $random_get (i32.const 65530) (i32.const 100)))")]
    [InlineData("(drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 65000) (i32.const 5000) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 60)))")]
    public void PointersOutsideAreErrnosAndTheProgramGoesOn(string call) =>
        Assert.Equal(Outcome.Success, Run(EngineChoice.Automatic, $"""(func (export "_start") {call})""", "x", []).Outcome);

    [Fact]
    public void OtherChainsRefuseProgramsAndPrinting()
    {
        byte[] program = Assemble("""(func (export "_start"))""");
        FrameResult result = new Chainlet().Deploy(program, Chainlet.Alice).Result;
        Assert.Equal(ModuleErrorCode.UnknownImport, result.Error!.Code);
        Assert.Null(HostTable.FindChainProfile("contractvm-v1+wasi+console"));
        Assert.Equal("contractvm-v1+console+wasi", HostTable.FindChainProfile("contractvm-v1+console+wasi")!.Name);
        Assert.Same(HostTable.ContractProfile, HostTable.FindChainProfile("contractvm-v1"));
        // Neither entrypoint nor _start.
        Chainlet chain = new(EngineChoice.Automatic, Profile);
        Assert.Equal(ModuleErrorCode.MissingExport, chain.Deploy(Assemble(""), Chainlet.Alice).Result.Error!.Code);
    }

    /// <summary>Printing is free: the ink is the same whether anybody looks or not, and that of a contract that calls nothing.</summary>
    [Fact]
    public void PrintingCostsNothingButTheCall()
    {
        static byte[] Contract(string body) => Chainlet.Assemble($"""
            (module (import "console" "log_txt" (func $log (param i32 i32))) (import "console" "tee_f64" (func $tee (param f64) (result f64)))
              (memory (export "memory") 1 1) (data (i32.const 0) "text")
              (func $nothing (param i32 i32)) (func $same (param f64) (result f64) (local.get 0))
              (func (export "user_entrypoint") (param i32) (result i32) {body} (i32.const 0)))
            """);
        List<string> printed = [];
        ulong[] used = new ulong[2];
        foreach ((int i, List<string>? sink) in new[] { (0, null), (1, printed) })
        {
            Chainlet chain = new(EngineChoice.Automatic, Profile) { Printed = sink };
            Address contract = chain.Deploy(Contract("(call $log (i32.const 0) (i32.const 4)) (drop (call $tee (f64.const 1.5)))"), Chainlet.Alice).Address;
            Assert.Equal(Outcome.Success, chain.Call(contract, Chainlet.Alice, []).Outcome);
            used[i] = Chainlet.Plenty - chain.Meter.InkLeft;
        }

        Assert.Equal(["text", "1.5"], printed);
        Assert.Equal(used[0], used[1]);
    }

    private static FrameResult Run(EngineChoice engine, string body, string input, List<string> printed, IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? files = null)
    {
        Chainlet chain = new(engine, Profile) { Printed = printed, Files = files };
        return chain.Call(chain.DeployGood(Assemble(body)), Chainlet.Alice, Encoding.ASCII.GetBytes(input));
    }

    private static byte[] Assemble(string body) => Chainlet.Assemble($"(module {Imports} {body})");
}
