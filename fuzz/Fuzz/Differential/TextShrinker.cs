using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace ContractVm.Fuzz.Differential;

/// <summary>
/// Makes a case of texts that shows a difference smaller, as long as it shows one: what stands in parentheses is left out, or gives way to something in it or to a
/// constant. What is no valid module any more shows nothing.
/// </summary>
internal sealed class TextShrinker(List<string> texts, List<CaseCall> calls, ulong seed, IReadOnlyList<TestedEngine> engines)
{
    private static readonly string[] Constants = ["", "(i32.const 0)", "(i64.const 0)", "(ref.null any)"];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _time;
    private Difference? _last;

    /// <summary>The smaller case.</summary>
    /// <param name="time">How long to try at most.</param>
    /// <param name="difference">What it shows; null where the difference did not show again.</param>
    public DifferentialCase Shrink(TimeSpan time, out Difference? difference)
    {
        _time = time;
        if (Shows())
        {
            while (Round())
            {
            }
        }

        difference = _last;
        return ReferenceCase.FromTexts(texts, calls, seed);
    }

    private bool IsOver => _clock.Elapsed > _time;

    private bool Round()
    {
        bool isSmaller = false;
        for (int i = calls.Count - 1; i >= 0 && !IsOver; i--)
        {
            CaseCall call = calls[i];
            calls.RemoveAt(i);
            if (Shows()) isSmaller = true;
            else calls.Insert(i, call);
        }

        for (int module = 0; module < texts.Count; module++)
        {
            // From the outside in: where something goes, what stands there then is looked at next.
            for (int at = texts[module].IndexOf('(', 1); at > 0 && !IsOver;)
            {
                bool isReplaced = Replace(module, at);
                isSmaller |= isReplaced;
                at = texts[module].IndexOf('(', isReplaced ? at : at + 1);
            }
        }

        return isSmaller && !IsOver;
    }

    private bool Replace(int module, int start)
    {
        string text = texts[module];
        int end = start, depth = 0;
        List<string> choices = [.. Constants];
        for (int i = start, inner = 0; ; i++)
        {
            if (text[i] == '(' && depth++ == 1) inner = i;
            if (text[i] != ')') continue;
            if (--depth == 1) choices.Add(text[inner..(i + 1)]);
            if (depth > 0) continue;
            end = i + 1;
            break;
        }

        foreach (string choice in choices)
        {
            if (choice.Length >= end - start) continue;
            texts[module] = string.Concat(text.AsSpan(0, start), choice, text.AsSpan(end));
            if (Shows()) return true;
        }

        texts[module] = text;
        return false;
    }

    private bool Shows()
    {
        try
        {
            Difference? difference = DifferentialRun.Check(ReferenceCase.FromTexts(texts, calls, seed), engines);
            if (difference is not null) _last = difference;
            return difference is not null;
        }
        catch (InvalidCaseException)
        {
            return false;
        }
    }
}
