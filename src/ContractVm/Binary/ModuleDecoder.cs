using System;
using System.Collections.Generic;
using ContractVm.Validation;

namespace ContractVm.Binary;

/// <summary>
/// Decodes a module section by section and validates as it goes (WebAssembly 3.0, binary format, "Modules"): everything that
/// a section may refer to stands before it, except functions' bodies, whose number is checked as soon as it is known.
/// One pass; no recursion; nothing is reserved for a count that the bytes do not bear out.
/// </summary>
internal sealed partial class ModuleDecoder
{
    private const int CodeOrder = 12;

    // Order of the sections (data count stands before code, tag between memory and global).
    private static readonly (string Name, int Order)[] Sections =
    [
        ("custom", 0), ("type", 1), ("import", 2), ("function", 3), ("table", 4), ("memory", 5), ("global", 7), ("export", 8),
        ("start", 9), ("element", 10), ("code", CodeOrder), ("data", 13), ("data count", 11), ("tag", 6),
    ];

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly Module _module;
    private readonly Findings _findings;
    private readonly ModuleContext _context;
    private readonly FunctionValidator _validator;
    private readonly int _threads;
    private int _definedFunctions;
    private bool _hasCode;
    private ulong _totalElements;

    private ModuleDecoder(ReadOnlyMemory<byte> bytes, Profile profile, ReasonList? reasons, int threads)
    {
        _bytes = bytes;
        _module = new Module(bytes, profile);
        _findings = new Findings(reasons);
        _context = new ModuleContext(_module);
        _validator = new FunctionValidator(_context, _findings);
        _threads = threads;
    }

    /// <exception cref="ModuleException">The first error in the order of the bytes.</exception>
    public static Module Decode(ReadOnlyMemory<byte> bytes, Profile profile, int threads)
    {
        ModuleDecoder decoder = new(bytes, profile, null, threads);
        decoder.DecodeSections();
        decoder.Complete();
        return decoder._module;
    }

    /// <summary>Goes on after reasons where the bytes allow it.</summary>
    public static ModuleExamination Examine(ReadOnlyMemory<byte> bytes, Profile profile)
    {
        ReasonList reasons = new();
        ModuleDecoder decoder = new(bytes, profile, reasons, 1);
        ModuleError? stop = null;
        try
        {
            decoder.DecodeSections();
        }
        catch (ModuleException exception)
        {
            stop = exception.Error;
            reasons.Add(stop);
        }

        if (stop is null) decoder.Complete();
        else decoder.TakeFindings();
        return new ModuleExamination(decoder._module, reasons.InOrder(), reasons.Uncounted, stop is null) { Stop = stop };
    }

    private void Complete()
    {
        ByteReader reader = Reader(new ByteRange(_bytes.Length, _bytes.Length), null);
        ModuleRulesCheck.Check(_module, ref reader);
        TakeFindings();
    }

    private void TakeFindings()
    {
        _module.UsedFeatures = _findings.Used;
        _module.Measures = _findings.Measures;
        _module.ComputeInk();
    }

    private ByteReader Reader(ByteRange range, string? section) => new(_bytes.Span, range) { Section = section, Findings = _findings };

    private void DecodeSections()
    {
        ReadOnlySpan<byte> bytes = _bytes.Span;
        ByteReader reader = Reader(new ByteRange(0, bytes.Length), null);
        ProfileGate.Check(ref reader, _module, Limit.ModuleBytes, (ulong)bytes.Length, 0);
        ReadHeader(ref reader);

        int lastOrder = 0;
        while (!reader.IsAtEnd)
        {
            int start = reader.Position;
            (byte id, string name, int order, ByteRange range) = ReadSectionHeader(ref reader);
            if (order != 0)
            {
                if (order <= lastOrder) throw reader.Error(ModuleErrorCode.SectionOrder, start, $"the {name} section stands twice or out of order");
                lastOrder = order;
                if (order > CodeOrder && _definedFunctions > 0 && !_hasCode) throw reader.Error(ModuleErrorCode.FunctionCodeMismatch, start, "functions without a code section");
            }

            ByteReader section = Reader(range, name);
            DecodeSection(id, ref section);
            if (!section.IsAtEnd) throw section.Error(ModuleErrorCode.SectionSize, $"the {name} section has {section.Remaining} bytes too many");
        }

        if (_definedFunctions > 0 && !_hasCode) throw reader.Error(ModuleErrorCode.FunctionCodeMismatch, "functions without a code section");
        if (_context.DataCount is int announced && announced != _module.DataList.Count)
            throw reader.Error(ModuleErrorCode.DataCountMismatch, $"the data count section announces {announced} segments, there are {_module.DataList.Count}");
    }

    /// <summary>Reads what stands before the sections.</summary>
    public static void ReadHeader(ref ByteReader reader)
    {
        if (reader.Remaining < 4 || !reader.ReadBytes(4, "magic").SequenceEqual("\0asm"u8)) throw reader.Error(ModuleErrorCode.BadMagic, 0, "the bytes do not start with \\0asm");
        if (!reader.ReadBytes(4, "the version").SequenceEqual("\u0001\0\0\0"u8)) throw reader.Error(ModuleErrorCode.BadVersion, 4, "the version is not 1");
    }

    /// <summary>Reads a section's id and size, and passes over its content.</summary>
    public static (byte Id, string Name, int Order, ByteRange Content) ReadSectionHeader(ref ByteReader reader)
    {
        int start = reader.Position;
        byte id = reader.ReadByte("a section id");
        if (id >= Sections.Length) throw reader.Error(ModuleErrorCode.BadSectionId, start, $"{id} is not a section id");
        (string name, int order) = Sections[id];
        uint size = reader.ReadU32("the section's size");
        return (id, name, order, reader.ReadRange(size, $"the {name} section"));
    }

    private void DecodeSection(byte id, ref ByteReader reader)
    {
        switch (id)
        {
            case 0: DecodeCustom(ref reader); break;
            case 1: TypeSection.Read(ref reader, _module); break;
            case 2: DecodeImports(ref reader); break;
            case 3: DecodeFunctions(ref reader); break;
            case 4: DecodeTables(ref reader); break;
            case 5: DecodeMemories(ref reader); break;
            case 6: DecodeGlobals(ref reader); break;
            case 7: DecodeExports(ref reader); break;
            case 8: DecodeStart(ref reader); break;
            case 9: DecodeElements(ref reader); break;
            case 10: DecodeCode(ref reader); break;
            case 11: DecodeData(ref reader); break;
            case 12: DecodeDataCount(ref reader); break;
            case 13: DecodeTags(ref reader); break;
            default: throw new InvalidOperationException($"section {id}");
        }
    }

    private void DecodeCustom(ref ByteReader reader)
    {
        // A custom section's content never makes a module invalid; only its name must be one.
        string name = reader.ReadName("a custom section's name");
        ByteRange range = reader.ReadRange((uint)reader.Remaining, "a custom section");
        _module.CustomSectionList.Add((name, range));
        if (name != "name") return;
        _module.FunctionNames = NameSection.ReadFunctionNames(_bytes.Span, range, out bool isWellFormed);
        // One that cannot be read is enough, whatever follows it.
        _module.HasReadableNames &= isWellFormed;
    }

    private void DecodeDataCount(ref ByteReader reader)
    {
        int start = reader.Position;
        ProfileGate.Require(ref reader, _module, Features.BulkMemory, start, "a data count section");
        uint count = reader.ReadU32("the data count");
        ProfileGate.Demand(ref reader, _module, Limit.DataSegments, count, start);
        _context.DataCount = (int)count;
    }

    private void DecodeCode(ref ByteReader reader)
    {
        int start = reader.Position;
        int count = reader.ReadCount("the code section");
        if (count != _definedFunctions)
            throw reader.Error(ModuleErrorCode.FunctionCodeMismatch, start, $"{_definedFunctions} functions and {count} bodies");
        _hasCode = true;
        _module.FindFarMemory();
        if (_threads > 1 && _findings.Reasons is null)
        {
            new ParallelValidation(_bytes, _context, _findings, _threads).Run(ref reader, count);
            return;
        }

        for (int i = 0; i < count; i++)
        {
            FunctionBody body = BodyFraming.Read(ref reader, _module, i);
            _module.BodyList.Add(body);
            try
            {
                _validator.Validate(_bytes.Span, _module.ImportedFunctions + i, body);
            }
            catch (ModuleException exception) when (_findings.Reasons is not null)
            {
                // The next body starts where this one's size says, whatever is wrong inside.
                _findings.Reasons.Add(exception.Error);
            }
        }

        reader.Function = -1;
    }
}
