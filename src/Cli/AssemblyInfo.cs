using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("ContractVm.Cli.Tests")]
