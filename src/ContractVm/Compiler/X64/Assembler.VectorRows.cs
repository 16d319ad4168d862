using System;

namespace ContractVm.Compiler.X64;

/// <summary>What vector instructions are encoded as.</summary>
internal sealed partial class Assembler
{
    // How operands stand; without one: destination in reg, first operand in VEX, second one in r/m.
    private const int
        FormMask = 7 << 16,
        // Destination in reg, operand in r/m.
        Two = 1 << 16,
        // As without one, but the first operand gives nothing but the upper part, in the older encoding the destination's.
        Merge = 2 << 16,
        // Likewise, but with memory there is no first operand.
        MergeOrLoad = 3 << 16,
        // Destination in r/m, operand in reg.
        Reversed = 4 << 16,
        // Destination in VEX, operand in r/m, a digit in reg, an immediate.
        ShiftForm = 5 << 16,
        // With a fourth operand in the upper bits of an immediate, in the older encoding xmm0 and nowhere.
        Masked = 6 << 16,
        HasImmediate = 1 << 20, VexOnly = 1 << 21, MemoryOnly = 1 << 22, RegisterOnly = 1 << 23,
        Digit = 1 << 24,
        ToMemory = Reversed | MemoryOnly;

    // What most rows begin with. The first four are named for what they mean with float arithmetic.
    private const int
        Ss = PrefixF3 | Map0F, Sd = PrefixF2 | Map0F, Ps = Map0F, Pd = Prefix66 | Map0F,
        X38 = Prefix66 | Map0F38, X3A = Prefix66 | Map0F3A | HasImmediate, ByCount = Pd | ShiftForm | HasImmediate;

    /// <summary>For each <see cref="VectorOp"/>, line by line.</summary>
    private static ReadOnlySpan<int> VectorRows =>
    [
        // Addss, Addsd, Addps, Addpd
        Ss | 0x58, Sd | 0x58, Ps | 0x58, Pd | 0x58,
        // Subss, Subsd, Subps, Subpd
        Ss | 0x5C, Sd | 0x5C, Ps | 0x5C, Pd | 0x5C,
        // Mulss, Mulsd, Mulps, Mulpd
        Ss | 0x59, Sd | 0x59, Ps | 0x59, Pd | 0x59,
        // Divss, Divsd, Divps, Divpd
        Ss | 0x5E, Sd | 0x5E, Ps | 0x5E, Pd | 0x5E,
        // Minss, Minsd, Minps, Minpd
        Ss | 0x5D, Sd | 0x5D, Ps | 0x5D, Pd | 0x5D,
        // Maxss, Maxsd, Maxps, Maxpd
        Ss | 0x5F, Sd | 0x5F, Ps | 0x5F, Pd | 0x5F,
        // Sqrtss, Sqrtsd, Sqrtps, Sqrtpd
        Ss | 0x51 | Merge, Sd | 0x51 | Merge, Ps | 0x51 | Two, Pd | 0x51 | Two,
        // Roundss, Roundsd, Roundps, Roundpd
        X3A | 0x0A | Merge, X3A | 0x0B | Merge, X3A | 0x08 | Two, X3A | 0x09 | Two,
        // Cmpss, Cmpsd, Cmpps, Cmppd
        Ss | 0xC2 | HasImmediate, Sd | 0xC2 | HasImmediate, Ps | 0xC2 | HasImmediate, Pd | 0xC2 | HasImmediate,
        // Ucomiss, Ucomisd, Comiss, Comisd
        Ps | 0x2E | Two, Pd | 0x2E | Two, Ps | 0x2F | Two, Pd | 0x2F | Two,
        // Cvtsi2ss, Cvtsi2sd, Cvtsi2ss64, Cvtsi2sd64
        Ss | 0x2A | Merge, Sd | 0x2A | Merge, Ss | 0x2A | W | Merge, Sd | 0x2A | W | Merge,
        // Cvttss2si, Cvttsd2si, Cvttss2si64, Cvttsd2si64
        Ss | 0x2C | Two, Sd | 0x2C | Two, Ss | 0x2C | W | Two, Sd | 0x2C | W | Two,
        // Cvtss2si, Cvtsd2si, Cvtss2si64, Cvtsd2si64
        Ss | 0x2D | Two, Sd | 0x2D | Two, Ss | 0x2D | W | Two, Sd | 0x2D | W | Two,
        // Cvtss2sd, Cvtsd2ss, Cvtps2pd, Cvtpd2ps
        Ss | 0x5A | Merge, Sd | 0x5A | Merge, Ps | 0x5A | Two, Pd | 0x5A | Two,
        // Cvtdq2ps, Cvtps2dq, Cvttps2dq
        Ps | 0x5B | Two, Pd | 0x5B | Two, Ss | 0x5B | Two,
        // Cvtdq2pd, Cvttpd2dq, Cvtpd2dq
        Ss | 0xE6 | Two, Pd | 0xE6 | Two, Sd | 0xE6 | Two,
        // Andps, Andnps, Orps, Xorps
        Ps | 0x54, Ps | 0x55, Ps | 0x56, Ps | 0x57,
        // Andpd, Andnpd, Orpd, Xorpd
        Pd | 0x54, Pd | 0x55, Pd | 0x56, Pd | 0x57,
        // Pand, Pandn, Por, Pxor, Ptest
        Pd | 0xDB, Pd | 0xDF, Pd | 0xEB, Pd | 0xEF, X38 | 0x17 | Two,
        // Movss, Movsd, Movups, Movupd
        Ss | 0x10 | MergeOrLoad, Sd | 0x10 | MergeOrLoad, Ps | 0x10 | Two, Pd | 0x10 | Two,
        // Movaps, Movapd, Movdqa, Movdqu, Movq
        Ps | 0x28 | Two, Pd | 0x28 | Two, Pd | 0x6F | Two, Ss | 0x6F | Two, Ss | 0x7E | Two,
        // Movddup, Movshdup, Movsldup
        Sd | 0x12 | Two, Ss | 0x16 | Two, Ss | 0x12 | Two,
        // MovssStore, MovsdStore, MovupsStore, MovupdStore
        Ss | 0x11 | ToMemory, Sd | 0x11 | ToMemory, Ps | 0x11 | ToMemory, Pd | 0x11 | ToMemory,
        // MovapsStore, MovapdStore, MovdqaStore, MovdquStore, MovqStore
        Ps | 0x29 | ToMemory, Pd | 0x29 | ToMemory, Pd | 0x7F | ToMemory, Ss | 0x7F | ToMemory, Pd | 0xD6 | ToMemory,
        // MovdFromGeneral, MovqFromGeneral, MovdToGeneral, MovqToGeneral
        Pd | 0x6E | Two, Pd | 0x6E | W | Two, Pd | 0x7E | Reversed, Pd | 0x7E | W | Reversed,
        // Movlps, Movhps, Movlpd, Movhpd
        Ps | 0x12 | MemoryOnly, Ps | 0x16 | MemoryOnly, Pd | 0x12 | MemoryOnly, Pd | 0x16 | MemoryOnly,
        // MovlpsStore, MovhpsStore, MovlpdStore, MovhpdStore
        Ps | 0x13 | ToMemory, Ps | 0x17 | ToMemory, Pd | 0x13 | ToMemory, Pd | 0x17 | ToMemory,
        // Movhlps, Movlhps
        Ps | 0x12 | RegisterOnly, Ps | 0x16 | RegisterOnly,
        // Movmskps, Movmskpd, Pmovmskb
        Ps | 0x50 | Two | RegisterOnly, Pd | 0x50 | Two | RegisterOnly, Pd | 0xD7 | Two | RegisterOnly,
        // Pinsrb, Pinsrw, Pinsrd, Pinsrq, Insertps
        X3A | 0x20, Pd | 0xC4 | HasImmediate, X3A | 0x22, X3A | 0x22 | W, X3A | 0x21,
        // Pextrb, Pextrw, Pextrd, Pextrq, Extractps
        X3A | 0x14 | Reversed, X3A | 0x15 | Reversed, X3A | 0x16 | Reversed, X3A | 0x16 | W | Reversed, X3A | 0x17 | Reversed,
        // Shufps, Shufpd, Palignr
        Ps | 0xC6 | HasImmediate, Pd | 0xC6 | HasImmediate, X3A | 0x0F,
        // Pshufd, Pshufhw, Pshuflw
        Pd | 0x70 | Two | HasImmediate, Ss | 0x70 | Two | HasImmediate, Sd | 0x70 | Two | HasImmediate,
        // Blendps, Blendpd, Pblendw
        X3A | 0x0C, X3A | 0x0D, X3A | 0x0E,
        // Blendvps, Blendvpd, Pblendvb
        X3A | 0x4A | Masked, X3A | 0x4B | Masked, X3A | 0x4C | Masked,
        // Unpcklps, Unpckhps, Unpcklpd, Unpckhpd, Pshufb
        Ps | 0x14, Ps | 0x15, Pd | 0x14, Pd | 0x15, X38 | 0x00,
        // Punpcklbw, Punpcklwd, Punpckldq, Punpcklqdq
        Pd | 0x60, Pd | 0x61, Pd | 0x62, Pd | 0x6C,
        // Punpckhbw, Punpckhwd, Punpckhdq, Punpckhqdq
        Pd | 0x68, Pd | 0x69, Pd | 0x6A, Pd | 0x6D,
        // Packsswb, Packuswb, Packssdw, Packusdw
        Pd | 0x63, Pd | 0x67, Pd | 0x6B, X38 | 0x2B,
        // Pmovsxbw, Pmovsxbd, Pmovsxbq
        X38 | 0x20 | Two, X38 | 0x21 | Two, X38 | 0x22 | Two,
        // Pmovsxwd, Pmovsxwq, Pmovsxdq
        X38 | 0x23 | Two, X38 | 0x24 | Two, X38 | 0x25 | Two,
        // Pmovzxbw, Pmovzxbd, Pmovzxbq
        X38 | 0x30 | Two, X38 | 0x31 | Two, X38 | 0x32 | Two,
        // Pmovzxwd, Pmovzxwq, Pmovzxdq
        X38 | 0x33 | Two, X38 | 0x34 | Two, X38 | 0x35 | Two,
        // Paddb, Paddw, Paddd, Paddq
        Pd | 0xFC, Pd | 0xFD, Pd | 0xFE, Pd | 0xD4,
        // Psubb, Psubw, Psubd, Psubq
        Pd | 0xF8, Pd | 0xF9, Pd | 0xFA, Pd | 0xFB,
        // Paddsb, Paddsw, Paddusb, Paddusw
        Pd | 0xEC, Pd | 0xED, Pd | 0xDC, Pd | 0xDD,
        // Psubsb, Psubsw, Psubusb, Psubusw
        Pd | 0xE8, Pd | 0xE9, Pd | 0xD8, Pd | 0xD9,
        // Phaddw, Phaddd, Psadbw, Pavgb, Pavgw
        X38 | 0x01, X38 | 0x02, Pd | 0xF6, Pd | 0xE0, Pd | 0xE3,
        // Pmullw, Pmulhw, Pmulhuw, Pmulld, Pmuludq, Pmuldq
        Pd | 0xD5, Pd | 0xE5, Pd | 0xE4, X38 | 0x40, Pd | 0xF4, X38 | 0x28,
        // Pmulhrsw, Pmaddwd, Pmaddubsw
        X38 | 0x0B, Pd | 0xF5, X38 | 0x04,
        // Pcmpeqb, Pcmpeqw, Pcmpeqd, Pcmpeqq
        Pd | 0x74, Pd | 0x75, Pd | 0x76, X38 | 0x29,
        // Pcmpgtb, Pcmpgtw, Pcmpgtd, Pcmpgtq
        Pd | 0x64, Pd | 0x65, Pd | 0x66, X38 | 0x37,
        // Pminsb, Pminsw, Pminsd, Pminub, Pminuw, Pminud
        X38 | 0x38, Pd | 0xEA, X38 | 0x39, Pd | 0xDA, X38 | 0x3A, X38 | 0x3B,
        // Pmaxsb, Pmaxsw, Pmaxsd, Pmaxub, Pmaxuw, Pmaxud
        X38 | 0x3C, Pd | 0xEE, X38 | 0x3D, Pd | 0xDE, X38 | 0x3E, X38 | 0x3F,
        // Pabsb, Pabsw, Pabsd
        X38 | 0x1C | Two, X38 | 0x1D | Two, X38 | 0x1E | Two,
        // Psignb, Psignw, Psignd
        X38 | 0x08, X38 | 0x09, X38 | 0x0A,
        // Psllw, Pslld, Psllq, Psraw, Psrad
        Pd | 0xF1, Pd | 0xF2, Pd | 0xF3, Pd | 0xE1, Pd | 0xE2,
        // Psrlw, Psrld, Psrlq
        Pd | 0xD1, Pd | 0xD2, Pd | 0xD3,
        // PsllwImmediate, PslldImmediate, PsllqImmediate
        ByCount | 0x71 | 6 * Digit, ByCount | 0x72 | 6 * Digit, ByCount | 0x73 | 6 * Digit,
        // PsrawImmediate, PsradImmediate
        ByCount | 0x71 | 4 * Digit, ByCount | 0x72 | 4 * Digit,
        // PsrlwImmediate, PsrldImmediate, PsrlqImmediate
        ByCount | 0x71 | 2 * Digit, ByCount | 0x72 | 2 * Digit, ByCount | 0x73 | 2 * Digit,
        // PslldqImmediate, PsrldqImmediate
        ByCount | 0x73 | 7 * Digit, ByCount | 0x73 | 3 * Digit,
        // Vpermilps, Vpermilpd, Vbroadcastss
        X3A | 0x04 | Two | VexOnly, X3A | 0x05 | Two | VexOnly, X38 | 0x18 | Two | VexOnly,
        // Vpbroadcastb, Vpbroadcastw, Vpbroadcastd, Vpbroadcastq
        X38 | 0x78 | Two | VexOnly, X38 | 0x79 | Two | VexOnly, X38 | 0x58 | Two | VexOnly, X38 | 0x59 | Two | VexOnly,
        // Vpsllvd, Vpsllvq, Vpsrlvd, Vpsrlvq
        X38 | 0x47 | VexOnly, X38 | 0x47 | W | VexOnly, X38 | 0x45 | VexOnly, X38 | 0x45 | W | VexOnly,
        // Vpsravd, Vpblendd
        X38 | 0x46 | VexOnly, X3A | 0x02 | VexOnly,
    ];
}
