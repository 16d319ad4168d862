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
