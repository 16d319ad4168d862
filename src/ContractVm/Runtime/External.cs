using System;
using ContractVm.Gas;

namespace ContractVm;

/// <summary>Something that a module can import and an instance can export (WebAssembly 3.0, execution, "External Addresses").</summary>
public abstract class External
{
    private protected External()
    {
    }

    /// <summary>What it is.</summary>
    public abstract ExternalKind Kind { get; }

    /// <summary>
    /// The store that it belongs to: numbers of functions, tags and objects in it mean something there alone. Null for what the
    /// embedder made and nothing has imported yet, and for host functions, which hold no such numbers.
    /// </summary>
    internal Store? Home { get; set; }
}

/// <summary>A function of an instance. As good as its instance: not to be used once the store is disposed of.</summary>
public sealed class Function : External
{
    internal Function(Instance owner, int index)
    {
        Owner = owner;
        Index = index;
    }

    internal Instance Owner { get; }
    internal int Index { get; }

    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Function;

    /// <summary>Its type. Concrete types in it are indices of its module.</summary>
    public FunctionType Type => Owner.Module.TypeOfFunction(Index);

    /// <summary>Calls it; see <see cref="Instance.Invoke"/>.</summary>
    public ExecutionResult Invoke(ReadOnlySpan<ulong> arguments, Span<ulong> results, Meter meter) => Owner.Invoke(Index, arguments, results, meter);
}

/// <summary>An exception tag: what an exception is caught by. Two tags are the same only where they are one object.</summary>
public sealed class Tag : External
{
    internal Tag(int number, int typeIndex, FunctionType type)
    {
        Number = number;
        TypeIndex = typeIndex;
        Type = type;
    }

    internal int Number { get; }
    /// <summary>Its type in the store's type space.</summary>
    internal int TypeIndex { get; }

    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Tag;
    /// <summary>The parameters are what an exception with this tag carries.</summary>
    public FunctionType Type { get; }
}

/// <summary>A global variable (WebAssembly 3.0, "Global Instances"). Not safe for concurrent use.</summary>
public sealed class Global : External
{
    internal Global(GlobalType type, ulong[] slots, int slot)
    {
        Type = type;
        Slots = slots;
        Slot = slot;
    }

    /// <summary>Makes a global for modules to import.</summary>
    /// <param name="type">Its type; not a concrete reference type.</param>
    /// <param name="low">Its value as a 64-bit slot; the low half of a v128.</param>
    /// <param name="high">The high half of a v128.</param>
    public Global(GlobalType type, ulong low, ulong high = 0)
        : this(type, GC.AllocateArray<ulong>(2, pinned: true), 0) =>
        // The rest of the machine relies on the upper half of a 32-bit value being zero.
        (Slots[0], Slots[1]) = (type.Value == ValueType.I32 || type.Value == ValueType.F32 ? (uint)low : low, high);

    /// <summary>The slots that hold it: its instance's, so that the instance reads and writes the same. Pinned where emitted code reads them.</summary>
    internal ulong[] Slots { get; }
    internal int Slot { get; }

    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Global;
    /// <summary>Its type.</summary>
    public GlobalType Type { get; }
    /// <summary>Its value: i32 zero-extended, floats as bits, the low half of a v128.</summary>
    public ulong Value => Slots[Slot];
    /// <summary>The high half of a v128, else 0.</summary>
    public ulong High => Type.Value == ValueType.V128 ? Slots[Slot + 1] : 0;
}
