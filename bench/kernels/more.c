// More kernels, of kinds that differ in what they ask of a compiler; kernels.c includes this file. The same rules: a size, a checksum.

// One store for each four loads of a field that is written while it is read again.
EXPORT(stencil) u64 stencil(u32 rounds) {
    double *from = (double *)buffer, *to = from + 64 * 64;
    for (int i = 0; i < 64 * 64; i++) from[i] = to[i] = (i * 37 & 255) * 0.01;
    for (u32 round = 0; round < rounds; round++) {
        for (int y = 1; y < 63; y++)
            for (int x = 1; x < 63; x++) {
                int at = y * 64 + x;
                to[at] = from[at] * 0.5 + (from[at - 1] + from[at + 1] + from[at - 64] + from[at + 64]) * 0.125;
            }
        double *other = from;
        from = to;
        to = other;
    }
    double sum = 0;
    for (int i = 0; i < 64 * 64; i++) sum += from[i];
    return (u64)(long long)(sum * 1e6);
}

// Fourier transform of 1024 points with the twiddles computed by rotation: four stores for ten operations.
EXPORT(fft) u64 fft(u32 times) {
    double *re = (double *)buffer, *im = re + 1024;
    for (int i = 0; i < 1024; i++) re[i] = (i * 53 & 127) * 0.125 - 8, im[i] = 0;
    static const double cosines[10] = {-1, 0, 0.70710678118654757, 0.92387953251128674, 0.98078528040323043, 0.99518472667219693, 0.99879545620517241, 0.99969881869620425, 0.9999247018391445, 0.99998117528260111};
    static const double sines[10] = {0, 1, 0.70710678118654746, 0.38268343236508978, 0.19509032201612825, 0.098017140329560604, 0.049067674327418015, 0.024541228522912288, 0.012271538285719925, 0.0061358846491544753};
    for (u32 t = 0; t < times; t++) {
        for (u32 i = 0, k = 0; i < 1024; i++) {
            if (i < k) {
                double x = re[i]; re[i] = re[k]; re[k] = x;
                x = im[i]; im[i] = im[k]; im[k] = x;
            }
            u32 bit = 512;
            for (; bit && k & bit; bit >>= 1) k ^= bit;
            k |= bit;
        }
        for (int stage = 0; stage < 10; stage++) {
            int half = 1 << stage;
            double wr = 1, wi = 0;
            for (int j = 0; j < half; j++) {
                for (int i = j; i < 1024; i += 2 * half) {
                    double xr = re[i + half] * wr - im[i + half] * wi, xi = re[i + half] * wi + im[i + half] * wr;
                    re[i + half] = re[i] - xr; im[i + half] = im[i] - xi;
                    re[i] += xr; im[i] += xi;
                }
                double next = wr * cosines[stage] - wi * sines[stage];
                wi = wr * sines[stage] + wi * cosines[stage];
                wr = next;
            }
        }
        for (int i = 0; i < 1024; i++) re[i] *= 0.03125, im[i] *= 0.03125;
    }
    double sum = 0;
    for (int i = 0; i < 1024; i++) sum += re[i] * i - im[i];
    return (u64)(long long)(sum * 1e3);
}

// y = a x + y: a store for every two operations, nothing waits for anything.
EXPORT(saxpy) u64 saxpy(u32 times) {
    float *x = (float *)buffer, *y = x + 4096, sum = 0;
    for (int i = 0; i < 4096; i++) x[i] = (i & 63) * 0.5f, y[i] = (i & 31) * 0.25f;
    for (u32 t = 0; t < times; t++)
        for (int i = 0; i < 4096; i++) y[i] = y[i] * 0.5f + x[i] * 0.25f;
    for (int i = 0; i < 4096; i++) sum += y[i];
    return (u64)(long long)(sum * 16);
}

EXPORT(siphash) u64 siphash(u32 messages) {
    u64 *text = (u64 *)buffer, total = 0;
    for (int i = 0; i < 16; i++) text[i] = i * 0x9e3779b97f4a7c15ull;
    for (u32 message = 0; message < messages; message++) {
        u64 a = 0x736f6d6570736575ull ^ message, b = 0x646f72616e646f6dull, c = 0x6c7967656e657261ull, d = 0x7465646279746573ull ^ message;
        for (int i = 0; i < 20; i++) {
            u64 word = i < 16 ? text[i] : i == 16 ? 0x8000000000000000ull : 0;
            d ^= word;
            for (int round = 0; round < 2; round++) {
                a += b; b = b << 13 | b >> 51; b ^= a; a = a << 32 | a >> 32;
                c += d; d = d << 16 | d >> 48; d ^= c;
                a += d; d = d << 21 | d >> 43; d ^= a;
                c += b; b = b << 17 | b >> 47; b ^= c; c = c << 32 | c >> 32;
            }
            a ^= word;
        }
        total ^= a ^ b ^ c ^ d;
    }
    return total;
}

EXPORT(crc) u64 crc(u32 rounds) {
    u32 *entries = buffer;
    unsigned char *bytes = (unsigned char *)(buffer + 256);
    for (u32 i = 0; i < 256; i++) {
        u32 entry = i;
        for (int bit = 0; bit < 8; bit++) entry = entry & 1 ? entry >> 1 ^ 0xedb88320u : entry >> 1;
        entries[i] = entry;
    }
    for (u32 i = 0; i < 4096; i++) bytes[i] = (unsigned char)(i * 11 + (i >> 5));
    u32 sum = ~0u;
    for (u32 round = 0; round < rounds; round++)
        for (u32 i = 0; i < 4096; i++) sum = sum >> 8 ^ entries[(sum ^ bytes[i]) & 255];
    return ~sum;
}

EXPORT(heapsort) u64 heapsort(u32 n) {
    u64 sum = 0;
    u32 seed = 4711;
    for (u32 i = 0; i < n; i++) buffer[i] = seed = seed * 1664525 + 1013904223;
    for (u32 start = n / 2, end = n; end > 1;) {
        u32 value;
        if (start) value = buffer[--start];
        else { value = buffer[--end]; buffer[end] = buffer[0]; }
        u32 hole = start;
        for (u32 child; (child = 2 * hole + 1) < end; hole = child) {
            if (child + 1 < end && buffer[child + 1] > buffer[child]) child++;
            if (buffer[child] <= value) break;
            buffer[hole] = buffer[child];
        }
        buffer[hole] = value;
    }
    for (u32 i = 0; i < n; i++) sum = sum * 31 + buffer[i];
    return sum;
}

EXPORT(radixsort) u64 radixsort(u32 n) {
    u32 *from = buffer, *to = buffer + 32768, counts[256], seed = 17;
    u64 sum = 0;
    for (u32 i = 0; i < n; i++) from[i] = seed = seed * 1664525 + 1013904223;
    for (int shift = 0; shift < 32; shift += 8) {
        for (int i = 0; i < 256; i++) counts[i] = 0;
        for (u32 i = 0; i < n; i++) counts[from[i] >> shift & 255]++;
        for (u32 i = 0, before = 0; i < 256; i++) {
            u32 count = counts[i];
            counts[i] = before;
            before += count;
        }
        for (u32 i = 0; i < n; i++) to[counts[from[i] >> shift & 255]++] = from[i];
        u32 *other = from;
        from = to;
        to = other;
    }
    for (u32 i = 0; i < n; i++) sum = sum * 31 + from[i];
    return sum;
}

// Well-formed UTF-8 of one to four bytes, checked byte by byte.
EXPORT(utf8) u64 utf8(u32 rounds) {
    static const char piece[] = "plain text, gr\xc3\xbc\xc3\x9f""e, \xe2\x82\xac 12.50, \xf0\x9f\x98\x80 and \xe6\xbc\xa2\xe5\xad\x97; ";
    unsigned char *text = (unsigned char *)buffer;
    u32 length = 0, points = 0;
    for (int i = 0; i < 200; i++)
        for (u32 k = 0; k < sizeof piece - 1; k++) text[length++] = (unsigned char)piece[k];
    for (u32 round = 0; round < rounds; round++)
        for (u32 i = 0; i < length; points++) {
            u32 lead = text[i++], more, least;
            if (lead < 0x80) continue;
            if (lead < 0xc2 || lead > 0xf4) return 0;
            if (lead < 0xe0) more = 1, least = 0x80, lead &= 31;
            else if (lead < 0xf0) more = 2, least = 0x800, lead &= 15;
            else more = 3, least = 0x10000, lead &= 7;
            for (; more; more--) {
                if (i >= length || (text[i] & 0xc0) != 0x80) return 0;
                lead = lead << 6 | (text[i++] & 63);
            }
            if (lead < least || lead > 0x10ffff || (lead >= 0xd800 && lead < 0xe000)) return 0;
        }
    return points;
}

// Compresses and expands a text: matches found by a table of hashes, of up to 255 bytes.
EXPORT(lz) u64 lz(u32 rounds) {
    unsigned char *text = (unsigned char *)buffer, *packed = text + 32768, *out = text + 98304;
    static unsigned short seen[4096];
    u32 n = 16384, seed = 5, size = 0;
    u64 sum = 0;
    for (u32 i = 0; i < n; i++) {
        seed = seed * 1664525 + 1013904223;
        text[i] = i > 300 && seed >> 28 ? text[i - (64 + (i >> 6 & 127))] : (unsigned char)(97 + (seed >> 20 & 15));
    }
    for (u32 round = 0; round < rounds; round++) {
        for (int i = 0; i < 4096; i++) seen[i] = 0;
        size = 0;
        for (u32 i = 0; i < n;) {
            u32 length = 0, place = 0;
            if (i + 4 < n) {
                u32 key = (text[i] | (u32)text[i + 1] << 8 | (u32)text[i + 2] << 16) * 2654435761u >> 20;
                place = seen[key];
                seen[key] = (unsigned short)i;
                while (length < 255 && i + length < n && place < i && text[place + length] == text[i + length]) length++;
            }
            if (length > 3) {
                packed[size++] = (unsigned char)length;
                packed[size++] = (unsigned char)(i - place);
                packed[size++] = (unsigned char)((i - place) >> 8);
                i += length;
            } else {
                packed[size++] = 0;
                packed[size++] = text[i++];
            }
        }
        u32 at = 0;
        for (u32 i = 0; i < size;) {
            u32 length = packed[i++];
            if (!length) out[at++] = packed[i++];
            else {
                u32 from = at - (packed[i] | (u32)packed[i + 1] << 8);
                i += 2;
                while (length--) out[at++] = out[from++];
            }
        }
        sum += at * 31 + out[round & 16383];
    }
    return sum * 65536 + size;
}

// A table of states over a text, and a search that skips by the last character.
EXPORT(automaton) u64 automaton(u32 rounds) {
    unsigned char *next = (unsigned char *)buffer, *text = next + 16 * 256;
    u32 seed = 3, hits = 0;
    for (u32 i = 0; i < 16 * 256; i++) next[i] = (unsigned char)((i >> 8) * 5 + (i & 255) * 7 + (i >> 3)) & 15;
    for (u32 i = 0; i < 8192; i++) { seed = seed * 1664525 + 1013904223; text[i] = (unsigned char)(seed >> 24); }
    for (u32 round = 0; round < rounds; round++) {
        u32 state = round & 15;
        for (u32 i = 0; i < 8192; i++) {
            state = next[state << 8 | text[i]];
            hits += state == 9;
        }
    }
    return hits;
}

EXPORT(search) u64 search(u32 rounds) {
    static const char wanted[] = "needle in it";
    unsigned char *text = (unsigned char *)buffer, skip[256];
    u32 m = sizeof wanted - 1, n = 32768, seed = 8;
    u64 sum = 0;
    for (u32 i = 0; i < n; i++) { seed = seed * 1664525 + 1013904223; text[i] = (unsigned char)"abdehilnst e i n"[seed >> 28]; }
    for (u32 i = 1000; i + m < n; i += 3777) for (u32 k = 0; k < m; k++) text[i + k] = (unsigned char)wanted[k];
    for (u32 round = 0; round < rounds; round++) {
        for (int i = 0; i < 256; i++) skip[i] = (unsigned char)m;
        for (u32 k = 0; k < m - 1; k++) skip[(unsigned char)wanted[k]] = (unsigned char)(m - 1 - k);
        for (u32 i = 0; i + m <= n; i += skip[text[i + m - 1]]) {
            u32 k = m;
            while (k && text[i + k - 1] == (unsigned char)wanted[k - 1]) k--;
            if (!k) sum += i;
        }
    }
    return sum;
}

// An interpreter of a stack machine that computes triangular numbers: code, stack and variables in memory.
EXPORT(machine) u64 machine(u32 runs) {
    static const unsigned char code[] = {0, 100, 6, 0, 0, 0, 6, 1, 5, 1, 5, 0, 1, 6, 1, 5, 0, 0, 1, 2, 7, 6, 0, 5, 0, 8, 8, 5, 1, 9};
    u64 stack[16], variables[4], sum = 0;
    for (u32 run = 0; run < runs; run++) {
        u32 at = 0, top = 0;
        for (int isOver = 0; !isOver;)
            switch (code[at++]) {
            case 0: stack[top++] = code[at++]; break;
            case 1: top--; stack[top - 1] += stack[top]; break;
            case 2: top--; stack[top - 1] -= stack[top]; break;
            case 3: top--; stack[top - 1] *= stack[top]; break;
            case 4: top--; stack[top - 1] ^= stack[top]; break;
            case 5: stack[top++] = variables[code[at++]]; break;
            case 6: variables[code[at++]] = stack[--top]; break;
            case 7: break;
            case 8: if (stack[--top]) at = code[at]; else at++; break;
            default: isOver = 1; break;
            }
        sum = sum * 7 + stack[top - 1] + run;
    }
    return sum;
}

// Queens on a board, by recursion with several arguments.
static u32 place(u32 all, u32 columns, u32 left, u32 right) {
    if (columns == all) return 1;
    u32 found = 0;
    for (u32 open = all & ~(columns | left | right); open; open &= open - 1) {
        u32 bit = open & -open;
        found += place(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return found;
}

EXPORT(queens) u64 queens(u32 n) { return place((1u << n) - 1, 0, 0, 0); }
