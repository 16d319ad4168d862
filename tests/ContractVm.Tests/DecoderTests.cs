using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm.Conformance;
using ContractVm.Fuzz;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Tests;

public class DecoderTests
{
    private static byte[] Token => File.ReadAllBytes(Path.Combine(TestData.ProjectRoot, "contracts", "token", "token.wasm"));

    [Fact]
    public void EveryTruncationOfARealContractIsRefusedAtItsEnd()
    {
        byte[] token = Token;
        TestModules.Load(token, Profiles.ContractVmV1);
        int accepted = 0;
        for (int length = 0; length < token.Length; length++)
        {
            // A cut between two sections can leave a module; any other is refused, at a byte that is there or at the end.
            if (Module.TryLoad(token.AsMemory(0, length), Profiles.ContractVmV1, out _, out ModuleError error)) accepted++;
            else Assert.InRange(error.Offset, 0, length);
        }

        Assert.InRange(accepted, 1, 12);
    }

    [Fact]
    public void TheSameBytesGiveTheSameError()
    {
        Random64 random = new(7);
        byte[] token = Token;
        for (int i = 0; i < 200; i++)
        {
            byte[] mutated = (byte[])token.Clone();
            for (int k = 0; k < 3; k++) mutated[random.Below(mutated.Length)] = (byte)random.Next();
            bool first = Module.TryLoad(mutated, Profiles.ContractVmV1, out _, out ModuleError firstError);
            bool second = Module.TryLoad(mutated, Profiles.ContractVmV1, out _, out ModuleError secondError);
            Assert.Equal(first, second);
            Assert.Equal(firstError, secondError);
        }
    }

    public static TheoryData<string, byte[]> Bombs()
    {
        byte[] header = [0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0];
        byte[] huge = [0xFF, 0xFF, 0xFF, 0xFF, 0x0F];
        return new TheoryData<string, byte[]>
        {
            { "2^32-1 types in ten bytes", [.. header, 1, 5, .. huge] },
            { "2^32-1 parameters", [.. header, 1, 7, 1, 0x60, .. huge] },
            { "2^32-1 functions", [.. header, 1, 4, 1, 0x60, 0, 0, 3, 5, .. huge] },
            { "2^32-1 locals", [.. header, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 11, 1, 9, 1, .. huge, 0x7F, 0x0B, 0x0B] },
            { "2^32-1 elements", [.. header, 1, 4, 1, 0x60, 0, 0, 4, 4, 1, 0x70, 0, 1, 9, 10, 1, 0, 0x41, 0, 0x0B, .. huge] },
            { "2^32-1 br_table targets", [.. header, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 12, 1, 10, 0, 0x41, 0, 0x0E, .. huge, 0x0B] },
            { "a section longer than the module", [.. header, 1, .. huge] },
            { "a table of 2^32-1 elements at least and 0 at most", [.. header, 4, 9, 1, 0x70, 1, .. huge, 0] },
        };
    }

    [Theory]
    [MemberData(nameof(Bombs))]
    public void AnnouncedSizesAreNotBelieved(string what, byte[] bytes)
    {
        Assert.NotEmpty(what);
        long before = GC.GetAllocatedBytesForCurrentThread();
        TestModules.Refused(bytes);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 200_000, $"{allocated} bytes were allocated for {bytes.Length} bytes of input");
    }

    [Fact]
    public void DeepNestingIsLinearAndDoesNotOverflowTheStack()
    {
        const int Depth = 1_000_000;
        byte[] code = new byte[Depth * 3];
        for (int i = 0; i < Depth; i++) (code[2 * i], code[2 * i + 1], code[2 * Depth + i]) = (0x02, 0x40, 0x0B);
        Module module = TestModules.Load(TestModules.OneFunction("", "", "", code));
        using Instance instance = TestModules.Instantiate(module);
        Assert.Equal(Outcome.Success, TestModules.Run(instance, "run", ulong.MaxValue).Result.Outcome);
    }

    [Fact]
    public void ErrorsNameCodeOffsetSectionAndFunction()
    {
        ModuleBuilder builder = new();
        int type = builder.Type("", "i");
        builder.Function(type, "", [0x41, 1]);
        builder.Function(type, "", [0x42, 1]);
        byte[] bytes = builder.Build();
        ModuleError error = TestModules.Refused(bytes);
        Assert.Equal((ModuleErrorCode.TypeMismatch, ModuleErrorKind.Invalid, "code", 1), (error.Code, error.Kind, error.Section, error.Function));
        Assert.Equal(bytes.Length - 1, error.Offset);
        Assert.Contains("invalid module (TypeMismatch) at byte", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ErrorCodesTellTheirKind()
    {
        foreach (ModuleErrorCode code in Enum.GetValues<ModuleErrorCode>())
            Assert.True(Enum.IsDefined(new ModuleError(code, 0, null, -1, "").Kind), $"{code}");
    }

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void TheMemoryLimitHoldsAtItsEdge(int pages, bool isAccepted)
    {
        byte[] bytes = new ModuleBuilder().Memory((uint)pages).Build();
        if (isAccepted) TestModules.Load(bytes, Profiles.ContractVmV1);
        else Assert.Equal(ModuleErrorCode.MemoryLimit, TestModules.Refused(bytes, Profiles.ContractVmV1).Code);
    }

    [Theory]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    public void TheLocalsLimitHoldsAtItsEdge(int locals, bool isAccepted)
    {
        byte[] bytes = TestModules.OneFunction("", "", new string('i', locals));
        if (isAccepted) TestModules.Load(bytes, Profiles.ContractVmV1);
        else Assert.Equal(ModuleErrorCode.LocalsLimit, TestModules.Refused(bytes, Profiles.ContractVmV1).Code);
    }

    [Fact]
    public void ContractsHaveNoStartFunction()
    {
        ModuleBuilder builder = new();
        builder.Start(builder.Function(builder.Type("", ""), "", []));
        Assert.Equal(ModuleErrorCode.FeatureNotAccepted, TestModules.Refused(builder.Build(), Profiles.ContractVmV1).Code);
        TestModules.Load(builder.Build());
    }

    [Fact]
    public void EveryInstructionStandsInTheTableOnce()
    {
        Assert.Equal(566, OpcodeTable.All.Count());
        foreach (OpcodeInfo info in OpcodeTable.All)
        {
            Assert.True(OpcodeTable.TryFind(info.Name, out Opcode found) && found == info.Opcode, info.Name);
            // The identifier is the name in Pascal case: a row that was moved to another opcode shows here.
            string pascal = string.Concat(info.Name.Split('.', '_').Select(static part => char.ToUpperInvariant(part[0]) + part[1..]));
            Assert.Equal(pascal, info.Opcode.ToString());
        }
    }
}
