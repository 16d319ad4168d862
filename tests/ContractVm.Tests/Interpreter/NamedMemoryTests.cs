using System;
using ContractVm.Fuzz;
using ContractVm.Gas;
using Xunit;

namespace ContractVm.Tests.Interpreter;

/// <summary>
/// The binary format may name the first memory in an access although it need not (flag 0x40 in the alignment): the access is the
/// same, and the bytes after it are read from the right place.
/// </summary>
public class NamedMemoryTests
{
    /// <param name="store">i32.const address, value, store.</param>
    /// <param name="load">i32.const address, load; leaves an i32.</param>
    [Theory]
    // i32.store and i32.load at 16 + 4, memory 0 named.
    [InlineData(new byte[] { 0x41, 16, 0x41, 37, 0x36, 0x42, 0, 4 }, new byte[] { 0x41, 16, 0x28, 0x42, 0, 4 })]
    // v128.store8_lane 3 and i32.load8_u of one byte; the vector's fourth byte is 37.
    [InlineData(
        new byte[] { 0x41, 16, 0xFD, 12, 1, 2, 3, 37, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0xFD, 0x58, 0x40, 0, 4, 3 },
        new byte[] { 0x41, 16, 0x2D, 0x40, 0, 4 })]
    // v128.load8_lane 2 of what i32.store8 wrote, then that lane.
    [InlineData(
        new byte[] { 0x41, 16, 0x41, 37, 0x3A, 0x40, 0, 4 },
        new byte[] { 0x41, 16, 0xFD, 12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0xFD, 0x54, 0x40, 0, 4, 2, 0xFD, 0x16, 2 })]
    // v128.load32_zero, then the first lane.
    [InlineData(new byte[] { 0x41, 16, 0x41, 37, 0x36, 0x42, 0, 4 }, new byte[] { 0x41, 16, 0xFD, 0x5C, 0x42, 0, 4, 0xFD, 0x1B, 0 })]
    public void TheFirstMemoryMayBeNamed(byte[] store, byte[] load)
    {
        ModuleBuilder builder = new();
        int run = builder.Function(builder.Type("", "i"), "", [.. store, .. load]);
        using Instance instance = TestModules.Instantiate(TestModules.Load(builder.Memory(1, 1).Export("run", ExternalKind.Function, run).Build()));
        (ExecutionResult result, ulong[] values, _) = TestModules.Run(instance, "run", 1UL << 40);
        Assert.Equal((Outcome.Success, 37UL), (result.Outcome, values[0]));
        Assert.True(instance.Memory!.TryGetSpan(20, 1, out Span<byte> written));
        Assert.Equal(37, written[0]);
    }
}
