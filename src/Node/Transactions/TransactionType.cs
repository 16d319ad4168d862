namespace ContractVm.Node;

/// <summary>The kinds of transaction, by their EIP-2718 type byte; a legacy transaction has none, and 0 in receipts and JSON.</summary>
public static class TransactionType
{
    /// <summary>Ethereum's first format, with or without replay protection (EIP-155).</summary>
    public const byte Legacy = 0;

    /// <summary>With an access list (EIP-2930).</summary>
    public const byte AccessList = 1;

    /// <summary>With a maximum fee and a priority fee (EIP-1559).</summary>
    public const byte DynamicFee = 2;
}
