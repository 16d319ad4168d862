using System;

namespace ContractVm.Gas;

/// <summary>
/// The size of a frame as Stylus reckons it (nitro, crates/prover/src/programs/depth.rs, as facts): a linear scan of the code with
/// its ink charges put in, which takes no notice of branches. A call pushes its results before its arguments are gone; a block
/// begins with its results in place and ends at the height at which it began; popping from nothing is nothing. Each charge of a block
/// needs two values at once, the charge before a bulk operation four in place of the size.
/// <para>
/// The scan is over the instructions as they are written, so height can fall below what is really there: an engine must not
/// take it for the room that a frame needs.
/// </para>
/// Reused from function to function; not safe for concurrent use.
/// </summary>
internal sealed class StylusDepth
{
    private const uint BlockCharge = 2, UnitCharge = 4;
    private uint[] _scopes = new uint[32];
    private int _scopeCount;
    private uint _height;

    /// <summary>The greatest height so far.</summary>
    public uint Worst { get; private set; }

    /// <summary>Starts a function, whose body is a scope.</summary>
    public void Begin()
    {
        _height = Worst = 0;
        _scopeCount = 0;
        OpenScope();
    }

    /// <summary>A metering block begins: its charge comes before its first instruction.</summary>
    public void BeginBlock() => Worst = Math.Max(Worst, _height + BlockCharge);

    /// <summary>Adds an instruction.</summary>
    /// <param name="role">Its role in control flow.</param>
    /// <param name="inputs">Operands; of a call or block those of its type; without conditions and table indices.</param>
    /// <param name="outputs">Results, likewise.</param>
    /// <param name="chargesUnits">A charge by size comes before it.</param>
    public void Add(ControlRole role, uint inputs, uint outputs, bool chargesUnits)
    {
        if (chargesUnits)
        {
            // The charge sets the size aside and puts it back: one value less, four on top of that, then as before.
            Pop(1);
            Worst = Math.Max(Worst, _height + UnitCharge);
            Push(1);
        }

        switch (role)
        {
            case ControlRole.If:
                Pop(1);
                Push(outputs);
                Pop(inputs);
                OpenScope();
                break;
            case ControlRole.Block or ControlRole.Loop:
                Push(outputs);
                Pop(inputs);
                OpenScope();
                break;
            case ControlRole.Else:
                _height = _scopes[_scopeCount - 1];
                break;
            case ControlRole.End:
                _height = _scopes[--_scopeCount];
                break;
            case ControlRole.Call or ControlRole.TailCall:
                Push(outputs);
                Pop(inputs);
                break;
            case ControlRole.BranchIf or ControlRole.BranchTable:
                Pop(1);
                break;
            case ControlRole.Ordinary:
                if (outputs > inputs) Push(outputs - inputs);
                else Pop(inputs - outputs);
                break;
        }
    }

    private void OpenScope()
    {
        if (_scopeCount == _scopes.Length) Array.Resize(ref _scopes, _scopeCount * 2);
        _scopes[_scopeCount++] = _height;
    }

    private void Push(uint count)
    {
        _height += count;
        Worst = Math.Max(Worst, _height);
    }

    private void Pop(uint count) => _height -= Math.Min(_height, count);
}
