// Unsafe: calls into libsecp256k1. Invariant: every pointer passed is a pinned span whose length this file has checked
// to be what the function reads or writes; every value for which the library would abort the process (a recovery id
// outside 0 to 3, a key object that no call has filled) is refused before; nothing here outlives a call but the context, which
// is created once, never changed and never freed, so that any thread may use it.
using System;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Threading;

namespace ContractVm.HostApi;

/// <summary>The functions of libsecp256k1 that are used here, with lengths and results checked. Safe for all threads.</summary>
internal static unsafe partial class Secp256k1Library
{
    /// <summary>Bytes of a private key, a tweak, a message hash.</summary>
    public const int ScalarLength = 32;

    /// <summary>Bytes of a compact signature: r and s.</summary>
    public const int SignatureLength = 64;

    /// <summary>Bytes of a serialized public key: a prefix byte, x and y.</summary>
    public const int UncompressedLength = 65;

    /// <summary>Bytes of a compressed public key: a prefix byte and x.</summary>
    public const int CompressedLength = 33;

    private const string Name = "secp256k1";

    // secp256k1.h: SECP256K1_CONTEXT_NONE, SECP256K1_EC_UNCOMPRESSED, SECP256K1_EC_COMPRESSED.
    private const uint ContextNone = 1;
    private const uint FormatUncompressed = 2;
    private const uint FormatCompressed = 258;

    // secp256k1.h: sizeof(secp256k1_pubkey); secp256k1_recovery.h: sizeof(secp256k1_ecdsa_recoverable_signature).
    private const int PublicKeyObjectLength = 64;
    private const int SignatureObjectLength = 65;

    // The functions used here are the same in every one of these versions.
    private static readonly string[] FileNames =
        ["libsecp256k1.so.1", "libsecp256k1.so.0", "libsecp256k1.so.2", "libsecp256k1.so.5", "libsecp256k1.so.6", "libsecp256k1.so"];

    private static readonly Lazy<nint> Context = new(CreateContext, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>True for a number from 1 to the group order less one.</summary>
    public static bool VerifyKey(ReadOnlySpan<byte> key)
    {
        RequireLength(key.Length, ScalarLength);
        fixed (byte* keyPointer = key) return KeyVerify(Context.Value, keyPointer) == 1;
    }

    /// <summary>Writes the public key of a private key, in the form the destination's length (33 or 65) asks for; false when the key is out of range.</summary>
    public static bool CreatePublicKey(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        RequireLength(key.Length, ScalarLength);
        byte* publicKey = stackalloc byte[PublicKeyObjectLength];
        fixed (byte* keyPointer = key)
            if (PublicKeyCreate(Context.Value, publicKey, keyPointer) != 1) return false;
        Serialize(publicKey, destination);
        return true;
    }

    /// <summary>Signs with the nonce of RFC 6979 and a low s; false when the key is out of range.</summary>
    public static bool Sign(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> key, Span<byte> signature, out int recoveryId)
    {
        RequireLength(hash.Length, ScalarLength);
        RequireLength(key.Length, ScalarLength);
        RequireLength(signature.Length, SignatureLength);
        byte* recoverable = stackalloc byte[SignatureObjectLength];
        int id = 0;
        recoveryId = 0;
        fixed (byte* hashPointer = hash, keyPointer = key, signaturePointer = signature)
        {
            if (SignRecoverable(Context.Value, recoverable, hashPointer, keyPointer, 0, 0) != 1) return false;
            if (SerializeSignature(Context.Value, signaturePointer, &id, recoverable) != 1) return false;
        }
        recoveryId = id;
        return true;
    }

    /// <summary>Writes the 65 bytes of the public key that made a signature; false when there is none.</summary>
    public static bool Recover(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature, int recoveryId, Span<byte> destination)
    {
        RequireLength(hash.Length, ScalarLength);
        RequireLength(signature.Length, SignatureLength);
        RequireLength(destination.Length, UncompressedLength);
        if (recoveryId is < 0 or > 3) return false;
        byte* recoverable = stackalloc byte[SignatureObjectLength];
        byte* publicKey = stackalloc byte[PublicKeyObjectLength];
        fixed (byte* hashPointer = hash, signaturePointer = signature)
        {
            if (ParseSignature(Context.Value, recoverable, signaturePointer, recoveryId) != 1) return false;
            if (RecoverKey(Context.Value, publicKey, recoverable, hashPointer) != 1) return false;
        }
        Serialize(publicKey, destination);
        return true;
    }

    /// <summary>Adds a tweak to a private key modulo the group order; false when the tweak is out of range or the sum zero.</summary>
    public static bool TweakAdd(Span<byte> key, ReadOnlySpan<byte> tweak)
    {
        RequireLength(key.Length, ScalarLength);
        RequireLength(tweak.Length, ScalarLength);
        fixed (byte* keyPointer = key, tweakPointer = tweak) return KeyTweakAdd(Context.Value, keyPointer, tweakPointer) == 1;
    }

    // The key object has been filled by a call that succeeded.
    private static void Serialize(byte* publicKey, Span<byte> destination)
    {
        uint format = destination.Length switch
        {
            UncompressedLength => FormatUncompressed,
            CompressedLength => FormatCompressed,
            _ => throw new ArgumentException($"a serialized public key has 33 or 65 bytes, not {destination.Length}"),
        };
        nuint length = (nuint)destination.Length;
        fixed (byte* pointer = destination)
            if (SerializePublicKey(Context.Value, pointer, &length, publicKey, format) != 1 || length != (nuint)destination.Length)
                throw new InvalidOperationException("libsecp256k1 did not serialize a public key");
    }

    private static void RequireLength(int length, int required)
    {
        if (length != required) throw new ArgumentException($"{required} bytes are required, not {length}");
    }

    private static nint CreateContext()
    {
        NativeLibrary.SetDllImportResolver(typeof(Secp256k1Library).Assembly, Resolve);
        nint context = ContextCreate(ContextNone);
        return context != 0 ? context : throw new InvalidOperationException("libsecp256k1 gave no context");
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != Name) return 0;
        foreach (string file in FileNames)
            if (NativeLibrary.TryLoad(file, assembly, searchPath, out nint library)) return library;
        throw new DllNotFoundException("libsecp256k1 is missing; install it with: apt-get install libsecp256k1-1");
    }

    [LibraryImport(Name, EntryPoint = "secp256k1_context_create")]
    private static partial nint ContextCreate(uint flags);

    [LibraryImport(Name, EntryPoint = "secp256k1_ec_seckey_verify")]
    private static partial int KeyVerify(nint context, byte* key);

    [LibraryImport(Name, EntryPoint = "secp256k1_ec_seckey_tweak_add")]
    private static partial int KeyTweakAdd(nint context, byte* key, byte* tweak);

    [LibraryImport(Name, EntryPoint = "secp256k1_ec_pubkey_create")]
    private static partial int PublicKeyCreate(nint context, byte* publicKey, byte* key);

    [LibraryImport(Name, EntryPoint = "secp256k1_ec_pubkey_serialize")]
    private static partial int SerializePublicKey(nint context, byte* output, nuint* length, byte* publicKey, uint format);

    [LibraryImport(Name, EntryPoint = "secp256k1_ecdsa_sign_recoverable")]
    private static partial int SignRecoverable(nint context, byte* signature, byte* hash, byte* key, nint nonceFunction, nint nonceData);

    [LibraryImport(Name, EntryPoint = "secp256k1_ecdsa_recoverable_signature_serialize_compact")]
    private static partial int SerializeSignature(nint context, byte* output, int* recoveryId, byte* signature);

    [LibraryImport(Name, EntryPoint = "secp256k1_ecdsa_recoverable_signature_parse_compact")]
    private static partial int ParseSignature(nint context, byte* signature, byte* input, int recoveryId);

    [LibraryImport(Name, EntryPoint = "secp256k1_ecdsa_recover")]
    private static partial int RecoverKey(nint context, byte* publicKey, byte* signature, byte* hash);
}
