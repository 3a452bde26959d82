#!/usr/bin/env bash
# What to run before a commit: under a minute once everything was built before. A step that fails
# does not keep the others from running. `make test` is what has to hold in the end.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. hack/say.sh

failed=()

step() { # step NAME COMMAND...: a step with its time
	local began=$SECONDS name=$1
	shift
	say "check: $name"
	"$@" || failed+=("$name")
	printf '    %ds\n' $((SECONDS - began))
}

lint() { # golangci-lint over the packages that differ from BASE, committed or not, each in its module
	local base config=$PWD/.golangci.yml tools=$PWD/tools/go.mod status=0 module modules
	base=$(git merge-base HEAD "${BASE:-main}" 2>/dev/null) || base=HEAD
	modules=$(hack/modules.sh lint) || return 1
	for module in $modules; do
		changed "$base" "$module" | {
			mapfile -t folders
			[ ${#folders[@]} -eq 0 ] && exit 0
			printf '    %s\n' "${folders[@]}"
			cd "$module" && go tool -modfile="$tools" golangci-lint-kube-api-linter run --config="$config" --timeout=5m "${folders[@]}"
		} || status=1
	done
	return "$status"
}

changed() { # changed BASE MODULE: folders of a module, as seen from it, with Go files that differ
	local base=$1 module=$2 folder
	{ git diff --name-only --diff-filter=d "$base" -- '*.go' && git ls-files --others --exclude-standard -- '*.go'; } |
		xargs -r -n1 dirname | sort -u | while read -r folder; do
		[ "$(owner "$folder")" = "$module" ] && echo "./$(realpath --relative-to="$module" "$folder")"
	done
}

owner() { # owner FOLDER: the nearest folder above with a go.mod
	local folder=$1
	while [ "$folder" != . ] && [ ! -f "$folder/go.mod" ]; do folder=$(dirname "$folder"); done
	echo "$folder"
}

step "format" go tool -modfile=tools/go.mod golangci-lint-kube-api-linter fmt --diff ./...
step "build" go build ./...
step "vet" go vet ./...
step "unit tests" make unit
step "generated files" make verify
step "lint of what differs from ${BASE:-main}" lint

if [ ${#failed[@]} -gt 0 ]; then
	printf 'failed: %s\n' "${failed[@]}" >&2
	exit 1
fi
