#!/usr/bin/env bash
# packages.sh unit|component PATTERN...: the packages with tests of that kind.
#
# What a test links decides, so that nobody keeps a list: tests that link test/controlplane (real
# control planes) or test/awssim (the simulated AWS) are component tests, all others unit tests.
# The whole stories (test/e2e, test/moto) and the conformance suite have targets of their own.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=$1
shift
go list -test -f '{{.ImportPath}} {{join .Deps " "}}' "$@" |
	awk -v kind="$kind" '
		$1 !~ /\.test$/ || (kind == "component" && $1 ~ /\/test\/(e2e|moto|conformance)[.\/]/) { next }
		{ is = / [^ ]*\/test\/(controlplane|awssim)( |$)/ ? "component" : "unit" }
		is == kind { sub(/\.test$/, "", $1); print $1 }'
