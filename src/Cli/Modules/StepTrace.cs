using System;
using System.Globalization;
using System.IO;
using System.Text.Json;
using ContractVm.Cli.CommandLine;

namespace ContractVm.Cli.Modules;

/// <summary>
/// Writes what a run does, a JSON object a line: a step for each instruction, with what it finds on the operand stack; memory
/// accesses; host calls; the outcome.
/// </summary>
internal sealed class StepTrace : ExecutionObserver, IDisposable
{
    private const int ShownSlots = 4;
    private readonly StreamWriter _file;
    private long _step;

    /// <summary>Opens the file.</summary>
    /// <exception cref="FailureException">It cannot be written.</exception>
    public StepTrace(string path)
    {
        try
        {
            _file = new StreamWriter(path) { NewLine = "\n" };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new FailureException($"cannot write '{path}': {exception.Message}");
        }
    }

    /// <inheritdoc/>
    public override void OnInstruction(Instance instance, int function, int offset, ReadOnlySpan<ulong> operands, ulong inkLeft)
    {
        _file.Write(string.Create(CultureInfo.InvariantCulture, $"{{\"step\":{++_step},\"function\":{function},\"offset\":{offset},\"instruction\":\"{instance.Module.InstructionAt(offset)?.Name}\",\"ink\":{inkLeft},\"height\":{operands.Length},\"top\":["));
        ReadOnlySpan<ulong> top = operands[Math.Max(0, operands.Length - ShownSlots)..];
        for (int i = 0; i < top.Length; i++) _file.Write(string.Create(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")}\"0x{top[i]:x}\""));
        _file.WriteLine("]}");
    }

    /// <inheritdoc/>
    public override void OnMemoryAccess(Instance instance, int memory, ulong address, int size, bool isWrite) =>
        _file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"step\":{_step},\"memory\":{memory},\"address\":\"0x{address:x}\",\"bytes\":{size},\"access\":\"{(isWrite ? "write" : "read")}\"}}"));

    /// <inheritdoc/>
    public override void OnHostCall(Instance instance, HostFunction function, ReadOnlySpan<ulong> arguments, ReadOnlySpan<ulong> results, HostStatus status) =>
        _file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"step\":{_step},\"host\":{JsonSerializer.Serialize(function.Module + "." + function.Name)},\"status\":\"{status}\"}}"));

    /// <summary>Writes how it ended.</summary>
    public void End(ExecutionResult result, ulong inkUsed) =>
        _file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"steps\":{_step},\"outcome\":\"{result.Outcome}\",\"trap\":\"{result.Trap}\",\"function\":{result.TrapFunction},\"offset\":{result.TrapOffset},\"inkUsed\":{inkUsed}}}"));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
