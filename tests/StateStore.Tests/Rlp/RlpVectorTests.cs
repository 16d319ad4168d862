using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.StateStore.Tests;

/// <summary>RLP against ethereum/tests RLPTests and the cases of ethers.</summary>
public sealed class RlpVectorTests
{
    private const string Folder = "vectors/ethereum-tests/RLPTests/";

    [SharedDataFact(Folder + "rlptest.json")]
    public void ValidCases()
    {
        using JsonDocument cases = Vectors.Json(Folder + "rlptest.json");
        int count = 0;
        foreach (JsonProperty item in cases.RootElement.EnumerateObject())
        {
            byte[] expected = Hex.Decode(item.Value.Text("out").ToLowerInvariant());
            using RlpWriter writer = new(1);
            WriteEthereumTest(writer, item.Value.GetProperty("in"));
            Assert.Equal(expected, writer.ToArray());
            RlpReader.Validate(expected, item.Name);
            RlpReader reader = new(expected);
            CheckEthereumTest(ref reader, item.Value.GetProperty("in"), item.Name);
            reader.End(item.Name);
            count++;
        }
        Assert.Equal(28, count);
    }

    [SharedDataFact(Folder + "invalidRLPTest.json")]
    public void InvalidCases()
    {
        using JsonDocument cases = Vectors.Json(Folder + "invalidRLPTest.json");
        int count = 0;
        foreach (JsonProperty item in cases.RootElement.EnumerateObject())
        {
            Assert.Equal("INVALID", item.Value.Text("in"));
            // some of these have no 0x
            string text = item.Value.Text("out");
            byte[] bytes = Hex.Decode(text.StartsWith("0x", StringComparison.Ordinal) ? text : "0x" + text);
            RlpException fault = Assert.Throws<RlpException>(() => RlpReader.Validate(bytes, item.Name));
            Assert.Equal(item.Name, fault.Field);
            Assert.InRange(fault.Offset, 0, bytes.Length);
            Assert.Throws<RlpException>(() => WalkDown(bytes));
            count++;
        }
        Assert.Equal(26, count);
    }

    [SharedDataFact(Folder + "RandomRLPTests/example.json")]
    public void RandomCase()
    {
        using JsonDocument cases = Vectors.Json(Folder + "RandomRLPTests/example.json");
        byte[] bytes = cases.RootElement.GetProperty("listsoflists2").Bytes("out");
        RlpReader.Validate(bytes, "item");
        Assert.Equal(8, WalkDown(bytes));
    }

    [SharedDataFact("vectors/ethers/testcases/rlp.json.gz")]
    public void EthersCases()
    {
        using JsonDocument cases = Vectors.GzipJson("vectors/ethers/testcases/rlp.json.gz");
        int count = 0;
        foreach (JsonElement item in cases.RootElement.EnumerateArray())
        {
            byte[] expected = item.Bytes("encoded");
            using RlpWriter writer = new();
            WriteEthers(writer, item.GetProperty("decoded"));
            Assert.Equal(expected, writer.ToArray());
            RlpReader.Validate(expected, item.Text("name"));
            count++;
        }
        Assert.Equal(61, count);
    }

    private static void WriteEthers(RlpWriter writer, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            writer.Write(Hex.Decode(value.GetString()!));
            return;
        }
        int list = writer.BeginList();
        foreach (JsonElement item in value.EnumerateArray()) WriteEthers(writer, item);
        writer.EndList(list);
    }

    // A string is its UTF-8 bytes, one that begins with '#' is a decimal number.
    private static void WriteEthereumTest(RlpWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Number:
                writer.Write(value.GetUInt64());
                break;
            case JsonValueKind.String when value.GetString()!.StartsWith('#'):
                if (UInt256.TryParse(value.GetString()!.AsSpan(1), out UInt256 number)) writer.Write(number);
                else writer.Write(BigBytes(value));
                break;
            case JsonValueKind.String:
                writer.Write(Encoding.UTF8.GetBytes(value.GetString()!));
                break;
            case JsonValueKind.Array:
                int list = writer.BeginList();
                foreach (JsonElement item in value.EnumerateArray()) WriteEthereumTest(writer, item);
                writer.EndList(list);
                break;
            default:
                throw new InvalidDataException(value.ValueKind.ToString());
        }
    }

    private static void CheckEthereumTest(ref RlpReader reader, JsonElement value, string name)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Number:
                Assert.Equal(value.GetUInt64(), reader.ReadUInt64(name));
                break;
            case JsonValueKind.String when value.GetString()!.StartsWith('#'):
                if (UInt256.TryParse(value.GetString()!.AsSpan(1), out UInt256 number)) Assert.Equal(number, reader.ReadUInt256(name));
                else Assert.Equal(BigBytes(value), reader.ReadBytes(name).ToArray());
                break;
            case JsonValueKind.String:
                Assert.Equal(Encoding.UTF8.GetBytes(value.GetString()!), reader.ReadBytes(name).ToArray());
                break;
            default:
                RlpReader inner = reader.ReadList(name);
                Assert.Equal(value.GetArrayLength(), inner.CountItems(name));
                foreach (JsonElement item in value.EnumerateArray()) CheckEthereumTest(ref inner, item, name);
                inner.End(name);
                break;
        }
    }

    private static byte[] BigBytes(JsonElement value) =>
        System.Numerics.BigInteger.Parse(value.GetString()!.AsSpan(1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture)
            .ToByteArray(isUnsigned: true, isBigEndian: true);

    // Reads everything through the public reader, with an own stack; returns the number of items.
    internal static int WalkDown(byte[] bytes)
    {
        Stack<byte[]> lists = new();
        lists.Push(bytes);
        int count = 0;
        bool outermost = true;
        while (lists.TryPop(out byte[]? list))
        {
            RlpReader reader = new(list);
            do
            {
                count++;
                if (!reader.NextIsList)
                {
                    reader.ReadBytes("string");
                    continue;
                }
                ReadOnlySpan<byte> raw = reader.ReadRaw("list");
                RlpReader single = new(raw);
                RlpReader items = single.ReadList("list");
                if (!items.AtEnd) lists.Push(raw[(raw.Length - LengthOf(items))..].ToArray());
            }
            while (!outermost && !reader.AtEnd);
            reader.End("item");
            outermost = false;
        }
        return count;
    }

    private static int LengthOf(RlpReader items)
    {
        int length = 0;
        while (!items.AtEnd) length += items.ReadRaw("item").Length;
        return length;
    }
}
