/* rng - seeded random numbers, for simulations and resampling; never for secrets.
 *
 * Same seed, same numbers, on every machine.  State is a plain struct the caller owns.
 */
#ifndef MATH_RNG_H
#define MATH_RNG_H

#include <stdint.h>

/* splitmix64 - next of the sequence that *state (any value: the seed) runs through.
 * Source: Steele, Lea, Flood (2014), "Fast splittable pseudorandom number
 * generators", OOPSLA; constants of Vigna's public domain splitmix64.c. */
static inline uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

struct rng {
	uint64_t s[4];    /* not all zero */
};

/* rng_seed - fill the state from splitmix64(seed), as its authors advise */
void rng_seed(struct rng *r, uint64_t seed);

/* rng_next - 64 random bits: xoshiro256**, period 2^256 - 1.
 * Source: Blackman, Vigna (2021), "Scrambled linear pseudorandom number
 * generators", ACM TOMS 47(4). */
uint64_t rng_next(struct rng *r);

/* rng_below - uniform in 0 .. n-1, n > 0, without bias.
 * Source: Lemire (2019), "Fast random integer generation in an interval", ACM TOMACS 29(1). */
uint64_t rng_below(struct rng *r, uint64_t n);

/* rng_unit - uniform in [0, 1), a multiple of 2^-53 */
double rng_unit(struct rng *r);

#endif
