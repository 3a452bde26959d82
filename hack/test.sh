#!/usr/bin/env bash
# Everything that has to hold, in one run: tests, lint, generated files. A step that fails
# does not keep the others from running. The last line is "N passed, N failed"; before it
# stands what was skipped.
set -uo pipefail
cd "$(dirname "$0")/.."
. hack/say.sh

events=$(mktemp)
trap 'rm -f "$events"' EXIT
failed=0
passed=0
skipped=()

check() { # check NAME COMMAND...: a step that counts as one
	local name=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $name" >&2
	fi
}

tests() { # tests MODULE PACKAGES: runs them and counts each test
	local root=$PWD status broken
	say "tests: $2 of module $1"
	# shellcheck disable=SC2086 # both are lists
	(cd "$1" && go tool -modfile="$root/tools/go.mod" gotestsum --format=pkgname --format-icons=text --hide-summary=skipped \
		--jsonfile="$events" -- -race -shuffle=on -timeout=20m $TESTFLAGS $2)
	status=$?
	passed=$((passed + $(count pass)))
	while read -r name; do skipped+=("$name"); done < <(names skip)
	broken=$(count fail)
	if [ "$status" -ne 0 ] && [ "$broken" -eq 0 ]; then
		broken=1 # a package that does not build, or whose process died, names no test
	fi
	failed=$((failed + broken))
}

count() { # count ACTION: events of single tests, not of packages
	grep -c "\"Action\":\"$1\".*\"Test\":" "$events"
}

names() { # names ACTION: which tests those are
	sed -nE "s/.*\"Action\":\"$1\",\"Package\":\"([^\"]*)\",\"Test\":\"([^\"]*)\".*/\1 \2/p" "$events"
}

dataplane() { # the lab in network namespaces, with Cilium's own code of two versions
	if [ "$(uname)" != Linux ]; then
		skipped+=("test/dataplane: network namespaces need Linux")
		return
	fi
	tests test/dataplane "-parallel=8 ./..."
	tests test/dataplane "-parallel=8 -modfile=cilium119.mod ."
}

if unshare --net true 2>/dev/null || unshare --user --map-root-user --net true 2>/dev/null; then
	export DATAPLANE_REQUIRED=1 # nothing that needs network namespaces is skipped without a word
fi
hack/promtool.sh fetch >/dev/null || true # the tests of alerts are skipped without it
check "control planes" make controlplane
check "authenticator" make authenticator
if [ "$PACKAGES" = ./... ]; then
	check "Karpenter" make karpenter
	export E2E_KARPENTER=1
fi
# The end-to-end tests mostly wait for nodes, so they begin first and beside all others.
[ "$PACKAGES" != ./... ] || set -- ./test/e2e
tests . "$* $PACKAGES"
if [ "$PACKAGES" = ./... ]; then
	# Modules of their own, for what they import does not belong into the product.
	for module in test/*/go.mod tools/release/go.mod; do
		[ "$module" = test/dataplane/go.mod ] || tests "$(dirname "$module")" ./...
	done
	dataplane
fi
check "lint" make lint
check "generated files" make verify

if [ "${#skipped[@]}" -gt 0 ]; then
	echo "${#skipped[@]} skipped:"
	printf '    %s\n' "${skipped[@]}"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
