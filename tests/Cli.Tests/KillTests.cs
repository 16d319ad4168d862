using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using ContractVm.Node;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.Cli.Tests;

public class KillTests
{
    /// <summary>
    /// The process is killed while it writes blocks, at a random moment; the database opens at the last block that was
    /// acknowledged or the one after it, and everything in it can be executed again. CONTRACTVM_KILLS sets the number of rounds.
    /// </summary>
    [Fact]
    public async Task AKilledProcessLosesNothingThatWasAcknowledged()
    {
        int rounds = int.Parse(Environment.GetEnvironmentVariable("CONTRACTVM_KILLS") ?? "8", CultureInfo.InvariantCulture);
        Random random = new(20_261_121);
        for (int round = 0; round < rounds; round++)
        {
            string folder = Directory.CreateTempSubdirectory("killed").FullName;
            ulong acknowledged = 0;
            bool isStarted = false;
            ProcessStartInfo start = new("dotnet", [Cvm.Assembly, "demo", "--db", folder, "--transactions", "1000000"]) { RedirectStandardOutput = true };
            using (Process process = Process.Start(start)!)
            {
                Task reader = Task.Run(async () =>
                {
                    while (await process.StandardOutput.ReadLineAsync() is string line)
                    {
                        if (line.StartsWith("chain ", StringComparison.Ordinal)) Volatile.Write(ref isStarted, true);
                        if (line.StartsWith("block ", StringComparison.Ordinal))
                            Volatile.Write(ref acknowledged, ulong.Parse(line.AsSpan(6, line.IndexOf(':', StringComparison.Ordinal) - 6), CultureInfo.InvariantCulture));
                    }
                });
                while (!Volatile.Read(ref isStarted) && !process.HasExited) await Task.Delay(1);
                await Task.Delay(random.Next(0, 600));
                Assert.False(process.HasExited, "the process ended by itself");
                process.Kill();
                await process.WaitForExitAsync();
                await reader;
            }

            using (Chain chain = Chain.Open(RocksDbStore.Open(folder), Genesis.DevelopmentChainId))
            {
                Assert.InRange(chain.Head.Number, acknowledged, acknowledged + 1);
                Assert.Null(StateVerifier.FindDisagreement(chain.State));
                ReplayReport report = Replay.Run(chain, new MemoryStore(), 1, chain.Head.Number);
                Assert.Null(report.Difference);
                Assert.Equal(chain.Head.StateRoot, report.StateRoot);
            }

            Directory.Delete(folder, recursive: true);
        }
    }
}
