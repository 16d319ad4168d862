// UNSAFE. Invariant: a context is a pinned array that its instance refers to; every address in it is of something that the
// instance or its store keeps alive and in place: contexts, descriptors, code.
using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ContractVm.Interpreter;

namespace ContractVm.Native;

/// <summary>
/// Makes the block that emitted code finds through r15 (<see cref="ContextLayout"/>): the head, the globals, and after them the
/// arrays that the head points to.
/// </summary>
internal static unsafe class InstanceContext
{
    /// <summary>Words before the globals.</summary>
    public const int GlobalStart = ContextLayout.Globals / sizeof(ulong);

    /// <summary>Allocates the block, in place until the store goes: globals are zero and can be set; nothing else is there yet.</summary>
    public static ulong[] Allocate(Module module, int globalSlots, NativeStore store)
    {
        int words = GlobalStart + globalSlots + module.MemoryList.Count + module.TableList.Count + module.ImportedGlobals
            + 2 * module.ImportedFunctions + (module.TypeSpace.Count + module.TagCount + 1) / 2;
        ulong[] block = new ulong[words];
        store.Pin(block);
        return block;
    }

    /// <summary>Fills all but the globals, and describes the instance's functions to the store.</summary>
    /// <exception cref="NodeFaultException">A memory has no guard, and the code relies on one.</exception>
    public static void Bind(Instance instance, ulong[] block, NativeStore store)
    {
        CompiledModule compiled = instance.Compiled!;
        byte* context = AddressOf(block, 0);
        store.Keep(compiled);
        store.Add(instance);
        LinearMemory? first = instance.Memory;
        Set(context, ContextLayout.MemoryBase, first is null ? null : first.Base);
        Set(context, ContextLayout.Memory, first is null ? null : first.Descriptor);
        Set(context, ContextLayout.Execution, store.State);
        Set(context, ContextLayout.Functions, store.Functions);
        *(ulong*)(context + ContextLayout.FunctionBase) = instance.FunctionBase;
        *(ulong*)(context + ContextLayout.Handle) = (ulong)instance.Number;
        Set(context, ContextLayout.TrapExit, (void*)Stubs.TrapExit);
        Set(context, ContextLayout.CallHost, (void*)Stubs.CallHost);
        Set(context, ContextLayout.CallBuiltin, (void*)Stubs.CallBuiltin);
        Set(context, ContextLayout.MoveBytes, (void*)Stubs.MoveBytes);
        Set(context, ContextLayout.FillBytes, (void*)Stubs.FillBytes);
        Set(context, ContextLayout.OutOfInkExit, (void*)Stubs.OutOfInkExit);
        Set(context, ContextLayout.OutOfStackExit, (void*)Stubs.OutOfStackExit);
        Set(context, ContextLayout.Throw, (void*)Stubs.Throw);
        new Span<uint>(context + ContextLayout.SingleNaNs, 4).Fill(FloatMath.CanonicalNaN32);
        new Span<ulong>(context + ContextLayout.DoubleNaNs, 2).Fill(FloatMath.CanonicalNaN64);

        byte** next = (byte**)(context + ContextLayout.Globals) + compiled.GlobalSlots[^1];
        Set(context, ContextLayout.Memories, next);
        foreach (LinearMemory memory in instance.MemoryArray)
        {
            store.Keep(memory);
            // Accesses with 64-bit addresses are always checked.
            if (!memory.HasGuard && !memory.Type.Is64 && !compiled.ChecksMemory) throw new NodeFaultException("the machine cannot reserve address space behind a memory");
            *next++ = (byte*)memory.Descriptor;
        }

        Set(context, ContextLayout.Tables, next);
        foreach (Table table in instance.TableArray) *next++ = AddressOf(table.Pin(store), 0);
        Set(context, ContextLayout.ImportedGlobals, next);
        foreach (Global global in instance.ImportedGlobals) *next++ = AddressOf(global.Slots, global.Slot);
        Set(context, ContextLayout.Imports, next);
        for (int i = 0; i < instance.Module.FunctionCount; i++)
        {
            ImportedFunction function = instance.Resolve(i);
            Instance owner = function.Owner ?? instance;
            nint code = function.Host is not null ? compiled.HostThunk(i) : owner.Compiled!.FunctionAddress(function.Index);
            byte* ownerContext = AddressOf(owner.ContextArray, 0);
            store.Describe(instance.FunctionBase + (uint)i + 1, code, (nint)ownerContext, function.Type);
            if (i >= instance.Module.ImportedFunctions) continue;
            *next++ = (byte*)code;
            *next++ = ownerContext;
        }

        Set(context, ContextLayout.Types, next);
        int* types = (int*)next;
        for (int i = 0; i < instance.Module.TypeSpace.Count; i++) *types++ = instance.StoreType(i);
        foreach (Tag tag in instance.TagArray) *types++ = (int)Runtime.ObjectArena.TypeOf(tag);
        if ((instance.Module.UsedFeatures & (Features.Gc | Features.Exceptions)) == 0) return;
        store.Describe(instance.Store.Types);
        Runtime.ObjectArena objects = instance.Store.Objects;
        Set(context, ContextLayout.Objects, objects.Base);
        *(ulong*)(context + ContextLayout.ObjectLimit) = objects.LimitWords;
    }

    /// <summary>Address of an element of a pinned array.</summary>
    public static byte* AddressOf(ulong[] pinned, int index) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned)) + index * sizeof(ulong);

    private static void Set(byte* context, int offset, void* address) => *(void**)(context + offset) = address;
}
