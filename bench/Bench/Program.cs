using System;
using System.IO;
using Bench;

try
{
    switch (args)
    {
        case []: return KernelSpeed.Run([]);
        case ["kernels", ..]: return KernelSpeed.Run(args[1..]);
        case ["metering"]: return MeteringCost.Run(Kernels.All, File.ReadAllBytes(Kernels.Module));
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
    metering          the kernels in the interpreter with and without metering, in turns
    modules DIR       how fast the modules below a folder are decoded and validated, prepared for the interpreter, printed and read
    """);
return 2;
