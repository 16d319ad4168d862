using System;
using System.CommandLine;
using System.IO;
using ContractVm.Cli.CommandLine;
using ContractVm.HostApi;
using ContractVm.Node;

namespace ContractVm.Cli.Chains;

/// <summary>The options that write what contracts do to a file.</summary>
internal sealed class TracedOptions
{
    private readonly Option<string?> _file = new("--trace-json")
    {
        Description = "Write every frame and host call to a file, a JSON object a line (docs/HOSTAPI.md).",
        HelpName = "FILE",
    };

    private readonly Option<bool> _state = new("--trace-state") { Description = "Write every access to the state as well." };

    /// <summary>Adds them to a command.</summary>
    public TracedOptions(Command command)
    {
        command.Add(_file);
        command.Add(_state);
    }

    /// <summary>Does what is traced where that is asked for: the tracer is null where it is not.</summary>
    /// <exception cref="FailureException">The file cannot be written.</exception>
    public T Run<T>(ParseResult parsed, Func<ITracer?, T> work)
    {
        bool withState = parsed.GetValue(_state);
        if (parsed.GetValue(_file) is not string path) return withState ? throw new UsageException("--trace-state needs --trace-json FILE") : work(null);
        return Run(path, withState, tracer => work(tracer));
    }

    /// <summary>Does what is traced to a file, or where none is named to standard output.</summary>
    /// <exception cref="FailureException">The file cannot be written.</exception>
    public static T Run<T>(string? path, bool withState, Func<ITracer, T> work)
    {
        try
        {
            using Stream target = path is null ? Console.OpenStandardOutput() : new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 0);
            using BufferedStream buffered = new(target, 1 << 16);
            using JsonTracer tracer = new(buffered, withState);
            return work(tracer);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new FailureException($"cannot write '{path ?? "standard output"}': {exception.Message}");
        }
    }

    /// <summary>Does something with the chain while it is traced where that is asked for.</summary>
    public T Run<T>(ParseResult parsed, Chain chain, Func<T> work) => Run(parsed, tracer =>
    {
        chain.Tracer = tracer;
        try
        {
            return work();
        }
        finally
        {
            chain.Tracer = null;
        }
    });
}
