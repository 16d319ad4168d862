using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.StateStore.Tests;

/// <summary>ethereum/tests TrieTests: 25 roots, and the order of keys.</summary>
public sealed class TrieVectorTests
{
    private const string Folder = "vectors/ethereum-tests/TrieTests/";

    [SharedDataTheory(Folder + "trietest.json")]
    [InlineData("trieanyorder.json", false, 7)]
    [InlineData("trietest.json", false, 5)]
    [InlineData("trieanyorder_secureTrie.json", true, 7)]
    [InlineData("trietest_secureTrie.json", true, 3)]
    [InlineData("hex_encoded_securetrie_test.json", true, 3)]
    public void Roots(string file, bool secure, int cases)
    {
        using JsonDocument document = Vectors.Json(Folder + file);
        int count = 0;
        foreach (JsonProperty item in document.RootElement.EnumerateObject())
        {
            Hash256 expected = Hash256.Parse(item.Value.Text("root"));
            List<KeyValuePair<byte[], byte[]>> operations = Operations(item.Value.GetProperty("in"));
            Dictionary<string, KeyValuePair<byte[], byte[]>> final = [];
            foreach (KeyValuePair<byte[], byte[]> operation in operations) final[Hex.Encode(operation.Key)] = operation;
            Assert.Equal(expected, secure ? TrieRoot.OfSecure(final.Values) : TrieRoot.Of(final.Values));
            if (secure) CheckStoredTrie(expected, operations);
            count++;
        }
        Assert.Equal(cases, count);
    }

    // One operation at a time, and all at once.
    private static void CheckStoredTrie(Hash256 expected, List<KeyValuePair<byte[], byte[]>> operations)
    {
        List<KeyValuePair<Hash256, byte[]>> hashed = operations.Select(item => KeyValuePair.Create(Keccak256.Hash(item.Key), item.Value)).ToList();
        using MemoryStore store = new();
        using TrieHarness single = new(store, []);
        foreach (KeyValuePair<Hash256, byte[]> operation in hashed)
        {
            single.Apply([operation]);
            single.CheckAgainstFreshTrie();
        }
        Assert.Equal(expected, single.Root);
        using MemoryStore other = new();
        using TrieHarness together = new(other, []);
        together.Apply(hashed.AsEnumerable().Reverse().DistinctBy(item => item.Key));
        Assert.Equal(expected, together.Root);
    }

    private static List<KeyValuePair<byte[], byte[]>> Operations(JsonElement input) => input.ValueKind == JsonValueKind.Array
        ? input.EnumerateArray().Select(pair => KeyValuePair.Create(Bytes(pair[0]), Bytes(pair[1]))).ToList()
        : input.EnumerateObject().Select(pair => KeyValuePair.Create(BytesOf(pair.Name), Bytes(pair.Value))).ToList();

    private static byte[] Bytes(JsonElement value) => value.ValueKind == JsonValueKind.Null ? [] : BytesOf(value.GetString()!);

    private static byte[] BytesOf(string text) =>
        text.StartsWith("0x", StringComparison.Ordinal) ? Hex.Decode(text) : Encoding.UTF8.GetBytes(text);

    // The order of keys is the order of rows: next and previous are steps of an iterator.
    [SharedDataFact(Folder + "trietestnextprev.json")]
    public void NextAndPrevious()
    {
        using JsonDocument document = Vectors.Json(Folder + "trietestnextprev.json");
        using MemoryStore store = new();
        JsonElement basic = document.RootElement.GetProperty("basic");
        foreach (JsonElement key in basic.GetProperty("in").EnumerateArray()) store.Put(Column.Accounts, Bytes(key), [1]);
        using KeyValueIterator rows = store.CreateIterator(Column.Accounts);
        int count = 0;
        foreach (JsonElement item in basic.GetProperty("tests").EnumerateArray())
        {
            byte[] key = Bytes(item[0]);
            rows.SeekForPrev(key);
            if (rows.IsValid && rows.Key.SequenceEqual(key)) rows.Prev();
            Assert.Equal(item[1].GetString(), rows.IsValid ? Encoding.UTF8.GetString(rows.Key) : "");
            rows.Seek(key);
            if (rows.IsValid && rows.Key.SequenceEqual(key)) rows.Next();
            Assert.Equal(item[2].GetString(), rows.IsValid ? Encoding.UTF8.GetString(rows.Key) : "");
            count++;
        }
        Assert.Equal(12, count);
    }
}
