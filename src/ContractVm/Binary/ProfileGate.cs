using System.Numerics;

namespace ContractVm.Binary;

/// <summary>The one place where features and numbers are noted, and refused where the profile does not allow them.</summary>
internal static class ProfileGate
{
    /// <summary>Notes that the module uses features; refuses each that the profile does not accept.</summary>
    public static void Require(ref ByteReader reader, Module module, Features features, int offset, string what)
    {
        reader.Findings.Used |= features;
        if ((module.Profile.Features & features) != features) Refuse(ref reader, module.Profile, features, offset, what);
    }

    /// <summary>Notes a number; refuses it above the profile's limit.</summary>
    public static void Check(ref ByteReader reader, Module module, Limit limit, ulong value, int offset)
    {
        reader.Findings.Measures.Note(limit, value);
        if (value <= module.Profile.Limits[limit]) return;
        (ModuleErrorCode code, string detail) = Exceeded(module.Profile, limit, value);
        reader.Report(code, offset, detail);
    }

    /// <summary>As <see cref="Check"/>, where nothing can go on above the limit.</summary>
    /// <exception cref="ModuleException">The number is above the limit.</exception>
    public static void Demand(ref ByteReader reader, Module module, Limit limit, ulong value, int offset)
    {
        reader.Findings.Measures.Note(limit, value);
        if (value <= module.Profile.Limits[limit]) return;
        (ModuleErrorCode code, string detail) = Exceeded(module.Profile, limit, value);
        throw reader.Error(code, offset, detail);
    }

    private static (ModuleErrorCode Code, string Detail) Exceeded(Profile profile, Limit limit, ulong value)
    {
        (_, string name, ModuleErrorCode code, _) = ModuleLimits.Rows[(int)limit];
        return (code, $"{value} {name}, the profile allows {profile.Limits[limit]}");
    }

    private static void Refuse(ref ByteReader reader, Profile profile, Features features, int offset, string what)
    {
        for (Features missing = features & ~profile.Features; missing != Features.None; missing &= missing - 1)
        {
            Features feature = (Features)(1U << BitOperations.TrailingZeroCount((uint)missing));
            reader.Report(ModuleErrorCode.FeatureNotAccepted, offset, $"the profile does not accept the feature {feature} ({what})", feature);
        }
    }
}
