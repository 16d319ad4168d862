using System;
using System.Collections.Generic;
using ContractVm.StateStore;

namespace ContractVm.Node;

/// <summary>
/// A receipt (Yellow Paper, section 4.3.1; status EIP-658; typed envelope EIP-2718).
/// </summary>
/// <param name="Type">Type of the transaction: 0 legacy, 1 EIP-2930, 2 EIP-1559.</param>
/// <param name="IsSuccess">Status.</param>
/// <param name="CumulativeGasUsed">Gas used in the block up to and with this transaction.</param>
/// <param name="Logs">The logs; none unless successful.</param>
public sealed record Receipt(byte Type, bool IsSuccess, ulong CumulativeGasUsed, IReadOnlyList<LogEntry> Logs)
{
    private const int MaximumTopics = 4;

    /// <summary>The envelope that the receipts root commits to.</summary>
    public byte[] Encode()
    {
        using RlpWriter writer = new(512);
        if (Type != 0) writer.WriteRaw([Type]);
        int list = writer.BeginList();
        writer.Write(IsSuccess ? 1UL : 0);
        writer.Write(CumulativeGasUsed);
        writer.Write(Bloom.Of(Logs));
        int logs = writer.BeginList();
        foreach (LogEntry log in Logs)
        {
            int entry = writer.BeginList();
            writer.Write(log.Address);
            int topics = writer.BeginList();
            foreach (Hash256 topic in log.Topics) writer.Write(topic);
            writer.EndList(topics);
            writer.Write(log.Data);
            writer.EndList(entry);
        }

        writer.EndList(logs);
        writer.EndList(list);
        return writer.ToArray();
    }

    /// <summary>Reads an envelope. The filter must be that of the logs.</summary>
    /// <exception cref="RlpException">Malformed; names the field.</exception>
    public static Receipt Decode(ReadOnlySpan<byte> envelope)
    {
        byte type = 0;
        if (envelope.Length > 0 && envelope[0] < 0xC0)
        {
            type = envelope[0];
            envelope = envelope[1..];
        }

        RlpReader reader = new(envelope);
        RlpReader list = reader.ReadList("receipt");
        ulong status = list.ReadUInt64("receipt.status");
        if (status > 1) throw new RlpException(RlpError.WrongLength, 0, "receipt.status");
        ulong gas = list.ReadUInt64("receipt.cumulativeGasUsed");
        ReadOnlySpan<byte> bloom = list.ReadFixed(Bloom.Length, "receipt.logsBloom");
        RlpReader logList = list.ReadList("receipt.logs");
        List<LogEntry> logs = [];
        while (!logList.AtEnd) logs.Add(DecodeLog(ref logList));
        list.End("receipt");
        reader.End("receipt");
        if (!bloom.SequenceEqual(Bloom.Of(logs))) throw new RlpException(RlpError.WrongLength, 0, "receipt.logsBloom");
        return new Receipt(type, status == 1, gas, logs);
    }

    private static LogEntry DecodeLog(ref RlpReader logs)
    {
        RlpReader entry = logs.ReadList("log");
        Address address = entry.ReadAddress("log.address");
        RlpReader topicList = entry.ReadList("log.topics");
        List<Hash256> topics = [];
        while (!topicList.AtEnd)
        {
            if (topics.Count == MaximumTopics) throw new RlpException(RlpError.WrongLength, topicList.Offset, "log.topics");
            topics.Add(topicList.ReadHash("log.topic"));
        }

        byte[] data = entry.ReadBytes("log.data").ToArray();
        entry.End("log");
        return new LogEntry(address, [.. topics], data);
    }
}
