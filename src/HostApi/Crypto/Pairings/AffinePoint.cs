namespace ContractVm.HostApi;

/// <summary>A point of a curve y² = x³ + b; infinity is written (0, 0), which is on none of them (b is not zero).</summary>
internal readonly record struct AffinePoint<F>(F X, F Y) where F : struct, IField<F>
{
    /// <summary>The neutral element.</summary>
    public static AffinePoint<F> Infinity => default;

    /// <summary>True for the neutral element.</summary>
    public bool IsInfinity => X.IsZero && Y.IsZero;

    /// <summary>True for a point of the curve with this b, and for infinity.</summary>
    public bool IsOnCurve(in F b) => IsInfinity || F.Square(Y).Equals(F.Square(X) * X + b);

    /// <summary>The negative.</summary>
    public AffinePoint<F> Negated() => new(X, -Y);

    /// <summary>The sum, with one inversion.</summary>
    public static AffinePoint<F> Add(in AffinePoint<F> left, in AffinePoint<F> right)
    {
        if (left.IsInfinity) return right;
        if (right.IsInfinity) return left;
        F rise, run;
        if (!left.X.Equals(right.X)) (rise, run) = (right.Y - left.Y, right.X - left.X);
        else if (left.Y.Equals(right.Y) && !left.Y.IsZero)
        {
            F square = F.Square(left.X);
            (rise, run) = (square + square + square, left.Y + left.Y);
        }
        else return Infinity;
        F slope = rise * F.Invert(run);
        F x = F.Square(slope) - left.X - right.X;
        return new AffinePoint<F>(x, slope * (left.X - x) - left.Y);
    }
}
