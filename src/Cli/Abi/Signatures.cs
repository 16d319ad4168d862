using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using ContractVm.StateStore;

namespace ContractVm.Cli.Abi;

/// <summary>A function: <c>transfer(address,uint256)</c>, with the types it returns <c>balanceOf(address)(uint256)</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Inputs">Its parameters.</param>
/// <param name="Outputs">What it returns, or null where the signature does not say.</param>
internal sealed record FunctionSignature(string Name, IReadOnlyList<AbiParameter> Inputs, IReadOnlyList<AbiParameter>? Outputs)
{
    /// <summary>Name and canonical types.</summary>
    public string Canonical => Signatures.Canonical(Name, Inputs);

    /// <summary>The four bytes that a call begins with.</summary>
    public byte[] Selector
    {
        get
        {
            Hash256 hash = Keccak256.Hash(Encoding.ASCII.GetBytes(Canonical));
            return hash.Bytes[..4].ToArray();
        }
    }

    /// <summary>Reads a signature.</summary>
    /// <exception cref="AbiException">It is not one.</exception>
    public static FunctionSignature Parse(string text)
    {
        SignatureReader reader = new(text);
        string name = reader.ReadName();
        List<AbiParameter> inputs = reader.ReadParameters(mayBeIndexed: false);
        List<AbiParameter>? outputs = reader.IsAtList ? reader.ReadParameters(mayBeIndexed: false) : null;
        reader.ExpectEnd();
        return new FunctionSignature(name, inputs, outputs);
    }

    /// <summary>Calldata: the selector and the arguments.</summary>
    /// <exception cref="AbiException">An argument does not fit.</exception>
    public byte[] EncodeCall(IReadOnlyList<string> arguments) => [.. Selector, .. Signatures.EncodeArguments(Inputs, arguments, Name)];
}

/// <summary>An event: <c>Transfer(address indexed from,address indexed to,uint256 value)</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Inputs">Its parameters.</param>
internal sealed record EventSignature(string Name, IReadOnlyList<AbiParameter> Inputs)
{
    private const int MostIndexed = 3;

    /// <summary>Name and canonical types.</summary>
    public string Canonical => Signatures.Canonical(Name, Inputs);

    /// <summary>The first topic of its logs.</summary>
    public Hash256 Topic => Keccak256.Hash(Encoding.ASCII.GetBytes(Canonical));

    /// <summary>Reads a signature.</summary>
    /// <exception cref="AbiException">It is not one.</exception>
    public static EventSignature Parse(string text)
    {
        SignatureReader reader = new(text);
        string name = reader.ReadName();
        List<AbiParameter> inputs = reader.ReadParameters(mayBeIndexed: true);
        reader.ExpectEnd();
        if (inputs.Count(input => input.IsIndexed) > MostIndexed) throw new AbiException($"the event '{text}' has more than {MostIndexed} indexed parameters");
        return new EventSignature(name, inputs);
    }

    /// <summary>
    /// The values of a log's parameters, in order. An indexed value of a dynamic type, array or tuple is only there as its hash, and comes as 32 bytes.
    /// </summary>
    /// <exception cref="AbiException">The log is of another event, or is not encoded as this one.</exception>
    public AbiValue[] Decode(IReadOnlyList<Hash256> topics, byte[] data)
    {
        if (topics.Count == 0 || topics[0] != Topic) throw new AbiException($"the log is not one of {Canonical}");
        int indexed = Inputs.Count(input => input.IsIndexed);
        if (topics.Count != indexed + 1) throw new AbiException(string.Create(CultureInfo.InvariantCulture, $"{Canonical} has {indexed + 1} topics, the log has {topics.Count}"));
        AbiValue[] plain = AbiDecoder.Decode(Inputs.Where(input => !input.IsIndexed).Select(input => input.Type).ToArray(), data);
        AbiValue[] values = new AbiValue[Inputs.Count];
        int topic = 1, next = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (!Inputs[i].IsIndexed) values[i] = plain[next++];
            else values[i] = Indexed(Inputs[i].Type, topics[topic++]);
        }

        return values;
    }

    private static AbiValue Indexed(AbiType type, Hash256 topic) =>
        type.Kind is AbiKind.Bytes or AbiKind.String or AbiKind.Array or AbiKind.Tuple
            ? new AbiValue.Blob(topic.ToArray())
            : AbiDecoder.Decode([type], topic.ToArray())[0];
}

/// <summary>What functions, constructors and events have in common.</summary>
internal static class Signatures
{
    /// <summary>Reads the parameters of a constructor: <c>(string,uint8)</c>, with or without the word <c>constructor</c>.</summary>
    /// <exception cref="AbiException">The text is not such a list.</exception>
    public static IReadOnlyList<AbiParameter> ParseConstructor(string text)
    {
        SignatureReader reader = new(text);
        if (!reader.IsAtList && reader.ReadName() != "constructor") throw new AbiException($"the constructor's signature '{text}' must be its parameter types in parentheses");
        List<AbiParameter> parameters = reader.ReadParameters(mayBeIndexed: false);
        reader.ExpectEnd();
        return parameters;
    }

    /// <summary>Name and canonical types.</summary>
    public static string Canonical(string name, IEnumerable<AbiParameter> parameters) => $"{name}({string.Join(',', parameters.Select(parameter => parameter.Type.ToString()))})";

    /// <summary>Encodes arguments given as text.</summary>
    /// <exception cref="AbiException">There are too many or too few, or one does not fit; the message names it.</exception>
    public static byte[] EncodeArguments(IReadOnlyList<AbiParameter> parameters, IReadOnlyList<string> arguments, string of)
    {
        if (arguments.Count != parameters.Count)
            throw new AbiException(string.Create(CultureInfo.InvariantCulture, $"{Canonical(of, parameters)} takes {parameters.Count} arguments, not {arguments.Count}"));
        AbiValue[] values = new AbiValue[arguments.Count];
        for (int i = 0; i < values.Length; i++)
        {
            try
            {
                values[i] = AbiText.Parse(parameters[i].Type, arguments[i]);
            }
            catch (AbiException exception)
            {
                throw exception.In(string.Create(CultureInfo.InvariantCulture, $"argument {i + 1} of {of} ({parameters[i]})"));
            }
        }

        return AbiEncoder.Encode(parameters.Select(parameter => parameter.Type).ToArray(), values);
    }
}
