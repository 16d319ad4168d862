// UNSAFE. Invariant: the code array is allocated on the pinned heap and referenced by this object, so the addresses in Entries
// stay good for as long as the prepared module is reachable; an Instance holds it while it runs.
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ContractVm.Interpreter;

/// <summary>What a call needs to know of a defined function.</summary>
internal unsafe struct FunctionEntry
{
    public Instruction* Code;
    /// <summary>Words of stack that a call takes.</summary>
    public ulong FrameWords;
    /// <summary>Slots of the parameters.</summary>
    public int Parameters;
    /// <summary>Slots of the declared locals, which a call sets to zero.</summary>
    public int Locals;
    /// <summary>Slots of a frame, operands included.</summary>
    public int FrameSlots;
    /// <summary>The module's canonical type.</summary>
    public int CanonicalType;
}

/// <summary>
/// A module in the interpreter's form: prepared once, shared by all instances. Immutable; safe for concurrent use.
/// </summary>
internal sealed unsafe class PreparedModule
{
    private static readonly ConditionalWeakTable<Module, PreparedModule> Cache = [], Observed = [];
    private readonly Instruction[] _code;
    private readonly int[] _offsets;
    private readonly int[] _starts;
    private readonly FunctionEntry[] _entries;

    private PreparedModule(Module module, bool isObserved)
    {
        Module = module;
        int count = module.BodyList.Count;
        _entries = GC.AllocateArray<FunctionEntry>(count, pinned: true);
        _starts = new int[count];
        GlobalSlots = ValueSlots.StartsOf(module.GlobalTypeList);
        HostSlots = new int[module.ImportedFunctions];
        for (int i = 0; i < HostSlots.Length; i++)
        {
            FunctionType type = module.TypeOfFunction(i);
            HostSlots[i] = Math.Max(ValueSlots.Count(type.Parameters), ValueSlots.Count(type.Results));
        }

        Translator translator = new(module, GlobalSlots, isObserved);
        for (int i = 0; i < count; i++) _starts[i] = translator.Translate(module.BodyList[i]);
        (_code, _offsets, Handlers) = translator.Finish();
        Instruction* code = (Instruction*)Marshal.UnsafeAddrOfPinnedArrayElement(_code, 0);
        for (int i = 0; i < count; i++)
        {
            FunctionBody body = module.BodyList[i];
            int parameters = ValueSlots.Count(module.TypeSpace[body.TypeIndex].Function!.Parameters);
            _entries[i] = new FunctionEntry
            {
                Code = code + _starts[i],
                FrameWords = body.Plan.FrameWords,
                Parameters = parameters,
                Locals = body.LocalWords - parameters,
                FrameSlots = body.LocalWords + Frame.HeaderSlots + body.MaxOperandWords,
                CanonicalType = body.TypeIndex,
            };
        }
    }

    public Module Module { get; }

    /// <summary>The first slot of each global, and after the last one the number of all.</summary>
    public int[] GlobalSlots { get; }

    /// <summary>Slots that a call of each imported function takes, for arguments or results.</summary>
    public int[] HostSlots { get; }

    /// <summary>The try_tables of all functions.</summary>
    public HandlerTable Handlers { get; }

    public FunctionEntry* Entries => (FunctionEntry*)Marshal.UnsafeAddrOfPinnedArrayElement(_entries, 0);

    /// <summary>The prepared form of a module, or the form that stops before each instruction; made on first use.</summary>
    public static PreparedModule Of(Module module, bool isObserved) => isObserved
        ? Observed.GetValue(module, static m => new PreparedModule(m, true))
        : Cache.GetValue(module, static m => new PreparedModule(m, false));

    /// <summary>Index of an instruction in the module's code.</summary>
    public int IndexOf(Instruction* instruction) => (int)(instruction - (Instruction*)Marshal.UnsafeAddrOfPinnedArrayElement(_code, 0));

    /// <summary>The instruction at an index.</summary>
    public Instruction* At(int index) => (Instruction*)Marshal.UnsafeAddrOfPinnedArrayElement(_code, 0) + index;

    /// <summary>The defined function that an instruction belongs to: a search, off the hot path.</summary>
    public int FunctionOf(Instruction* instruction)
    {
        int index = IndexOf(instruction);
        if ((uint)index >= (uint)_code.Length) throw new NodeFaultException("a trap outside of any function");
        int found = Array.BinarySearch(_starts, index);
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>Finds the function, in the index space, and the byte offset of an instruction, for traps.</summary>
    public (int Function, int Offset) Locate(Instruction* instruction) =>
        (Module.ImportedFunctions + FunctionOf(instruction), _offsets[IndexOf(instruction)]);
}
