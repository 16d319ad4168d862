using System;
using System.Collections.Generic;
using System.Globalization;

namespace ContractVm.Cli.Abi;

/// <summary>A parameter of a function or event.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Name">Its name, or null.</param>
/// <param name="IsIndexed">It is one of an event's topics.</param>
internal sealed record AbiParameter(AbiType Type, string? Name, bool IsIndexed)
{
    /// <summary>Type and name, for errors.</summary>
    public override string ToString() => Name is null ? Type.ToString() : $"{Type} {Name}";
}

/// <summary>Reads signatures: names, types, lists of parameters. One pass; nesting is limited.</summary>
internal ref struct SignatureReader(string text)
{
    private const int MostNesting = 16;
    private int _position;

    /// <summary>True behind the last character.</summary>
    public readonly bool IsAtEnd => _position == text.Length;

    /// <summary>True where a list of parameters begins.</summary>
    public readonly bool IsAtList => !IsAtEnd && text[_position] == '(';

    /// <summary>A name of a function or event.</summary>
    public string ReadName()
    {
        string name = ReadWord();
        return name.Length > 0 && !char.IsAsciiDigit(name[0]) ? name : throw Error("a name is missing");
    }

    /// <summary>Parameters in parentheses: types, each with an optional name.</summary>
    public List<AbiParameter> ReadParameters(bool mayBeIndexed)
    {
        List<AbiParameter> parameters = [];
        Expect('(');
        SkipSpaces();
        if (TryTake(')')) return parameters;
        do
        {
            SkipSpaces();
            AbiType type = ReadType(0);
            SkipSpaces();
            string word = ReadWord();
            bool isIndexed = mayBeIndexed && word == "indexed";
            if (isIndexed)
            {
                SkipSpaces();
                word = ReadWord();
            }

            SkipSpaces();
            parameters.Add(new AbiParameter(type, word.Length == 0 ? null : word, isIndexed));
        }
        while (TryTake(','));
        Expect(')');
        return parameters;
    }

    /// <summary>Demands that nothing follows.</summary>
    public readonly void ExpectEnd()
    {
        if (!IsAtEnd) throw Error($"'{text[_position..]}' is too much");
    }

    private AbiType ReadType(int depth)
    {
        if (depth > MostNesting) throw Error($"types are nested deeper than {MostNesting}");
        AbiType type = IsAtList ? ReadTuple(depth) : ReadElementary();
        // Brackets nest as parentheses do: each one wraps what stands before it.
        for (int level = depth; TryTake('['); level++)
        {
            if (level >= MostNesting) throw Error($"types are nested deeper than {MostNesting}");
            int length = ReadLength();
            try
            {
                type = AbiType.ArrayOf(type, length);
            }
            catch (AbiException exception)
            {
                throw Error(exception.Message);
            }
        }

        return type;
    }

    private AbiType ReadTuple(int depth)
    {
        List<AbiType> components = [];
        Expect('(');
        do
        {
            SkipSpaces();
            components.Add(ReadType(depth + 1));
            SkipSpaces();
            ReadWord();
            SkipSpaces();
        }
        while (TryTake(','));
        Expect(')');
        try
        {
            return AbiType.TupleOf([.. components]);
        }
        catch (AbiException exception)
        {
            throw Error(exception.Message);
        }
    }

    private AbiType ReadElementary()
    {
        int start = _position;
        string word = ReadWord();
        AbiType? type = word switch
        {
            "" => throw Error("a type is missing"),
            "address" => AbiType.Elementary(AbiKind.Address),
            "bool" => AbiType.Elementary(AbiKind.Bool),
            "string" => AbiType.Elementary(AbiKind.String),
            "bytes" => AbiType.Elementary(AbiKind.Bytes),
            "uint" => AbiType.Elementary(AbiKind.Uint, 256),
            "int" => AbiType.Elementary(AbiKind.Int, 256),
            _ when word.StartsWith("uint", StringComparison.Ordinal) => Sized(AbiKind.Uint, word[4..], 256, 8),
            _ when word.StartsWith("int", StringComparison.Ordinal) => Sized(AbiKind.Int, word[3..], 256, 8),
            _ when word.StartsWith("bytes", StringComparison.Ordinal) => Sized(AbiKind.FixedBytes, word[5..], 32, 1),
            _ => null,
        };
        if (type is not null) return type;
        _position = start;
        throw Error($"'{word}' is not a type");
    }

    private static AbiType? Sized(AbiKind kind, string digits, int most, int step) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int size)
        && digits[0] != '0' && size <= most && size % step == 0 ? AbiType.Elementary(kind, size) : null;

    private int ReadLength()
    {
        if (TryTake(']')) return -1;
        string digits = ReadWord();
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length == 0 || digits[0] == '0')
            throw Error("an array's length must be a whole number above 0");
        Expect(']');
        return length;
    }

    private string ReadWord()
    {
        int start = _position;
        while (!IsAtEnd && (char.IsAsciiLetterOrDigit(text[_position]) || text[_position] is '_' or '$')) _position++;
        return text[start.._position];
    }

    private void SkipSpaces()
    {
        while (!IsAtEnd && text[_position] == ' ') _position++;
    }

    private bool TryTake(char character)
    {
        if (IsAtEnd || text[_position] != character) return false;
        _position++;
        return true;
    }

    private void Expect(char character)
    {
        if (!TryTake(character)) throw Error($"'{character}' is missing");
    }

    private readonly AbiException Error(string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"the signature '{text}' is wrong at character {_position + 1}: {what}"));
}
