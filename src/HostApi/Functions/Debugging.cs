using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace ContractVm.HostApi;

/// <summary>
/// The modules <c>console</c> and <c>debug</c> of Stylus' development chains: what contracts print goes to <see cref="TransactionContext.Console"/>. They cost
/// nothing, so that a contract with them uses the ink that it uses without.
/// </summary>
internal static class Debugging
{
    public static IReadOnlyList<HostFunctionEntry> Entries { get; } =
    [
        Free("console", "log_txt", "text:bytes text_len:u32", "prints text", Text),
        Free("console", "log_i32", "value:u32", "prints a number", static (frame, _, slots) => Print(frame, ((int)slots[0]).ToString(CultureInfo.InvariantCulture))),
        Free("console", "log_i64", "value:u64", "prints a number", static (frame, _, slots) => Print(frame, ((long)slots[0]).ToString(CultureInfo.InvariantCulture))),
        Free("console", "log_f32", "value:f32", "prints a number", static (frame, _, slots) => Print(frame, Float(slots[0]))),
        Free("console", "log_f64", "value:f64", "prints a number", static (frame, _, slots) => Print(frame, Double(slots[0]))),
        Free("console", "tee_i32", "value:u32 -> value:u32", "prints a number and gives it back", static (frame, _, slots) => Print(frame, ((int)slots[0]).ToString(CultureInfo.InvariantCulture))),
        Free("console", "tee_i64", "value:u64 -> value:u64", "prints a number and gives it back", static (frame, _, slots) => Print(frame, ((long)slots[0]).ToString(CultureInfo.InvariantCulture))),
        Free("console", "tee_f32", "value:f32 -> value:f32", "prints a number and gives it back", static (frame, _, slots) => Print(frame, Float(slots[0]))),
        Free("console", "tee_f64", "value:f64 -> value:f64", "prints a number and gives it back", static (frame, _, slots) => Print(frame, Double(slots[0]))),
        Free("debug", "null_host", "", "does nothing", static (_, _, _) => HostStatus.Continue),
        Free("debug", "start_benchmark", "", "does nothing", static (_, _, _) => HostStatus.Continue),
        Free("debug", "end_benchmark", "", "does nothing", static (_, _, _) => HostStatus.Continue),
    ];

    private static HostFunctionEntry Free(string module, string name, string parameters, string summary, HostBody body) =>
        new(module, name, parameters, 0, Capabilities.None, summary, body) { IsFree = true };

    // Text that is not all inside the memory fails the frame, as everywhere; what is not UTF-8 is printed as what it is not.
    private static HostStatus Text(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!call.TryGetMemory((uint)slots[0], (uint)slots[1], out Span<byte> bytes)) return HostStatus.Fault;
        if (frame.Transaction.Console is Action<CallFrame, string> console) console(frame, Encoding.UTF8.GetString(bytes));
        return HostStatus.Continue;
    }

    private static string Float(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits).ToString(CultureInfo.InvariantCulture);

    private static string Double(ulong bits) => BitConverter.UInt64BitsToDouble(bits).ToString(CultureInfo.InvariantCulture);

    private static HostStatus Print(CallFrame frame, string text)
    {
        frame.Transaction.Console?.Invoke(frame, text);
        return HostStatus.Continue;
    }
}
