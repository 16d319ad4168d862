using System;
using ContractVm.Compiler.Machine;
using ContractVm.Compiler.X64;

namespace ContractVm.Compiler.Allocation;

/// <summary>
/// Turns moves that happen at once into moves one after the other. Storage is kept from use to use.
/// <para>
/// A move may be made when no other one still reads its target; making it may free the next one's target. What is left are
/// cycles: one target's content is put aside, whose reader reads it from there, and the cycle is a chain. A cycle of registers
/// uses the scratch register of their class. A cycle with a slot in it needs that register for the way from slot to slot, so it
/// puts the content into a slot of its own behind all others. Linear in the number of moves. Slots of different sizes must not overlap.
/// </para>
/// </summary>
internal sealed class ParallelMoves
{
    private Location[] _from = new Location[32], _to = new Location[32];
    private VirtualKind[] _kinds = new VirtualKind[32];
    private int[] _ready = new int[32];
    private int _count, _readyCount;
    // By location: registers, then slots. The move that writes it, and how many moves still read it.
    private int[] _writer = new int[64], _readers = new int[64];
    private bool[] _isDone = new bool[32];

    /// <summary>Slot of 16 bytes for cycles among slots; given by the user before.</summary>
    public int SpareSlot { get; set; }
    /// <summary>The spare slot is used.</summary>
    public bool UsesSpareSlot { get; set; }

    /// <summary>Adds a move. No location may be the target of two.</summary>
    public void Add(Location from, Location to, VirtualKind kind)
    {
        if (from == to) return;
        if (_count == _from.Length)
        {
            Array.Resize(ref _from, _count * 2);
            Array.Resize(ref _to, _count * 2);
            Array.Resize(ref _kinds, _count * 2);
            Array.Resize(ref _ready, _count * 2);
            Array.Resize(ref _isDone, _count * 2);
        }

        (_from[_count], _to[_count], _kinds[_count]) = (from, to, kind);
        _isDone[_count++] = false;
    }

    /// <summary>Emits the moves and forgets them.</summary>
    public void Resolve(MoveList list, MoveStage stage, int before)
    {
        if (_count == 1)
        {
            Emit(list, stage, before, _from[0], _to[0], _kinds[0]);
            _count = 0;
            return;
        }

        for (int i = 0; i < _count; i++)
        {
            Prepare(Key(_to[i]));
            if (_from[i].Kind != LocationKind.Constant) Prepare(Key(_from[i]));
        }

        for (int i = 0; i < _count; i++)
        {
            _writer[Key(_to[i])] = i;
            if (_from[i].Kind != LocationKind.Constant) _readers[Key(_from[i])]++;
        }

        _readyCount = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_readers[Key(_to[i])] == 0) _ready[_readyCount++] = i;
        }

        EmitReady(list, stage, before);
        for (int i = 0; i < _count; i++)
        {
            if (_isDone[i]) continue;
            bool hasSlot = false;
            int reader = i, next = i;
            do
            {
                reader = next;
                hasSlot |= _to[reader].Kind == LocationKind.Slot;
                next = _writer[Key(_from[reader])];
            }
            while (next != i);
            Location aside = hasSlot ? Location.OfSlot(SpareSlot) : Location.Of(ScratchOf(_kinds[reader]));
            UsesSpareSlot |= aside.Kind == LocationKind.Slot;
            Emit(list, stage, before, _to[i], aside, _kinds[reader]);
            _from[reader] = aside;
            _ready[_readyCount++] = i;
            EmitReady(list, stage, before);
        }

        _count = 0;
    }

    /// <summary>The scratch register of a kind.</summary>
    public static Register ScratchOf(VirtualKind kind) => kind < VirtualKind.Float32 ? Registers.Scratch : Registers.VectorScratch;

    /// <summary>Emits one move, over a scratch register where both ends are not registers.</summary>
    public static void Emit(MoveList list, MoveStage stage, int before, Location from, Location to, VirtualKind kind)
    {
        if (from.Kind != LocationKind.Register && to.Kind != LocationKind.Register)
        {
            Location scratch = Location.Of(ScratchOf(kind));
            list.Add(stage, new InsertedMove(before, from, scratch, kind));
            from = scratch;
        }

        list.Add(stage, new InsertedMove(before, from, to, kind));
    }

    private void EmitReady(MoveList list, MoveStage stage, int before)
    {
        while (_readyCount > 0)
        {
            int i = _ready[--_readyCount];
            Emit(list, stage, before, _from[i], _to[i], _kinds[i]);
            _isDone[i] = true;
            // What was put aside is the target of none.
            if (_from[i].Kind == LocationKind.Constant || IsAside(_from[i])) continue;
            int key = Key(_from[i]);
            if (--_readers[key] == 0 && _writer[key] >= 0 && !_isDone[_writer[key]]) _ready[_readyCount++] = _writer[key];
        }
    }

    private bool IsAside(Location location) => location.Kind == LocationKind.Slot
        ? location.Index == SpareSlot
        : location.Register is Registers.Scratch or Registers.VectorScratch;

    private static int Key(Location location) => location.Kind == LocationKind.Slot ? Registers.Count + location.Index : location.Index;

    private void Prepare(int key)
    {
        if (key >= _writer.Length)
        {
            int size = Math.Max(key + 1, _writer.Length * 2);
            Array.Resize(ref _writer, size);
            Array.Resize(ref _readers, size);
        }

        _writer[key] = -1;
        _readers[key] = 0;
    }
}
