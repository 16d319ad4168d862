using System;
using System.Runtime.InteropServices;
using ContractVm.Binary;

namespace ContractVm.Interpreter;

/// <summary>What takes two slots: vector locals, globals and moves, and the vector instructions.</summary>
internal sealed partial class Translator
{
    /// <summary>Where the body has vector locals: for each local its first slot, times two, plus one where it is a vector.</summary>
    private int[] _localSlots = [];
    private bool _hasVectorLocals;

    private void LayOutLocals(FunctionBody body)
    {
        _hasVectorLocals = body.LocalWords != body.LocalCount;
        if (!_hasVectorLocals) return;
        if (_localSlots.Length < body.LocalCount) _localSlots = new int[body.LocalCount];
        int local = 0, slot = 0;
        foreach (ValueType type in _type.Parameters) Place(type);
        foreach (LocalRun run in body.DeclaredLocals)
            for (uint left = run.Count; left > 0; left--) Place(run.Type);

        void Place(ValueType type)
        {
            bool isVector = type == ValueType.V128;
            _localSlots[local++] = slot * 2 + (isVector ? 1 : 0);
            slot += isVector ? 2 : 1;
        }
    }

    /// <summary>The first slot of a local: its index, where no local of the body is a vector.</summary>
    private int LocalSlot(uint local, out bool isVector)
    {
        int place = _hasVectorLocals ? _localSlots[local] : (int)local * 2;
        isVector = (place & 1) != 0;
        return place >> 1;
    }

    private void EmitCopy(bool isVector, int to, int from) => Emit(isVector ? InternalOp.VectorCopy : InternalOp.Copy, to, from, 0);

    /// <summary>A vector global moves as two halves: seldom enough to do without an operation of its own.</summary>
    private void TranslateGlobalGet(int global)
    {
        int home = HomeOf(_height), slot = globalSlots[global], halves = globalSlots[global + 1] - slot;
        for (int half = 0; half < halves; half++)
        {
            if (global < module.ImportedGlobals) Emit(InternalOp.ImportedGlobalGet, home + half, global, half);
            else Emit(InternalOp.GlobalGet, home + half, slot + half, 0);
        }

        PushProduced(halves == 2);
        // Two instructions made it: its result cannot go elsewhere by changing one.
        if (halves == 2) _producer = -1;
    }

    private void TranslateGlobalSet(int global)
    {
        int slot = globalSlots[global], value = PopSlot();
        for (int half = 0; half < globalSlots[global + 1] - slot; half++)
        {
            if (global < module.ImportedGlobals) Emit(InternalOp.ImportedGlobalSet, half, global, value + half);
            else Emit(InternalOp.GlobalSet, 0, slot + half, value + half);
        }
    }

    /// <summary>
    /// Emits a vector instruction: R result, A and B the first two operands, Extra the lane. What does not fit stands in a
    /// word of its own after it: the third operand, the displacement of a lane's load, the bytes of a constant or shuffle.
    /// </summary>
    private void TranslateVector(ref ByteReader reader, OpcodeInfo info)
    {
        InternalOp op = (InternalOp)info.Opcode;
        bool isMemory = info.Immediates == Immediates.MemArgLane;
        if (isMemory) PassAlignment(ref reader);
        int displacement = isMemory ? unchecked((int)reader.ReadU64("an offset")) : 0;
        ushort lane = info.Lanes > 0 ? reader.ReadByte("a lane") : (ushort)0;
        int count = info.Operands.Length;
        int third = count > 2 ? PopSlot() : 0, second = count > 1 ? PopSlot() : 0, first = count > 0 ? PopSlot() : 0;
        if (info.Results.Length == 0)
        {
            Emit(op, displacement, first, second, lane);
            return;
        }

        Emit(op, HomeOf(_height), first, second, lane);
        bool hasBytes = info.Immediates is Immediates.V128 or Immediates.Shuffle, hasWord = hasBytes || isMemory || count > 2;
        if (hasBytes)
        {
            Emit(InternalOp.Unreachable);
            reader.ReadBytes(16, "sixteen bytes").CopyTo(MemoryMarshal.AsBytes(_code.AsSpan(_count - 1, 1)));
        }
        else if (hasWord)
        {
            Emit(InternalOp.Unreachable, 0, isMemory ? displacement : third, 0);
        }

        PushProduced(info.Results[0] == 'v', hasWord ? 2 : 1);
    }
}
