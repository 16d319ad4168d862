using System;

namespace ContractVm.StateStore;

/// <summary>The state that execution starts from: a block's, fixed. Safe for concurrent use.</summary>
public interface IStateReader
{
    /// <summary>Reads an account; false where there is none.</summary>
    bool TryGetAccount(in Address address, out Account account);

    /// <summary>Reads a storage slot; zero where nothing is stored.</summary>
    Hash256 GetStorage(in Address address, in Hash256 key);

    /// <summary>Reads code by its hash.</summary>
    /// <exception cref="System.IO.InvalidDataException">The state refers to code that is not there.</exception>
    ReadOnlyMemory<byte> GetCode(in Hash256 codeHash);
}
