// The product of two matrices of SIZE by SIZE small integers: the sum of its elements.
#include "bench.h"

#define MOST 512
static double a[MOST][MOST], b[MOST][MOST], product[MOST][MOST];

uint64_t work(uint32_t size)
{
    if (size > MOST) __builtin_trap();
    for (uint32_t i = 0; i < size; i++)
        for (uint32_t j = 0; j < size; j++) a[i][j] = (i * 7 + j) % 10, b[i][j] = (i + j * 3) % 10;
    for (uint32_t i = 0; i < size; i++)
        for (uint32_t k = 0; k < size; k++)
            for (uint32_t j = 0; j < size; j++) product[i][j] += a[i][k] * b[k][j];
    double sum = 0;
    for (uint32_t i = 0; i < size; i++)
        for (uint32_t j = 0; j < size; j++) sum += product[i][j];
    return (uint64_t)sum;
}
