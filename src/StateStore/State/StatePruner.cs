using System;
using System.Threading;

namespace ContractVm.StateStore;

/// <summary>
/// Gives up old states behind the head, in a thread of its own: a commit only tells it the new head. Rolling back is not for a database
/// that has one. Dispose stops it after the block it is at; what it has not deleted yet is deleted by the next one.
/// </summary>
public sealed class StatePruner : IDisposable
{
    private const int BlocksAtATime = 16;

    private readonly StateDatabase _database;
    private readonly ulong _retained;
    private readonly SemaphoreSlim _moved = new(1);
    private readonly Thread _thread;
    private volatile bool _stopping;
    private volatile StoreException? _fault;

    /// <summary>Starts it.</summary>
    /// <param name="database">A database with a genesis block.</param>
    /// <param name="retained">How many of the last blocks keep their state; at least 1.</param>
    public StatePruner(StateDatabase database, ulong retained)
    {
        ArgumentOutOfRangeException.ThrowIfZero(retained);
        _database = database;
        _retained = retained;
        _thread = new Thread(Run) { IsBackground = true, Name = "state pruner" };
        _thread.Start();
    }

    /// <summary>Tells it that the head has moved.</summary>
    public void HeadMoved() => _moved.Release();

    /// <summary>Refuses to go on where it has stopped by itself.</summary>
    /// <exception cref="StoreException">The store has failed.</exception>
    public void RequireRunning()
    {
        if (_fault is StoreException fault) throw new StoreException(fault.Fault, $"pruning has stopped: {fault.Message}");
    }

    /// <summary>Stops it and waits for it.</summary>
    public void Dispose()
    {
        _stopping = true;
        _moved.Release();
        _thread.Join();
        _moved.Dispose();
    }

    private void Run()
    {
        try
        {
            while (true)
            {
                _moved.Wait();
                ulong head = _database.Head.Number;
                // one step also where it is to stop: a process that commits a single block prunes too
                while (head >= _retained && !StateHistory.RaiseFloor(_database, head + 1 - _retained, BlocksAtATime))
                    if (_stopping) return;
                if (_stopping) return;
            }
        }
        catch (StoreException fault)
        {
            _fault = fault;
        }
    }
}
