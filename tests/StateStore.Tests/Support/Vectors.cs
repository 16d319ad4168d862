using System;
using System.IO;
using System.IO.Compression;
using System.Text.Json;
using ContractVm.TestSupport;

namespace ContractVm.StateStore.Tests;

/// <summary>Reads the vector files. Call only in tests that are skipped when the file is absent.</summary>
internal static class Vectors
{
    public static JsonDocument Json(string relative) => JsonDocument.Parse(File.ReadAllBytes(Path(relative)));

    public static JsonDocument GzipJson(string relative)
    {
        using FileStream file = File.OpenRead(Path(relative));
        using GZipStream plain = new(file, CompressionMode.Decompress);
        return JsonDocument.Parse(plain);
    }

    public static string Path(string relative) => TestData.Shared(relative) ?? throw new FileNotFoundException(relative);

    public static string Text(this JsonElement element, string property) =>
        element.GetProperty(property).GetString() ?? throw new InvalidDataException($"{property} is null");

    public static byte[] Bytes(this JsonElement element, string property) => Hex.Decode(element.Text(property));
}
