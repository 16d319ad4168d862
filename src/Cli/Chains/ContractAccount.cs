using ContractVm.Cli.CommandLine;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Chains;

/// <summary>Accounts that must be contracts.</summary>
internal static class ContractAccount
{
    /// <summary>Demands that there is code: a call of an account without any succeeds, and does nothing.</summary>
    /// <exception cref="FailureException">There is none.</exception>
    public static void Require(Chain chain, Address address)
    {
        if (!chain.State.TryGetAccount(address, out Account account) || !account.HasCode)
            throw new FailureException($"there is no contract at {address.ToChecksumString()}");
    }
}
