using System;
using System.IO;

namespace ContractVm.StateStore.Tests;

/// <summary>A new directory, removed with everything in it when the test ends.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("contractvm-state-").FullName;

    public string Path => _root;

    public string Sub(string name) => System.IO.Path.Combine(_root, name);

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
