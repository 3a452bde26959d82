#!/usr/bin/env bash
# Refuses, and says what is left, while the cluster has objects that a removal would strand or take with it.
#   left.sh KUBECTL held  objects that need the manager to go: VPCPeerings, and what crossvpc's finalizer holds
#   left.sh KUBECTL any   every object of ours
set -euo pipefail
kubectl=$1
which=$2

# Deleted CRDs have no objects: that is the one failure which means that nothing is left.
objects() {
	local out
	if ! out=$($kubectl get "$1.networking.crossvpc.io" -A -o 'go-template={{range .items}}{{.kind}} {{with .metadata.namespace}}{{.}}/{{end}}{{.metadata.name}} {{.metadata.finalizers}}{{"\n"}}{{end}}' 2>&1); then
		case $out in *"doesn't have a resource type"* | *"could not find the requested resource"*) return 0 ;; esac
		printf '%s\n' "$out" >&2
		return 1
	fi
	printf '%s\n' "$out"
}

all=$(for kind in vpcpeerings peeredclusters awsidentities; do objects "$kind"; done)
case $which in
held) left=$(grep -E '^VPCPeering |networking\.crossvpc\.io/finalizer' <<<"$all" || true) ;;
any) left=$(grep . <<<"$all" || true) ;;
*) echo "left.sh: held or any, not $which" >&2 && exit 2 ;;
esac
[ -z "$left" ] || {
	printf 'delete these first, while the manager still runs and can let them go:\n%s\n' "$(cut -d' ' -f1,2 <<<"$left")" >&2
	exit 1
}
