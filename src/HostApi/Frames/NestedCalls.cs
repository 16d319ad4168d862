using System;
using ContractVm.Gas;
using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>
/// Calls and creations that a contract makes, with the EVM's gas (EIP-150, EIP-2929) as Stylus' hooks account for it. Gas is whole here:
/// what a contract gives away is rounded down, and what comes back too.
/// </summary>
internal static class NestedCalls
{
    /// <summary>Frames around one at most (EVM: a call at depth 1024 fails).</summary>
    public const int MostDepth = 1024;

    private const ulong TransferGas = 9_000, NewAccountGas = 25_000, Stipend = 2_300, CreateGas = 32_000, HashWordGas = 6;

    /// <summary>Calls; the outcome's data become the frame's return data.</summary>
    /// <param name="frame">The calling frame.</param>
    /// <param name="kind">CALL, DELEGATECALL or STATICCALL.</param>
    /// <param name="to">Whose code runs.</param>
    /// <param name="value">Wei to send; 0 for kinds that send none.</param>
    /// <param name="input">Calldata.</param>
    /// <param name="gasLeft">Gas that the caller has left.</param>
    /// <param name="gasWanted">Gas that the caller wants to give away.</param>
    /// <param name="cost">Gas that the caller has to pay for it all; it may be a little more than it has.</param>
    /// <returns>True where the call succeeded.</returns>
    public static bool TryCall(CallFrame frame, FrameKind kind, Address to, UInt256 value, byte[] input, ulong gasLeft, ulong gasWanted, out ulong cost)
    {
        frame.ReturnData = [];
        cost = 0;
        // EIP-214: paying is a change. Free, and the caller goes on (Stylus).
        if (!value.IsZero && !frame.Has(Capabilities.Transfer)) return false;
        if (!TryPrice(frame.Transaction.State, to, !value.IsZero, gasLeft, out ulong price))
        {
            cost = gasLeft;
            return false;
        }

        // EIP-150, multiplied before it is divided.
        ulong gas = Math.Min(gasWanted, (ulong)((UInt128)(gasLeft - price) * 63 / 64));
        if (!value.IsZero) gas = Ink.Add(gas, Stipend);
        cost = price;
        if (frame.Depth >= MostDepth || (kind == FrameKind.Call && frame.Transaction.State.GetBalance(frame.Contract) < value)) return false;

        bool isDelegate = kind == FrameKind.DelegateCall;
        Capabilities capabilities = kind == FrameKind.StaticCall ? frame.Capabilities & ~Capabilities.Changing : frame.Capabilities;
        CallFrame callee = new(
            frame.Transaction, MeterOf(frame, gas), frame.Depth + 1, kind, isDelegate ? frame.Contract : to, to, isDelegate ? frame.Caller : frame.Contract,
            isDelegate ? frame.Value : value, input, capabilities);
        FrameResult result = DeepStack.Run(static callee => ContractRunner.Call(callee), callee);
        frame.ReturnData = result.Output;
        cost = Ink.Add(price, gas - GasLeft(callee));
        return result.Outcome == Outcome.Success;
    }

    /// <summary>Deploys. Revert data become the frame's return data, anything else leaves it empty.</summary>
    /// <param name="frame">The creating frame.</param>
    /// <param name="code">Creation data.</param>
    /// <param name="endowment">Wei that the new contract starts with.</param>
    /// <param name="salt">Salt of a CREATE2, or null.</param>
    /// <param name="gasLeft">Gas that the creator has left.</param>
    /// <param name="created">The address; 0 where nothing was created.</param>
    /// <param name="cost">Gas to pay for it all.</param>
    /// <returns>False where the gas does not suffice for a creation to begin: the creator fails.</returns>
    public static bool TryCreate(CallFrame frame, byte[] code, UInt256 endowment, Hash256? salt, ulong gasLeft, out Address created, out ulong cost)
    {
        WorldState state = frame.Transaction.State;
        Address creator = frame.Contract;
        frame.ReturnData = [];
        created = default;
        ulong price = CreateGas + (salt is null ? 0 : HashWordGas * (((ulong)code.Length + 31) / 32));
        cost = price;
        if (gasLeft < price) return false;
        // EIP-150.
        ulong gas = gasLeft - price;
        gas -= gas / 64;
        if (frame.Depth >= MostDepth || state.GetBalance(creator) < endowment || state.GetNonce(creator) == ulong.MaxValue) return true;

        ulong nonce = state.IncrementNonce(creator);
        Address address = salt is Hash256 word ? Address.ForCreate2(creator, word, Keccak256.Hash(code)) : Address.ForCreate(creator, nonce);
        CallFrame constructor = new(
            frame.Transaction, MeterOf(frame, gas), frame.Depth + 1, salt is null ? FrameKind.Create : FrameKind.Create2, address, address, creator, endowment, code, frame.Capabilities);
        FrameResult result = DeepStack.Run(static constructor => ContractRunner.Create(constructor), constructor);
        if (result.Outcome == Outcome.Success) created = address;
        if (result.Outcome == Outcome.Revert) frame.ReturnData = result.Output;
        cost = Ink.Add(price, gas - GasLeft(constructor));
        return true;
    }

    /// <summary>What a call costs before anything is given away: the access (EIP-2929), the transfer, the account that it makes (EIP-161).</summary>
    private static bool TryPrice(WorldState state, Address to, bool pays, ulong gasLeft, out ulong price)
    {
        price = Prices.WarmAccess;
        if (price > gasLeft) return false;
        if (Precompiles.IsColdAccess(state, to)) price = Prices.ColdAccount;
        if (price > gasLeft) return false;
        if (pays) price += TransferGas + (state.IsEmpty(to) ? NewAccountGas : 0);
        return price <= gasLeft;
    }

    // contractvm: the words are those of the transaction, so that its stacks together are bounded. Stylus: each frame has its own.
    private static Meter MeterOf(CallFrame frame, ulong gas)
    {
        Schedule schedule = frame.Transaction.Modules.Profile.Schedule;
        return new Meter(Ink.Multiply(gas, schedule.InkPerGas), schedule.StackRule == StackRule.Stylus ? schedule.StackWords : frame.Meter.StackWordsLeft);
    }

    private static ulong GasLeft(CallFrame frame) => frame.Meter.InkLeft / frame.Transaction.Modules.Profile.Schedule.InkPerGas;
}
