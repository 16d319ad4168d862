using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using Xunit;

namespace ContractVm.Cli.Tests;

/// <summary>A chain of six blocks that no test changes.</summary>
public sealed class DemoChain : IDisposable
{
    /// <summary>Makes it.</summary>
    public DemoChain() => Cvm.Run("demo", "--db", Folder, "--transactions", "350").Succeeded();

    /// <summary>Its directory.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("cvm-state-").FullName;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary><c>cvm state</c> and <c>cvm proof</c>.</summary>
public sealed class StateCommandTests(DemoChain chain) : IClassFixture<DemoChain>
{
    private const string Account = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";

    private CvmResult Run(params string[] arguments) => Cvm.Run([.. arguments, "--db", chain.Folder]);

    private string RootOf(int block) => Run("block", block.ToString(CultureInfo.InvariantCulture), "--json").Succeeded().Json().GetProperty("stateRoot").GetString()!;

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    [Fact]
    public void RootsOfEveryBlock()
    {
        for (int block = 0; block <= 5; block += 5)
        {
            string number = block.ToString(CultureInfo.InvariantCulture);
            Assert.Equal(RootOf(block), Run("state", "root", "--block", number, "--recompute").Succeeded().Output.Trim());
            Assert.Equal(block, Run("state", "root", "--block", number, "--json").Succeeded().Json().GetProperty("block").GetInt32());
        }
        Assert.Equal(RootOf(5), Run("state", "root").Succeeded().Output.Trim());
        Run("state", "root", "--block", "6").Failed(1, "block 6 is above the head, block 5");
    }

    [Fact]
    public void AnAccountInEveryBlock()
    {
        JsonElement before = Run("state", "get", Account, "--block", "0", "--json").Succeeded().Json();
        JsonElement after = Run("state", "get", Account, "7", "--json").Succeeded().Json();
        Assert.Equal("0x0", before.GetProperty("nonce").GetString());
        Assert.NotEqual("0x0", after.GetProperty("nonce").GetString());
        Assert.Equal("0x" + new string('0', 64), after.GetProperty("slots").EnumerateObject().Single().Value.GetString());
        Assert.Contains("(does not exist)", Run("state", "get", "0x00000000000000000000000000000000000000aa").Succeeded().Output, StringComparison.Ordinal);
        Run("state", "get", Account, "0xzz").Failed(2, "'0xzz' is no storage key");
    }

    [Fact]
    public void DifferencesLeadFromOneDumpToTheOther()
    {
        string[] Dump(int block) => Run("state", "dump", "--json", "--block", block.ToString(CultureInfo.InvariantCulture)).Succeeded().Output.Trim().Split('\n');
        JsonElement[] differences = Run("state", "diff", "2", "4", "--json").Succeeded().Output.Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        string[] changed = Dump(4).Except(Dump(2)).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("address").GetString()!).ToArray();
        Assert.Equal(changed, differences.Select(item => item.GetProperty("address").GetString()));
        Assert.NotEmpty(changed);
        Assert.All(differences, item => Assert.NotEqual(item.GetProperty("before").ToString(), item.GetProperty("after").ToString()));
        Assert.Contains(" -> ", Run("state", "diff", "4", "2").Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal("", Run("state", "diff", "3", "3").Succeeded().Output);
    }

    [Fact]
    public void ProofsSayWhichBlockTheyAreOf()
    {
        JsonElement proof = Run("proof", Account, "1", "--block", "2", "--json").Succeeded().Json();
        Assert.Equal(RootOf(2), proof.GetProperty("stateRoot").GetString());
        Assert.Equal("0x2", proof.GetProperty("blockNumber").GetString());
        Assert.NotEqual(0, proof.GetProperty("accountProof").GetArrayLength());
        Assert.Equal("0x0", proof.GetProperty("storageProof")[0].GetProperty("value").GetString());
        Assert.Contains("storage root", Run("proof", Account).Succeeded().Output, StringComparison.Ordinal);
        Run("proof", "0x12").Failed(2, "0x12");
    }

    [Fact]
    public void AStateGoesToAnotherDirectory()
    {
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "state"), copy = Path.Combine(folder.Path, "copy");
        JsonElement written = Run("state", "export", "--out", file, "--block", "3", "--json").Succeeded().Json();
        Assert.Equal(RootOf(3), written.GetProperty("stateRoot").GetString());
        Cvm.Run("state", "import", file, "--db", Path.Combine(folder.Path, "other"), "--hash", RootOf(3)).Failed(1, "record 0: the file is of block ");
        Cvm.Run("state", "import", file, "--db", copy, "--hash", written.GetProperty("hash").GetString()!).Succeeded();
        Assert.Contains(RootOf(3), Cvm.Run("state", "verify", copy, "--history").Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(Run("state", "dump", "--block", "3", "--json").Output, Cvm.Run("state", "dump", "--db", copy, "--json").Succeeded().Output);
        // the chain goes on from there
        Cvm.Run("send", Account, "--value", "1", "--db", copy).Succeeded();
        Cvm.Run("state", "import", file, "--db", copy).Failed(1, "there is a chain already");
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^20] ^= 1;
        File.WriteAllBytes(file, bytes);
        Cvm.Run("state", "import", file, "--db", Path.Combine(folder.Path, "damaged")).Failed(1, "record ");
    }

    [Fact]
    public void ANewChainKeepsWhatItIsTold()
    {
        using TemporaryFolder folder = new();
        string directory = Path.Combine(folder.Path, "chain");
        Cvm.Run("init", directory, "--keep", "0").Failed(2, "--keep must be a whole number from 1 on, or 'archive', not '0'");
        Cvm.Run("init", directory, "--keep", "2").Succeeded();
        for (int i = 0; i < 4; i++) Cvm.Run("send", Account, "--value", "1", "--db", directory).Succeeded();
        Assert.Equal(3, Cvm.Run("state", "verify", directory, "--json").Succeeded().Json().GetProperty("oldestState").GetInt32());
        Cvm.Run("state", "root", "--block", "2", "--db", directory).Failed(1, "the state of block 2 is no longer kept");
    }

    [Fact]
    public void OldStatesAreGivenUp()
    {
        using TemporaryFolder folder = new();
        string copy = Path.Combine(folder.Path, "copy");
        Copy(chain.Folder, copy);
        JsonElement pruned = Cvm.Run("state", "prune", "--keep", "2", "--from-now-on", "--db", copy, "--json").Succeeded().Json();
        Assert.Equal((0, 4, 5), (pruned.GetProperty("oldestBefore").GetInt32(), pruned.GetProperty("oldest").GetInt32(), pruned.GetProperty("head").GetInt32()));
        Cvm.Run("state", "root", "--block", "3", "--db", copy).Failed(1, "the state of block 3 is no longer kept: the oldest is that of block 4");
        Cvm.Run("proof", Account, "--block", "3", "--db", copy).Failed(1, "no longer kept");
        Cvm.Run("state", "verify", copy, "--history").Succeeded();
        // the setting holds for blocks that are made later, until it is taken back
        Assert.Equal(5, OldestAfterABlock());
        Cvm.Run("state", "prune", "--keep", "archive", "--from-now-on", "--db", copy).Succeeded();
        Assert.Equal(5, OldestAfterABlock());
        Cvm.Run("state", "prune", "--keep", "0", "--db", copy).Failed(2, "--keep must be a whole number from 1 on, or 'archive', not '0'");

        int OldestAfterABlock()
        {
            Cvm.Run("send", Account, "--value", "1", "--db", copy).Succeeded();
            return Cvm.Run("state", "verify", copy, "--json").Succeeded().Json().GetProperty("oldestState").GetInt32();
        }
    }

    [Fact]
    public void VerifySaysWhatIsDamaged()
    {
        using TemporaryFolder folder = new();
        string copy = Path.Combine(folder.Path, "copy");
        Copy(chain.Folder, copy);
        // opening moves what the log holds into tables: the log has the block that was made since, and nothing else
        Cvm.Run("send", Account, "--value", "1", "--db", copy).Succeeded();
        string log = Directory.GetFiles(copy, "*.log").OrderBy(file => new FileInfo(file).Length).Last();
        byte[] bytes = File.ReadAllBytes(log);
        File.WriteAllBytes(log, bytes[..(bytes.Length * 9 / 10)]);
        Cvm.Run("state", "verify", copy).Failed(1, copy, "block 6 was committed, but the database ends at block 5: the end of its log was lost or damaged");
        string other = Path.Combine(folder.Path, "other");
        Copy(chain.Folder, other);
        string table = Directory.GetFiles(other, "*.sst").OrderBy(file => new FileInfo(file).Length).Last();
        bytes = File.ReadAllBytes(table);
        bytes[bytes.Length / 3] ^= 4;
        File.WriteAllBytes(table, bytes);
        Cvm.Run("state", "verify", other).Failed(1, other, "checksum mismatch", Path.GetFileName(table));
        Cvm.Run("state", "verify", Path.Combine(folder.Path, "none")).Failed(1, "there is no such directory");
        Cvm.Run("state", "verify").Failed(2, "name the chain's directory");
    }
}
