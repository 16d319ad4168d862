// All a contract in AssemblyScript needs; see README.md. The raw host functions are in "./hooks".
export * from "./word";
export * from "./revert";
export * from "./host";
export * from "./abi";
export * from "./storage";
export * from "./call";
export * from "./erc20";
export * from "./guard";
