#!/usr/bin/env bash
# Runs golangci-lint: lint.sh PACKAGES... of the root's module, and over every other module. What one finds does not keep the
# others from being looked at.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
root=$PWD status=0

lint() { # lint MODULE PACKAGES...
	local module=$1
	shift
	(cd "$module" && go tool -modfile="$root/tools/go.mod" golangci-lint-kube-api-linter run --timeout=20m --config="$root/.golangci.yml" "$@") || status=1
}

modules=$(hack/modules.sh lint) || exit 1 # without a list nothing would be linted, and nothing found
for module in $modules; do
	case $module in
	.) lint . "$@" ;;
	*) lint "$module" ./... ;;
	esac
done
exit "$status"
