using System;
using System.Globalization;

namespace ContractVm.Text;

/// <summary>
/// Stable codes of everything for which a text is refused. Numbers are part of the interface: never reused, only added. They
/// continue those of <see cref="ModuleErrorCode"/>: 6xx is the text format.
/// </summary>
public enum TextErrorCode
{
    /// <summary>A character stands where no token can have it.</summary>
    UnexpectedCharacter = 600,
    /// <summary>A string does not end on its line.</summary>
    UnclosedString = 601,
    /// <summary>A block comment does not end.</summary>
    UnclosedComment = 602,
    /// <summary>An annotation does not end.</summary>
    UnclosedAnnotation = 603,
    /// <summary>The text, a name or an identifier is not UTF-8.</summary>
    BadUtf8 = 604,
    /// <summary>A backslash is followed by nothing that it can escape.</summary>
    BadEscape = 605,
    /// <summary>An identifier has no characters.</summary>
    EmptyIdentifier = 606,
    /// <summary>An annotation has no id.</summary>
    EmptyAnnotationId = 607,

    /// <summary>A token stands where the grammar wants another one.</summary>
    UnexpectedToken = 610,
    /// <summary>The text ends inside something.</summary>
    UnexpectedEnd = 611,
    /// <summary>A word names no instruction.</summary>
    UnknownInstruction = 612,
    /// <summary>An identifier is not bound in its index space.</summary>
    UnknownIdentifier = 613,
    /// <summary>An identifier is bound twice in its index space.</summary>
    DuplicateIdentifier = 614,
    /// <summary>A number does not fit its type.</summary>
    NumberOutOfRange = 615,
    /// <summary>A number is written in a way that its type does not have.</summary>
    BadNumber = 616,
    /// <summary>An alignment is not a power of two.</summary>
    BadAlignment = 617,
    /// <summary>A vector has another number of lanes than its shape.</summary>
    WrongLaneCount = 618,
    /// <summary>Parameters and results written beside a type use are not those of the type.</summary>
    InlineTypeMismatch = 619,
    /// <summary>The label after else or end is not the one of its block.</summary>
    LabelMismatch = 620,
    /// <summary>An import stands after a definition.</summary>
    ImportAfterDefinition = 621,
    /// <summary>A module has two start functions.</summary>
    MultipleStarts = 622,

    /// <summary>A known annotation stands where it has no meaning.</summary>
    MisplacedAnnotation = 630,
    /// <summary>A known annotation is not of its own grammar.</summary>
    BadAnnotation = 631,
    /// <summary>A known annotation stands twice at one place.</summary>
    DuplicateAnnotation = 632,
    /// <summary>A branch hint stands before an instruction that does not branch on a condition.</summary>
    InvalidAnnotationTarget = 633,

    /// <summary>The text is longer than this reader takes.</summary>
    TooLarge = 640,
}

/// <summary>Why a text is refused. Immutable.</summary>
/// <param name="Code">Stable code.</param>
/// <param name="Line">Line, from 1. Lines end with LF, CR or CR LF.</param>
/// <param name="Column">Column, from 1, in characters (code points).</param>
/// <param name="Detail">One sentence for people.</param>
public sealed record TextError(TextErrorCode Code, int Line, int Column, string Detail)
{
    /// <summary>One line: code, place and sentence.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"malformed text ({Code}) at line {Line}, column {Column}: {Detail}");
}

/// <summary>Carries a refusal out of lexer and parser; never leaves <see cref="TextFormat"/>.</summary>
internal sealed class TextException(TextErrorCode code, int offset, string detail) : Exception(detail)
{
    private readonly TextError? _located;

    /// <summary>A refusal inside of a quoted module, whose text is another one.</summary>
    public TextException(TextError located, int offset)
        : this(located.Code, offset, located.Detail)
    {
        _located = located;
    }

    public TextErrorCode Code { get; } = code;

    public TextError Locate(SourceText source)
    {
        if (_located is not null) return _located;
        (int line, int column) = source.Locate(offset);
        return new TextError(Code, line, column, Message);
    }
}
