// Each program here defines this: the work of the given size, and a number that only doing it gives.
#include <stddef.h>
#include <stdint.h>

uint64_t work(uint32_t size);
