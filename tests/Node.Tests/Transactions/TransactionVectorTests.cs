using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using ContractVm.HostApi;
using ContractVm.StateStore;
using ContractVm.TestSupport;
using Xunit;
using static ContractVm.Node.TransactionErrorKind;

namespace ContractVm.Node.Tests;

/// <summary>
/// Ethereum's TransactionTests under the rules of the newest fork each has (Cancun; where a case stops earlier, Shanghai or London: what is
/// tested there did not change). Every valid transaction gives its sender, hash and intrinsic gas; every other is refused, and for the
/// reason the vectors name.
/// </summary>
public sealed class TransactionVectorTests
{
    private const ulong ChainId = 1;

    private static readonly string[] Forks = ["Cancun", "Shanghai", "London"];

    // What refuses a transaction when its bytes are read, by the vectors' name of the reason: the kind and the field.
    private static readonly Dictionary<string, TransactionError[]> DecodingErrors = new()
    {
        ["ADDRESS_TOO_SHORT"] = [new(WrongLength, "to")],
        ["ADDRESS_TOO_LONG"] = [new(WrongLength, "to")],
        ["GASPRICE_OVERFLOW"] = [new(TooLarge, "gasPrice"), new(TooLarge, "maxFeePerGas")],
        ["PRIORITY_OVERFLOW"] = [new(TooLarge, "maxPriorityFeePerGas")],
        ["GASLIMIT_OVERFLOW"] = [new(TooLarge, "gas")],
        ["NONCE_OVERFLOW"] = [new(TooLarge, "nonce")],
        ["VALUE_OVERFLOW"] = [new(TooLarge, "value")],
        ["RLP_LEADING_ZEROS_BASEFEE"] = [new(NonCanonical, "maxFeePerGas")],
        ["RLP_LEADING_ZEROS_PRIORITY_FEE"] = [new(NonCanonical, "maxPriorityFeePerGas")],
        ["RLP_LEADING_ZEROS_GASLIMIT"] = [new(NonCanonical, "gas")],
        ["RLP_LEADING_ZEROS_GASPRICE"] = [new(NonCanonical, "gasPrice")],
        ["RLP_LEADING_ZEROS_NONCE"] = [new(NonCanonical, "nonce")],
        ["RLP_LEADING_ZEROS_NONCE_SIZE"] = [new(NonCanonical, "nonce")],
        ["RLP_LEADING_ZEROS_VALUE"] = [new(NonCanonical, "value")],
        ["RLP_LEADING_ZEROS_V"] = [new(NonCanonical, "v")],
        ["RLP_LEADING_ZEROS_R"] = [new(NonCanonical, "r")],
        ["RLP_LEADING_ZEROS_S"] = [new(NonCanonical, "s")],
        ["RLP_LEADING_ZEROS_DATA_SIZE"] = [new(NonCanonical, "input")],
        ["RLP_ERROR_SIZE_LEADING_ZEROS"] = [new(NonCanonical, "transaction")],
        ["RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_LONG"] = [new(WrongLength, "accessList.address")],
        ["RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_SHORT"] = [new(WrongLength, "accessList.address")],
        ["RLP_INVALID_ACCESS_LIST_STORAGE_TOO_SHORT"] = [new(WrongLength, "accessList.storageKeys")],
        ["RLP_INVALID_ACCESS_LIST_STORAGE_TOO_LONG"] = [new(WrongLength, "accessList.storageKeys")],
        ["RLP_INVALID_GASLIMIT"] = [new(WrongShape, "gas")],
        ["RLP_INVALID_NONCE"] = [new(WrongShape, "nonce")],
        ["RLP_INVALID_DATA"] = [new(WrongShape, "input")],
        ["RLP_INVALID_TO"] = [new(WrongShape, "to")],
        ["RLP_INVALID_SIGNATURE_R"] = [new(WrongShape, "r")],
        ["RLP_INVALID_SIGNATURE_S"] = [new(WrongShape, "s")],
        ["RLP_TOO_FEW_ELEMENTS"] = [new(Truncated, "s")],
        ["RLP_TOO_MANY_ELEMENTS"] = [new(TrailingBytes, "transaction")],
        ["RLP_ERROR_EOF"] = [new(UnsupportedType, "type")],
        ["RLP_INVALID_HEADER"] = [new(UnsupportedType, "type")],
        ["RLP_ERROR_SIZE"] = [new(Truncated, "transaction"), new(TrailingBytes, "transaction"), new(TooLarge, "transaction")],
        ["TYPE_NOT_SUPPORTED"] = [new(UnsupportedType, "type")],
        ["INVALID_CHAINID"] = [new(InvalidParity, "v"), new(TooLarge, "v"), new(WrongChainId, "v")],
        ["INVALID_SIGNATURE_VRS"] = [new(SignatureOutOfRange, "r"), new(SignatureOutOfRange, "s"), new(HighS, "s"), new(TooLarge, "r"), new(TooLarge, "s"), new(InvalidParity, "v")],
    };

    // Cases with two faults, where the other one is found first here.
    private static readonly Dictionary<string, TransactionError> SecondFaults = new()
    {
        ["TransactionWithGasLimitOverflowZeros64"] = new(NonCanonical, "gas"),
        ["WrongVRSTestVOverflow"] = new(HighS, "s"),
        ["V_overflow32bit"] = new(HighS, "s"),
        ["V_overflow32bitSigned"] = new(HighS, "s"),
        ["V_overflow64bitPlus27"] = new(HighS, "s"),
        ["V_overflow64bitPlus28"] = new(HighS, "s"),
    };

    [SharedDataFact(Vectors.TransactionTests)]
    public void AllCases()
    {
        List<string> wrong = [];
        int accepted = 0, refused = 0;
        foreach ((string name, JsonElement test) in Vectors.ReadAll(Vectors.TransactionTests))
        {
            JsonElement result = ResultOf(test);
            string? reason = result.TryGetProperty("exception", out JsonElement exception) ? exception.GetString()!["TransactionException.".Length..] : null;
            string? fault = reason is null ? CheckAccepted(name, test, result) : CheckRefused(name, test, result, reason);
            if (fault is not null) wrong.Add($"{name}: {fault}");
            if (reason is null) accepted++;
            else refused++;
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal((50, 160), (accepted, refused));
    }

    private static JsonElement ResultOf(JsonElement test)
    {
        foreach (string fork in Forks)
            if (test.GetProperty("result").TryGetProperty(fork, out JsonElement result)) return result;
        throw new InvalidDataException("no fork of those known");
    }

    private static string? CheckAccepted(string name, JsonElement test, JsonElement expected)
    {
        if (!Transaction.TryDecode(Hex.Decode(test.Text("txbytes")), ChainId, out Transaction? transaction, out TransactionError error)) return error.ToString();
        if (!transaction.TryRecoverSender(out Address sender)) return "no sender";
        if (sender != Address.Parse(expected.Text("sender"))) return $"sender {sender}";
        if (transaction.Hash != Hash256.Parse(expected.Text("hash"))) return $"hash {transaction.Hash}";
        if (!HasGas(transaction, expected)) return $"intrinsic gas {transaction.IntrinsicGas}";
        TransactionVerdict verdict = Check(transaction);
        // It sends all the money there can be, and then cannot pay for gas: well formed, which is all the vectors ask.
        TransactionProblem problem = name == "TransactionWithHighValue" ? TransactionProblem.InsufficientFunds : TransactionProblem.None;
        return verdict.Problem == problem ? null : verdict.ToString();
    }

    private static string? CheckRefused(string name, JsonElement test, JsonElement expected, string reason)
    {
        bool decoded = Transaction.TryDecode(Hex.Decode(test.Text("txbytes")), ChainId, out Transaction? transaction, out TransactionError error);
        if (DecodingErrors.TryGetValue(reason, out TransactionError[]? errors))
            return !decoded && (SecondFaults.TryGetValue(name, out TransactionError other) ? error == other : Array.IndexOf(errors, error) >= 0) ? null : $"{reason} expected, not '{error}' ({error.Kind})";
        if (transaction is null) return $"{reason} expected, not '{error}'";
        if (!HasGas(transaction, expected)) return $"intrinsic gas {transaction.IntrinsicGas}";
        TransactionVerdict verdict = Check(transaction);
        TransactionProblem problem = reason switch
        {
            "EC_RECOVERY_FAIL" => TransactionProblem.BadSignature,
            "INTRINSIC_GAS_TOO_LOW" => TransactionProblem.GasBelowIntrinsic,
            "NONCE_TOO_BIG" => TransactionProblem.NonceTooLarge,
            "PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS_2" => TransactionProblem.PriorityAboveFee,
            "GASLIMIT_PRICE_PRODUCT_OVERFLOW" => TransactionProblem.InsufficientFunds,
            // Modules may be larger here than EVM init code (EIP-3860's limit does not apply).
            "INITCODE_SIZE_EXCEEDED" => TransactionProblem.None,
            _ => throw new InvalidDataException($"unknown reason {reason}"),
        };
        return verdict.Problem == problem ? null : $"{reason} expected, not '{verdict}'";
    }

    private static bool HasGas(Transaction transaction, JsonElement expected) =>
        // Where the vectors' own decoder stopped they say 0.
        !expected.TryGetProperty("intrinsicGas", out JsonElement gas) || UInt256.Parse(gas.GetString()) is UInt256 expectedGas
            && (expectedGas.IsZero || expectedGas == transaction.IntrinsicGas);

    // A sender with all the money there can be, whose turn it is.
    private static TransactionVerdict Check(Transaction transaction)
    {
        WorldState state = StateDatabase.Open(new MemoryStore()).CreateWorld();
        if (transaction.TryRecoverSender(out Address sender))
        {
            state.AddBalance(sender, UInt256.MaxValue);
            state.SetNonce(sender, transaction.Nonce);
        }
        BlockEnvironment block = new(1, 1, Address.Zero, ulong.MaxValue, 0, ChainId);
        return TransactionCheck.Check(transaction, state, block, ulong.MaxValue, HostTable.ContractProfile, out Address _);
    }
}
