using System;
using System.Collections.Generic;
using ContractVm.StateStore;

namespace ContractVm.HostApi.Tests.Trees;

/// <summary>
/// Random trees of calls, from a seed. Gas is given away so that only a script that spends all of it runs out; constructors, which get
/// nearly all that their creator has, do not do that.
/// </summary>
internal sealed class TreeGenerator(int seed, IReadOnlyList<Address> agents, IReadOnlyList<Address> others)
{
    private const int MostDepth = 4, MostBytes = 7000;
    /// <summary>Gas for frames by their depth. What <see cref="SpendAll"/> asks for costs 2.8e8, more than the deepest has.</summary>
    public static readonly ulong[] GasAt = [1UL << 50, 1UL << 44, 1UL << 38, 1UL << 27, 1UL << 26];

    private readonly Random _random = new(seed);
    private int _left = 60;

    public IReadOnlyList<Deed> Next() => Deeds(0, false);

    private List<Deed> Deeds(int depth, bool isConstructor)
    {
        List<Deed> deeds = [];
        int count = _random.Next(1, depth == 0 ? 14 : 9), size = 0;
        for (int i = 0; i < count && _left > 0 && size < MostBytes >> depth; i++)
        {
            _left--;
            Deed deed = One(depth, isConstructor);
            deeds.Add(deed);
            size = Script.Encode(deeds).Length;
            if (size > MostBytes >> depth) deeds.RemoveAt(deeds.Count - 1);
        }

        // Most scripts write what they stored.
        if (_random.Next(4) > 0) deeds.Add(new Flush(_random.Next(2) == 0));
        if (_random.Next(7) == 0) deeds.Add(new Exit((byte)_random.Next(3)));
        return deeds;
    }

    private Deed One(int depth, bool isConstructor)
    {
        byte key = (byte)_random.Next(4), value = (byte)_random.Next(4);
        return _random.Next(depth < MostDepth ? 40 : 24) switch
        {
            < 5 => new Store(key, value),
            < 7 => new Flush(_random.Next(2) == 0),
            < 9 => new StoreTransient(key, value),
            < 11 => NextLog(),
            < 13 => new Load(key),
            < 14 => new LoadTransient(key),
            < 16 => new BalanceOf(Anyone()),
            < 19 => new LookAround(),
            < 20 => new CodeHashOf(Anyone()),
            < 22 => new ReadReturned((uint)_random.Next(300)),
            < 23 => _random.Next(4) switch { 0 => new Trap(), 1 when !isConstructor => new SpendAll(), 2 when !isConstructor => new Descend(), _ => new Exit((byte)_random.Next(3)) },
            < 24 => new Flush(false),
            < 28 => new Deploy(depth < 3 && _random.Next(2) == 0, _random.Next(3) == 0 ? (ulong)_random.Next(40) : 0, (byte)_random.Next(2), Deeds(depth + 1, true)),
            _ => NextCall(depth),
        };
    }

    private CallOut NextCall(int depth)
    {
        FrameKind kind = _random.Next(5) switch { 0 => FrameKind.DelegateCall, 1 => FrameKind.StaticCall, _ => FrameKind.Call };
        ulong value = kind == FrameKind.Call && _random.Next(3) == 0 ? (ulong)_random.Next(60) : 0;
        if (_random.Next(6) == 0)
        {
            byte[] data = new byte[_random.Next(40)];
            _random.NextBytes(data);
            return new CallOut(kind, others[_random.Next(others.Count)], value, GasAt[depth + 1], data, null);
        }

        List<Deed> script = Deeds(depth + 1, false);
        return new CallOut(kind, agents[_random.Next(agents.Count)], value, GasAt[depth + 1], Script.Encode(script), script);
    }

    private Log NextLog()
    {
        byte[] bytes = new byte[_random.Next(200)];
        _random.NextBytes(bytes);
        // Too few bytes or too many topics fail the frame.
        return new Log(_random.Next(_random.Next(8) == 0 ? 6 : Math.Min(4, bytes.Length / 32) + 1), bytes);
    }

    private Address Anyone() => _random.Next(2) == 0 ? agents[_random.Next(agents.Count)] : others[_random.Next(others.Count)];
}
