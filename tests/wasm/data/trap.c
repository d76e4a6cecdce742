/* A program that traps two calls deep, for tests of backtraces. See build.sh. */

#define KEEP __attribute__((noinline))

#include "lib/divide.h"

/* Nobody calls this one: the linker drops it, and leaves its line table behind with a tombstone for an address. */
int unused(int value) {
    return value * zero;
}

KEEP int outer(int value) {
    int half = divide(value);
    return half + 1;
}

__attribute__((export_name("run"))) int run(int value) {
    return outer(value + 1) * 2;
}
