#!/bin/sh
# The same input gives the same bytes, whatever compiler, optimisation, CPU and number
# of threads: the build under test against one without optimisation and one with all.
. "${0%/*}/lib.sh"

if [ "${LBL_SAN-}" ]; then
	skip 'same bytes' 'the plain build checks it'
	finish
fi

# built with settings of their own, not with those that make was called with here
unset MAKEFLAGS MFLAGS MAKELEVEL CC CFLAGS LDFLAGS SAN O
same=$LBL_BUILD/same
set -- "$LBL_BUILD"

build() {
	t "builds with $2 $3" "make -s -C '$LBL_TOP' -j2 O='$same/$1' CC=$2 CFLAGS='$3' all"
}

build O0 gcc -O0
set -- "$@" "$same/O0"
if command -v clang >/dev/null; then
	build native clang '-O3 -march=native'
	set -- "$@" "$same/native"
else
	skip 'builds with clang' 'no clang'
fi
builds=
for b; do builds="$builds '$b'"; done
t 'same bytes' "'$LBL_TOP/t/tool/same-bytes.sh' $builds"
finish
