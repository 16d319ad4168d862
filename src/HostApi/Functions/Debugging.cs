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
        .. Numbers("i32", "u32", static bits => ((int)bits).ToString(CultureInfo.InvariantCulture)),
        .. Numbers("i64", "u64", static bits => ((long)bits).ToString(CultureInfo.InvariantCulture)),
        .. Numbers("f32", "f32", static bits => BitConverter.UInt32BitsToSingle((uint)bits).ToString(CultureInfo.InvariantCulture)),
        .. Numbers("f64", "f64", static bits => BitConverter.UInt64BitsToDouble(bits).ToString(CultureInfo.InvariantCulture)),
        Free("debug", "null_host", "", "does nothing", static (_, _, _) => HostStatus.Continue),
        Free("debug", "start_benchmark", "", "does nothing", static (_, _, _) => HostStatus.Continue),
        Free("debug", "end_benchmark", "", "does nothing", static (_, _, _) => HostStatus.Continue),
    ];

    private static HostFunctionEntry Free(string module, string name, string parameters, string summary, HostBody body) =>
        new(module, name, parameters, 0, Capabilities.None, summary, body) { IsFree = true };

    // What tee gives back is its argument, which stands in the result's place already.
    private static HostFunctionEntry[] Numbers(string type, string kind, Func<ulong, string> format)
    {
        HostBody print = (frame, _, slots) => Print(frame, slots[0], format);
        return [Free("console", $"log_{type}", $"value:{kind}", "prints a number", print), Free("console", $"tee_{type}", $"value:{kind} -> value:{kind}", "prints a number and gives it back", print)];
    }

    // Text that is not all inside the memory fails the frame, as everywhere; what is not UTF-8 is printed as what it is not.
    private static HostStatus Text(CallFrame frame, HostCall call, Span<ulong> slots)
    {
        if (!call.TryGetMemory((uint)slots[0], (uint)slots[1], out Span<byte> bytes)) return HostStatus.Fault;
        if (frame.Transaction.Console is Action<CallFrame, string> console) console(frame, Encoding.UTF8.GetString(bytes));
        return HostStatus.Continue;
    }

    private static HostStatus Print(CallFrame frame, ulong bits, Func<ulong, string> format)
    {
        frame.Transaction.Console?.Invoke(frame, format(bits));
        return HostStatus.Continue;
    }
}
