using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using ContractVm.Gas;
using ContractVm.StateStore;
using Xunit;

namespace ContractVm.HostApi.Tests;

/// <summary>Modules as they are, with arguments, and in Stylus' form.</summary>
public sealed class DeploymentFormTests
{
    private readonly byte[] _spinner = Chainlet.Contract("spinner");

    [Fact]
    public void StylusFormDeploysTheSameCode()
    {
        Chainlet plain = new(), packed = new();
        (FrameResult raw, Address a) = plain.Deploy(_spinner, Chainlet.Alice);
        (FrameResult unpacked, Address b) = packed.Deploy(Pack(_spinner), Chainlet.Alice);
        Assert.Equal((Outcome.Success, Outcome.Success), (raw.Outcome, unpacked.Outcome));
        Assert.Equal(plain.State.GetCodeHash(a), packed.State.GetCodeHash(b));
        // The module's bytes are paid either way, whatever they were packed to.
        Assert.Equal(plain.Meter.InkLeft, packed.Meter.InkLeft);
    }

    [Fact]
    public void WhatCannotBeUnpackedIsRefusedByName()
    {
        Refused([0xEF, 0xF0, 0x00], "header");
        Refused([.. Pack(_spinner)[..3], 1, .. Pack(_spinner)[4..]], "dictionary 1");
        Refused(Pack(_spinner)[..^5], "decompressed");
        Refused([.. Pack(_spinner), 0], "after");
        Refused([0xEF, 0xF0, 0x00, 0x00, 0xFF, 0xFF], "decompressed");
        Refused(Pack(new byte[(1 << 20) + 5000]), "larger than 1048576");
    }

    /// <summary>A few bytes that unpack to a megabyte end where the ink for them does.</summary>
    [Fact]
    public void ABombEndsWithItsInk()
    {
        byte[] bomb = Pack(new byte[1 << 20]);
        Assert.True(bomb.Length < 100);
        Chainlet chain = new();
        Schedule schedule = HostTable.ContractProfile.Schedule;
        ulong ink = schedule.DeploymentInk(100_000);
        Assert.Equal(Outcome.OutOfInk, chain.Deploy(bomb, Chainlet.Alice, ink).Result.Outcome);
        Assert.Equal(0UL, chain.Meter.InkLeft);
    }

    private static void Refused(byte[] creation, string reason)
    {
        FrameResult result = new Chainlet().Deploy(creation, Chainlet.Alice, ink: ulong.MaxValue).Result;
        Assert.Equal(Outcome.Failure, result.Outcome);
        Assert.Contains(reason, $"{result.Error}", StringComparison.Ordinal);
    }

    private static byte[] Pack(byte[] module)
    {
        byte[] target = new byte[BrotliEncoder.GetMaxCompressedLength(module.Length)];
        Assert.True(BrotliEncoder.TryCompress(module, target, out int written, 11, 22));
        return [0xEF, 0xF0, 0x00, 0x00, .. target[..written]];
    }
}
