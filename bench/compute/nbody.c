// Five bodies of the solar system, SIZE steps of a hundredth of a day: the energy afterwards, in 1e-9.
#include "bench.h"

#define PI 3.141592653589793
#define DAYS 365.24
#define SUN (4 * PI * PI)
#define BODIES 5

typedef struct {
    double x, y, z, vx, vy, vz, mass;
} body_t;

static const body_t START[BODIES] = {
    {0, 0, 0, 0, 0, 0, SUN},
    {4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01, 1.66007664274403694e-03 * DAYS,
     7.69901118419740425e-03 * DAYS, -6.90460016972063023e-05 * DAYS, 9.54791938424326609e-04 * SUN},
    {8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01, -2.76742510726411411e-03 * DAYS,
     4.99852801234917238e-03 * DAYS, 2.30417297573763929e-05 * DAYS, 2.85885980666130812e-04 * SUN},
    {1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01, 2.96460137564761618e-03 * DAYS,
     2.37847173959480950e-03 * DAYS, -2.96589568540237556e-05 * DAYS, 4.36624404335156298e-05 * SUN},
    {1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01, 2.68067772490389322e-03 * DAYS,
     1.62824170038242295e-03 * DAYS, -9.51592254519715870e-05 * DAYS, 5.15138902046611451e-05 * SUN},
};

static void advance(body_t *bodies, double dt)
{
    for (int i = 0; i < BODIES; i++) {
        body_t *a = &bodies[i];
        for (int j = i + 1; j < BODIES; j++) {
            body_t *b = &bodies[j];
            double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
            double square = dx * dx + dy * dy + dz * dz;
            double scale = dt / (square * __builtin_sqrt(square));
            a->vx -= dx * b->mass * scale, a->vy -= dy * b->mass * scale, a->vz -= dz * b->mass * scale;
            b->vx += dx * a->mass * scale, b->vy += dy * a->mass * scale, b->vz += dz * a->mass * scale;
        }
    }
    for (int i = 0; i < BODIES; i++) {
        body_t *a = &bodies[i];
        a->x += dt * a->vx, a->y += dt * a->vy, a->z += dt * a->vz;
    }
}

static double energy(const body_t *bodies)
{
    double sum = 0;
    for (int i = 0; i < BODIES; i++) {
        const body_t *a = &bodies[i];
        sum += 0.5 * a->mass * (a->vx * a->vx + a->vy * a->vy + a->vz * a->vz);
        for (int j = i + 1; j < BODIES; j++) {
            const body_t *b = &bodies[j];
            double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
            sum -= a->mass * b->mass / __builtin_sqrt(dx * dx + dy * dy + dz * dz);
        }
    }
    return sum;
}

uint64_t work(uint32_t size)
{
    body_t bodies[BODIES];
    double px = 0, py = 0, pz = 0;
    for (int i = 0; i < BODIES; i++) {
        bodies[i] = START[i];
        px += bodies[i].vx * bodies[i].mass, py += bodies[i].vy * bodies[i].mass, pz += bodies[i].vz * bodies[i].mass;
    }
    bodies[0].vx = -px / SUN, bodies[0].vy = -py / SUN, bodies[0].vz = -pz / SUN;
    for (uint32_t step = 0; step < size; step++) advance(bodies, 0.01);
    return (uint64_t)(int64_t)(-energy(bodies) * 1e9 + 0.5);
}
