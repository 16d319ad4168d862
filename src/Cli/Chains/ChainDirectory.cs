using System;
using System.CommandLine;
using System.IO;
using ContractVm.Cli.CommandLine;
using ContractVm.HostApi;
using ContractVm.Node;
using ContractVm.StateStore;

namespace ContractVm.Cli.Chains;

/// <summary>Chains in directories, with every failure as one line that names the directory.</summary>
internal static class ChainDirectory
{
    private const string Variable = "CVM_DB";

    /// <summary>The option that names the directory; the variable CVM_DB stands in for it.</summary>
    public static Option<string> DatabaseOption() => new("--db")
    {
        Description = $"The chain's directory; the variable {Variable} where not given.",
        HelpName = "DIR",
        DefaultValueFactory = static result =>
        {
            string? directory = Environment.GetEnvironmentVariable(Variable);
            if (string.IsNullOrEmpty(directory)) result.AddError($"--db is missing: name the chain's directory, or set {Variable}");
            return directory ?? "";
        },
    };

    /// <summary>How contracts of the chain in a directory are run: their code is kept beside its blocks.</summary>
    public static EngineSettings Engine(string directory, EngineChoice choice = EngineChoice.Automatic) =>
        new() { Engine = choice, ArtifactFolder = Path.Combine(directory, "artifacts"), Report = NodeReports.Write };

    /// <summary>Makes a chain in an empty or new directory and does something with it.</summary>
    public static T Create<T>(string directory, Genesis genesis, Func<Chain, T> action) =>
        Guarded(directory, () => Chain.Create(RocksDbStore.Open(directory), genesis, engine: Engine(directory)), action);

    /// <summary>Opens the chain in a directory and does something with it.</summary>
    public static T Open<T>(string directory, Func<Chain, T> action, EngineChoice engine = EngineChoice.Automatic)
    {
        if (!Directory.Exists(directory)) throw new FailureException($"{directory}: there is no such directory; cvm init {directory} makes a chain");
        return Guarded(directory, () => Chain.Open(RocksDbStore.Open(directory, new RocksDbSettings { CreateIfMissing = false }), engine: Engine(directory, engine)), action);
    }

    private static T Guarded<T>(string directory, Func<Chain> open, Func<Chain, T> action)
    {
        try
        {
            using Chain chain = open();
            chain.Console = NodeReports.Print;
            return action(chain);
        }
        catch (StoreException exception)
        {
            throw new FailureException($"{directory}: {exception.Message}");
        }
        catch (Exception exception) when (exception is InvalidBlockException or RlpException)
        {
            throw new FailureException($"{directory}: {exception.Message}");
        }
    }
}
