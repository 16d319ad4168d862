using System;
using System.Globalization;
using System.Numerics;
using System.Text;
using ContractVm.StateStore;

namespace ContractVm.Cli.Abi;

/// <summary>
/// Decodes return data, revert data and logs. Strict: padding is zero, offsets and lengths stay inside, nothing is left over.
/// A value costs no more than the data's own length, however its offsets are crossed.
/// </summary>
internal sealed class AbiDecoder
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly byte[] _data;
    private long _wordsLeft;
    private int _end;

    private AbiDecoder(byte[] data)
    {
        _data = data;
        // Each word of data that makes sense is read once; offsets that all point to one place would have it read for ever.
        _wordsLeft = data.Length / AbiEncoder.Word;
    }

    /// <summary>Decodes a row of values.</summary>
    /// <exception cref="AbiException">The data does not encode values of these types.</exception>
    public static AbiValue[] Decode(AbiType[] types, byte[] data)
    {
        AbiDecoder decoder = new(data);
        AbiValue[] values = decoder.Row(types, 0, "value ");
        return decoder._end == data.Length
            ? values
            : throw Error($"the data has {data.Length} bytes, the values end at byte {decoder._end}");
    }

    private AbiValue[] Row(AbiType[] types, int start, string place)
    {
        AbiValue[] values = new AbiValue[types.Length];
        int head = start;
        for (int i = 0; i < types.Length; i++)
        {
            try
            {
                values[i] = Body(types[i], types[i].IsDynamic ? Offset(head, start) : head);
            }
            catch (AbiException exception)
            {
                string where = place.Length == 0
                    ? string.Create(CultureInfo.InvariantCulture, $"[{i}]")
                    : string.Create(CultureInfo.InvariantCulture, $"{place}{i + 1} ({types[i]})");
                throw exception.In(where);
            }

            head += types[i].HeadWords * AbiEncoder.Word;
        }

        return values;
    }

    private AbiValue Body(AbiType type, int at)
    {
        switch (type.Kind)
        {
            case AbiKind.Uint: return new AbiValue.Number(Unsigned(at, type.Size).ToBigInteger());
            case AbiKind.Int: return new AbiValue.Number(Signed(at, type.Size));
            case AbiKind.Bool: return new AbiValue.Flag(!Unsigned(at, 1).IsZero);
            case AbiKind.Address:
                Unsigned(at, 8 * Address.Length);
                return new AbiValue.Account(Address.FromBytes(_data.AsSpan(at + AbiEncoder.Word - Address.Length, Address.Length)));
            case AbiKind.FixedBytes: return new AbiValue.Blob(Padded(at, type.Size));
            case AbiKind.Bytes: return new AbiValue.Blob(Sized(at));
            case AbiKind.String: return new AbiValue.Text(Text(at));
            case AbiKind.Tuple: return new AbiValue.List(Row(type.Components, at, "component "), IsTuple: true);
            default:
                int count = type.Size < 0 ? Length(at, AbiEncoder.Word * type.Components[0].HeadWords) : type.Size;
                // A fixed number of elements is only believed where the data bears it out, too.
                if (count > _wordsLeft) throw CutOff(at);
                AbiType[] elements = new AbiType[count];
                Array.Fill(elements, type.Components[0]);
                return new AbiValue.List(Row(elements, type.Size < 0 ? at + AbiEncoder.Word : at, ""), IsTuple: false);
        }
    }

    private UInt256 Number(int at)
    {
        if (at > _data.Length - AbiEncoder.Word) throw CutOff(at);
        if (--_wordsLeft < 0) throw Error($"the offsets lead to the same bytes again at byte {at}");
        _end = Math.Max(_end, at + AbiEncoder.Word);
        return UInt256.FromBigEndian(_data.AsSpan(at, AbiEncoder.Word));
    }

    private UInt256 Unsigned(int at, int bits)
    {
        UInt256 value = Number(at);
        return value.BitLength <= bits ? value : throw Error($"the word at byte {at} has more than {bits} bits");
    }

    private BigInteger Signed(int at, int bits)
    {
        UInt256 word = Number(at);
        BigInteger value = word.Bit(255) ? -(UInt256.Zero - word).ToBigInteger() : word.ToBigInteger();
        BigInteger bound = BigInteger.One << (bits - 1);
        return value >= -bound && value < bound ? value : throw Error($"the word at byte {at} does not fit {bits} signed bits");
    }

    private int Offset(int at, int start)
    {
        UInt256 offset = Number(at);
        return offset.FitsUInt64 && (ulong)offset <= (ulong)(_data.Length - start)
            ? start + (int)(ulong)offset
            : throw Error($"the offset at byte {at} points outside of the data");
    }

    private int Length(int at, int unit)
    {
        UInt256 length = Number(at);
        return length.FitsUInt64 && (ulong)length <= (ulong)((_data.Length - at - AbiEncoder.Word) / unit)
            ? (int)(ulong)length
            : throw Error($"the length at byte {at} reaches outside of the data");
    }

    private byte[] Sized(int at)
    {
        int length = Length(at, 1);
        byte[] bytes = new byte[length];
        for (int done = 0; done < length; done += AbiEncoder.Word)
            Padded(at + AbiEncoder.Word + done, Math.Min(AbiEncoder.Word, length - done)).CopyTo(bytes, done);
        return bytes;
    }

    private byte[] Padded(int at, int length)
    {
        Number(at);
        Span<byte> word = _data.AsSpan(at, AbiEncoder.Word);
        return !word[length..].ContainsAnyExcept((byte)0) ? word[..length].ToArray() : throw Error($"the padding at byte {at + length} is not zero");
    }

    private string Text(int at)
    {
        byte[] bytes = Sized(at);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Error($"the text at byte {at} is not UTF-8");
        }
    }

    private AbiException CutOff(int at) => Error($"the data ends at byte {_data.Length}, inside the value at byte {at}");

    private static AbiException Error(FormattableString message) => new(message.ToString(CultureInfo.InvariantCulture));
}
