using System;
using System.Runtime.ExceptionServices;
using System.Threading;
using ContractVm.Compiler.Lowering;
using ContractVm.Native;

namespace ContractVm.Compiler;

/// <summary>
/// Compiles modules: the whole way from validated bodies to code. Functions are compiled one by one, on as many threads as wanted, and
/// joined in their order, so that the bytes depend on the module and the options alone.
/// </summary>
internal static class ModuleCompiler
{
    /// <summary>Functions start at multiples of this many bytes.</summary>
    public const int FunctionAlignment = 32;

    private const byte Padding = 0xCC;

    /// <summary>Compiles a module.</summary>
    /// <param name="module">A validated module.</param>
    /// <param name="options">What is done differently.</param>
    /// <param name="threads">Functions are compiled on so many threads at most; the result does not depend on it.</param>
    /// <param name="code">The code.</param>
    /// <param name="reason">Why it cannot be compiled.</param>
    public static bool TryCompile(Module module, CompilerOptions options, int threads, out CompiledCode? code, out string? reason)
    {
        code = null;
        reason = null;
        FunctionResult[] results = new FunctionResult[module.BodyList.Count];
        ModuleFacts facts = new(module, options);
        Run(facts, results, threads);
        long length = 0;
        for (int i = 0; i < results.Length; i++)
        {
            // The first one in the module's order, whichever thread was first.
            if (results[i].Reason is string refused)
            {
                reason = FormattableString.Invariant($"function {module.ImportedFunctions + i}: {refused}");
                return false;
            }

            length = Align(length) + results[i].Code.Length;
        }

        if (length > int.MaxValue)
        {
            reason = "its code would be larger than 2 GiB";
            return false;
        }

        code = Join(module, options, results, (int)length);
        return true;
    }

    private static void Run(ModuleFacts facts, FunctionResult[] results, int threads)
    {
        int next = 0;
        ExceptionDispatchInfo? thrown = null;
        Thread[] others = new Thread[Math.Clamp(Math.Min(threads, results.Length) - 1, 0, 255)];
        for (int i = 0; i < others.Length; i++)
        {
            others[i] = new Thread(Work, 1 << 20);
            others[i].Start();
        }

        Work();
        foreach (Thread other in others) other.Join();
        thrown?.Throw();

        void Work()
        {
            try
            {
                FunctionCompiler compiler = new(facts);
                for (int i = Interlocked.Increment(ref next) - 1; i < results.Length; i = Interlocked.Increment(ref next) - 1) results[i] = compiler.Compile(i);
            }
            catch (Exception exception)
            {
                thrown = ExceptionDispatchInfo.Capture(exception);
                Volatile.Write(ref next, results.Length);
            }
        }
    }

    private static long Align(long offset) => (offset + FunctionAlignment - 1) & -FunctionAlignment;

    private static CompiledCode Join(Module module, CompilerOptions options, FunctionResult[] results, int length)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
        int[] offsets = new int[results.Length];
        int sites = 0, at = 0;
        for (int i = 0; i < results.Length; i++)
        {
            int start = (int)Align(at);
            bytes.AsSpan(at, start - at).Fill(Padding);
            offsets[i] = start;
            results[i].Code.CopyTo(bytes, start);
            at = start + results[i].Code.Length;
            sites += results[i].Sites.Length;
        }

        TrapSite[] joined = new TrapSite[sites];
        int site = 0;
        for (int i = 0; i < results.Length; i++)
        {
            foreach (TrapSite own in results[i].Sites) joined[site++] = own with { CodeOffset = own.CodeOffset + offsets[i] };
            foreach (X64.Relocation relocation in results[i].Relocations)
            {
                int place = offsets[i] + relocation.Offset;
                BitConverter.TryWriteBytes(bytes.AsSpan(place, 4), offsets[relocation.Function] - (place + 4));
            }
        }

        return new CompiledCode(bytes, offsets, joined, options.ChecksMemory) { Unwind = JoinUnwinding(results, offsets) };
    }

    private static UnwindTable JoinUnwinding(FunctionResult[] results, int[] offsets)
    {
        int calls = 0, regions = 0, clauses = 0;
        foreach (FunctionResult result in results) (calls, regions, clauses) = (calls + result.Calls.Length, regions + result.Regions.Length, clauses + result.ClauseTags.Length);
        UnwindTable table = new(new FunctionFrame[results.Length], new CallSite[calls], new CatchRegion[regions], new int[clauses], new int[results.Length]);
        calls = regions = clauses = 0;
        for (int i = 0; i < results.Length; i++)
        {
            int firstRegion = regions, firstClause = clauses;
            (table.Frames[i], table.FirstClauses[i]) = (results[i].Frame, firstClause);
            foreach (CallSite call in results[i].Calls)
            {
                table.Calls[calls++] = call with
                {
                    ReturnOffset = call.ReturnOffset + offsets[i],
                    Landing = call.Landing < 0 ? -1 : call.Landing + offsets[i],
                    Region = call.Region < 0 ? -1 : call.Region + firstRegion,
                };
            }

            foreach (CatchRegion region in results[i].Regions)
                table.Regions[regions++] = new CatchRegion(region.Parent < 0 ? -1 : region.Parent + firstRegion, region.FirstClause + firstClause, region.ClauseCount);
            foreach (int tag in results[i].ClauseTags) table.Clauses[clauses++] = tag;
        }

        return table;
    }
}
