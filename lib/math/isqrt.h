/* isqrt - 128-bit integers and their square root. */
#ifndef MATH_ISQRT_H
#define MATH_ISQRT_H

__extension__ typedef unsigned __int128 u128;

/* isqrt - floor of the square root, exact; 64 steps of shift and subtract */
static inline u128 isqrt(u128 v)
{
	u128 root = 0, bit = (u128)1 << 126;

	while (bit > v)
		bit >>= 2;
	for (; bit; bit >>= 2) {
		if (v >= root + bit) {
			v -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return root;
}

#endif
