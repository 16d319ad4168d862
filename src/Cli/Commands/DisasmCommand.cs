using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Modules;
using ContractVm.Cli.Output;
using ContractVm.Compiler;
using ContractVm.Gas;
using ContractVm.Text;
using Iced.Intel;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm disasm</c>: what the compiler makes of functions, side by side with what it is made of.</summary>
internal static class DisasmCommand
{
    /// <summary>Bytes of constants and tables in a row.</summary>
    private const int DataRow = 16;

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> file = SharedOptions.ModuleFile();
        Option<ulong?> function = Numbers.Optional("--function", "Only the function with this index.", 0, int.MaxValue);
        Option<string> profile = SharedOptions.ProfileOption(Profiles.Bare);
        TaughtCommand command = new("disasm", "Show WebAssembly, the compiler's intermediate form and machine code side by side.")
        {
            Notes =
            [
                "Rows stand in the order of the machine code; what seldom runs comes last. Charges are marked 'ink', places where an execution can",
                "end with the trap's kind, calls with the place where an exception is taken that leaves them. Registers: r15 context, r14 ink, rbx first memory, r12 stack words at calls (docs/COMPILER.md).",
            ],
            Examples = ["cvm disasm add.wat", "cvm disasm contracts/token/token.wasm --function 12 --profile contractvm-v1"],
        };
        command.Add(file);
        command.Add(function);
        command.Add(profile);
        return command.Does(parsed => Run(parsed.GetRequiredValue(file), parsed.GetValue(function), parsed.GetProfile(profile)));
    }

    private static int Run(string path, ulong? chosen, Profile profile)
    {
        int? function = (int?)chosen;
        Module module = ModuleFile.Load(path, profile);
        if (function is int named && (named < module.ImportedFunctions || named >= module.FunctionCount))
            throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--function {named}: the module defines functions {module.ImportedFunctions} to {module.FunctionCount - 1}"));
        Dictionary<int, string> source = Source(module);
        for (int i = function ?? module.ImportedFunctions; i <= (function ?? module.FunctionCount - 1); i++)
        {
            if (!FunctionListing.TryMake(module, i, out FunctionListing? listing, out string? reason)) throw new FailureException($"{path}: the module is not compiled: {reason}");
            Write(module, listing!, source);
        }

        return ExitCodes.Success;
    }

    /// <summary>The text of each instruction, by its byte offset.</summary>
    private static Dictionary<int, string> Source(Module module)
    {
        StringWriter text = new();
        TextPrinter.TryPrint(module.Bytes, text, new PrintOptions { Offsets = true }, out _);
        Dictionary<int, string> lines = [];
        foreach (string line in text.ToString().Split('\n'))
        {
            int end = line.IndexOf(";)", StringComparison.Ordinal);
            if (!line.StartsWith("(;@", StringComparison.Ordinal) || end < 0) continue;
            lines[int.Parse(line.AsSpan(3, end - 3), NumberStyles.HexNumber, CultureInfo.InvariantCulture)] = line[(end + 2)..].Trim();
        }

        return lines;
    }

    private static void Write(Module module, FunctionListing listing, Dictionary<int, string> source)
    {
        TextOutput.Line(string.Create(CultureInfo.InvariantCulture, $"{FunctionLabel.Of(module, listing.Function)}: {listing.Code.Length} bytes of code"));
        ILookup<int, string> nodes = listing.Nodes.ToLookup(node => node.ModuleOffset, node => node.Text);
        Dictionary<int, ulong> charges = [];
        foreach (Charge charge in module.Bodies[listing.Function - module.ImportedFunctions].Plan.Charges) charges[(int)charge.Offset] = charge.Cost;
        Dictionary<int, ListedSite> sites = listing.Sites.ToDictionary(site => site.CodeOffset);
        HashSet<int> shown = [];
        List<string[]> rows = [];
        List<(int Offset, string Text)> code = Decode(listing, sites);
        for (int at = 0, piece = 0; piece < listing.Origins.Count; piece++)
        {
            int origin = listing.Origins[piece].ModuleOffset, end = piece + 1;
            while (end < listing.Origins.Count && listing.Origins[end].ModuleOffset == origin) end++;
            int limit = end < listing.Origins.Count ? listing.Origins[end].CodeOffset : int.MaxValue;
            piece = end - 1;
            List<string> machine = [];
            for (; at < code.Count && code[at].Offset < limit; at++) machine.Add(code[at].Text);
            // The first time an instruction is met everything about it is told, later only where the code comes from.
            List<string> form = shown.Add(origin) ? nodes[origin].ToList() : [];
            List<string> wasm = [string.Create(CultureInfo.InvariantCulture, $"{origin:x} {source.GetValueOrDefault(origin, "")}")];
            if (form.Count > 0 && charges.TryGetValue(origin, out ulong cost)) wasm.Add(string.Create(CultureInfo.InvariantCulture, $"ink {cost}"));
            for (int row = 0; row < Math.Max(Math.Max(wasm.Count, form.Count), machine.Count); row++)
                rows.Add([wasm.ElementAtOrDefault(row) ?? "", form.ElementAtOrDefault(row) ?? "", machine.ElementAtOrDefault(row) ?? ""]);
        }

        TextOutput.Table(["WebAssembly", "intermediate form", "machine code"], rows);
    }

    private static List<(int Offset, string Text)> Decode(FunctionListing listing, Dictionary<int, ListedSite> sites)
    {
        byte[] bytes = listing.Code[..listing.TextLength].ToArray();
        Decoder decoder = Decoder.Create(64, bytes);
        IntelFormatter formatter = new();
        StringOutput output = new();
        List<(int, string)> code = [];
        while (decoder.IP < (ulong)bytes.Length)
        {
            Instruction instruction = decoder.Decode();
            int start = (int)instruction.IP, last = (int)instruction.NextIP - 1;
            formatter.Format(instruction, output);
            string text = string.Create(CultureInfo.InvariantCulture, $"{start:x4} {output.ToStringAndReset()}");
            if (listing.Calls.TryGetValue(last - 3, out int called)) text = string.Create(CultureInfo.InvariantCulture, $"{start:x4} {instruction.Mnemonic.ToString().ToLowerInvariant()} defined function {called}");
            if (sites.TryGetValue(start, out ListedSite fault) && !IsCall(instruction)) text += $"  ; {fault.Kind}";
            else if (sites.TryGetValue(last, out ListedSite call) && IsCall(instruction)) text += call.Kind == TrapKind.None ? "  ; traps as it says" : $"  ; {call.Kind}";
            if (listing.Landings.TryGetValue(last + 1, out int landing)) text += string.Create(CultureInfo.InvariantCulture, $"  ; thrown: {landing:x4}");
            code.Add((start, text));
        }

        for (int at = listing.TextLength; at < listing.Code.Length; at += DataRow)
            code.Add((at, string.Create(CultureInfo.InvariantCulture, $"{at:x4} data {Convert.ToHexStringLower(listing.Code.Span[at..Math.Min(at + DataRow, listing.Code.Length)])}")));
        return code;
    }

    private static bool IsCall(in Instruction instruction) => instruction.Mnemonic == Mnemonic.Call;
}
