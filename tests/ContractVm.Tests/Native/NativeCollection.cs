using Xunit;

namespace ContractVm.Tests.Native;

/// <summary>These tests run while no others do: they count the process' mappings and force collections.</summary>
[CollectionDefinition(nameof(NativeCollection), DisableParallelization = true)]
public class NativeCollection;
