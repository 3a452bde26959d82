#!/usr/bin/env bash
# Runs every fuzz target for a bounded time: fuzz.sh TIME. What fails is written to testdata/fuzz by Go itself and fails every
# test run from then on. KEEP=N copies the N shortest inputs per target that reached new code there, too.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/say.sh
time=$1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
cache=$(go env GOCACHE)/fuzz

keep() { # keep FOLDER IMPORTPATH TARGET
	local found=$cache/$2/$3 kept=$1/testdata/fuzz/$3
	[ -d "$found" ] || return 0
	mkdir -p "$kept"
	# shellcheck disable=SC2012 # names are hashes
	ls -Sr "$found" | head -n "$KEEP" | while read -r name; do cp "$found/$name" "$kept/$name"; done
}

attempt() { # attempt FOLDER TARGET TIME: compiled without the race detector, so that more is tried
	(cd "$1" && go test -vet=off -run='^$' -fuzz="^$2\$" -fuzztime="$3" .) >"$log" 2>&1
}

cut_off() { # cut_off: whether Go cut a worker off at the end of the time, and no input failed (https://go.dev/issue/75804)
	grep -q '^    context deadline exceeded$' "$log" && ! grep -q -e 'Failing input' -e 'panic' "$log"
}

# Who is cut off again has more time: a busy machine may need all of it for the inputs that are kept.
run() { # run FOLDER TARGET: prints little of what held, and the reason of what did not
	local limit
	for limit in "$time" "$time" 30s 2m; do
		attempt "$1" "$2" "$limit" && tail -n 3 "$log" && return
		cut_off || break
	done
	tail -n 100 "$log" >&2
	echo "FAILED: $1 $2" >&2
	exit 1
}

count=0
while read -r file; do
	folder=$(dirname "$file")
	# shellcheck disable=SC2013 # names have no spaces
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		say "fuzz $folder $target, $time"
		run "$folder" "$target"
		[ -z "${KEEP:-}" ] || keep "$folder" "$(cd "$folder" && go list .)" "$target"
		count=$((count + 1))
	done
done < <(git ls-files --cached --others --exclude-standard '*_test.go' | xargs grep -l '^func Fuzz' | sort)
[ "$count" -gt 10 ] || { echo "only $count fuzz targets were found" >&2; exit 1; }
say "$count fuzz targets held"
