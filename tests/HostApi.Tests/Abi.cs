using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using ContractVm.StateStore;

namespace ContractVm.HostApi.Tests;

/// <summary>As much of the Solidity ABI as the tests need.</summary>
internal static class Abi
{
    public static byte[] Call(string signature, params object[] arguments) =>
        [.. Keccak256.Hash(Encoding.ASCII.GetBytes(signature)).Bytes[..4], .. Encode(arguments)];

    public static byte[] Encode(params object[] arguments)
    {
        List<byte> head = [], tail = [];
        foreach (object argument in arguments)
        {
            if (argument is Address[] list)
            {
                head.AddRange(Word((ulong)(32 * arguments.Length + tail.Count)));
                tail.AddRange(Word((ulong)list.Length));
                foreach (Address element in list) tail.AddRange(Word(element));
            }
            else if (argument is string or byte[])
            {
                byte[] bytes = argument as byte[] ?? Encoding.UTF8.GetBytes((string)argument);
                head.AddRange(Word((ulong)(32 * arguments.Length + tail.Count)));
                tail.AddRange(Word((ulong)bytes.Length));
                tail.AddRange(bytes);
                tail.AddRange(new byte[(32 - bytes.Length % 32) % 32]);
            }
            else
            {
                head.AddRange(Word(argument));
            }
        }

        return [.. head, .. tail];
    }

    public static byte[] Word(object value)
    {
        byte[] word = new byte[32];
        if (value is Address address) address.CopyTo(word.AsSpan(12));
        else (value is UInt256 wide ? wide : (UInt256)System.Convert.ToUInt64(value, System.Globalization.CultureInfo.InvariantCulture)).ToBigEndian(word);
        return word;
    }

    /// <summary>The reason of Error(string).</summary>
    public static string Reason(byte[] data)
    {
        if (!data.AsSpan().StartsWith(new byte[] { 0x08, 0xc3, 0x79, 0xa0 })) return "no reason";
        int length = BinaryPrimitives.ReadInt32BigEndian(data.AsSpan(4 + 32 + 28));
        return Encoding.UTF8.GetString(data, 4 + 64, length);
    }
}
