using System.Collections.Generic;
using System.Linq;
using System.Text;
using ContractVm.Text;

namespace ContractVm.Fuzz.Differential;

/// <summary>Cases of objects, casts and exceptions: modules of <see cref="ReferenceProgramGenerator"/>, whose state stays from call to call.</summary>
internal static class ReferenceCase
{
    /// <summary>Generates a case; the same for the same seed. Half of them are of two modules that are linked.</summary>
    public static DifferentialCase Generate(ulong seed)
    {
        (List<string> texts, List<CaseCall> calls) = GenerateTexts(seed);
        return FromTexts(texts, calls, seed);
    }

    /// <summary>The case of a seed as texts of modules, and calls.</summary>
    public static (List<string> Texts, List<CaseCall> Calls) GenerateTexts(ulong seed)
    {
        Random64 random = new(seed ^ 0x0B1EC75);
        List<string> texts = random.OneIn(2)
            ? [ReferenceProgramGenerator.Generate(random.Next())]
            : [ReferenceProgramGenerator.Generate(random.Next(), ReferenceLinks.Library), ReferenceProgramGenerator.Generate(random.Next(), ReferenceLinks.Client)];
        List<CaseCall> calls = [];
        for (int count = 2 + random.Below(3); count > 0; count--) calls.Add(new CaseCall(random.OneIn(4) ? 0 : texts.Count - 1, "run", [SpecialValues.Of('i', random)]));
        return (texts, calls);
    }

    /// <summary>A case of texts.</summary>
    /// <exception cref="InvalidCaseException">A text is none of a module.</exception>
    public static DifferentialCase FromTexts(List<string> texts, List<CaseCall> calls, ulong seed) => new([.. texts.Select(Read)], [.. calls], seed);

    private static byte[] Read(string text) => TextFormat.TryRead(Encoding.UTF8.GetBytes(text), new TextOptions(), out TextModule? module, out TextError? error)
        ? module.Bytes
        : throw new InvalidCaseException(error.ToString());
}
