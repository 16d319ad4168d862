using System.Collections.Generic;

namespace ContractVm;

/// <summary>A set of instructions. Not safe for concurrent use while it changes.</summary>
internal sealed class OpcodeSet
{
    private readonly ulong[] _words = new ulong[(OpcodeTable.IdLimit + 63) / 64];

    /// <summary>Makes an empty set.</summary>
    public OpcodeSet()
    {
    }

    /// <summary>Makes a set of some instructions.</summary>
    public OpcodeSet(IEnumerable<Opcode> opcodes)
    {
        foreach (Opcode opcode in opcodes) Add((int)opcode);
    }

    /// <summary>Adds an instruction by its id.</summary>
    public void Add(int id) => _words[id >> 6] |= 1UL << id;

    /// <summary>Adds all of another set.</summary>
    public void Add(OpcodeSet other)
    {
        for (int i = 0; i < _words.Length; i++) _words[i] |= other._words[i];
    }

    /// <summary>True where the instruction is in the set.</summary>
    public bool Contains(Opcode opcode) => (_words[(int)opcode >> 6] >> (int)opcode & 1) != 0;

    /// <summary>The first instruction, by id, that is in both sets; null where none is.</summary>
    public Opcode? FirstInBoth(OpcodeSet other)
    {
        for (int i = 0; i < _words.Length; i++)
            if ((_words[i] & other._words[i]) is ulong both and not 0) return (Opcode)(64 * i + System.Numerics.BitOperations.TrailingZeroCount(both));
        return null;
    }
}
