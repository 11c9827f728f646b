/* hex - bytes to and from hexadecimal text. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdint.h>

#include "base/buf.h"

/* hex_put - append n bytes as 2n lower-case digits, no prefix */
void hex_put(struct buf *b, const uint8_t *p, size_t n);

/* hex_digit - value of one digit of either case, or -1 */
int hex_digit(char c);

/* hex_get - decode exactly 2n digits (no prefix) of either case into out[n];
 * false when s has another length or another character */
bool hex_get(struct str s, uint8_t *out, size_t n);

/* hex_get_any - decode "0x" and an even number of digits, appended to *out */
bool hex_get_any(struct str s, struct buf *out);

#endif
