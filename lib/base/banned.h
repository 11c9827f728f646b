/* banned - calls that this code base does without, turned into compile errors.
 *
 * Included before everything else (the Makefile's -include).  The system
 * headers that declare them come first, so that only uses are refused.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* with _FORTIFY_SOURCE these are macros, which cannot be poisoned */
#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef stpcpy
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat strncpy strncat stpcpy sprintf vsprintf strtok strtok_r
#pragma GCC poison atoi atol atoll atof gets setlocale newlocale uselocale system popen

#endif
