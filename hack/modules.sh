#!/usr/bin/env bash
# modules.sh [tests|lint]: the folders of this repository's Go modules, a line each, the root's first. It is the one list of them.
#   tests  those with tests of their own
#   lint   those with sources of their own that are linted
set -euo pipefail
cd "$(dirname "$0")/.."

has() { # has MODULE PATTERN: whether the module, without those below it, has such a file
	find "$1" -mindepth 1 -type d -exec test -f '{}/go.mod' \; -prune -o -type f -name "$2" -print -quit | grep -q .
}

# test/argocd/program is one file that imports all of Argo CD: to lint it is to compile Argo CD, for minutes.
linted() { [ "$1" != test/argocd/program ] && has "$1" '*.go'; }

find . \( -name '.?*' -o -name testdata \) -prune -o -name go.mod -print | sed -e 's|/go.mod$||' -e 's|^\./||' | LC_ALL=C sort | while read -r module; do
	case ${1:-all} in
	all) echo "$module" ;;
	tests) if has "$module" '*_test.go'; then echo "$module"; fi ;;
	lint) if linted "$module"; then echo "$module"; fi ;;
	*) echo "modules.sh: tests or lint, not $1" >&2 && exit 2 ;;
	esac
done
