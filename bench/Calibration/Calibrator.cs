using System;
using System.Collections.Generic;
using System.Linq;
using ContractVm.Gas;
using ContractVm.HostApi;

namespace ContractVm.Calibration;

/// <summary>What one case came to.</summary>
/// <param name="Case">The case.</param>
/// <param name="Engine">The name of the engine that ran it.</param>
/// <param name="Nanoseconds">Time of one execution: the median over rounds of case minus baseline.</param>
/// <param name="Spread">Distance between the quartiles of the rounds, in nanoseconds.</param>
/// <param name="Ink">Ink that one execution was charged, blocks and sizes included: case minus baseline, but for what the filler pays.</param>
/// <param name="Price">The price of the instruction, or the base ink of the host function.</param>
/// <param name="UnitPrice">The price for each unit.</param>
public sealed record Row(Case Case, string Engine, double Nanoseconds, double Spread, double Ink, ulong Price, ulong UnitPrice)
{
    /// <summary>Below this many nanoseconds a spread is the clock's and the neighbours', not the case's.</summary>
    private const double Noise = 0.3;
    /// <summary>The part of the time that the spread may be before a row counts as unstable.</summary>
    private const double MostSpread = 0.25;

    /// <summary>The rounds agree.</summary>
    public bool IsStable => Spread <= Math.Max(Noise, MostSpread * Math.Abs(Nanoseconds));

    /// <summary>Time per ink, as a multiple of the reference's; 0 where no time or no ink was found.</summary>
    public double Ratio(double referencePerInk) => Nanoseconds > 0 && Ink > 0 ? Nanoseconds / Ink / referencePerInk : 0;

    /// <summary>
    /// The price at which the case has the reference's time per ink, all else that it pays unchanged: of a unit where the case has units,
    /// else of the instruction. At least 1; rounded up to two digits.
    /// </summary>
    public ulong Proposed(double referencePerInk)
    {
        double all = Math.Max(0, Nanoseconds) / referencePerInk;
        double price = Case.Units > 0 ? (all - (Ink - Case.Units * UnitPrice)) / Case.Units : all - (Ink - Price);
        return RoundUp(price);
    }

    private static ulong RoundUp(double price)
    {
        if (price <= 1) return 1;
        double step = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(price)) - 1));
        return (ulong)(Math.Ceiling(price / step) * step);
    }
}

/// <summary>What a calibration came to.</summary>
/// <param name="Engine">The engine's name.</param>
/// <param name="ReferencePerInk">Nanoseconds per ink of a loop of i32 additions.</param>
/// <param name="Rows">A row for each case.</param>
public sealed record CalibrationReport(string Engine, double ReferencePerInk, IReadOnlyList<Row> Rows);

/// <summary>Measures cases against their baselines, in alternating rounds.</summary>
public sealed class Calibrator(IMeasuredEngine engine)
{
    /// <summary>Rounds of each case.</summary>
    public const int Rounds = 7;
    private const int CasesBetweenReferences = 25, MostTurns = 1 << 24, MostMoreRounds = 15;
    private const double LeastSlice = 100_000, MostSlice = 20_000_000;
    private static readonly Case Addition = new("i32.add", "reference", "local.get $i2", "i32.add") { Chain = "$i" };

    /// <summary>Measures cases.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="seconds">Roughly how long it may take.</param>
    public CalibrationReport Measure(IReadOnlyList<Case> cases, double seconds)
    {
        using Reference reference = new(engine);
        // Once through everything, so that .NET has compiled the engine for good before anything counts.
        double slice = Math.Clamp(seconds * 1e9 / (cases.Count * 2.0 * (Rounds + 3)), LeastSlice, MostSlice);
        foreach (Case one in cases) Measure(one, slice / Rounds, 1);
        reference.Sample();
        List<Row> rows = [];
        foreach (Case one in cases)
        {
            if (rows.Count % CasesBetweenReferences == 0) reference.Sample();
            rows.Add(Measure(one, slice, Rounds));
        }

        for (int i = 0; i < 3; i++) reference.Sample();
        return new CalibrationReport(engine.Name, reference.PerInk, rows);
    }

    private Row Measure(Case one, double slice, int rounds)
    {
        using TimedProgram program = TimedProgram.Of(engine, one, isBaseline: false), baseline = TimedProgram.Of(engine, one, isBaseline: true);
        int turns = Turns(program, one, slice);
        Check(one, baseline.Run(turns), Outcome.Success);
        double executions = (double)turns * (one.EndsCall ? 1 : one.Unroll);
        // What an instance has little room for runs shortly, and so more often.
        double once = Check(one, program.Run(turns), one.Outcome).Nanoseconds;
        if (rounds > 1) rounds *= (int)Math.Clamp(slice / Math.Max(once, 1), 1, MostMoreRounds);
        double[] nanoseconds = new double[rounds];
        double ink = 0;
        for (int round = 0; round < rounds; round++)
        {
            Run with = Check(one, program.Run(turns), one.Outcome), without = Check(one, baseline.Run(turns), Outcome.Success);
            nanoseconds[round] = (with.Nanoseconds - without.Nanoseconds) / executions;
            // Each call has an instance of its own, which is paid: what ends a call cannot be had more often.
            ink = ((double)with.Ink - without.Ink) / executions + FillerInk(one) + (one.EndsCall ? Profiles.ContractVmV1.Schedule.InstanceInk(0, 0) : 0);
        }

        Array.Sort(nanoseconds);
        bool isInstruction = OpcodeTable.TryFind(one.Name, out Opcode opcode);
        Schedule schedule = Profiles.ContractVmV1.Schedule;
        return new Row(
            one, program.Engine, nanoseconds[rounds / 2], nanoseconds[rounds * 3 / 4] - nanoseconds[rounds / 4], ink,
            isInstruction ? schedule.PriceOf((int)opcode, one.IsFar) : HostTable.Instance.Find(HostTable.ModuleName, one.Name[(HostTable.ModuleName.Length + 1)..])!.Ink + (one.IsFar ? schedule.HostFar : 0),
            isInstruction ? schedule.PerUnit((int)opcode) : 0);
    }

    /// <summary>What the operands that only the baseline moves pay there: engines move them for nothing, so it is no part of the instruction's price.</summary>
    private static double FillerInk(Case one)
    {
        double ink = 0;
        foreach (Opcode moves in new[] { Opcode.Drop, Opcode.LocalGet })
        {
            string name = OpcodeTable.Get(moves).Name;
            int more = one.Filler.Split(' ').Count(word => word == name) - one.Instruction.Split(' ').Count(word => word == name);
            if (more > 0) ink += more * (double)Profiles.ContractVmV1.Schedule.PriceOf((int)moves);
        }

        return ink;
    }

    /// <summary>Turns that take about as long as a slice, and for which an instance has room.</summary>
    private static int Turns(TimedProgram program, Case one, double slice)
    {
        int most = one.MostTurns > 0 ? one.MostTurns : MostTurns;
        for (int turns = 1; ; turns = Math.Min(turns * 2, most))
        {
            if (Check(one, program.Run(turns), one.Outcome).Nanoseconds >= slice || turns >= most) return turns;
        }
    }

    private static Run Check(Case one, Run run, Outcome wanted) =>
        run.Result.Outcome == wanted ? run : throw new CalibrationException($"{one} ended as {run.Result.Outcome} ({run.Result.Trap}) and not as {wanted}");

    /// <summary>The loop of additions, measured now and then while other things are.</summary>
    internal sealed class Reference : IDisposable
    {
        private const double Slice = 5_000_000;
        private readonly TimedProgram _program;
        private readonly List<double> _samples = [];
        private readonly int _turns;

        public Reference(IMeasuredEngine engine)
        {
            _program = TimedProgram.Of(engine, Addition, isBaseline: false);
            // Until .NET has compiled the loop for good.
            for (int i = 0; i < 100; i++) _program.Run(1000);
            _turns = Turns(_program, Addition, Slice);
        }

        /// <summary>The median so far, in nanoseconds per ink.</summary>
        public double PerInk => _samples.Order().ElementAt(_samples.Count / 2);

        public void Sample()
        {
            Run run = _program.Run(_turns);
            _samples.Add(run.Nanoseconds / run.Ink);
        }

        public void Dispose() => _program.Dispose();
    }
}
