using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using static ContractVm.Fuzz.GeneratedType;

namespace ContractVm.Fuzz;

/// <summary>Types, subtyping, indices and how they are written.</summary>
public sealed partial class StructureGenerator
{
    // Types of the group that is being made may be referred to before they are there.
    private int _typeLimit;

    private void MakeTypes()
    {
        bool hasGc = _options.Has(Features.Gc);
        int groups = 2 + _random.Below(5);
        List<byte> content = Section(() =>
        {
            PutUnsigned((ulong)groups + 1);
            // A function without parameters and results is always there.
            PutDefinition(new GeneratedDefinition(TypeKind.Function, [], [], [], -1, true), 0);
            _types.Add(new GeneratedDefinition(TypeKind.Function, [], [], [], -1, true));
            for (int i = 0; i < groups; i++)
            {
                int length = hasGc && _random.OneIn(2) ? _random.Below(4) : 1;
                if (length != 1 || (hasGc && _random.OneIn(4)))
                {
                    _code.Add(0x4E);
                    PutUnsigned((ulong)length);
                }

                _typeLimit = _types.Count + length;
                for (int k = 0; k < length; k++)
                {
                    GeneratedDefinition definition = MakeDefinition(hasGc);
                    PutDefinition(definition, _random.Below(2));
                    _types.Add(definition);
                }
            }
        });
        _typeLimit = _types.Count;
        _typeSection.AddRange(content);
    }

    private GeneratedDefinition MakeDefinition(bool hasGc)
    {
        int[] open = Enumerable.Range(0, _types.Count).Where(index => !_types[index].IsFinal).ToArray();
        bool isFinal = !hasGc || _random.OneIn(2);
        if (hasGc && open.Length > 0 && _random.OneIn(3))
        {
            int super = open[_random.Below(open.Length)];
            GeneratedDefinition above = _types[super];
            GeneratedField[] fields = above.Kind == TypeKind.Struct ? [.. above.Fields, .. RandomFields(_random.Below(3))] : above.Fields;
            // Immutable fields and results may be narrower, parameters wider; references lose or gain null.
            for (int i = 0; i < fields.Length; i++)
                if (!fields[i].IsMutable && fields[i].Type.IsReference && _random.OneIn(3)) fields[i] = fields[i] with { Type = fields[i].Type with { IsNullable = false } };
            GeneratedType[] results = [.. above.Results.Select(type => type.IsReference && _random.OneIn(3) ? type with { IsNullable = false } : type)];
            GeneratedType[] parameters = [.. above.Parameters.Select(type => type.IsReference && _random.OneIn(3) ? type with { IsNullable = true } : type)];
            return above with { Fields = fields, Results = results, Parameters = parameters, Super = super, IsFinal = isFinal };
        }

        return (hasGc ? _random.Below(4) : 0) switch
        {
            1 or 2 => new GeneratedDefinition(TypeKind.Struct, [], [], RandomFields(_random.Below(5)), -1, isFinal),
            3 => new GeneratedDefinition(TypeKind.Array, [], [], RandomFields(1), -1, isFinal),
            _ => new GeneratedDefinition(TypeKind.Function, RandomTypes(_random.Below(4)), RandomTypes(_random.OneIn(3) ? _random.Below(4) : _random.Below(2)), [], -1, isFinal),
        };
    }

    private GeneratedType[] RandomTypes(int count) => Enumerable.Range(0, count).Select(_ => RandomType()).ToArray();

    private GeneratedField[] RandomFields(int count) =>
        Enumerable.Range(0, count).Select(_ => _random.OneIn(4) ? new GeneratedField(I32, _random.OneIn(2) ? (byte)0x78 : (byte)0x77, _random.OneIn(2)) : new GeneratedField(RandomType(), 0, _random.OneIn(2))).ToArray();

    private void PutDefinition(GeneratedDefinition definition, int form)
    {
        // A final type without a supertype has a short form.
        if (definition.Super >= 0 || !definition.IsFinal || (form == 1 && _options.Has(Features.Gc)))
        {
            _code.Add(definition.IsFinal ? (byte)0x4F : (byte)0x50);
            PutUnsigned(definition.Super >= 0 ? 1UL : 0);
            if (definition.Super >= 0) PutIndex(definition.Super);
        }

        switch (definition.Kind)
        {
            case TypeKind.Function:
                _code.Add(0x60);
                PutUnsigned((ulong)definition.Parameters.Length);
                foreach (GeneratedType type in definition.Parameters) PutType(type);
                PutUnsigned((ulong)definition.Results.Length);
                foreach (GeneratedType type in definition.Results) PutType(type);
                break;
            case TypeKind.Struct:
                _code.Add(0x5F);
                PutUnsigned((ulong)definition.Fields.Length);
                foreach (GeneratedField field in definition.Fields) PutField(field);
                break;
            default:
                _code.Add(0x5E);
                PutField(definition.Fields[0]);
                break;
        }
    }

    private void PutField(GeneratedField field)
    {
        if (field.Packed != 0) _code.Add(field.Packed);
        else PutType(field.Type);
        _code.Add(field.IsMutable ? (byte)1 : (byte)0);
    }

    private GeneratedType RandomType()
    {
        switch (_random.Below(8))
        {
            case 0 or 1: return I32;
            case 2: return I64;
            case 3: return _random.OneIn(2) ? F32 : F64;
            case 4 when _options.Has(Features.Simd): return V128;
            case 5: return Ref(_random.OneIn(2) ? Func : Extern);
            case 6 when _options.Has(Features.TypedReferences): return Ref(RandomHeap(), _random.OneIn(2));
            case 7 when _options.Has(Features.Exceptions) && _random.OneIn(3): return Ref(Exn, _random.OneIn(2));
            default: return I32;
        }
    }

    private int RandomHeap()
    {
        if (_typeLimit > 0 && _random.OneIn(2)) return _options.Has(Features.Gc) ? _random.Below(_typeLimit) : _random.Below(Math.Max(1, _types.Count));
        if (!_options.Has(Features.Gc)) return _random.OneIn(2) ? Func : Extern;
        return -(0x6A + _random.Below(0x74 - 0x6A));
    }

    /// <summary>A type that a constant expression can make.</summary>
    private GeneratedType ConstantType() => _random.OneIn(2) ? ConstantReference() : RandomType() is { IsReference: false } number ? number : I64;

    private GeneratedType ConstantReference()
    {
        GeneratedType type = TableElement();
        return _options.Has(Features.Gc) && _random.OneIn(3) ? Ref(I31, nullable: false)
            : _options.Has(Features.TypedReferences) && _functions.Count > 0 && _random.OneIn(3) ? Ref(_functions[_random.Below(_functions.Count)], nullable: false) : type;
    }

    private bool IsSub(GeneratedType type, GeneratedType expected) =>
        type.Number == expected.Number && (type.Number != 0 || ((!type.IsNullable || expected.IsNullable) && IsHeapSub(type.Heap, expected.Heap)));

    private bool IsHeapSub(int heap, int expected)
    {
        if (heap == expected) return true;
        if (heap >= 0)
        {
            if (expected >= 0) return _types[heap].Super >= 0 && IsHeapSub(_types[heap].Super, expected);
            heap = _types[heap].Kind switch { TypeKind.Function => Func, TypeKind.Struct => Struct, _ => GeneratedType.Array };
            return heap == expected || IsHeapSub(heap, expected);
        }

        if (expected >= 0) return heap == (_types[expected].Kind == TypeKind.Function ? NoFunc : None);
        return (heap, expected) switch
        {
            (None, Any or Eq or I31 or Struct or GeneratedType.Array) => true,
            (I31 or Struct or GeneratedType.Array, Any or Eq) => true,
            (Eq, Any) or (NoFunc, Func) or (NoExtern, Extern) or (NoExn, Exn) => true,
            _ => false,
        };
    }

    private int TopOf(int heap)
    {
        foreach (int top in (int[])[Func, Extern, Exn])
            if (IsHeapSub(heap, top)) return top;
        return Any;
    }

    private bool Slips()
    {
        if (_mistakes == 0 || !_random.OneIn(60)) return false;
        _mistakes--;
        return true;
    }

    private void PutIndex(int index) => PutUnsigned((ulong)(Slips() ? index + 1 + _random.Below(3) : index));

    private void PutType(GeneratedType type)
    {
        if (Slips()) type = RandomType();
        if (type.Number != 0) _code.Add(type.Number);
        else if (type.IsNullable && type.Heap < 0 && _random.Below(4) > 0) _code.Add((byte)-type.Heap);
        else if (!_options.Has(Features.TypedReferences)) _code.Add((byte)-type.Heap);
        else
        {
            _code.Add(type.IsNullable ? (byte)0x63 : (byte)0x64);
            PutHeap(type.Heap);
        }
    }

    private void PutHeap(int heap)
    {
        if (heap < 0) _code.Add((byte)-heap);
        else PutSigned(Slips() ? heap + 1 : heap);
    }

    private void PutName(string name)
    {
        PutUnsigned((ulong)Encoding.UTF8.GetByteCount(name));
        _code.AddRange(Encoding.UTF8.GetBytes(name));
    }

    private void PutUnsigned(ulong value)
    {
        while (value >= 0x80)
        {
            _code.Add((byte)(value | 0x80));
            value >>= 7;
        }

        _code.Add((byte)value);
    }

    private void PutSigned(long value)
    {
        while (value is < -0x40 or >= 0x40)
        {
            _code.Add((byte)(value | 0x80));
            value >>= 7;
        }

        _code.Add((byte)(value & 0x7F));
    }
}
