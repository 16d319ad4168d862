using System;
using System.Linq;
using ContractVm.Compiler.X64;
using ContractVm.Native;
using ContractVm.Tests.Interpreter;
using Iced.Intel;
using Xunit;
using static Iced.Intel.AssemblerRegisters;
using CodeWriter = ContractVm.Native.CodeWriter;
using Register = ContractVm.Compiler.X64.Register;

namespace ContractVm.Tests.Native;

/// <summary>Values get through entry and host thunks as they are, whatever the signature.</summary>
[Collection(nameof(NativeCollection))]
public class ThunkTests
{
    private static readonly string[] Names = ["i32", "i64", "f32", "f64", "v128", "externref"];
    private const string Letters = "ilfdve";

    [Fact]
    public void ValuesOfEverySignatureArrive()
    {
        Random random = new(17);
        for (int round = 0; round < 300; round++)
        {
            string parameters = Signature(random, round < 20 ? 60 : 14), results = Signature(random, round < 20 ? 40 : 10);
            RoundTrip(random, parameters, results);
        }

        RoundTrip(random, "", "");
        foreach (char letter in Letters) RoundTrip(random, new string(letter, 1000), new string(letter, 1000));
    }

    private static string Signature(Random random, int most) => new([.. Enumerable.Range(0, random.Next(most + 1)).Select(_ => Letters[random.Next(Letters.Length)])]);

    private static void RoundTrip(Random random, string parameters, string results)
    {
        string type = $"(param {Words(parameters)}) (result {Words(results)})";
        // The function hands its arguments on as they are: the import's code finds everything in its place.
        CompiledModule compiled = HandMade.Load(
            $"(module (import \"host\" \"f\" (func {type})) (func (export \"run\") {type} unreachable))",
            made =>
            {
                made.Code.mov(r11, __qword_ptr[r15 + ContextLayout.Imports]);
                made.Code.jmp(__qword_ptr[r11]);
            });
        ulong[] arguments = Slots(random, parameters), given = Slots(random, results);
        ulong[]? seen = null;
        ulong words = 0;
        Instance instance = HandMade.Instantiate(compiled, HandMade.Host(parameters, results, (call, slots) =>
        {
            seen = slots[..arguments.Length].ToArray();
            words = call.Meter.StackWordsLeft;
            given.CopyTo(slots);
            return HostStatus.Continue;
        }));
        (ExecutionResult result, ulong[] values, _) = HandMade.Run(instance, "run", arguments);
        Assert.Equal(ExecutionResult.Success, result);
        Assert.Equal(Narrow(parameters, arguments), seen);
        Assert.Equal(Narrow(results, given), values);
        Assert.Equal(Profiles.Bare.Schedule.StackWords, words);
        instance.Store.Dispose();
        compiled.Dispose();
    }

    private static string Words(string letters) => string.Join(' ', letters.Select(l => Names[Letters.IndexOf(l, StringComparison.Ordinal)]));

    private static ulong[] Slots(Random random, string letters)
    {
        ulong[] slots = new ulong[ValueSlots.Count(HandMade.Types(letters))];
        for (int i = 0; i < slots.Length; i++) slots[i] = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
        return slots;
    }

    private static ulong[] Narrow(string letters, ulong[] slots)
    {
        ulong[] narrowed = [.. slots];
        ValueSlots.Narrow(HandMade.Types(letters), narrowed);
        return narrowed;
    }

    [Fact]
    public void FixedCodeDecodes()
    {
        Decode(Stubs.Code.ToArray());
        Decode(FaultHandler.Write(unchecked((nint)0x1234_5678_9ABC), unchecked((nint)0x1111_2222_3333)));
        FunctionType type = new(HandMade.Types("ilfdveilfdveilfdveilfdvellllllllff"), HandMade.Types("ilfdveilfdveilfdvevvvv"));
        Decode(Thunks.WriteEntry(type));
        Decode(Thunks.WriteHost(5, type));
    }

    /// <summary>Emitted code goes on with the canonical NaNs in their registers: they are set between each call into .NET and the way back, and before an entry.</summary>
    [Fact]
    public void FixedCodeSetsTheNaNsAgain()
    {
        if (!CpuFeatures.OfThisMachine.Avx512) return;
        string[] lines = Decode(Stubs.Code.ToArray());
        int calls = 0;
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("call ", StringComparison.Ordinal)) continue;
            calls++;
            // Backwards to the last return, or forward to the next way into emitted code.
            int step = lines[i] == "call rsi" ? -1 : 1, at = i + step;
            while (at >= 0 && lines[at] is not ("ret" or "jmp r11")) at += step;
            string[] between = lines[Math.Min(i, at + 1)..Math.Max(i, at)];
            Assert.Contains($"vmovups xmm30,[r15+0{ContextLayout.SingleNaNs:X}h]", between);
            Assert.Contains($"vmovups xmm31,[r15+0{ContextLayout.DoubleNaNs:X}h]", between);
        }

        Assert.Equal(4, calls);
    }

    [Fact]
    public void TheWriterMeansWhatItSays()
    {
        CodeWriter writer = new();
        foreach (Register register in (Register[])[Register.Rax, Register.Rsp, Register.Rbp, Register.R11, Register.R12, Register.R13])
        {
            writer.Load64(Register.R9, register, 0x1234);
            writer.Store32(register, -8, Register.Rdx);
            writer.PopMemory(register, 16);
            writer.LoadVector(Register.Xmm9, register, 32);
            writer.StoreFloat64(register, 8, Register.Xmm15);
            writer.LoadUpperVector(19, register, 0x120);
            writer.LoadUpperVector(31, register, 0x121);
            writer.LoadFloat32(Register.Xmm3, register, 4);
            writer.MoveBits32(register, Register.Xmm12);
            writer.SubtractConstant(register, 0x100);
            writer.CallRegister(register);
            string name = register.ToString().ToLowerInvariant();
            string name32 = register >= Register.R8 ? name + "d" : "e" + name[1..];
            string[] expected =
            [
                $"mov r9,[{name}+1234h]", $"mov [{name}-8],edx", $"pop qword ptr [{name}+10h]", $"movups xmm9,[{name}+20h]", $"movsd [{name}+8],xmm15",
                $"vmovups xmm19,[{name}+120h]", $"vmovups xmm31,[{name}+121h]",
                $"movss xmm3,[{name}+4]", $"movd {name32},xmm12", $"sub {name},100h", $"call {name}",
            ];
            Assert.Equal(expected, Decode(writer.ToArray())[^expected.Length..]);
        }
    }

    private static string[] Decode(byte[] code)
    {
        Iced.Intel.Decoder decoder = Iced.Intel.Decoder.Create(64, code);
        IntelFormatter formatter = new();
        System.Collections.Generic.List<string> lines = [];
        while (decoder.IP < (ulong)code.Length)
        {
            decoder.Decode(out Instruction instruction);
            Assert.False(instruction.IsInvalid);
            StringOutput output = new();
            formatter.Format(instruction, output);
            lines.Add(output.ToStringAndReset());
        }

        return [.. lines];
    }
}
