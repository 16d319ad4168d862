using System;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace ContractVm.Tests.Text;

/// <summary>
/// Runs property tests with a fixed seed, so that a run is repeatable. CONTRACTVM_SEED gives another seed and CONTRACTVM_TESTS
/// multiplies the number of cases.
/// </summary>
internal static class Property
{
    /// <summary>Checks a property that fails by throwing (an xunit assertion).</summary>
    public static void Check<T>(Gen<T> values, Action<T> property, int count = 300)
    {
        Config config = Config.QuickThrowOnFailure
            .WithMaxTest(checked(count * (int)Number("CONTRACTVM_TESTS", 1)))
            .WithReplay(Number("CONTRACTVM_SEED", 20_26), 1_234_567_891);
        Prop.ForAll(values.ToArbitrary(), property).Check(config);
    }

    private static ulong Number(string variable, ulong otherwise) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : otherwise;
}
