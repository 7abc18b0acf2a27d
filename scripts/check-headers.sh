#!/bin/bash
# Compiles every header alone, with gcc and clang: each includes what it needs.
# usage: scripts/check-headers.sh COMPILER FLAG...
set -euo pipefail
cd "$(dirname "$0")/.."

clang=$(command -v clang-14 clang | head -n 1)
check() {
	local header=$1
	shift
	printf '#include "%s"\n' "$header" |
		"$@" -x c -Wall -Wextra -Werror -fsyntax-only -
}
export -f check
for compiler in gcc "$clang"; do
	find common fcgi worker cli -name '*.h' -print0 |
		xargs -0 -P "$(nproc)" -I{} bash -c 'check "$@"' check {} \
			"$compiler" "$@"
done
