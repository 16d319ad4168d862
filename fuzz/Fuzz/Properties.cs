using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("ContractVm.Tests")]
