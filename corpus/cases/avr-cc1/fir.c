#include "fir.h"

int fir(const int *samples, const int *taps, unsigned char count)
{
    long sum = 0;

    while (count--)
        sum += (long)*samples++ * *taps--;
    return (int)(sum >> SHIFT);
}

float mean(const float *values, int count)
{
    float sum = 0.0f;

    for (int i = 0; i < count; i++)
        sum += values[i] * WEIGHT;
    return sum / count;
}
