using System;
using System.Collections.Generic;
using System.Numerics;
using ContractVm.Compiler.Lowering;
using ContractVm.Fuzz;
using Xunit;

namespace ContractVm.Tests.Compiler;

/// <summary>Divisions by constants: the multipliers by the definition of division, the code by running it.</summary>
public class DivisionTests
{
    private static readonly ulong[] Interesting =
    [
        1, 2, 3, 5, 6, 7, 9, 10, 11, 12, 13, 14, 25, 28, 60, 100, 125, 625, 641, 1000, 3600, 10_000, 65_535, 65_536, 65_537, 1_000_000_007, 0x7FFF_FFFF, 0x8000_0000,
        0x8000_0001, 0xFFFF_FFFE, 0xFFFF_FFFF, 0x1_0000_0000, 0x1_0000_0001, 6_700_417, 274_177, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0x8000_0000_0000_0001,
        0xAAAA_AAAA_AAAA_AAAB, 0xFFFF_FFFF_FFFF_FFFE, 0xFFFF_FFFF_FFFF_FFFF,
    ];

    [Fact]
    public void MultipliersGiveTheQuotient()
    {
        Random64 random = new(1);
        for (int round = 0; round < 20_000; round++)
        {
            int width = random.OneIn(2) ? 32 : 64, bits = width - random.Below(3);
            ulong divisor = Cut(Some(random), width);
            if (BitOperations.IsPow2(divisor) || divisor == 0) continue;
            Magic magic = Magic.Unsigned(divisor, width, bits);
            if (!magic.Suffices) continue;
            for (int i = 0; i < 8; i++)
            {
                // Around multiples of the divisor a quotient is wrong first.
                BigInteger largest = (BigInteger.One << bits) - 1, multiple = (i == 0 ? largest : new BigInteger(Cut(Some(random), bits))) / divisor * divisor;
                foreach (BigInteger dividend in (BigInteger[])[multiple - 1, multiple, multiple + 1, largest])
                    if (dividend >= 0 && dividend <= largest) Assert.Equal(dividend / divisor, dividend * magic.Multiplier >> (width + magic.Shift));
            }
        }
    }

    [Fact]
    public void CodeGivesWhatTheLanguageDoes()
    {
        Random64 random = new(2);
        List<(bool IsWide, int Operation, ulong Divisor)> cases = [];
        List<ulong> divisors = [.. Interesting];
        foreach (ulong divisor in Interesting) divisors.Add(0 - divisor);
        while (divisors.Count < 150) divisors.Add(random.Next() >> random.Below(64));
        foreach (ulong divisor in divisors)
            for (int operation = 0; operation < 4; operation++)
                foreach (bool isWide in (bool[])[false, true])
                    if (Cut(divisor, isWide ? 64 : 32) != 0) cases.Add((isWide, operation, Cut(divisor, isWide ? 64 : 32)));
        ModuleBuilder builder = new();
        for (int i = 0; i < cases.Count; i++)
        {
            (bool isWide, int operation, ulong divisor) = cases[i];
            char type = isWide ? 'l' : 'i';
            byte opcode = (byte)((isWide ? (int)Opcode.I64DivS : (int)Opcode.I32DivS) + operation);
            string name = type.ToString();
            int function = builder.Function(builder.Type(name, name), "", [0x20, 0, .. ModuleBuilder.Constant(type, divisor), opcode]);
            builder.Export($"f{i}", ExternalKind.Function, function);
        }

        Module module = TestModules.Load(builder.Build());
        Assert.True(Engines.TryCompile(module, out string? reason), reason);
        using Store store = new(1 << 20, EngineKind.Compiled);
        Instance.Create(module, static _ => null, null, out Instance? instance, store);
        for (int i = 0; i < cases.Count; i++)
        {
            (bool isWide, int operation, ulong divisor) = cases[i];
            int width = isWide ? 64 : 32;
            for (int k = 0; k < 24; k++)
            {
                ulong dividend = k < 4 ? (ulong)k : k < 8 ? (1UL << (width - 1)) - 2 + (ulong)k - 4 : k < 12 ? 0 - (ulong)(k - 7) : unchecked(Some(random) / divisor * divisor + (ulong)(k % 3) - 1);
                dividend = Cut(dividend, width);
                (ExecutionResult result, ulong[] values, _) = TestModules.Run(instance!, $"f{i}", 1 << 30, dividend);
                bool overflows = operation == 0 && dividend == 1UL << (width - 1) && divisor == Cut(ulong.MaxValue, width);
                Assert.Equal(overflows ? TrapKind.IntegerOverflow : TrapKind.None, result.Trap);
                if (!overflows) Assert.True(values[0] == Divide(operation, dividend, divisor, width), $"operation {operation} of {width} bits, {dividend} by {divisor}: {values[0]}");
            }
        }
    }

    private static ulong Divide(int operation, ulong dividend, ulong divisor, int width)
    {
        BigInteger a = dividend, b = divisor;
        if (operation is 0 or 2)
        {
            if ((dividend >> (width - 1)) != 0) a -= BigInteger.One << width;
            if ((divisor >> (width - 1)) != 0) b -= BigInteger.One << width;
        }

        BigInteger result = operation < 2 ? BigInteger.Divide(a, b) : BigInteger.Remainder(a, b);
        return (ulong)(result & ((BigInteger.One << width) - 1));
    }

    private static ulong Some(Random64 random) => random.OneIn(3) ? Interesting[random.Below(Interesting.Length)] : random.Next() >> random.Below(64);

    private static ulong Cut(ulong value, int bits) => bits == 64 ? value : value & ((1UL << bits) - 1);
}
