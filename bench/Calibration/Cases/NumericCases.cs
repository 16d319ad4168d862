using System;
using System.Collections.Generic;
using System.Linq;

namespace ContractVm.Calibration;

/// <summary>
/// Cases of what computes on numbers and vectors, made from the signatures of the opcode table: the first operand is the chain's value,
/// the others come from locals, and a result of another type is converted back, so that each repetition waits for the one before.
/// </summary>
internal static class NumericCases
{
    /// <summary>Ways of converting a result back to the type of the chain, keeping its value as far as there is one.</summary>
    private static readonly Dictionary<string, string> Back = new(StringComparer.Ordinal)
    {
        ["il"] = "i64.extend_i32_u", ["li"] = "i32.wrap_i64", ["if"] = "f32.convert_i32_s", ["fi"] = "i32.trunc_sat_f32_s", ["id"] = "f64.convert_i32_s",
        ["di"] = "i32.trunc_sat_f64_s", ["lf"] = "f32.convert_i64_s", ["fl"] = "i64.trunc_sat_f32_s", ["ld"] = "f64.convert_i64_s", ["dl"] = "i64.trunc_sat_f64_s",
        ["fd"] = "f64.promote_f32", ["df"] = "f32.demote_f64", ["iv"] = "i32x4.splat", ["lv"] = "i64x2.splat", ["fv"] = "f32x4.splat", ["dv"] = "f64x2.splat",
        ["vi"] = "i32x4.extract_lane 0", ["vl"] = "i64x2.extract_lane 0", ["vf"] = "f32x4.extract_lane 0", ["vd"] = "f64x2.extract_lane 0",
    };

    private static readonly Dictionary<Immediates, string> Suffix = new()
    {
        [Immediates.None] = "", [Immediates.Fence] = "", [Immediates.Lane] = " 1", [Immediates.Shuffle] = " 0 17 2 19 4 21 6 23 8 25 10 27 12 29 14 31",
    };

    /// <summary>The case letter of the locals, and what it means.</summary>
    private static readonly (char Letter, string Situation)[] Floats = [('n', "normal"), ('d', "denormal"), ('x', "NaN")];

    public static IEnumerable<Case> Of(OpcodeInfo info)
    {
        if (info.IsContextual || !Suffix.TryGetValue(info.Immediates, out string? suffix)) yield break;
        string text = info.Name + suffix;
        if (info.Operands.Length == 0)
        {
            yield return new Case(info.Name, "alone", "", text);
            yield break;
        }

        if (info.Name.Contains(".div_", StringComparison.Ordinal) || info.Name.Contains(".rem_", StringComparison.Ordinal))
        {
            Case small = Make(info, text, 'n', "small operands");
            yield return small;
            // A dividend with its highest bit set and a small divisor: the longest quotient.
            yield return small with { Situation = "long quotient", After = info.Operands[0] == 'i' ? "local.get $i3 i32.or" : "local.get $l3 i64.or" };
        }
        else if (!info.ComputesFloats)
        {
            yield return Make(info, text, 'n', "dependent");
        }
        else
        {
            // What traps on NaN is not measured with it.
            bool traps = info.Name.Contains("trunc_f", StringComparison.Ordinal) && info.Name[0] == 'i';
            foreach ((char letter, string situation) in Floats)
                if (letter != 'x' || !traps) yield return Make(info, text, letter, situation);
        }
    }

    private static Case Make(OpcodeInfo info, string text, char letter, string situation)
    {
        char first = info.Operands[0], result = info.Results[0];
        string lanes = Lanes(info), start = Local(first, lanes, letter, isFirst: true);
        bool isScaled = info.Name.Contains("mul", StringComparison.Ordinal) || info.Name.Contains("div", StringComparison.Ordinal) || info.Name.Contains("madd", StringComparison.Ordinal);
        List<string> before = [];
        for (int i = 1; i < info.Operands.Length; i++)
        {
            char type = info.Operands[i];
            // A product with what is nearly one stays what it was: denormal or not.
            bool isOne = isScaled && i == 1 && letter != 'x' && info.ComputesFloats && type is 'f' or 'd' or 'v';
            before.Add("local.get " + (isOne && lanes != "" && type == 'v' ? "$v" + lanes + "1" : isOne && type == 'f' ? "$f1" : isOne && type == 'd' ? "$d1" : Local(type, lanes, letter, isFirst: false)));
        }

        string drops = string.Join(' ', Enumerable.Repeat("drop", info.Operands.Length - (result == first ? 1 : 0)));
        string filler = result == first ? drops : $"{drops} local.get {Local(result, lanes, letter, isFirst: false)}";
        return new Case(info.Name, situation, string.Join(' ', before), text, filler, After(info, first, result, start, lanes))
        {
            Chain = start,
            // Floats begin anew in each turn, so that they stay what the situation says.
            Sink = first switch { 'f' => "$fs", 'd' => "$ds", 'v' when lanes != "" => "$vs", _ => start },
        };
    }

    /// <summary>Converts the result back, and brings floats back to where the situation wants them.</summary>
    private static string After(OpcodeInfo info, char first, char result, string start, string lanes)
    {
        string back = result == first ? "" : Back[$"{result}{first}"];
        bool isUnary = info.Operands.Length == 1;
        return (first, result == first) switch
        {
            ('f', true) when isUnary => $"local.get {start} f32.min",
            ('d', true) when isUnary => $"local.get {start} f64.min",
            ('f', false) => $"{back} local.get {start} f32.add",
            ('d', false) => $"{back} local.get {start} f64.add",
            ('v', true) when isUnary && lanes != "" => info.Name[0] == 'f' ? $"local.get {start} {(lanes == "32" ? "f32x4" : "f64x2")}.min" : $"local.get {start} v128.or",
            ('v', false) => $"{back} local.get {start} v128.or",
            ('i', false) => $"{back} local.get {start} i32.add",
            ('l', false) => $"{back} local.get {start} i64.add",
            _ => back,
        };
    }

    /// <summary>Width of the float lanes that an operation reads: those of the shape that is named last.</summary>
    private static string Lanes(OpcodeInfo info)
    {
        if (!info.Operands.Contains('v', StringComparison.Ordinal)) return "";
        int narrow = info.Name.LastIndexOf("f32x4", StringComparison.Ordinal), wide = info.Name.LastIndexOf("f64x2", StringComparison.Ordinal);
        return narrow < 0 && wide < 0 ? "" : narrow > wide ? "32" : "64";
    }

    private static string Local(char type, string lanes, char letter, bool isFirst)
    {
        string second = isFirst ? "" : "2";
        return type switch
        {
            'f' => $"$f{letter}{second}",
            'd' => $"$d{letter}{second}",
            'v' when lanes != "" => $"$v{lanes}{letter}{second}",
            'v' => $"$v{second}",
            _ => $"${type}{second}",
        };
    }

    /// <summary>The conversion from one type letter to another; empty where they are the same.</summary>
    public static string Convert(char from, char to) => from == to ? "" : Back[$"{from}{to}"];
}
