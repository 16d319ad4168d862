using System;
using System.Collections.Generic;

namespace ContractVm.Fuzz;

/// <summary>The steps by which a case is made small as long as what is looked for still shows.</summary>
internal static class Shrinking
{
    /// <summary>Takes runs of elements away, long ones first; true where any are gone.</summary>
    /// <param name="list">The list; what had to stay is where it was.</param>
    /// <param name="shows">Whether what is looked for shows with the list as it is.</param>
    /// <param name="isOver">Whether to stop.</param>
    public static bool TryShorten<T>(List<T> list, Func<bool> shows, Func<bool> isOver)
    {
        bool isSmaller = false;
        for (int length = Math.Max(1, list.Count / 2); length >= 1; length /= 2)
        {
            for (int at = list.Count - length; at >= 0; at -= length)
            {
                if (isOver()) return isSmaller;
                List<T> removed = list.GetRange(at, length);
                list.RemoveRange(at, length);
                if (shows()) isSmaller = true;
                else list.InsertRange(at, removed);
                at = Math.Min(at, list.Count);
            }
        }

        return isSmaller;
    }

    /// <summary>Sets something; sets it back, and returns false, where the case does not show what is looked for then.</summary>
    /// <param name="before">What it is.</param>
    /// <param name="after">What it is to be; nothing is tried where that is the same.</param>
    /// <param name="set">Sets it.</param>
    /// <param name="shows">Whether what is looked for shows with the case as it is.</param>
    /// <param name="isOver">Whether to stop.</param>
    public static bool TrySet<T>(T before, T after, Action<T> set, Func<bool> shows, Func<bool> isOver)
    {
        if (isOver() || EqualityComparer<T>.Default.Equals(before, after)) return false;
        set(after);
        if (shows()) return true;
        set(before);
        return false;
    }
}
