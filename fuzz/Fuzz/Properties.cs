using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("ContractVm.Tests")]
[assembly: InternalsVisibleTo("ContractVm.HostApi.Tests")]
