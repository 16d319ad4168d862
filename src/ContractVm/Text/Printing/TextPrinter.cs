using System;
using System.IO;
using ContractVm.Binary;

namespace ContractVm.Text;

/// <summary>
/// Prints a module in the binary format as text (WebAssembly 3.0, "Text Format") that reads back to the same module. It needs
/// well-formed bytes and nothing else: neither validity nor a profile, so that a module that was refused can be looked at.
/// </summary>
public static class TextPrinter
{
    /// <summary>
    /// Prints a module, writing as it goes; the memory that it takes is bounded by the module's size, however much is printed.
    /// </summary>
    /// <param name="module">The module's bytes.</param>
    /// <param name="output">Where the text goes. Lines end with one line feed. Not flushed.</param>
    /// <param name="options">How to print.</param>
    /// <param name="error">Why the text is not the whole module; null where it is.</param>
    /// <returns>
    /// False where the bytes are malformed or declare more locals than text can spell out. What stands before a malformed
    /// place has been printed by then, and a comment line that names the error follows it.
    /// </returns>
    public static bool TryPrint(ReadOnlyMemory<byte> module, TextWriter output, PrintOptions options, out ModuleError error)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(options);
        PrintBuffer buffer = new(output, options.Offsets ? module.Length : -1);
        ModuleError? found;
        try
        {
            NameIdentifiers names = options.Names ? NameIdentifiers.Read(module) : NameIdentifiers.Empty(module);
            ModulePrinter printer = new(module, buffer, names);
            printer.Print();
            found = printer.LocalsError;
        }
        catch (ModuleException malformed)
        {
            found = malformed.Error;
        }

        if (found is not null)
        {
            buffer.StartLine(0);
            buffer.Write(";; ");
            buffer.Write(found.ToString());
        }

        buffer.Write('\n');
        buffer.Flush();
        error = found!;
        return found is null;
    }
}
