namespace ContractVm.Gas;

/// <summary>
/// What one transaction may still spend: ink, and words of stack shared by all its nested calls. Not safe for concurrent use.
/// </summary>
public sealed class Meter
{
    /// <summary>Makes a meter.</summary>
    /// <param name="ink">Ink to spend.</param>
    /// <param name="stackWords">Words of stack to use at once.</param>
    public Meter(ulong ink, ulong stackWords)
    {
        InkLeft = ink;
        StackWordsLeft = stackWords;
    }

    /// <summary>Ink left; 0 once a charge could not be paid.</summary>
    public ulong InkLeft { get; private set; }

    /// <summary>True once a charge could not be paid: the execution ends as OutOfInk.</summary>
    public bool IsExhausted { get; private set; }

    /// <summary>Words of stack left.</summary>
    public ulong StackWordsLeft { get; private set; }

    /// <summary>Pays ink. Where there is less than the charge, nothing is left and the meter is exhausted.</summary>
    public bool TryCharge(ulong ink)
    {
        if (IsExhausted || InkLeft < ink)
        {
            InkLeft = 0;
            IsExhausted = true;
            return false;
        }

        InkLeft -= ink;
        return true;
    }

    /// <summary>Demands that so much ink is left, without paying it. Where there is less, nothing is left and the meter is exhausted.</summary>
    public bool TryRequire(ulong ink) 
    {
        if (!IsExhausted && InkLeft >= ink) return true;
        InkLeft = 0;
        IsExhausted = true;
        return false;
    }

    /// <summary>
    /// Words of stack that a call takes which the host makes while a call is running: they bound the depth of the host's own
    /// stack, as frame words bound that of the contract's.
    /// </summary>
    public const ulong ReentryWords = 128;

    private int _nesting;

    /// <summary>Begins a call from outside; one inside another takes <see cref="ReentryWords"/>. False where they are not left.</summary>
    public bool TryNest()
    {
        if (_nesting > 0)
        {
            if (StackWordsLeft < ReentryWords) return false;
            StackWordsLeft -= ReentryWords;
        }

        _nesting++;
        return true;
    }

    /// <summary>Ends a call from outside; its words are given back by whoever began it.</summary>
    public void Unnest() => _nesting--;

    /// <summary>Takes over the counts that an engine kept in its registers while it ran.</summary>
    public void Settle(ulong inkLeft, bool isExhausted, ulong stackWordsLeft)
    {
        InkLeft = isExhausted ? 0 : inkLeft;
        IsExhausted = isExhausted;
        StackWordsLeft = stackWordsLeft;
    }
}
