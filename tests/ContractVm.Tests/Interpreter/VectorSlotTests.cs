using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.Fuzz;
using ContractVm.Gas;
using Xunit;

namespace ContractVm.Tests.Interpreter;

/// <summary>A v128 in two slots, wherever values go: parameters, results, locals, operands, globals, host calls and traps.</summary>
public class VectorSlotTests
{
    private const ulong Plenty = 1UL << 60;
    private const ulong P = 0x0123_4567_89AB_CDEF, Q = 0xFEDC_BA98_7654_3210, R = 0x1111_2222_3333_4444, S = 0x5555_6666_7777_8888;
    private static readonly byte[] Subtract = ModuleBuilder.Vector(Opcode.I64x2Sub);

    [Theory]
    // Parameters and results mix widths and change places.
    [InlineData("vivl", "lviv", "", "20 03 20 02 20 01 20 00", new ulong[] { P, Q, 7, R, S, 9 }, new ulong[] { 9, R, S, 7, P, Q })]
    // A local's operand keeps its value when the local is set: (x, then x := y) gives the old x.
    [InlineData("vv", "vv", "", "20 00 20 01 21 00 20 00", new ulong[] { P, Q, R, S }, new ulong[] { P, Q, R, S })]
    [InlineData("vv", "vv", "", "20 00 20 01 22 00", new ulong[] { P, Q, R, S }, new ulong[] { P, Q, R, S })]
    // Locals start as zero, both halves, also where the one before was written.
    [InlineData("v", "vvi", "ivi", "20 00 21 02 20 02 41 05 21 01 20 01 21 03 23 00 20 03", new ulong[] { P, Q }, new ulong[] { P, Q, 1, 2, 5 })]
    // drop takes both slots.
    [InlineData("v", "li", "", "42 01 20 00 1A 41 02", new ulong[] { P, Q }, new ulong[] { 1, 2 })]
    // select, with and without a type.
    [InlineData("vvi", "v", "", "20 00 20 01 20 02 1B", new ulong[] { P, Q, R, S, 1 }, new ulong[] { P, Q })]
    [InlineData("vvi", "v", "", "20 00 20 01 20 02 1C 01 7B", new ulong[] { P, Q, R, S, 0 }, new ulong[] { R, S })]
    // A block's result beneath which a scalar is dropped moves down by one slot, onto itself.
    [InlineData("v", "iv", "", "41 03 02 7B 41 04 20 00 0C 00 0B", new ulong[] { P, Q }, new ulong[] { 3, P, Q })]
    // The same by br_if, taken and not.
    [InlineData("vi", "v", "", "02 7B 41 04 20 00 20 01 0D 00 1A 1A 20 00 20 00 FD D1 01 0B", new ulong[] { P, Q, 1 }, new ulong[] { P, Q })]
    [InlineData("vi", "v", "", "02 7B 41 04 20 00 20 01 0D 00 1A 1A 20 00 20 00 FD D1 01 0B", new ulong[] { P, Q, 0 }, new ulong[] { 0, 0 })]
    // The same by br_table, inner and outer label.
    [InlineData("vi", "v", "", "02 7B 41 01 02 7B 41 04 20 00 20 01 0E 01 00 01 0B 0C 01 0B", new ulong[] { P, Q, 0 }, new ulong[] { P, Q })]
    [InlineData("vi", "v", "", "02 7B 41 01 02 7B 41 04 20 00 20 01 0E 01 00 01 0B 0C 01 0B", new ulong[] { P, Q, 5 }, new ulong[] { P, Q })]
    // if with a result in both arms.
    [InlineData("vvi", "v", "", "20 02 04 7B 20 00 05 20 01 0B", new ulong[] { P, Q, R, S, 1 }, new ulong[] { P, Q })]
    [InlineData("vvi", "v", "", "20 02 04 7B 20 00 05 20 01 0B", new ulong[] { P, Q, R, S, 0 }, new ulong[] { R, S })]
    // return from the middle, with operands below.
    [InlineData("v", "v", "", "41 01 41 02 20 00 0F", new ulong[] { P, Q }, new ulong[] { P, Q })]
    // A global's two halves.
    [InlineData("v", "vv", "", "23 00 20 00 24 00 23 00", new ulong[] { P, Q }, new ulong[] { 1, 2, P, Q })]
    // The scalar globals around it.
    [InlineData("v", "il", "", "20 00 24 00 23 01 23 02", new ulong[] { P, Q }, new ulong[] { 77, 88 })]
    public void VectorsGoWhereTheirTypesSay(string parameters, string results, string locals, string code, ulong[] arguments, ulong[] expected)
    {
        ModuleBuilder builder = new();
        int run = builder.Function(builder.Type(parameters, results), locals, Convert.FromHexString(code.Replace(" ", "", StringComparison.Ordinal)));
        builder.VectorGlobal(true, 1, 2).Global('i', true, 77).Global('l', false, 88).Export("run", ExternalKind.Function, run);
        using Instance instance = TestModules.Instantiate(TestModules.Load(builder.Build()));
        (ExecutionResult result, ulong[] values, _) = TestModules.Run(instance, "run", Plenty, arguments);
        Assert.Equal(Outcome.Success, result.Outcome);
        Assert.Equal(expected, values);
    }

    [Fact]
    public void GlobalsHaveSlots()
    {
        ModuleBuilder builder = new();
        builder.Global('i', true, 3).VectorGlobal(true, P, Q).VectorGlobal(false, R, S).Global('l', true, 4);
        using Instance instance = TestModules.Instantiate(TestModules.Load(builder.Build()));
        Assert.Equal([3, P, Q, R, S, 4], instance.Globals.ToArray());
        Assert.Equal([0, 1, 3, 5], Enumerable.Range(0, 4).Select(instance.GlobalSlot));
    }

    [Fact]
    public void CallsPassVectorsDirectlyIndirectlyAndToTheHost()
    {
        ModuleBuilder builder = new();
        int type = builder.Type("vlvi", "iv");
        int import = builder.ImportFunction("env", "mix", type);
        // The same function here: (a, n, b, k) gives (k, a - b).
        int local = builder.Function(type, "v", [0x20, 3, 0x20, 0, 0x20, 2, .. Subtract]);
        byte[] arguments = [0x20, 0, 0x42, 9, 0x20, 1, 0x41, 5];
        int caller = builder.Type("vv", "iv");
        builder.Table(2).Elements(0, import, local).Export("direct", ExternalKind.Function, builder.Function(caller, "", [.. arguments, 0x10, (byte)local]));
        builder.Export("host", ExternalKind.Function, builder.Function(caller, "", [.. arguments, 0x10, (byte)import]));
        builder.Export("hostIndirect", ExternalKind.Function, builder.Function(caller, "", [.. arguments, 0x41, 0, 0x11, (byte)type, 0]));
        builder.Export("indirect", ExternalKind.Function, builder.Function(caller, "", [.. arguments, 0x41, 1, 0x11, (byte)type, 0]));
        builder.Export("import", ExternalKind.Function, import);
        Module module = TestModules.Load(builder.Build());
        HostFunction host = new("env", "mix", module.TypeOfFunction(import), static (_, slots) =>
        {
            Assert.Equal(6, slots.Length);
            Assert.Equal(9UL, slots[2]);
            ulong[] given = slots.ToArray();
            (slots[0], slots[1], slots[2]) = (given[5], given[0] - given[3], given[1] - given[4]);
            return HostStatus.Continue;
        });
        using Instance instance = TestModules.Instantiate(module, host);
        foreach (string name in new[] { "direct", "indirect", "host", "hostIndirect" })
            Assert.Equal([5, unchecked(P - R), unchecked(Q - S)], TestModules.Run(instance, name, Plenty, P, Q, R, S).Values);
        Assert.Equal([5, unchecked(P - R), unchecked(Q - S)], TestModules.Run(instance, "import", Plenty, P, Q, 9, R, S, 5).Values);
        Meter meter = new(Plenty, 1000);
        Assert.Throws<ArgumentException>(() => instance.Invoke(local, new ulong[4], new ulong[3], meter));
        Assert.Throws<ArgumentException>(() => instance.Invoke(local, new ulong[6], new ulong[2], meter));
    }

    [Fact]
    public void EveryAccessEndsWithTheMemory()
    {
        foreach (OpcodeInfo info in OpcodeTable.All.Where(static info => info.Feature == Features.Simd && info.Operands.StartsWith('m')))
        {
            // The natural alignment of these accesses is their size.
            uint size = 1u << info.NaturalAlignment;
            foreach (uint offset in new uint[] { 0, 1, 15, 65535, uint.MaxValue })
            {
                ModuleBuilder builder = new();
                bool isStore = info.Results.Length == 0;
                byte lane = (byte)Math.Max(info.Lanes - 1, 0);
                byte[] code =
                [
                    0x20, 0, .. (info.Operands.Length > 1 ? (byte[])[0x20, 1] : []),
                    .. ModuleBuilder.Vector(info.Opcode, [0, .. ModuleBuilder.Unsigned(offset), .. (info.Lanes > 0 ? (byte[])[lane] : [])]),
                    .. (isStore ? (byte[])[] : [0x1A]),
                ];
                int run = builder.Function(builder.Type("iv", ""), "", code);
                builder.Memory(1).Export("run", ExternalKind.Function, run);
                using Instance instance = TestModules.Instantiate(TestModules.Load(builder.Build()));
                foreach (uint end in new uint[] { 65534, 65535, 65536, 65537, 65536 + size, 0, uint.MaxValue })
                {
                    uint address = unchecked(end - size - offset);
                    bool fits = (ulong)address + offset + size <= 65536;
                    ExecutionResult result = TestModules.Run(instance, "run", Plenty, address, ulong.MaxValue, ulong.MaxValue).Result;
                    Assert.True(result.Trap == (fits ? TrapKind.None : TrapKind.MemoryOutOfBounds), $"{info.Name} at {address} + {offset}: {result}");
                    if (!fits) Assert.Equal((run, 2 * info.Operands.Length), (result.TrapFunction, result.TrapOffset - instance.Module.Bodies[0].Instructions.Start));
                    Assert.True(instance.Memory!.TryGetSpan(0, 65536, out Span<byte> memory));
                    Assert.Equal(fits && isStore ? (int)size : 0, memory.Length - memory.Count((byte)0));
                    memory.Clear();
                }
            }
        }
    }

    [Fact]
    public void AVectorTakesTwoWordsOfTheStack()
    {
        // run() = run(), with two vector locals and an operand of two words; the depth is kept in a global.
        ModuleBuilder builder = new();
        int type = builder.Type("", "");
        int run = builder.Function(type, "vv", [0x23, 0, 0x41, 1, 0x6A, 0x24, 0, 0x20, 0, 0x1A, 0x10, 0]);
        builder.Global('i', true, 0).Export("run", ExternalKind.Function, run);
        Module module = TestModules.Load(builder.Build());
        using Instance instance = TestModules.Instantiate(module);
        Assert.Equal(Outcome.OutOfStack, TestModules.Run(instance, "run", Plenty).Result.Outcome);
        Assert.Equal(module.Profile.Schedule.StackWords / (4 + 2 + module.Profile.Schedule.FrameWords), instance.Globals[0]);
    }

    [Fact]
    public void NothingIsAllocatedWhileVectorsRun()
    {
        ModuleBuilder builder = new();
        byte[] add = ModuleBuilder.Vector(Opcode.F32x4Add), load = ModuleBuilder.Vector(Opcode.V128Load, 0, 0), store = ModuleBuilder.Vector(Opcode.V128Store, 0, 16);
        int helper = builder.Function(builder.Type("v", "v"), "", [0x20, 0, 0x20, 0, .. add]);
        List<byte> code = [0x03, 0x40, 0x41, 0, 0x41, 0, .. load, 0x10, (byte)helper, .. store, 0x20, 0, 0x41, 1, 0x6B, 0x22, 0, 0x0D, 0, 0x0B];
        int run = builder.Function(builder.Type("i", ""), "", [.. code]);
        builder.Memory(1).Export("run", ExternalKind.Function, run);
        using Instance instance = TestModules.Instantiate(TestModules.Load(builder.Build()));
        Meter meter = new(ulong.MaxValue, instance.Module.Profile.Schedule.StackWords);
        ulong[] arguments = [20_000];
        instance.Invoke(run, arguments, [], meter);
        long before = GC.GetAllocatedBytesForCurrentThread();
        instance.Invoke(run, arguments, [], meter);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
