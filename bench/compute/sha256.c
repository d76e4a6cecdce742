// SHA-256 of SIZE times 64 bytes, which count 0 to 63: the first 8 bytes of the digest, as a number.
#include "bench.h"

static uint32_t k[64], h[8];

static uint32_t rotated(uint32_t word, int by)
{
    return word >> by | word << (32 - by);
}

// The first 32 bits of the fractional part of the root of a prime, square or cube, by bisection.
static uint32_t root(uint32_t prime, int degree)
{
    double low = 0, high = 32;
    for (int step = 0; step < 60; step++) {
        double middle = (low + high) / 2;
        if ((degree == 2 ? middle * middle : middle * middle * middle) < prime) low = middle;
        else high = middle;
    }
    return (uint32_t)(uint64_t)(low * 4294967296.0);
}

static void constants(void)
{
    int found = 0;
    for (uint32_t number = 2; found < 64; number++) {
        int prime = 1;
        for (uint32_t divisor = 2; divisor < number; divisor++) prime &= number % divisor != 0;
        if (!prime) continue;
        if (found < 8) h[found] = root(number, 2);
        k[found++] = root(number, 3);
    }
}

static void block(const uint8_t *data)
{
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++, data += 4)
        w[i] = (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 | (uint32_t)data[2] << 8 | data[3];
    for (int i = 16; i < 64; i++) {
        uint32_t s0 = rotated(w[i - 15], 7) ^ rotated(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t s1 = rotated(w[i - 2], 17) ^ rotated(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    for (int i = 0; i < 8; i++) s[i] = h[i];
    for (int i = 0; i < 64; i++) {
        uint32_t s1 = rotated(s[4], 6) ^ rotated(s[4], 11) ^ rotated(s[4], 25);
        uint32_t t1 = s[7] + s1 + ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
        uint32_t s0 = rotated(s[0], 2) ^ rotated(s[0], 13) ^ rotated(s[0], 22);
        uint32_t t2 = s0 + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        for (int j = 7; j > 0; j--) s[j] = s[j - 1];
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) h[i] += s[i];
}

uint64_t work(uint32_t size)
{
    uint8_t data[64], last[64] = {0x80};
    uint64_t bits = (uint64_t)size * 512;
    constants();
    for (int i = 0; i < 64; i++) data[i] = (uint8_t)i;
    for (int i = 0; i < 8; i++) last[56 + i] = (uint8_t)(bits >> (56 - 8 * i));
    for (uint32_t i = 0; i < size; i++) block(data);
    block(last);
    return (uint64_t)h[0] << 32 | h[1];
}
