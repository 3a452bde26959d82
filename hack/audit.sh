#!/usr/bin/env bash
# Looks for known vulnerabilities in what the programs call (govulncheck) and for unsafe constructs in our own code (gosec).
# GOVULNDB is govulncheck's database: a folder or a URL; empty: https://vuln.go.dev. How to have a copy of it:
# https://go.dev/doc/security/vuln/database
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/say.sh
tool() { go tool -modfile=tools/go.mod "$@"; }

say "gosec: our own code"
tool golangci-lint-kube-api-linter run --allow-parallel-runners --timeout=20m --enable-only=gosec --tests=false ./api/... ./cmd/... ./internal/...

say "govulncheck: what the manager and the probe call"
database=${GOVULNDB:-}
if [ -n "$database" ] && [ -d "$database" ]; then
	database=file://$(cd "$database" && pwd)
fi
status=0
tool govulncheck ${database:+-db="$database"} ./cmd/... || status=$?
# 3 is its own word for: found some.
if [ "$status" -ne 0 ] && [ "$status" -ne 3 ]; then
	echo "govulncheck could not look. Without internet, give its database by a path: make audit GOVULNDB=folder" >&2
fi
exit "$status"
