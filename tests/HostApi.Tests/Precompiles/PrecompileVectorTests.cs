using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using ContractVm.StateStore;
using ContractVm.TestSupport;
using Xunit;

namespace ContractVm.HostApi.Tests;

/// <summary>The vectors that go-ethereum publishes: inputs with outputs and gas, and inputs that fail.</summary>
public sealed class PrecompileVectorTests
{
    [SharedDataTheory(Vectors.GoEthereumPrecompiles)]
    [InlineData(1, "ecRecover", 5)]
    [InlineData(5, "modexp_eip7883", 45)]
    [InlineData(6, "bn256Add", 16)]
    [InlineData(7, "bn256ScalarMul", 19)]
    [InlineData(8, "bn256Pairing", 14)]
    [InlineData(9, "blake2F", 5)]
    [InlineData(0x0b, "blsG1Add", 112)]
    [InlineData(0x0c, "blsG1Mul", 11)]
    [InlineData(0x0c, "blsG1MultiExp", 154)]
    [InlineData(0x0d, "blsG2Add", 112)]
    [InlineData(0x0e, "blsG2Mul", 11)]
    [InlineData(0x0e, "blsG2MultiExp", 153)]
    [InlineData(0x0f, "blsPairing", 106)]
    [InlineData(0x10, "blsMapG1", 105)]
    [InlineData(0x11, "blsMapG2", 105)]
    [InlineData(0x100, "p256Verify", 782)]
    public void OutputAndGas(int number, string file, int count)
    {
        JsonElement[] cases = Read(file);
        foreach (JsonElement test in cases)
        {
            byte[] input = Convert.FromHexString(test.Text("Input"));
            Precompile precompile = Find(number);
            byte[]? output = precompile.Run(input);
            Assert.True(output is not null, $"{file}: {test.Text("Name")} failed");
            Assert.Equal((test.Text("Name"), test.Text("Expected")), (test.Text("Name"), Convert.ToHexStringLower(output)));
            Assert.Equal((test.Text("Name"), test.GetProperty("Gas").GetUInt64()), (test.Text("Name"), precompile.GasOf(input)));
        }
        Assert.Equal(count, cases.Length);
    }

    // Gas has risen since (EIP-2565, EIP-7883); results are the same.
    [SharedDataTheory(Vectors.GoEthereumPrecompiles)]
    [InlineData(5, "modexp", 17)]
    [InlineData(5, "modexp_eip2565", 47)]
    public void Output(int number, string file, int count)
    {
        JsonElement[] cases = Read(file);
        foreach (JsonElement test in cases)
            Assert.Equal((test.Text("Name"), test.Text("Expected")), (test.Text("Name"), Convert.ToHexStringLower(Find(number).Run(Convert.FromHexString(test.Text("Input"))) ?? [])));
        Assert.Equal(count, cases.Length);
    }

    [SharedDataTheory(Vectors.GoEthereumPrecompiles)]
    [InlineData(9, "fail-blake2f", 4)]
    [InlineData(0x0b, "fail-blsG1Add", 6)]
    [InlineData(0x0c, "fail-blsG1Mul", 7)]
    [InlineData(0x0c, "fail-blsG1MultiExp", 7)]
    [InlineData(0x0d, "fail-blsG2Add", 6)]
    [InlineData(0x0e, "fail-blsG2Mul", 7)]
    [InlineData(0x0e, "fail-blsG2MultiExp", 7)]
    [InlineData(0x0f, "fail-blsPairing", 9)]
    [InlineData(0x10, "fail-blsMapG1", 5)]
    [InlineData(0x11, "fail-blsMapG2", 5)]
    public void Failure(int number, string file, int count)
    {
        JsonElement[] cases = Read(file);
        foreach (JsonElement test in cases) Assert.True(Find(number).Run(Convert.FromHexString(test.Text("Input"))) is null, $"{file}: {test.Text("Name")} succeeded");
        Assert.Equal(count, cases.Length);
    }

    [Fact]
    public void EachIsFoundAtItsAddressOnly()
    {
        foreach (Precompile precompile in Precompiles.All)
        {
            byte[] address = precompile.Address.Bytes.ToArray();
            Assert.Same(precompile, Precompiles.Find(precompile.Address));
            Assert.Equal(precompile.Number, address[^2] << 8 | address[^1]);
            address[0] = 1;
            Assert.Null(Precompiles.Find(Address.FromBytes(address)));
        }
        Assert.Equal(Precompiles.All.Select(precompile => precompile.Number).Order().Distinct(), Precompiles.All.Select(precompile => precompile.Number));
        Assert.Null(Precompiles.Find(Address.Zero));
    }

    private static JsonElement[] Read(string file) =>
        Vectors.Read(Path.Combine(Vectors.GoEthereumPrecompiles, file + ".json")).EnumerateArray().ToArray();

    private static Precompile Find(int number)
    {
        byte[] address = new byte[Address.Length];
        (address[^2], address[^1]) = ((byte)(number >> 8), (byte)number);
        Precompile? precompile = Precompiles.Find(Address.FromBytes(address));
        Assert.NotNull(precompile);
        return precompile;
    }
}
