// The SIZEth Fibonacci number, by calls of a function that the compiler may neither inline nor unroll.
#include "bench.h"

__attribute__((noinline)) static uint32_t fibonacci(uint32_t number);

static uint32_t (*volatile again)(uint32_t) = fibonacci;

static uint32_t fibonacci(uint32_t number)
{
    return number < 2 ? number : again(number - 1) + again(number - 2);
}

uint64_t work(uint32_t size)
{
    return fibonacci(size);
}
