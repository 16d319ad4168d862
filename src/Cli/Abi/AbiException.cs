using System;

namespace ContractVm.Cli.Abi;

/// <summary>A signature, a value or data is not what the contract ABI asks for; the message says what and where.</summary>
internal sealed class AbiException(string message) : Exception(message)
{
    /// <summary>The same complaint about a part of something larger: <c>argument 2 (uint8): …</c>.</summary>
    public AbiException In(string place) => new($"{place}{(Message.StartsWith('[') ? "" : ": ")}{Message}");
}
