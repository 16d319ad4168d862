namespace ContractVm.Compiler.X64;

/// <summary>A place in a function's code, by the order in which labels were made since <see cref="Assembler.Reset"/>.</summary>
internal readonly record struct Label(int Number);

/// <summary>
/// Four bytes of code that are to hold the distance from their end to the start of a function, given by its index.
/// </summary>
internal readonly record struct Relocation(int Offset, int Function);
