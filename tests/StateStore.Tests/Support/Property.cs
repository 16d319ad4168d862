using System;
using System.Globalization;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;

namespace ContractVm.StateStore.Tests;

/// <summary>
/// Runs property tests with a fixed seed, so that a run is repeatable. CONTRACTVM_SEED gives another seed and CONTRACTVM_TESTS
/// multiplies the number of cases; a failure prints the shrunk case.
/// </summary>
internal static class Property
{
    /// <summary>Checks a property that fails by throwing (an xunit assertion) on generated and, when it fails, shrunk values.</summary>
    public static void Check<T>(Arbitrary<T> values, Action<T> property, int count = 300)
    {
        Config config = Config.QuickThrowOnFailure
            .WithMaxTest(checked(count * (int)Number("CONTRACTVM_TESTS", 1)))
            .WithReplay(Number("CONTRACTVM_SEED", 20_26), 1_234_567_891);
        Prop.ForAll(values, property).Check(config);
    }

    /// <summary>Checks a property on generated values, without shrinking.</summary>
    public static void Check<T>(Gen<T> values, Action<T> property, int count = 300) => Check(values.ToArbitrary(), property, count);

    /// <summary>
    /// A list of operations that shrinks by leaving operations out: halves first, then single ones, so that a failing sequence of
    /// hundreds comes down to a few.
    /// </summary>
    public static Arbitrary<T[]> Sequences<T>(Gen<T> operation, int minimum, int maximum)
    {
        Gen<T[]> generator =
            from length in Gen.Choose(minimum, maximum)
            from items in operation.ArrayOf(length)
            select items;
        return Arb.From(generator, Shorter);
    }

    /// <summary>Three independent values.</summary>
    public static Gen<(A, B, C)> Three<A, B, C>(Gen<A> first, Gen<B> second, Gen<C> third) =>
        from a in first
        from b in second
        from c in third
        select (a, b, c);

    private static System.Collections.Generic.IEnumerable<T[]> Shorter<T>(T[] items)
    {
        for (int chunk = items.Length / 2; chunk >= 1; chunk /= 2)
            for (int start = 0; start + chunk <= items.Length; start += chunk)
                yield return items.Take(start).Concat(items.Skip(start + chunk)).ToArray();
    }

    private static ulong Number(string variable, ulong otherwise) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : otherwise;
}
