using System;
using System.Collections.Generic;

namespace ContractVm.Fuzz;

/// <summary>Finds the texts of modules in a script without reading it: from "(module" to the parenthesis that closes it.</summary>
public static class ScriptTexts
{
    /// <summary>The texts of a script, in order; quoted modules among them.</summary>
    public static List<byte[]> Split(ReadOnlySpan<byte> script)
    {
        List<byte[]> texts = [];
        for (int start = 0; script[start..].IndexOf("(module"u8) is int found and >= 0;)
        {
            start += found;
            int end = EndOf(script, start);
            texts.Add(script[start..end].ToArray());
            start = end;
        }

        return texts;
    }

    // Strings may hold parentheses; comments that do make a text wrong, which is as good to mutate.
    private static int EndOf(ReadOnlySpan<byte> script, int start)
    {
        int depth = 0;
        bool inString = false;
        for (int i = start; i < script.Length; i++)
        {
            byte next = script[i];
            if (inString && next == (byte)'\\') i++;
            else if (next == (byte)'"') inString = !inString;
            else if (!inString && next == (byte)'(') depth++;
            else if (!inString && next == (byte)')' && --depth == 0) return i + 1;
        }

        return script.Length;
    }
}
