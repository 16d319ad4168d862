using System;
using ContractVm.Compiler.Ir;

namespace ContractVm.Compiler.Passes;

/// <summary>
/// Decides where NaNs are made canonical. The profile's rule is that a computation's NaN is the canonical one at once
/// (docs/DETERMINISM.md); who computes with a NaN cannot tell one from another, so it may be done later, where bits are first seen:
/// the front end has put a <see cref="IrOp.Canonicalize"/> there. What remains is what only carries values: block parameters,
/// selects, and moves of lanes as wide as they were computed. A NaN that the program made itself of bits must stay as it is, so a carrier's value may be made canonical only if all
/// that flows into it was computed; otherwise each computation that flows into it does it where it stands.
/// <para>
/// Carriers get the meet of what flows into them, from "nothing yet" down to "both"; two steps at most each. Rounds are limited: where they do
/// not suffice, all carriers count as mixed, which is always right.
/// </para>
/// </summary>
internal sealed class NaNPlacement
{
    private const byte Nothing = 0, Single = 1, Double = 2, Carried = 3, Mixed = 4;
    private const int MaximumRounds = 8;

    private byte[] _kinds = [];
    private int[] _pending = new int[64];
    private int _pendingCount;

    /// <summary>Settles every <see cref="IrOp.Canonicalize"/>: it is given its lanes, or stands for its operand.</summary>
    public void Run(IrFunction function, IncomingEdges incoming)
    {
        bool hasCarriers = false, hasAny = false;
        for (int i = 0; i < function.NodeCount; i++)
        {
            ref IrNode node = ref function.Nodes[i];
            if (node.Op != IrOp.Canonicalize) continue;
            hasAny = true;
            node.A = function.Resolve(node.A);
            hasCarriers |= IsCarrier(in function.Nodes[node.A]);
        }

        if (!hasAny) return;
        if (hasCarriers) FindKinds(function, incoming);
        for (int i = 0; i < function.NodeCount; i++)
            if (function.Nodes[i].Op == IrOp.Canonicalize) Settle(function, incoming, i);
        // What became canonical where it is computed needs it no more elsewhere.
        for (int i = 0; i < function.NodeCount; i++)
        {
            ref IrNode node = ref function.Nodes[i];
            if (node.Op == IrOp.Canonicalize && (function.Nodes[node.A].Flags & IrFlags.CanonicalizeHere) != 0) node.Flags |= IrFlags.Alias;
        }

        for (int i = 0; i < function.NodeCount && hasCarriers; i++)
            if (IsCarrier(in function.Nodes[i])) function.Nodes[i].Flags &= ~IrFlags.CanonicalizeHere;
    }

    /// <summary>Every computation makes its NaNs canonical where it stands: what the profile says, word for word.</summary>
    public static void AtOnce(IrFunction function)
    {
        for (int i = 0; i < function.NodeCount; i++)
        {
            ref IrNode node = ref function.Nodes[i];
            if (node.Op == IrOp.Canonicalize) node.Flags |= IrFlags.Alias;
            else if (OperationTraits.ResultClass(node.Op) != LaneClass.None) node.Flags |= IrFlags.CanonicalizeHere;
        }
    }

    private static bool IsCarrier(in IrNode node) =>
        OperationTraits.IsCarrier(node.Op) && node.Type is IrType.F32 or IrType.F64 or IrType.V128;

    private void FindKinds(IrFunction function, IncomingEdges incoming)
    {
        if (_kinds.Length < function.NodeCount) _kinds = new byte[Math.Max(function.NodeCount, _kinds.Length * 2)];
        _kinds.AsSpan(0, function.NodeCount).Clear();
        bool changes = true;
        for (int round = 0; changes && round < MaximumRounds; round++)
        {
            changes = false;
            for (int i = 0; i < function.NodeCount; i++)
            {
                ref IrNode node = ref function.Nodes[i];
                if (!IsCarrier(in node) || (node.Flags & IrFlags.Alias) != 0 || _kinds[i] == Mixed) continue;
                byte kind = _kinds[i];
                if (node.Op == IrOp.BlockParameter)
                {
                    foreach (int edge in incoming.Of(node.Extra))
                        kind = Meet(kind, KindOf(function, function.Arguments[function.Edges[edge].FirstArgument + (int)node.Immediate]));
                }
                else
                {
                    kind = Meet(kind, KindOf(function, node.A));
                    if (node.B >= 0) kind = Meet(kind, KindOf(function, node.B));
                }

                changes |= kind != _kinds[i];
                _kinds[i] = kind;
            }
        }

        if (!changes) return;
        for (int i = 0; i < function.NodeCount; i++)
            if (IsCarrier(in function.Nodes[i])) _kinds[i] = Mixed;
    }

    private static byte Meet(byte a, byte b) => a == Nothing || a == b ? b : b == Nothing ? a : Mixed;

    private byte KindOf(IrFunction function, int value)
    {
        value = function.Resolve(value);
        ref IrNode node = ref function.Nodes[value];
        if (IsCarrier(in node)) return _kinds[value];
        LaneClass made = OperationTraits.ResultClass(node.Op);
        if (made != LaneClass.None) return (byte)made;
        if (node.Op == IrOp.Canonicalize) return KindBehind(function, in node);
        return node.Op switch
        {
            // A constant that is no NaN is the same either way.
            (ushort)Opcode.F32Const => float.IsNaN(BitConverter.Int32BitsToSingle((int)node.Immediate)) ? Carried : Nothing,
            (ushort)Opcode.F64Const => double.IsNaN(BitConverter.Int64BitsToDouble(node.Immediate)) ? Carried : Nothing,
            (ushort)Opcode.V128Const => HasNaN(function.Vectors[node.Immediate]) ? Carried : Nothing,
            _ => Carried,
        };
    }

    /// <summary>True where a lane is a NaN, whatever the lanes.</summary>
    private static bool HasNaN(UInt128 vector)
    {
        for (int bit = 0; bit < 128; bit += 64)
        {
            ulong half = (ulong)(vector >> bit);
            if (double.IsNaN(BitConverter.UInt64BitsToDouble(half)) || float.IsNaN(BitConverter.UInt32BitsToSingle((uint)half))
                || float.IsNaN(BitConverter.UInt32BitsToSingle((uint)(half >> 32)))) return true;
        }

        return false;
    }

    /// <summary>What <see cref="Settle"/> will leave of it: where it is read in the lanes in which it was computed, it comes as it is.</summary>
    private byte KindBehind(IrFunction function, in IrNode node)
    {
        ref IrNode operand = ref function.Nodes[node.A];
        byte kind = IsCarrier(in operand) ? _kinds[node.A] : (byte)OperationTraits.ResultClass(operand.Op);
        if (node.Extra != 0 && kind == node.Extra) return kind;
        return kind == Nothing && IsCarrier(in operand) ? Nothing : Carried;
    }

    private void Settle(IrFunction function, IncomingEdges incoming, int index)
    {
        ref IrNode node = ref function.Nodes[index];
        ref IrNode operand = ref function.Nodes[node.A];
        if (!IsCarrier(in operand))
        {
            node.Extra = (int)OperationTraits.ResultClass(operand.Op);
            // A parameter may turn out to stand for something that only carries bits.
            if (node.Extra == 0) node.Flags |= IrFlags.Alias;
            return;
        }

        byte kind = _kinds[node.A];
        if (kind is Single or Double && kind != node.Extra)
        {
            node.Extra = kind;
            return;
        }

        node.Flags |= IrFlags.Alias;
        if (kind == Mixed) Demand(function, incoming, node.A);
    }

    /// <summary>Every computation that flows into a carrier makes its NaNs canonical.</summary>
    private void Demand(IrFunction function, IncomingEdges incoming, int carrier)
    {
        Visit(function, carrier);
        while (_pendingCount > 0)
        {
            ref IrNode node = ref function.Nodes[_pending[--_pendingCount]];
            if (node.Op == IrOp.BlockParameter)
            {
                foreach (int edge in incoming.Of(node.Extra)) Visit(function, function.Arguments[function.Edges[edge].FirstArgument + (int)node.Immediate]);
            }
            else
            {
                Visit(function, node.A);
                if (node.B >= 0) Visit(function, node.B);
            }
        }
    }

    private void Visit(IrFunction function, int value)
    {
        value = function.Resolve(value);
        ref IrNode node = ref function.Nodes[value];
        if ((node.Flags & IrFlags.CanonicalizeHere) != 0) return;
        if (IsCarrier(in node))
        {
            // On a carrier the flag only means that it has been visited.
            node.Flags |= IrFlags.CanonicalizeHere;
            if (_pendingCount == _pending.Length) Array.Resize(ref _pending, _pendingCount * 2);
            _pending[_pendingCount++] = value;
        }
        else if (OperationTraits.ResultClass(node.Op) != LaneClass.None)
        {
            node.Flags |= IrFlags.CanonicalizeHere;
        }
    }
}
