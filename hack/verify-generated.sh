#!/usr/bin/env bash
# Generates in a copy of the sources and compares, so that it says the same before a commit
# and after, and changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -R go.mod go.sum Makefile api charts cmd config docs hack internal tools "$copy"
make -C "$copy" generate >/dev/null
for folder in api charts config docs internal/partition; do
	diff -ru "$folder" "$copy/$folder" || stale=1
done
if [ -n "${stale:-}" ]; then
	echo "generated files are out of date: run 'make generate' and commit" >&2
	exit 1
fi
