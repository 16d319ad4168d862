using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace ContractVm.Node;

/// <summary>
/// Finds who signed the transactions of a block in other threads, from the last one backwards, while they are executed from the first
/// one on: where the two meet, the signatures are done. Finding a sender takes longer than a transfer. A transaction keeps its sender,
/// so what is done twice or not at all here changes timing only.
/// </summary>
internal static class SenderRecovery
{
    // below, starting a thread costs more than it saves
    private const int Worthwhile = 8;

    /// <summary>Starts, and returns at once. Threads stop at the first transaction whose sender is known, which is where execution has come to.</summary>
    /// <param name="transactions">The transactions; must stay as they are.</param>
    /// <param name="threads">How many; 0 for none.</param>
    public static void Start(IReadOnlyList<Transaction> transactions, int threads)
    {
        if (transactions.Count < Worthwhile) return;
        int next = transactions.Count;
        for (int i = 0; i < threads; i++) Task.Run(Recover);

        void Recover()
        {
            for (int index = Interlocked.Decrement(ref next); index >= 0 && !transactions[index].IsSenderKnown; index = Interlocked.Decrement(ref next))
                transactions[index].TryRecoverSender(out _);
        }
    }
}
