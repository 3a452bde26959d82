#!/usr/bin/env bash
# Looks for known vulnerabilities in what the programs call (govulncheck) and for unsafe constructs in our own code (gosec).
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/say.sh

say "gosec: our own code"
go tool -modfile=tools/go.mod golangci-lint-kube-api-linter run --allow-parallel-runners --timeout=20m --enable-only=gosec --tests=false ./api/... ./cmd/... ./internal/...

hack/vulnerabilities.sh
