using System;
using System.Globalization;
using System.IO;
using Bench;

try
{
    switch (args)
    {
        case []: return KernelSpeed.Run([]);
        case ["kernels", ..]: return KernelSpeed.Run(args[1..]);
        case ["corpora", ..]: return Corpora(args[1..]);
        case ["calls"]: return CallSpeed.Run();
        case ["contracts"]: return ContractSpeed.Run();
        case ["chain", ..]: return ChainSpeed.Run(isCold: args is [_, "--cold"]);
        case ["artifacts"]: return ArtifactSpeed.Run();
        case ["images"]: return ImageSpeed.Run();
        case ["optimizations"]: return OptimizationLedger.Run();
        case ["compile", string folder]: return CompileSpeed.Run(folder);
        case ["stages", string folder]: return CompileStages.Run(folder);
        case ["bombs", string folder]: return CompileBombs.Write(folder);
        case ["compile-job"]: return CompileJob.Serve();
        case ["precompiles", ..]: return PrecompileSpeed.Run(args.Length > 1 ? args[1] : "");
        case ["metering"]: return MeteringCost.Run(Kernels.All, File.ReadAllBytes(Kernels.Module));
        case ["state-primitives"]: return PrimitiveSpeed.Run();
        case ["state-peer"]: return StateSpeed.Peer();
        case ["state-root", string folder, string accounts]: return StateSpeed.Roots(folder, int.Parse(accounts, CultureInfo.InvariantCulture));
        case ["state", string folder, string accounts]: return StateSpeed.Run(folder, int.Parse(accounts, CultureInfo.InvariantCulture));
        case ["modules", string folder]: return ModuleSpeed.Run(folder);
    }
}
catch (InvalidDataException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}

Console.Error.WriteLine("""
    kernels [NAME...] [--no-interpreter] [--wasm-interp]
                      the kernels in every engine that is here, in turns; native code needs clang-19 on PATH, V8 needs node, wabt's
                      interpreter needs wasm-interp: what is missing is said and left out
    corpora [GLOB] [--interpreter SECONDS]
                      programs of the shared corpora in V8 and in our engines, in turns; the interpreter only where it is given time for each
    compile DIR       how fast the modules below a folder are compiled, which functions are slowest, and modules made to be slow
    stages DIR        where the compiler's time goes, stage by stage, over the modules below a folder
    bombs DIR         writes the modules made to be slow, for other tools
    calls             what calls, host calls and instances cost, in the compiled engine and the interpreter
    contracts         what a call of the token contract costs as a node makes it, in both engines
    chain [--cold]    token transfers as a node executes them: one by one, and in blocks with roots on RocksDB; --cold: in blocks of 100 alone
    images            what an instance costs whose segments fill its memory, copied and mapped, by their size and the pages that it touches
    metering          the kernels in the interpreter with and without metering, in turns
    precompiles [WORD]
                      what precompiled contracts cost, by gas; those whose name contains the word
    state DIR ACCOUNTS
                      commits of blocks, roots alone, reads, proofs and the size on the disk, of a state of so many accounts with two slots
                      for each; it is made in the folder where it is not there yet; beside it a plain batch of the same rows
    state-root DIR ACCOUNTS
                      the roots alone, on a state that the command before has made
    state-peer        the trie of @ethereumjs/mpt doing the same in memory; needs node and the packages of tests/oracles
    state-primitives  Keccak-256 and the arithmetic of 256-bit numbers
    modules DIR       how fast the modules below a folder are decoded and validated, prepared for the interpreter, printed and read
    """);
return 2;

static int Corpora(string[] rest)
{
    double seconds = 0;
    int option = Array.IndexOf(rest, "--interpreter");
    if (option >= 0)
    {
        seconds = double.Parse(rest[option + 1], CultureInfo.InvariantCulture);
        rest = [.. rest[..option], .. rest[(option + 2)..]];
    }

    return CorpusSpeed.Run(rest.Length > 0 ? rest[0] : "*", seconds);
}
