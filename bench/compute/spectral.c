// The spectral norm of an infinite matrix, of which SIZE rows and columns are taken, in 1e-9.
#include "bench.h"

#define MOST 2048
static double u[MOST], v[MOST], between[MOST];

static double element(uint32_t i, uint32_t j)
{
    return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1);
}

static void times(uint32_t size, const double *from, double *to)
{
    for (uint32_t i = 0; i < size; i++) {
        to[i] = 0;
        for (uint32_t j = 0; j < size; j++) to[i] += element(i, j) * from[j];
    }
}

static void transposed_times(uint32_t size, const double *from, double *to)
{
    for (uint32_t i = 0; i < size; i++) {
        to[i] = 0;
        for (uint32_t j = 0; j < size; j++) to[i] += element(j, i) * from[j];
    }
}

uint64_t work(uint32_t size)
{
    if (size > MOST) __builtin_trap();
    for (uint32_t i = 0; i < size; i++) u[i] = 1;
    for (int step = 0; step < 10; step++) {
        times(size, u, between), transposed_times(size, between, v);
        times(size, v, between), transposed_times(size, between, u);
    }
    double uv = 0, vv = 0;
    for (uint32_t i = 0; i < size; i++) uv += u[i] * v[i], vv += v[i] * v[i];
    return (uint64_t)(__builtin_sqrt(uv / vv) * 1e9 + 0.5);
}
