using System;
using System.Runtime.CompilerServices;
using ContractVm.Gas;

namespace ContractVm;

/// <summary>
/// A function without parameters, in .NET types: int and uint for i32, long and ulong for i64, float, double, <see cref="UInt128"/> for
/// v128, and <see cref="ValueTuple"/> for no result. Types are checked when it is made. As good as its instance.
/// </summary>
/// <typeparam name="TResult">Type of the result.</typeparam>
public readonly struct TypedFunction<TResult>
    where TResult : unmanaged
{
    private readonly Function _function;

    /// <summary>Makes it of a function.</summary>
    /// <exception cref="ArgumentException">The function has another type.</exception>
    public TypedFunction(Function function) => _function = TypedSlots.Check<TResult>(function, []);

    /// <summary>Calls it.</summary>
    /// <param name="meter">Pays for ink and stack.</param>
    /// <param name="result">The result, where the outcome is a success.</param>
    public ExecutionResult Call(Meter meter, out TResult result)
    {
        return TypedSlots.Call(_function, [], meter, out result);
    }
}

/// <summary>
/// A function of one parameter, in .NET types: int and uint for i32, long and ulong for i64, float, double, <see cref="UInt128"/> for
/// v128, and <see cref="ValueTuple"/> for no result. Types are checked when it is made. As good as its instance.
/// </summary>
/// <typeparam name="T1">Type of the first argument.</typeparam>
/// <typeparam name="TResult">Type of the result.</typeparam>
public readonly struct TypedFunction<T1, TResult>
    where T1 : unmanaged
    where TResult : unmanaged
{
    private readonly Function _function;

    /// <summary>Makes it of a function.</summary>
    /// <exception cref="ArgumentException">The function has another type.</exception>
    public TypedFunction(Function function) => _function = TypedSlots.Check<TResult>(function, [TypedSlots.TypeOf<T1>()]);

    /// <summary>Calls it.</summary>
    /// <param name="first">The first argument.</param>
    /// <param name="meter">Pays for ink and stack.</param>
    /// <param name="result">The result, where the outcome is a success.</param>
    public ExecutionResult Call(T1 first, Meter meter, out TResult result)
    {
        Span<ulong> slots = stackalloc ulong[2];
        int used = TypedSlots.Write(first, slots);
        return TypedSlots.Call(_function, slots[..used], meter, out result);
    }
}

/// <summary>
/// A function of two parameters, in .NET types: int and uint for i32, long and ulong for i64, float, double, <see cref="UInt128"/> for
/// v128, and <see cref="ValueTuple"/> for no result. Types are checked when it is made. As good as its instance.
/// </summary>
/// <typeparam name="T1">Type of the first argument.</typeparam>
/// <typeparam name="T2">Type of the second argument.</typeparam>
/// <typeparam name="TResult">Type of the result.</typeparam>
public readonly struct TypedFunction<T1, T2, TResult>
    where T1 : unmanaged
    where T2 : unmanaged
    where TResult : unmanaged
{
    private readonly Function _function;

    /// <summary>Makes it of a function.</summary>
    /// <exception cref="ArgumentException">The function has another type.</exception>
    public TypedFunction(Function function) => _function = TypedSlots.Check<TResult>(function, [TypedSlots.TypeOf<T1>(), TypedSlots.TypeOf<T2>()]);

    /// <summary>Calls it.</summary>
    /// <param name="first">The first argument.</param>
    /// <param name="second">The second argument.</param>
    /// <param name="meter">Pays for ink and stack.</param>
    /// <param name="result">The result, where the outcome is a success.</param>
    public ExecutionResult Call(T1 first, T2 second, Meter meter, out TResult result)
    {
        Span<ulong> slots = stackalloc ulong[4];
        int used = TypedSlots.Write(first, slots);
        used += TypedSlots.Write(second, slots[used..]);
        return TypedSlots.Call(_function, slots[..used], meter, out result);
    }
}

/// <summary>
/// A function of three parameters, in .NET types: int and uint for i32, long and ulong for i64, float, double, <see cref="UInt128"/> for
/// v128, and <see cref="ValueTuple"/> for no result. Types are checked when it is made. As good as its instance.
/// </summary>
/// <typeparam name="T1">Type of the first argument.</typeparam>
/// <typeparam name="T2">Type of the second argument.</typeparam>
/// <typeparam name="T3">Type of the third argument.</typeparam>
/// <typeparam name="TResult">Type of the result.</typeparam>
public readonly struct TypedFunction<T1, T2, T3, TResult>
    where T1 : unmanaged
    where T2 : unmanaged
    where T3 : unmanaged
    where TResult : unmanaged
{
    private readonly Function _function;

    /// <summary>Makes it of a function.</summary>
    /// <exception cref="ArgumentException">The function has another type.</exception>
    public TypedFunction(Function function) => _function = TypedSlots.Check<TResult>(function, [TypedSlots.TypeOf<T1>(), TypedSlots.TypeOf<T2>(), TypedSlots.TypeOf<T3>()]);

    /// <summary>Calls it.</summary>
    /// <param name="first">The first argument.</param>
    /// <param name="second">The second argument.</param>
    /// <param name="third">The third argument.</param>
    /// <param name="meter">Pays for ink and stack.</param>
    /// <param name="result">The result, where the outcome is a success.</param>
    public ExecutionResult Call(T1 first, T2 second, T3 third, Meter meter, out TResult result)
    {
        Span<ulong> slots = stackalloc ulong[6];
        int used = TypedSlots.Write(first, slots);
        used += TypedSlots.Write(second, slots[used..]);
        used += TypedSlots.Write(third, slots[used..]);
        return TypedSlots.Call(_function, slots[..used], meter, out result);
    }
}

/// <summary>.NET numbers as slots.</summary>
internal static class TypedSlots
{
    /// <summary>The function, if it has these types.</summary>
    public static Function Check<TResult>(Function function, ReadOnlySpan<ValueType> parameters)
        where TResult : unmanaged
    {
        bool fits = function.Type.Parameters.SequenceEqual(parameters)
            && (typeof(TResult) == typeof(ValueTuple) ? function.Type.Results.Length == 0 : function.Type.Results.SequenceEqual([TypeOf<TResult>()]));
        return fits ? function : throw new ArgumentException($"the function is {function.Type}");
    }

    public static ExecutionResult Call<TResult>(Function function, ReadOnlySpan<ulong> arguments, Meter meter, out TResult result)
        where TResult : unmanaged
    {
        Span<ulong> slots = stackalloc ulong[2];
        ExecutionResult outcome = function.Invoke(arguments, slots[..ValueSlots.Count(function.Type.Results)], meter);
        result = outcome.Outcome == Outcome.Success && typeof(TResult) != typeof(ValueTuple) ? Read<TResult>(slots) : default;
        return outcome;
    }

    public static ValueType TypeOf<T>()
        where T : unmanaged
    {
        if (typeof(T) == typeof(int) || typeof(T) == typeof(uint)) return ValueType.I32;
        if (typeof(T) == typeof(long) || typeof(T) == typeof(ulong)) return ValueType.I64;
        if (typeof(T) == typeof(float)) return ValueType.F32;
        if (typeof(T) == typeof(double)) return ValueType.F64;
        if (typeof(T) == typeof(UInt128)) return ValueType.V128;
        throw new ArgumentException($"{typeof(T).Name} is no number of WebAssembly");
    }

    /// <summary>Writes a number and returns how many slots it took.</summary>
    public static int Write<T>(T value, Span<ulong> slots)
        where T : unmanaged
    {
        if (typeof(T) == typeof(UInt128))
        {
            UInt128 wide = Unsafe.BitCast<T, UInt128>(value);
            (slots[0], slots[1]) = ((ulong)wide, (ulong)(wide >> 64));
            return 2;
        }

        slots[0] = Unsafe.SizeOf<T>() == 4 ? Unsafe.BitCast<T, uint>(value) : Unsafe.BitCast<T, ulong>(value);
        return 1;
    }

    public static T Read<T>(ReadOnlySpan<ulong> slots)
        where T : unmanaged
    {
        if (typeof(T) == typeof(UInt128)) return Unsafe.BitCast<UInt128, T>(new UInt128(slots[1], slots[0]));
        return Unsafe.SizeOf<T>() == 4 ? Unsafe.BitCast<uint, T>((uint)slots[0]) : Unsafe.BitCast<ulong, T>(slots[0]);
    }
}
