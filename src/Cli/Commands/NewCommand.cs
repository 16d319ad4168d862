using System;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using ContractVm.Cli.CommandLine;
using ContractVm.Cli.Output;

namespace ContractVm.Cli.Commands;

/// <summary><c>cvm new</c>: a project of a contract, which builds and deploys as it is.</summary>
internal static partial class NewCommand
{
    private const UnixFileMode Executable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>A language that a project can be made in.</summary>
    /// <param name="Name">As it is typed, and the folder of its resources.</param>
    /// <param name="Title">As it is written.</param>
    /// <param name="Needs">What building needs.</param>
    private sealed record Language(string Name, string Title, string Needs);

    private static readonly Language[] Languages =
    [
        new("c", "C", "clang and lld (Debian: apt-get install clang lld)"),
        new("rust", "Rust", "rustc with wasm32, and lld (Debian: apt-get install rustc libstd-rust-dev-wasm32 lld)"),
        new("assemblyscript", "AssemblyScript", "node and npm (Debian: apt-get install nodejs npm)"),
    ];

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> language = new("LANG") { Description = "c, rust or assemblyscript." };
        Argument<string> name = new("NAME") { Description = "The contract's name, and the new folder's: small letters, digits and underscores." };
        Option<string?> parent = new("--in") { Description = "Where the folder is made, if not here.", HelpName = "DIR" };
        Option<bool> json = SharedOptions.Json();
        TaughtCommand command = new("new", "Write a project of a contract, with the SDK for its language.")
        {
            Notes =
            [
                "The project holds a contract (a counter), a script that builds it, a README that says how to deploy and call it, and the SDK.",
                "Nothing is fetched and nothing built; ./build says what it needs where something is missing.",
            ],
            Examples = ["cvm new rust counter", "cvm new c counter --in /tmp --json"],
        };
        command.Add(language);
        command.Add(name);
        command.Add(parent);
        command.Add(json);
        return command.Does(parsed => Run(parsed.GetRequiredValue(language), parsed.GetRequiredValue(name), parsed.GetValue(parent) ?? ".", parsed.GetValue(json)));
    }

    private static int Run(string languageName, string name, string parent, bool json)
    {
        Language language = Array.Find(Languages, language => language.Name == languageName)
            ?? throw new UsageException($"LANG '{languageName}' is not one of {string.Join(", ", Languages.Select(language => language.Name))}");
        if (!ProjectName().IsMatch(name))
            throw new UsageException($"NAME '{name}' must be a small letter, then up to 39 small letters, digits and underscores");

        string folder = Path.Combine(parent, name);
        if (File.Exists(folder) || Directory.Exists(folder)) throw new FailureException($"'{folder}' is there already");
        string[] files = [.. Resources(language).Select(resource => Write(resource, folder, name, language)).Order(StringComparer.Ordinal)];
        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteString("directory", Path.GetFullPath(folder));
                writer.WriteString("language", language.Name);
                writer.WriteStartArray("files");
                foreach (string file in files) writer.WriteStringValue(file);
                writer.WriteEndArray();
            });
            return ExitCodes.Success;
        }

        TextOutput.Line($"{folder}: a contract in {language.Title}; building needs {language.Needs}");
        TextOutput.Line($"next: cd {folder} && ./build");
        return ExitCodes.Success;
    }

    private static string[] Resources(Language language) =>
        [.. typeof(NewCommand).Assembly.GetManifestResourceNames().Where(resource =>
            resource.StartsWith(language.Name + "/", StringComparison.Ordinal) || resource.StartsWith("any/", StringComparison.Ordinal))];

    /// <summary>Writes one file and returns its path in the project.</summary>
    private static string Write(string resource, string folder, string name, Language language)
    {
        string file = resource[(resource.IndexOf('/', StringComparison.Ordinal) + 1)..];
        bool isSdk = file.StartsWith("sdk/", StringComparison.Ordinal);
        if (file == "gitignore") file = ".gitignore";
        if (file.StartsWith("contract.", StringComparison.Ordinal)) file = name + file["contract".Length..];

        using Stream stream = typeof(NewCommand).Assembly.GetManifestResourceStream(resource)!;
        using StreamReader reader = new(stream, Encoding.UTF8);
        string text = reader.ReadToEnd();
        if (!isSdk)
        {
            text = text.Replace("@NAME@", name, StringComparison.Ordinal)
                .Replace("@LANGUAGE@", language.Title, StringComparison.Ordinal).Replace("@NEEDS@", language.Needs, StringComparison.Ordinal);
        }

        string path = Path.Combine(folder, file);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FailureException($"cannot make '{folder}': {exception.Message}");
        }

        OutputFile.Write(path, Encoding.UTF8.GetBytes(text));
        if (file == "build" && !OperatingSystem.IsWindows()) File.SetUnixFileMode(path, Executable);
        return file;
    }

    [GeneratedRegex("^[a-z][a-z0-9_]{0,39}$(?!\n)")]
    private static partial Regex ProjectName();
}
