using System;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.InteropServices;
using ContractVm.Gas;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>What all frames of one transaction share. Used by one thread.</summary>
public sealed class TransactionContext
{
    /// <summary>Makes the context of one transaction.</summary>
    public TransactionContext(WorldState state, BlockEnvironment block, Address origin, UInt256 gasPrice, Meter meter, ModuleCache modules)
    {
        State = state;
        Block = block;
        Origin = origin;
        GasPrice = gasPrice;
        Meter = meter;
        Modules = modules;
    }

    /// <summary>The journaled state.</summary>
    public WorldState State { get; }
    /// <summary>The block.</summary>
    public BlockEnvironment Block { get; }
    /// <summary>Who signed the transaction.</summary>
    public Address Origin { get; }
    /// <summary>Wei that a unit of gas costs.</summary>
    public UInt256 GasPrice { get; }
    /// <summary>Ink and stack words of the transaction.</summary>
    public Meter Meter { get; }
    /// <summary>Loaded modules.</summary>
    public ModuleCache Modules { get; }
    /// <summary>Memory pages that the frames have open.</summary>
    public MemoryPages Pages { get; } = new();
    /// <summary>Takes what contracts print, on chains where they can; null to drop it.</summary>
    public Action<CallFrame, string>? Console { get; init; }
    /// <summary>What random numbers come from, on chains where contracts can ask for them: the transaction's hash.</summary>
    public Hash256 Seed { get; init; }
    /// <summary>Files that programs may read, on chains where they can: path from the root, with / between names, and content.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? Files { get; init; }
    /// <summary>Who is told what the frames do, or null.</summary>
    public ITracer? Tracer { get; init; }

    private int _frames;

    internal int CountFrame() => _frames++;

    // Frames that are open, by contract. A delegate call is none of its contract's (Stylus).
    private readonly Dictionary<Address, int> _open = [];

    /// <summary>A frame begins to run code: true where its contract is running already, as Stylus counts.</summary>
    internal bool Open(CallFrame frame)
    {
        ref int count = ref CollectionsMarshal.GetValueRefOrAddDefault(_open, frame.Contract, out _);
        if (frame.Kind != FrameKind.DelegateCall) count++;
        return count > 1;
    }

    /// <summary>A frame has ended.</summary>
    internal void Close(CallFrame frame)
    {
        if (frame.Kind != FrameKind.DelegateCall) _open[frame.Contract]--;
    }
}

/// <summary>
/// The price of memory pages across a transaction's frames (Stylus' memory model): the first pages are free, then a price for
/// each page that is open and an exponential one for the most that were ever open.
/// </summary>
public sealed class MemoryPages
{
    private const int FreePages = 2, PageGas = 1000, ModelPages = 128, Ramp = 31_874_000;
    private static readonly ulong[] Exponential = BuildExponential();
    private int _open;
    private int _ever;

    /// <summary>Opens pages, which the meter pays. What it cannot pay is not open, and costs nobody anything later.</summary>
    public bool TryOpen(int pages, Meter meter)
    {
        if (!meter.TryCharge(Ink.Multiply(PriceOf(pages), Prices.InkPerGas))) return false;
        _open += pages;
        _ever = Math.Max(_ever, _open);
        return true;
    }

    /// <summary>What opening pages costs now, in gas, at most 2^64-1.</summary>
    internal ulong PriceOf(int pages)
    {
        int open = _open + pages, ever = Math.Max(_ever, open);
        if (ever <= FreePages) return 0;
        ulong most = Price(ever) == ulong.MaxValue ? ulong.MaxValue : Price(ever) - Price(_ever);
        return Ink.Add(Ink.Multiply(PageGas, (ulong)(Charged(open) - Charged(_open))), most);
    }

    /// <summary>Pages open now; give it to <see cref="Close"/> when the frame that began here ends.</summary>
    public int Mark => _open;

    /// <summary>Closes the pages opened since the mark.</summary>
    public void Close(int mark) => _open = mark;

    private static int Charged(int pages) => Math.Max(0, pages - FreePages);

    private static ulong Price(int pages) => pages <= ModelPages ? Exponential[pages] : ulong.MaxValue;

    /// <summary>floor(ramp^(p/128)) for p from 0 to 128, by whole-number roots: no float decides a price.</summary>
    private static ulong[] BuildExponential()
    {
        ulong[] table = new ulong[ModelPages + 1];
        for (int p = 0; p <= ModelPages; p++)
        {
            BigInteger power = BigInteger.Pow(Ramp, p);
            ulong low = 0, high = Ramp;
            while (low < high)
            {
                ulong middle = low + (high - low + 1) / 2;
                if (BigInteger.Pow(middle, ModelPages) <= power) low = middle;
                else high = middle - 1;
            }

            table[p] = low;
        }

        return table;
    }
}
