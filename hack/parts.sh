#!/usr/bin/env bash
# parts.sh: which of the long parts this run of the tests has, a line each. They take turns, so that a run stays short and
# all of them run within a few commits: one is chosen by the commit's hash, and a commit that touches a part's paths
# runs that part, too: the last one, or all since BASE, as in BASE=v1.2.3 make test. PARTS=all runs all of them, the runs at
# scale and the comparison of two builds, PARTS=none none.
set -euo pipefail
cd "$(dirname "$0")/.."

turns=(argocd moto terraform)
declare -A paths=(
	[argocd]='^(charts/|config/(argocd|crd|rbac|cluster|manager)/|test/argocd/|test/e2e/(argocd|install_page|rig/)|internal/firstrun/|docs/(install|upgrade)\.md)'
	[moto]='^(internal/aws/|test/moto/)'
	[terraform]='^(config/(iam|testbed)/|hack/terraform|test/terraform/)'
)

case "${PARTS:-}" in
all) printf '%s\n' "${turns[@]}" scale reproducible && exit ;;
none) exit ;;
esac
hash=$(git rev-parse HEAD 2>/dev/null) || hash=0
chosen=${turns[$((16#${hash:0:4} % ${#turns[@]}))]}
if ! touched=$(git diff --name-only "${BASE:-HEAD~1}" 2>/dev/null); then
	touched=
	echo "parts.sh: what the commit touches is not known, for ${BASE:-the commit before it} is not in this clone: only the part whose turn it is runs. PARTS=all runs all." >&2
fi
for part in "${turns[@]}"; do
	if [ "$part" = "$chosen" ] || grep -qE "${paths[$part]}" <<<"$touched"; then
		echo "$part"
	fi
done
