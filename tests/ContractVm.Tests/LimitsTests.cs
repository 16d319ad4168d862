using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using ContractVm.Fuzz;
using ContractVm.Text;
using Xunit;

namespace ContractVm.Tests;

/// <summary>Every limit at its edge and one past it, alone: all others are the bare language's.</summary>
public class LimitsTests
{
    /// <summary>
    /// For each limit a module that has exactly so many, and where the error stands when that is one too many: an offset from the start
    /// of a section's content, or from its end where negative.
    /// </summary>
    private static readonly Dictionary<Limit, (Func<int, byte[]> Build, string Section, Func<int, int> Offset)> Builders = new()
    {
        [Limit.ModuleBytes] = (Padded, "custom", static _ => -1),
        [Limit.Types] = (static n => Wat(Many("(type (func))", n)), "type", static _ => -3),
        [Limit.Functions] = (static n => Wat(Many("(func)", n)), "function", static _ => 0),
        [Limit.Imports] = (static n => Wat(Many("(import \"a\" \"b\" (func))", n)), "import", static _ => 0),
        [Limit.Exports] = (static n => Wat("(func) " + Many(static i => $"(export \"e{i}\" (func 0))", n)), "export", static _ => 0),
        [Limit.Globals] = (static n => Wat(Many("(global i32 (i32.const 0))", n)), "global", static _ => 0),
        [Limit.Tables] = (static n => Wat(Many("(table 0 funcref)", n)), "table", static _ => -3),
        [Limit.Memories] = (static n => Wat(Many("(memory 0)", n)), "memory", static _ => -2),
        [Limit.Tags] = (static n => Wat(Many("(tag)", n)), "tag", static _ => -2),
        [Limit.ElementSegments] = (static n => Wat("(table 0 funcref) " + Many("(elem (i32.const 0))", n)), "element", static _ => 0),
        [Limit.SegmentElements] = (static n => Wat($"(func) (elem func {Many("0", n)})"), "element", static _ => 1),
        [Limit.TotalElements] = (static n => Wat($"(func) (table {n} funcref) (elem (i32.const 0) func {Many("0", n - 1)}) (elem (i32.const 0) func 0)"), "element", static _ => -6),
        [Limit.DataSegments] = (static n => Wat("(memory 0) " + Many("(data (i32.const 0))", n)), "data", static _ => 0),
        [Limit.Parameters] = (static n => Wat($"(type (func (param {Many("i32", n)})))"), "type", static _ => 2),
        [Limit.Results] = (static n => Wat($"(type (func (result {Many("i32", n)})))"), "type", static _ => 3),
        [Limit.Fields] = (static n => Wat($"(type (struct (field {Many("i32", n)})))"), "type", static _ => 1),
        [Limit.SubtypingDepth] = (static n => Wat("(type (sub (func)))" + Many(static i => $"(type (sub {i} (func)))", n)), "type", static _ => -6),
        [Limit.Locals] = (static n => Wat($"(func (param i32) (local {Many("i32", n - 1)}))"), "code", static _ => 2),
        [Limit.DeclaredLocals] = (static n => Wat($"(func (param i32) (local {Many("i32", n)}))"), "code", static _ => 2),
        [Limit.BodyBytes] = (static n => Wat($"(func {Many("nop", n - 2)})"), "code", static _ => 1),
        [Limit.Instructions] = (static n => Wat($"(func {Many("nop", n - 1)})"), "code", static n => 2 + SizeOf(n + 1)),
        [Limit.Nesting] = (static n => Wat($"(func {Many("block", n - 1)} {Many("end", n - 1)})"), "code", static n => 2 + SizeOf(3 * n - 1) + 2 * (n - 2)),
        [Limit.Operands] = (static n => Wat($"(func {Many("i32.const 0", n)} {Many("drop", n)})"), "code", static n => 2 + SizeOf(3 * n + 2)),
        [Limit.BranchTargets] = (static n => Wat($"(func i32.const 0 br_table {Many("0", n)} 0)"), "code", static n => 4 + SizeOf(n + 8)),
        [Limit.CatchClauses] = (static n => Wat($"(func try_table {Many("(catch_all 0)", n)} end)"), "code", static n => 2 + SizeOf(2 * n + 8)),
        [Limit.FixedArrayElements] = (static n => Wat($"(type (array i32)) (func {Many("i32.const 0", n)} array.new_fixed 0 {n} drop)"), "code", static n => 2 + SizeOf(2 * n + 8) + 2 * n),
        [Limit.NameBytes] = (static n => Wat($"(func) (export \"{new string('x', n)}\" (func 0))"), "export", static _ => 1),
        [Limit.MemoryPages] = (static n => Wat($"(memory {n})"), "memory", static _ => 1),
        [Limit.TableElements] = (static n => Wat($"(table {n} funcref)"), "table", static _ => 1),
    };

    public static TheoryData<string, Limit> Edges()
    {
        TheoryData<string, Limit> edges = [];
        foreach (Profile profile in Profiles.All)
        {
            // A profile's own numbers: what it leaves to the default is met by hostile modules only.
            if (profile == Profiles.Bare) continue;
            foreach ((Limit limit, _, _, ulong otherwise) in ModuleLimits.Rows)
                if (profile.Limits[limit] != otherwise) edges.Add(profile.Name, limit);
        }

        return edges;
    }

    [Theory]
    [MemberData(nameof(Edges))]
    public void ALimitHoldsAtItsEdge(string name, Limit limit)
    {
        Profile named = Profiles.Find(name)!;
        Profile profile = named with { Limits = Profiles.Bare.Limits.With(limit, named.Limits[limit]) };
        (Func<int, byte[]> build, string section, Func<int, int> offset) = Builders[limit];
        int allowed = (int)named.Limits[limit];
        Module module = TestModules.Load(build(allowed), profile);
        Assert.Equal((ulong)allowed, module.Measures[limit]);

        byte[] oneMore = build(allowed + 1);
        ModuleError error = TestModules.Refused(oneMore, profile);
        Assert.Equal(ModuleLimits.Rows[(int)limit].Code, error.Code);
        Assert.Equal(ModuleErrorKind.LimitExceeded, error.Kind);
        ByteRange content = ModuleSections.List(oneMore, out _).Single(item => item.Name == section).Content;
        int distance = offset(allowed + 1);
        Assert.Equal(limit == Limit.ModuleBytes ? 0 : distance < 0 ? content.End + distance : content.Start + distance, error.Offset);
        Assert.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{allowed + 1} {ModuleLimits.Rows[(int)limit].Name}, the profile allows {allowed}"), error.Detail, StringComparison.Ordinal);

        ModuleExamination examination = Module.Examine(oneMore, profile);
        Assert.Contains(examination.Reasons, reason => reason.Error == error);
        Assert.Equal((ulong)allowed + 1, examination.Module.Measures[limit]);
    }

    [Fact]
    public void EveryLimitHasARowAndABuilderAndATest()
    {
        Limit[] all = Enum.GetValues<Limit>();
        Assert.Equal(all, ModuleLimits.Rows.Select(static row => row.Limit));
        Assert.Equal(all.Order(), Builders.Keys.Order());
        Assert.Equal(all, Edges().Where(static row => (string)row[0] == "contractvm-v1").Select(static row => (Limit)row[1]));
        Assert.Equal(15, Edges().Count(static row => (string)row[0] == "stylus-v2"));
    }

    [Fact]
    public void ImportsCountWithWhatIsDefined()
    {
        Profile profile = Profiles.Bare with { Limits = Profiles.Bare.Limits.With(Limit.Functions, 2).With(Limit.Globals, 2).With(Limit.Tables, 2).With(Limit.Memories, 2).With(Limit.Tags, 2) };
        foreach (string item in new[] { "func", "global i32", "table 0 funcref", "memory 0", "tag" })
        {
            string definition = item == "global i32" ? "(global i32 (i32.const 0))" : $"({item})", import = $"(import \"a\" \"b\" ({item}))";
            TestModules.Load(Wat(import + definition), profile);
            Assert.Equal(ModuleErrorCode.TooManyItems, TestModules.Refused(Wat(import + definition + definition), profile).Code);
            Assert.Equal(ModuleErrorCode.TooManyItems, TestModules.Refused(Wat(import + import + import), profile).Code);
        }
    }

    internal static byte[] Wat(string fields) =>
        TextFormat.TryRead(Encoding.UTF8.GetBytes(fields), new TextOptions { Names = false }, out TextModule? module, out TextError? error)
            ? module.Bytes
            : throw new InvalidOperationException(error.ToString());

    internal static string Many(string text, int count) => Many(_ => text, count);

    internal static string Many(Func<int, string> text, int count)
    {
        StringBuilder all = new();
        for (int i = 0; i < count; i++) all.Append(text(i)).Append(' ');
        return all.ToString();
    }

    private static byte[] Padded(int length)
    {
        // Header, id and a size of three bytes, a name of no bytes.
        int content = length - 8 - 1 - SizeOf(length);
        byte[] module = [0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0, 0, .. ModuleBuilder.Unsigned((ulong)content), .. new byte[content]];
        Assert.Equal(length, module.Length);
        return module;
    }

    /// <summary>Bytes of a number in LEB128.</summary>
    private static int SizeOf(int value) => ModuleBuilder.Unsigned((ulong)value).Length;
}
