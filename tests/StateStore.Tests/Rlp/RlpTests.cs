using System;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.StateStore.Tests;

public sealed class RlpTests
{
    private static byte[] Encode(Action<RlpWriter> write)
    {
        using RlpWriter writer = new(1);
        write(writer);
        return writer.ToArray();
    }

    private static RlpException Fault(string hex, Action<byte[]> read)
    {
        byte[] bytes = Hex.Decode(hex);
        return Assert.Throws<RlpException>(() => read(bytes));
    }

    [Theory]
    [InlineData("0x", RlpError.Truncated)]
    [InlineData("0x81", RlpError.Truncated)]
    [InlineData("0x8100", RlpError.NonMinimalByte)]
    [InlineData("0x817f", RlpError.NonMinimalByte)]
    [InlineData("0xb80102", RlpError.NonMinimalLength)]
    [InlineData("0xb90038", RlpError.NonMinimalLength)]
    [InlineData("0xbb7fffffff", RlpError.Truncated)]
    [InlineData("0xbbffffffff", RlpError.TooLarge)]
    [InlineData("0xbfffffffffffffffff", RlpError.TooLarge)]
    [InlineData("0xc0", RlpError.ExpectedString)]
    public void RejectsStrings(string hex, RlpError error)
    {
        RlpException fault = Fault(hex, bytes => new RlpReader(bytes).ReadBytes("name"));
        Assert.Equal((error, 0, "name"), (fault.Error, fault.Offset, fault.Field));
        Assert.Contains("name at byte 0", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0x80", RlpError.ExpectedList)]
    [InlineData("0x05", RlpError.ExpectedList)]
    [InlineData("0xc1", RlpError.Truncated)]
    [InlineData("0xf800", RlpError.NonMinimalLength)]
    [InlineData("0xf837", RlpError.NonMinimalLength)]
    [InlineData("0xf838", RlpError.Truncated)]
    public void RejectsLists(string hex, RlpError error) =>
        Assert.Equal(error, Fault(hex, bytes => new RlpReader(bytes).ReadList("name")).Error);

    [Theory]
    [InlineData("0x00", RlpError.LeadingZero)]
    [InlineData("0x820001", RlpError.LeadingZero)]
    [InlineData("0x89010000000000000000", RlpError.TooLarge)]
    public void RejectsIntegers(string hex, RlpError error) =>
        Assert.Equal(error, Fault(hex, bytes => new RlpReader(bytes).ReadUInt64("name")).Error);

    [Fact]
    public void RejectsNumbersAbove256Bits()
    {
        string hex = "0xa101" + new string('0', 64);
        Assert.Equal(RlpError.TooLarge, Fault(hex, bytes => new RlpReader(bytes).ReadUInt256("name")).Error);
    }

    [Fact]
    public void RejectsWrongLengths()
    {
        Assert.Equal(RlpError.WrongLength, Fault("0x8101".Replace("8101", "01", StringComparison.Ordinal), b => new RlpReader(b).ReadAddress("to")).Error);
        Assert.Equal(RlpError.WrongLength, Fault("0x80", b => new RlpReader(b).ReadHash("key")).Error);
        Assert.Equal(RlpError.WrongLength, Fault("0x820101", b => new RlpReader(b).ReadOptionalAddress("to")).Error);
        Assert.Equal(RlpError.TooLarge, Fault("0x820101", b => new RlpReader(b).ReadBytes(1, "data")).Error);
        Assert.Equal(RlpError.WrongLength, Fault("0x820101", b => new RlpReader(b).ReadFixed(3, "data")).Error);
    }

    [Fact]
    public void OffsetsCountFromTheWholeInput()
    {
        byte[] bytes = Hex.Decode("0xc60102c3820001");
        RlpException fault = Assert.Throws<RlpException>(() =>
        {
            RlpReader outer = new(bytes);
            RlpReader list = outer.ReadList("list");
            list.ReadUInt64("first");
            list.ReadUInt64("second");
            RlpReader inner = list.ReadList("inner");
            inner.ReadUInt64("third");
        });
        Assert.Equal((4, "third", RlpError.LeadingZero), (fault.Offset, fault.Field, fault.Error));
    }

    [Fact]
    public void TrailingBytesAreRejected()
    {
        Assert.Equal(RlpError.TrailingBytes, Fault("0x0101", b => RlpReader.Validate(b, "item")).Error);
        Assert.Equal(RlpError.TrailingBytes, Fault("0xc001", b => RlpReader.Validate(b, "item")).Error);
        Assert.Equal(RlpError.TrailingBytes, Fault("0xc20101", b =>
        {
            RlpReader outer = new(b);
            RlpReader list = outer.ReadList("list");
            list.ReadUInt64("only");
            list.End("list");
        }).Error);
    }

    [Fact]
    public void ValidationStandsAnyDepth()
    {
        // lists in lists: the deepest nesting that fits the bytes, and the same with a broken innermost item
        using RlpWriter writer = new();
        const int Depth = 20_000;
        int[] lists = new int[Depth];
        for (int i = 0; i < Depth; i++) lists[i] = writer.BeginList();
        for (int i = Depth - 1; i >= 0; i--) writer.EndList(lists[i]);
        byte[] bytes = writer.ToArray();
        RlpReader.Validate(bytes, "deep");
        bytes[^1] = 0xC1;
        Assert.Equal(bytes.Length - 1, Assert.Throws<RlpException>(() => RlpReader.Validate(bytes, "deep")).Offset);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(55)]
    [InlineData(56)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(65535)]
    [InlineData(65536)]
    [InlineData(16777216)]
    public void RoundTripsEveryLengthForm(int length)
    {
        byte[] content = new byte[length];
        content.AsSpan().Fill(0xEE);
        byte[] bytes = Encode(w =>
        {
            int list = w.BeginList();
            w.Write(content);
            w.EndList(list);
        });
        RlpReader.Validate(bytes, "item");
        RlpReader outer = new(bytes);
        RlpReader reader = outer.ReadList("list");
        Assert.True(reader.ReadBytes("content").SequenceEqual(content));
        Assert.True(reader.AtEnd && outer.AtEnd);
    }

    [Fact]
    public void RoundTripsTypedValues() => Property.Check(Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(32).Zip(Gen.Choose(0, 32)), pair =>
    {
        UInt256 number = UInt256.FromBigEndian(pair.Item1.AsSpan(0, pair.Item2));
        ulong small = number.LowUInt64;
        Address address = Address.FromBytes(pair.Item1.AsSpan(0, 20));
        Hash256 hash = Hash256.FromBytes(pair.Item1);
        byte[] bytes = Encode(w =>
        {
            int list = w.BeginList();
            w.Write(number);
            w.Write(small);
            int inner = w.BeginList();
            w.Write(address);
            w.Write((Address?)address);
            w.Write((Address?)null);
            w.EndList(inner);
            w.Write(hash);
            w.WriteRaw([0xC0]);
            w.EndList(list);
        });
        RlpReader.Validate(bytes, "item");
        RlpReader outer = new(bytes);
        RlpReader reader = outer.ReadList("list");
        outer.End("item");
        Assert.Equal(5, reader.CountItems("list"));
        Assert.Equal(number, reader.ReadUInt256("number"));
        Assert.Equal(small, reader.ReadUInt64("small"));
        Assert.True(reader.NextIsList);
        RlpReader addresses = reader.ReadList("addresses");
        Assert.Equal(address, addresses.ReadAddress("address"));
        Assert.Equal(address, addresses.ReadOptionalAddress("address"));
        Assert.Null(addresses.ReadOptionalAddress("address"));
        addresses.End("addresses");
        Assert.Equal(hash, reader.ReadHash("hash"));
        Assert.Equal(new byte[] { 0xC0 }, reader.ReadRaw("raw").ToArray());
        reader.End("list");
    });

    // Any bytes either fail or are the one encoding of what they decode to.
    [Fact]
    public void AcceptsOnlyTheCanonicalForm()
    {
        Gen<byte> header = Gen.Elements<byte>(0, 1, 0x7F, 0x80, 0x81, 0x82, 0xB7, 0xB8, 0xB9, 0xC0, 0xC1, 0xC2, 0xC3, 0xF7, 0xF8, 0xF9, 0xFF);
        int accepted = 0;
        Property.Check(Property.Sequences(header, 1, 12), bytes =>
        {
            try
            {
                RlpReader.Validate(bytes, "item");
            }
            catch (RlpException)
            {
                Assert.Throws<RlpException>(() => RlpVectorTests.WalkDown(bytes));
                return;
            }
            accepted++;
            RlpVectorTests.WalkDown(bytes);
            Assert.Equal(bytes, Encode(w => Copy(w, bytes)));
        }, 20_000);
        Assert.True(accepted > 500, $"only {accepted} cases were valid");
    }

    private static void Copy(RlpWriter writer, ReadOnlySpan<byte> items)
    {
        RlpReader reader = new(items);
        while (!reader.AtEnd)
        {
            if (!reader.NextIsList)
            {
                writer.Write(reader.ReadBytes("string"));
                continue;
            }
            ReadOnlySpan<byte> raw = reader.ReadRaw("list");
            RlpReader single = new(raw);
            RlpReader inner = single.ReadList("list");
            int list = writer.BeginList();
            Copy(writer, raw[(raw.Length - Remaining(inner))..]);
            writer.EndList(list);
        }
    }

    private static int Remaining(RlpReader reader)
    {
        int length = 0;
        while (!reader.AtEnd) length += reader.ReadRaw("item").Length;
        return length;
    }

    [Fact]
    public void WriterGuardsItsLists()
    {
        using RlpWriter writer = new();
        Assert.Throws<InvalidOperationException>(() => writer.EndList(1));
        int list = writer.BeginList();
        Assert.Throws<InvalidOperationException>(() => writer.Written.Length);
        Assert.Throws<InvalidOperationException>(() => writer.EndList(0));
        writer.EndList(list);
        Assert.Equal(new byte[] { 0xC0 }, writer.ToArray());
        writer.Clear();
        Assert.Equal(0, writer.Length);
        writer.Write(5UL);
        Assert.Equal(new byte[] { 5 }, writer.ToArray());
    }
}
