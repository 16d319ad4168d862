// UNSAFE. Invariant: the pointer to memory is formed after the whole access has been checked against the memory's length;
// operand slots are the caller's, as GeneralOperations says.
using System.Runtime.CompilerServices;

namespace ContractVm.Interpreter;

/// <summary>
/// Loads, stores and atomics on any memory (WebAssembly 3.0, execution, "Memory Instructions"; threads proposal). An address is
/// 64 bits wide here: one of a 32-bit memory is zero-extended, and adding a displacement is checked for overflow. Atomics are
/// ordinary accesses that must be aligned: a store has one thread, so nobody else can look, not even where the bare profile
/// lets a memory be shared.
/// </summary>
internal static unsafe class GeneralAccess
{
    /// <summary>Executes one access; operands stand from slot a, address first, and the result goes there.</summary>
    public static TrapKind Execute(LinearMemory memory, Opcode opcode, ulong displacement, int lane, ulong* a)
    {
        OpcodeInfo info = OpcodeTable.Get(opcode);
        ulong size = 1UL << info.NaturalAlignment, address = unchecked(a[0] + displacement);
        if ((info.Feature & Features.Threads) != 0 && (address & (size - 1)) != 0) return TrapKind.UnalignedAtomic;
        if (address < displacement || address > memory.ByteLength || size > memory.ByteLength - address) return TrapKind.MemoryOutOfBounds;
        byte* at = memory.Base + address;
        if ((int)opcode >= OpcodeTable.VectorBase)
        {
            ExecuteVector(info, at, size, lane, a);
            return TrapKind.None;
        }

        return (int)opcode >= OpcodeTable.AtomicBase ? ExecuteAtomic(info, at, (int)size, memory.Type.IsShared, a) : ExecuteScalar(opcode, at, a);
    }

    private static TrapKind ExecuteScalar(Opcode opcode, byte* at, ulong* a)
    {
        switch (opcode)
        {
            case Opcode.I32Load or Opcode.F32Load or Opcode.I64Load32U: a[0] = Unsafe.ReadUnaligned<uint>(at); break;
            case Opcode.I64Load or Opcode.F64Load: a[0] = Unsafe.ReadUnaligned<ulong>(at); break;
            case Opcode.I32Load8U or Opcode.I64Load8U: a[0] = *at; break;
            case Opcode.I32Load16U or Opcode.I64Load16U: a[0] = Unsafe.ReadUnaligned<ushort>(at); break;
            case Opcode.I32Load8S: a[0] = (uint)*(sbyte*)at; break;
            case Opcode.I32Load16S: a[0] = (uint)Unsafe.ReadUnaligned<short>(at); break;
            case Opcode.I64Load8S: a[0] = (ulong)*(sbyte*)at; break;
            case Opcode.I64Load16S: a[0] = (ulong)Unsafe.ReadUnaligned<short>(at); break;
            case Opcode.I64Load32S: a[0] = (ulong)Unsafe.ReadUnaligned<int>(at); break;
            case Opcode.I32Store or Opcode.F32Store or Opcode.I64Store32: Unsafe.WriteUnaligned(at, (uint)a[1]); break;
            case Opcode.I64Store or Opcode.F64Store: Unsafe.WriteUnaligned(at, a[1]); break;
            case Opcode.I32Store8 or Opcode.I64Store8: *at = (byte)a[1]; break;
            case Opcode.I32Store16 or Opcode.I64Store16: Unsafe.WriteUnaligned(at, (ushort)a[1]); break;
            default: throw new NodeFaultException($"the interpreter met the unknown access {opcode}");
        }

        return TrapKind.None;
    }

    /// <summary>The vector accesses' own code, over a memory that begins at the address.</summary>
    private static void ExecuteVector(OpcodeInfo info, byte* at, ulong size, int lane, ulong* a)
    {
        a[0] = 0;
        Instruction* pair = stackalloc Instruction[2];
        pair[0] = new Instruction { Op = (InternalOp)info.Opcode, Extra = (ushort)lane, B = info.Results.Length == 0 || lane >= 0 && info.Lanes > 0 ? 1 : 0 };
        pair[1] = default;
        MemoryView view = new(at, size);
        if (VectorOperations.Execute(pair, a, in view) is null) throw new NodeFaultException("a checked access is out of bounds");
    }

    private static TrapKind ExecuteAtomic(OpcodeInfo info, byte* at, int size, bool isShared, ulong* a)
    {
        switch (info.Opcode)
        {
            // Nobody else is there to wait, so nobody is woken.
            case Opcode.MemoryAtomicNotify: a[0] = 0; return TrapKind.None;
            case Opcode.MemoryAtomicWait32 or Opcode.MemoryAtomicWait64:
                if (!isShared) return TrapKind.ExpectedSharedMemory;
                // One thread runs here: another value is seen at once (1), or the time passes and nobody has woken it (2).
                a[0] = Read(at, size) == a[1] ? 2UL : 1UL;
                return TrapKind.None;
        }

        ulong before = Read(at, size), operand = a[1];
        switch (Kinds[(int)info.Opcode])
        {
            case AtomicKind.Load: break;
            case AtomicKind.Store:
                Write(at, size, operand);
                return TrapKind.None;
            case AtomicKind.Add: Write(at, size, unchecked(before + operand)); break;
            case AtomicKind.Subtract: Write(at, size, unchecked(before - operand)); break;
            case AtomicKind.And: Write(at, size, before & operand); break;
            case AtomicKind.Or: Write(at, size, before | operand); break;
            case AtomicKind.Xor: Write(at, size, before ^ operand); break;
            case AtomicKind.Exchange: Write(at, size, operand); break;
            case AtomicKind.CompareExchange:
                // The expected value is wrapped to the access (threads proposal, "atomic memory accesses": expected is wrapped, then compared).
                if (before == (size == 8 ? operand : operand & ((1UL << (8 * size)) - 1))) Write(at, size, a[2]);
                break;
        }

        a[0] = before;
        return TrapKind.None;
    }

    private enum AtomicKind : byte
    {
        Load, Store, Add, Subtract, And, Or, Xor, Exchange, CompareExchange,
    }

    private static readonly AtomicKind[] Kinds = BuildKinds();

    private static AtomicKind[] BuildKinds()
    {
        AtomicKind[] kinds = new AtomicKind[OpcodeTable.IdLimit];
        (string Word, AtomicKind Kind)[] words =
        [
            (".atomic.store", AtomicKind.Store), (".add", AtomicKind.Add), (".sub", AtomicKind.Subtract), (".and", AtomicKind.And), (".or", AtomicKind.Or),
            (".xor", AtomicKind.Xor), (".xchg", AtomicKind.Exchange), (".cmpxchg", AtomicKind.CompareExchange),
        ];
        foreach (OpcodeInfo info in OpcodeTable.All)
            foreach ((string word, AtomicKind kind) in words)
                if (info.Name.Contains(word, System.StringComparison.Ordinal)) kinds[(int)info.Opcode] = kind;
        return kinds;
    }

    private static ulong Read(byte* at, int size) => size switch
    {
        1 => *at,
        2 => *(ushort*)at,
        4 => *(uint*)at,
        _ => *(ulong*)at,
    };

    private static void Write(byte* at, int size, ulong value)
    {
        switch (size)
        {
            case 1: *at = (byte)value; break;
            case 2: *(ushort*)at = (ushort)value; break;
            case 4: *(uint*)at = (uint)value; break;
            default: *(ulong*)at = value; break;
        }
    }
}
