using System;
using System.Linq;
using ContractVm.Gas;

namespace ContractVm.Fuzz;

/// <summary>What must hold for decoding and validating any bytes.</summary>
public static class ModuleProperties
{
    private const int Threads = 3;

    /// <summary>Checks all profiles; the module as plain WebAssembly, or null where it is none.</summary>
    /// <exception cref="FindingException">A property does not hold.</exception>
    public static Module? Check(byte[] input)
    {
        Module? bare = Check(input, Profiles.Bare);
        foreach (Profile profile in Profiles.All)
        {
            if (profile == Profiles.Bare) continue;
            Module? module = Check(input, profile);
            Require(module is null || bare is not null, $"{profile.Name} accepts what is no valid module");
        }

        return bare;
    }

    /// <summary>Checks one profile.</summary>
    /// <exception cref="FindingException">A property does not hold.</exception>
    public static Module? Check(byte[] input, Profile profile)
    {
        (Module? module, ModuleError? error) = FuzzRun.InProportion(input.Length, () => Load(input, profile, 1));
        (Module? parallel, ModuleError? parallelError) = Load(input, profile, Threads);
        Require(error == parallelError, $"{profile.Name}: {error} on one thread, {parallelError} on {Threads}");
        ModuleExamination examination = FuzzRun.InProportion(input.Length, () => Module.Examine(input, profile));
        Require(examination.IsAccepted == (error is null), $"{profile.Name}: examined as {(examination.IsAccepted ? "accepted" : "refused")}, loaded as {error?.ToString() ?? "accepted"}");
        if (error is not null)
        {
            Require((uint)error.Offset <= (uint)input.Length, $"{profile.Name}: {error} lies outside of {input.Length} bytes");
            Require(examination.Uncounted > 0 || examination.Reasons.Any(reason => reason.Error == error), $"{profile.Name}: {error} is none of the reasons");
            Require((examination.Stop is null) == examination.IsComplete, $"{profile.Name}: complete and stopped");
            return null;
        }

        RequireSame(module!, parallel!, profile);
        RequireSame(module!, examination.Module, profile);
        return module;
    }

    /// <summary>Raises a finding where a property does not hold.</summary>
    /// <exception cref="FindingException">It does not hold.</exception>
    public static void Require(bool holds, string what)
    {
        if (!holds) throw new FindingException(what);
    }

    private static (Module? Module, ModuleError? Error) Load(byte[] input, Profile profile, int threads) =>
        Module.TryLoad(input, profile, out Module module, out ModuleError error, threads) ? (module, null) : (null, error);

    private static void RequireSame(Module one, Module other, Profile profile)
    {
        Require(one.UsedFeatures == other.UsedFeatures, $"{profile.Name}: features {one.UsedFeatures} and {other.UsedFeatures}");
        foreach ((Limit limit, _, _, _) in ModuleLimits.Rows) Require(one.Measures[limit] == other.Measures[limit], $"{profile.Name}: {limit} is {one.Measures[limit]} and {other.Measures[limit]}");
        Require(one.Bodies.Count == other.Bodies.Count, $"{profile.Name}: numbers of bodies");
        for (int i = 0; i < one.Bodies.Count; i++)
        {
            FunctionBody a = one.Bodies[i], b = other.Bodies[i];
            bool isSame = (a.TypeIndex, a.Code, a.Instructions, a.LocalCount, a.LocalWords, a.MaxOperandWords) == (b.TypeIndex, b.Code, b.Instructions, b.LocalCount, b.LocalWords, b.MaxOperandWords)
                && a.DeclaredLocals.AsSpan().SequenceEqual(b.DeclaredLocals) && IsSame(a.Plan, b.Plan);
            Require(isSame, $"{profile.Name}: body {i} differs");
        }
    }

    private static bool IsSame(FunctionPlan a, FunctionPlan b) => a.FrameWords == b.FrameWords && a.Charges.SequenceEqual(b.Charges);
}
