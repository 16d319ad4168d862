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

    /// <summary>Takes over the counts that an engine kept in its registers while it ran.</summary>
    public void Settle(ulong inkLeft, bool isExhausted, ulong stackWordsLeft)
    {
        InkLeft = isExhausted ? 0 : inkLeft;
        IsExhausted = isExhausted;
        StackWordsLeft = stackWordsLeft;
    }
}
