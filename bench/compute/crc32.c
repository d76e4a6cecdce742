// CRC-32 of SIZE times 64 KiB, whose bytes count 0 to 255 again and again.
#include "bench.h"

static uint32_t table[256];
static uint8_t data[65536];

uint64_t work(uint32_t size)
{
    for (uint32_t i = 0; i < 256; i++) {
        table[i] = i;
        for (int bit = 0; bit < 8; bit++) table[i] = table[i] & 1 ? table[i] >> 1 ^ 0xedb88320 : table[i] >> 1;
    }
    for (uint32_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)i;
    uint32_t crc = 0xffffffff;
    for (uint32_t turn = 0; turn < size; turn++)
        for (uint32_t i = 0; i < sizeof data; i++) crc = table[(crc ^ data[i]) & 0xff] ^ crc >> 8;
    return ~crc;
}
