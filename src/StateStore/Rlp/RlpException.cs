using System;

namespace ContractVm.StateStore;

/// <summary>How bytes can fail to be the RLP that was asked for (Yellow Paper, appendix B).</summary>
public enum RlpError
{
    /// <summary>The bytes end before the item does.</summary>
    Truncated,

    /// <summary>A list stands where a string was expected.</summary>
    ExpectedString,

    /// <summary>A string stands where a list was expected.</summary>
    ExpectedList,

    /// <summary>A single byte below 0x80 has a length prefix; it must stand for itself.</summary>
    NonMinimalByte,

    /// <summary>A length has a leading zero byte, or the long form for 55 bytes or fewer.</summary>
    NonMinimalLength,

    /// <summary>An integer has a leading zero byte.</summary>
    LeadingZero,

    /// <summary>A length or an integer is larger than the field can be.</summary>
    TooLarge,

    /// <summary>A string of a fixed length has another length.</summary>
    WrongLength,

    /// <summary>Bytes follow after the last item.</summary>
    TrailingBytes,
}

/// <summary>Input that is not canonical RLP, or not of the shape that was asked for.</summary>
public sealed class RlpException : Exception
{
    /// <summary>Describes one fault.</summary>
    /// <param name="error">What is wrong.</param>
    /// <param name="offset">Byte offset of the faulty item in the whole input.</param>
    /// <param name="field">Name of the field that was being read.</param>
    public RlpException(RlpError error, int offset, string field)
        : base($"RLP: {Describe(error)} in {field} at byte {offset}")
    {
        Error = error;
        Offset = offset;
        Field = field;
    }

    /// <summary>What is wrong.</summary>
    public RlpError Error { get; }

    /// <summary>Byte offset of the faulty item in the whole input.</summary>
    public int Offset { get; }

    /// <summary>Name of the field that was being read.</summary>
    public string Field { get; }

    private static string Describe(RlpError error) => error switch
    {
        RlpError.Truncated => "the input ends too early",
        RlpError.ExpectedString => "a list where a string is expected",
        RlpError.ExpectedList => "a string where a list is expected",
        RlpError.NonMinimalByte => "a single byte with a needless prefix",
        RlpError.NonMinimalLength => "a length that is not in its shortest form",
        RlpError.LeadingZero => "an integer with a leading zero",
        RlpError.TooLarge => "a number too large",
        RlpError.WrongLength => "a string of the wrong length",
        RlpError.TrailingBytes => "bytes after the last item",
        _ => throw new ArgumentOutOfRangeException(nameof(error)),
    };
}
