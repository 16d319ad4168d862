using System;
using ContractVm.Gas;

namespace ContractVm;

/// <summary>
/// Where an embedder starts: loads modules under one profile and makes stores, linkers and meters that fit it. Immutable; safe
/// for concurrent use.
/// </summary>
/// <param name="profile">What modules may hold and what they cost.</param>
public sealed class Engine(Profile profile)
{
    /// <summary>What modules may hold and what they cost.</summary>
    public Profile Profile { get; } = profile;

    /// <summary>Decodes and validates a module; see <see cref="Module.TryLoad"/>.</summary>
    public bool TryLoad(ReadOnlyMemory<byte> bytes, out Module module, out ModuleError error, int threads = 1) =>
        Module.TryLoad(bytes, Profile, out module, out error, threads);

    /// <summary>Makes a store with the profile's limit on objects.</summary>
    /// <param name="kind">What runs its instances.</param>
    public Store NewStore(EngineKind kind = EngineKind.Interpreter) => new(Profile.ObjectBytes, kind);

    /// <summary>Makes a linker with a new store.</summary>
    public Linker NewLinker() => new(NewStore());

    /// <summary>Makes a meter with so much ink, and the stack words of the profile's schedule.</summary>
    public Meter NewMeter(ulong ink) => new(ink, Profile.Schedule.StackWords);
}
