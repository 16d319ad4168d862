using System;
using System.Collections.Generic;

namespace ContractVm.Text;

/// <summary>
/// The annotations of one module that this reader understands: <c>@custom</c>, <c>@name</c> and
/// <c>@metadata.code.branch_hint</c> (WebAssembly 3.0, appendix "Custom Sections and Annotations"; branch hinting proposal).
/// </summary>
internal sealed class AnnotationReader
{
    /// <summary>Ids of the sections in the order of the binary format, by the word that names one in a placement.</summary>
    private static readonly string[] SectionWords =
        ["type", "import", "func", "table", "memory", "tag", "global", "export", "start", "elem", "datacount", "code", "data"];

    private readonly TokenCursor _items;
    private readonly List<Annotation> _customs = [], _hints = [];
    /// <summary>Name annotations by the token after them.</summary>
    private readonly Dictionary<int, Annotation> _names = [];
    private int _nextHint;

    /// <param name="tokens">The tokens of the source.</param>
    /// <param name="first">The first token of the module.</param>
    /// <param name="last">The last token of the module.</param>
    public AnnotationReader(TokenList tokens, int first, int last)
    {
        _items = new TokenCursor(tokens.Items);
        foreach (Annotation annotation in Inside(tokens.Annotations, first, last))
        {
            if (annotation.Kind == AnnotationKind.Custom) _customs.Add(annotation);
            else if (annotation.Kind == AnnotationKind.BranchHint) _hints.Add(annotation);
            else if (!_names.TryAdd(annotation.Next, annotation)) throw Error(TextErrorCode.DuplicateAnnotation, annotation, "a second @name annotation at one place");
        }
    }

    /// <summary>The symbol of the name that an annotation right before this token gives, or -1.</summary>
    public int TakeName(int token, ModuleContext module)
    {
        if (!_names.Remove(token, out Annotation annotation)) return -1;
        _items.Position = annotation.FirstItem;
        ByteWriter name = new();
        ReadName(annotation, name, "the name");
        ExpectEnd(annotation);
        return module.Symbols.Intern(name.Written);
    }

    /// <summary>
    /// The hint in front of an instruction that starts at this token: 0 or 1, or -1 for none. Instructions are asked for in the
    /// order of the text.
    /// </summary>
    public int TakeHint(int token, bool isConditional)
    {
        if (!HasHintBefore(token)) return -1;
        Annotation annotation = _hints[_nextHint++];
        if (HasHintBefore(token)) throw Error(TextErrorCode.DuplicateAnnotation, _hints[_nextHint], "a second branch hint for one instruction");
        if (!isConditional) throw Error(TextErrorCode.InvalidAnnotationTarget, annotation, "a branch hint belongs before if or br_if");
        _items.Position = annotation.FirstItem;
        ByteWriter value = new();
        ReadStrings(value);
        ExpectEnd(annotation);
        if (value.Length != 1 || value.Written[0] > 1) throw Error(TextErrorCode.BadAnnotation, annotation, "a branch hint is \"\\00\" or \"\\01\"");
        return value.Written[0];
    }

    /// <summary>Refuses branch hints before a token that no instruction has taken.</summary>
    public void ExpectNoHintBefore(int token)
    {
        if (HasHintBefore(token)) throw Error(TextErrorCode.MisplacedAnnotation, _hints[_nextHint], "a branch hint stands before an instruction of a function");
    }

    /// <summary>Refuses what has found no place in the module.</summary>
    public void ExpectAllTaken()
    {
        ExpectNoHintBefore(int.MaxValue);
        foreach (Annotation annotation in _names.Values)
            throw Error(TextErrorCode.MisplacedAnnotation, annotation, "a @name annotation stands after the word or identifier that it names");
    }

    /// <summary>Reads the custom sections; they stand between the fields of the module, which are ranges of tokens.</summary>
    public void ReadCustoms(List<(int Open, int Close)> fields, List<CustomSection> sections)
    {
        int field = 0;
        foreach (Annotation annotation in _customs)
        {
            while (field < fields.Count && fields[field].Close < annotation.Next) field++;
            if (field < fields.Count && fields[field].Open < annotation.Next)
                throw Error(TextErrorCode.MisplacedAnnotation, annotation, "a @custom annotation stands between the fields of a module");
            sections.Add(ReadCustom(annotation));
        }
    }

    private static IEnumerable<Annotation> Inside(List<Annotation> annotations, int first, int last)
    {
        // A script can have an annotation for each of its modules: the first one is found by halving.
        int low = 0, high = annotations.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (annotations[middle].Next < first) low = middle + 1;
            else high = middle;
        }

        for (; low < annotations.Count && annotations[low].Next <= last; low++) yield return annotations[low];
    }

    private bool HasHintBefore(int token) => _nextHint < _hints.Count && _hints[_nextHint].Next <= token;

    private CustomSection ReadCustom(Annotation annotation)
    {
        _items.Position = annotation.FirstItem;
        ByteWriter name = new(), content = new();
        ReadName(annotation, name, "the section name");
        content.WriteSized(name.Written);
        int place = SectionWords.Length - 1;
        bool isAfter = true;
        if (_items.Accept(TokenKind.LeftParen))
        {
            isAfter = _items.Text.SequenceEqual("after"u8);
            if (!isAfter && !_items.Text.SequenceEqual("before"u8)) throw Error(TextErrorCode.BadAnnotation, annotation, "a placement is (before …) or (after …)");
            _items.Position++;
            place = ReadPlace(annotation);
            _items.Position++;
            ExpectEnd(annotation);
        }

        ReadStrings(content);
        ExpectEnd(annotation);
        return new CustomSection(place, isAfter, content.Written.ToArray());
    }

    private int ReadPlace(Annotation annotation)
    {
        ReadOnlySpan<byte> word = _items.Text;
        if (word.SequenceEqual("first"u8)) return 0;
        if (word.SequenceEqual("last"u8)) return SectionWords.Length - 1;
        int place = Array.IndexOf(SectionWords, System.Text.Encoding.UTF8.GetString(word));
        return place >= 0 ? place : throw Error(TextErrorCode.BadAnnotation, annotation, "a placement names a kind of section, first or last");
    }

    private void ReadName(Annotation annotation, ByteWriter destination, string what)
    {
        if (_items.Kind != TokenKind.String) throw Error(TextErrorCode.BadAnnotation, annotation, $"{what} is missing");
        _items.Tokens.DecodeString(_items.Position++, destination);
        if (!System.Text.Unicode.Utf8.IsValid(destination.Written)) throw Error(TextErrorCode.BadUtf8, annotation, $"{what} is not UTF-8");
    }

    private void ReadStrings(ByteWriter destination)
    {
        while (_items.Kind == TokenKind.String) _items.Tokens.DecodeString(_items.Position++, destination);
    }

    private void ExpectEnd(Annotation annotation)
    {
        if (!_items.Accept(TokenKind.RightParen)) throw Error(TextErrorCode.BadAnnotation, annotation, "a token that does not belong into this annotation");
    }

    private static TextException Error(TextErrorCode code, Annotation annotation, string detail) => new(code, annotation.Offset, detail);
}
