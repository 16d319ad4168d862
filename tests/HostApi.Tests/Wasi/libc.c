// What ordinary programs use of the C library, a line of output for each.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

static void at_end(void) { puts("at the end"); }

static void numbers(void) {
    printf("%d %u %lld %x %5.2f %g %s %c\n", -5, 4000000000u, -1234567890123456789ll, 0xbeef, 3.14159, 1e100, "text", '!');
    printf("%ld %.3f %d\n", strtol("-77xyz", NULL, 10), strtod("2.5e3", NULL), atoi("42"));
}

static void memory(void) {
    char *text = malloc(16);
    strcpy(text, "grows");
    for (int size = 32; size <= 400000; size *= 2) {
        text = realloc(text, size);
        if (!text) exit(9);
        memset(text + 6, size & 0xff, size - 6);
    }
    int *cleared = calloc(1000, sizeof(int)), sum = 0;
    for (int i = 0; i < 1000; i++) sum += cleared[i];
    void *volatile huge = malloc(12u << 20);
    printf("%s %d %d\n", text, sum, huge == NULL);
    free(text);
    free(cleared);
    free(huge);
}

static void sorting(void) {
    int values[] = {5, -3, 99, 0, 42, -100, 7};
    qsort(values, 7, sizeof(int), compare);
    for (int i = 0; i < 7; i++) printf("%d%c", values[i], i < 6 ? ' ' : '\n');
    int key = 42;
    printf("%ld\n", (long)((int *)bsearch(&key, values, 7, sizeof(int), compare) - values));
}

static void times(void) {
    struct timespec real, steady, resolution;
    struct timeval day;
    int errors = clock_gettime(CLOCK_REALTIME, &real) | clock_gettime(CLOCK_MONOTONIC, &steady) | clock_getres(CLOCK_REALTIME, &resolution) | gettimeofday(&day, NULL);
    time_t now = time(NULL);
    char text[32];
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", gmtime(&now));
    printf("%d %lld %ld %d %lld %s\n", errors, (long long)real.tv_sec, real.tv_nsec, steady.tv_sec == now && day.tv_sec == now, (long long)resolution.tv_sec, text);
}

static void chance(void) {
    unsigned char bytes[300] = {0};
    int errors = getentropy(bytes, 256), nonzero = 0;
    for (int i = 0; i < 300; i++) nonzero += bytes[i] != 0;
    srand(7);
    int first = rand();
    srand(7);
    printf("%d %d %d\n", errors, nonzero > 200, first == rand());
}

static void environment(int argc, char **argv) {
    printf("%d %s %s\n", argc, argv[argc] ? "?" : "end", getenv("HOME") ? "home" : "no home");
    printf("%d %d %d\n", isatty(0), isatty(1), isatty(7));
}

static void input(void) {
    char line[64];
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        printf("[%s]", line);
    }
    printf(" %d\n", feof(stdin) != 0);
}

static void files(void) {
    char text[64] = {0};
    struct stat status;
    FILE *file = fopen("/greeting.txt", "r");
    if (!file) {
        printf("no files: %d\n", errno == EBADF || errno == ENOENT || errno == ENOTCAPABLE);
        return;
    }
    fgets(text, sizeof text, file);
    printf("%s", text);
    fseek(file, -6, SEEK_END);
    long at = ftell(file);
    size_t read = fread(text, 1, sizeof text, file);
    printf("%ld %zu %.5s %d\n", at, read, text, feof(file) != 0);
    errno = 0;
    int written = fputs("more", file) == EOF || fflush(file) == EOF;
    printf("%d %d\n", written, fclose(file));
    printf("%d %lld %d\n", stat("/data/numbers", &status), (long long)status.st_size, S_ISREG(status.st_mode));
    printf("%d %d\n", stat("/data", &status), S_ISDIR(status.st_mode));
    file = fopen("data/numbers", "r");
    int sum = 0, number;
    while (file && fscanf(file, "%d", &number) == 1) sum += number;
    printf("%d\n", sum);
    // Nothing can be made, changed or removed.
    int refused = 0;
    refused += !fopen("/new.txt", "w") && errno == EROFS;
    refused += !fopen("/greeting.txt", "w") && errno == EROFS;
    refused += !fopen("/greeting.txt", "a") && errno == EROFS;
    refused += !fopen("/greeting.txt", "r+") && errno == EROFS;
    refused += unlink("/greeting.txt") != 0;
    refused += mkdir("/folder", 0777) != 0;
    refused += rename("/greeting.txt", "/other") != 0;
    printf("%d\n", refused);
    printf("%d %d\n", !fopen("/nothing", "r") && errno == ENOENT, access("/greeting.txt", R_OK));
}

int main(int argc, char **argv) {
    atexit(at_end);
    numbers();
    memory();
    sorting();
    times();
    chance();
    environment(argc, argv);
    input();
    files();
    fprintf(stderr, "to standard error\n");
    fflush(stdout);
    return 3;
}
