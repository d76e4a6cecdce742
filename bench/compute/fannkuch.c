// All permutations of SIZE pancakes: the most flips that any of them takes, times a million, plus the checksum.
#include "bench.h"

uint64_t work(uint32_t size)
{
    uint32_t now[16], flipped[16], count[16], most = 0, turn = 0, rest = size;
    int64_t checksum = 0;
    for (uint32_t i = 0; i < size; i++) now[i] = i;
    for (;;) {
        for (; rest != 1; rest--) count[rest - 1] = rest;
        if (now[0]) {
            for (uint32_t i = 0; i < size; i++) flipped[i] = now[i];
            uint32_t flips = 0, first;
            while ((first = flipped[0])) {
                for (uint32_t low = 0, high = first; low < high; low++, high--) {
                    uint32_t kept = flipped[low];
                    flipped[low] = flipped[high], flipped[high] = kept;
                }
                flips++;
            }
            if (flips > most) most = flips;
            checksum += turn % 2 ? -(int64_t)flips : (int64_t)flips;
        }
        for (;; rest++) {
            if (rest == size) return (uint64_t)(most * (int64_t)1000000 + checksum);
            uint32_t first = now[0];
            for (uint32_t i = 0; i < rest; i++) now[i] = now[i + 1];
            now[rest] = first;
            if (--count[rest]) break;
        }
        turn++;
    }
}
