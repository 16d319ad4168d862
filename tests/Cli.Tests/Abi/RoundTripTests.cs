using System;
using System.Linq;
using System.Numerics;
using ContractVm.Cli.Abi;
using ContractVm.StateStore;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ContractVm.Cli.Tests.Abi;

/// <summary>Generated types and values through text and data and back.</summary>
public sealed class RoundTripTests
{
    private const int Depth = 3;

    [Fact]
    public void TypesAreReadAsTheyAreWritten() => Property.Check(Types(Depth), type =>
    {
        FunctionSignature signature = FunctionSignature.Parse($"f({type})({type})");
        Assert.Equal($"f({type})", signature.Canonical);
        Assert.Equal(type.IsDynamic, signature.Outputs![0].Type.IsDynamic);
        Assert.Equal(type.HeadWords, signature.Inputs[0].Type.HeadWords);
    });

    [Fact]
    public void DataDecodesToWhatWasEncoded() => Property.Check(Rows(), row =>
    {
        byte[] data = AbiEncoder.Encode(row.Types, row.Values);
        Assert.Equal(0, data.Length % 32);
        AbiValue[] decoded = AbiDecoder.Decode(row.Types, data);
        Assert.Equal(row.Values.Select(AbiText.Format), decoded.Select(AbiText.Format));
        Assert.Equal(data, AbiEncoder.Encode(row.Types, decoded));
    });

    [Fact]
    public void TextReadsBackToTheSameData() => Property.Check(Rows(), row =>
    {
        for (int i = 0; i < row.Types.Length; i++)
        {
            string text = row.Values[i] is AbiValue.Text plain ? plain.Value : AbiText.Format(row.Values[i]);
            AbiValue read = AbiText.Parse(row.Types[i], text);
            Assert.Equal(AbiEncoder.Encode([row.Types[i]], [row.Values[i]]), AbiEncoder.Encode([row.Types[i]], [read]));
        }
    });

    [Fact]
    public void DamagedDataIsRefusedOrDecodesToWhatItSays()
    {
        Gen<((AbiType[] Types, AbiValue[] Values) Row, int At, int Byte, int Cut)> damaged =
            from row in Rows()
            from at in Gen.Choose(0, 1 << 20)
            from value in Gen.Choose(0, 255)
            from cut in Gen.Choose(0, 40)
            select (row, at, value, cut);
        int refused = 0, accepted = 0;
        Property.Check(damaged, damage =>
        {
            byte[] data = AbiEncoder.Encode(damage.Row.Types, damage.Row.Values);
            if (data.Length == 0) return;
            data[damage.At % data.Length] = (byte)damage.Byte;
            data = data[..^Math.Min(data.Length, damage.Cut < 32 ? 0 : damage.Cut - 31)];
            try
            {
                // Crossed offsets are a legal layout, so it need not be the same data that the values encode to.
                AbiValue[] values = AbiDecoder.Decode(damage.Row.Types, data);
                byte[] canonical = AbiEncoder.Encode(damage.Row.Types, values);
                Assert.Equal(values.Select(AbiText.Format), AbiDecoder.Decode(damage.Row.Types, canonical).Select(AbiText.Format));
                accepted++;
            }
            catch (AbiException)
            {
                refused++;
            }
        }, 1000);
        Assert.True(refused > 100 && accepted > 100, $"{refused} refused, {accepted} accepted: the damage is not worth testing");
    }

    private static Gen<(AbiType[] Types, AbiValue[] Values)> Rows() =>
        from count in Gen.Choose(0, 5)
        from types in Types(Depth).ArrayOf(count)
        from values in Sequence(types)
        select (types, values);

    private static Gen<AbiType> Types(int depth)
    {
        Gen<AbiType> elementary = Gen.OneOf(
            Gen.Constant(AbiType.Elementary(AbiKind.Address)),
            Gen.Constant(AbiType.Elementary(AbiKind.Bool)),
            Gen.Choose(1, 32).Select(bytes => AbiType.Elementary(AbiKind.Uint, 8 * bytes)),
            Gen.Choose(1, 32).Select(bytes => AbiType.Elementary(AbiKind.Int, 8 * bytes)),
            Gen.Choose(1, 32).Select(bytes => AbiType.Elementary(AbiKind.FixedBytes, bytes)),
            Gen.Constant(AbiType.Elementary(AbiKind.Bytes)),
            Gen.Constant(AbiType.Elementary(AbiKind.String)));
        if (depth == 0) return elementary;
        Gen<AbiType> array =
            from element in Types(depth - 1)
            from length in Gen.Elements(-1, -1, 1, 2, 3)
            select AbiType.ArrayOf(element, length);
        Gen<AbiType> tuple =
            from count in Gen.Choose(1, 3)
            from components in Types(depth - 1).ArrayOf(count)
            select AbiType.TupleOf(components);
        return Gen.OneOf(elementary, elementary, array, tuple);
    }

    private static Gen<AbiValue> Values(AbiType type) => type.Kind switch
    {
        AbiKind.Address => Bytes(20).Select(bytes => (AbiValue)new AbiValue.Account(Address.FromBytes(bytes))),
        AbiKind.Bool => Gen.Elements(true, false).Select(flag => (AbiValue)new AbiValue.Flag(flag)),
        AbiKind.Uint => Integers(type.Size / 8, isSigned: false),
        AbiKind.Int => Integers(type.Size / 8, isSigned: true),
        AbiKind.FixedBytes => Bytes(type.Size).Select(bytes => (AbiValue)new AbiValue.Blob(bytes)),
        AbiKind.Bytes => Gen.Choose(0, 70).SelectMany(Bytes).Select(bytes => (AbiValue)new AbiValue.Blob(bytes)),
        AbiKind.String => Gen.Elements("", "a", "\"quoted\\\" [1, 2]", "grüße, 世界 🌍", "line\nbreak\t\u0000", new string('x', 33)).Select(text => (AbiValue)new AbiValue.Text(text)),
        AbiKind.Tuple => Sequence(type.Components).Select(items => (AbiValue)new AbiValue.List(items, IsTuple: true)),
        _ => from count in type.Size < 0 ? Gen.Choose(0, 4) : Gen.Constant(type.Size)
             from items in Values(type.Components[0]).ArrayOf(count)
             select (AbiValue)new AbiValue.List(items, IsTuple: false),
    };

    // The ends of the range as often as the middle.
    private static Gen<AbiValue> Integers(int bytes, bool isSigned)
    {
        BigInteger span = BigInteger.One << (8 * bytes), least = isSigned ? -(span >> 1) : 0;
        return Gen.OneOf(
            Bytes(bytes).Select(random => new BigInteger(random, isUnsigned: !isSigned)),
            Gen.Elements(least, least + span - 1, 0, 1)).Select(value => (AbiValue)new AbiValue.Number(value));
    }

    private static Gen<byte[]> Bytes(int count) => Gen.Choose(0, 255).Select(number => (byte)number).ArrayOf(count);

    private static Gen<AbiValue[]> Sequence(AbiType[] types) =>
        types.Aggregate(Gen.Constant(Array.Empty<AbiValue>()), (all, type) => from before in all from next in Values(type) select before.Append(next).ToArray());
}
