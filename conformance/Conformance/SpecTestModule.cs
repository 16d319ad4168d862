using System;
using System.Text;
using ContractVm.Text;

namespace ContractVm.Conformance;

/// <summary>
/// The module <c>spectest</c> that the suite's scripts import from (its test/core/README.md): functions that take values and do
/// nothing, constant globals, tables, memories.
/// </summary>
internal static class SpecTestModule
{
    private const string Source = """
        (module $spectest
          (func (export "print"))
          (func (export "print_i32") (param i32))
          (func (export "print_i64") (param i64))
          (func (export "print_f32") (param f32))
          (func (export "print_f64") (param f64))
          (func (export "print_i32_f32") (param i32 f32))
          (func (export "print_f64_f64") (param f64 f64))
          (global (export "global_i32") i32 (i32.const 666))
          (global (export "global_i64") i64 (i64.const 666))
          (global (export "global_f32") f32 (f32.const 666.6))
          (global (export "global_f64") f64 (f64.const 666.6))
          (table (export "table") 10 20 funcref)
          (table (export "table64") i64 10 20 funcref)
          (memory (export "memory") 1 2)
          (memory (export "shared_memory") 1 2 shared))
        """;

    /// <summary>The module.</summary>
    public static Module Module { get; } = Load();

    private static Module Load()
    {
        if (!TextFormat.TryRead(Encoding.UTF8.GetBytes(Source), new TextOptions(), out TextModule? text, out TextError? wrong))
            throw new InvalidOperationException($"spectest: {wrong}");
        return Module.TryLoad(text.Bytes, ConformanceRun.Profile, out Module module, out ModuleError error) ? module : throw new InvalidOperationException($"spectest: {error}");
    }
}
