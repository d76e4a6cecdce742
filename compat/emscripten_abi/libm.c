/* The transcendental functions of JavaScript's Math, and C's fmod and fma. `python tools/libm.py` makes libm.wasm.

   The methods and coefficients are those of fdlibm (K. C. Ng, Sun, 1993), with which V8 computes. A result is the same
   to the last bit where the same roundings are made, so thresholds and the order of operations are the same too. Left
   out is what fdlibm does for the exceptions of IEEE 754, which WebAssembly lacks, and for cases that the general way
   gets right.

   A result that is not a number is always the same NaN. */

#include <stdbool.h>
#include <stdint.h>

#define EXPORT(name) __attribute__((export_name(name)))
/* So that what it returns stays out of memory. */
#define INLINE __attribute__((always_inline)) static inline
#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])
#define POLYNOMIAL(x, coefficients) polynomial(x, coefficients, COUNT(coefficients))

enum { BIAS = 1023 }; /* of exponents */
#define IMPLICIT_BIT (UINT64_C(1) << 52)
#define FRACTION (IMPLICIT_BIT - 1)

#define INFINITE __builtin_inf()
#define NOT_A_NUMBER __builtin_nan("")

INLINE uint64_t bits_of(double x) { return __builtin_bit_cast(uint64_t, x); }
INLINE double from_bits(uint64_t bits) { return __builtin_bit_cast(double, bits); }

/* Sign, exponent and the highest 20 bits of the significand. */
INLINE int32_t high_word(double x) { return (int32_t)(bits_of(x) >> 32); }

INLINE int exponent_bits(double x) { return (high_word(x) >> 20) & 0x7ff; }

/* Without the lowest 32 bits of the significand: few enough are left for a product of two to be exact. */
INLINE double chopped(double x) { return from_bits(bits_of(x) & ~UINT64_C(0xffffffff)); }

/* 2^n, for -1022 <= n <= 1023. */
INLINE double power_of_2(int n) { return from_bits((uint64_t)(n + BIAS) << 52); }

INLINE double absolute(double x) { return __builtin_fabs(x); }
INLINE double with_sign_of(double x, double y) { return __builtin_copysign(x, y); }
INLINE bool is_negative(double x) { return bits_of(x) >> 63; }
INLINE bool is_nan(double x) { return x != x; }
INLINE bool is_infinite(double x) { return absolute(x) == INFINITE; }

/* c[0] + c[1] x + c[2] x^2 + ... */
INLINE double polynomial(double x, const double *c, int count)
{
    double sum = c[count - 1];
#pragma unroll
    for (int i = count - 2; i >= 0; i--)
        sum = c[i] + x * sum;
    return sum;
}

/* The logarithm of 2, and pi with its halves, as sums of a number and what that lacks. LN2_HIGH ends in zeros, so that
   multiples of it are exact. */
static const double LN2_HIGH = 0x1.62e42feep-1, LN2_LOW = 0x1.a39ef35793c76p-33;
static const double INVERSE_LN2 = 0x1.71547652b82fep+0;
static const double PI = 0x1.921fb54442d18p+1, PI_LOW = 0x1.1a62633145c07p-53;
static const double PI_2 = 0x1.921fb54442d18p+0, PI_2_LOW = 0x1.1a62633145c07p-54;
static const double PI_4 = 0x1.921fb54442d18p-1, PI_4_LOW = 0x1.1a62633145c07p-55;

/* --- sine, cosine, tangent --- */

/* A number less a multiple of pi/2: between -pi/4 and pi/4, about, as a sum of a number and what that lacks. */
typedef struct {
    double value, rest;
    int quadrant; /* the multiple; its lowest two bits count */
    bool reduced; /* else there is no rest */
} Angle;

/* pi/2 as a sum of three numbers of 33 bits; each time also what is left then. */
static const double PI_2_PARTS[] = {0x1.921fb544p+0, 0x1.0b4611a6p-34, 0x1.3198a2ep-69};
static const double PI_2_LEFT[] = {0x1.0b4611a626331p-34, 0x1.3198a2e037073p-69, 0x1.b839a252049c1p-104};

INLINE Angle difference(double x, double y, int quadrant)
{
    double value = x - y;
    return (Angle){value, (x - value) - y, quadrant, true};
}

/* Of x from pi/4 to 3/4 pi. */
INLINE Angle reduce_once(double x)
{
    double value = x - PI_2_PARTS[0];
    if (high_word(x) != high_word(PI_2))
        return difference(value, PI_2_LEFT[0], 1);
    return difference(value - PI_2_PARTS[1], PI_2_LEFT[1], 1);
}

/* Of x up to 2^19 pi/2: as many parts of pi/2 as it takes, which is told by how many bits are lost. */
INLINE Angle reduce_medium(double x)
{
    int n = (int)(x * 0x1.45f306dc9c883p-1 + 0.5);
    double value = x - n * PI_2_PARTS[0], rest = n * PI_2_LEFT[0];
    Angle angle = difference(value, rest, n);
    if (n < 32 && high_word(x) != high_word(n * PI_2))
        return angle;
    static const int ENOUGH[] = {16, 49};
    for (int i = 0; i < 2; i++) {
        if (exponent_bits(x) - exponent_bits(angle.value) <= ENOUGH[i])
            break;
        double before = value, part = n * PI_2_PARTS[i + 1];
        value = before - part;
        rest = n * PI_2_LEFT[i + 1] - ((before - value) - part);
        angle = difference(value, rest, n);
    }
    return angle;
}

/* 2/pi in digits of 24 bits: as many as the largest number needs. */
static const uint32_t INVERSE_PI_2[] = {
    0xa2f983, 0x6e4e44, 0x1529fc, 0x2757d1, 0xf534dd, 0xc0db62, 0x95993c, 0x439041, 0xfe5163, 0xabdebb, 0xc561b7,
    0x246e3a, 0x424dd2, 0xe00649, 0x2eea09, 0xd1921c, 0xfe1deb, 0x1cb129, 0xa73ee8, 0x8235f5, 0x2ebb44, 0x84e99c,
    0x7026b4, 0x5f7e41, 0x3991d6, 0x398353, 0x39f49c, 0x845f8b, 0xbdf928, 0x3b1ff8, 0x97ffde, 0x05980f, 0xef2f11,
    0x8b5a0a, 0x6d1f6d, 0x367ecf, 0x27cb09, 0xb74f46, 0x3f669e, 0x5fea2d, 0x7527ba, 0xc7ebe5, 0xf17b3d, 0x0739f7,
    0x8a5292, 0xea6bfb, 0x5fb11f, 0x8d5d08, 0x560330, 0x46fc7b, 0x6babf0, 0xcfbc20, 0x9af436, 0x1da9e3, 0x91615e,
    0xe61b08, 0x659985, 0x5f14a0, 0x68408d, 0xffd880, 0x4d7327, 0x310606, 0x1556ca, 0x73a8c9, 0x60e27b, 0xc08c6b,
};

/* pi/2 in digits of 24 bits, as numbers. */
static const double PI_2_DIGITS[] = {
    0x1.921fb4p+0, 0x1.4442dp-24, 0x1.846988p-48, 0x1.8cc516p-72, 0x1.01b838p-96,
};

enum { DIGIT = 24, FOLLOWING = 4, MOST = 2 * FOLLOWING };
static const uint64_t DIGIT_MASK = (1 << DIGIT) - 1;

/* What `reduce_large` returns. If it were returned, the others' would go through memory as well. */
static Angle large;

/* Of any larger x: multiplied by 2/pi, without the digits that only add multiples of 8. Four digits are to follow the
   first that is not 0, which is one of the first few: no number is nearer to a multiple of pi/2. */
__attribute__((noinline)) static void reduce_large(double x)
{
    uint64_t significand = (bits_of(x) & FRACTION) | IMPLICIT_BIT;
    uint64_t factor[] = {significand >> 29, significand >> 5 & DIGIT_MASK, significand << 19 & DIGIT_MASK};
    int exponent = exponent_bits(x) - BIAS - (DIGIT - 1); /* of factor[0] */
    int skipped = (exponent - 3) / DIGIT;
    int unit = exponent - DIGIT * (skipped + 1); /* the exponent of digit[0]: at most 2 */
    int at = unit < 0 ? 0 : 1;                   /* the digit in which whole quarters end and the fraction begins */
    int point = at ? DIGIT - unit : -unit;       /* how many of its bits are the fraction's */
    uint64_t one = UINT64_C(1) << point;

    uint64_t digit[MOST + 1];
    int quadrant, first, last = FOLLOWING;
    bool beyond_half;
    for (;;) {
        for (int i = 0; i <= last; i++) {
            digit[i] = 0;
            for (int j = 0; j < COUNT(factor) && j <= skipped + i; j++)
                digit[i] += factor[j] * INVERSE_PI_2[skipped + i - j];
        }
        for (int i = last; i > 0; i--) {
            digit[i - 1] += digit[i] >> DIGIT;
            digit[i] &= DIGIT_MASK;
        }
        quadrant = (int)(digit[at] >> point);
        digit[at] &= one - 1;
        if (at) {
            quadrant += (int)(digit[0] << unit);
            digit[0] = 0;
        }
        beyond_half = digit[at] >> (point - 1);
        if (beyond_half) { /* The next quarter is nearer: it less the number. */
            quadrant++;
            uint64_t borrow = 0;
            for (int i = last; i > at; i--) {
                uint64_t next = digit[i] | borrow ? 1 : 0;
                digit[i] = (0 - digit[i] - borrow) & DIGIT_MASK;
                borrow = next;
            }
            digit[at] = one - digit[at] - borrow;
        }
        for (first = 0; first < last && digit[first] == 0;)
            first++;
        if (last - first >= FOLLOWING)
            break;
        last = FOLLOWING + first;
    }

    /* The fraction as numbers, the highest first. digit[0] may have more bits than a digit. */
    double part[MOST + 2];
    int count = 0, shift = unit - DIGIT * first;
    if (digit[first] >> DIGIT)
        part[count++] = (double)(digit[first] >> DIGIT) * power_of_2(shift + DIGIT);
    for (int i = first; i <= last; i++, shift -= DIGIT)
        part[count++] = (double)(digit[i] & DIGIT_MASK) * power_of_2(shift);

    double product[MOST + 2]; /* each exact */
    for (int i = 0; i < count; i++) {
        product[i] = 0;
        for (int k = 0; k < COUNT(PI_2_DIGITS) && k <= i; k++)
            product[i] += PI_2_DIGITS[k] * part[i - k];
    }
    double value = 0;
    for (int i = count - 1; i >= 0; i--)
        value += product[i];
    double rest = product[0] - value;
    for (int i = 1; i < count; i++)
        rest += product[i];
    large = beyond_half ? (Angle){-value, -rest, quadrant, true} : (Angle){value, rest, quadrant, true};
}

/* Of a finite x that is not negative. */
INLINE Angle reduce(double x)
{
    if (x < 0x1.921fcp-1)
        return (Angle){x, 0, 0, false};
    if (x < 0x1.2d97cp+1)
        return reduce_once(x);
    if (x < 0x1.921fcp+20)
        return reduce_medium(x);
    reduce_large(x);
    return large;
}

INLINE double sine_of(Angle angle)
{
    static const double S1 = -0x1.5555555555549p-3;
    static const double S[] = {
        0x1.111111110f8a6p-7,   -0x1.a01a019c161d5p-13, 0x1.71de357b1fe7dp-19,
        -0x1.ae5e68a2b9cebp-26, 0x1.5d93a5acfd57cp-33,
    };
    double x = angle.value, y = angle.rest;
    if (absolute(x) < 0x1p-27)
        return x;
    double square = x * x, cube = square * x;
    double sum = POLYNOMIAL(square, S);
    if (!angle.reduced)
        return x + cube * (S1 + square * sum);
    return x - ((square * (0.5 * y - cube * sum) - y) - cube * S1);
}

INLINE double cosine_of(Angle angle)
{
    static const double C[] = {
        0x1.555555555554cp-5,   -0x1.6c16c16c15177p-10, 0x1.a01a019cb159p-16,
        -0x1.27e4f809c52adp-22, 0x1.1ee9ebdb4b1c4p-29,  -0x1.8fae9be8838d4p-37,
    };
    double x = absolute(angle.value), y = angle.value < 0 ? -angle.rest : angle.rest;
    double square = x * x;
    double less = square * (square * POLYNOMIAL(square, C)) - x * y;
    if (x < 0x1.33333p-2)
        return 1 - (0.5 * square - less);
    /* Part of x^2/2 is taken from 1 without rounding. */
    double part = x < 0x1.90001p-1 ? chopped(x) * 0.25 : 0.28125;
    return (1 - part) - ((0.5 * square - part) - less);
}

/* -1 / (x + y), of which w is the sum as rounded. */
INLINE double negative_inverse(double x, double y, double w)
{
    double high = chopped(w), low = y - (high - x);
    double inverse = -1 / w, inverse_high = chopped(inverse);
    return inverse_high + inverse * ((1 + inverse_high * high) + inverse_high * low);
}

/* The tangent, or in an odd quadrant -1 by the tangent. */
INLINE double tangent_of(Angle angle)
{
    static const double T0 = 0x1.5555555555563p-2;
    static const double EVEN[] = {
        0x1.111111110fe7ap-3,  0x1.664f48406d637p-6,  0x1.d6d22c9560328p-9,
        0x1.344d8f2f26501p-11, 0x1.47e88a03792a6p-14, -0x1.375cbdb605373p-16,
    };
    static const double ODD[] = {
        0x1.ba1ba1bb341fep-5,  0x1.226e3e96e8493p-7,  0x1.7dbc8fee08315p-10,
        0x1.026f71a8d1068p-12, 0x1.2b80f32f0a7e9p-14, 0x1.b2a7074bf7ad4p-16,
    };
    double x = angle.value, y = angle.rest;
    bool inverse = angle.quadrant & 1;
    if (absolute(x) < 0x1p-28)
        return inverse ? negative_inverse(x, y, x + y) : x;
    bool near_pi_4 = absolute(x) >= 0x1.59428p-1;
    if (near_pi_4) { /* The tangent of what is missing to pi/4. */
        y = PI_4_LOW - (x < 0 ? -y : y);
        x = (PI_4 - absolute(x)) + y;
        y = 0;
    }
    double square = x * x, fourth = square * square, cube = square * x;
    double sum = POLYNOMIAL(fourth, EVEN) + square * POLYNOMIAL(fourth, ODD);
    double rest = (y + square * (cube * sum + y)) + T0 * cube;
    double tangent = x + rest;
    if (near_pi_4) {
        double one = inverse ? -1 : 1;
        double value = one - 2 * (x - (tangent * tangent / (tangent + one) - rest));
        return angle.value < 0 ? -value : value;
    }
    return inverse ? negative_inverse(x, rest, tangent) : tangent;
}

EXPORT("sin") double sine(double x)
{
    if (is_nan(x) || is_infinite(x))
        return NOT_A_NUMBER;
    Angle angle = reduce(absolute(x));
    double value = angle.quadrant & 1 ? cosine_of(angle) : sine_of(angle);
    return is_negative(x) != (angle.quadrant >> 1 & 1) ? -value : value;
}

EXPORT("cos") double cosine(double x)
{
    if (is_nan(x) || is_infinite(x))
        return NOT_A_NUMBER;
    Angle angle = reduce(absolute(x));
    double value = angle.quadrant & 1 ? sine_of(angle) : cosine_of(angle);
    return (angle.quadrant + 1) >> 1 & 1 ? -value : value;
}

EXPORT("tan") double tangent(double x)
{
    if (is_nan(x) || is_infinite(x))
        return NOT_A_NUMBER;
    double value = tangent_of(reduce(absolute(x)));
    return is_negative(x) ? -value : value;
}

/* --- their inverses --- */

/* (asin(x) - x) / x, of the square of x; for |x| up to 1/2. */
INLINE double arcsine_ratio(double square)
{
    static const double P[] = {
        0x1.5555555555555p-3,  -0x1.4d61203eb6f7dp-2, 0x1.9c1550e884455p-3,
        -0x1.48228b5688f3bp-5, 0x1.9efe07501b288p-11, 0x1.23de10dfdf709p-15,
    };
    static const double Q[] = {
        1, -0x1.33a271c8a2d4bp+1, 0x1.02ae59c598ac8p+1, -0x1.6066c1b8d0159p-1, 0x1.3b8c5b12e9282p-4,
    };
    return square * POLYNOMIAL(square, P) / POLYNOMIAL(square, Q);
}

/* What a square root lacks when it is chopped. */
INLINE double lacking(double square, double root)
{
    return (square - chopped(root) * chopped(root)) / (root + chopped(root));
}

EXPORT("asin") double arcsine(double x)
{
    double size = absolute(x);
    if (!(size <= 1))
        return NOT_A_NUMBER;
    if (size < 0.5)
        return x + x * arcsine_ratio(x * x);
    /* pi/2 - 2 asin(sqrt((1 - x) / 2)) */
    double square = (1 - size) * 0.5, root = __builtin_sqrt(square), ratio = arcsine_ratio(square), value;
    if (size >= 0x1.f3333p-1)
        value = PI_2 - (2 * (root + root * ratio) - PI_2_LOW);
    else
        value = PI_4 - ((2 * root * ratio - (PI_2_LOW - 2 * lacking(square, root))) - (PI_4 - 2 * chopped(root)));
    return with_sign_of(value, x);
}

EXPORT("acos") double arccosine(double x)
{
    if (!(absolute(x) <= 1))
        return NOT_A_NUMBER;
    if (x == 1)
        return 0;
    if (absolute(x) < 0.5)
        return PI_2 - (x - (PI_2_LOW - x * arcsine_ratio(x * x)));
    /* 2 asin(sqrt((1 - x) / 2)), and pi less that */
    double square = (1 - absolute(x)) * 0.5, root = __builtin_sqrt(square), ratio = arcsine_ratio(square);
    if (x < 0)
        return PI - 2 * (root + (ratio * root - PI_2_LOW));
    return 2 * (chopped(root) + (ratio * root + lacking(square, root)));
}

EXPORT("atan") double arctangent(double x)
{
    static const double EVEN[] = {
        0x1.555555555550dp-2, 0x1.24924920083ffp-3, 0x1.745cdc54c206ep-4,
        0x1.10d66a0d03d51p-4, 0x1.97b4b24760debp-5, 0x1.0ad3ae322da11p-6,
    };
    static const double ODD[] = {
        -0x1.999999998ebc4p-3, -0x1.c71c6fe231671p-4, -0x1.3b0f2af749a6dp-4,
        -0x1.dde2d52defd9ap-5, -0x1.2b4442c6a6c2fp-5,
    };
    if (is_nan(x))
        return NOT_A_NUMBER;
    double size = absolute(x), rest, base = 0, base_low = 0; /* atan(|x|) = base + atan(rest) */
    if (size < 0x1p-27)
        return x;
    if (size < 0.4375) {
        rest = size;
    } else if (size < 0.6875) {
        rest = (2 * size - 1) / (2 + size);
        base = 0x1.dac670561bb4fp-2, base_low = 0x1.a2b7f222f65e2p-56;
    } else if (size < 1.1875) {
        rest = (size - 1) / (size + 1);
        base = PI_4, base_low = PI_4_LOW;
    } else if (size < 2.4375) {
        rest = (size - 1.5) / (1 + 1.5 * size);
        base = 0x1.f730bd281f69bp-1, base_low = 0x1.007887af0cbbdp-56;
    } else {
        rest = -1 / size;
        base = PI_2, base_low = PI_2_LOW;
    }
    double square = rest * rest, fourth = square * square;
    double less = rest * (square * POLYNOMIAL(fourth, EVEN) + fourth * POLYNOMIAL(fourth, ODD));
    return with_sign_of(base - ((less - base_low) - rest), x);
}

EXPORT("atan2") double angle_of_point(double y, double x)
{
    double angle;
    if (is_nan(x) || is_nan(y))
        return NOT_A_NUMBER;
    if (y == 0)
        angle = is_negative(x) ? PI : 0;
    else if (is_infinite(x) && is_infinite(y))
        angle = is_negative(x) ? 3 * PI_4 : PI_4;
    else if (x == 0 || is_infinite(y) || (((high_word(y) & 0x7fffffff) - (high_word(x) & 0x7fffffff)) >> 20) > 60)
        angle = PI_2;
    else {
        angle = arctangent(absolute(y / x));
        if (is_negative(x))
            angle = PI - (angle - PI_LOW);
    }
    return with_sign_of(angle, y);
}

/* --- exponential function, logarithms, powers --- */

/* x - x^2 (1/6 - x^2/360 ...), of which exp(x) = 1 + x + x y / (2 - y). */
INLINE double exponential_term(double x)
{
    static const double P[] = {
        0x1.555555555553ep-3,   -0x1.6c16c16bebd93p-9, 0x1.1566aaf25de2cp-14,
        -0x1.bbd41c5d26bf1p-20, 0x1.6376972bea4dp-25,
    };
    double square = x * x;
    return x - square * POLYNOMIAL(square, P);
}

EXPORT("exp") double exponential(double x)
{
    if (is_nan(x))
        return NOT_A_NUMBER;
    if (x > 0x1.62e42fefa39efp+9)
        return INFINITE;
    if (x < -0x1.74910d52d3051p+9)
        return 0;
    double size = absolute(x);
    if (size < 0x1p-28)
        return 1 + x;
    if (size < 0x1.62e43p-2) {
        double term = exponential_term(x);
        return 1 - ((x * term) / (term - 2) - x);
    }
    if (x == 1) /* This way it would be off by one in the last place. */
        return 0x1.5bf0a8b145769p+1;
    int n = size < 0x1.0a2b2p+0 ? (x < 0 ? -1 : 1) : (int)(INVERSE_LN2 * x + (x < 0 ? -0.5 : 0.5));
    double high = x - n * LN2_HIGH, low = n * LN2_LOW, rest = high - low;
    double term = exponential_term(rest);
    double value = 1 - ((low - (rest * term) / (2 - term)) - high);
    if (n < -1021)
        return value * power_of_2(n + 1000) * 0x1p-1000;
    return n > 1023 ? value * 2 * power_of_2(1023) : value * power_of_2(n);
}

EXPORT("log") double logarithm(double x)
{
    static const double EVEN[] = {0x1.999999997fa04p-2, 0x1.c71c51d8e78afp-3, 0x1.39a09d078c69fp-3};
    static const double ODD[] = {
        0x1.5555555555593p-1, 0x1.2492494229359p-2, 0x1.7466496cb03dep-3, 0x1.2f112df3e5244p-3,
    };
    if (!(x >= 0))
        return NOT_A_NUMBER;
    if (x == 0)
        return -INFINITE;
    if (x == INFINITE)
        return x;
    int n = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        n = -54;
    }
    /* x = 2^n (1 + f), from half the square root of 2 to all of it */
    int fraction = high_word(x) & 0xfffff;
    int above = (fraction + 0x95f64) >> 20;
    n += exponent_bits(x) - BIAS + above;
    double f = from_bits((bits_of(x) & FRACTION) | (uint64_t)(BIAS - above) << 52) - 1;
    double high = n * LN2_HIGH, low = n * LN2_LOW;
    if (absolute(f) < 0x1p-20 || f == -0x1p-20) {
        double square = f * f * (0.5 - 0x1.5555555555555p-2 * f);
        return high - ((square - low) - f);
    }
    double s = f / (2 + f), square = s * s, fourth = square * square;
    double sum = fourth * POLYNOMIAL(fourth, EVEN) + square * POLYNOMIAL(fourth, ODD);
    if (fraction < 0x6147a || fraction > 0x6b851)
        return high - ((s * (f - sum) - low) - f);
    double half = 0.5 * f * f;
    return high - ((half - (s * (half + sum) + low)) - f);
}

EXPORT("log2") double binary_logarithm(double x) { return logarithm(x) / 0x1.62e42fefa39efp-1; }

EXPORT("log10") double decimal_logarithm(double x) { return logarithm(x) / 0x1.26bb1bbb55516p+1; }

/* Number and rest, of which the number has so few bits that it can be multiplied exactly. */
typedef struct {
    double value, rest;
} Sum;

/* The binary logarithm of a number that differs from 1 by less than 2^-20. `high` is not always exact: powers come out
   wrong by hundreds of units in the last place. */
INLINE Sum binary_logarithm_near_1(double x)
{
    double t = x - 1;
    double square = (t * t) * (0.5 - t * (0x1.5555555555555p-2 - t * 0.25));
    double high = 0x1.715476p+0 * t, low = t * 0x1.4ae0bf85ddf44p-26 - square * INVERSE_LN2;
    double value = chopped(high + low);
    return (Sum){value, low - (value - high)};
}

/* The binary logarithm of any positive number. */
INLINE Sum binary_logarithm_sum(double x)
{
    static const double L[] = {
        0x1.3333333333303p-1, 0x1.b6db6db6fabffp-2, 0x1.55555518f264dp-2,
        0x1.17460a91d4101p-2, 0x1.d864a93c9db65p-3, 0x1.a7e284a454eefp-3,
    };
    int n = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p53;
        n = -53;
    }
    /* x = 2^n a, with a near 1 or 3/2: up to the roots of 3/2 and of 3 */
    int fraction = high_word(x) & 0xfffff;
    bool near_1 = fraction <= 0x3988e, above = fraction >= 0xbb67a;
    bool near_3_2 = !near_1 && !above;
    n += exponent_bits(x) - BIAS + above;
    double a = from_bits((bits_of(x) & FRACTION) | (uint64_t)(BIAS - above) << 52);
    double base = near_3_2 ? 1.5 : 1;
    /* s = (a - base) / (a + base), as a sum; and the logarithm of a / base from that */
    double difference = a - base, inverse = 1 / (a + base);
    double s = difference * inverse, s_high = chopped(s);
    int32_t sum_word = ((high_word(a) >> 1) | 0x20000000) + 0x80000 + (near_3_2 << 18);
    double sum_high = from_bits((uint64_t)sum_word << 32), sum_low = a - (sum_high - base);
    double s_low = inverse * ((difference - s_high * sum_high) - s_high * sum_low);
    double square = s * s;
    double r = square * square * POLYNOMIAL(square, L) + s_low * (s_high + s);
    square = s_high * s_high;
    double t_high = chopped(3 + square + r), t_low = r - ((t_high - 3) - square);
    double u = s_high * t_high, v = s_low * t_high + t_low * s;
    double p_high = chopped(u + v), p_low = v - (p_high - u);
    /* times 2 / (3 ln 2), plus the logarithm of base, plus n */
    double base_high = near_3_2 ? 0x1.2b8034p-1 : 0, base_low = near_3_2 ? 0x1.cfdeb43cfd006p-27 : 0;
    double z_high = 0x1.ec709ep-1 * p_high;
    double z_low = -0x1.e2fe0145b01f5p-28 * p_high + p_low * 0x1.ec709dc3a03fdp-1 + base_low;
    double value = chopped(((z_high + z_low) + base_high) + n);
    return (Sum){value, z_low - (((value - n) - base_high) - z_high)};
}

/* 2 to the power of high + low. */
INLINE double power_of_2_sum(double high, double low)
{
    double sum = high + low;
    if (sum > 1024 || (sum == 1024 && low + 0x1.71547652b82fep-54 > sum - high))
        return INFINITE;
    if (sum < -1075 || (sum == -1075 && low <= sum - high))
        return 0;
    int n = 0;
    if (absolute(sum) >= 0x1.00001p-1) {
        n = (int)(absolute(chopped(sum)) + 0.5);
        n = sum < 0 ? -n : n;
        high -= n;
    }
    double t = chopped(low + high);
    double u = t * 0x1.62e43p-1, v = (low - (t - high)) * 0x1.62e42fefa39efp-1 + t * -0x1.05c610ca86c39p-29;
    double x = u + v, rest = v - (x - u);
    double term = exponential_term(x);
    /* fdlibm takes `rest + x rest` from the quotient; V8, from its divisor. */
    double value = 1 - ((x * term) / ((term - 2) - (rest + x * rest)) - x);
    if (exponent_bits(value) + n <= 0)
        return value * power_of_2(n + 54) * 0x1p-54;
    return from_bits(bits_of(value) + ((uint64_t)n << 52));
}

EXPORT("pow") double power(double x, double y)
{
    double size = absolute(x);
    if (y == 0)
        return 1;
    if (is_nan(x) || is_nan(y) || (size == 1 && is_infinite(y))) /* C has 1 for 1 to any power. */
        return NOT_A_NUMBER;
    if (is_infinite(y))
        return (size > 1) == (y > 0) ? INFINITE : 0;
    if (y == 1)
        return x;
    if (y == -1)
        return 1 / x;
    if (y == 2)
        return x * x;
    if (y == 0.5 && !is_negative(x))
        return __builtin_sqrt(x);
    bool whole = __builtin_floor(y) == y, odd = whole && __builtin_floor(y * 0.5) != y * 0.5;
    double sign = is_negative(x) && odd ? -1 : 1;
    if (size == 0 || is_infinite(x))
        return sign * ((size == 0) == (y < 0) ? INFINITE : 0);
    if (x < 0 && !whole)
        return NOT_A_NUMBER;
    if (size == 1)
        return sign;
    Sum logarithm;
    if (absolute(y) < 0x1.00001p+31)
        logarithm = binary_logarithm_sum(size);
    else if (0x1.fffffp-1 <= size && size < 0x1.00001p+0)
        logarithm = binary_logarithm_near_1(size);
    else
        return sign * ((size > 1) == (y > 0) ? INFINITE : 0);
    double y_high = chopped(y);
    double low = (y - y_high) * logarithm.value + y * logarithm.rest;
    return sign * power_of_2_sum(y_high * logarithm.value, low);
}

/* --- exact functions --- */

/* A number that is not 0 as significand 2^exponent; the highest bit of the significand is bit 52. */
typedef struct {
    uint64_t significand;
    int exponent;
} Parts;

INLINE Parts parts_of(double x)
{
    uint64_t fraction = bits_of(x) & FRACTION;
    int exponent = exponent_bits(x);
    if (exponent)
        return (Parts){fraction | IMPLICIT_BIT, exponent - 1075};
    int shift = __builtin_clzll(fraction) - 11;
    return (Parts){fraction << shift, -1074 - shift};
}

EXPORT("fmod") double remainder_of(double x, double y)
{
    if (is_nan(x) || is_nan(y) || is_infinite(x) || y == 0)
        return NOT_A_NUMBER;
    if (absolute(x) < absolute(y) || x == 0)
        return x;
    Parts dividend = parts_of(x), divisor = parts_of(y);
    /* Long division: a remainder has 53 bits, so there is place for 11 more at a time. */
    uint64_t rest = dividend.significand % divisor.significand;
    for (int bits = dividend.exponent - divisor.exponent; bits > 0; bits -= 11)
        rest = (rest << (bits < 11 ? bits : 11)) % divisor.significand;
    if (rest == 0)
        return with_sign_of(0, x);
    int exponent = divisor.exponent + 1075, shift = __builtin_clzll(rest) - 11;
    if (exponent > shift)
        rest = (rest << shift) + ((uint64_t)(exponent - shift - 1) << 52);
    else
        rest = exponent > 0 ? rest << (exponent - 1) : rest >> (1 - exponent);
    return with_sign_of(from_bits(rest), x);
}

/* 128 bits, of which the lowest stands for all that are lower if one of them is set. */
typedef struct {
    uint64_t high, low;
} Wide;

INLINE Wide product_of(uint64_t a, uint64_t b)
{
    uint64_t a_low = (uint32_t)a, a_high = a >> 32, b_low = (uint32_t)b, b_high = b >> 32;
    uint64_t low = a_low * b_low, middle = a_high * b_low + (low >> 32), other = a_low * b_high + (uint32_t)middle;
    return (Wide){a_high * b_high + (middle >> 32) + (other >> 32), other << 32 | (uint32_t)low};
}

INLINE uint64_t shifted_right(uint64_t bits, int by)
{
    return by > 63 ? bits != 0 : bits >> by | (bits & ((UINT64_C(1) << by) - 1) ? 1 : 0);
}

INLINE Wide wide_shifted_right(Wide wide, int by)
{
    if (by == 0)
        return wide;
    if (by > 63)
        return (Wide){0, shifted_right(wide.high | (wide.low ? 1 : 0), by - 64)};
    return (Wide){wide.high >> by, wide.high << (64 - by) | shifted_right(wide.low, by)};
}

INLINE bool is_less(Wide a, Wide b) { return a.high < b.high || (a.high == b.high && a.low < b.low); }

INLINE Wide sum_of(Wide a, Wide b)
{
    uint64_t low = a.low + b.low;
    return (Wide){a.high + b.high + (low < a.low), low};
}

INLINE Wide difference_of(Wide a, Wide b) { return (Wide){a.high - b.high - (a.low < b.low), a.low - b.low}; }

EXPORT("fma") double fused_multiply_add(double x, double y, double z)
{
    if (!(absolute(x) < INFINITE && absolute(y) < INFINITE && absolute(z) < INFINITE) || x == 0 || y == 0) {
        double result = x * y + z;
        return is_nan(result) ? NOT_A_NUMBER : result;
    }
    if (z == 0)
        return x * y;
    Parts x_parts = parts_of(x), y_parts = parts_of(y), z_parts = parts_of(z);
    /* Both below 2^126, at one exponent. What a shift loses cannot matter: if much is to cancel, the shift is small. */
    Wide product = product_of(x_parts.significand << 10, y_parts.significand << 10);
    Wide addend = {z_parts.significand << 9, 0};
    int exponent = x_parts.exponent + y_parts.exponent - 20, z_exponent = z_parts.exponent - 9 - 64;
    if (z_exponent > exponent) {
        product = wide_shifted_right(product, z_exponent - exponent);
        exponent = z_exponent;
    } else {
        addend = wide_shifted_right(addend, exponent - z_exponent);
    }
    bool negative = is_negative(x) != is_negative(y);
    Wide sum;
    if (negative == is_negative(z)) {
        sum = sum_of(product, addend);
    } else if (is_less(product, addend)) {
        sum = difference_of(addend, product);
        negative = !negative;
    } else {
        sum = difference_of(product, addend);
    }
    if (!(sum.high | sum.low))
        return 0;
    if (!sum.high) {
        sum = (Wide){sum.low, 0};
        exponent -= 64;
    }
    int shift = __builtin_clzll(sum.high);
    uint64_t significand = shift ? sum.high << shift | sum.low >> (64 - shift) : sum.high;
    significand |= sum.low << shift ? 1 : 0;
    /* Rounded to 53 bits, or as many as a number of so small an exponent has; two more tell how. */
    int biased = exponent + 64 - shift + 63 + BIAS;
    if (biased > 2046)
        return negative ? -INFINITE : INFINITE;
    significand = shifted_right(significand, biased > 0 ? 9 : 10 - biased);
    uint64_t rounded = (significand >> 2) + ((significand & 3) + (significand >> 2 & 1) > 2);
    double result = from_bits(rounded + (biased > 0 ? (uint64_t)(biased - 1) << 52 : 0));
    return negative ? -result : result;
}
