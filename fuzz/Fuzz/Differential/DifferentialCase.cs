using System.Collections.Generic;
using System.Linq;

namespace ContractVm.Fuzz.Differential;

/// <summary>A call of a case.</summary>
/// <param name="Module">Which module's instance.</param>
/// <param name="Export">The exported function.</param>
/// <param name="Arguments">Slots; references are made of what is not zero.</param>
internal sealed record CaseCall(int Module, string Export, ulong[] Arguments);

/// <summary>Modules and calls of their functions, one after the other. It depends on nothing else.</summary>
/// <param name="Modules">Modules; the others may import from the first, as <c>lib</c>.</param>
/// <param name="Calls">Calls.</param>
/// <param name="Seed">What limits of ink and stack are chosen by.</param>
internal sealed record DifferentialCase(IReadOnlyList<byte[]> Modules, IReadOnlyList<CaseCall> Calls, ulong Seed);

/// <summary>A case whose modules are trees.</summary>
internal sealed class ProgramCase(ulong seed, List<ProgramModule> modules, List<CaseCall> calls)
{
    public ulong Seed { get; } = seed;
    public List<ProgramModule> Modules { get; } = modules;
    public List<CaseCall> Calls { get; } = calls;

    /// <summary>Generates a case.</summary>
    public static ProgramCase Generate(ulong seed)
    {
        Random64 random = new(seed ^ 0xC0FFEE);
        List<ProgramModule> modules = [];
        if (random.OneIn(4)) modules.Add(DifferentialGenerator.Generate(random.Next()));
        modules.Add(DifferentialGenerator.Generate(random.Next(), modules.FirstOrDefault()));
        List<CaseCall> calls = [];
        for (int count = 3 + random.Below(6); count > 0; count--)
        {
            int module = random.OneIn(4) ? 0 : modules.Count - 1;
            List<ProgramFunction> functions = modules[module].Functions;
            ProgramFunction function = functions[random.Below(functions.Count)];
            List<ulong> arguments = [];
            foreach (char type in function.Signature.Parameters)
            {
                arguments.Add("ilfdv".Contains(type, System.StringComparison.Ordinal) ? SpecialValues.Of(type, random) : random.Next());
                if (type == 'v') arguments.Add(SpecialValues.VectorHalf(random));
            }

            calls.Add(new CaseCall(module, ProgramModule.ExportName(function.Id), [.. arguments]));
        }

        return new ProgramCase(seed, modules, calls);
    }

    /// <summary>The case as bytes.</summary>
    public DifferentialCase ToCase() => new([.. Modules.Select(ProgramWriter.Write)], [.. Calls], Seed);
}
