using System;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>Why bytes are not a transaction.</summary>
public enum TransactionErrorKind
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>The bytes end before the transaction does.</summary>
    Truncated,

    /// <summary>Bytes follow after the transaction, or a list has more fields than the format.</summary>
    TrailingBytes,

    /// <summary>A list stands where a string is expected, or a string where a list is.</summary>
    WrongShape,

    /// <summary>An encoding that is not the shortest one: a leading zero or a needless prefix.</summary>
    NonCanonical,

    /// <summary>A number does not fit its field.</summary>
    TooLarge,

    /// <summary>An address or a storage key of another length.</summary>
    WrongLength,

    /// <summary>A type byte (EIP-2718) that this chain does not know.</summary>
    UnsupportedType,

    /// <summary>A parity other than 0 and 1, or a v that stands for none.</summary>
    InvalidParity,

    /// <summary>An r or s of zero or not below the group order.</summary>
    SignatureOutOfRange,

    /// <summary>An s in the upper half of the group order (EIP-2).</summary>
    HighS,

    /// <summary>Signed for another chain than was asked for (EIP-155).</summary>
    WrongChainId,
}

/// <summary>Why bytes are not a transaction, and which field says so.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Field">The field it is wrong with, by its name in Ethereum's JSON-RPC.</param>
public readonly record struct TransactionError(TransactionErrorKind Kind, string Field)
{
    /// <summary>One line for people: the field and what is wrong with it.</summary>
    public override string ToString() => Kind == TransactionErrorKind.None ? "" : $"{Field}: {Describe(Kind)}";

    /// <summary>The same fault in terms of transactions.</summary>
    internal static TransactionError From(RlpException cause) => new(cause.Error switch
    {
        RlpError.Truncated => TransactionErrorKind.Truncated,
        RlpError.ExpectedString or RlpError.ExpectedList => TransactionErrorKind.WrongShape,
        RlpError.NonMinimalByte or RlpError.NonMinimalLength or RlpError.LeadingZero => TransactionErrorKind.NonCanonical,
        RlpError.TooLarge => TransactionErrorKind.TooLarge,
        RlpError.WrongLength => TransactionErrorKind.WrongLength,
        RlpError.TrailingBytes => TransactionErrorKind.TrailingBytes,
        _ => throw new ArgumentOutOfRangeException(nameof(cause)),
    }, cause.Field);

    private static string Describe(TransactionErrorKind kind) => kind switch
    {
        TransactionErrorKind.Truncated => "the bytes end too early",
        TransactionErrorKind.TrailingBytes => "bytes or fields follow after the end",
        TransactionErrorKind.WrongShape => "a list stands in place of a string, or the reverse",
        TransactionErrorKind.NonCanonical => "the encoding is not the shortest one",
        TransactionErrorKind.TooLarge => "the number is too large",
        TransactionErrorKind.WrongLength => "the length is wrong",
        TransactionErrorKind.UnsupportedType => "this chain does not know the transaction type",
        TransactionErrorKind.InvalidParity => "it stands for neither 0 nor 1",
        TransactionErrorKind.SignatureOutOfRange => "it is zero or not below the group order",
        TransactionErrorKind.HighS => "it is in the upper half of the group order (EIP-2)",
        TransactionErrorKind.WrongChainId => "the transaction is signed for another chain (EIP-155)",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };
}
