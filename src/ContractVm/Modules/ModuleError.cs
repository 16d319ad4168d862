using System;
using System.Collections.Generic;
using System.Globalization;

namespace ContractVm;

/// <summary>Groups of errors.</summary>
public enum ModuleErrorKind : byte
{
    /// <summary>The bytes are not a module (binary format).</summary>
    Malformed,
    /// <summary>A module, but not a valid one (validation).</summary>
    Invalid,
    /// <summary>A feature that the profile does not accept.</summary>
    Unsupported,
    /// <summary>More of something than the profile allows.</summary>
    LimitExceeded,
    /// <summary>An import or export is not what the profile's host interface requires.</summary>
    Interface,
}

/// <summary>
/// Stable codes of everything for which a module is refused. Numbers are part of the interface: never reused, only added.
/// The hundreds tell the <see cref="ModuleErrorKind"/>: 1xx malformed, 2xx invalid, 3xx unsupported, 4xx limits, 5xx interface.
/// </summary>
public enum ModuleErrorCode
{
    /// <summary>The bytes do not start with \0asm.</summary>
    BadMagic = 100,
    /// <summary>The version is not 1.</summary>
    BadVersion = 101,
    /// <summary>The bytes end inside something.</summary>
    UnexpectedEnd = 102,
    /// <summary>A LEB128 integer has too many bytes.</summary>
    IntegerTooLong = 103,
    /// <summary>A LEB128 integer does not fit its type.</summary>
    IntegerTooLarge = 104,
    /// <summary>A name is not UTF-8.</summary>
    BadUtf8 = 105,
    /// <summary>A section id is unknown.</summary>
    BadSectionId = 106,
    /// <summary>A section stands twice or out of order.</summary>
    SectionOrder = 107,
    /// <summary>A section's content does not fill its size.</summary>
    SectionSize = 108,
    /// <summary>Function and code section have different lengths.</summary>
    FunctionCodeMismatch = 109,
    /// <summary>Data count and data section disagree.</summary>
    DataCountMismatch = 110,
    /// <summary>memory.init or data.drop without a data count section.</summary>
    DataCountMissing = 111,
    /// <summary>An opcode names no instruction.</summary>
    UnknownOpcode = 112,
    /// <summary>A type code is unknown.</summary>
    BadType = 113,
    /// <summary>A flag or reserved byte has a value without meaning.</summary>
    BadFlags = 114,
    /// <summary>A body's instructions do not end where the body ends.</summary>
    BodySize = 115,
    /// <summary>More locals than 2^32-1.</summary>
    TooManyLocals = 116,
    /// <summary>An else without an if, or an end too many.</summary>
    UnbalancedControl = 117,
    /// <summary>An import or export kind is unknown.</summary>
    BadExternalKind = 118,
    /// <summary>The alignment of a memory access is malformed.</summary>
    BadMemoryArgument = 119,

    /// <summary>An operand has the wrong type, or there is none.</summary>
    TypeMismatch = 200,
    /// <summary>A type index names no type.</summary>
    UnknownType = 201,
    /// <summary>A function index names no function.</summary>
    UnknownFunction = 202,
    /// <summary>A table index names no table.</summary>
    UnknownTable = 203,
    /// <summary>A memory index names no memory.</summary>
    UnknownMemory = 204,
    /// <summary>A global index names no global.</summary>
    UnknownGlobal = 205,
    /// <summary>A local index names no local.</summary>
    UnknownLocal = 206,
    /// <summary>A label index names no label.</summary>
    UnknownLabel = 207,
    /// <summary>An element segment index names no segment.</summary>
    UnknownElement = 208,
    /// <summary>A data segment index names no segment.</summary>
    UnknownData = 209,
    /// <summary>An alignment is larger than natural.</summary>
    AlignmentTooLarge = 210,
    /// <summary>An immutable global is set.</summary>
    ImmutableGlobal = 211,
    /// <summary>A constant expression holds an instruction that is not constant.</summary>
    ConstantExpressionRequired = 212,
    /// <summary>Two exports have the same name.</summary>
    DuplicateExport = 213,
    /// <summary>Minimum above maximum, or a size above what its kind can have.</summary>
    BadLimits = 214,
    /// <summary>The start function has parameters or results.</summary>
    BadStartFunction = 215,
    /// <summary>ref.func of a function that the module does not declare as referenced.</summary>
    UndeclaredFunctionReference = 216,
    /// <summary>The module has more memories than the feature set allows.</summary>
    MultipleMemories = 217,
    /// <summary>select without types on references.</summary>
    SelectNeedsType = 218,
    /// <summary>A memory offset does not fit the address type.</summary>
    OffsetOutOfRange = 219,
    /// <summary>A tag index names no tag.</summary>
    UnknownTag = 220,
    /// <summary>A field index names no field of the struct.</summary>
    UnknownField = 221,
    /// <summary>A declared supertype is final, does not stand before the type, or does not match it.</summary>
    BadSubtype = 222,
    /// <summary>A field or an array's elements are set that are immutable.</summary>
    ImmutableField = 223,
    /// <summary>A local without an initial value is read before it is set.</summary>
    UninitializedLocal = 224,
    /// <summary>A lane index is above the lanes of the shape.</summary>
    BadLane = 225,
    /// <summary>A tag's type has results.</summary>
    BadTagType = 226,
    /// <summary>A value of this type has no default: a table, a local, or an array needs one.</summary>
    NotDefaultable = 227,
    /// <summary>A shared memory without a maximum.</summary>
    SharedNeedsMaximum = 228,

    /// <summary>The profile does not accept a feature that the module uses.</summary>
    FeatureNotAccepted = 300,
    /// <summary>A rule of the profile forbids this use of the language.</summary>
    RuleBroken = 301,
    /// <summary>The profile accepts the module, but no engine of this build runs one of its features.</summary>
    NoEngine = 302,

    /// <summary>The module is larger than the profile allows.</summary>
    ModuleTooLarge = 400,
    /// <summary>More items in a section than the profile allows.</summary>
    TooManyItems = 401,
    /// <summary>More locals in a function than the profile allows.</summary>
    LocalsLimit = 402,
    /// <summary>More parameters or results than the profile allows.</summary>
    SignatureLimit = 403,
    /// <summary>A function body is larger than the profile allows.</summary>
    BodyTooLarge = 404,
    /// <summary>A memory is larger than the profile allows.</summary>
    MemoryLimit = 405,
    /// <summary>A table is larger than the profile allows.</summary>
    TableLimit = 406,
    /// <summary>A br_table has more targets than the profile allows.</summary>
    BranchTableLimit = 407,
    /// <summary>Constructs are nested deeper than the profile allows.</summary>
    NestingLimit = 408,
    /// <summary>The operand stack is higher than the profile allows.</summary>
    OperandLimit = 409,
    /// <summary>A name is longer than the profile allows.</summary>
    NameLimit = 410,
    /// <summary>A type has more supertypes above it than the profile allows.</summary>
    SubtypingLimit = 411,

    /// <summary>The host has no such import.</summary>
    UnknownImport = 500,
    /// <summary>The host's import has another type.</summary>
    ImportType = 501,
    /// <summary>A required export is missing.</summary>
    MissingExport = 502,
    /// <summary>A required export has another type.</summary>
    ExportType = 503,
}

/// <summary>Why a module is refused.</summary>
/// <param name="Code">Stable code.</param>
/// <param name="Offset">Byte offset in the module.</param>
/// <param name="Section">Name of the section, or null outside of one.</param>
/// <param name="Function">Index of the function, or -1.</param>
/// <param name="Detail">One sentence for people.</param>
public sealed record ModuleError(ModuleErrorCode Code, int Offset, string? Section, int Function, string Detail)
{
    /// <summary>The feature that is not accepted, where that is the error.</summary>
    public Features Feature { get; init; }

    /// <summary>Group of the code.</summary>
    public ModuleErrorKind Kind => (ModuleErrorKind)((int)Code / 100 - 1);

    /// <summary>One line: kind, code, place and sentence.</summary>
    public override string ToString()
    {
        string place = string.Create(CultureInfo.InvariantCulture, $"at byte {Offset}");
        if (Section is not null) place += $", {Section} section";
        if (Function >= 0) place += string.Create(CultureInfo.InvariantCulture, $", function {Function}");
        string kind = Kind switch
        {
            ModuleErrorKind.LimitExceeded => "oversized",
            ModuleErrorKind.Interface => "unlinkable",
            _ => Kind.ToString().ToLowerInvariant(),
        };
        return $"{kind} module ({Code}) {place}: {Detail}";
    }
}

/// <summary>A reason for which a module is refused, and how often it holds.</summary>
/// <param name="Error">What and where it was met first.</param>
/// <param name="Occurrences">How often; above 1 only for features.</param>
public sealed record ModuleReason(ModuleError Error, int Occurrences);

/// <summary>What <see cref="Module.Examine"/> found.</summary>
/// <param name="Module">
/// What was read; complete and usable only where it is accepted. Otherwise it holds what stands before the point where reading
/// could not go on.
/// </param>
/// <param name="Reasons">Every reason against the module, in the order of the bytes; empty where it is accepted.</param>
/// <param name="Uncounted">Further reasons, beyond the number that is kept.</param>
/// <param name="IsComplete">False where reading had to stop: what follows was not looked at.</param>
public sealed record ModuleExamination(Module Module, IReadOnlyList<ModuleReason> Reasons, int Uncounted, bool IsComplete)
{
    /// <summary>The reason after which reading could not go on; null where it went to the end.</summary>
    public ModuleError? Stop { get; init; }

    /// <summary>True where nothing speaks against the module.</summary>
    public bool IsAccepted => Reasons.Count == 0;
}

/// <summary>Carries a <see cref="ModuleError"/> out of decoder and validator; never leaves <see cref="Module.TryLoad"/>.</summary>
internal sealed class ModuleException(ModuleError error) : Exception(error.ToString())
{
    public ModuleError Error { get; } = error;
}
