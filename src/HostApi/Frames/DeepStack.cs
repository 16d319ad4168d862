// UNSAFE. Invariant: of the frame that is taken without being cleared only the byte that is written is read.
using System;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace ContractVm.HostApi;

/// <summary>
/// Threads whose stacks hold the deepest chain of calls. Each call of a contract by a contract takes some of the thread's stack; how deep
/// calls may go is a rule of the chain, so it must not depend on the thread that happens to execute a block. Work that finds itself on
/// another thread moves to one of these and waits. Safe for concurrent use.
/// </summary>
public static class DeepStack
{
    // 1024 frames of at most 32 KiB; it is address space, of which only what is used becomes memory.
    private const int Bytes = 64 << 20, FrameBytes = 32 << 10;
    private static readonly ConcurrentBag<Worker> Idle = [];
    [ThreadStatic]
    private static bool _isHere;

    /// <summary>True on a thread that is deep enough.</summary>
    public static bool IsHere => _isHere;

    /// <summary>Does work on this thread where there is room, else on a deep one that this one waits for. What the work throws is thrown here.</summary>
    public static TResult Run<TState, TResult>(Func<TState, TResult> work, TState state)
    {
        if (_isHere || HasRoom()) return work(state);
        TResult result = default!;
        if (!Idle.TryTake(out Worker? worker)) worker = new Worker();
        try
        {
            worker.Run(() => result = work(state));
        }
        finally
        {
            Idle.Add(worker);
        }

        return result;
    }

    // .NET's own limit, and as much again as a frame takes until it asks for itself; clearing it would take longer than all else of a call.
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool HasRoom()
    {
        Span<byte> frame = stackalloc byte[FrameBytes];
        frame[0] = 1;
        return RuntimeHelpers.TryEnsureSufficientExecutionStack() && frame[0] == 1;
    }

    private sealed class Worker
    {
        private readonly SemaphoreSlim _begin = new(0), _done = new(0);
        private Action? _work;
        private ExceptionDispatchInfo? _thrown;

        public Worker() => new Thread(Loop, Bytes) { IsBackground = true, Name = "contracts" }.Start();

        public void Run(Action work)
        {
            _work = work;
            _begin.Release();
            _done.Wait();
            ExceptionDispatchInfo? thrown = _thrown;
            (_work, _thrown) = (null, null);
            thrown?.Throw();
        }

        private void Loop()
        {
            _isHere = true;
            while (true)
            {
                _begin.Wait();
                try
                {
                    _work!();
                }
#pragma warning disable CA1031 // It goes to the thread that waits.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    _thrown = ExceptionDispatchInfo.Capture(exception);
                }

                _done.Release();
            }
        }
    }
}
