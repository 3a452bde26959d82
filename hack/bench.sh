#!/usr/bin/env bash
# Measures calls, times and memory against the targets, and writes docs/figures.json and docs/figures.svg. A target that is
# missed fails it in the end: the table is of all figures.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. hack/say.sh

CROSSVPC_FIGURES=$(mktemp -d)
export CROSSVPC_FIGURES E2E_SCALE=1 E2E_ARGOCD=1
trap 'rm -rf "$CROSSVPC_FIGURES"' EXIT
missed=0

measure() { # measure WHAT FLAGS AND PACKAGES...
	say "bench: $1"
	shift
	# shellcheck disable=SC2086 # a list
	go test -count=1 -v $TESTFLAGS "$@" | grep -v '^=' || missed=1
}

measure "calls and time to Ready against the floor and the critical path; teardown; idle reads" \
	-run='Pace|CriticalPath|IdleReads' ./internal/controller/vpcpeering ./internal/aws
measure "the whole story: times, calls for each node, memory, size of the binary" \
	-timeout=20m -run=TestFromKubectlApply ./test/e2e
measure "what a pass decides on 500 nodes and 5000 pods" \
	-run='^$' -bench=FiveHundred -benchtime=50x ./internal/controller/peeredcluster
measure "what is kept of a cluster of 1000 nodes and 30000 pods, and what one of 20 nodes takes" \
	-run='AThousandNodes|AClusterOfTwentyNodes' ./internal/cluster
measure "an uninstall by Helm, and the deletion of an Application with everything" \
	-timeout=60m -run='TestArgoCD|TestANewcomer' ./test/e2e
measure "fifty to a thousand peerings; a hundred clusters; rollouts of up to 500 nodes, also with the manager killed 20 times; the demo" \
	-timeout=120m -run='TestPace|TestManyNodes|TestThreeHundred|TestScale' ./test/e2e

go run ./hack/figures "$CROSSVPC_FIGURES" docs || missed=1
exit "$missed"
