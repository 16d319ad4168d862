using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm.Conformance;

namespace ContractVm.Fuzz;

/// <summary>What mutations start from: modules in files and scripts, texts of modules and scripts.</summary>
public sealed class FuzzCorpus
{
    private const int MostBytes = 1 << 16;

    /// <summary>Makes a corpus.</summary>
    public FuzzCorpus(IReadOnlyList<byte[]> modules, IReadOnlyList<byte[]> texts) => (Modules, Texts) = (modules, texts);

    /// <summary>Modules in the binary format, wrong ones among them.</summary>
    public IReadOnlyList<byte[]> Modules { get; }
    /// <summary>Texts of modules.</summary>
    public IReadOnlyList<byte[]> Texts { get; }

    /// <summary>Reads everything below a folder, in the order of the names; files too large to be mutated often are left out.</summary>
    public static FuzzCorpus Read(string folder)
    {
        List<byte[]> modules = [], texts = [];
        foreach (string path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            switch (Path.GetExtension(path))
            {
                case ".wasm":
                    modules.Add(File.ReadAllBytes(path));
                    break;
                case ".wat":
                    texts.Add(File.ReadAllBytes(path));
                    break;
                case ".wast":
                    modules.AddRange(ScriptModules.Read(path));
                    texts.AddRange(ScriptTexts.Split(File.ReadAllBytes(path)));
                    break;
            }
        }

        return new FuzzCorpus(Usable(modules), Usable(texts));
    }

    private static List<byte[]> Usable(List<byte[]> inputs) => inputs.Where(static bytes => bytes.Length is > 0 and <= MostBytes).ToList();
}
