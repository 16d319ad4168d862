// UNSAFE. Invariant: addresses are inside the CodeMemory that this object owns, which is released only when no instance uses the
// module any more, by count or because all of them are garbage with it.
using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;

namespace ContractVm.Native;

/// <summary>
/// A module's machine code in memory, with thunks made for its types and imports: loaded once, shared by all instances.
/// Immutable but for the count of its users; safe for concurrent use. Disposing of it unloads the code when the last store that
/// uses it is gone.
/// </summary>
internal sealed unsafe class CompiledModule : IDisposable
{
    private static readonly ConditionalWeakTable<Module, CompiledModule> Loaded = [];
    private readonly CompiledCode _code;
    private readonly CodeMemory _memory;
    private readonly int[] _entryThunks;
    private readonly int[] _hostThunks;
    // The owner's use is one; each store that has instances adds one for each.
    private int _uses = 1;
    private int _isDisposed;
    private bool _isAttached;

    private CompiledModule(Module module, CompiledCode code, CodeMemory memory, int[] entryThunks, int[] hostThunks)
    {
        Module = module;
        _code = code.WithoutCode();
        _memory = memory;
        _entryThunks = entryThunks;
        _hostThunks = hostThunks;
        GlobalSlots = ValueSlots.StartsOf(module.GlobalTypeList);
        HostSlots = new int[module.ImportedFunctions];
        for (int i = 0; i < HostSlots.Length; i++)
        {
            FunctionType type = module.TypeOfFunction(i);
            HostSlots[i] = Math.Max(ValueSlots.Count(type.Parameters), ValueSlots.Count(type.Results));
        }
    }

    /// <summary>The module.</summary>
    public Module Module { get; }
    /// <summary>The first slot of each global, and after the last one the number of all.</summary>
    public int[] GlobalSlots { get; }
    /// <summary>Slots that a call of each imported function takes, for arguments or results.</summary>
    public int[] HostSlots { get; }
    /// <summary>No guard behind memories is needed.</summary>
    public bool ChecksMemory => _code.ChecksMemory;
    /// <summary>The code tells an observer of its instructions.</summary>
    public bool IsObserved { get; private init; }
    /// <summary>Memory that the code and its tables take, executable and not.</summary>
    public long MemoryBytes => (long)_memory.Length + 12L * _code.Sites.Length + 8L * _code.FunctionOffsets.Length;

    /// <summary>Loads code into memory; false where the machine cannot run emitted code or gives no memory for it.</summary>
    /// <param name="module">The module that the code was made of.</param>
    /// <param name="code">Its code, which the caller has verified; the bytes are wanted no longer than this.</param>
    /// <param name="loaded">The result.</param>
    /// <param name="isObserved">The code tells an observer of its instructions.</param>
    public static bool TryLoad(Module module, CompiledCode code, out CompiledModule? loaded, bool isObserved = false)
    {
        loaded = null;
        if (!Stubs.IsAvailable) return false;
        CodeWriter writer = new();
        int start = (code.CodeLength + 15) & ~15;
        // One thunk for all functions of a type.
        Dictionary<int, int> byType = [];
        int[] hostThunks = new int[module.ImportedFunctions], entryThunks = new int[module.BodyList.Count];
        for (int i = 0; i < module.FunctionCount; i++)
        {
            writer.Align(16);
            FunctionType type = module.TypeOfFunction(i);
            if (i < hostThunks.Length)
            {
                hostThunks[i] = start + writer.Length;
                writer.Raw(Thunks.WriteHost(i, type));
            }
            else
            {
                if (byType.TryAdd(module.FunctionTypeIndices[i], start + writer.Length)) writer.Raw(Thunks.WriteEntry(type));
                entryThunks[i - hostThunks.Length] = byType[module.FunctionTypeIndices[i]];
            }
        }

        if (!CodeMemory.TryLoad(code.Code.Span, writer.ToArray(), start, out CodeMemory? memory)) return false;
        loaded = new CompiledModule(module, code, memory!, entryThunks, hostThunks) { IsObserved = isObserved };
        return true;
    }

    /// <summary>Makes it what stores of the compiled engine run the module with; false where there is something already.</summary>
    public bool TryAttach() => _isAttached = Loaded.TryAdd(Module, this);

    /// <summary>The code that was attached to a module; null where there is none.</summary>
    public static CompiledModule? Of(Module module) => Loaded.TryGetValue(module, out CompiledModule? compiled) ? compiled : null;

    /// <summary>Address of a function that the module defines.</summary>
    public nint FunctionAddress(int defined) => (nint)_memory.Start + _code.FunctionOffsets[defined];

    /// <summary>Address of the thunk through which .NET calls a function that the module defines.</summary>
    public nint EntryThunk(int defined) => (nint)_memory.Start + _entryThunks[defined];

    /// <summary>Address of the code that stands for an imported function of the host.</summary>
    public nint HostThunk(int import) => (nint)_memory.Start + _hostThunks[import];

    /// <summary>True where an address is in the module's code or thunks.</summary>
    public bool Contains(ulong address) => address - (ulong)_memory.Start < _memory.Length;

    /// <summary>
    /// The function, in the index space, byte offset and trap of a place in the code; false where no trap can be there.
    /// </summary>
    /// <param name="address">Of the instruction that faulted, or the return address of a call.</param>
    /// <param name="isReturn">It is a return address.</param>
    /// <param name="function">Index of the function.</param>
    /// <param name="site">The site.</param>
    public bool TryLocate(ulong address, bool isReturn, out int function, out TrapSite site)
    {
        long offset = (long)(address - (ulong)_memory.Start) - (isReturn ? 1 : 0);
        bool isFound = _code.TryFindSite(offset, out site);
        function = isFound ? Module.ImportedFunctions + _code.FunctionAt(offset) : -1;
        return isFound;
    }

    /// <summary>How exceptions leave the functions.</summary>
    public UnwindTable Unwind => _code.Unwind;

    /// <summary>Address of a place in the code.</summary>
    public nint AddressOf(int codeOffset) => (nint)_memory.Start + codeOffset;

    /// <summary>What is known of a call of the code, by its return address.</summary>
    public CallSite CallAt(ulong returnAddress) => _code.Unwind.CallAt((int)(returnAddress - (ulong)_memory.Start));

    /// <summary>The function, among those that the module defines, that a return address is in, and its frame; false in a thunk.</summary>
    public bool TryFindFrame(ulong returnAddress, out int function, out FunctionFrame frame)
    {
        function = _code.FunctionAt((long)(returnAddress - (ulong)_memory.Start) - 1);
        bool isFound = (uint)function < (uint)_code.Unwind.Frames.Length;
        frame = isFound ? _code.Unwind.Frames[function] : default;
        return isFound;
    }

    /// <summary>An instance is going to use the code.</summary>
    /// <exception cref="ObjectDisposedException">It is unloaded, or about to be.</exception>
    public void AddUse() => ObjectDisposedException.ThrowIf(!TryAddUse(), this);

    /// <summary>Someone is going to use the code; false where it is unloaded, or about to be.</summary>
    public bool TryAddUse()
    {
        if (Volatile.Read(ref _isDisposed) != 0) return false;
        // Code whose last use has ended is never used again, however close the two come.
        int uses = Volatile.Read(ref _uses);
        while (uses > 0)
        {
            int seen = Interlocked.CompareExchange(ref _uses, uses + 1, uses);
            if (seen == uses) return true;
            uses = seen;
        }

        return false;
    }

    /// <summary>An instance will not use the code any more.</summary>
    public void RemoveUse()
    {
        if (Interlocked.Decrement(ref _uses) == 0) Unload();
    }

    /// <summary>For the owner: unloads the code where nobody else uses it; false where it stays.</summary>
    public bool TryDisposeUnused()
    {
        if (Volatile.Read(ref _isDisposed) != 0 || Interlocked.CompareExchange(ref _uses, 0, 1) != 1) return false;
        Volatile.Write(ref _isDisposed, 1);
        Detach();
        Unload();
        return true;
    }

    /// <summary>Unloads the code, at once or with the last of its instances.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        Detach();
        RemoveUse();
    }

    // Only what this object attached: the module may have other code, which came first.
    private void Detach()
    {
        if (_isAttached) Loaded.Remove(Module);
    }

    private void Unload()
    {
        _memory.Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Unloads the code where the owner forgot to: then no instance is reachable either.</summary>
    ~CompiledModule() => _memory?.Release();
}
