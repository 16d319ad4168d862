using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ContractVm.StateStore;

namespace ContractVm.Cli.Abi;

/// <summary>
/// Values as text. An argument is: a number, decimal or 0x; true or false; 0x and digits for addresses and bytes; the text
/// itself for a string. Arrays are written [1, 2], tuples (1, 2), and strings inside of them "as in JSON".
/// </summary>
internal static class AbiText
{
    private static readonly JsonSerializerOptions Quoting = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads an argument.</summary>
    /// <exception cref="AbiException">The text is not a value of the type.</exception>
    public static AbiValue Parse(AbiType type, string text) => type.Kind switch
    {
        AbiKind.String => new AbiValue.Text(CheckUnicode(text)),
        AbiKind.Array or AbiKind.Tuple => ParseList(type, text),
        _ => ParseWord(type, text),
    };

    /// <summary>Writes a value; what is written reads back, except that a string is written with its quotes.</summary>
    public static string Format(AbiValue value) => value switch
    {
        AbiValue.Number number => number.Value.ToString(CultureInfo.InvariantCulture),
        AbiValue.Flag flag => flag.Value ? "true" : "false",
        AbiValue.Account account => account.Value.ToChecksumString(),
        AbiValue.Blob blob => Hex.Encode(blob.Value),
        AbiValue.Text text => JsonSerializer.Serialize(text.Value, Quoting),
        AbiValue.List { IsTuple: true } list => $"({string.Join(", ", list.Items.Select(Format))})",
        AbiValue.List list => $"[{string.Join(", ", list.Items.Select(Format))}]",
        _ => throw new ArgumentOutOfRangeException(nameof(value)),
    };

    /// <summary>Writes a value as JSON: numbers as decimal strings, since they may have 256 bits.</summary>
    public static void WriteJson(Utf8JsonWriter writer, AbiValue value)
    {
        switch (value)
        {
            case AbiValue.Flag flag: writer.WriteBooleanValue(flag.Value); break;
            case AbiValue.Text text: writer.WriteStringValue(text.Value); break;
            case AbiValue.List list:
                writer.WriteStartArray();
                foreach (AbiValue item in list.Items) WriteJson(writer, item);
                writer.WriteEndArray();
                break;
            default: writer.WriteStringValue(Format(value)); break;
        }
    }

    private static AbiValue ParseWord(AbiType type, string text) => type.Kind switch
    {
        AbiKind.Bool => text is "true" or "false" ? new AbiValue.Flag(text == "true") : throw Wrong(text, "true or false"),
        AbiKind.Address => Address.TryParse(text, out Address address)
            ? new AbiValue.Account(address)
            : throw Wrong(text, "an address: 0x and 40 hexadecimal digits, with the right checksum where upper and lower case are mixed"),
        AbiKind.Bytes => Hex.TryDecode(text, out byte[] bytes) ? new AbiValue.Blob(bytes) : throw Wrong(text, "0x and an even number of hexadecimal digits"),
        AbiKind.FixedBytes => Hex.TryDecode(text, out byte[] bytes) && bytes.Length == type.Size
            ? new AbiValue.Blob(bytes)
            : throw Wrong(text, string.Create(CultureInfo.InvariantCulture, $"0x and {2 * type.Size} hexadecimal digits")),
        _ => new AbiValue.Number(ParseInteger(type, text)),
    };

    private static BigInteger ParseInteger(AbiType type, string text)
    {
        bool isSigned = type.Kind == AbiKind.Int;
        bool isNegative = isSigned && text.StartsWith('-');
        int bits = isSigned ? type.Size - 1 : type.Size;
        BigInteger bound = BigInteger.One << bits;
        if (UInt256.TryParse(isNegative ? text.AsSpan(1) : text, out UInt256 magnitude))
        {
            BigInteger value = isNegative ? -magnitude.ToBigInteger() : magnitude.ToBigInteger();
            if (value < bound && value >= -bound) return value;
        }

        throw Wrong(text, string.Create(CultureInfo.InvariantCulture, $"a whole number from {(isSigned ? $"-2^{bits}" : "0")} to 2^{bits} - 1, decimal or 0x"));
    }

    private static AbiValue ParseList(AbiType type, string text)
    {
        ListReader reader = new(text);
        AbiValue value = reader.Read(type);
        reader.ExpectEnd();
        return value;
    }

    private static string CheckUnicode(string text)
    {
        try
        {
            StrictUtf8.GetByteCount(text);
            return text;
        }
        catch (EncoderFallbackException)
        {
            throw new AbiException("the text is not valid Unicode");
        }
    }

    private static AbiException Wrong(string text, string expected) => new($"'{text}' is not {expected}");

    /// <summary>Reads values inside brackets; its depth is that of the type, which is limited.</summary>
    private ref struct ListReader(string text)
    {
        private int _position;

        public AbiValue Read(AbiType type)
        {
            SkipSpaces();
            return type.Kind switch
            {
                AbiKind.Array => new AbiValue.List(ReadItems(type, '[', ']'), IsTuple: false),
                AbiKind.Tuple => new AbiValue.List(ReadItems(type, '(', ')'), IsTuple: true),
                AbiKind.String => new AbiValue.Text(CheckUnicode(ReadQuoted())),
                _ => ParseWord(type, ReadWord()),
            };
        }

        public void ExpectEnd()
        {
            SkipSpaces();
            if (_position < text.Length) throw Error($"'{text[_position..]}' is too much");
        }

        private AbiValue[] ReadItems(AbiType type, char open, char close)
        {
            List<AbiValue> items = [];
            Expect(open);
            SkipSpaces();
            if (TryTake(close)) return Counted(type, items);
            do
            {
                if (type.Kind == AbiKind.Tuple && items.Count == type.Components.Length) throw Error($"{type} has only {type.Components.Length} components");
                try
                {
                    items.Add(Read(type.Components[type.Kind == AbiKind.Tuple ? items.Count : 0]));
                }
                catch (AbiException exception)
                {
                    throw exception.In(string.Create(CultureInfo.InvariantCulture, $"[{items.Count}]"));
                }

                SkipSpaces();
            }
            while (TryTake(','));
            Expect(close);
            return Counted(type, items);
        }

        private static AbiValue[] Counted(AbiType type, List<AbiValue> items)
        {
            int wanted = type.Kind == AbiKind.Tuple ? type.Components.Length : type.Size;
            return wanted < 0 || wanted == items.Count
                ? [.. items]
                : throw new AbiException(string.Create(CultureInfo.InvariantCulture, $"{type} has {wanted} values, not {items.Count}"));
        }

        private string ReadWord()
        {
            int start = _position;
            while (_position < text.Length && text[_position] is not (',' or '[' or ']' or '(' or ')' or ' ' or '"')) _position++;
            return text[start.._position];
        }

        private string ReadQuoted()
        {
            int start = _position;
            Expect('"');
            while (_position < text.Length && text[_position] != '"') _position += text[_position] == '\\' ? 2 : 1;
            _position = Math.Min(_position, text.Length);
            Expect('"');
            try
            {
                return JsonSerializer.Deserialize<string>(text.AsSpan(start, _position - start))!;
            }
            catch (JsonException)
            {
                throw Error("the string is not quoted as in JSON");
            }
        }

        private void SkipSpaces()
        {
            while (_position < text.Length && text[_position] == ' ') _position++;
        }

        private bool TryTake(char character)
        {
            if (_position == text.Length || text[_position] != character) return false;
            _position++;
            return true;
        }

        private void Expect(char character)
        {
            if (!TryTake(character)) throw Error($"'{character}' is missing");
        }

        private readonly AbiException Error(string what) =>
            new(string.Create(CultureInfo.InvariantCulture, $"'{text}' is wrong at character {_position + 1}: {what}"));
    }
}
