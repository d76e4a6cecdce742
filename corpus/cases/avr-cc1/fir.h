#define SHIFT 15
#define WEIGHT 0.1f

int fir(const int *samples, const int *taps, unsigned char count);
float mean(const float *values, int count);
