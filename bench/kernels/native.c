// Runs one kernel natively: native NAME SIZE prints the checksum and the nanoseconds of the median of eleven runs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "kernels.c"

static const struct { const char *name; u64 (*run)(u32); } kernels[] = {
    {"fib", fib}, {"sieve", sieve}, {"sort", sort}, {"chacha", chacha}, {"keccakf", keccakf}, {"matmul", matmul}, {"dispatch", dispatch}, {"indirect", indirect},
    {"bigint", bigint}, {"hashmap", hashmap}, {"json", json}, {"nbody", nbody}, {"mandel", mandel}, {"memmoves", memmoves}, {"simdfloat", simdfloat}, {"simdint", simdint},
};

#define RUNS 11

static int ascending(const void *a, const void *b) { return (*(const u64 *)a > *(const u64 *)b) - (*(const u64 *)a < *(const u64 *)b); }

int main(int count, char **arguments) {
    if (count != 3) return 2;
    for (unsigned k = 0; k < sizeof kernels / sizeof *kernels; k++) {
        if (strcmp(kernels[k].name, arguments[1])) continue;
        volatile u32 size = (u32)atoi(arguments[2]);
        u64 times[RUNS], sum = 0;
        for (int run = 0; run < RUNS; run++) {
            struct timespec from, to;
            clock_gettime(CLOCK_MONOTONIC, &from);
            sum = kernels[k].run(size);
            clock_gettime(CLOCK_MONOTONIC, &to);
            times[run] = (u64)(to.tv_sec - from.tv_sec) * 1000000000ull + (u64)to.tv_nsec - (u64)from.tv_nsec;
        }
        qsort(times, RUNS, sizeof *times, ascending);
        printf("%016llx %llu\n", sum, times[RUNS / 2]);
        return 0;
    }
    return 1;
}
