// PROGRAM SIZE: prints the milliseconds that the work takes, and what it gave. Once as a WASI command, without a C
// library, and once for the host itself.
#include "bench.h"

#ifdef __wasm__
#define WASI(function) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#function)))
typedef struct {
    const void *data;
    size_t size;
} vector_t;
WASI(args_sizes_get) int args_sizes_get(size_t *count, size_t *size);
WASI(args_get) int args_get(char **arguments, char *text);
WASI(clock_time_get) int clock_time_get(int clock, uint64_t precision, uint64_t *time);
WASI(fd_write) int fd_write(int fd, const vector_t *vectors, size_t count, size_t *written);

static uint64_t now(void)
{
    uint64_t time = 0;
    clock_time_get(1, 1, &time);
    return time;
}

static void print(const char *text, size_t size)
{
    fd_write(1, &(vector_t){text, size}, 1, &size);
}
#else
#include <stdio.h>
#include <time.h>

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void print(const char *text, size_t size)
{
    fwrite(text, 1, size, stdout);
}
#endif

static void run(const char *argument)
{
    uint32_t size = 0;
    for (; *argument; argument++) size = 10 * size + (uint32_t)(*argument - '0');
    uint64_t start = now();
    uint64_t result = work(size);
    uint64_t microseconds = (now() - start) / 1000;
    char text[64], *at = text + sizeof text;
    *--at = '\n';
    do *--at = (char)('0' + result % 10);
    while (result /= 10);
    *--at = ' ';
    for (int digit = 0; digit < 3 || microseconds; digit++, microseconds /= 10) {
        *--at = (char)('0' + microseconds % 10);
        if (digit == 2) *--at = '.';
    }
    if (*at == '.') *--at = '0';
    print(at, (size_t)(text + sizeof text - at));
}

#ifdef __wasm__
__attribute__((export_name("_start"))) void start(void)
{
    static char *arguments[64], text[4096];
    size_t count, size;
    if (args_sizes_get(&count, &size) || count < 2 || count > 64 || size > sizeof text) __builtin_trap();
    args_get(arguments, text);
    run(arguments[1]);
}
#else
int main(int count, char **arguments)
{
    if (count < 2) return 1;
    run(arguments[1]);
    return 0;
}
#endif
