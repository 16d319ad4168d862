using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.Tests;

/// <summary>What each profile accepts, feature by feature and rule by rule.</summary>
public class ProfilesTests
{
    /// <summary>For each feature the smallest module that needs it.</summary>
    private static readonly Dictionary<Features, string> Users = new()
    {
        [Features.Core] = "(func (param i32) (result i32) (local.get 0))",
        [Features.MutableGlobals] = "(global (export \"g\") (mut i32) (i32.const 0))",
        [Features.SignExtension] = "(func (drop (i32.extend8_s (i32.const 0))))",
        [Features.SaturatingConversions] = "(func (drop (i32.trunc_sat_f32_s (f32.const 0))))",
        [Features.MultiValue] = "(type (func (result i32 i32)))",
        [Features.BulkMemory] = "(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0)))",
        [Features.ReferenceTypes] = "(table 0 externref)",
        [Features.Simd] = "(func (param v128))",
        [Features.RelaxedSimd] = "(func (param v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 0))))",
        [Features.TailCalls] = "(func (return_call 0))",
        [Features.ExtendedConst] = "(global i32 (i32.add (i32.const 1) (i32.const 2)))",
        [Features.MultiMemory] = "(memory 0) (memory 0)",
        [Features.Memory64] = "(memory i64 0)",
        [Features.TypedReferences] = "(type $t (func)) (func (param (ref $t)))",
        [Features.Gc] = "(type (struct))",
        [Features.Exceptions] = "(tag)",
        [Features.Threads] = "(memory 1) (func (drop (i32.atomic.load (i32.const 0))))",
        [Features.PassiveSegments] = "(data \"\")",
        [Features.Floats] = "(func (param f32))",
        [Features.FloatArithmetic] = "(func (param f32) (drop (f32.neg (local.get 0))))",
        [Features.AtomicWait] = "(memory 1) (func (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0))))",
        [Features.StartFunction] = "(func) (start 0)",
        [Features.SharedMemory] = "(memory 1 1 shared)",
        [Features.NonFunctionImports] = "(import \"a\" \"b\" (memory 0))",
    };

    /// <summary>What each contract profile refuses.</summary>
    private static readonly Dictionary<string, Features> Refused = new(StringComparer.Ordinal)
    {
        ["contractvm-v1"] = Features.StartFunction | Features.SharedMemory | Features.NonFunctionImports | Features.AtomicWait,
        ["contractvm-v1-nofloat"] = Features.StartFunction | Features.SharedMemory | Features.NonFunctionImports | Features.AtomicWait | Features.Floats | Features.FloatArithmetic,
        ["stylus-v2"] = Features.StartFunction | Features.SharedMemory | Features.NonFunctionImports | Features.AtomicWait | Features.FloatArithmetic | Features.ReferenceTypes | Features.Simd
            | Features.RelaxedSimd | Features.TailCalls | Features.ExtendedConst | Features.MultiMemory | Features.Memory64 | Features.TypedReferences | Features.Gc | Features.Exceptions
            | Features.Threads | Features.PassiveSegments,
        ["wasm-3.0"] = Features.None,
    };

    private static Features[] Single => Enum.GetValues<Features>().Where(static feature => feature != Features.None).ToArray();

    public static TheoryData<string, Features> Cases()
    {
        TheoryData<string, Features> cases = [];
        foreach (Profile profile in Profiles.All)
            foreach (Features feature in Single) cases.Add(profile.Name, feature);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AFeatureIsAcceptedOrRefusedByName(string name, Features feature)
    {
        Profile profile = Profiles.Find(name)!;
        byte[] module = LimitsTests.Wat(Users[feature]);
        Assert.True(TestModules.Load(module).UsedFeatures.HasFlag(feature), $"the module for {feature} does not use it");
        // What a module needs besides (vectors for relaxed vectors) may be refused too; then that is one more reason.
        Features used = TestModules.Load(module).UsedFeatures;
        ModuleExamination examination = Module.Examine(module, profile);
        Assert.Equal((used & Refused[name]) == 0, examination.IsAccepted);
        Assert.Equal(used, examination.Module.UsedFeatures);
        Assert.Equal(Single.Where(each => used.HasFlag(each) && Refused[name].HasFlag(each)).Order(), examination.Reasons.Select(static reason => reason.Error.Feature).Where(static refused => refused != Features.None).Order());
        foreach (ModuleReason reason in examination.Reasons)
        {
            // Two memories are also more than Stylus allows, and a sum is no single constant.
            if (reason.Error.Feature == Features.None) continue;
            Assert.Equal((ModuleErrorCode.FeatureNotAccepted, ModuleErrorKind.Unsupported), (reason.Error.Code, reason.Error.Kind));
            Assert.Contains(reason.Error.Feature.ToString(), reason.Error.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void EveryFeatureHasAModuleAndEveryProfileIsTested()
    {
        Assert.Equal(Single.Order(), Users.Keys.Order());
        Assert.Equal(Profiles.All.Select(static profile => profile.Name).Order(), Refused.Keys.Order());
    }

    [Theory]
    [InlineData("the import 'stylus_x' starts with the reserved word", "(import \"a\" \"stylus_x\" (func))", "(import \"stylus\" \"x_stylus\" (func))")]
    [InlineData("the export 'stylusfunc' starts with the reserved word", "(func (export \"stylusfunc\"))", "(func (export \"a_stylus\"))")]
    [InlineData("imported with two types", "(import \"a\" \"b\" (func)) (import \"a\" \"b\" (func (param i32)))", "(import \"a\" \"b\" (func)) (import \"a\" \"b\" (func)) (import \"c\" \"b\" (func (param i32)))")]
    [InlineData("has the name of an import", "(import \"a\" \"b\" (func)) (func (export \"b\"))", "(import \"a\" \"b\" (func)) (func (export \"c\"))")]
    [InlineData("has the name of an import", "(import \"a\" \"x__b\" (func)) (func (export \"y__z__b\"))", "(import \"a\" \"x__b\" (func)) (func (export \"x__c\"))")]
    [InlineData("a global's initial value is not a single constant", "(global i32 (i32.const 1)) (global i32 (global.get 0))", "(global i32 (i32.const 1)) (global i64 (i64.const 2)) (global f32 (f32.const 0))")]
    [InlineData("an element segment does not fit its table", "(func) (table 1 funcref) (elem (i32.const 1) func 0)", "(func) (table 1 funcref) (elem (i32.const 0) func 0) (elem (i32.const 1) func)")]
    [InlineData("an element segment does not fit its table", "(func) (table 1 funcref) (elem (i32.const -1) func 0)", "(func) (table 2 funcref) (elem (i32.const 1) func 0)")]
    [InlineData("a data segment does not fit its memory", "(memory 1) (data (i32.const 65535) \"ab\")", "(memory 1) (data (i32.const 65535) \"a\") (data (i32.const 65536) \"\")")]
    [InlineData("a data segment does not fit its memory", "(memory 0) (data (i32.const -1) \"\")", "(memory 0) (data (i32.const 0) \"\")")]
    public void ARuleOfStylusIsBrokenOrKept(string detail, string broken, string kept)
    {
        TestModules.Load(LimitsTests.Wat(kept), Profiles.StylusV2);
        byte[] module = LimitsTests.Wat(broken);
        ModuleReason[] rules = Module.Examine(module, Profiles.StylusV2).Reasons.Where(static reason => reason.Error.Code == ModuleErrorCode.RuleBroken).ToArray();
        ModuleError rule = Assert.Single(rules).Error;
        Assert.Contains(detail, rule.Detail, StringComparison.Ordinal);
        ModuleSection section = ModuleSections.List(module, out _).Single(item => item.Name == rule.Section);
        Assert.InRange(rule.Offset, section.Content.Start, section.Content.End);
        TestModules.Load(module);
    }

    [Fact]
    public void StylusReadsTheNameSection()
    {
        byte[] wrong = LimitsTests.Wat("(@custom \"name\" \"\\01\\05\")"), right = LimitsTests.Wat("(@custom \"name\" \"\\01\\04\\01\\00\\01x\")");
        TestModules.Load(right, Profiles.StylusV2);
        TestModules.Load(wrong, Profiles.ContractVmV1);
        Assert.Contains("the name section cannot be read", TestModules.Refused(wrong, Profiles.StylusV2).Detail, StringComparison.Ordinal);
        // A second one that can be read does not make up for it.
        Assert.Equal(ModuleErrorCode.RuleBroken, TestModules.Refused([.. wrong, .. right[8..]], Profiles.StylusV2).Code);
    }

    /// <summary>The tables of docs/PROFILES.md are the profiles.</summary>
    [Fact]
    public void ThePageOnProfilesIsTrue()
    {
        string page = File.ReadAllText(Path.Combine(TestData.ProjectRoot, "docs", "PROFILES.md"));
        StringBuilder features = new($"| feature | {string.Join(" | ", Profiles.All.Select(static profile => profile.Name))} |\n|---|{string.Concat(Enumerable.Repeat("---|", Profiles.All.Count))}\n");
        foreach (Features feature in Single) features.Append($"| {feature} | {string.Join(" | ", Profiles.All.Select(profile => profile.Features.HasFlag(feature) ? "yes" : "-"))} |\n");
        Assert.Contains(features.ToString(), page, StringComparison.Ordinal);
        StringBuilder limits = new($"| limit | {string.Join(" | ", Profiles.All.Select(static profile => profile.Name))} |\n|---|{string.Concat(Enumerable.Repeat("---|", Profiles.All.Count))}\n");
        foreach ((Limit limit, string name, _, _) in ModuleLimits.Rows)
            limits.Append($"| {name} | {string.Join(" | ", Profiles.All.Select(profile => Number(profile.Limits[limit])))} |\n");
        Assert.Contains(limits.ToString(), page, StringComparison.Ordinal);
    }

    private static string Number(ulong value) => value == ulong.MaxValue ? "2^64-1" : ulong.IsPow2(value) && value > uint.MaxValue ? $"2^{ulong.Log2(value)}" : value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
