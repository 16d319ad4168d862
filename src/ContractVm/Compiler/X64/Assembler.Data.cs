using System;

namespace ContractVm.Compiler.X64;

/// <summary>Constants and jump tables, which stand after a function's code.</summary>
internal sealed partial class Assembler
{
    private void ResetData()
    {
    }
}
