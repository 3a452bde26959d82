#!/usr/bin/env bash
# Everything that has to hold, in one run: tests, lint, generated files, the demo, the lab. A step that fails does not keep the
# others from running. Long parts take turns (hack/parts.sh). The last line is "N passed, N failed, N skipped"; before it
# stands what was skipped, and why.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. hack/say.sh

events=$(mktemp)
trap 'rm -f "$events"' EXIT
failed=0
passed=0
parts=
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

tests() { # tests MODULE FLAGS AND PACKAGES: runs them and counts each test
	local root=$PWD status broken
	say "tests: $2 of module $1"
	# shellcheck disable=SC2086 # both are lists
	(cd "$1" && go tool -modfile="$root/tools/go.mod" gotestsum --format=pkgname --format-icons=text --hide-summary=skipped \
		--jsonfile="$events" -- $TEST_LINKER -shuffle=on -timeout="$TEST_TIMEOUT" $TESTFLAGS $2)
	status=$?
	passed=$((passed + $(count pass)))
	while read -r line; do skipped+=("$line"); done < <(cd "$root" && go run ./hack/skips <"$events" | not_to_come)
	broken=$(count fail)
	if [ "$status" -ne 0 ] && [ "$broken" -eq 0 ]; then
		broken=1 # a package that does not build, or whose process died, names no test
	fi
	failed=$((failed + broken))
}

count() { # count ACTION: events of single tests, not of packages
	grep -c "\"Action\":\"$1\".*\"Test\":" "$events"
}

not_to_come() { # not_to_come: of what was skipped, leaves out what has a step of its own later in this run
	if has scale; then grep -v ' TestScale'; else cat; fi
}

modules() { # modules: lists the modules that have tests
	modules=$(hack/modules.sh tests)
}

has() { # has PART: whether this run has the part
	grep -qx "$1" <<<"$parts"
}

takes_turns() { # takes_turns: makes ready what this run has of the long parts
	if has argocd; then
		check "Argo CD" make argocd
		export E2E_ARGOCD=1
	fi
	if has moto && command -v moto_server >/dev/null; then
		export E2E_AWS=moto
	elif has moto; then
		skipped+=("moto: moto_server is not on this machine (pip install 'moto[server]')")
	fi
}

terraform() { # terraform: counts as one step, or as skipped where a tool is missing
	local out
	if ! out=$(make terraform 2>&1); then
		echo "$out" >&2
		check "Terraform" false
	elif grep -q SKIPPED <<<"$out"; then
		skipped+=("Terraform: $(sed -n 's/^SKIPPED: //p' <<<"$out" | head -1)")
	else
		check "Terraform" true
	fi
}

dataplane() { # the lab in network namespaces, with Cilium's own code of two versions
	if [ "$(uname)" != Linux ]; then
		skipped+=("test/dataplane: network namespaces need Linux")
		return
	fi
	tests test/dataplane "-race -parallel=8 ./..."
	tests test/dataplane "-race -parallel=8 -modfile=cilium119.mod ."
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
	parts=$(hack/parts.sh)
	say "parts whose turn it is: $(tr '\n' ' ' <<<"$parts")(make test-all has all of them)"
	takes_turns
fi
# The end-to-end tests mostly wait for nodes, so they begin first and beside all others.
[ "$PACKAGES" != ./... ] || set -- ./test/e2e
tests . "-race $* $PACKAGES"
if [ "$PACKAGES" = ./... ]; then
	# Modules of their own, for what they import does not belong into the product. Without the race detector: they render, pack
	# and compare, a step after the other, and what they import would be compiled a second time for it.
	check "list of modules" modules
	for module in $modules; do
		case $module in . | test/dataplane) ;; *) tests "$module" ./... ;; esac
	done
	dataplane
	if has terraform; then terraform; else skipped+=("Terraform: not this run's turn"); fi
	check "chaos" make chaos-rest
	check "soak" make soak HOURS=1
	check "mutation" make mutation PACKAGES= SAMPLE=250
	check "fuzz" make fuzz FUZZTIME=4s
	# Of the plugin one platform is enough here: a release compares them all (.github/workflows/release.yml).
	if has reproducible; then check "reproducible" make reproducible PLATFORMS=linux/amd64 PLUGIN_PLATFORMS=linux/amd64; fi
	# A pipe sees a line every 15 s (hack/steady.sh); here other work keeps the machine busy.
	check "demo" env FIRST_WITHIN=30 QUIET_AT_MOST=60 hack/steady.sh make demo
	if [ -n "${DATAPLANE_REQUIRED:-}" ]; then check "lab" env GOFLAGS="${GOFLAGS:-} -race" make lab; fi # compiled for its tests already
	# Alone, and without the race detector: times and memory are what it measures.
	if has scale; then check "scale" make scale; fi
fi
check "lint" make lint
check "generated files" make verify

if [ "${#skipped[@]}" -gt 0 ]; then
	echo "${#skipped[@]} skipped:"
	printf '    %s\n' "${skipped[@]}"
fi
echo "$passed passed, $failed failed, ${#skipped[@]} skipped"
[ "$failed" -eq 0 ]
