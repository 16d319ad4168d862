// Runs kernels natively: each line NAME SIZE CALLS is answered with the checksum and the nanoseconds of all calls together.
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "kernels.c"

static const struct { const char *name; u64 (*run)(u32); } kernels[] = {
    {"fib", fib}, {"sieve", sieve}, {"sort", sort}, {"chacha", chacha}, {"keccakf", keccakf}, {"matmul", matmul}, {"dispatch", dispatch}, {"indirect", indirect},
    {"bigint", bigint}, {"hashmap", hashmap}, {"json", json}, {"nbody", nbody}, {"mandel", mandel}, {"memmoves", memmoves}, {"simdfloat", simdfloat}, {"simdint", simdint},
    {"stencil", stencil}, {"fft", fft}, {"saxpy", saxpy}, {"siphash", siphash}, {"crc", crc}, {"heapsort", heapsort}, {"radixsort", radixsort}, {"utf8", utf8},
    {"lz", lz}, {"automaton", automaton}, {"search", search}, {"machine", machine}, {"queens", queens}, {"sha256", sha256}, {"distance", distance}, {"tree", tree}, {"words", words},
    {"spectral", spectral}, {"clamp", clamp}, {"convert", convert},
};

int main(void) {
    char name[32];
    u32 size, calls;
    while (scanf("%31s %u %u", name, &size, &calls) == 3)
        for (unsigned k = 0; k < sizeof kernels / sizeof *kernels; k++) {
            if (strcmp(kernels[k].name, name)) continue;
            struct timespec from, to;
            u64 sum = 0;
            clock_gettime(CLOCK_MONOTONIC, &from);
            for (u32 call = 0; call < calls; call++) sum = kernels[k].run(size);
            clock_gettime(CLOCK_MONOTONIC, &to);
            printf("%016llx %lld\n", sum, (long long)(to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec);
            fflush(stdout);
        }
    return 0;
}
