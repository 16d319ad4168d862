using System;
using ContractVm.Binary;

namespace ContractVm.Interpreter;

/// <summary>Tells an observer of the instruction that comes next. Off the hot path: it reads the module's bytes again.</summary>
internal static class Observation
{
    public static void Step(Instance instance, int function, int offset, ReadOnlySpan<ulong> operands, ulong inkLeft, bool isEntry)
    {
        ExecutionObserver observer = instance.Observer ?? throw new NodeFaultException("observed code without an observer");
        if (isEntry) observer.OnCall(instance, function);
        observer.OnInstruction(instance, function, offset, operands, inkLeft);
        ByteReader reader = new(instance.Module.Bytes.Span, new ByteRange(offset, instance.Module.Bytes.Length));
        OpcodeInfo info = InstructionReader.ReadOpcode(ref reader) ?? throw new NodeFaultException("validated code holds an unknown opcode");
        if (info.Immediates is not (Immediates.MemArg or Immediates.MemArgLane)) return;
        int memory = reader.ReadU32("an alignment") >= 0x40 ? (int)reader.ReadU32("a memory") : 0;
        ulong displacement = reader.ReadU64("an offset");
        int above = 0;
        foreach (char operand in info.Operands.AsSpan(1)) above += operand == 'v' ? 2 : 1;
        bool isWrite = info.Results.Length == 0 || info.Name.Contains(".rmw", StringComparison.Ordinal);
        observer.OnMemoryAccess(instance, memory, unchecked(operands[^(above + 1)] + displacement), 1 << info.NaturalAlignment, isWrite);
    }
}
