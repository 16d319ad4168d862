using System;
using System.Collections.Generic;

namespace ContractVm.Gas;

/// <summary>How a function body is cut into metering blocks (docs/GAS.md).</summary>
public enum BlockRule : byte
{
    /// <summary>
    /// A block is a straight line: it ends where control may leave or enter, that is after a branch, at else, at loop, and
    /// at an end that some branch targets; calls do not end it.
    /// </summary>
    StraightLine,
    /// <summary>Stylus: a block ends after end, else, return, loop, br, br_if, br_table, if, call and call_indirect.</summary>
    Stylus,
}

/// <summary>How many words of stack a call takes (docs/GAS.md).</summary>
public enum StackRule : byte
{
    /// <summary>Parameters, declared locals and the highest operand stack, two words for a v128, and frame-words.</summary>
    Exact,
    /// <summary>
    /// Stylus: declared locals, the height of a linear scan of the metered code, and frame-words; a call that is left by a branch
    /// to its outermost label does not give its words back.
    /// </summary>
    Stylus,
}

/// <summary>
/// Prices of one version of the machine, in ink: immutable, read from a data file that is never edited after its release.
/// Safe for concurrent use.
/// </summary>
public sealed class Schedule
{
    /// <summary>The price of an instruction that the schedule forbids: no meter can ever pay it.</summary>
    public const ulong Forbidden = ulong.MaxValue;

    private readonly ulong[] _price;
    private readonly ulong[] _farPrice;
    private readonly ulong[] _perOperand;
    private readonly ulong[] _perUnit;

    internal Schedule(string name, byte[] hash, Dictionary<string, ulong> settings, BlockRule blockRule, StackRule stackRule, ulong[] price, ulong[] far, ulong[] perOperand, ulong[] perUnit)
    {
        Name = name;
        Hash = hash;
        BlockRule = blockRule;
        StackRule = stackRule;
        InkPerGas = settings["ink-per-gas"];
        BlockHeader = settings["block-header"];
        FunctionEntry = settings["function-entry"];
        PerLocal = settings["per-local"];
        FrameWords = checked((uint)settings["frame-words"]);
        StackWords = settings["stack-words"];
        DeployBase = settings["deploy-base"];
        DeployPerByte = settings["deploy-per-byte"];
        DeployPerFunction = settings["deploy-per-function"];
        DeployPerOperation = settings["deploy-per-operation"];
        DeployPerDataByte = settings["deploy-per-data-byte"];
        InstanceBase = settings["instance-base"];
        InstancePerElement = settings["instance-per-element"];
        InstancePerByte = settings["instance-per-byte"];
        UnwindStep = settings["unwind-step"];
        NearPages = settings["near-pages"];
        HostFar = settings["host-far"];
        _price = price;
        _farPrice = new ulong[price.Length];
        for (int id = 0; id < price.Length; id++) _farPrice[id] = Ink.Add(price[id], far[id]);
        _perOperand = perOperand;
        _perUnit = perUnit;
    }

    /// <summary>The schedule's name, which carries its version.</summary>
    public string Name { get; }
    /// <summary>SHA-256 of the data file; part of every artifact's key.</summary>
    public ReadOnlyMemory<byte> Hash { get; }
    /// <summary>How bodies are cut into blocks.</summary>
    public BlockRule BlockRule { get; }
    /// <summary>How many words a call takes.</summary>
    public StackRule StackRule { get; }
    /// <summary>Ink in one unit of gas.</summary>
    public ulong InkPerGas { get; }
    /// <summary>Ink added to every block.</summary>
    public ulong BlockHeader { get; }
    /// <summary>Ink added to the first block of every function.</summary>
    public ulong FunctionEntry { get; }
    /// <summary>Ink added to the first block of a function for each declared local, which must be zeroed.</summary>
    public ulong PerLocal { get; }
    /// <summary>Words of stack that a call costs beyond parameters, locals and operands.</summary>
    public uint FrameWords { get; }
    /// <summary>Words of stack that a transaction may use at once.</summary>
    public ulong StackWords { get; }
    /// <summary>Ink for deploying a module, whatever its size.</summary>
    public ulong DeployBase { get; }
    /// <summary>Ink for each byte of a deployed module.</summary>
    public ulong DeployPerByte { get; }
    /// <summary>Ink for each function of a deployed module.</summary>
    public ulong DeployPerFunction { get; }

    /// <summary>Ink for each instruction of a deployed module's function bodies.</summary>
    public ulong DeployPerOperation { get; }
    /// <summary>Ink for each byte of a deployed module's data segments.</summary>
    public ulong DeployPerDataByte { get; }

    /// <summary>Ink for making an instance, whatever is in it.</summary>
    public ulong InstanceBase { get; }
    /// <summary>Ink for each table element, segment element and global of a new instance.</summary>
    public ulong InstancePerElement { get; }
    /// <summary>Ink for each byte of data that is copied into a new instance's memory.</summary>
    public ulong InstancePerByte { get; }

    /// <summary>Ink for each catch clause that an exception looks at, and each frame that it leaves.</summary>
    public ulong UnwindStep { get; }

    /// <summary>Pages that the memories of a module may have together, as far as they may ever grow, without being far: see <see cref="PriceOf"/>.</summary>
    public ulong NearPages { get; }

    /// <summary>Ink that a host function's call costs more in a module with far memory: its pointers may miss the caches.</summary>
    public ulong HostFar { get; }

    /// <summary>Ink of one instruction; <see cref="Forbidden"/> where it must never run.</summary>
    /// <param name="opcode">Its dense id.</param>
    /// <param name="hasFarMemory">The module's memories may be larger than <see cref="NearPages"/>: what they hold is not in a core's own cache.</param>
    public ulong PriceOf(int opcode, bool hasFarMemory = false) => hasFarMemory ? _farPrice[opcode] : _price[opcode];

    /// <summary>Ink for each operand of a variable number of them: targets of br_table, parameters of call_indirect.</summary>
    public ulong PerOperand(int opcode) => _perOperand[opcode];

    /// <summary>
    /// Ink for each unit of work that depends on a value (bytes of memory.copy, pages of memory.grow, elements of table.fill),
    /// charged when the instruction runs and before it works.
    /// </summary>
    public ulong PerUnit(int opcode) => _perUnit[opcode];

    /// <summary>Ink for making an instance: base + elements · per-element + bytes · per-byte, saturating.</summary>
    public ulong InstanceInk(ulong elements, ulong dataBytes) =>
        Ink.Add(InstanceBase, Ink.Add(Ink.Multiply(elements, InstancePerElement), Ink.Multiply(dataBytes, InstancePerByte)));

    /// <summary>
    /// Ink for deploying a module: base + bytes · per-byte, which are known before it is looked at, and what <see cref="ContentsInk"/> adds, saturating.
    /// </summary>
    public ulong DeploymentInk(long moduleBytes) => Ink.Add(DeployBase, Ink.Multiply((ulong)moduleBytes, DeployPerByte));

    /// <summary>Ink for what is in a deployed module: functions · per-function + operations · per-operation + data bytes · per-data-byte, saturating.</summary>
    public ulong ContentsInk(int functions, ulong operations, ulong dataBytes) => Ink.Add(
        Ink.Multiply((ulong)functions, DeployPerFunction),
        Ink.Add(Ink.Multiply(operations, DeployPerOperation), Ink.Multiply(dataBytes, DeployPerDataByte)));
}

/// <summary>Ink arithmetic: it saturates, so no sum or product of prices can wrap to something cheap.</summary>
public static class Ink
{
    /// <summary>a + b, at most 2^64-1.</summary>
    public static ulong Add(ulong a, ulong b)
    {
        ulong sum = unchecked(a + b);
        return sum < a ? ulong.MaxValue : sum;
    }

    /// <summary>a · b, at most 2^64-1.</summary>
    public static ulong Multiply(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high != 0 ? ulong.MaxValue : low;
    }
}
