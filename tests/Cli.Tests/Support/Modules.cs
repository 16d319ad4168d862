using System.IO;
using ContractVm.Fuzz;
using ContractVm.TestSupport;

namespace ContractVm.Cli.Tests;

/// <summary>Modules to run and check.</summary>
internal static class TestModules
{
    /// <summary>Functions of several types, with a start function that writes 7 to the global that <c>started</c> returns.</summary>
    public static byte[] Functions()
    {
        ModuleBuilder builder = new();
        builder.Global('i', isMutable: true, 0).Memory(1, 2);
        int nothing = builder.Type("", "");
        int start = builder.Function(nothing, "", [0x41, 7, 0x24, 0]);
        Export(builder, "add", "ll", "l", [0x20, 0, 0x20, 1, 0x7C]);
        Export(builder, "all", "ilfd", "ilfd", [0x20, 0, 0x20, 1, 0x20, 2, 0x20, 3]);
        Export(builder, "halve", "d", "d", [0x20, 0, 0x44, 0, 0, 0, 0, 0, 0, 0xE0, 0x3F, 0xA2]);
        Export(builder, "divide", "ii", "i", [0x20, 0, 0x20, 1, 0x6D]);
        Export(builder, "loop", "", "", [0x03, 0x40, 0x0C, 0, 0x0B]);
        Export(builder, "started", "", "i", [0x23, 0]);
        Export(builder, "count", "", "i", [0x23, 0, 0x41, 1, 0x6A, 0x24, 0, 0x23, 0]);
        int recurse = builder.Function(nothing, "", [0x10, 8]);
        builder.Export("recurse", ExternalKind.Function, recurse).Export("memory", ExternalKind.Memory, 0).Start(start);
        return builder.Build();
    }

    /// <summary>A module that imports a function.</summary>
    public static byte[] Importing()
    {
        ModuleBuilder builder = new();
        builder.ImportFunction("vm_hooks", "block_number", builder.Type("", "l"));
        Export(builder, "run", "", "l", [0x10, 0]);
        return builder.Build();
    }

    /// <summary>A module whose start function traps.</summary>
    public static byte[] FailingStart()
    {
        ModuleBuilder builder = new();
        int start = builder.Function(builder.Type("", ""), "", [0x00]);
        return builder.Export("run", ExternalKind.Function, start).Start(start).Build();
    }

    /// <summary>A module whose data segment lies outside of its memory.</summary>
    public static byte[] MisplacedData()
    {
        ModuleBuilder builder = new();
        Export(builder, "run", "", "", []);
        return builder.Memory(1, 1).Data(65536, "x"u8).Build();
    }

    /// <summary>A module with a function whose export name would break a line and colour a terminal.</summary>
    public static byte[] HostileName()
    {
        ModuleBuilder builder = new();
        Export(builder, "a\nb\u001b[31m", "", "", []);
        return builder.Build();
    }

    /// <summary>The token contract.</summary>
    public static byte[] Token() => File.ReadAllBytes(TokenPath);

    /// <summary>The token contract's file.</summary>
    public static string TokenPath { get; } = Path.Combine(TestData.ProjectRoot, "contracts", "token", "token.wasm");

    private static void Export(ModuleBuilder builder, string name, string parameters, string results, byte[] code) =>
        builder.Export(name, ExternalKind.Function, builder.Function(builder.Type(parameters, results), "", code));
}
