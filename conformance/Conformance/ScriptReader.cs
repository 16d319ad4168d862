using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using ContractVm.Text;

namespace ContractVm.Conformance;

/// <summary>
/// Reads scripts in the format of the official test suite (the reference interpreter's grammar of scripts, and the threads
/// proposal's thread and wait). A module whose text is refused, and a command that is not understood, are commands like others;
/// only characters that form no tokens and parentheses that do not match end the reading.
/// </summary>
public sealed class ScriptReader
{
    /// <summary>Threads inside of each other; every one of them is passed once more for each around it.</summary>
    private const int MaximumThreadDepth = 16;

    private static readonly TextOptions Options = new();

    private readonly SourceText _source;
    private readonly TokenCursor _cursor;
    private int _threadDepth;

    private ScriptReader(SourceText source)
    {
        _source = source;
        _cursor = new TokenCursor(Lexer.Read(source.Bytes));
    }

    /// <summary>Reads a script.</summary>
    /// <param name="source">The text in UTF-8. It must not change while the script is in use.</param>
    /// <param name="script">The script.</param>
    /// <param name="error">Why it cannot be divided into commands.</param>
    public static bool TryRead(ReadOnlyMemory<byte> source, [NotNullWhen(true)] out Script? script, [NotNullWhen(false)] out TextError? error)
    {
        SourceText text = new(source);
        try
        {
            script = new Script(new ScriptReader(text).ReadScript());
            error = null;
            return true;
        }
        catch (TextException refusal)
        {
            script = null;
            error = refusal.Locate(text);
            return false;
        }
    }

    private List<ScriptCommand> ReadScript()
    {
        // A script that starts with a field is a module whose parentheses are left out.
        if (_cursor.Kind == TokenKind.LeftParen && _cursor.Tokens.Kind(1) is TokenKind.Type or TokenKind.Rec or TokenKind.Func or TokenKind.Table
            or TokenKind.Memory or TokenKind.Global or TokenKind.Tag or TokenKind.Elem or TokenKind.Data or TokenKind.Start or TokenKind.Import or TokenKind.Export)
            return [new ModuleCommand(LineOf(0), Read(ModuleForm.Text, null, () => ModuleText.Read(_source, Options)), false)];

        List<ScriptCommand> commands = [];
        while (_cursor.Kind != TokenKind.End) commands.Add(ReadCommand());
        return commands;
    }

    private ScriptCommand ReadCommand()
    {
        int open = _cursor.Expect(TokenKind.LeftParen, "'(' and a command");
        int line = LineOf(open);
        string word = Encoding.UTF8.GetString(_cursor.Text);
        _cursor.SkipForm();
        int end = _cursor.Position;
        _cursor.Position = open + 2;
        ScriptCommand command;
        try
        {
            command = ReadForm(word, open, line);
            _cursor.ExpectClose();
            if (_cursor.Position != end) throw _cursor.Unexpected("the end of the command");
        }
        catch (TextException error)
        {
            command = new UnknownCommand(line, word, error.Locate(_source).ToString());
        }

        _cursor.Position = end;
        return command;
    }

    private ScriptCommand ReadForm(string word, int open, int line) => word switch
    {
        "module" => ReadModuleCommand(line),
        "register" => new RegisterCommand(line, ReadName(), ReadOptionalIdentifier()),
        "invoke" or "get" => new ActionCommand(line, ReadAction(word)),
        "assert_return" => new AssertReturnCommand(line, ReadFormAction(), ReadResults()),
        "assert_exception" => new AssertFailureCommand(line, ActionFailure.Exception, ReadFormAction(), ""),
        "assert_exhaustion" => new AssertFailureCommand(line, ActionFailure.Exhaustion, ReadFormAction(), ReadName()),
        "assert_trap" when _cursor.IsAtForm(TokenKind.Module) => ReadModuleAssertion(line, ModuleFailure.Trap),
        "assert_trap" => new AssertFailureCommand(line, ActionFailure.Trap, ReadFormAction(), ReadName()),
        "assert_malformed" => ReadModuleAssertion(line, ModuleFailure.Malformed),
        "assert_invalid" => ReadModuleAssertion(line, ModuleFailure.Invalid),
        "assert_unlinkable" => ReadModuleAssertion(line, ModuleFailure.Unlinkable),
        "assert_malformed_custom" => ReadModuleAssertion(line, ModuleFailure.MalformedCustom),
        "assert_invalid_custom" => ReadModuleAssertion(line, ModuleFailure.InvalidCustom),
        "thread" => ReadThread(line),
        "wait" => new WaitCommand(line, ReadOptionalIdentifier() ?? throw _cursor.Unexpected("the name of a thread")),
        _ => throw _cursor.Error(TextErrorCode.UnexpectedToken, open, $"no command is called {word}"),
    };

    private ScriptCommand ReadModuleCommand(int line)
    {
        if (!_cursor.Text.SequenceEqual("instance"u8))
        {
            bool isDefinition = _cursor.Text.SequenceEqual("definition"u8);
            if (isDefinition) _cursor.Position++;
            ScriptModule module = ReadModule();
            _cursor.Position--;
            return new ModuleCommand(line, module, isDefinition);
        }

        _cursor.Position++;
        string? first = ReadOptionalIdentifier();
        string? second = ReadOptionalIdentifier();
        return second is null ? new InstanceCommand(line, null, first) : new InstanceCommand(line, first, second);
    }

    private AssertModuleCommand ReadModuleAssertion(int line, ModuleFailure failure)
    {
        _cursor.ExpectForm(TokenKind.Module, "'(module'");
        ScriptModule module = ReadModule();
        return new AssertModuleCommand(line, failure, module, ReadName());
    }

    /// <summary>Reads a module from behind the word module and passes its closing parenthesis.</summary>
    private ScriptModule ReadModule()
    {
        int start = _cursor.Position;
        string? name = ReadOptionalIdentifier();
        ModuleForm form = _cursor.Kind switch
        {
            TokenKind.Binary => ModuleForm.Binary,
            TokenKind.Quote => ModuleForm.Quote,
            _ => ModuleForm.Text,
        };
        _cursor.Position = start;
        _cursor.SkipForm();
        int end = _cursor.Position;
        _cursor.Position = start;
        ScriptModule module = Read(form, name, () => ModuleText.ReadRest(_cursor, _source, Options));
        _cursor.Position = end;
        return module;
    }

    private ScriptModule Read(ModuleForm form, string? name, Func<TextModule> read)
    {
        try
        {
            return new ScriptModule(name, form, read(), null);
        }
        catch (TextException error)
        {
            return new ScriptModule(name, form, null, error.Locate(_source));
        }
    }

    private ThreadCommand ReadThread(int line)
    {
        string? name = ReadOptionalIdentifier();
        List<string> shared = [];
        while (_cursor.AcceptForm(TokenKind.Shared))
        {
            _cursor.ExpectForm(TokenKind.Module, "'(module'");
            shared.Add(ReadOptionalIdentifier() ?? throw _cursor.Unexpected("the name of an instance"));
            _cursor.ExpectClose();
            _cursor.ExpectClose();
        }

        if (_threadDepth == MaximumThreadDepth) throw _cursor.Error(TextErrorCode.TooLarge, _cursor.Position, "too many threads inside of each other");
        List<ScriptCommand> commands = [];
        _threadDepth++;
        while (_cursor.Kind == TokenKind.LeftParen) commands.Add(ReadCommand());
        _threadDepth--;
        return new ThreadCommand(line, name, shared, commands);
    }

    /// <summary>Reads an action with its parentheses.</summary>
    private ScriptAction ReadFormAction()
    {
        _cursor.Expect(TokenKind.LeftParen, "'(' and an action");
        string word = Encoding.UTF8.GetString(_cursor.Text);
        if (word is not ("invoke" or "get")) throw _cursor.Unexpected("invoke or get");
        _cursor.Position++;
        ScriptAction action = ReadAction(word);
        _cursor.ExpectClose();
        return action;
    }

    /// <summary>Reads an action from behind its word up to its closing parenthesis.</summary>
    private ScriptAction ReadAction(string word)
    {
        string? instance = ReadOptionalIdentifier();
        string export = ReadName();
        if (word == "get") return new GetAction(instance, export);
        List<ScriptValue> arguments = [];
        while (_cursor.Kind == TokenKind.LeftParen) arguments.Add(ScriptValueReader.ReadArgument(_cursor));
        return new InvokeAction(instance, export, arguments);
    }

    private List<ResultPattern> ReadResults()
    {
        List<ResultPattern> results = [];
        while (_cursor.Kind == TokenKind.LeftParen) results.Add(ScriptValueReader.ReadResult(_cursor));
        return results;
    }

    private string ReadName()
    {
        ByteWriter name = new();
        _cursor.ReadName(name, "a string");
        return Encoding.UTF8.GetString(name.Written);
    }

    private string? ReadOptionalIdentifier()
    {
        if (_cursor.Kind != TokenKind.Identifier) return null;
        ByteWriter name = new();
        _cursor.Tokens.DecodeIdentifier(_cursor.Position++, name);
        return Encoding.UTF8.GetString(name.Written);
    }

    private int LineOf(int token) => _source.Locate(_cursor.Tokens.Start(token)).Line;
}
