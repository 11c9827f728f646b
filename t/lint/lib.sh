# lib.sh - shared by the checks in this folder, which `make lint` runs.  A check
# prints "file:line: what is wrong" and exits 1 when it printed something.

set -u
cd "${0%/*}/../.." || exit 1
LC_ALL=C
export LC_ALL
LBL_BUILD=${LBL_BUILD:-$PWD/build}
bad=0

# files - every file of the project, new ones included, build products not
files() {
	if [ -e .git ] && git ls-files -co --exclude-standard 2>/dev/null; then
		return
	fi
	find . -type f ! -path './.git/*' ! -path './build*' ! -path '*/node_modules/*' \
		! -path './contracts/out/*' ! -path './contracts/cache/*' | sed 's,^\./,,'
}

# existing - those of them that are there: a deleted one stays listed until the commit
existing() {
	files | sort -u | while IFS= read -r f; do
		[ ! -f "$f" ] || printf '%s\n' "$f"
	done
}

fail() {
	bad=1
}

say() {
	echo "$*"
	fail
}

end() {
	exit $bad
}
