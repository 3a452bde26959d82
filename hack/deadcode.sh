#!/usr/bin/env bash
# Refuses functions of crossvpc that no program calls: what only tests use is dead, too, unless hack/deadcode.txt lists it
# with its reason. And a line there that is not needed any more.
#   deadcode.sh COMMAND  the command that runs golang.org/x/tools/cmd/deadcode
set -euo pipefail
cd "$(dirname "$0")/.."

# "internal/aws/clients.go:35:6: unreachable func: WithClock" is "internal/aws.WithClock".
found=$($1 ./cmd/... ./hack/... | sed -E 's|/[^/]+:[0-9]+:[0-9]+: unreachable func: |.|' | sort)
listed=$(sed -E '/^(#|$)/d; s/ .*//' hack/deadcode.txt | sort)
unexplained=$(sed -E '/^(#|$)/d' hack/deadcode.txt | grep -vE '^[^ ]+ .+' || true)

status=0
refuse() { # what is wrong, and the lines it is about
	[ -z "$2" ] && return
	printf '%s:\n%s\n' "$1" "$2" >&2
	status=1
}
refuse 'no program calls these functions: remove them, or list them in hack/deadcode.txt with the reason' "$(comm -23 <(echo "$found") <(echo "$listed") | grep . || true)"
refuse 'these lines of hack/deadcode.txt are not needed any more: remove them' "$(comm -13 <(echo "$found") <(echo "$listed") | grep . || true)"
refuse 'these lines of hack/deadcode.txt have no reason' "$unexplained"
exit $status
