using ContractVm.Compiler.X64;

namespace ContractVm.Compiler;

/// <summary>What the compiler is asked for. Everything here is part of the key of a compiled artifact.</summary>
/// <param name="Cpu">Instructions that the code may use.</param>
/// <param name="ChecksMemory">Accesses to the first memory are compared with its length, too: no guard behind it is needed.</param>
/// <param name="HasMetering">Ink is charged. Only benchmarks go without.</param>
/// <param name="MapsCode">The result tells which instruction of the module each piece of code comes from.</param>
internal sealed record CompilerOptions(CpuFeatures Cpu, bool ChecksMemory = false, bool HasMetering = true, bool MapsCode = false);
