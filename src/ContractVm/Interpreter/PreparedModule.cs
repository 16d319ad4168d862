// UNSAFE. Invariant: code arrays are allocated on the pinned heap and referenced by this object, so the addresses in Entries
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
    public int Parameters;
    /// <summary>Declared locals, which a call sets to zero.</summary>
    public int Locals;
    /// <summary>Slots of a frame, operands included.</summary>
    public int FrameSlots;
    public int CanonicalType;
}

/// <summary>
/// A module in the interpreter's form: prepared once, shared by all instances. Immutable; safe for concurrent use.
/// </summary>
internal sealed unsafe class PreparedModule
{
    private static readonly ConditionalWeakTable<Module, PreparedModule> Cache = [];
    private readonly Instruction[][] _code;
    private readonly int[][] _offsets;
    private readonly FunctionEntry[] _entries;

    private PreparedModule(Module module)
    {
        Module = module;
        int count = module.BodyList.Count;
        _code = new Instruction[count][];
        _offsets = new int[count][];
        _entries = GC.AllocateArray<FunctionEntry>(count, pinned: true);
        Translator translator = new(module);
        for (int i = 0; i < count; i++)
        {
            FunctionBody body = module.BodyList[i];
            (_code[i], _offsets[i]) = translator.Translate(body);
            int parameters = module.TypeSpace[body.TypeIndex].Function!.Parameters.Length;
            _entries[i] = new FunctionEntry
            {
                Code = (Instruction*)Marshal.UnsafeAddrOfPinnedArrayElement(_code[i], 0),
                FrameWords = body.Plan.FrameWords,
                Parameters = parameters,
                Locals = body.LocalCount - parameters,
                FrameSlots = body.LocalWords + Frame.HeaderSlots + body.MaxOperandWords,
                CanonicalType = body.TypeIndex,
            };
        }
    }

    public Module Module { get; }

    public FunctionEntry* Entries => (FunctionEntry*)Marshal.UnsafeAddrOfPinnedArrayElement(_entries, 0);

    /// <summary>The prepared form of a module; made on first use.</summary>
    public static PreparedModule Of(Module module) => Cache.GetValue(module, static m => new PreparedModule(m));

    /// <summary>Finds the function and byte offset of an instruction, for traps: a search, off the hot path.</summary>
    public (int Function, int Offset) Locate(Instruction* instruction)
    {
        for (int i = 0; i < _code.Length; i++)
        {
            long index = instruction - _entries[i].Code;
            if (index >= 0 && index < _code[i].Length) return (Module.ImportedFunctions + i, _offsets[i][index]);
        }

        throw new NodeFaultException("a trap outside of any function");
    }
}
