namespace ContractVm.Binary;

/// <summary>Reads the size of a body in the code section and passes over its bytes.</summary>
internal static class BodyFraming
{
    public static FunctionBody Read(ref ByteReader reader, Module module, int index)
    {
        int function = module.ImportedFunctions + index;
        reader.Function = function;
        int start = reader.Position;
        ByteRange code = reader.ReadRange(reader.ReadU32("a body's size"), "a function body");
        ProfileGate.Check(ref reader, module, Limit.BodyBytes, (ulong)code.Length, start);
        return new FunctionBody(module.FunctionTypeIndices[function], code);
    }
}
