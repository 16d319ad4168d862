using System;
using System.Collections.Generic;
using System.Numerics;
using System.Text;
using ContractVm.StateStore;

namespace ContractVm.Cli.Abi;

/// <summary>Encodes values as the contract ABI does: heads in a row, then the tails that their offsets point to.</summary>
internal static class AbiEncoder
{
    /// <summary>Bytes of a word.</summary>
    public const int Word = 32;

    /// <summary>Encodes a row of values, as arguments and return data are. The values must fit the types.</summary>
    public static byte[] Encode(ReadOnlySpan<AbiType> types, ReadOnlySpan<AbiValue> values)
    {
        List<byte> output = [];
        Row(types, values, output);
        return [.. output];
    }

    private static void Row(ReadOnlySpan<AbiType> types, ReadOnlySpan<AbiValue> values, List<byte> output)
    {
        if (types.Length != values.Length) throw new ArgumentException("as many values as types are needed", nameof(values));
        int headLength = 0;
        foreach (AbiType type in types) headLength += type.HeadWords * Word;
        List<byte> tails = [];
        for (int i = 0; i < types.Length; i++)
        {
            if (types[i].IsDynamic)
            {
                Number((ulong)(headLength + tails.Count), output);
                Body(types[i], values[i], tails);
            }
            else
            {
                Body(types[i], values[i], output);
            }
        }

        output.AddRange(tails);
    }

    private static void Body(AbiType type, AbiValue value, List<byte> output)
    {
        switch (value)
        {
            case AbiValue.Number number: Number(ToWord(number.Value), output); break;
            case AbiValue.Flag flag: Number(flag.Value ? 1UL : 0UL, output); break;
            case AbiValue.Account account:
                output.AddRange(new byte[Word - Address.Length]);
                output.AddRange(account.Value.ToArray());
                break;
            case AbiValue.Blob blob when type.Kind == AbiKind.FixedBytes: Padded(blob.Value, output); break;
            case AbiValue.Blob blob: Sized(blob.Value, output); break;
            case AbiValue.Text text: Sized(Encoding.UTF8.GetBytes(text.Value), output); break;
            case AbiValue.List list when type.Kind == AbiKind.Tuple: Row(type.Components, list.Items, output); break;
            case AbiValue.List list:
                if (type.Size < 0) Number((ulong)list.Items.Length, output);
                AbiType[] elements = new AbiType[list.Items.Length];
                Array.Fill(elements, type.Components[0]);
                Row(elements, list.Items, output);
                break;
            default: throw new ArgumentException($"a {value.GetType().Name} is not a {type}", nameof(value));
        }
    }

    // Negative numbers are two's complement words.
    private static UInt256 ToWord(BigInteger value) =>
        value.Sign < 0 ? UInt256.Zero - UInt256.FromBigInteger(-value) : UInt256.FromBigInteger(value);

    private static void Number(UInt256 value, List<byte> output)
    {
        byte[] word = new byte[Word];
        value.ToBigEndian(word);
        output.AddRange(word);
    }

    private static void Sized(byte[] bytes, List<byte> output)
    {
        Number((ulong)bytes.Length, output);
        Padded(bytes, output);
    }

    private static void Padded(byte[] bytes, List<byte> output)
    {
        output.AddRange(bytes);
        output.AddRange(new byte[(Word - bytes.Length % Word) % Word]);
    }
}
