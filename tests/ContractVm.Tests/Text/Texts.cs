using System;
using System.Text;
using ContractVm.Text;

namespace ContractVm.Tests.Text;

/// <summary>Short ways to read texts in tests.</summary>
internal static class Texts
{
    private static readonly TextOptions NoNames = new() { Names = false };

    public static TextModule Read(string text, TextOptions? options = null) =>
        TextFormat.TryRead(Encoding.UTF8.GetBytes(text), options ?? new TextOptions(), out TextModule? module, out TextError? error)
            ? module : throw new InvalidOperationException(error.ToString());

    public static TextError Refused(string text) =>
        TextFormat.TryRead(Encoding.UTF8.GetBytes(text), new TextOptions(), out _, out TextError? error)
            ? throw new InvalidOperationException($"accepted: {text}") : error;

    /// <summary>The module without its header and without names, in hexadecimal.</summary>
    public static string Hex(string text) => Convert.ToHexString(Read(text, NoNames).Bytes.AsSpan(8));
}
