namespace ContractVm.Native;

/// <summary>What a function's frames look like.</summary>
/// <param name="Bytes">From the stack pointer to the return address.</param>
/// <param name="ArgumentBytes">Arguments above the return address, which the function takes away.</param>
/// <param name="ContextAt">Where its calls to other instances keep its context, from the stack pointer.</param>
internal readonly record struct FunctionFrame(int Bytes, int ArgumentBytes, int ContextAt);

/// <summary>A call through which an exception may come, where there is more to know of it than its function's frame.</summary>
/// <param name="ReturnOffset">Its return address in the code.</param>
/// <param name="ArgumentBytes">Arguments that it has put on the stack, which the callee takes away.</param>
/// <param name="RestoresContext">The callee may be another instance's: the caller's context is in its frame.</param>
/// <param name="Landing">Where in the code exceptions are taken; -1 where none are.</param>
/// <param name="Region">The innermost <see cref="CatchRegion"/> around the call, or -1.</param>
internal readonly record struct CallSite(int ReturnOffset, int ArgumentBytes, bool RestoresContext, int Landing, int Region);

/// <summary>A try_table with clauses.</summary>
/// <param name="Parent">The one around it in the same function, or -1; stands before it.</param>
/// <param name="FirstClause">Its first clause.</param>
/// <param name="ClauseCount">Number of its clauses.</param>
internal readonly record struct CatchRegion(int Parent, int FirstClause, int ClauseCount);

/// <summary>
/// How exceptions leave the functions of a module. Plain data, as all of <see cref="CompiledCode"/>; regions and clauses of a function stand together, and its landings
/// know clauses by their numbers from the function's first one.
/// </summary>
/// <param name="Frames">By function that the module defines.</param>
/// <param name="Calls">By ascending return address.</param>
/// <param name="Regions">All try_tables with clauses.</param>
/// <param name="Clauses">For each clause the index of its tag, or -1 where it takes every exception.</param>
/// <param name="FirstClauses">For each function its first clause.</param>
internal sealed record UnwindTable(FunctionFrame[] Frames, CallSite[] Calls, CatchRegion[] Regions, int[] Clauses, int[] FirstClauses)
{
    /// <summary>For code through which no exception comes.</summary>
    public static UnwindTable None { get; } = new([], [], [], [], []);

    /// <summary>Why it cannot be that of some code of a module; null where it can.</summary>
    public string? DefectOf(CompiledCode code, Module module)
    {
        if (Frames.Length == 0 && Calls.Length == 0 && Regions.Length == 0 && Clauses.Length == 0) return null;
        if (Frames.Length != module.BodyList.Count || FirstClauses.Length != Frames.Length) return "it has frames of another number of functions";
        foreach (FunctionFrame frame in Frames)
            if (frame.Bytes < 0 || frame.ArgumentBytes < 0 || frame.ContextAt < 0 || frame.ContextAt > frame.Bytes) return "a frame has a wrong size";
        foreach (int clause in FirstClauses)
            if (clause < 0 || clause > Clauses.Length) return "a function's clauses are not there";
        int last = 0;
        foreach (CallSite call in Calls)
        {
            if (call.ReturnOffset <= last || call.ReturnOffset > code.CodeLength) return "calls are out of order or past the code";
            if (call.Landing >= code.CodeLength || call.Landing >= 0 != call.Region >= 0 || call.Region >= Regions.Length || call.ArgumentBytes < 0) return "a call's exceptions go nowhere";
            last = call.ReturnOffset;
        }

        for (int i = 0; i < Regions.Length; i++)
        {
            CatchRegion region = Regions[i];
            if (region.Parent >= i || region.FirstClause < 0 || region.ClauseCount < 0 || (long)region.FirstClause + region.ClauseCount > Clauses.Length) return "a region's clauses are not there";
        }

        foreach (int tag in Clauses)
            if (tag >= module.TagCount) return "a clause has an unknown tag";
        return null;
    }

    /// <summary>Finds a call by its return address; where it is not listed, it is one of the same instance without arguments on the stack or a landing.</summary>
    public CallSite CallAt(int returnOffset)
    {
        int low = 0, high = Calls.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Calls[middle].ReturnOffset < returnOffset) low = middle + 1;
            else high = middle;
        }

        return low < Calls.Length && Calls[low].ReturnOffset == returnOffset ? Calls[low] : new CallSite(returnOffset, 0, false, -1, -1);
    }
}
