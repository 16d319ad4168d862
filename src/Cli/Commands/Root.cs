using System.CommandLine;
using System.CommandLine.Help;
using ContractVm.Cli.CommandLine;

namespace ContractVm.Cli.Commands;

/// <summary>The command <c>cvm</c> with all its commands.</summary>
internal static class Root
{
    /// <summary>How words are read: no files of options and no bundles of letters, so that -inf and @x are what they look like.</summary>
    public static ParserConfiguration Parsing { get; } = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    /// <summary>Makes the tree of commands.</summary>
    public static Command Create()
    {
        TaughtCommand root = new("cvm", "ContractVm: a deterministic WebAssembly virtual machine for smart contracts.")
        {
            Notes =
            [
                "Exit codes: 0 fine, 1 the thing asked about failed, 2 wrong usage.",
                "A module is a file in the binary format (.wasm) or in the text format (.wat): by its name, or because it begins like text.",
                "Errors are one line on stderr. With --json a command prints one JSON object (state dump and diff: one for each account).",
            ],
            Examples =
            [
                "cvm demo",
                "cvm new rust counter",
                "cvm init /tmp/chain",
                "cvm deploy contracts/spinner/spinner.wasm --db /tmp/chain",
                "cvm check contracts/token/token.wasm",
                "cvm print contracts/token/token.wasm",
                "cvm run add.wat --invoke add 2 3",
                "cvm hostapi --json",
            ],
        };
        HelpOption help = new();
        help.Action = new TaughtHelp((HelpAction)help.Action!);
        root.Add(help);
        root.Add(new VersionOption());
        root.Add(DemoCommand.Create());
        root.Add(NewCommand.Create());
        root.Add(InitCommand.Create());
        root.Add(AccountsCommand.Create());
        root.Add(DeployCommand.Create());
        root.Add(SendCommand.Create());
        root.Add(CallCommand.Create());
        root.Add(PublishCommand.Create());
        root.Add(BlockCommand.Create());
        root.Add(TransactionCommand.Create());
        root.Add(TraceCommand.Create());
        root.Add(ReplayCommand.Create());
        root.Add(StateCommand.Create());
        root.Add(ProofCommand.Create());
        root.Add(CheckCommand.Create());
        root.Add(InspectCommand.Create());
        root.Add(PrintCommand.Create());
        root.Add(WatCommand.Create());
        root.Add(RunCommand.Create());
        root.Add(DiffCommand.Create());
        root.Add(DisasmCommand.Create());
        root.Add(CompileCommand.Create());
        root.Add(ConformanceCommand.Create());
        root.Add(HostApiCommand.Create());
        root.Add(CalibrateCommand.Create());
        root.Add(FuzzCommand.Create());
        return root;
    }
}
