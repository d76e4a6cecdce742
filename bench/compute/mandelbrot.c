// The Mandelbrot set in SIZE by SIZE points, 100 steps each: how many belong to it.
#include "bench.h"

uint64_t work(uint32_t size)
{
    uint64_t inside = 0;
    for (uint32_t row = 0; row < size; row++) {
        for (uint32_t column = 0; column < size; column++) {
            double cx = 2.0 * column / size - 1.5, cy = 2.0 * row / size - 1.0, x = 0, y = 0;
            int step = 0;
            for (; step < 100 && x * x + y * y <= 4; step++) {
                double next = x * x - y * y + cx;
                y = 2 * x * y + cy;
                x = next;
            }
            inside += step == 100;
        }
    }
    return inside;
}
