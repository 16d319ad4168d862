using System;
using ContractVm.Binary;

namespace ContractVm.Validation;

/// <summary>
/// The locals of the function at hand. Declarations stay as runs, because a few bytes declare tens of thousands of locals and a
/// module has thousands of functions; only the first ones, which are used most, are laid out one by one. Locals without a
/// default value must be set before they are read (WebAssembly 3.0, validation, "Local Variables"); which ones are is undone
/// at the end of each construct.
/// </summary>
internal sealed class LocalTable
{
    private const int LaidOut = 64;
    private readonly ValueType[] _first = new ValueType[LaidOut];
    private readonly FunctionType _noFunction = new([], []);
    private FunctionType _type;
    private LocalRun[] _runs = [];
    private uint[] _ends = new uint[16];
    private bool[] _isSet = [];
    private int[] _setLocals = new int[16];

    public LocalTable() => _type = _noFunction;

    /// <summary>Number of parameters and locals.</summary>
    public uint Count { get; private set; }

    /// <summary>Number of locals without a default that are set at this point.</summary>
    public int SetCount { get; private set; }

    /// <summary>Starts a function.</summary>
    public void Begin(FunctionType type, LocalRun[] runs, uint count)
    {
        ForgetSince(0);
        _type = type;
        _runs = runs;
        Count = count;
        if (_ends.Length < runs.Length) _ends = new uint[Math.Max(runs.Length, _ends.Length * 2)];
        uint end = (uint)type.Parameters.Length;
        bool hasUndefaultable = false;
        for (int i = 0; i < runs.Length; i++)
        {
            end += runs[i].Count;
            _ends[i] = end;
            hasUndefaultable |= !runs[i].Type.IsDefaultable;
        }

        if (hasUndefaultable && _isSet.Length < count) _isSet = new bool[count];
        LayOutFirst();
    }

    /// <summary>Type of a local below <see cref="Count"/>.</summary>
    public ValueType this[uint index] => index < LaidOut ? _first[index] : Find(index);

    /// <summary>Whether a local has a value at this point.</summary>
    public bool IsSet(uint index, ValueType type) => type.IsDefaultable || index < (uint)_type.Parameters.Length || _isSet[index];

    /// <summary>Notes that a local is set from here to the end of the construct.</summary>
    public void Set(uint index, ValueType type)
    {
        if (IsSet(index, type)) return;
        if (SetCount == _setLocals.Length) Array.Resize(ref _setLocals, SetCount * 2);
        _setLocals[SetCount++] = (int)index;
        _isSet[index] = true;
    }

    /// <summary>Undoes what was set since there were so many.</summary>
    public void ForgetSince(int setCount)
    {
        while (SetCount > setCount) _isSet[_setLocals[--SetCount]] = false;
    }

    private void LayOutFirst()
    {
        int next = Math.Min(LaidOut, _type.Parameters.Length);
        _type.Parameters[..next].CopyTo(_first);
        foreach (LocalRun run in _runs)
        {
            if (next == LaidOut) break;
            int count = (int)Math.Min(run.Count, (uint)(LaidOut - next));
            _first.AsSpan(next, count).Fill(run.Type);
            next += count;
        }
    }

    private ValueType Find(uint index)
    {
        if (index < (uint)_type.Parameters.Length) return _type.Parameters[(int)index];
        // The first run that ends above the index; empty runs end where the one before does.
        int low = 0, high = _runs.Length - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ends[middle] > index) high = middle;
            else low = middle + 1;
        }

        return _runs[low].Type;
    }
}
