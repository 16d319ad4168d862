using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using ContractVm.StateStore;

namespace ContractVm.HostApi.Tests.Trees;

/// <summary>What the agent (contracts/agent) does with one entry of its script.</summary>
internal abstract record Deed;

internal sealed record Store(byte Key, byte Value) : Deed;
internal sealed record Flush(bool Clear) : Deed;
internal sealed record StoreTransient(byte Key, byte Value) : Deed;
internal sealed record Log(int Topics, byte[] Bytes) : Deed;
internal sealed record CallOut(FrameKind Kind, Address To, ulong Value, ulong Gas, byte[] Data, IReadOnlyList<Deed>? Script) : Deed;
internal sealed record Deploy(bool IsSalted, ulong Value, byte Salt, IReadOnlyList<Deed> Script) : Deed;
internal sealed record Load(byte Key) : Deed;
internal sealed record Exit(byte Status) : Deed;
internal sealed record Trap : Deed;
internal sealed record SpendAll : Deed;
internal sealed record Descend : Deed;
internal sealed record LoadTransient(byte Key) : Deed;
internal sealed record BalanceOf(Address Account) : Deed;
internal sealed record LookAround : Deed;
internal sealed record CodeHashOf(Address Account) : Deed;
internal sealed record ReadReturned(uint Most) : Deed;

/// <summary>Scripts as bytes.</summary>
internal static class Script
{
    public static byte[] Encode(IReadOnlyList<Deed> deeds)
    {
        List<byte> bytes = [];
        foreach (Deed deed in deeds) Append(bytes, deed);
        return [.. bytes];
    }

    private static void Append(List<byte> bytes, Deed deed)
    {
        switch (deed)
        {
            case Store store: bytes.AddRange([1, .. Word(store.Key), .. Word(store.Value)]); break;
            case Flush flush: bytes.AddRange([2, (byte)(flush.Clear ? 1 : 0)]); break;
            case StoreTransient store: bytes.AddRange([3, .. Word(store.Key), .. Word(store.Value)]); break;
            case Log log: bytes.AddRange([4, (byte)log.Topics, .. U32(log.Bytes.Length), .. log.Bytes]); break;
            case CallOut call:
                byte kind = (byte)(call.Kind == FrameKind.Call ? 0 : call.Kind == FrameKind.DelegateCall ? 1 : 2);
                bytes.AddRange([5, kind, .. call.To.ToArray(), .. Abi.Word(call.Value), .. U64(call.Gas), .. U32(call.Data.Length), .. call.Data]);
                break;
            case Deploy deploy:
                byte[] arguments = Encode(deploy.Script);
                bytes.AddRange([6, (byte)(deploy.IsSalted ? 1 : 0), .. Abi.Word(deploy.Value), .. Word(deploy.Salt), .. U32(arguments.Length), .. arguments]);
                break;
            case Load load: bytes.AddRange([7, .. Word(load.Key)]); break;
            case Exit exit: bytes.AddRange([8, exit.Status]); break;
            case Trap: bytes.Add(9); break;
            case SpendAll: bytes.Add(10); break;
            case Descend: bytes.Add(11); break;
            case LoadTransient load: bytes.AddRange([12, .. Word(load.Key)]); break;
            case BalanceOf balance: bytes.AddRange([13, .. balance.Account.ToArray()]); break;
            case LookAround: bytes.Add(14); break;
            case CodeHashOf hash: bytes.AddRange([15, .. hash.Account.ToArray()]); break;
            case ReadReturned read: bytes.AddRange([16, .. U32((int)read.Most)]); break;
            default: throw new ArgumentException(deed.ToString());
        }
    }

    public static byte[] Word(byte value) => [.. new byte[31], value];

    public static byte[] U32(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] U64(ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }
}
