// Embeds the machine: a module in the text format, a host function, a metered call.
using System;
using System.Text;
using ContractVm;
using ContractVm.Gas;
using ContractVm.Text;

const string Source = """
    (module
      (import "host" "report" (func $report (param i64)))
      (func (export "factorial") (param $n i32) (result i64)
        (local $product i64)
        (local.set $product (i64.const 1))
        (loop $next
          (local.set $product (i64.mul (local.get $product) (i64.extend_i32_u (local.get $n))))
          (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        (call $report (local.get $product))
        (local.get $product)))
    """;

if (!TextFormat.TryRead(Encoding.UTF8.GetBytes(Source), new TextOptions(), out TextModule? text, out TextError? wrong)) return Stop($"{wrong}");
Engine engine = new(Profiles.Bare);
if (!engine.TryLoad(text.Bytes, out Module module, out ModuleError error)) return Stop($"{error}");

using Store store = engine.NewStore();
Linker linker = new Linker(store).Define("host", "report", new FunctionType([ContractVm.ValueType.I64], []), static (_, slots) =>
{
    Console.WriteLine($"the contract reports {slots[0]}");
    return HostStatus.Continue;
});
Meter meter = engine.NewMeter(ink: 1_000_000);
if (linker.Instantiate(module, meter, out Instance? instance).Outcome != Outcome.Success) return Stop("the start function failed");
instance!.TryGetFunction("factorial", out Function function);
ExecutionResult outcome = new TypedFunction<int, long>(function).Call(20, meter, out long result);
Console.WriteLine($"{outcome.Outcome}: 20! = {result}, {meter.InkLeft} ink left");
return outcome.Outcome == Outcome.Success ? 0 : 1;

static int Stop(string reason) { Console.Error.WriteLine(reason); return 1; }
