// The sieve of Eratosthenes: how many primes there are below SIZE.
#include "bench.h"

#define MOST 20000000
static uint8_t composite[MOST];

uint64_t work(uint32_t size)
{
    if (size > MOST) __builtin_trap();
    uint64_t primes = 0;
    for (uint32_t number = 2; number < size; number++) {
        if (composite[number]) continue;
        primes++;
        for (uint64_t multiple = (uint64_t)number * number; multiple < size; multiple += number) composite[multiple] = 1;
    }
    return primes;
}
