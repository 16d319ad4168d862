using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ContractVm.Fuzz;
using ContractVm.Text;
using Xunit;

namespace ContractVm.Tests.Text.Printing;

/// <summary>Every shape of immediates, as its text.</summary>
public class InstructionTextTests
{
    public static TheoryData<string, byte[]> Single() => new()
    {
        { "nop", [0x01] },
        { "br 1", [0x0C, 1] },
        { "br_table 2 1 0", [0x0E, 2, 2, 1, 0] },
        { "br_table 7", [0x0E, 0, 7] },
        { "call 4294967295", [0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F] },
        { "call_indirect (type 0)", [0x11, 0, 0] },
        { "call_indirect 3 (type 9)", [0x11, 9, 3] },
        { "return_call_indirect 1 (type 0)", [0x13, 0, 1] },
        { "call_ref 2", [0x14, 2] },
        { "throw 1", [0x08, 1] },
        { "throw_ref", [0x0A] },
        { "select", [0x1B] },
        { "select (result i32)", [0x1C, 1, 0x7F] },
        { "select (result)", [0x1C, 0] },
        { "select (result (ref null 5) externref)", [0x1C, 2, 0x63, 5, 0x6F] },
        { "local.tee 300", [0x22, 0xAC, 2] },
        { "global.set 1", [0x24, 1] },
        { "table.get 0", [0x25, 0] },
        { "i32.load", [0x28, 2, 0] },
        { "i32.load offset=4 align=1", [0x28, 0, 4] },
        { "i32.load 1 offset=4", [0x28, 0x42, 1, 4] },
        { "i64.store offset=18446744073709551615 align=9223372036854775808", [0x37, 63, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1] },
        { "i32.load8_u", [0x2D, 0x40, 0, 0] },
        { "memory.size", [0x3F, 0] },
        { "memory.grow 2", [0x40, 2] },
        { "i32.const -2147483648", [0x41, 0x80, 0x80, 0x80, 0x80, 0x78] },
        { "i64.const 9223372036854775807", [0x42, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0] },
        { "memory.init 3", [0xFC, 8, 3, 0] },
        { "memory.init 1 3", [0xFC, 8, 3, 1] },
        { "data.drop 2", [0xFC, 9, 2] },
        { "memory.copy", [0xFC, 10, 0, 0] },
        { "memory.copy 0 1", [0xFC, 10, 0, 1] },
        { "memory.fill", [0xFC, 11, 0] },
        { "table.init 1 3", [0xFC, 12, 3, 1] },
        { "elem.drop 4", [0xFC, 13, 4] },
        { "table.copy 0 1", [0xFC, 14, 0, 1] },
        { "table.grow 1", [0xFC, 15, 1] },
        { "i32.trunc_sat_f32_s", [0xFC, 0x80, 0] },
        { "ref.null func", [0xD0, 0x70] },
        { "ref.null 3", [0xD0, 3] },
        { "ref.null noexn", [0xD0, 0x74] },
        { "ref.func 0", [0xD2, 0] },
        { "br_on_null 1", [0xD5, 1] },
        { "struct.get_s 1 2", [0xFB, 3, 1, 2] },
        { "array.new_fixed 1 200", [0xFB, 8, 1, 0xC8, 1] },
        { "array.new_data 1 2", [0xFB, 9, 1, 2] },
        { "array.new_elem 1 2", [0xFB, 10, 1, 2] },
        { "array.copy 1 2", [0xFB, 17, 1, 2] },
        { "array.init_data 1 2", [0xFB, 18, 1, 2] },
        { "ref.test (ref i31)", [0xFB, 20, 0x6C] },
        { "ref.test (ref null 1)", [0xFB, 21, 1] },
        { "ref.cast (ref any)", [0xFB, 22, 0x6E] },
        { "ref.cast (ref null none)", [0xFB, 23, 0x71] },
        { "br_on_cast 0 (ref null any) (ref i31)", [0xFB, 24, 1, 0, 0x6E, 0x6C] },
        { "br_on_cast_fail 1 (ref eq) (ref null 2)", [0xFB, 25, 2, 1, 0x6D, 2] },
        { "v128.load8_lane 3", [0xFD, 84, 0, 0, 3] },
        { "v128.load8_lane 1 offset=2 3", [0xFD, 84, 0x40, 1, 2, 3] },
        { "v128.const i32x4 0x00000001 0xffffffff 0x03020100 0x80000000", [0xFD, 12, 1, 0, 0, 0, 255, 255, 255, 255, 0, 1, 2, 3, 0, 0, 0, 128] },
        { "i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 255", [0xFD, 13, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255] },
        { "i8x16.extract_lane_s 15", [0xFD, 21, 15] },
        { "f32x4.relaxed_madd", [0xFD, 0x85, 2] },
        { "memory.atomic.notify offset=8", [0xFE, 0, 2, 8] },
        { "atomic.fence", [0xFE, 3, 0] },
        { "i64.atomic.rmw32.cmpxchg_u 1 align=1", [0xFE, 0x4E, 0x40, 1, 0] },
    };

    [Theory]
    [MemberData(nameof(Single))]
    public void AnInstructionIsOneLine(string expected, byte[] code) => Assert.Equal([expected], PrinterModules.PrintBody(code));

    [Theory]
    [InlineData("0", 0u)]
    [InlineData("-0", 0x8000_0000u)]
    [InlineData("1", 0x3F80_0000u)]
    [InlineData("0.1", 0x3DCC_CCCDu)]
    [InlineData("1E-45", 1u)]
    [InlineData("3.4028235E+38", 0x7F7F_FFFFu)]
    [InlineData("inf", 0x7F80_0000u)]
    [InlineData("-inf", 0xFF80_0000u)]
    [InlineData("nan", 0x7FC0_0000u)]
    [InlineData("-nan", 0xFFC0_0000u)]
    [InlineData("nan:0x200000", 0x7FA0_0000u)]
    [InlineData("-nan:0x7fffff", 0xFFFF_FFFFu)]
    [InlineData("nan:0x1", 0x7F80_0001u)]
    public void SingleFloatsKeepEveryBit(string expected, uint bits) =>
        Assert.Equal(["f32.const " + expected], PrinterModules.PrintBody([0x43, .. BitConverter.GetBytes(bits)]));

    [Theory]
    [InlineData("-0", 0x8000_0000_0000_0000ul)]
    [InlineData("0.1", 0x3FB9_9999_9999_999Aul)]
    [InlineData("5E-324", 1ul)]
    [InlineData("1.7976931348623157E+308", 0x7FEF_FFFF_FFFF_FFFFul)]
    [InlineData("-inf", 0xFFF0_0000_0000_0000ul)]
    [InlineData("nan", 0x7FF8_0000_0000_0000ul)]
    [InlineData("-nan:0x4000000000000", 0xFFF4_0000_0000_0000ul)]
    [InlineData("nan:0xfffffffffffff", 0x7FFF_FFFF_FFFF_FFFFul)]
    public void DoubleFloatsKeepEveryBit(string expected, ulong bits) =>
        Assert.Equal(["f64.const " + expected], PrinterModules.PrintBody([0x44, .. BitConverter.GetBytes(bits)]));

    [Fact]
    public void BlocksAreIndentedAndSayTheirTypes()
    {
        byte[] code =
        [
            0x02, 0x40, // block
            0x03, 0x7F, // loop (result i32)
            0x04, 0x63, 0x70, // if (result funcref)
            0x05, // else
            0x0B, 0x0B, 0x0B,
            0x02, 0x00, 0x0B, // block (type 0)
            0x02, 0x05, 0x0B, // block (type 5), which does not exist
        ];
        Assert.Equal(
            [
                "block", "  loop (result i32)", "    if (result funcref)", "    else", "    end", "  end", "end",
                "block (type 0)", "end", "block (type 5)", "end",
            ],
            PrinterModules.PrintBody(code));
    }

    [Fact]
    public void CatchClausesCountLabelsFromOutside()
    {
        byte[] code = [0x02, 0x40, 0x1F, 0x40, 4, 0, 1, 0, 1, 2, 1, 2, 0, 3, 1, 0x0B, 0x0B];
        Assert.Equal(["block", "  try_table (catch 1 0) (catch_ref 2 1) (catch_all 0) (catch_all_ref 1)", "  end", "end"], PrinterModules.PrintBody(code));
    }

    [Fact]
    public void EveryInstructionOfTheTableCanBePrinted()
    {
        // Zero bytes are good immediates of every kind but two: structured instructions need their end, and heap types may be indices.
        HashSet<string> printed = [];
        foreach (OpcodeInfo info in OpcodeTable.All)
        {
            if (info.Opcode is Opcode.Else or Opcode.End) continue;
            int id = (int)info.Opcode;
            byte[] opcode = id < 0x100 ? [(byte)id]
                : id < 0x140 ? [0xFB, (byte)(id - 0x100)]
                : id < 0x180 ? [0xFC, (byte)(id - 0x140)]
                : id < 0x200 ? [0xFE, (byte)(id - 0x180)]
                : [0xFD, .. ModuleBuilder.Unsigned((ulong)id - 0x200)];
            int zeros = Enumerable.Range(0, 18).First(count => IsWhole([.. opcode, .. new byte[count], 0x0B]));
            string line = PrinterModules.PrintBody([.. opcode, .. new byte[zeros], 0x01, .. IsBlock(info.Opcode) ? new byte[] { 0x0B } : []])[0];
            printed.Add(line);
            Assert.Equal(info.Name.Split('_')[0], line.Split(' ')[0].Split('_')[0]);
        }

        Assert.Equal(OpcodeTable.All.Count() - 2, printed.Count);

        static bool IsBlock(Opcode opcode) => opcode is Opcode.Block or Opcode.Loop or Opcode.If or Opcode.TryTable;
        static bool IsWhole(byte[] code)
        {
            using StringWriter text = new();
            return TextPrinter.TryPrint(PrinterModules.Body(code[..^1]), text, PrintOptions.Default, out _)
                || TextPrinter.TryPrint(PrinterModules.Body(code), text, PrintOptions.Default, out _);
        }
    }
}
