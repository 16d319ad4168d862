using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using ContractVm.Native;
using ContractVm.Tests.Interpreter;
using Iced.Intel;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace ContractVm.Tests.Native;

/// <summary>Emitted code, faults, the collector and .NET's own faults, in several threads at once.</summary>
[Collection(nameof(NativeCollection))]
public class StressTests
{
    private static readonly CompiledModule Compiled = HandMade.Load(
        """
        (module (import "host" "f" (func $f (param i32) (result i32))) (memory 1)
          (func (export "spin") (param i32) (result i32) unreachable)
          (func (export "load") (param i32) (result i32) unreachable)
          (func (export "host") (param i32) (result i32) unreachable))
        """,
        made =>
        {
            // A loop without calls, which nothing but a signal can stop.
            made.Code.xor(ecx, ecx);
            Label again = made.Here();
            made.Code.add(ecx, 3);
            made.Code.mov(__dword_ptr[rbx + 8], ecx);
            made.Code.dec(eax);
            made.Code.jne(again);
            made.Code.mov(eax, __dword_ptr[rbx + 8]);
            made.Code.ret();
        },
        made =>
        {
            made.MayFault(7);
            made.Code.mov(eax, __dword_ptr[rbx + rax]);
            made.Code.ret();
        },
        made =>
        {
            made.Enter(20);
            made.Code.push(rax);
            made.CallImport(0, 9);
            made.Code.pop(rcx);
            made.Code.add(eax, ecx);
            made.Code.ret();
        });

    private static Instance New(HostCallback body) => HandMade.Instantiate(Compiled, HandMade.Host("i", "i", body));

    /// <summary>Runs bodies on threads of their own, until all have run to the end.</summary>
    private static void Together(params Action[] bodies)
    {
        Exception? failure = null;
        Thread[] threads = [.. bodies.Select(body => new Thread(() =>
        {
            try
            {
                body();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        if (failure is not null) throw new InvalidOperationException("a thread failed", failure);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int LengthOf(string? text) => text!.Length;

    private static void NullReference() => Assert.Throws<NullReferenceException>(() => LengthOf(null));

    [Fact]
    public void FaultsInSeveralThreadsAreTraps()
    {
        Action faulting = () =>
        {
            Instance instance = New((_, _) => HostStatus.Continue);
            for (uint i = 0; i < 2000; i++)
            {
                ExecutionResult result = HandMade.Run(instance, "load", 65533 + i * 1_000_003 % 0xFFFE_0000).Result;
                Assert.Equal(new ExecutionResult(Outcome.Failure, TrapKind.MemoryOutOfBounds, 2, 7), result);
                if (i % 100 == 0) NullReference();
            }

            instance.Store.Dispose();
        };
        Action throwing = () =>
        {
            for (int i = 0; i < 1000; i++) NullReference();
        };
        Together(faulting, throwing, faulting, faulting);
    }

    [Fact]
    public void TheCollectorDoesNotMindTheStack()
    {
        bool isOver = false;
        int finished = 0;
        Action spinning = () =>
        {
            Instance instance = New((_, slots) =>
            {
                object[] garbage = [.. Enumerable.Range(0, 50).Select(k => (object)new string('x', k))];
                slots[0] = (ulong)garbage.Length;
                return HostStatus.Continue;
            });
            for (uint i = 0; i < 5 || !Volatile.Read(ref isOver); i++)
            {
                Assert.Equal(600_000UL, HandMade.Run(instance, "spin", 200_000).Values[0]);
                for (int k = 0; k < 20; k++) Assert.Equal(50UL + i, HandMade.Run(instance, "host", i).Values[0]);
                Assert.Equal(Outcome.Failure, HandMade.Run(instance, "load", 70_000).Result.Outcome);
            }

            instance.Store.Dispose();
            Interlocked.Increment(ref finished);
        };
        Action collecting = () =>
        {
            // Each collection holds every thread up that comes back from emitted code.
            Stopwatch clock = Stopwatch.StartNew();
            for (int i = 0; i < 300 && clock.ElapsedMilliseconds < 1500; i++)
            {
                GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
                if (i % 4 == 0) Thread.Sleep(1);
            }

            Volatile.Write(ref isOver, true);
        };
        Together(spinning, collecting, spinning, spinning);
        Assert.Equal(3, finished);
    }

    [Fact]
    public void NestedCallsFaultAndThrowAndCollectAtEveryDepth()
    {
        Instance? instance = null;
        Random random = new(5);
        instance = New((call, slots) =>
        {
            uint depth = (uint)slots[0];
            object alive = new string('y', 100);
            if (depth % 7 == 0) GC.Collect(0);
            if (depth % 5 == 0) NullReference();
            // A fault below is an outcome here, and nothing of this level is touched.
            Assert.Equal(TrapKind.MemoryOutOfBounds, TextModules.Call(instance!, "load", call.Meter, 0x10000 + depth).Result.Trap);
            if (depth == 0) return HostStatus.Continue;
            ulong words = call.Meter.StackWordsLeft;
            if (random.Next(4) == 0)
            {
                // An exception ends the level below alone.
                Assert.Throws<IOException>(() => TextModules.Call(Thrower, "host", call.Meter, 1));
            }

            (ExecutionResult result, ulong[] values) = TextModules.Call(instance!, "host", call.Meter, depth - 1);
            Assert.Equal((ExecutionResult.Success, words), (result, call.Meter.StackWordsLeft));
            Assert.Equal(100, ((string)alive).Length);
            slots[0] = values[0];
            return HostStatus.Continue;
        });
        for (uint depth = 0; depth < 200; depth += 50)
        {
            // Each level adds its own argument to what the host gives back; at the bottom the host leaves the argument, 0.
            Assert.Equal(depth * (depth + 1) / 2, HandMade.Run(instance, "host", depth).Values[0]);
        }

        instance.Store.Dispose();
    }

    private static readonly Instance Thrower = New((_, _) => throw new IOException("disk"));

    [Fact]
    public void NestedCallsWithinOneStoreThrowThrough()
    {
        Instance? instance = null;
        int thrownAt = 0;
        instance = New((call, slots) =>
        {
            if (slots[0] == 0) throw new IOException("disk");
            thrownAt++;
            slots[0] = TextModules.Call(instance!, "host", call.Meter, slots[0] - 1).Values[0];
            return HostStatus.Continue;
        });
        for (uint depth = 0; depth < 40; depth += 13)
        {
            ContractVm.Gas.Meter meter = TextModules.NewMeter();
            thrownAt = 0;
            Assert.Throws<IOException>(() => TextModules.Call(instance, "host", meter, depth));
            Assert.Equal(((int)depth, Profiles.Bare.Schedule.StackWords), (thrownAt, meter.StackWordsLeft));
        }

        // Nothing is left of the executions that were given up.
        Assert.Equal(30UL, HandMade.Run(instance, "spin", 10).Values[0]);
        instance.Store.Dispose();
    }

    [Fact]
    public void TheDepthOfCallsBackIsBoundedAsTheInterpreters()
    {
        const string Contract = """
            (module (import "host" "f" (func $f (param i32) (result i32))) (memory 1)
              (func (export "host") (param i32) (result i32) (call $f (local.get 0))))
            """;
        // The same function in both engines: its frame takes the words that the plan says.
        Module plain = TextModules.Load(Contract);
        ulong frame = plain.BodyList[0].Plan.FrameWords;
        CompiledModule compiled = HandMade.Load(
            Contract,
            made =>
            {
                made.Enter((int)frame);
                made.CallImport(0, 9);
                made.Code.ret();
            });
        int[] depths = new int[2];
        ulong[] words = new ulong[2];
        for (int engine = 0; engine < 2; engine++)
        {
            using Store store = new(1 << 20, engine == 0 ? EngineKind.Interpreter : EngineKind.Compiled);
            Instance? instance = null;
            int depth = 0;
            ulong least = ulong.MaxValue;
            HostFunction host = HandMade.Host("i", "i", (call, slots) =>
            {
                depth++;
                least = Math.Min(least, call.Meter.StackWordsLeft);
                return TextModules.Call(instance!, "host", call.Meter, slots[0]).Result.Outcome == Outcome.Success ? HostStatus.Continue : HostStatus.Fault;
            });
            Instance.Create(engine == 0 ? plain : compiled.Module, _ => host, null, out instance, store);
            ContractVm.Gas.Meter meter = TextModules.NewMeter(words: 30_000);
            ExecutionResult result = TextModules.Call(instance!, "host", meter, 1).Result;
            Assert.Equal((Outcome.Failure, TrapKind.HostFault, 30_000UL), (result.Outcome, result.Trap, meter.StackWordsLeft));
            (depths[engine], words[engine]) = (depth, least);
        }

        Assert.Equal((depths[0], words[0]), (depths[1], words[1]));
        compiled.Dispose();
    }

    [Fact]
    public void ACallBackMayHaveMoreWordsThanTheCallAroundIt()
    {
        Instance? instance = null;
        instance = New((call, slots) =>
        {
            if (slots[0] == 0) return HostStatus.Continue;
            slots[0] = TextModules.Call(instance!, "host", TextModules.NewMeter(words: 100_000 * slots[0]), slots[0] - 1).Values[0];
            return HostStatus.Continue;
        });
        ContractVm.Gas.Meter small = TextModules.NewMeter(words: 1000);
        Assert.Equal(15UL, TextModules.Call(instance, "host", small, 5).Values[0]);
        instance.Store.Dispose();
    }
}
