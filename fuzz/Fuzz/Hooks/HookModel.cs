using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Fuzz.Hooks;

/// <summary>What the model says and what happened are not the same.</summary>
internal sealed class ModelMismatchException(string message) : Exception(message);

/// <summary>Something that the model knows nothing of has happened: a contract that is not the driver.</summary>
internal sealed class NotModelledException : Exception;

/// <summary>
/// What transactions of drivers do, the simplest way: every frame works on a copy of everything, which is thrown away where it fails. Ink of host calls is
/// computed from the formulae of Stylus' interface; what the driver's own instructions between them cost is taken from what happened, and bounded.
/// </summary>
internal sealed partial class HookModel(Profile profile, ModelRules rules)
{
    /// <summary>Instructions between two host calls cost less ink than this.</summary>
    private const ulong MostBetween = 10_000_000;

    private static readonly Address Identity = HookDriver.Precompile(4), Sha256 = HookDriver.Precompile(2), Missing = HookDriver.Precompile(10);

    private readonly Module _driver = Module.TryLoad(HookDriver.Code, profile, out Module module, out ModuleError error) ? module : throw new InvalidOperationException(error.ToString());
    private readonly List<Address> _open = [];
    private ModelWorld _before = new();
    private int _pagesOpen, _pagesEver;

    /// <summary>The state.</summary>
    public ModelWorld World { get; private set; } = new();

    /// <summary>How a frame ends.</summary>
    internal sealed record Ended(Outcome Outcome, byte[] Output);

    /// <summary>A transaction, next to what happened.</summary>
    public Ended Transact(HookTransaction transaction, FrameTrace? trace)
    {
        World.BeginTransaction();
        _before = World.Copy();
        _open.Clear();
        (_pagesOpen, _pagesEver) = (0, 0);
        Address to = HookDriver.Drivers[transaction.To];
        return Call(new ModelFrame
        {
            Kind = FrameKind.Call, Depth = 0, Contract = to, Code = to, Caller = HookDriver.Sender, Value = transaction.Value, Input = HookDriver.Encode(transaction.Script),
            IsStatic = transaction.IsStatic, Ink = transaction.Ink,
        }, trace);
    }

    /// <summary>A call: value, code, and back to what was before where it does not succeed.</summary>
    private Ended Call(ModelFrame frame, FrameTrace? trace)
    {
        ModelWorld before = World.Copy();
        if (frame.Kind == FrameKind.Call)
        {
            if (World[frame.Caller].Balance < frame.Value) return new Ended(Outcome.Failure, []);
            World[frame.Caller].Balance -= frame.Value;
            World[frame.Contract].Balance += frame.Value;
        }

        if (trace is null) throw new ModelMismatchException("no frame began");
        Same("ink that a frame begins with", trace.InkStart, frame.Ink);
        Ended ended = RunCode(frame, trace);
        Finish(before, ended, trace);
        return ended;
    }

    private void Finish(ModelWorld before, Ended ended, FrameTrace trace)
    {
        if (ended.Outcome != Outcome.Success)
        {
            ModelWorld failed = World;
            World = before;
            if (rules.KeepsLogs) World.Logs = failed.Logs;
            if (rules.KeepsWarm) World.WarmAccounts = failed.WarmAccounts;
        }

        if (trace.Outcome != ended.Outcome) throw new ModelMismatchException($"a frame ended as {trace.Outcome}, expected {ended.Outcome}");
        if (!trace.Output.AsSpan().SequenceEqual(ended.Output)) throw new ModelMismatchException($"a frame's output is {Text(trace.Output)}, expected {Text(ended.Output)}");
    }

    private Ended RunCode(ModelFrame frame, FrameTrace trace)
    {
        if (IsPrecompile(frame.Code)) return RunPrecompile(frame, trace);
        byte[] code = World[frame.Code].Code;
        if (code.Length == 0)
        {
            Same("ink left of a call of an account without code", trace.InkLeft, frame.Ink);
            return new Ended(Outcome.Success, []);
        }

        if (!code.AsSpan().SequenceEqual(HookDriver.Code)) throw new NotModelledException();
        ulong gas = frame.Gas;
        Ended ended = RunDriver(frame, trace);
        if (ended.Output.Length == 0)
        {
            Settle(frame, trace, ended, ulong.MaxValue);
            return ended;
        }

        // Output costs at least what memory of its size costs in the EVM.
        ulong words = ((ulong)ended.Output.Length + 31) / 32, price = 3 * words + words * words / 512;
        if (gas < price) ended = new Ended(Outcome.OutOfInk, []);
        Settle(frame, trace, ended, gas < price ? 0 : (gas - price) * 10_000);
        return ended;
    }

    /// <summary>The ink that a frame leaves: what the last host call left, less what instructions cost after it, and not above a limit.</summary>
    private static void Settle(ModelFrame frame, FrameTrace trace, Ended ended, ulong most)
    {
        if (ended.Outcome == Outcome.OutOfInk) most = 0;
        ulong high = Math.Min(frame.Ink, most), low = frame.HasCopied ? 0 : Math.Min(frame.Ink - Math.Min(frame.Ink, MostBetween), most);
        if (trace.InkLeft < low || trace.InkLeft > high) throw new ModelMismatchException(Format($"a frame leaves {trace.InkLeft} ink, expected {low} to {high}"));
    }

    private static Ended RunPrecompile(ModelFrame frame, FrameTrace trace)
    {
        ulong words = ((ulong)frame.Input.Length + 31) / 32;
        if (frame.Code == Identity) return Paid(15 + 3 * words, frame.Input);
        if (frame.Code == Sha256) return Paid(60 + 12 * words, SHA256.HashData(frame.Input));
        if (frame.Code == Missing)
        {
            Same("ink left of a missing precompiled contract", trace.InkLeft, frame.Ink);
            return new Ended(Outcome.Revert, [.. Keccak256.Hash(Encoding.ASCII.GetBytes("PrecompileMissing(address)")).Bytes[..4], .. new byte[12], .. frame.Code.Bytes]);
        }

        // The others are tested elsewhere: what they give is taken as it is.
        if (trace.InkLeft > frame.Ink) throw new ModelMismatchException("a precompiled contract leaves more ink than it was given");
        return new Ended(trace.Outcome, trace.Output);

        Ended Paid(ulong gas, byte[] output)
        {
            bool isPaid = frame.Ink >= gas * 10_000;
            Same("ink left of a precompiled contract", trace.InkLeft, isPaid ? frame.Ink - gas * 10_000 : 0);
            return isPaid ? new Ended(Outcome.Success, output) : new Ended(Outcome.OutOfInk, []);
        }
    }

    private Ended RunDriver(ModelFrame frame, FrameTrace trace)
    {
        int pages = _pagesOpen;
        bool counts = frame.Kind != FrameKind.DelegateCall || rules.CountsDelegates;
        if (counts) _open.Add(frame.Contract);
        frame.IsReentrant = _open.Count(address => address == frame.Contract) > 1;
        int calls = 0;
        try
        {
            frame.Pay(_driver.InstanceInk);
            OpenPages(frame, 1);
            uint status = RunScript(frame, trace, ref calls);
            throw new FrameEndException(status == 0 ? Outcome.Success : Outcome.Revert);
        }
        catch (FrameEndException end)
        {
            // Instructions after the last host call may have used up what was left.
            Outcome outcome = trace.Outcome == Outcome.OutOfInk && calls == trace.Calls.Count && frame.Ink < MostBetween ? Outcome.OutOfInk : end.Outcome;
            if (calls < trace.Calls.Count) throw new ModelMismatchException($"{trace.Calls[calls].Name} was called, which the script does not call any more");
            return new Ended(outcome, outcome is Outcome.Success or Outcome.Revert ? frame.Output : []);
        }
        finally
        {
            if (counts) _open.RemoveAt(_open.Count - 1);
            _pagesOpen = pages;
        }
    }

    /// <summary>Does what the driver does with what is in its memory; returns its status.</summary>
    private uint RunScript(ModelFrame frame, FrameTrace trace, ref int calls)
    {
        for (int i = 0; i < HookDriver.Words.Count; i++) HookDriver.Words[i].CopyTo(frame.Memory, HookDriver.Table + 32 * i);
        if (frame.Input.Length > HookDriver.MostScript) throw new FrameEndException(Outcome.Failure);
        CallHook(frame, trace, ref calls, HostTable.Entries[0], [0]);
        uint at = 0, result = HookDriver.Results;
        while (at < frame.Input.Length)
        {
            byte action = frame.Memory[at];
            if (action < HostTable.Entries.Count)
            {
                HostFunctionEntry entry = HostTable.Entries[action];
                ulong[] arguments = new ulong[entry.Parameters.Count];
                at++;
                for (int i = 0; i < arguments.Length; i++)
                {
                    bool isLong = entry.Parameters[i].Type == ValueType.I64;
                    arguments[i] = isLong ? BinaryPrimitives.ReadUInt64LittleEndian(frame.Memory.AsSpan((int)at)) : Number(frame, at);
                    at += isLong ? 8u : 4u;
                }

                ulong value = CallHook(frame, trace, ref calls, entry, arguments);
                if (entry.Results.Count == 0) continue;
                frame.Write(result, BitConverter.GetBytes(value).AsSpan(0, entry.Results[0].Type == ValueType.I64 ? 8 : 4));
                result += 8;
            }
            else if (action == HookDriver.Poke)
            {
                // The price goes by the length, whether the range is inside or not.
                ulong length = Number(frame, at + 5);
                if (length > HookDriver.MemoryBytes && trace.Outcome == Outcome.OutOfInk) throw new FrameEndException(Outcome.OutOfInk);
                frame.HasCopied = length > HookDriver.MemoryBytes;
                frame.At(at + 9, length).ToArray().CopyTo(frame.At(Number(frame, at + 1), length));
                at += 9 + Number(frame, at + 5);
            }
            else if (action == HookDriver.End) return Number(frame, at + 1);
            else throw new FrameEndException(Outcome.Failure);
        }

        return 0;
    }

    private static uint Number(ModelFrame frame, uint at) => BinaryPrimitives.ReadUInt32LittleEndian(frame.Memory.AsSpan((int)at));

    /// <summary>A host call, next to the one that happened.</summary>
    private ulong CallHook(ModelFrame frame, FrameTrace trace, ref int calls, HostFunctionEntry entry, ulong[] arguments)
    {
        if (calls == trace.Calls.Count)
        {
            if (trace.Outcome == Outcome.OutOfInk && frame.Ink < MostBetween) throw new FrameEndException(Outcome.OutOfInk);
            throw new ModelMismatchException($"{entry.Name} was not called: the frame ended as {trace.Outcome}");
        }

        CallTrace call = trace.Calls[calls++];
        if (call.Name != entry.Name) throw new ModelMismatchException($"{call.Name} was called, expected {entry.Name}");
        if (call.Before > frame.Ink || frame.Ink - call.Before > MostBetween) throw new ModelMismatchException(Format($"{entry.Name}: {call.Before} ink before it, {frame.Ink} at the last look"));
        frame.Ink = call.Before;
        ulong result = 0;
        FrameEndException? end = null;
        try
        {
            result = RunHook(frame, call, entry.Name, arguments);
        }
        catch (FrameEndException thrown)
        {
            end = thrown;
        }

        HostStatus status = end is null ? HostStatus.Continue : end.Outcome switch { Outcome.OutOfInk => HostStatus.OutOfInk, Outcome.Failure => HostStatus.Fault, _ => HostStatus.Exit };
        if (call.Status != status) throw new ModelMismatchException($"{entry.Name} ended with {call.Status}, expected {status}");
        Same($"ink after {entry.Name}", call.After, frame.Ink);
        return end is null ? result : throw end;
    }

    private static void Same(string what, ulong actual, ulong expected)
    {
        if (actual != expected) throw new ModelMismatchException(Format($"{what}: {actual}, expected {expected}"));
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Text(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
