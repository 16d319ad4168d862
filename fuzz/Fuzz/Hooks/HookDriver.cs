using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using ContractVm.HostApi;
using ContractVm.StateStore;
using ContractVm.Text;

namespace ContractVm.Fuzz.Hooks;

/// <summary>
/// A contract that reads a script from its calldata and calls the host functions that it names, with the arguments that it gives, in a page of memory that holds
/// the script at its beginning. An action is a byte and its operands, little endian: 0 to 41 a host function, in the table's order, with its arguments; then
/// <see cref="Poke"/>, <see cref="Trap"/>, <see cref="End"/>. Results are stored from <see cref="Results"/> on, 8 bytes each. As a constructor it does the same.
/// </summary>
internal static class HookDriver
{
    public const byte Poke = 42, Trap = 43, End = 44;
    public const int MemoryBytes = 65_536, MostScript = 0x4000, Table = 0x7000, Results = 0xE000;

    /// <summary>The accounts whose code it is.</summary>
    public static IReadOnlyList<Address> Drivers { get; } = [Named(0xA1), Named(0xA2), Named(0xA3)];
    /// <summary>Who sends the transactions.</summary>
    public static Address Sender { get; } = Named(0x51);
    /// <summary>An account without code, and one that is not there.</summary>
    public static Address Rich { get; } = Named(0x52);

    /// <summary>Addresses and numbers that the driver's memory begins with, from <see cref="Table"/> on, 32 bytes each.</summary>
    public static IReadOnlyList<byte[]> Words { get; } =
    [
        .. ((Address[])[.. Drivers, Sender, Rich, Named(0xDD), Precompile(2), Precompile(4), Precompile(10)]).Select(static address => (byte[])[.. address.Bytes, .. new byte[12]]),
        Number(0), Number(1), Number(2), Number(3), Number(40), Number(0xFFFF), [.. Enumerable.Repeat((byte)0xFF, 32)], [0x80, .. new byte[31]], [.. new byte[16], 1, .. new byte[15]],
    ];

    /// <summary>How many of <see cref="Words"/> are addresses; they come first.</summary>
    public const int Addresses = 9;

    /// <summary>The contract.</summary>
    public static byte[] Code { get; } = Assemble();

    /// <summary>A script as bytes.</summary>
    public static byte[] Encode(List<HookStep> script)
    {
        List<byte> bytes = [];
        int length = 0;
        foreach (HookStep step in script)
        {
            switch (step)
            {
                case CallStep call:
                    bytes.Add((byte)IndexOf(call.Function));
                    for (int i = 0; i < call.Arguments.Length; i++)
                    {
                        ulong value = call.Arguments[i].Value + (call.Arguments[i].IsLength ? (ulong)length : 0);
                        if (call.Function.Parameters[i].Type == ValueType.I64) Append64(bytes, value);
                        else Append32(bytes, (uint)value);
                    }

                    break;
                case PokeStep poke: AppendPoke(bytes, poke.Address, poke.Bytes); break;
                case ScriptStep inner:
                    byte[] encoded = Encode(inner.Script);
                    length = encoded.Length;
                    AppendPoke(bytes, inner.Address, encoded);
                    break;
                case EndStep end:
                    bytes.Add(End);
                    Append32(bytes, end.Status);
                    break;
                default: bytes.Add(Trap); break;
            }
        }

        return [.. bytes];
    }

    private static readonly Dictionary<string, int> Indices = HostTable.Entries.Select(static (entry, index) => (entry.Name, index)).ToDictionary(StringComparer.Ordinal);

    private static int IndexOf(HostFunctionEntry function) => Indices[function.Name];

    private static void AppendPoke(List<byte> bytes, uint address, byte[] data)
    {
        bytes.Add(Poke);
        Append32(bytes, address);
        Append32(bytes, (uint)data.Length);
        bytes.AddRange(data);
    }

    private static void Append32(List<byte> bytes, uint value)
    {
        Span<byte> span = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(span, value);
        bytes.AddRange(span);
    }

    private static void Append64(List<byte> bytes, ulong value)
    {
        Append32(bytes, (uint)value);
        Append32(bytes, (uint)(value >> 32));
    }

    private static Address Named(byte value) => Address.FromBytes([value, .. new byte[18], value]);

    /// <summary>A precompiled contract's address.</summary>
    public static Address Precompile(byte number) => Address.FromBytes([.. new byte[19], number]);

    private static byte[] Number(uint value)
    {
        byte[] word = new byte[32];
        BinaryPrimitives.WriteUInt32BigEndian(word.AsSpan(28), value);
        return word;
    }

    private static byte[] Assemble()
    {
        StringBuilder text = new("(module\n");
        foreach (HostFunctionEntry entry in HostTable.Entries)
            text.Append(CultureInfo.InvariantCulture, $"(import \"{entry.Module}\" \"{entry.Name}\" (func ${entry.Name} (param {Types(entry.Parameters)}) (result {Types(entry.Results)})))\n");
        text.Append(CultureInfo.InvariantCulture, $"(memory (export \"memory\") 1 1) (data (i32.const {Table}) \"{string.Concat(Words.SelectMany(static word => word).Select(static b => $"\\{b:x2}"))}\")\n");
        text.Append(CultureInfo.InvariantCulture, $"(func $run (param $length i32) (result i32) (local $at i32) (local $out i32)\n(if (i32.gt_u (local.get $length) (i32.const {MostScript})) (then unreachable))\n");
        text.Append(CultureInfo.InvariantCulture, $"(call $read_args (i32.const 0)) (local.set $out (i32.const {Results}))\n");
        text.Append("(loop $next (if (i32.ge_u (local.get $at) (local.get $length)) (then (return (i32.const 0))))\n(block $none ");
        for (int action = End; action >= 0; action--) text.Append(CultureInfo.InvariantCulture, $"(block ${action} ");
        text.Append("(br_table ");
        for (int action = 0; action <= End; action++) text.Append(CultureInfo.InvariantCulture, $"${action} ");
        text.Append("$none (i32.load8_u (local.get $at)))\n");
        foreach (HostFunctionEntry entry in HostTable.Entries) AppendCall(text, entry);
        text.Append(") (memory.copy (i32.load offset=1 (local.get $at)) (i32.add (local.get $at) (i32.const 9)) (i32.load offset=5 (local.get $at)))\n");
        text.Append("(local.set $at (i32.add (i32.add (local.get $at) (i32.const 9)) (i32.load offset=5 (local.get $at)))) (br $next)\n");
        text.Append(") unreachable\n) (return (i32.load offset=1 (local.get $at)))\n)) unreachable)\n");
        text.Append("(func (export \"user_entrypoint\") (param i32) (result i32) (call $run (local.get 0)))\n(func (export \"user_constructor\") (param i32) (result i32) (call $run (local.get 0))))");
        return TextFormat.TryRead(Encoding.UTF8.GetBytes(text.ToString()), new TextOptions(), out TextModule? module, out TextError? error) ? module.Bytes : throw new InvalidOperationException(error.ToString());
    }

    private static void AppendCall(StringBuilder text, HostFunctionEntry entry)
    {
        StringBuilder call = new(string.Create(CultureInfo.InvariantCulture, $"(call ${entry.Name}"));
        int offset = 1;
        foreach (Parameter parameter in entry.Parameters)
        {
            bool isLong = parameter.Type == ValueType.I64;
            call.Append(CultureInfo.InvariantCulture, $" ({(isLong ? "i64" : "i32")}.load offset={offset} (local.get $at))");
            offset += isLong ? 8 : 4;
        }

        call.Append(')');
        text.Append(") ");
        if (entry.Results.Count == 0) text.Append(call);
        else text.Append(CultureInfo.InvariantCulture, $"({Types(entry.Results)}.store (local.get $out) {call}) (local.set $out (i32.add (local.get $out) (i32.const 8)))");
        text.Append(CultureInfo.InvariantCulture, $" (local.set $at (i32.add (local.get $at) (i32.const {offset}))) (br $next)\n");
    }

    private static string Types(IReadOnlyList<Parameter> parameters) => string.Join(' ', parameters.Select(static parameter => parameter.Type == ValueType.I64 ? "i64" : "i32"));
}
