using System;
using System.Buffers.Binary;
using ContractVm.HostApi;
using ContractVm.StateStore;

namespace ContractVm.Fuzz.Hooks;

/// <summary>Calls and creations that drivers make.</summary>
internal sealed partial class HookModel
{
    private const int MostDepth = 1024;

    private ulong CallOut(ModelFrame frame, CallTrace call, FrameKind kind, ulong to, ulong data, ulong length, ulong? value, ulong wanted, ulong returned)
    {
        frame.Pay(H + 3 * P + A);
        PayTwice(frame, length);
        ulong gasLeft = frame.Gas;
        Address address = frame.AddressAt(to);
        byte[] input = frame.At(data, length).ToArray();
        UInt256 wei = value is ulong pointer ? UInt256.FromBigEndian(frame.At(pointer, 32)) : 0;
        frame.Returned = [];
        ulong status = 2;
        // Paying is a change: in a static frame the call fails, and is free.
        if (wei.IsZero || !frame.IsStatic)
        {
            ulong cost = MakeCall(frame, call, kind, address, wei, input, gasLeft, wanted, out bool isSuccess);
            frame.PayGas(cost);
            status = isSuccess ? 0UL : 2;
        }
        else NoFrame(call);
        frame.WriteLength(returned, frame.Returned.Length);
        return status;
    }

    /// <summary>Returns the gas of it all.</summary>
    private ulong MakeCall(ModelFrame frame, CallTrace call, FrameKind kind, Address to, UInt256 wei, byte[] input, ulong gasLeft, ulong wanted, out bool isSuccess)
    {
        isSuccess = false;
        // What is left pays for the access first: without 100 gas the account is not even looked at.
        ulong price = gasLeft >= 100 && !IsPrecompile(to) && World.WarmAccounts.Add(to) ? 2_600UL : 100;
        if (!wei.IsZero) price += World[to].IsEmpty ? 34_000UL : 9_000;
        if (price > gasLeft)
        {
            NoFrame(call);
            return gasLeft;
        }

        ulong gas = Math.Min(wanted, (ulong)((UInt128)(gasLeft - price) * 63 / 64)) + (wei.IsZero ? 0 : rules.Stipend);
        if (frame.Depth >= MostDepth || (kind == FrameKind.Call && World[frame.Contract].Balance < wei))
        {
            NoFrame(call);
            return price;
        }

        bool isDelegate = kind == FrameKind.DelegateCall;
        Ended ended = Call(new ModelFrame
        {
            Kind = kind, Depth = frame.Depth + 1, Contract = isDelegate ? frame.Contract : to, Code = to, Caller = isDelegate ? frame.Caller : frame.Contract,
            Value = isDelegate ? frame.Value : wei, Input = input, IsStatic = frame.IsStatic || kind == FrameKind.StaticCall, Ink = gas * 10_000,
        }, call.Frame);
        frame.Returned = ended.Output;
        isSuccess = ended.Outcome == Outcome.Success;
        return price + gas - call.Frame!.InkLeft / 10_000;
    }

    private void Create(ModelFrame frame, CallTrace call, ulong code, ulong length, ulong endowment, ulong? salt, ulong contract, ulong returned)
    {
        frame.Pay(H + (salt is null ? 3UL : 4) * P + A);
        PayTwice(frame, length);
        byte[] data = frame.At(code, length).ToArray();
        UInt256 wei = UInt256.FromBigEndian(frame.At(endowment, 32));
        Hash256? word = salt is ulong pointer ? frame.Word(pointer) : null;
        ulong price = 32_000 + (word is null ? 0 : 6 * ((length + 31) / 32)), gas = frame.Gas;
        if (frame.IsStatic || gas < price)
        {
            NoFrame(call);
            throw new FrameEndException(Outcome.Failure);
        }

        frame.Returned = [];
        gas -= price;
        gas -= gas / 64;
        frame.PayGas(price + gas - MakeContract(frame, call, data, wei, word, gas, out Address created));
        frame.WriteLength(returned, frame.Returned.Length);
        frame.Write(contract, created.Bytes);
    }

    /// <summary>Returns the gas that is left of what the creation was given.</summary>
    private ulong MakeContract(ModelFrame frame, CallTrace call, byte[] data, UInt256 wei, Hash256? salt, ulong gas, out Address created)
    {
        created = default;
        ModelAccount creator = World[frame.Contract];
        if (frame.Depth >= MostDepth || creator.Balance < wei || creator.Nonce == ulong.MaxValue)
        {
            NoFrame(call);
            return gas;
        }

        Address address = salt is Hash256 word ? Address.ForCreate2(frame.Contract, word, Keccak256.Hash(data)) : Address.ForCreate(frame.Contract, creator.Nonce);
        creator.Nonce++;
        World.WarmAccounts.Add(address);
        ModelAccount account = World[address];
        if (account.Nonce != 0 || account.Code.Length > 0)
        {
            NoFrame(call);
            return 0;
        }

        ModelWorld before = World.Copy();
        account.Nonce = 1;
        creator.Balance -= wei;
        account.Balance += wei;
        FrameTrace trace = call.Frame ?? throw new ModelMismatchException("no creation began");
        Same("ink that a creation begins with", trace.InkStart, gas * 10_000);
        ModelFrame constructor = new()
        {
            Kind = salt is null ? FrameKind.Create : FrameKind.Create2, Depth = frame.Depth + 1, Contract = address, Code = address, Caller = frame.Contract, Value = wei, Input = [],
            IsStatic = false, Ink = gas * 10_000,
        };
        Ended ended = Deploy(constructor, data, trace);
        Settle(constructor, trace, ended, ulong.MaxValue);
        Finish(before, ended, trace);
        if (ended.Outcome == Outcome.Success) created = address;
        if (ended.Outcome == Outcome.Revert) frame.Returned = ended.Output;
        return trace.InkLeft / 10_000;
    }

    private Ended Deploy(ModelFrame constructor, byte[] data, FrameTrace trace)
    {
        byte[] code = data, arguments = [];
        if (data.AsSpan().StartsWith("\0cvm"u8))
        {
            if (data.Length < 9 || data[4] != 1 || BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(5)) > (uint)(data.Length - 9)) return new Ended(Outcome.Failure, []);
            int length = (int)BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(5));
            (code, arguments) = (data[9..(9 + length)], data[(9 + length)..]);
        }

        if (!code.AsSpan().SequenceEqual(HookDriver.Code))
        {
            if (Module.TryLoad(code, profile, out _, out _) || (code.Length > 0 && code[0] == 0xEF)) throw new NotModelledException();
            // The bytes are paid before they are looked at.
            ulong ink = profile.Schedule.DeploymentInk(code.Length);
            if (constructor.Ink < ink) return new Ended(Outcome.OutOfInk, []);
            constructor.Ink -= ink;
            return new Ended(Outcome.Failure, []);
        }

        if (constructor.Ink < _driver.DeploymentInk) return new Ended(Outcome.OutOfInk, []);
        constructor.Ink -= _driver.DeploymentInk;
        World[constructor.Contract].Code = code;
        constructor.Input = arguments;
        return RunDriver(constructor, trace);
    }

    private static void NoFrame(CallTrace call)
    {
        if (call.Frame is not null) throw new ModelMismatchException("a frame began, expected none");
    }
}
