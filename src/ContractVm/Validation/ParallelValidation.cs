using System;
using System.Collections.Generic;
using System.Threading;
using ContractVm.Binary;

namespace ContractVm.Validation;

/// <summary>
/// Validates bodies on several threads with the result of one: sizes are read first, in order; of the errors in bodies the
/// one of the lowest function is reported, and an error in a size only where all bodies before it are valid. A thread leaves out
/// a body only where a lower one is known to be wrong.
/// </summary>
internal sealed class ParallelValidation(ReadOnlyMemory<byte> bytes, ModuleContext context, Findings findings, int threads)
{
    // Bodies are taken in chunks: few enough to keep threads busy to the end, large enough to be worth the hand-over.
    private const int Chunk = 32;
    private readonly Lock _lock = new();
    private readonly List<FunctionBody> _bodies = context.Module.BodyList;
    private int _next;
    private volatile int _firstWrong = int.MaxValue;
    private ModuleException? _error;
    private Exception? _fault;

    /// <exception cref="ModuleException">The first error in the order of the bytes.</exception>
    public void Run(ref ByteReader reader, int count)
    {
        ModuleException? framingError = null;
        try
        {
            for (int i = 0; i < count; i++) _bodies.Add(BodyFraming.Read(ref reader, context.Module, i));
        }
        catch (ModuleException exception)
        {
            framingError = exception;
        }

        int helpers = Math.Min(threads - 1, _bodies.Count / Chunk);
        Thread[] started = new Thread[helpers];
        for (int i = 0; i < helpers; i++)
        {
            started[i] = new Thread(Work) { IsBackground = true, Name = "validation" };
            started[i].Start();
        }

        Work();
        foreach (Thread thread in started) thread.Join();
        if (_fault is not null) throw new NodeFaultException($"validation failed: {_fault.Message}");
        if ((_error ?? framingError) is ModuleException error) throw error;
        reader.Function = -1;
    }

    private void Work()
    {
        Findings own = new(null);
        FunctionValidator validator = new(context, own);
        try
        {
            for (int start; (start = Interlocked.Add(ref _next, Chunk) - Chunk) < _bodies.Count;)
            {
                int end = Math.Min(start + Chunk, _bodies.Count);
                for (int i = start; i < end && i < _firstWrong; i++) Validate(validator, i);
            }
        }
        catch (Exception exception)
        {
            lock (_lock) _fault ??= exception;
        }

        lock (_lock) findings.Merge(own);
    }

    private void Validate(FunctionValidator validator, int index)
    {
        try
        {
            validator.Validate(bytes.Span, context.Module.ImportedFunctions + index, _bodies[index]);
        }
        catch (ModuleException exception)
        {
            lock (_lock)
            {
                if (index >= _firstWrong) return;
                _firstWrong = index;
                _error = exception;
            }
        }
    }
}
