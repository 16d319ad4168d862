using System;
using System.Buffers;
using System.IO;
using System.Text.Encodings.Web;
using System.Text.Json;
using ContractVm.HostApi;

namespace ContractVm.Cli.Output;

/// <summary>Prints one JSON object on one line; properties come in the order in which they are written.</summary>
internal static class JsonOutput
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Prints an object; the callback writes its properties.</summary>
    public static void Write(Action<Utf8JsonWriter> properties)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Options))
        {
            writer.WriteStartObject();
            properties(writer);
            writer.WriteEndObject();
        }

        buffer.Write("\n"u8);
        using Stream output = Console.OpenStandardOutput();
        output.Write(buffer.WrittenSpan);
        output.Flush();
    }

    /// <summary>A number, or null where it is negative: offsets and indices that may be absent.</summary>
    public static void WriteIndex(this Utf8JsonWriter writer, string property, int index)
    {
        if (index >= 0) writer.WriteNumber(property, index);
        else writer.WriteNull(property);
    }

    /// <summary>An array of strings.</summary>
    public static void WriteStrings(this Utf8JsonWriter writer, string property, ReadOnlySpan<string> values)
    {
        writer.WriteStartArray(property);
        foreach (string value in values) writer.WriteStringValue(value);
        writer.WriteEndArray();
    }

    /// <summary>The properties <c>parameters</c> and <c>results</c> of a function type.</summary>
    public static void WriteFunctionType(this Utf8JsonWriter writer, FunctionType type)
    {
        writer.WriteStrings("parameters", Names(type.Parameters));
        writer.WriteStrings("results", Names(type.Results));
    }

    /// <summary>How often each engine ran contracts.</summary>
    public static void WriteRuns(this Utf8JsonWriter writer, string property, EngineRuns runs)
    {
        writer.WriteStartObject(property);
        writer.WriteNumber("compiled", runs.Compiled);
        writer.WriteNumber("interpreter", runs.Interpreted);
        writer.WriteEndObject();
    }

    private static string[] Names(ReadOnlySpan<ValueType> types)
    {
        string[] names = new string[types.Length];
        for (int i = 0; i < names.Length; i++) names[i] = types[i].ToString();
        return names;
    }
}
