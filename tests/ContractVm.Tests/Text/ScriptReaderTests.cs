using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using ContractVm.Conformance;
using ContractVm.Text;
using Xunit;

namespace ContractVm.Tests.Text;

public class ScriptReaderTests
{
    [Fact]
    public void CommandsAreWhatTheySay()
    {
        IReadOnlyList<ScriptCommand> commands = Read("""
            (module $m (func (export "f")))
            (module definition $d (memory 1))
            (module instance $i $d) (module instance)
            (register "name" $m)
            (invoke $m "f" (i32.const -1) (f64.const 1) (v128.const i32x4 1 2 3 4) (ref.null func) (ref.extern 7) (ref.host 8))
            (assert_return (get "g") (f32.const nan:canonical) (ref.null) (ref.func) (ref.extern 1) (ref.extern) (either (i32.const 0) (i64.const 1)))
            (assert_return (invoke "v") (v128.const f32x4 0 nan:arithmetic 1 -0))
            (assert_trap (invoke "f") "unreachable")
            (assert_trap (module (func $s unreachable) (start $s)) "unreachable")
            (assert_exception (invoke "f"))
            (assert_exhaustion (invoke "f") "call stack exhausted")
            (assert_invalid (module (func (result i32))) "type mismatch")
            (assert_malformed (module quote "(func nope)") "unknown operator")
            (thread $t (shared (module $m)) (invoke "f") (wait $u))
            (assert_what (invoke "f"))
            (assert_return (invoke "f" (i32.const)))
            """);
        Assert.Equal([1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], commands.Select(static command => command.Line));
        Assert.True(commands[0] is ModuleCommand { IsDefinition: false, Module: { Name: "m", Form: ModuleForm.Text, Module: not null, Error: null } });
        Assert.True(commands[1] is ModuleCommand { IsDefinition: true, Module.Name: "d" });
        Assert.Equal(new InstanceCommand(3, "i", "d"), commands[2]);
        Assert.Equal(new InstanceCommand(3, null, null), commands[3]);
        Assert.Equal(new RegisterCommand(4, "name", "m"), commands[4]);
        InvokeAction invoke = Assert.IsType<InvokeAction>(Assert.IsType<ActionCommand>(commands[5]).Action);
        Assert.Equal(("m", "f"), (invoke.Instance, invoke.Export));
        Assert.Equal(
            [new NumberValue(NumberType.I32, 0xFFFFFFFF), new NumberValue(NumberType.F64, 0x3FF0_0000_0000_0000), new VectorValue(0x2_0000_0001, 0x4_0000_0003),
             new NullValue(0x70), new ExternValue(7), new HostValue(8)], invoke.Arguments);
        AssertReturnCommand results = Assert.IsType<AssertReturnCommand>(commands[6]);
        Assert.Equal(new GetAction(null, "g"), results.Action);
        Assert.Equal(
            [new NumberPattern(NumberType.F32, NanPattern.Canonical, 0), new NullPattern(0), new ReferencePattern(0x70), new ExternPattern(1), new ReferencePattern(0x6F)],
            results.Results.Take(5));
        Assert.Equal(2, Assert.IsType<EitherPattern>(results.Results[5]).Alternatives.Count);
        VectorPattern vector = Assert.IsType<VectorPattern>(Assert.Single(Assert.IsType<AssertReturnCommand>(commands[7]).Results));
        Assert.Equal(32, vector.LaneBits);
        Assert.Equal([new(NanPattern.None, 0), new(NanPattern.Arithmetic, 0), new(NanPattern.None, 0x3F800000), new(NanPattern.None, 0x80000000)], vector.Lanes);
        Assert.True(commands[8] is AssertFailureCommand { Failure: ActionFailure.Trap, Message: "unreachable" });
        Assert.True(commands[9] is AssertModuleCommand { Failure: ModuleFailure.Trap, Module.Module: not null });
        Assert.True(commands[10] is AssertFailureCommand { Failure: ActionFailure.Exception });
        Assert.True(commands[11] is AssertFailureCommand { Failure: ActionFailure.Exhaustion });
        Assert.True(commands[12] is AssertModuleCommand { Failure: ModuleFailure.Invalid, Module.Module: not null });
        Assert.True(commands[13] is AssertModuleCommand { Failure: ModuleFailure.Malformed, Module: { Form: ModuleForm.Quote, Error.Code: TextErrorCode.UnknownInstruction } });
        ThreadCommand thread = Assert.IsType<ThreadCommand>(commands[14]);
        Assert.Equal(("t", "m", 2), (thread.Name, Assert.Single(thread.SharedInstances), thread.Commands.Count));
        Assert.True(commands[15] is UnknownCommand { Word: "assert_what" });
        Assert.True(commands[16] is UnknownCommand { Word: "assert_return" });
    }

    [Fact]
    public void AModuleThatIsRefusedDoesNotEndTheScript()
    {
        IReadOnlyList<ScriptCommand> commands = Read("(module (func\n (nope)))\n(module)");
        Assert.True(commands[0] is ModuleCommand { Module: { Module: null, Error: { Code: TextErrorCode.UnknownInstruction, Line: 2, Column: 3 } } });
        Assert.True(commands[1] is ModuleCommand { Module.Module: not null });
    }

    [Fact]
    public void FieldsWithoutAModuleAreOne() =>
        Assert.True(Assert.Single(Read("(func) (memory 0) (func (export \"f\"))")) is ModuleCommand { Module: { Name: null, Module: not null } });

    [Fact]
    public void ParenthesesThatDoNotMatchEndTheReading()
    {
        Assert.False(ScriptReader.TryRead("(module) (invoke"u8.ToArray(), out _, out TextError? error));
        Assert.Equal((TextErrorCode.UnexpectedEnd, 1, 17), (error.Code, error.Line, error.Column));
    }

    [Fact]
    public void ThreadsInThreadsEndSomewhere()
    {
        string text = string.Concat(Enumerable.Repeat("(thread ", 100_000)) + new string(')', 100_000);
        Assert.IsType<ThreadCommand>(Assert.Single(Read(text)));
    }

    private static IReadOnlyList<ScriptCommand> Read(string text) =>
        ScriptReader.TryRead(Encoding.UTF8.GetBytes(text), out Script? script, out TextError? error)
            ? script.Commands : throw new InvalidOperationException(error.ToString());
}
