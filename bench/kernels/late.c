// Kernels that were written when the compiler was finished, to see whether it serves what nobody had in mind; kernels.c includes this file.

static u32 lateSeed;

static u32 next(void) { return lateSeed = lateSeed * 1664525 + 1013904223; }

static u32 rotr(u32 x, int n) { return x >> n | x << (32 - n); }

// SHA-256's rounds, with constants of no meaning.
EXPORT(sha256) u64 sha256(u32 blocks) {
    static u32 constants[64];
    u32 state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    for (int i = 0; i < 64; i++) constants[i] = i * 0x9e3779b9u + 7;
    for (u32 block = 0; block < blocks; block++) {
        u32 w[64];
        for (int i = 0; i < 16; i++) w[i] = block * i + state[i & 7];
        for (int i = 16; i < 64; i++) {
            u32 x = w[i - 15], y = w[i - 2];
            w[i] = w[i - 16] + (rotr(x, 7) ^ rotr(x, 18) ^ x >> 3) + w[i - 7] + (rotr(y, 17) ^ rotr(y, 19) ^ y >> 10);
        }
        u32 a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
        for (int i = 0; i < 64; i++) {
            u32 one = h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + w[i];
            u32 two = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
            h = g, g = f, f = e, e = d + one, d = c, c = b, b = a, a = one + two;
        }
        state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e, state[5] += f, state[6] += g, state[7] += h;
    }
    return (u64)state[0] << 32 | state[7];
}

// The edit distance of two texts: a row of minima, each of three.
EXPORT(distance) u64 distance(u32 times) {
    static unsigned char a[512], b[512];
    static int row[513];
    lateSeed = 5;
    for (int i = 0; i < 512; i++) a[i] = next() >> 30, b[i] = next() >> 30;
    u64 sum = 0;
    for (u32 t = 0; t < times; t++) {
        a[t & 511] ^= 1;
        for (int k = 0; k <= 512; k++) row[k] = k;
        for (int i = 1; i <= 512; i++) {
            int before = row[0];
            row[0] = i;
            for (int k = 1; k <= 512; k++) {
                int above = row[k], least = row[k - 1] + 1, change = before + (a[i - 1] != b[k - 1]);
                if (above + 1 < least) least = above + 1;
                row[k] = change < least ? change : least;
                before = above;
            }
        }
        sum += row[512];
    }
    return sum;
}

// A tree that grows by searching: branches that nobody can foresee.
struct leaf { struct leaf *left, *right; u32 value; };

EXPORT(tree) u64 tree(u32 times) {
    struct leaf *pool = (struct leaf *)buffer;
    u64 sum = 0;
    for (u32 t = 0; t < times; t++) {
        struct leaf *root = 0;
        lateSeed = t + 1;
        for (int i = 0; i < 2000; i++) {
            struct leaf **place = &root;
            u32 value = next();
            while (*place) place = value < (*place)->value ? &(*place)->left : &(*place)->right;
            pool[i].left = pool[i].right = 0;
            pool[i].value = value;
            *place = &pool[i];
        }
        for (struct leaf *at = root; at; at = at->right) sum += at->value;
    }
    return sum;
}

// Lines, words and the longest word of a text: a switch for each byte.
EXPORT(words) u64 words(u32 times) {
    unsigned char *text = (unsigned char *)buffer;
    lateSeed = 7;
    for (int i = 0; i < 60000; i++) {
        u32 kind = next() >> 27;
        text[i] = kind < 5 ? ' ' : kind < 6 ? '\n' : 'a' + kind % 26;
    }
    text[60000] = 0;
    u64 lines = 0, count = 0, longest = 0;
    for (u32 t = 0; t < times; t++) {
        int length = 0;
        for (unsigned char *at = text; *at; at++) {
            if (*at != ' ' && *at != '\n' && *at != '\t') {
                length++;
                continue;
            }
            if (length) count++;
            if ((u64)length > longest) longest = length;
            if (*at == '\n') lines++;
            length = 0;
        }
    }
    return lines * 1000003 + count * 31 + longest;
}

// The power method on a matrix that is computed as it goes: sums of quotients.
EXPORT(spectral) u64 spectral(u32 times) {
    static double u[100], v[100], between[100];
    for (int i = 0; i < 100; i++) u[i] = 1;
    for (u32 t = 0; t < times * 2; t++) {
        double *from = t & 1 ? v : u, *to = t & 1 ? u : v;
        for (int i = 0; i < 100; i++) {
            double sum = 0;
            for (int k = 0; k < 100; k++) sum += from[k] / ((i + k) * (i + k + 1) / 2 + i + 1);
            between[i] = sum;
        }
        for (int i = 0; i < 100; i++) {
            double sum = 0;
            for (int k = 0; k < 100; k++) sum += between[k] / ((i + k) * (i + k + 1) / 2 + k + 1);
            to[i] = sum;
        }
    }
    double one = 0, two = 0;
    for (int i = 0; i < 100; i++) one += u[i] * v[i], two += v[i] * v[i];
    return (u64)(one / two * 1e9);
}

// Floats held between two bounds, and their sum.
EXPORT(clamp) u64 clamp(u32 times) {
    float *x = (float *)buffer, sum = 0;
    for (int i = 0; i < 8192; i++) x[i] = (i * 37 & 1023) * 0.01f - 5;
    for (u32 t = 0; t < times; t++)
        for (int i = 0; i < 8192; i++) {
            float value = x[i] * 1.001f + 0.001f;
            value = value < -4 ? -4 : value;
            value = value > 4 ? 4 : value;
            x[i] = value;
            sum += value < 0 ? -value : value;
        }
    return (u64)sum;
}

// From floats to integers and back, each from the one before.
EXPORT(convert) u64 convert(u32 n) {
    double x = 0.1;
    u64 sum = 0;
    for (u32 i = 0; i < n; i++) {
        x = x * 1.0000001 + 0.7;
        int whole = (int)x;
        sum += whole;
        x -= whole & ~7;
        sum ^= (u64)(x * 1000);
        x += (double)(sum & 15) * 0.01;
        sum += (u32)(float)(x * 3.5f);
    }
    return sum;
}
