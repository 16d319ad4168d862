using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Commands;
using ContractVm.Cli.Modules;
using ContractVm.Gas;
using ContractVm.Text;
using Xunit;
using Xunit.Abstractions;

namespace ContractVm.Cli.Tests.Commands;

/// <summary>
/// <c>cvm diff</c>: engines that agree, and wrong ones. A wrong compiler is one that compiles another instruction in the place of one, of the same type
/// and length: whatever it is, it has to be found.
/// </summary>
public sealed class DiffCommandTests(ITestOutputHelper output) : IDisposable
{
    private const ulong Ink = 2_000_000_000;

    /// <summary>Loops, memory, globals, calls, floats, vectors; what goes wrong early is seen late, or in the memory alone.</summary>
    private const string Source = """
        (module
          (memory 1)
          (global $sum (mut i64) (i64.const 0))
          (type $binary (func (param i32 i32) (result i32)))
          (table funcref (elem $mix $scale))
          (func $mix (param i32 i32) (result i32) (i32.xor (i32.rotl (local.get 0) (i32.const 7)) (i32.sub (local.get 1) (i32.const 3))))
          (func $scale (param i32 i32) (result i32)
            (i32.wrap_i64 (i64.shr_u (i64.mul (i64.extend_i32_u (local.get 0)) (i64.extend_i32_s (local.get 1))) (i64.const 3))))
          (func $float (param i32) (result i32)
            (local f64)
            (local.set 1 (f64.div (f64.convert_i32_u (local.get 0)) (f64.const 3.7)))
            (i32.trunc_sat_f64_s (f64.max (f64.nearest (f64.mul (local.get 1) (f64.const -2.5))) (f64.floor (local.get 1)))))
          (func $vector (param i32) (result i32)
            (local v128)
            (local.set 1 (i32x4.mul (i32x4.splat (local.get 0)) (v128.const i32x4 1 2 3 4)))
            (i32.add (i32x4.extract_lane 2 (i16x8.sub (local.get 1) (v128.const i32x4 9 8 7 6))) (i8x16.extract_lane_s 5 (i8x16.min_u (local.get 1) (v128.load (i32.const 0))))))
          (func (export "run") (param i32) (result i32)
            (local $i i32) (local $h i32)
            (local.set $h (i32.const 1))
            (loop $again
              (i32.store (i32.and (i32.mul (local.get $i) (i32.const 12)) (i32.const 0xFFC)) (local.get $h))
              (i32.store8 offset=5000 (local.get $i) (i32.load16_s (i32.and (local.get $h) (i32.const 0xFFF))))
              (local.set $h (call_indirect (type $binary) (local.get $h) (local.get $i) (i32.rem_u (local.get $i) (i32.const 2))))
              (if (i32.gt_s (local.get $h) (i32.const 0))
                (then (local.set $h (i32.add (local.get $h) (call $float (local.get $i)))))
                (else (local.set $h (i32.or (call $vector (local.get $h)) (i32.const 1)))))
              (global.set $sum (i64.add (global.get $sum) (i64.extend_i32_s (local.get $h))))
              (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get 0))))
            (i32.xor (local.get $h) (i32.const 5))))
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private const int MostOfAPlace = 10;

    // All instructions at one price, so that any may stand for another, and whatever runs on and on ends.
    private static readonly Profile Flat = new("flat", Profiles.Bare.Features, Profiles.Bare.Limits, FlatSchedule());

    private static Schedule FlatSchedule()
    {
        using StreamReader reader = new(typeof(ScheduleReader).Assembly.GetManifestResourceStream("ContractVm.Gas.Schedules.unmetered.gas")!, Encoding.UTF8);
        string prices = reader.ReadToEnd().Replace("schedule unmetered", "schedule flat", StringComparison.Ordinal).Replace("op * 0", "op * 1000", StringComparison.Ordinal);
        return ScheduleReader.Parse("flat", prices, OpcodeTable.Catalog);
    }

    private static Module Load(byte[] bytes) => Module.TryLoad(bytes, Flat, out Module module, out ModuleError error) ? module : throw new InvalidOperationException(error.ToString());

    private static byte[] Bytes(string text = Source) =>
        TextFormat.TryRead(Encoding.UTF8.GetBytes(text), new TextOptions(), out TextModule? module, out TextError? error) ? module.Bytes.ToArray() : throw new InvalidOperationException(error.ToString());

    /// <summary>The opcode's bytes in the binary format.</summary>
    private static byte[] Encode(int id)
    {
        if (id < 0x100) return [(byte)id];
        (byte prefix, int number) = id >= 0x200 ? ((byte)0xFD, id - 0x200) : ((byte)0xFC, id - 0x140);
        return number < 0x80 ? [prefix, (byte)number] : [prefix, (byte)(number | 0x80), (byte)(number >> 7)];
    }

    /// <summary>Every instruction with others that may stand there, as the bytes of the whole module.</summary>
    private static IEnumerable<(int Offset, OpcodeInfo From, OpcodeInfo To, byte[] Bytes)> Mutants(byte[] bytes)
    {
        Module module = Load(bytes);
        for (int function = 0; function < module.Bodies.Count; function++)
        {
            foreach (int offset in module.InstructionOffsets(function))
            {
                OpcodeInfo from = module.InstructionAt(offset)!;
                if (from.IsContextual) continue;
                int left = MostOfAPlace;
                // Neighbours first: they are most alike.
                foreach (OpcodeInfo to in OpcodeTable.All.OrderBy(to => Math.Abs((int)to.Opcode - (int)from.Opcode)).TakeWhile(_ => left > 0))
                {
                    bool isAlike = to != from && !to.IsContextual && (to.Operands, to.Results, to.Immediates, to.Lanes, to.NaturalAlignment) == (from.Operands, from.Results, from.Immediates, from.Lanes, from.NaturalAlignment);
                    if (!isAlike || Encode((int)to.Opcode).Length != Encode((int)from.Opcode).Length) continue;
                    left--;
                    byte[] changed = [.. bytes];
                    Encode((int)to.Opcode).CopyTo(changed, offset);
                    yield return (offset, from, to, changed);
                }
            }
        }
    }

    private static EngineDifference Search(Invocation right, byte[] wrong) =>
        new(right, range => range.Length == 0 ? right.Of(Load(wrong)) : right.Observed(Load(wrong), range));

    [Fact]
    public void TheInstructionThatIsCompiledWronglyIsNamed()
    {
        if (!Engines.IsCompiledAvailable) return;
        byte[] bytes = Bytes();
        Invocation right = Invocation.Prepare("right", Load(bytes), "run", ["40"]);
        int found = 0, same = 0;
        HashSet<int> places = [];
        foreach ((int offset, OpcodeInfo from, OpcodeInfo to, byte[] wrong) in Mutants(bytes))
        {
            EngineDifference difference = Search(right, wrong);
            if (!difference.TryFind(Ink))
            {
                same++;
                continue;
            }

            Assert.True(difference.First is not null && difference.First.Offset == offset, $"{from.Name} as {to.Name} at {offset}: {difference.First}");
            Assert.Equal(from.Name, difference.First!.Instruction);
            places.Add(offset);
            found++;
        }

        output.WriteLine($"{found} mutants in {places.Count} places found, {same} do the same");
        Assert.True(found > 200 && places.Count > 20, $"{found} in {places.Count}, {same}");
    }

    /// <summary>More instructions than are looked at in one go, and what is wrong is so only far in.</summary>
    [Fact]
    public void WhatGoesWrongLateIsNamed()
    {
        if (!Engines.IsCompiledAvailable) return;
        const string text = """
            (module (memory 1) (func (export "run") (param i32) (result i32) (local i32)
              (loop
                (i32.store (i32.const 64) (i32.shr_s (local.get 1) (i32.const 1)))
                (local.set 1 (i32.add (local.get 1) (i32.const 0x8001)))
                (br_if 0 (i32.gt_s (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 0))))
              (i32.const 7)))
            """;
        byte[] wrong = Bytes(text);
        Module right = Load(Bytes(text));
        int offset = right.InstructionOffsets(0).Single(at => right.InstructionAt(at)!.Name == "i32.shr_s");
        // The same until the number is negative, in the 65533th round; the memory alone shows it.
        wrong[offset] = (byte)Opcode.I32ShrU;
        EngineDifference difference = Search(Invocation.Prepare("late", right, "run", ["70000"]), wrong);
        Assert.True(difference.TryFind(Ink));
        Assert.Equal(("i32.shr_s", offset), (difference.First!.Instruction, difference.First.Offset));
        Assert.Equal("the top of the operand stack", difference.First.What);
        Assert.Equal(("0xc0003fff", "0x40003fff"), (difference.First.Interpreter, difference.First.Compiled));
    }

    /// <summary>A store that writes something else changes no operand; the memory is looked at.</summary>
    [Fact]
    public void AWrongStoreIsNamed()
    {
        if (!Engines.IsCompiledAvailable) return;
        const string text = "(module (memory 1) (func (export \"run\") (i64.store16 (i32.const 3) (i64.const 0x123456)) (i64.store (i32.const 9) (i64.const 1)) (i64.store (i32.const 100) (i64.const 1))))";
        byte[] wrong = Bytes(text);
        Module right = Load(Bytes(text));
        int offset = right.InstructionOffsets(0).Single(at => right.InstructionAt(at)!.Name == "i64.store16");
        wrong[offset] = (byte)Opcode.I64Store32;
        EngineDifference difference = Search(Invocation.Prepare("store", right, "run", []), wrong);
        Assert.True(difference.TryFind(Ink));
        Assert.Equal(("i64.store16", offset, "byte 5 of memory 0", "00", "12"), (difference.First!.Instruction, difference.First.Offset, difference.First.What, difference.First.Interpreter, difference.First.Compiled));
    }

    /// <summary>Where code that is observed is right, or right as long as all of it is observed.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatIsHiddenByLookingIsSaid(bool always)
    {
        if (!Engines.IsCompiledAvailable) return;
        byte[] bytes = Bytes();
        Invocation right = Invocation.Prepare("right", Load(bytes), "run", ["40"]);
        (int offset, _, _, byte[] wrong) = Mutants(bytes).Last(static mutant => mutant.From.Name == "i32.xor");
        EngineDifference difference = new(right, range =>
            range.Length == 0 ? right.Of(Load(wrong)) : right.Observed(Load(always || range.Start == 0 ? bytes : wrong), range));
        Assert.True(difference.TryFind(Ink));
        Assert.Equal("result 0", difference.Seen.Name);
        Assert.Equal("i32.xor", difference.Block.Single(step => step.Offset == offset).Name);
        if (always) Assert.Null(difference.First);
        else Assert.Equal(offset, difference.First!.Offset);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ADifferenceIsAFailureThatSaysWhatDiffers(bool json)
    {
        if (!Engines.IsCompiledAvailable) return;
        Invocation right = Invocation.Prepare("right", Load(Bytes()), "run", ["40"]);
        byte[] wrong = Mutants(Bytes()).Last(static mutant => mutant.From.Name == "i32.xor").Bytes;
        FailureException failure = Assert.Throws<FailureException>(() => DiffCommand.Report("file", Search(right, wrong), right, Ink, json));
        Assert.Equal("file: the engines differ in result 0", failure.Message);
    }

    [Fact]
    public void EnginesThatAgreeAreTheSame()
    {
        string file = _folder.Write("right.wat", Encoding.UTF8.GetBytes(Source));
        JsonElement same = Cvm.Run("diff", file, "--invoke", "run", "500", "--json").Succeeded().Json();
        Assert.True(same.GetProperty("same").GetBoolean());
        Assert.True(same.GetProperty("inkUsed").GetUInt64() > 10_000);
        Assert.Contains("the same", Cvm.Run("diff", file, "--invoke", "run", "500", "--ink", "9999").Succeeded().Output, StringComparison.Ordinal);
    }
}
