using System;
using System.IO;
using System.Text.Json;

namespace ContractVm.Cli.Tests;

/// <summary>A chain with three accounts and the token, made by the command line; shared by the tests of a class.</summary>
public sealed class ChainFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ChainFixture()
    {
        Directory = Path.Combine(_folder.Path, "chain");
        Cvm.Run("init", Directory, "--accounts", "3", "--json").Succeeded();
        Deployment = Cvm.Run(
            "deploy", TestModules.TokenPath, "My Token", "MTK", "18", "1000000", "--constructor", "(string,string,uint8,uint256)", "--db", Directory, "--json").Succeeded().Json();
        Token = Deployment.GetProperty("receipt").GetProperty("contractAddress").GetString()!;
    }

    /// <summary>The chain's directory.</summary>
    public string Directory { get; }
    /// <summary>What the deployment printed.</summary>
    public JsonElement Deployment { get; }
    /// <summary>The token's address.</summary>
    public string Token { get; }

    public void Dispose() => _folder.Dispose();
}
