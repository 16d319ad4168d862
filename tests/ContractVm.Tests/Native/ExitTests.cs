using System;
using System.IO;
using ContractVm.Gas;
using ContractVm.Native;
using ContractVm.Tests.Interpreter;
using Iced.Intel;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace ContractVm.Tests.Native;

/// <summary>Every way out of emitted code, with the counts that are left.</summary>
[Collection(nameof(NativeCollection))]
public class ExitTests
{
    private const string Text = """
        (module (import "host" "f" (func $f (param i32) (result i32))) (memory 1 3)
          (func (export "add") (param i32 i64) (result i64) unreachable)
          (func (export "load") (param i32) (result i32) unreachable)
          (func (export "trap") (param i32) unreachable)
          (func (export "spend") unreachable)
          (func (export "deep") (param i32) (result i32) unreachable)
          (func (export "host") (param i32) (result i32) unreachable)
          (func (export "open") (param i32) unreachable))
        """;

    private static readonly CompiledModule Compiled = HandMade.Load(
        Text,
        made =>
        {
            made.Code.add(rax, rcx);
            made.Code.ret();
        },
        made =>
        {
            made.Charge(7);
            made.Code.mov(eax, eax);
            made.MayFault(111);
            made.Code.mov(eax, __dword_ptr[rbx + rax + 16]);
            made.Code.ret();
        },
        made =>
        {
            made.Charge(5);
            made.Trap(222, TrapKind.DivideByZero);
        },
        made =>
        {
            Label again = made.Here();
            made.Charge(1000);
            made.Code.jmp(again);
        },
        made =>
        {
            // As many calls within one another as the argument says.
            Label self = made.Here(), end = made.Code.CreateLabel();
            made.Enter(100);
            made.Code.test(eax, eax);
            made.Code.je(end);
            made.Code.push(r12);
            made.Code.dec(eax);
            made.Code.call(self);
            made.Code.pop(r12);
            made.Code.add(eax, 3);
            made.Code.ret();
            made.Here(end);
            made.Code.mov(ecx, 0xFFFFFF0);
            made.MayFault(333);
            made.Code.mov(ecx, __dword_ptr[rbx + rcx]);
            made.Code.ret();
        },
        made =>
        {
            made.Enter(50);
            made.Charge(11);
            made.CallImport(0, 444);
            made.Code.add(eax, 1);
            made.Code.ret();
        },
        made => made.Trap(555, TrapKind.None));

    private static Instance New(HostCallback body) => HandMade.Instantiate(Compiled, HandMade.Host("i", "i", body));
    private static Instance New() => New((_, _) => HostStatus.Continue);

    [Fact]
    public void AFunctionReturns()
    {
        Instance instance = New();
        // The upper half of a 32-bit argument means nothing.
        Assert.Equal(12UL, HandMade.Run(instance, "add", 0xFFFF_FFFF_0000_0005, 7).Values[0]);
        (ExecutionResult result, _, Meter meter) = HandMade.Run(instance, "load", 65532 - 16);
        Assert.Equal((ExecutionResult.Success, TextModules.Plenty - 7, Profiles.Bare.Schedule.StackWords), (result, meter.InkLeft, meter.StackWordsLeft));
        instance.Store.Dispose();
        Assert.Throws<ObjectDisposedException>(() => HandMade.Run(instance, "add", 1, 2));
    }

    [Theory]
    [InlineData(65533u - 16)]
    [InlineData(65536u)]
    [InlineData(0x7FFF_FFFFu)]
    [InlineData(0xFFFF_FFFFu)]
    public void AnAccessPastTheEndIsATrap(uint address)
    {
        Instance instance = New();
        (ExecutionResult result, _, Meter meter) = HandMade.Run(instance, "load", address);
        Assert.Equal(new ExecutionResult(Outcome.Failure, TrapKind.MemoryOutOfBounds, 2, 111), result);
        Assert.Equal((TextModules.Plenty - 7, false), (meter.InkLeft, meter.IsExhausted));
        instance.Store.Dispose();
    }

    [Fact]
    public void TheEndMovesAsTheMemoryGrows()
    {
        using Instance instance = New();
        Assert.Equal(1, instance.Memory!.Grow(2));
        Assert.Equal(Outcome.Success, HandMade.Run(instance, "load", 3 * 65536 - 20).Result.Outcome);
        Assert.Equal(Outcome.Failure, HandMade.Run(instance, "load", 3 * 65536 - 19).Result.Outcome);
        instance.Store.Dispose();
    }

    [Fact]
    public void ATrapHasItsSite()
    {
        Instance instance = New();
        (ExecutionResult result, _, Meter meter) = HandMade.Run(instance, "trap", 1);
        Assert.Equal(new ExecutionResult(Outcome.Failure, TrapKind.DivideByZero, 3, 222), result);
        Assert.Equal(TextModules.Plenty - 5, meter.InkLeft);
        // A site that leaves the kind open takes it from eax, which is the argument here.
        Assert.Equal(new ExecutionResult(Outcome.Failure, TrapKind.CastFailure, 7, 555), HandMade.Run(instance, "open", (ulong)TrapKind.CastFailure).Result);
        instance.Store.Dispose();
    }

    [Fact]
    public void InkRunsOut()
    {
        Instance instance = New();
        Meter meter = new(123_456, 10_000);
        ExecutionResult result = TextModules.Call(instance, "spend", meter).Result;
        Assert.Equal((Outcome.OutOfInk, 0UL, true, 10_000UL), (result.Outcome, meter.InkLeft, meter.IsExhausted, meter.StackWordsLeft));
        instance.Store.Dispose();
    }

    [Fact]
    public void StackWordsRunOut()
    {
        Instance instance = New();
        Meter meter = new(99, 10_000);
        ExecutionResult result = TextModules.Call(instance, "deep", meter, 100).Result;
        Assert.Equal((Outcome.OutOfStack, 99UL, false, 10_000UL), (result.Outcome, meter.InkLeft, meter.IsExhausted, meter.StackWordsLeft));
        // One call less reaches the load at the bottom.
        Assert.Equal(TrapKind.MemoryOutOfBounds, TextModules.Call(instance, "deep", meter, 99).Result.Trap);
        instance.Store.Dispose();
    }

    [Theory]
    [InlineData(HostStatus.Continue, Outcome.Success, TrapKind.None, -1, -1, 42UL)]
    [InlineData(HostStatus.Exit, Outcome.Success, TrapKind.None, -1, -1, 0UL)]
    [InlineData(HostStatus.OutOfInk, Outcome.OutOfInk, TrapKind.None, -1, -1, 0UL)]
    [InlineData(HostStatus.Fault, Outcome.Failure, TrapKind.HostFault, 6, 444, 0UL)]
    public void AHostFunctionEndsOrGoesOn(HostStatus status, Outcome outcome, TrapKind trap, int function, int offset, ulong value)
    {
        ulong ink = 0, words = 0;
        Instance instance = New((call, slots) =>
        {
            (ink, words) = (call.Meter.InkLeft, call.Meter.StackWordsLeft);
            call.Meter.TryCharge(100);
            // Only 32 bits of the result count.
            slots[0] = slots[0] * 2 + 1 + (0xABCDUL << 32);
            return status;
        });
        (ExecutionResult result, ulong[] values, Meter meter) = HandMade.Run(instance, "host", 20);
        Assert.Equal(new ExecutionResult(outcome, trap, function, offset), result);
        Assert.Equal(value, values[0]);
        Assert.Equal((TextModules.Plenty - 11, Profiles.Bare.Schedule.StackWords - 50), (ink, words));
        Assert.Equal((TextModules.Plenty - 111, Profiles.Bare.Schedule.StackWords, false), (meter.InkLeft, meter.StackWordsLeft, meter.IsExhausted));
        instance.Store.Dispose();
    }

    [Fact]
    public void AHostFunctionCanUseUpTheInk()
    {
        Instance instance = New((call, _) => call.Meter.TryCharge(90) ? HostStatus.Continue : HostStatus.Continue);
        Meter meter = new(100, 1000);
        Assert.Equal(Outcome.OutOfInk, TextModules.Call(instance, "host", meter, 1).Result.Outcome);
        Assert.Equal((0UL, true, 1000UL), (meter.InkLeft, meter.IsExhausted, meter.StackWordsLeft));
        instance.Store.Dispose();
    }

    [Fact]
    public void WhatAHostFunctionThrowsArrives()
    {
        int times = 0;
        Instance instance = New((call, _) =>
        {
            call.Meter.TryCharge(3);
            if (times++ % 2 == 0) throw new IOException("disk");
            return HostStatus.Continue;
        });
        for (int i = 0; i < 4; i++)
        {
            Meter meter = new(100, 1000);
            if (i % 2 == 0) Assert.Contains(nameof(WhatAHostFunctionThrowsArrives), Assert.Throws<IOException>(() => TextModules.Call(instance, "host", meter, 1)).StackTrace, StringComparison.Ordinal);
            else Assert.Equal(Outcome.Success, TextModules.Call(instance, "host", meter, 1).Result.Outcome);
            Assert.Equal((86UL, 1000UL), (meter.InkLeft, meter.StackWordsLeft));
        }

        instance.Store.Dispose();
    }

    [Fact]
    public void AFaultThatNoInstructionMayHaveIsTheNodes()
    {
        CompiledModule compiled = HandMade.Load(
            "(module (memory 1) (func (export \"null\") unreachable) (func (export \"nosite\") unreachable) (func (export \"stack\") unreachable) (func (export \"fine\") (result i32) unreachable))",
            made =>
            {
                // A site, but no address of a memory.
                made.Code.xor(eax, eax);
                made.MayFault(1);
                made.Code.mov(eax, __dword_ptr[rax]);
            },
            made =>
            {
                made.Code.mov(eax, 70000);
                made.Code.mov(eax, __dword_ptr[rbx + rax]);
            },
            made =>
            {
                // The guard below the execution stack.
                Label again = made.Here();
                made.MayFault(2);
                made.Code.push(rax);
                made.Code.jmp(again);
            },
            made =>
            {
                made.Code.mov(eax, 8);
                made.Code.ret();
            });
        Instance instance = HandMade.Instantiate(compiled);
        foreach (string name in (string[])["null", "nosite", "stack", "null"])
        {
            Assert.Throws<NodeFaultException>(() => HandMade.Run(instance, name));
            Assert.Equal(8UL, HandMade.Run(instance, "fine").Values[0]);
        }

        instance.Store.Dispose();
        compiled.Dispose();
    }
}
