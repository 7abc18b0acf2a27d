#!/bin/bash
# Checks the model of the queue: the model itself must hold, in its assertions
# and in that every acknowledged job ends, and each of its mutants (the names
# under #ifdef in the model) must be caught. Needs spin and gcc.
#   check-model.sh [MUTANT ...]     all by default
set -euo pipefail
model=$(cd "$(dirname "$0")/.." && pwd)/tests/model/lease.pml
if ((!$#)); then
	mapfile -t mutants < <(sed -nE 's/^#ifn?def ([A-Z]+)$/\1/p' "$model" | sort -u)
	set -- "${mutants[@]}"
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# errors VARIANT KIND: runs one search and prints how many errors it found.
# Anything but a complete search without truncation, or an error, is fatal.
errors() {
	local define=() build=() search=(-m1000000)
	[[ $1 == base ]] || define=("-D$1")
	if [[ $2 == safety ]]; then
		build=(-DSAFETY -DNOCLAIM)
	else
		search+=(-a -N ends)
	fi
	spin "${define[@]}" -a "$model" >spin.log || { cat spin.log >&2; return 1; }
	gcc -O1 -w -DMEMLIM=2048 "${build[@]}" -o pan pan.c
	./pan "${search[@]}" >pan.log 2>&1 || :
	if grep -Eq 'error: max search depth|out of memory|not completed' pan.log &&
		! grep -Eq 'errors: [1-9]' pan.log; then
		cat pan.log >&2
		return 1
	fi
	sed -nE 's/.*errors: ([0-9]+)$/\1/p' pan.log | grep .
}

failed=0
for kind in safety liveness; do
	n=$(errors base "$kind")
	states=$(sed -nE 's/ *([0-9]+) states, stored.*/\1/p' pan.log)
	if ((n == 0)); then
		echo "ok base $kind ($states states)"
	else
		echo "not ok base $kind"
		grep -m3 '^pan:' pan.log
		((failed += 1))
	fi
done
for mutant; do
	if (($(errors "$mutant" safety) > 0)); then
		echo "ok $mutant caught ($(sed -nE 's/^pan:[0-9]+: (.*) \(at depth.*/\1/p' pan.log | head -1))"
	elif (($(errors "$mutant" liveness) > 0)); then
		echo "ok $mutant caught (a job never ends)"
	else
		echo "not ok $mutant survives"
		((failed += 1))
	fi
done
echo "$(($# + 2 - failed)) passed, $failed failed"
((failed == 0))
