using ContractVm.Compiler.Machine;

namespace ContractVm.Compiler.Allocation;

/// <summary>
/// Gives the virtual registers of a function registers and slots. Which allocator does it depends on the function alone: the
/// one that is good, unless the live sets are too large for its size. One object serves one thread.
/// </summary>
internal sealed class Allocator
{
    /// <summary>Steps of finding live sets for each operand and edge value, beyond those that any function has.</summary>
    private const long StepsPerOperand = 24;
    private const long FreeSteps = 100_000;
    private const long MostSteps = 1 << 22;

    private readonly FlowOrder _order = new();
    private readonly NextUses _uses = new();
    private readonly NextUseAllocator _nextUse = new();
    private readonly BasicAllocator _basic = new();

    /// <summary>The last function was too expensive for anything but the simple allocator.</summary>
    public bool WasBasic { get; private set; }

    /// <summary>Allocates a function.</summary>
    public void Run(MachineFunction function, AllocationResult result)
    {
        long budget = FreeSteps + StepsPerOperand * ((long)function.OperandCount + function.ValueCount + function.BlockCount);
        _order.Run(function);
        _uses.FindDefinitions(function);
        WasBasic = !_uses.Run(function, _order, budget < MostSteps ? budget : MostSteps);
        if (WasBasic) _basic.Run(function, _order, _uses, result);
        else _nextUse.Run(function, _order, _uses, result);
    }

    /// <summary>Allocates a function with the simple allocator.</summary>
    public void RunBasic(MachineFunction function, AllocationResult result)
    {
        _order.Run(function);
        _uses.FindDefinitions(function);
        WasBasic = true;
        _basic.Run(function, _order, _uses, result);
    }
}
