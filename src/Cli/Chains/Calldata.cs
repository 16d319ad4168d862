using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using ContractVm.Cli.Abi;
using ContractVm.Cli.CommandLine;
using ContractVm.StateStore;

namespace ContractVm.Cli.Chains;

/// <summary>What a contract is called with, and what it is expected to return.</summary>
/// <param name="Bytes">The calldata.</param>
/// <param name="Outputs">Types of what it returns, or null where they are not known.</param>
internal sealed record Calldata(byte[] Bytes, AbiType[]? Outputs)
{
    /// <summary>How arguments are written, for help.</summary>
    public static string[] Notes { get; } =
    [
        "SIGNATURE is a function with its types, and the types it returns where they are to be decoded:",
        "balanceOf(address)(uint256). A text of 0x and digits is the calldata itself.",
        "ARGS: numbers decimal or 0x; true, false; 0x… for addresses and bytes; the text itself for a string;",
        "[1, 2] for arrays and (1, 2) for tuples, with strings inside of them in quotes.",
    ];

    /// <summary>Arguments of the call.</summary>
    public static Argument<string[]> Arguments() => new("ARGS") { Description = "One value for each parameter.", Arity = ArgumentArity.ZeroOrMore };

    /// <summary>Reads a signature, or bytes, and encodes the arguments.</summary>
    /// <exception cref="UsageException">They do not fit.</exception>
    public static Calldata Parse(string signature, string[] arguments)
    {
        if (signature.StartsWith("0x", System.StringComparison.Ordinal))
        {
            if (!Hex.TryDecode(signature, out byte[] bytes)) throw new UsageException($"'{signature}' is not calldata: 0x and an even number of hexadecimal digits");
            if (arguments.Length > 0) throw new UsageException($"'{arguments[0]}' is one argument too many: the calldata is given whole");
            return new Calldata(bytes, null);
        }

        try
        {
            FunctionSignature function = FunctionSignature.Parse(signature);
            return new Calldata(function.EncodeCall(arguments), function.Outputs?.Select(output => output.Type).ToArray());
        }
        catch (AbiException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    /// <summary>Encodes the arguments of a constructor.</summary>
    /// <exception cref="UsageException">They do not fit.</exception>
    public static byte[] ParseConstructor(string signature, string[] arguments)
    {
        try
        {
            return Signatures.EncodeArguments(Signatures.ParseConstructor(signature), arguments, "constructor");
        }
        catch (AbiException exception)
        {
            throw new UsageException(exception.Message);
        }
    }

    /// <summary>Decodes what was returned; null where the types are not known.</summary>
    /// <exception cref="FailureException">It is not of the types.</exception>
    public IReadOnlyList<AbiValue>? Decode(byte[] output)
    {
        if (Outputs is null) return null;
        try
        {
            return AbiDecoder.Decode(Outputs, output);
        }
        catch (AbiException exception)
        {
            throw new FailureException($"the contract returned data that is not of the types ({string.Join(',', Outputs.Select(type => type.ToString()))}): {exception.Message}");
        }
    }
}
