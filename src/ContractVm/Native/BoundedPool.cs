using System.Diagnostics.CodeAnalysis;
using System.Threading;

namespace ContractVm.Native;

/// <summary>A few objects to use again, the last one first, since its pages are warm. Safe for concurrent use.</summary>
/// <param name="capacity">Objects that it keeps at most.</param>
internal sealed class BoundedPool<T>(int capacity)
    where T : class
{
    private readonly Lock _gate = new();
    private readonly T?[] _items = new T?[capacity];
    private int _count;

    /// <summary>Takes one, where there is one.</summary>
    public bool TryTake([NotNullWhen(true)] out T? item)
    {
        lock (_gate)
        {
            item = _count > 0 ? _items[--_count] : null;
            if (item is not null) _items[_count] = null;
        }

        return item is not null;
    }

    /// <summary>Puts one back; false where the pool is full.</summary>
    public bool TryAdd(T item)
    {
        lock (_gate)
        {
            if (_count == _items.Length) return false;
            _items[_count++] = item;
        }

        return true;
    }
}
