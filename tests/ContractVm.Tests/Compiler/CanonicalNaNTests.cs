using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ContractVm.Compiler;
using ContractVm.Compiler.X64;
using ContractVm.Interpreter;
using ContractVm.Native;
using ContractVm.Tests.Interpreter;
using Xunit;

namespace ContractVm.Tests.Compiler;

/// <summary>
/// Where bits are seen, every NaN that was computed is the canonical one, with each set of instructions of the machine: signalling ones that a minimum of
/// vectors hands on, and after all that may change the registers that the newest set keeps the canonical ones in.
/// </summary>
public class CanonicalNaNTests
{
    private const ulong Signalling = 0xFFF4_0000_0000_0001, Quiet = 0xFFFC_0000_0000_0001;
    private const ulong SignallingPair = 0xFFA0_0001_7FA0_0002;

    public static TheoryData<string> Targets => new("oldest", "AVX2", "newest");

    private static Instance Compile(string text, string target, Store store, params HostFunction[] imports)
    {
        Module module = TextModules.Load(text);
        CpuFeatures features = target switch { "oldest" => CpuFeatures.Baseline, "AVX2" => CpuFeatures.OfThisMachine.WithoutAvx512(), _ => CpuFeatures.OfThisMachine };
        Assert.True(ModuleCompiler.TryCompile(module, new CompilerOptions(features) { ProvesFunctions = true }, 1, out CompiledCode? code, out string? reason), reason);
        Assert.True(CompiledModule.TryLoad(module, code!, out CompiledModule? loaded) && loaded!.TryAttach());
        ExecutionResult result = Instance.Create(module, import => imports.Single(function => function.Name == import.Name), null, out Instance? instance, store);
        return instance ?? throw new InvalidOperationException($"{result}");
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void MinimaOfSignallingNaNs(string target)
    {
        if (!Stubs.IsAvailable) return;
        const string Text = """
            (module (memory 1)
              (func (export "pair") (param f64 f64) (local v128)
                (local.set 2 (f64x2.min (f64x2.splat (local.get 0)) (f64x2.splat (local.get 1))))
                (v128.store (i32.const 0) (local.get 2))
                (f64.store (i32.const 16) (f64x2.extract_lane 1 (local.get 2)))
                (v128.store (i32.const 32) (f64x2.splat (f64x2.extract_lane 0 (f64x2.max (f64x2.splat (local.get 1)) (f64x2.splat (local.get 0)))))))
              (func (export "four") (param i64 i64) (local v128)
                (local.set 2 (f32x4.max (i64x2.splat (local.get 0)) (i64x2.splat (local.get 1))))
                (v128.store (i32.const 0) (local.get 2))
                (f32.store (i32.const 16) (f32x4.extract_lane 1 (local.get 2)))
                (v128.store (i32.const 32) (f32x4.relaxed_min (i64x2.splat (local.get 1)) (i64x2.splat (local.get 0))))
                (f32.store (i32.const 48) (f32.add (f32x4.extract_lane 0 (local.get 2)) (f32.const 1))))
              (func (export "constant") (param f64)
                (v128.store (i32.const 0) (f64x2.min (f64x2.splat (local.get 0)) (v128.const f64x2 1 1)))))
            """;
        using Store store = new(1 << 20, EngineKind.Compiled);
        using Instance instance = Compile(Text, target, store);
        ulong one = BitConverter.DoubleToUInt64Bits(1);
        foreach ((ulong a, ulong b) in new[] { (Signalling, one), (one, Signalling), (Signalling, Signalling), (Signalling, Quiet), (Quiet, Signalling), (Quiet, one) })
        {
            TextModules.Call(instance, "pair", TextModules.NewMeter(), a, b);
            Assert.Equal(Enumerable.Repeat(FloatMath.CanonicalNaN64, 5), new[] { 0, 8, 16, 32, 40 }.Select(at => Double(instance, at)));
        }

        foreach ((ulong a, ulong b) in new[] { (SignallingPair, 0UL), (0UL, SignallingPair), (SignallingPair, SignallingPair) })
        {
            TextModules.Call(instance, "four", TextModules.NewMeter(), a, b);
            Assert.Equal(Enumerable.Repeat(FloatMath.CanonicalNaN32, 10), new[] { 0, 4, 8, 12, 16, 32, 36, 40, 44, 48 }.Select(at => (uint)Double(instance, at)));
        }

        foreach (ulong a in new[] { Signalling, Quiet })
        {
            TextModules.Call(instance, "constant", TextModules.NewMeter(), a);
            Assert.Equal((FloatMath.CanonicalNaN64, FloatMath.CanonicalNaN64), (Double(instance, 0), Double(instance, 8)));
        }
    }

    /// <summary>NaNs of both widths are computed after each way through other code than ours, all of which is free to change every vector register.</summary>
    [Theory]
    [MemberData(nameof(Targets))]
    public void AfterCallsOfOtherCode(string target)
    {
        if (!Stubs.IsAvailable) return;
        string[] ways =
        [
            "(call $host)", "(call $back)", "(drop (memory.grow (i32.const 1)))", "(memory.copy (i32.const 4096) (i32.const 8192) (local.get $length))",
            "(memory.fill (i32.const 4096) (i32.const 1) (local.get $length))", "(table.fill (i32.const 0) (ref.null func) (i32.const 4))",
            "(block $caught (try_table (catch_all $caught) (call $host) (throw $tag)))", "(block $caught (try_table (catch_all $caught) (call $thrower)))",
        ];
        string Way(string way, int index) => $"""
            (func (export "way{index}") (param $length i32) (param $x f64) (param $y f32)
              {way}
              (f64.store (i32.const 0) (f64.div (local.get $x) (local.get $x)))
              (f32.store (i32.const 8) (f32.div (local.get $y) (local.get $y)))
              (v128.store (i32.const 16) (f64x2.sqrt (f64x2.splat (local.get $x))))
              (v128.store (i32.const 32) (f32x4.sub (f32x4.splat (local.get $y)) (f32x4.splat (local.get $y)))))
            """;
        string text = $"""
            (module (import "host" "host" (func $host)) (import "host" "back" (func $back)) (memory 2) (table 4 funcref) (tag $tag)
              (func $thrower (call $host) (throw $tag))
              (func (export "difference") (param f64) (result f64) (f64.sub (local.get 0) (local.get 0)))
              {string.Join('\n', ways.Select(Way))})
            """;
        FunctionType type = new([], []);
        using Store store = new(1 << 20, EngineKind.Compiled);
        using Instance instance = Compile(text, target, store,
            new HostFunction("host", "host", type, static (_, _) => Churn(HostStatus.Continue)),
            new HostFunction("host", "back", type, static (call, _) =>
            {
                Assert.True(call.Instance.Module.TryGetExport("difference", out Export export));
                ulong[] results = new ulong[1];
                Churn(HostStatus.Continue);
                ExecutionResult result = call.Instance.Invoke(export.Index, [BitConverter.DoubleToUInt64Bits(double.PositiveInfinity)], results, call.Meter);
                return Churn(result.Outcome == Outcome.Success && results[0] == FloatMath.CanonicalNaN64 ? HostStatus.Continue : HostStatus.Fault);
            }));
        ulong infinity = BitConverter.DoubleToUInt64Bits(double.NegativeInfinity), single = BitConverter.SingleToUInt32Bits(float.PositiveInfinity);
        for (int i = 0; i < ways.Length; i++)
        {
            foreach (ulong length in (ulong[])[0, 1, 100, 1000, 100_000])
            {
                Assert.True(instance.Memory!.TryGetSpan(0, 64, out Span<byte> memory));
                memory.Clear();
                Churn(HostStatus.Continue);
                Assert.Equal(ExecutionResult.Success, TextModules.Call(instance, $"way{i}", TextModules.NewMeter(), length, infinity, single).Result);
                List<ulong> seen = [Double(instance, 0), Double(instance, 16), Double(instance, 24), (uint)Double(instance, 8), (uint)Double(instance, 32), (uint)Double(instance, 44)];
                ulong wide = FloatMath.CanonicalNaN64, narrow = FloatMath.CanonicalNaN32;
                Assert.Equal([wide, wide, wide, narrow, narrow, narrow], seen);
            }
        }
    }

    /// <summary>The C library that is here may leave the upper registers alone; others need not.</summary>
    [Fact]
    public void CopiesSetTheRegistersAgain()
    {
        Module module = TextModules.Load("(module (memory 1) (func (param i32) (memory.copy (i32.const 0) (i32.const 1) (local.get 0)) (memory.fill (i32.const 0) (i32.const 1) (local.get 0))))");
        Assert.True(ModuleCompiler.TryCompile(module, new CompilerOptions(CpuFeatures.All), 1, out CompiledCode? code, out string? reason), reason);
        Iced.Intel.Decoder decoder = Iced.Intel.Decoder.Create(64, code!.Code.ToArray());
        int calls = 0;
        while (decoder.IP < (ulong)code.CodeLength)
        {
            decoder.Decode(out Iced.Intel.Instruction instruction);
            if (instruction.Mnemonic != Iced.Intel.Mnemonic.Call || instruction.MemoryDisplacement64 is not (ContextLayout.MoveBytes or ContextLayout.FillBytes)) continue;
            calls++;
            foreach ((Iced.Intel.Register register, int offset) in new[] { (Iced.Intel.Register.XMM30, ContextLayout.SingleNaNs), (Iced.Intel.Register.XMM31, ContextLayout.DoubleNaNs) })
            {
                decoder.Decode(out Iced.Intel.Instruction load);
                Assert.Equal((Iced.Intel.Mnemonic.Vmovups, register, Iced.Intel.Register.R15, (ulong)offset), (load.Mnemonic, load.Op0Register, load.MemoryBase, load.MemoryDisplacement64));
            }
        }

        Assert.Equal(2, calls);
    }

    private static ulong Double(Instance instance, int offset)
    {
        Assert.True(instance.Memory!.TryGetSpan((uint)offset, 8, out Span<byte> bytes));
        return BitConverter.ToUInt64(bytes);
    }

    /// <summary>More vectors alive at once than a machine with sixteen registers has, so that .NET's compiler uses all of those of a machine with more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static HostStatus Churn(HostStatus status)
    {
        Vector128<int> a = Vector128.Create((int)status), b = a + a, c = b + a, d = c + b, e = d ^ c, f = e + d, g = f ^ e, h = g + f, i = h ^ g, j = i + h, k = j ^ i;
        Vector128<int> l = k + j, m = l ^ k, n = m + l, o = n ^ m, p = o + n, q = p ^ o, r = q + p, s = r ^ q, t = s + r, u = t ^ s, v = u + t, w = v ^ u, x = w + v;
        Vector128<int> y = x ^ w, z = y + x, aa = z ^ y, ab = aa + z, ac = ab ^ aa, ad = ac + ab, ae = ad ^ ac, af = ae + ad;
        Vector128<int> sum = Vector128<int>.Zero;
        for (int round = 0; round < 2; round++)
        {
            sum += ((a * b) ^ (c * d)) + ((e * f) ^ (g * h)) + ((i * j) ^ (k * l)) + ((m * n) ^ (o * p)) + ((q * r) ^ (s * t)) + ((u * v) ^ (w * x)) + ((y * z) ^ (aa * ab)) + ((ac * ad) ^ (ae * af));
            (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) = (p, o, n, m, l, k, j, i, h, g, f, e, d, c, b, a);
            (q, r, s, t, u, v, w, x, y, z, aa, ab, ac, ad, ae, af) = (af, ae, ad, ac, ab, aa, z, y, x, w, v, u, t, s, r, q);
        }

        return sum.ToScalar() == 0x1234_5678 ? HostStatus.Fault : status;
    }
}
