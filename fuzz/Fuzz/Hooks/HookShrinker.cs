using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace ContractVm.Fuzz.Hooks;

/// <summary>Makes a case that shows a difference smaller, as long as it shows one: transactions, steps and bytes go, arguments become plain numbers.</summary>
internal sealed class HookShrinker(HookCase test, HookRun run)
{
    private const ulong AmpleInk = 200_000_000_000;
    private readonly HookCase _test = test.Copy();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _time;

    /// <summary>What the smaller case shows; null where the case did not show it again.</summary>
    public string? Difference { get; private set; }

    /// <summary>The smaller case.</summary>
    /// <param name="time">How long to try at most.</param>
    public HookCase Shrink(TimeSpan time)
    {
        _time = time;
        if (!Shows()) return _test;
        // Steps first: each argument takes as many tries as a step.
        foreach (bool withArguments in (bool[])[false, true])
        {
            while (Round(withArguments) && !IsOver)
            {
            }
        }

        return _test;
    }

    private bool IsOver => _clock.Elapsed > _time;

    private bool Round(bool withArguments)
    {
        bool isSmaller = ShrinkList(_test.Transactions);
        foreach (HookTransaction transaction in _test.Transactions)
        {
            isSmaller |= Try(transaction.IsStatic, false, value => transaction.IsStatic = value) | Try(transaction.Value, 0UL, value => transaction.Value = value);
            isSmaller |= Try(transaction.Ink, AmpleInk, value => transaction.Ink = value) | Try(transaction.To, 0, value => transaction.To = value);
            isSmaller |= ShrinkScript(transaction.Script, withArguments);
        }

        return isSmaller;
    }

    private bool ShrinkScript(List<HookStep> script, bool withArguments)
    {
        bool isSmaller = ShrinkList(script);
        foreach (HookStep step in script)
        {
            switch (step)
            {
                case ScriptStep inner: isSmaller |= ShrinkScript(inner.Script, withArguments); break;
                case PokeStep poke when withArguments:
                    while (poke.Bytes.Length > 0 && Try(poke.Bytes, poke.Bytes[..(poke.Bytes.Length / 2)], value => poke.Bytes = value)) isSmaller = true;
                    break;
                case CallStep call when withArguments:
                    for (int i = 0; i < call.Arguments.Length; i++)
                    {
                        int at = i;
                        foreach (ulong plain in (ulong[])[0, 1, HookDriver.Table])
                        {
                            if (call.Arguments[i].Value <= plain && !call.Arguments[i].IsLength) break;
                            if (!Try(call.Arguments[i], new HookArgument(plain), value => call.Arguments[at] = value)) continue;
                            isSmaller = true;
                            break;
                        }
                    }

                    break;
            }
        }

        return isSmaller;
    }

    private bool ShrinkList<T>(List<T> list) => Shrinking.TryShorten(list, Shows, () => IsOver);

    private bool Try<T>(T before, T after, Action<T> set) => Shrinking.TrySet(before, after, set, Shows, () => IsOver);

    private bool Shows()
    {
        if (run.Check(_test) is not string difference) return false;
        Difference = difference;
        return true;
    }
}
