using System;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>Names the first field in which two headers differ, for people.</summary>
public static class HeaderDifference
{
    /// <summary>A line such as <c>stateRoot: header has …, execution gives …</c>; null where they are the same.</summary>
    public static string? First(BlockHeader header, BlockHeader executed)
    {
        (string Field, string Header, string Executed)[] fields =
        [
            ("number", $"{header.Number}", $"{executed.Number}"),
            ("parentHash", $"{header.ParentHash}", $"{executed.ParentHash}"),
            ("gasLimit", $"{header.GasLimit}", $"{executed.GasLimit}"),
            ("baseFee", $"{header.BaseFee}", $"{executed.BaseFee}"),
            ("transactionsRoot", $"{header.TransactionsRoot}", $"{executed.TransactionsRoot}"),
            ("gasUsed", $"{header.GasUsed}", $"{executed.GasUsed}"),
            ("receiptsRoot", $"{header.ReceiptsRoot}", $"{executed.ReceiptsRoot}"),
            ("stateRoot", $"{header.StateRoot}", $"{executed.StateRoot}"),
        ];
        foreach ((string field, string left, string right) in fields)
            if (!string.Equals(left, right, StringComparison.Ordinal)) return $"{field}: the header has {left}, execution gives {right}";
        return header.Equals(executed) ? null : $"hash: the header has {header.Hash}, execution gives {executed.Hash}";
    }
}
