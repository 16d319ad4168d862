// Kernels for measuring engines: each takes a size and returns a checksum, so that no work can be left out and every engine
// must agree. Compiled to WebAssembly and to native code from this one file (see `build`).
typedef unsigned int u32;
typedef unsigned long long u64;

#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(#name)))
#else
#define EXPORT(name)
#endif

static u32 buffer[1 << 16];
static double matrix[3][64][64];

static u32 rotl(u32 x, int n) { return x << n | x >> (32 - n); }

EXPORT(fib) u64 fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

EXPORT(sieve) u64 sieve(u32 n) {
    unsigned char *composite = (unsigned char *)buffer;
    u64 sum = 0;
    for (u32 i = 0; i < n; i++) composite[i] = 0;
    for (u32 i = 2; i < n; i++) {
        if (composite[i]) continue;
        sum += i;
        for (u32 k = i + i; k < n; k += i) composite[k] = 1;
    }
    return sum;
}

EXPORT(sort) u64 sort(u32 n) {
    u64 sum = 0;
    u32 seed = 12345;
    for (u32 i = 0; i < n; i++) buffer[i] = seed = seed * 1664525 + 1013904223;
    for (u32 gap = n / 2; gap > 0; gap /= 2)
        for (u32 i = gap; i < n; i++) {
            u32 value = buffer[i], k = i;
            for (; k >= gap && buffer[k - gap] > value; k -= gap) buffer[k] = buffer[k - gap];
            buffer[k] = value;
        }
    for (u32 i = 0; i < n; i++) sum = sum * 31 + buffer[i];
    return sum;
}

EXPORT(chacha) u64 chacha(u32 blocks) {
    u32 state[16], total = 0;
    for (int i = 0; i < 16; i++) state[i] = 0x61707865u * (i + 1);
    for (u32 block = 0; block < blocks; block++) {
        u32 x[16];
        for (int i = 0; i < 16; i++) x[i] = state[i];
        for (int round = 0; round < 10; round++)
            for (int half = 0; half < 2; half++)
                for (int i = 0; i < 4; i++) {
                    int a = i, b = 4 + (i + half) % 4, c = 8 + (i + 2 * half) % 4, d = 12 + (i + 3 * half) % 4;
                    x[a] += x[b]; x[d] = rotl(x[d] ^ x[a], 16);
                    x[c] += x[d]; x[b] = rotl(x[b] ^ x[c], 12);
                    x[a] += x[b]; x[d] = rotl(x[d] ^ x[a], 8);
                    x[c] += x[d]; x[b] = rotl(x[b] ^ x[c], 7);
                }
        for (int i = 0; i < 16; i++) total ^= x[i] + state[i];
        state[12]++;
    }
    return total;
}

EXPORT(keccakf) u64 keccakf(u32 rounds) {
    u64 lanes[25];
    for (int i = 0; i < 25; i++) lanes[i] = i * 0x9e3779b97f4a7c15ull;
    for (u32 round = 0; round < rounds; round++) {
        u64 column[5], next[25];
        for (int x = 0; x < 5; x++) column[x] = lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20];
        for (int x = 0; x < 5; x++) {
            u64 mix = column[(x + 4) % 5] ^ (column[(x + 1) % 5] << 1 | column[(x + 1) % 5] >> 63);
            for (int y = 0; y < 25; y += 5) lanes[y + x] ^= mix;
        }
        for (int i = 0; i < 25; i++) next[i * 7 % 25] = lanes[i] << (i + 1) | lanes[i] >> (63 - i);
        for (int i = 0; i < 25; i++) lanes[i] = next[i] ^ (~next[i / 5 * 5 + (i + 1) % 5] & next[i / 5 * 5 + (i + 2) % 5]);
        lanes[0] ^= round;
    }
    return lanes[0] ^ lanes[7];
}

EXPORT(matmul) u64 matmul(u32 times) {
    for (int i = 0; i < 64; i++)
        for (int k = 0; k < 64; k++) matrix[0][i][k] = i + k * 0.5, matrix[1][i][k] = i - k * 0.25;
    for (u32 t = 0; t < times; t++)
        for (int i = 0; i < 64; i++)
            for (int k = 0; k < 64; k++) {
                double sum = 0;
                for (int m = 0; m < 64; m++) sum += matrix[0][i][m] * matrix[1][m][k];
                matrix[2][i][k] = sum;
            }
    double total = 0;
    for (int i = 0; i < 64; i++) total += matrix[2][i][63 - i];
    return (u64)(long long)total;
}

// A machine with an accumulator, as contracts' interpreters have it: a switch and an unpredictable jump.
EXPORT(dispatch) u64 dispatch(u32 steps) {
    u64 accumulator = 1;
    u32 state = 7;
    for (u32 i = 0; i < steps; i++) {
        state = state * 1103515245 + 12345;
        switch (state >> 28) {
        case 0: accumulator += 3; break;
        case 1: accumulator ^= state; break;
        case 2: accumulator *= 5; break;
        case 3: accumulator -= i; break;
        case 4: accumulator = accumulator << 3 | accumulator >> 61; break;
        case 5: accumulator &= ~(u64)i; break;
        case 6: accumulator |= 1; break;
        case 7: accumulator += accumulator >> 7; break;
        default: accumulator ^= accumulator << 1; break;
        }
    }
    return accumulator;
}

static u64 twice(u64 x) { return x * 2; }
static u64 plus(u64 x) { return x + 7; }
static u64 flip(u64 x) { return ~x; }
static u64 (*const volatile table[4])(u64) = {twice, plus, flip, plus};

EXPORT(indirect) u64 indirect(u32 calls) {
    u64 value = 1;
    for (u32 i = 0; i < calls; i++) value = table[(i ^ value) & 3](value);
    return value;
}

// Multiplication modulo 2^256 - 38: four limbs, schoolbook with 32-bit halves, as contracts without wide multiplication do it.
typedef struct { u64 limb[4]; } u256;
static u64 high(u64 a, u64 b) {
    u64 al = (u32)a, ah = a >> 32, bl = (u32)b, bh = b >> 32, low = al * bl, m1 = ah * bl + (low >> 32), m2 = al * bh + (u32)m1;
    return ah * bh + (m1 >> 32) + (m2 >> 32);
}
static void multiply(u256 *out, const u256 *a, const u256 *b) {
    u64 wide[8] = {0};
    for (int i = 0; i < 4; i++) {
        u64 carry = 0;
        for (int k = 0; k < 4; k++) {
            u64 low = a->limb[i] * b->limb[k], up = high(a->limb[i], b->limb[k]);
            u64 sum = wide[i + k] + low;
            up += sum < low;
            sum += carry;
            up += sum < carry;
            wide[i + k] = sum;
            carry = up;
        }
        wide[i + 4] = carry;
    }
    u64 carry = 0;
    for (int i = 0; i < 4; i++) {
        u64 low = wide[i + 4] * 38, up = high(wide[i + 4], 38), sum = wide[i] + low;
        up += sum < low;
        sum += carry;
        up += sum < carry;
        out->limb[i] = sum;
        carry = up;
    }
    out->limb[0] += carry * 38;
}

EXPORT(bigint) u64 bigint(u32 times) {
    u256 x = {{0x9e3779b97f4a7c15ull, 0xbf58476d1ce4e5b9ull, 0x94d049bb133111ebull, 7}}, y = x;
    for (u32 i = 0; i < times; i++) {
        multiply(&x, &x, &y);
        y.limb[i & 3] ^= x.limb[3];
    }
    return x.limb[0] ^ x.limb[1] ^ x.limb[2] ^ x.limb[3];
}

// Open addressing: inserts and lookups of pseudo-random keys.
EXPORT(hashmap) u64 hashmap(u32 operations) {
    u32 *keys = buffer, *values = buffer + (1 << 14), seed = 99;
    u64 sum = 0;
    for (u32 i = 0; i < 1 << 15; i++) buffer[i] = 0;
    for (u32 i = 0; i < operations; i++) {
        seed = seed * 1664525 + 1013904223;
        u32 key = (seed >> 19) + 1, slot = (key * 2654435769u) >> 18;
        while (keys[slot] && keys[slot] != key) slot = (slot + 1) & ((1 << 14) - 1);
        if (keys[slot]) sum += values[slot];
        keys[slot] = key;
        values[slot] += i;
    }
    return sum;
}

// Scans a text of nested lists, numbers and strings that it writes first: depth, numbers and characters go into the sum.
EXPORT(json) u64 json(u32 rounds) {
    static const char item[] = "{\"name\": \"value \\\"quoted\\\"\", \"list\": [1, 22, 333, -4.5e3, true, null], \"inner\": {\"a\": []}}, ";
    char *text = (char *)buffer;
    u32 length = 0;
    u64 sum = 0;
    for (int i = 0; i < 400; i++)
        for (u32 k = 0; k < sizeof item - 1; k++) text[length++] = item[k];
    for (u32 round = 0; round < rounds; round++) {
        u32 depth = 0, number = 0, strings = 0;
        for (u32 i = 0; i < length; i++) {
            char c = text[i];
            if (c == '"') {
                for (i++; text[i] != '"'; i++)
                    if (text[i] == '\\') i++;
                strings++;
            } else if (c == '{' || c == '[') depth++;
            else if (c == '}' || c == ']') depth--;
            else if (c >= '0' && c <= '9') number = number * 10 + (u32)(c - '0');
            else if (c == ',') { sum += number + depth; number = 0; }
        }
        sum += strings;
    }
    return sum;
}

EXPORT(nbody) u64 nbody(u32 steps) {
    static double p[5][3], v[5][3];
    static const double mass[5] = {39.47, 0.03, 0.01, 0.002, 0.001};
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 3; k++) p[i][k] = i * 3.7 - k * 1.3 + 0.1, v[i][k] = (i - k) * 0.05;
    for (u32 s = 0; s < steps; s++) {
        for (int i = 0; i < 5; i++)
            for (int k = i + 1; k < 5; k++) {
                double dx = p[i][0] - p[k][0], dy = p[i][1] - p[k][1], dz = p[i][2] - p[k][2];
                double d2 = dx * dx + dy * dy + dz * dz, m = 0.001 / (d2 * __builtin_sqrt(d2));
                v[i][0] -= dx * mass[k] * m; v[i][1] -= dy * mass[k] * m; v[i][2] -= dz * mass[k] * m;
                v[k][0] += dx * mass[i] * m; v[k][1] += dy * mass[i] * m; v[k][2] += dz * mass[i] * m;
            }
        for (int i = 0; i < 5; i++)
            for (int k = 0; k < 3; k++) p[i][k] += 0.001 * v[i][k];
    }
    return (u64)(long long)(p[0][0] * 1e9);
}

EXPORT(mandel) u64 mandel(u32 size) {
    u64 sum = 0;
    for (u32 y = 0; y < size; y++)
        for (u32 x = 0; x < size; x++) {
            float cr = 3.0f * x / size - 2.0f, ci = 2.0f * y / size - 1.0f, r = 0, i = 0;
            u32 n = 0;
            for (; n < 100 && r * r + i * i < 4; n++) {
                float next = r * r - i * i + cr;
                i = 2 * r * i + ci;
                r = next;
            }
            sum += n;
        }
    return sum;
}

EXPORT(memmoves) u64 memmoves(u32 times) {
    unsigned char *bytes = (unsigned char *)buffer;
    for (u32 i = 0; i < 65536; i++) bytes[i] = (unsigned char)(i * 7);
    for (u32 i = 0; i < times; i++) {
        __builtin_memmove(bytes + (i * 13 & 1023), bytes + 8192 + (i & 255), 16 + (i * 97 & 4095));
        __builtin_memset(bytes + 32768 + (i & 511), (int)i, 64 + (i & 1023));
    }
    u64 sum = 0;
    for (u32 i = 0; i < 65536; i++) sum = sum * 31 + bytes[i];
    return sum;
}

typedef float f32x4 __attribute__((vector_size(16)));
typedef unsigned u32x4 __attribute__((vector_size(16)));
typedef unsigned char u8x16 __attribute__((vector_size(16)));

EXPORT(simdfloat) u64 simdfloat(u32 times) {
    float *a = (float *)buffer;
    for (int i = 0; i < 8192; i++) a[i] = (float)(i & 255) * 0.25f;
    f32x4 total = {0};
    for (u32 t = 0; t < times; t++)
        for (int i = 0; i < 4096; i += 4) {
            f32x4 x = *(f32x4 *)(a + i), y = *(f32x4 *)(a + 4096 + i);
            total = total * 0.5f + x * y;
            *(f32x4 *)(a + 4096 + i) = y + 0.001f;
        }
    return (u64)(long long)(total[0] + total[1] + total[2] + total[3]);
}

EXPORT(simdint) u64 simdint(u32 times) {
    for (u32 i = 0; i < 16384; i++) buffer[i] = i * 2654435769u;
    u32x4 sum = {0};
    for (u32 t = 0; t < times; t++)
        for (u32 i = 0; i < 16384; i += 4) {
            u32x4 x = *(u32x4 *)(buffer + i);
            x = (x << 7 | x >> 25) * 5 + (x ^ sum);
            sum += x + (u32x4)((u8x16)x + (u8x16)sum);
        }
    return sum[0] ^ sum[1] ^ sum[2] ^ sum[3];
}

#include "more.c"
#include "late.c"
