namespace ContractVm.Compiler.X64;

/// <summary>
/// Instructions of vector registers, by the name of their older encoding, all of 128 bits. What each is encoded as stands in the
/// rows of <see cref="Assembler"/>, in the same order, line by line.
/// </summary>
internal enum VectorOp : ushort
{
    /// <summary>Arithmetic of floats: the lowest float or double, four floats, two doubles.</summary>
    Addss, Addsd, Addps, Addpd,
    Subss, Subsd, Subps, Subpd,
    Mulss, Mulsd, Mulps, Mulpd,
    Divss, Divsd, Divps, Divpd,
    Minss, Minsd, Minps, Minpd,
    Maxss, Maxsd, Maxps, Maxpd,
    Sqrtss, Sqrtsd, Sqrtps, Sqrtpd,
    /// <summary>Rounding to an integer; the immediate tells how.</summary>
    Roundss, Roundsd, Roundps, Roundpd,
    /// <summary>Comparisons: a mask, with the predicate in the immediate, or the flags.</summary>
    Cmpss, Cmpsd, Cmpps, Cmppd,
    Ucomiss, Ucomisd, Comiss, Comisd,
    /// <summary>Conversions between a float and an integer in a general register or memory, of 32 or 64 bits.</summary>
    Cvtsi2ss, Cvtsi2sd, Cvtsi2ss64, Cvtsi2sd64,
    Cvttss2si, Cvttsd2si, Cvttss2si64, Cvttsd2si64,
    Cvtss2si, Cvtsd2si, Cvtss2si64, Cvtsd2si64,
    /// <summary>Conversions within vector registers.</summary>
    Cvtss2sd, Cvtsd2ss, Cvtps2pd, Cvtpd2ps,
    Cvtdq2ps, Cvtps2dq, Cvttps2dq,
    Cvtdq2pd, Cvttpd2dq, Cvtpd2dq,
    /// <summary>Bitwise operations; the ones with n invert their first operand.</summary>
    Andps, Andnps, Orps, Xorps,
    Andpd, Andnpd, Orpd, Xorpd,
    Pand, Pandn, Por, Pxor, Ptest,
    /// <summary>
    /// Moves between vector registers and from memory. That of a scalar from memory clears the rest; between registers it keeps
    /// the first operand's.
    /// </summary>
    Movss, Movsd, Movups, Movupd,
    Movaps, Movapd, Movdqa, Movdqu, Movq,
    Movddup, Movshdup, Movsldup,
    /// <summary>Moves to memory.</summary>
    MovssStore, MovsdStore, MovupsStore, MovupdStore,
    MovapsStore, MovapdStore, MovdqaStore, MovdquStore, MovqStore,
    /// <summary>Moves from a general register or memory, which clear the rest, and to one.</summary>
    MovdFromGeneral, MovqFromGeneral, MovdToGeneral, MovqToGeneral,
    /// <summary>One half from memory, to memory, and between registers.</summary>
    Movlps, Movhps, Movlpd, Movhpd,
    MovlpsStore, MovhpsStore, MovlpdStore, MovhpdStore,
    Movhlps, Movlhps,
    /// <summary>The highest bits of the lanes, in a general register.</summary>
    Movmskps, Movmskpd, Pmovmskb,
    /// <summary>Single lanes, by number in the immediate, from and to general registers or memory; insertps from a vector register or memory.</summary>
    Pinsrb, Pinsrw, Pinsrd, Pinsrq, Insertps,
    Pextrb, Pextrw, Pextrd, Pextrq, Extractps,
    /// <summary>Rearrangements by an immediate.</summary>
    Shufps, Shufpd, Palignr,
    Pshufd, Pshufhw, Pshuflw,
    Blendps, Blendpd, Pblendw,
    /// <summary>Lanes of the second operand where the mask's highest bits are set, of the first elsewhere.</summary>
    Blendvps, Blendvpd, Pblendvb,
    /// <summary>Interleaving and bytes by index.</summary>
    Unpcklps, Unpckhps, Unpcklpd, Unpckhpd, Pshufb,
    Punpcklbw, Punpcklwd, Punpckldq, Punpcklqdq,
    Punpckhbw, Punpckhwd, Punpckhdq, Punpckhqdq,
    /// <summary>Narrowing with saturation, widening.</summary>
    Packsswb, Packuswb, Packssdw, Packusdw,
    Pmovsxbw, Pmovsxbd, Pmovsxbq,
    Pmovsxwd, Pmovsxwq, Pmovsxdq,
    Pmovzxbw, Pmovzxbd, Pmovzxbq,
    Pmovzxwd, Pmovzxwq, Pmovzxdq,
    /// <summary>Addition and subtraction, with saturation the ones with s and us.</summary>
    Paddb, Paddw, Paddd, Paddq,
    Psubb, Psubw, Psubd, Psubq,
    Paddsb, Paddsw, Paddusb, Paddusw,
    Psubsb, Psubsw, Psubusb, Psubusw,
    Phaddw, Phaddd, Psadbw, Pavgb, Pavgw,
    /// <summary>Multiplication.</summary>
    Pmullw, Pmulhw, Pmulhuw, Pmulld, Pmuludq, Pmuldq,
    Pmulhrsw, Pmaddwd, Pmaddubsw,
    /// <summary>Comparisons of integers, and what goes by them.</summary>
    Pcmpeqb, Pcmpeqw, Pcmpeqd, Pcmpeqq,
    Pcmpgtb, Pcmpgtw, Pcmpgtd, Pcmpgtq,
    Pminsb, Pminsw, Pminsd, Pminub, Pminuw, Pminud,
    Pmaxsb, Pmaxsw, Pmaxsd, Pmaxub, Pmaxuw, Pmaxud,
    Pabsb, Pabsw, Pabsd,
    Psignb, Psignw, Psignd,
    /// <summary>Shifts of all lanes by the lower 64 bits of the second operand.</summary>
    Psllw, Pslld, Psllq, Psraw, Psrad,
    Psrlw, Psrld, Psrlq,
    /// <summary>Shifts by an immediate; the last two of the whole, in bytes.</summary>
    PsllwImmediate, PslldImmediate, PsllqImmediate,
    PsrawImmediate, PsradImmediate,
    PsrlwImmediate, PsrldImmediate, PsrlqImmediate,
    PslldqImmediate, PsrldqImmediate,
    /// <summary>Only with AVX: rearrangements of one operand, and the first lane, from memory, in all.</summary>
    Vpermilps, Vpermilpd, Vbroadcastss,
    /// <summary>Only with AVX2: the first lane in all, shifts of each lane by its own count.</summary>
    Vpbroadcastb, Vpbroadcastw, Vpbroadcastd, Vpbroadcastq,
    Vpsllvd, Vpsllvq, Vpsrlvd, Vpsrlvq,
    Vpsravd, Vpblendd,
}
