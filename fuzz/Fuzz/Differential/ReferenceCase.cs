using System.Collections.Generic;
using System.Text;
using ContractVm.Text;

namespace ContractVm.Fuzz.Differential;

/// <summary>Cases of objects, casts and exceptions: modules of <see cref="ReferenceProgramGenerator"/>, whose state stays from call to call.</summary>
internal static class ReferenceCase
{
    /// <summary>Generates a case; the same for the same seed. Half of them are of two modules that are linked.</summary>
    public static DifferentialCase Generate(ulong seed)
    {
        Random64 random = new(seed ^ 0x0B1EC75);
        List<byte[]> modules = random.OneIn(2)
            ? [Read(ReferenceProgramGenerator.Generate(random.Next()))]
            : [Read(ReferenceProgramGenerator.Generate(random.Next(), ReferenceLinks.Library)), Read(ReferenceProgramGenerator.Generate(random.Next(), ReferenceLinks.Client))];
        List<CaseCall> calls = [];
        for (int count = 2 + random.Below(3); count > 0; count--) calls.Add(new CaseCall(random.OneIn(4) ? 0 : modules.Count - 1, "run", [SpecialValues.Of('i', random)]));
        return new DifferentialCase(modules, calls, seed);
    }

    private static byte[] Read(string text) => TextFormat.TryRead(Encoding.UTF8.GetBytes(text), new TextOptions(), out TextModule? module, out TextError? error)
        ? module.Bytes
        : throw new InvalidCaseException(error.ToString());
}
