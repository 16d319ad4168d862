using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.Compiler;
using ContractVm.Compiler.Lowering;
using ContractVm.Compiler.X64;
using ContractVm.Native;
using ContractVm.Tests.Interpreter;
using Iced.Intel;
using Xunit;

namespace ContractVm.Tests.Compiler;

/// <summary>What instructions small functions become: what is taken into its user, and what must not be.</summary>
public class LoweringTests
{
    [Theory]
    // A load into its only user; with the displacement of the instruction, never of an addition, which wraps.
    [InlineData("(param i32 i32) (result i32)", "(i32.add (local.get 0) (i32.load offset=8 (local.get 1)))", "add eax,[rbx+rcx+8]")]
    [InlineData("(param i32) (result i32)", "(i32.load offset=4 (i32.add (local.get 0) (i32.const 8)))", "add eax,8;mov eax,[rbx+rax+4]")]
    [InlineData("(param i32) (result i32)", "(i32.load offset=0x90000000 (local.get 0))", "mov ecx,90000000h;add rcx,rax;mov eax,[rbx+rcx]")]
    [InlineData("(result i32)", "(i32.load offset=4 (i32.const 8))", "mov eax,[rbx+0Ch]")]
    [InlineData("(param f64 i32) (result f64)", "(f64.sub (local.get 0) (f64.load (local.get 1)))", "vsubsd xmm1,xmm0,[rbx+rax];vrangesd xmm0,xmm31,xmm1,4")]
    [InlineData("(param i32) (result i64)", "(i64.extend_i32_s (i32.load (local.get 0)))", "movsxd rax,[rbx+rax]")]
    // Nothing is exchanged with a store.
    [InlineData("(param i32 i32) (result i32)", "(local i32) (local.set 2 (i32.load (local.get 1))) (i32.store (local.get 1) (i32.const 7)) (i32.add (local.get 0) (local.get 2))", "mov edx,[rbx+rcx];mov dword [rbx+rcx],7;add eax,edx")]
    // Addresses as arithmetic; the upper half of an i32 is zero.
    [InlineData("(param i32 i32) (result i32)", "(i32.add (local.get 0) (i32.shl (local.get 1) (i32.const 2)))", "lea eax,[rax+rcx*4]")]
    [InlineData("(param i32) (result i64)", "(i64.extend_i32_u (i32.add (local.get 0) (i32.const 1)))", "add eax,1;ret")]
    [InlineData("(param i64) (result i32)", "(i32.add (i32.wrap_i64 (local.get 0)) (i32.const 1))", "add eax,1;ret")]
    [InlineData("(param i32) (result i32)", "(i32.mul (local.get 0) (i32.const 9))", "lea eax,[rax+rax*8]")]
    [InlineData("(param i64) (result i64)", "(i64.and (local.get 0) (i64.const 0xFFFFFFFF))", "mov eax,eax;ret")]
    // A comparison with what goes by it.
    [InlineData("(param i32 i32) (result i32)", "(if (i32.eq (i32.load8_u (local.get 0)) (i32.const 10)) (then (return (local.get 1)))) (i32.const 5)", "cmp byte [rbx+rax],0Ah;jne")]
    [InlineData("(param i64 i64) (result i64)", "(select (local.get 0) (local.get 1) (i64.lt_s (local.get 0) (local.get 1)))", "cmp rax,rcx;cmovl rcx,rax")]
    [InlineData("(param i64 i64) (result i32)", "(i32.wrap_i64 (i64.and (i64.shr_u (local.get 0) (local.get 1)) (i64.const 1)))", "shrx")]
    [InlineData("(param i32 i32) (result i32)", "(if (i32.and (i32.shr_u (local.get 0) (local.get 1)) (i32.const 1)) (then (return (local.get 1)))) (i32.const 5)", "bt eax,ecx;jae")]
    [InlineData("(param i64) (result i32)", "(if (i64.ne (i64.and (local.get 0) (i64.const 0x10000000000)) (i64.const 0)) (then (return (i32.const 1)))) (i32.const 5)", "bt rax,28h;jae")]
    [InlineData("(param f32 f32) (result i32)", "(f32.lt (local.get 0) (local.get 1))", "xor eax,eax;vucomiss xmm1,xmm0;seta al")]
    [InlineData("(param i32) (result i32)", "(block (block (br_table 0 0 0 0 1 1 0 (local.get 0))) (return (i32.const 5))) (i32.const 6)", "lea ecx,[rax-4];cmp ecx,1;jbe")]
    // What arithmetic says of its result is not asked again.
    [InlineData("(param i32) (result i32)", "(loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0)", "add eax,0FFFFFFFFh;jne")]
    [InlineData("(param i64) (result i64)", "(i64.rotl (local.get 0) (i64.const 3))", "rol rax,3")]
    [InlineData("(param i64 i64) (result i64)", "(i64.shl (local.get 0) (local.get 1))", "shlx rax,rax,rcx")]
    public void SmallFunctionsBecomeFewInstructions(string signature, string body, string expected)
    {
        string code = string.Join(';', Compile($"(module (memory 1) (func {signature} {body}))"));
        Assert.Contains(expected, code, StringComparison.Ordinal);
    }

    /// <summary>Shifts to both sides are a rotation only where they leave no bit behind and add none; all counts, and all ways to join them.</summary>
    [Theory]
    [InlineData("i32x4", 32)]
    [InlineData("i64x2", 64)]
    public void RotationsOfLanes(string shape, int bits)
    {
        static string Body(string shape, string join, string first, int up, string second, int down) =>
            $"(v128.{join} ({shape}.{first} (local.get $x) (i32.const {up})) ({shape}.{second} (local.get $x) (i32.const {down})))";
        Assert.Contains($"vprol{(bits == 32 ? 'd' : 'q')} xmm0,xmm0,7", string.Join(';', Compile($"(module (func (param $x v128) (result v128) {Body(shape, "or", "shl", 7, "shr_u", bits - 7)}))")), StringComparison.Ordinal);
        Assert.DoesNotContain("vprol", string.Join(';', Compile($"(module (func (param $x v128) (result v128) {Body(shape, "or", "shl", 7, "shr_u", bits - 7)}))", CpuFeatures.All.WithoutAvx512())), StringComparison.Ordinal);
        if (!Stubs.IsAvailable) return;
        ulong[] value = [0x0123_4567_89AB_CDEF, 0xFEDC_BA98_8000_0001];
        List<string> functions = [];
        foreach (int up in Enumerable.Range(-1, bits + 3))
        {
            foreach (int down in (int[])[bits - up, -up, bits - up + 1, 0])
            {
                functions.Add(Body(shape, "or", "shl", up, "shr_u", down));
                functions.Add(Body(shape, "xor", "shr_u", down, "shl", up));
                functions.Add(Body(shape, "or", "shl", up, "shr_s", down));
                functions.Add(Body(shape, "and", "shl", up, "shr_u", down));
            }
        }

        string text = $"(module {string.Concat(functions.Select((body, i) => $"(func (export \"f{i}\") (param $x v128) (result v128) {body})"))})";
        using TextModules interpreted = new(), compiled = new(engine: EngineKind.Compiled);
        Instance expected = interpreted.Add(text), found = compiled.Add(text);
        for (int i = 0; i < functions.Count; i++) Assert.Equal(TextModules.Values(expected, $"f{i}", value), TextModules.Values(found, $"f{i}", value));
    }

    /// <summary>A float constant of a loop is loaded before it, but not where a call would make it be saved and loaded again.</summary>
    [Theory]
    [InlineData("", true)]
    [InlineData("(call $other)", false)]
    public void ConstantsStandBeforeTheirLoop(string call, bool isHoisted)
    {
        List<string> code = Compile($"(module (memory 1) (func (param i32) (loop $next (f64.store (local.get 0) (f64.mul (f64.load (local.get 0)) (f64.const 0.5))) {call} (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 8)))))) (func $other))");
        int product = code.FindIndex(line => line.StartsWith("vmulsd", StringComparison.Ordinal)), made = code.FindIndex(line => line.StartsWith("vmovsd", StringComparison.Ordinal) && line.Contains("[rel", StringComparison.Ordinal));
        Assert.Equal(isHoisted, made >= 0 && made < product);
        Assert.Equal(isHoisted, !code[product].Contains("[rel", StringComparison.Ordinal));
    }

    /// <summary>A br_table goes where it says for every index, whatever runs of one target it has: those become comparisons of a range.</summary>
    [Fact]
    public void TablesOfRunsGoWhereTheySay()
    {
        if (!Stubs.IsAvailable) return;
        Random random = new(5);
        for (int round = 0; round < 150; round++)
        {
            int[] table = new int[random.Next(1, 20)];
            for (int i = 0; i < table.Length; i++) table[i] = i > 0 && random.Next(4) > 0 ? table[i - 1] : random.Next(4);
            string text = $"""
                (module (func (export "run") (param i32) (result i32) (local $seen i32)
                  (loop $again (block $3 (block $2 (block $1 (block $0 (br_table {string.Join(' ', table.Select(static target => $"${target}"))} (local.get 0)))
                    (return (i32.const 10))) (return (i32.const 11))) (return (i32.const 12)))
                    (br_if $again (i32.lt_u (local.tee $seen (i32.add (local.get $seen) (i32.const 1))) (i32.const 3))))
                  (i32.const 13)))
                """;
            using TextModules modules = new(engine: EngineKind.Compiled);
            Instance instance = modules.Add(text);
            foreach (uint index in Enumerable.Range(-3, table.Length + 6).Select(static i => (uint)i))
                Assert.Equal(10UL + (ulong)table[Math.Min(index, (uint)table.Length - 1)], TextModules.Value(instance, "run", index));
        }
    }

    [Theory]
    [InlineData("(i32.div_u (local.get 0) (i32.const 10))")]
    [InlineData("(i32.rem_s (local.get 0) (i32.const -7))")]
    [InlineData("(i32.wrap_i64 (i64.div_s (i64.extend_i32_s (local.get 0)) (i64.const 1000000007)))")]
    public void ConstantsAreNotDividedBy(string body)
    {
        Assert.DoesNotContain(Compile($"(module (func (param i32) (result i32) {body}))"), line => line.StartsWith("div", StringComparison.Ordinal) || line.StartsWith("idiv", StringComparison.Ordinal));
    }

    [Fact]
    public void ANaNThatIsSeenIsMadeCanonicalOutOfTheWay()
    {
        const string Sum = "(module (func (param f64 f64) (result f64) (f64.add (local.get 0) (local.get 1))))";
        Assert.Equal(["vaddsd xmm1,xmm0,xmm1", "vrangesd xmm0,xmm31,xmm1,4", "ret"], Compile(Sum)[..3]);
        List<string> code = Compile(Sum, CpuFeatures.All.WithoutAvx512());
        int compared = code.FindIndex(line => line.StartsWith("vucomisd", StringComparison.Ordinal));
        Assert.StartsWith("jp", code[compared + 1], StringComparison.Ordinal);
        Assert.Equal("ret", code[compared + 2]);
    }

    /// <summary>The instructions of the only function, after its stack words are taken.</summary>
    private static List<string> Compile(string text, CpuFeatures? cpu = null)
    {
        FunctionCompiler compiler = new(new ModuleFacts(TextModules.Load(text), new CompilerOptions(cpu ?? CpuFeatures.All, HasMetering: false)));
        byte[] code = compiler.Compile(0).Code;
        Decoder decoder = Decoder.Create(64, code);
        NasmFormatter formatter = new();
        StringOutput output = new();
        List<string> lines = [];
        while (decoder.IP < (ulong)code.Length)
        {
            formatter.Format(decoder.Decode(), output);
            lines.Add(output.ToStringAndReset());
        }

        return [.. lines.SkipWhile(static line => !line.StartsWith("jb", StringComparison.Ordinal)).Skip(1)];
    }
}
