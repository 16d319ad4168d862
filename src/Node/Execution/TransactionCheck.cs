using System.Globalization;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>Why a transaction cannot be in a block.</summary>
public enum TransactionProblem
{
    /// <summary>Nothing is wrong.</summary>
    None,
    /// <summary>The signature belongs to no key.</summary>
    BadSignature,
    /// <summary>It is for another chain (EIP-155).</summary>
    WrongChainId,
    /// <summary>The nonce is 2^64-1 (EIP-2681).</summary>
    NonceTooLarge,
    /// <summary>Its priority fee is above its whole fee (EIP-1559).</summary>
    PriorityAboveFee,
    /// <summary>Its gas limit is below what it costs before anything runs.</summary>
    GasBelowIntrinsic,
    /// <summary>Its creation data is larger than a module may be.</summary>
    CreationTooLarge,
    /// <summary>Its nonce was used already.</summary>
    NonceTooLow,
    /// <summary>Transactions before it are missing.</summary>
    NonceTooHigh,
    /// <summary>The sender has code (EIP-3607).</summary>
    SenderHasCode,
    /// <summary>It pays less than the base fee (EIP-1559).</summary>
    FeeBelowBaseFee,
    /// <summary>The block has less gas left.</summary>
    GasAboveBlock,
    /// <summary>The sender cannot pay for gas and value.</summary>
    InsufficientFunds,
}

/// <summary>A problem, and one line that says what was found.</summary>
/// <param name="Problem">What is wrong.</param>
/// <param name="Detail">One line for people.</param>
public readonly record struct TransactionVerdict(TransactionProblem Problem, string Detail)
{
    /// <summary>Nothing is wrong.</summary>
    public static TransactionVerdict Good { get; } = new(TransactionProblem.None, "");
}

/// <summary>
/// What must hold for a transaction to be executed at all: the rules of the chain, and of the state and block that it would
/// run on (Yellow Paper, section 6.2; EIPs at each rule).
/// </summary>
public static class TransactionCheck
{
    /// <summary>Room for the frame and the constructor's arguments beside the module.</summary>
    private const int CreationOverhead = 64 << 10;

    /// <summary>Checks a transaction.</summary>
    public static TransactionVerdict Check(Transaction transaction, WorldState state, BlockEnvironment block, ulong blockGasLeft, Profile profile, out Address sender)
    {
        if (!transaction.TryRecoverSender(out sender)) return Bad(TransactionProblem.BadSignature, "signature: it belongs to no key");
        if (transaction.ChainId is ulong chainId && chainId != block.ChainId)
            return Bad(TransactionProblem.WrongChainId, string.Create(CultureInfo.InvariantCulture, $"chainId: {chainId}, this chain has {block.ChainId}"));
        if (transaction.Nonce == ulong.MaxValue) return Bad(TransactionProblem.NonceTooLarge, "nonce: 2^64-1 cannot be used (EIP-2681)");
        if (transaction.MaxPriorityFeePerGas > transaction.MaxFeePerGas)
            return Bad(TransactionProblem.PriorityAboveFee, $"maxPriorityFeePerGas: {transaction.MaxPriorityFeePerGas} wei is above maxFeePerGas {transaction.MaxFeePerGas}");
        if (transaction.GasLimit < transaction.IntrinsicGas)
            return Bad(TransactionProblem.GasBelowIntrinsic, string.Create(CultureInfo.InvariantCulture, $"gas: {transaction.GasLimit} is below the {transaction.IntrinsicGas} that the transaction costs before it runs"));
        int creationLimit = (int)profile.Limits[Limit.ModuleBytes] + CreationOverhead;
        if (transaction.To is null && transaction.Data.Length > creationLimit)
            return Bad(TransactionProblem.CreationTooLarge, string.Create(CultureInfo.InvariantCulture, $"data: {transaction.Data.Length} bytes, a creation has at most {creationLimit}"));
        ulong nonce = state.GetNonce(sender);
        if (transaction.Nonce < nonce) return Bad(TransactionProblem.NonceTooLow, string.Create(CultureInfo.InvariantCulture, $"nonce: {transaction.Nonce} was used, {sender} is at {nonce}"));
        if (transaction.Nonce > nonce) return Bad(TransactionProblem.NonceTooHigh, string.Create(CultureInfo.InvariantCulture, $"nonce: {transaction.Nonce} is ahead, {sender} is at {nonce}"));
        if (state.GetCodeHash(sender) != Keccak256.OfEmpty) return Bad(TransactionProblem.SenderHasCode, $"sender: {sender} is a contract (EIP-3607)");
        if (transaction.MaxFeePerGas < block.BaseFee)
            return Bad(TransactionProblem.FeeBelowBaseFee, $"maxFeePerGas: {transaction.MaxFeePerGas} wei, the block's base fee is {block.BaseFee}");
        if (transaction.GasLimit > blockGasLeft)
            return Bad(TransactionProblem.GasAboveBlock, string.Create(CultureInfo.InvariantCulture, $"gas: {transaction.GasLimit}, the block has {blockGasLeft} left"));
        UInt256 balance = state.GetBalance(sender);
        if (!UInt256.TryMultiply(transaction.MaxFeePerGas, transaction.GasLimit, out UInt256 cost) || !UInt256.TryAdd(cost, transaction.Value, out cost))
            return Bad(TransactionProblem.InsufficientFunds, "value: gas and value can cost more than 2^256 wei");
        if (balance < cost)
            return Bad(TransactionProblem.InsufficientFunds, $"value: {sender} has {balance} wei, gas and value can cost {cost}");
        return TransactionVerdict.Good;
    }

    private static TransactionVerdict Bad(TransactionProblem problem, string detail) => new(problem, detail);
}
