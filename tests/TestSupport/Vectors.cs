using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Text.Json;

namespace ContractVm.TestSupport;

/// <summary>Reads the public vectors that lie beside the project; see SharedDataFact for where.</summary>
public static class Vectors
{
    public const string EthersTransactions = "vectors/ethers/testcases/transactions.json.gz";
    public const string EthersAccounts = "vectors/ethers/testcases/accounts.json.gz";
    public const string Wycheproof = "vectors/wycheproof/testvectors_v1/ecdsa_secp256k1_sha256_bitcoin_test.json";
    public const string TransactionTests = "vectors/ethereum-tests/TransactionTests";
    public const string ValidBlocks = "vectors/ethereum-tests/BlockchainTests/ValidBlocks";
    public const string GoEthereumPrecompiles = "vectors/go-ethereum/precompiles";
    public const string ExecutionApis = "vectors/execution-apis/tests";

    public static JsonElement Read(string relative)
    {
        using FileStream file = File.OpenRead(PathOf(relative));
        if (!relative.EndsWith(".gz", StringComparison.Ordinal)) return JsonSerializer.Deserialize<JsonElement>(file);
        using GZipStream unpacked = new(file, CompressionMode.Decompress);
        return JsonSerializer.Deserialize<JsonElement>(unpacked);
    }

    /// <summary>The cases of every JSON file below a folder, in order of path, with the file's name.</summary>
    public static IEnumerable<(string Name, JsonElement Case)> ReadAll(string relative)
    {
        string[] files = Directory.GetFiles(PathOf(relative), "*.json", SearchOption.AllDirectories);
        Array.Sort(files, StringComparer.Ordinal);
        foreach (string file in files)
            foreach (JsonProperty property in JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(file)).EnumerateObject())
                yield return (Path.GetFileNameWithoutExtension(file), property.Value);
    }

    public static string PathOf(string relative) => TestData.Shared(relative) ?? throw new FileNotFoundException(relative);

    public static string Text(this JsonElement element, string property) =>
        element.GetProperty(property).GetString() ?? throw new InvalidDataException($"{property} is null");
}
