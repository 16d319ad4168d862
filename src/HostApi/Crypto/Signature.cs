using ContractVm.StateStore;

namespace ContractVm.HostApi;

/// <summary>An ECDSA signature over secp256k1, with what is needed to recover the signer (Yellow Paper, appendix F).</summary>
/// <param name="R">The x coordinate of the nonce point, modulo the group order.</param>
/// <param name="S">The proof.</param>
/// <param name="YParity">0 or 1: whether the nonce point's y is odd.</param>
public readonly record struct Signature(UInt256 R, UInt256 S, int YParity)
{
    /// <summary>The group order of secp256k1 (SEC 2, section 2.4.1).</summary>
    public static readonly UInt256 Order = UInt256.Parse("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");

    /// <summary>Half the group order, rounded down: the largest s that is allowed (EIP-2).</summary>
    public static readonly UInt256 HalfOrder = Order >> 1;

    /// <summary>True when r and s are from 1 to the order less one and the parity is 0 or 1 (Yellow Paper, appendix F).</summary>
    public bool InRange => !R.IsZero && R < Order && !S.IsZero && S < Order && YParity is 0 or 1;

    /// <summary>True when s is in the upper half: the same signature in its second form, refused since EIP-2.</summary>
    public bool HasHighS => S > HalfOrder;
}
