using System;
using System.Collections.Generic;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>
/// Loaded modules by code hash, the least recently used leaving first. What is in it never changes a result: a module that is
/// not there is loaded again from its bytes. Safe for concurrent use.
/// </summary>
public sealed class ModuleCache(Profile profile, int capacity = 256)
{
    private readonly Dictionary<Hash256, LinkedListNode<(Hash256 Hash, Module Module)>> _nodes = [];
    private readonly LinkedList<(Hash256 Hash, Module Module)> _order = new();

    /// <summary>The profile that modules are loaded under.</summary>
    public Profile Profile { get; } = profile;

    /// <summary>The module of a code hash, where it is here.</summary>
    public bool TryGet(in Hash256 codeHash, out Module module)
    {
        lock (_order)
        {
            if (_nodes.TryGetValue(codeHash, out LinkedListNode<(Hash256, Module Module)>? node))
            {
                _order.Remove(node);
                _order.AddFirst(node);
                module = node.Value.Module;
                return true;
            }
        }

        module = null!;
        return false;
    }

    /// <summary>The module of a code hash, loaded from its bytes where it is not here.</summary>
    /// <exception cref="NodeFaultException">Code of the state is not a module: it was checked when it was deployed.</exception>
    public Module Get(in Hash256 codeHash, ReadOnlyMemory<byte> code)
    {
        if (TryGet(codeHash, out Module known)) return known;
        if (!Module.TryLoad(code, Profile, out Module module, out ModuleError error))
            throw new NodeFaultException($"the deployed code {codeHash} is not acceptable under {Profile.Name}: {error}");
        lock (_order)
        {
            if (!_nodes.ContainsKey(codeHash)) _nodes.Add(codeHash, _order.AddFirst((codeHash, module)));
            if (_nodes.Count > capacity)
            {
                _nodes.Remove(_order.Last!.Value.Hash);
                _order.RemoveLast();
            }
        }

        return module;
    }
}
