// Sorts SIZE pseudorandom numbers, and gives the sum of every number times its place.
#include "bench.h"

#define MOST 4000000
static uint32_t numbers[MOST];

static void sort(uint32_t *low, uint32_t *high)
{
    while (low < high) {
        uint32_t pivot = low[(high - low) / 2], *left = low, *right = high;
        while (left <= right) {
            while (*left < pivot) left++;
            while (*right > pivot) right--;
            if (left > right) break;
            uint32_t kept = *left;
            *left++ = *right, *right-- = kept;
        }
        if (right - low < high - left) sort(low, right), low = left;
        else sort(left, high), high = right;
    }
}

uint64_t work(uint32_t size)
{
    if (size == 0 || size > MOST) __builtin_trap();
    uint32_t state = 1;
    for (uint32_t i = 0; i < size; i++) numbers[i] = state = state * 1664525 + 1013904223;
    sort(numbers, numbers + size - 1);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < size; i++) sum += (uint64_t)numbers[i] * i;
    return sum;
}
