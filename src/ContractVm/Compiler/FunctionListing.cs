using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.Compiler.Emission;
using ContractVm.Compiler.Ir;
using ContractVm.Compiler.Lowering;

namespace ContractVm.Compiler;

/// <summary>A piece of code where an execution can end, or from which the host can be reached.</summary>
/// <param name="CodeOffset">Offset in the function's code: of an instruction that faults its first byte, of a call its last one.</param>
/// <param name="ModuleOffset">Byte offset of the instruction in the module.</param>
/// <param name="Kind">The trap; None where it is known only when it happens, HostFault for calls.</param>
public readonly record struct ListedSite(int CodeOffset, int ModuleOffset, TrapKind Kind);

/// <summary>
/// What the compiler makes of one function on this machine, stage by stage, for people. Immutable; safe for concurrent use.
/// </summary>
public sealed class FunctionListing
{
    private FunctionListing(int function, FunctionResult result, IReadOnlyList<(int, string)> nodes)
    {
        Function = function;
        Code = result.Code;
        TextLength = result.TextBytes;
        Origins = result.Origins.Select(origin => (origin.Offset, origin.Origin)).ToList();
        Sites = result.Sites.Select(site => new ListedSite(site.CodeOffset, site.ModuleOffset, site.Kind)).ToList();
        Calls = result.Relocations.ToDictionary(relocation => relocation.Offset, relocation => relocation.Function);
        Landings = result.Calls.Where(call => call.Landing >= 0).ToDictionary(call => call.ReturnOffset, call => call.Landing);
        Nodes = nodes;
    }

    /// <summary>Index in the function index space.</summary>
    public int Function { get; }
    /// <summary>The code, then its tables and constants; distances to other functions are not filled in.</summary>
    public ReadOnlyMemory<byte> Code { get; }
    /// <summary>Bytes of <see cref="Code"/> before its constants and tables.</summary>
    public int TextLength { get; }
    /// <summary>From which code offset on code comes from the instruction at which byte offset of the module, by ascending code offset.</summary>
    public IReadOnlyList<(int CodeOffset, int ModuleOffset)> Origins { get; }
    /// <summary>Where executions can end, by ascending code offset.</summary>
    public IReadOnlyList<ListedSite> Sites { get; }
    /// <summary>Which function, counted among those that the module defines, the distance at a code offset leads to.</summary>
    public IReadOnlyDictionary<int, int> Calls { get; }
    /// <summary>For the code offset after a call, or throw, the code offset at which an exception that leaves it is taken.</summary>
    public IReadOnlyDictionary<int, int> Landings { get; }
    /// <summary>The intermediate form in its order: byte offset in the module, and text.</summary>
    public IReadOnlyList<(int ModuleOffset, string Text)> Nodes { get; }

    /// <summary>Compiles a function that the module defines.</summary>
    /// <param name="module">The module.</param>
    /// <param name="function">Index in the function index space.</param>
    /// <param name="listing">The listing.</param>
    /// <param name="reason">Why the function is not compiled.</param>
    public static bool TryMake(Module module, int function, out FunctionListing? listing, out string? reason)
    {
        listing = null;
        FunctionCompiler compiler = new(new ModuleFacts(module, CompilerOptions.Default with { MapsCode = true }));
        FunctionResult result = compiler.Compile(function - module.ImportedFunctions);
        reason = result.Reason;
        if (reason is not null) return false;
        IrFunction form = compiler.Function;
        List<(int, string)> nodes = [];
        for (int block = 0; block < form.BlockCount; block++)
        {
            ref IrBlock at = ref form.Blocks[block];
            nodes.Add((form.Nodes[at.First].Origin, FormattableString.Invariant($"block{block}:{(at.IsCold ? " cold" : "")}{(at.LoopEnd > 0 ? " loop" : "")}")));
            for (int node = at.First; node < at.End; node++)
                if ((form.Nodes[node].Flags & (IrFlags.Dead | IrFlags.Alias)) == 0) nodes.Add((form.Nodes[node].Origin, IrPrinter.Print(form, node)));
            for (int edge = at.FirstEdge; edge < at.FirstEdge + at.EdgeCount; edge++)
                if (form.Edges[edge].Charge != 0) nodes.Add((form.Nodes[at.End - 1].Origin, FormattableString.Invariant($"Charge {(ulong)form.Edges[edge].Charge} on the way to block{form.Edges[edge].Target}")));
        }

        listing = new FunctionListing(function, result, nodes);
        return true;
    }
}
