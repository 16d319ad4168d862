using System;

namespace ContractVm.Gas;

/// <summary>
/// Cuts a body into metering blocks and adds their prices, in one pass over the instructions, fed by the validator.
/// Reused from function to function; not safe for concurrent use. The rules stand in docs/GAS.md.
/// </summary>
public sealed class PlanBuilder
{
    private readonly Schedule _schedule;
    private bool _hasFarMemory;
    private readonly StylusDepth? _depth;
    private Charge[] _charges = new Charge[64];
    private int _count;
    private UnitCharge[] _unitCharges = new UnitCharge[16];
    private int _unitCount;
    private uint _offset;
    private uint _declaredLocals;
    private uint _blockStart;
    private ulong _blockCost;
    private bool _blockIsEmpty;

    /// <summary>Makes a builder that prices by one schedule.</summary>
    public PlanBuilder(Schedule schedule)
    {
        _schedule = schedule;
        _depth = schedule.StackRule == StackRule.Stylus ? new StylusDepth() : null;
    }

    /// <summary>True where the schedule's stack rule wants to know what instructions take and give: see <see cref="AddStackEffect"/>.</summary>
    public bool ModelsStack => _depth is not null;

    /// <summary>Tells what the next instruction takes and gives, before it is added.</summary>
    /// <param name="role">Its role in control flow.</param>
    /// <param name="opcode">Its dense id.</param>
    /// <param name="inputs">Operands; of a call or block those of its type, without conditions and table indices.</param>
    /// <param name="outputs">Results, likewise.</param>
    public void AddStackEffect(ControlRole role, int opcode, uint inputs, uint outputs)
    {
        if (_blockIsEmpty) _depth!.BeginBlock();
        _depth!.Add(role, inputs, outputs, _schedule.PerUnit(opcode) != 0);
    }

    /// <summary>Starts a function.</summary>
    /// <param name="firstInstruction">Byte offset of the first instruction of the body.</param>
    /// <param name="locals">Declared locals, without parameters.</param>
    /// <param name="hasFarMemory">The module's memories may have more than <see cref="Schedule.NearPages"/>.</param>
    public void Begin(uint firstInstruction, uint locals, bool hasFarMemory)
    {
        _hasFarMemory = hasFarMemory;
        _count = _unitCount = 0;
        _offset = firstInstruction;
        _declaredLocals = locals;
        _depth?.Begin();
        OpenBlock(firstInstruction);
        _blockCost = Ink.Add(_blockCost, Ink.Add(_schedule.FunctionEntry, Ink.Multiply(locals, _schedule.PerLocal)));
    }

    /// <summary>Adds the next instruction of the body, dead code included.</summary>
    /// <param name="opcode">Its dense id.</param>
    /// <param name="role">Its role in control flow.</param>
    /// <param name="nextOffset">Byte offset of the instruction after it.</param>
    /// <param name="operands">Targets of br_table, parameters of call_indirect; else 0.</param>
    /// <param name="isTarget">For an end: some branch targets the construct's end, or two arms of an if meet there.</param>
    /// <param name="unitScale">How many units each of the top operand is: bytes of an element for new arrays, else 1.</param>
    public void Add(int opcode, ControlRole role, uint nextOffset, uint operands, bool isTarget, uint unitScale = 1)
    {
        _blockIsEmpty = false;
        ulong perUnit = _schedule.PerUnit(opcode);
        if (perUnit != 0) AddUnitCharge(Ink.Multiply(perUnit, unitScale));
        _offset = nextOffset;
        ulong cost = _schedule.PriceOf(opcode, _hasFarMemory);
        if (operands != 0) cost = Ink.Add(cost, Ink.Multiply(operands, _schedule.PerOperand(opcode)));
        _blockCost = Ink.Add(_blockCost, cost);
        if (role != ControlRole.Ordinary && EndsBlock(role, isTarget))
        {
            CloseBlock();
            OpenBlock(nextOffset);
        }
    }

    /// <summary>Ends the function.</summary>
    /// <param name="localWords">Words of parameters and declared locals.</param>
    /// <param name="operandWords">Words of the highest operand stack.</param>
    public FunctionPlan Finish(ulong localWords, ulong operandWords)
    {
        // Where the scan of the stylus rule falls below what is there, as in a block with parameters, what is there counts:
        // words must cover the room that frames need.
        ulong words = _depth is null ? localWords + operandWords : Math.Max(_depth.Worst, operandWords) + _declaredLocals;
        // A block without instructions, as after a last end that closed one, is never charged.
        if (!_blockIsEmpty) CloseBlock();
        UnitCharge[] unitCharges = _unitCount == 0 ? [] : _unitCharges.AsSpan(0, _unitCount).ToArray();
        return new FunctionPlan(_charges.AsSpan(0, _count).ToArray(), unitCharges, Ink.Add(words, _schedule.FrameWords));
    }

    private void AddUnitCharge(ulong perUnit)
    {
        if (_unitCount == _unitCharges.Length) Array.Resize(ref _unitCharges, _unitCount * 2);
        _unitCharges[_unitCount++] = new UnitCharge(_offset, perUnit);
    }

    private bool EndsBlock(ControlRole role, bool isTarget) => _schedule.BlockRule switch
    {
        BlockRule.StraightLine => role switch
        {
            ControlRole.Block or ControlRole.Call => false,
            ControlRole.End => isTarget,
            _ => true,
        },
        // Stylus' Meter knows neither tail calls nor exceptions; their prices there are forbidding anyway.
        BlockRule.Stylus => role is not (ControlRole.Block or ControlRole.Trap or ControlRole.Throw),
        _ => throw new InvalidOperationException("unknown block rule"),
    };

    private void OpenBlock(uint offset)
    {
        _blockStart = offset;
        _blockCost = _schedule.BlockHeader;
        _blockIsEmpty = true;
    }

    private void CloseBlock()
    {
        if (_blockCost == 0) return;
        if (_count == _charges.Length) Array.Resize(ref _charges, _count * 2);
        _charges[_count++] = new Charge(_blockStart, _blockCost);
    }
}
