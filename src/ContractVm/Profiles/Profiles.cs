using System;
using System.Collections.Generic;
using ContractVm.Gas;

namespace ContractVm;

/// <summary>The built-in profiles, without a host interface.</summary>
public static class Profiles
{
    private const Features Language =
        Features.Core | Features.MutableGlobals | Features.SignExtension | Features.SaturatingConversions | Features.MultiValue
        | Features.BulkMemory | Features.PassiveSegments | Features.ReferenceTypes | Features.Simd | Features.RelaxedSimd | Features.TailCalls
        | Features.ExtendedConst | Features.MultiMemory | Features.Memory64 | Features.TypedReferences | Features.Gc | Features.Exceptions;

    private const Features Deterministic = Language | Features.Threads | Features.Floats | Features.FloatArithmetic;

    private static readonly ModuleLimits ContractLimits = new()
    {
        // The scale that chains have needed: a module of 1 MiB, 8 MiB of memory.
        [Limit.ModuleBytes] = 1 << 20, [Limit.Types] = 4096, [Limit.Functions] = 10_000, [Limit.Imports] = 512, [Limit.Exports] = 1024,
        [Limit.Globals] = 4096, [Limit.Tables] = 16, [Limit.Memories] = 16, [Limit.Tags] = 256, [Limit.ElementSegments] = 1024,
        [Limit.SegmentElements] = 65_536, [Limit.TotalElements] = 262_144, [Limit.DataSegments] = 1024, [Limit.Parameters] = 100,
        [Limit.Results] = 16, [Limit.Fields] = 1000, [Limit.SubtypingDepth] = 16, [Limit.Locals] = 1024, [Limit.DeclaredLocals] = 1024,
        [Limit.BodyBytes] = 256 << 10, [Limit.Instructions] = 256 << 10, [Limit.Nesting] = 4096, [Limit.Operands] = 8192,
        [Limit.BranchTargets] = 8192, [Limit.CatchClauses] = 256, [Limit.FixedArrayElements] = 1000, [Limit.NameBytes] = 512,
        [Limit.MemoryPages] = 128, [Limit.TableElements] = 65_536,
    };

    /// <summary>
    /// The default for contracts: everything deterministic, floats with canonical NaNs, atomics on unshared memory. A start
    /// function, shared memory, waiting, and imports that are no functions are refused.
    /// </summary>
    public static Profile ContractVmV1 { get; } = new("contractvm-v1", Deterministic, ContractLimits, ScheduleReader.LoadBuiltIn("contractvm-v1", OpcodeTable.Catalog));

    /// <summary>contractvm-v1 without floats: neither types nor instructions.</summary>
    public static Profile ContractVmV1NoFloat { get; } = new(
        "contractvm-v1-nofloat", Deterministic & ~(Features.Floats | Features.FloatArithmetic), ContractLimits, ContractVmV1.Schedule);

    /// <summary>
    /// What Arbitrum's Stylus activates, version 2: WebAssembly 1.0 with sign extension, memory.copy and memory.fill, mutable
    /// globals and multi-value; floats may be carried but not computed with (nitro, crates/prover/src/binary.rs and machine.rs, as facts).
    /// </summary>
    public static Profile StylusV2 { get; } = new(
        "stylus-v2",
        Features.Core | Features.MutableGlobals | Features.SignExtension | Features.SaturatingConversions | Features.MultiValue | Features.BulkMemory | Features.Floats,
        new ModuleLimits
        {
            [Limit.ModuleBytes] = 128 << 10, [Limit.Functions] = 4096, [Limit.Imports] = 513, [Limit.Exports] = 1024, [Limit.Globals] = 32_768,
            [Limit.Tables] = 1, [Limit.Memories] = 1, [Limit.ElementSegments] = 128, [Limit.TotalElements] = 4096, [Limit.DataSegments] = 128,
            [Limit.DeclaredLocals] = 348, [Limit.Instructions] = 65_536, [Limit.NameBytes] = 512, [Limit.MemoryPages] = 128,
            [Limit.TableElements] = 4096,
        },
        ScheduleReader.LoadBuiltIn("stylus-v2", OpcodeTable.Catalog),
        new StylusRules());

    /// <summary>
    /// The bare language, for tools and tests: all of WebAssembly 3.0 and the threads proposal as far as it validates, the limits
    /// that web engines share but for the sizes of memories and tables, which are the language's; at the prices of contractvm-v1.
    /// </summary>
    public static Profile Bare { get; } = new(
        "wasm-3.0", Deterministic | Features.StartFunction | Features.NonFunctionImports | Features.SharedMemory | Features.AtomicWait,
        new ModuleLimits { [Limit.MemoryPages] = 1UL << 48, [Limit.TableElements] = ulong.MaxValue }, ContractVmV1.Schedule)
    {
        ObjectBytes = 1 << 30,
    };

    /// <summary>All built-in profiles.</summary>
    public static IReadOnlyList<Profile> All { get; } = [ContractVmV1, ContractVmV1NoFloat, StylusV2, Bare];

    /// <summary>Finds a built-in profile by name.</summary>
    public static Profile? Find(string name)
    {
        foreach (Profile profile in All)
            if (string.Equals(profile.Name, name, StringComparison.Ordinal)) return profile;
        return null;
    }
}
