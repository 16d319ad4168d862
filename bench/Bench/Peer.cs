using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace Bench;

/// <summary>
/// A program that answers each line of its input with a line: it stays warm while others have their turns. One that takes too long
/// or dies is started again for the next question.
/// </summary>
internal sealed class Peer(string program, params string[] arguments) : IDisposable
{
    /// <summary>Far more than any answer needs that is worth waiting for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private Process? _process;

    /// <summary>The last question got no answer because the time was over, not because the program died.</summary>
    public bool HasTimedOut { get; private set; }

    /// <summary>The answer; null where there is none in time.</summary>
    public string? Ask(string question, TimeSpan limit)
    {
        _process ??= Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        HasTimedOut = false;
        try
        {
            _process.StandardInput.WriteLine(question);
            _process.StandardInput.Flush();
            Task<string?> answer = _process.StandardOutput.ReadLineAsync();
            HasTimedOut = !answer.Wait(limit);
            if (!HasTimedOut && answer.Result is string line) return line;
        }
        catch (IOException)
        {
            // It is gone, as below.
        }

        Dispose();
        return null;
    }

    /// <summary>What a program prints; null where it is not here or fails.</summary>
    public static string? Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
            string output = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>True where a program is here; else that is said, once, with what is left out.</summary>
    public static bool IsHere(string program, string leftOut)
    {
        bool isHere = Run(program, "--version") is not null;
        if (!isHere) Console.Error.WriteLine($"{leftOut} is left out: {program} is not on PATH");
        return isHere;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_process is null) return;
        try
        {
            _process.Kill();
            _process.WaitForExit();
        }
        catch (InvalidOperationException)
        {
            // It has ended on its own.
        }

        _process.Dispose();
        _process = null;
    }
}
