using System;
using System.Collections.Generic;

namespace ContractVm.Fuzz;

/// <summary>Takes elements out of a list as long as something still shows.</summary>
internal static class ListShrinking
{
    /// <summary>Takes runs of elements away, long ones first; true where any are gone.</summary>
    /// <param name="list">The list; what had to stay is where it was.</param>
    /// <param name="shows">Whether what is looked for shows with the list as it is.</param>
    /// <param name="isOver">Whether to stop.</param>
    public static bool Shrink<T>(List<T> list, Func<bool> shows, Func<bool> isOver)
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
}
