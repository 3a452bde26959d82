#!/usr/bin/env bash
# Looks for known vulnerabilities in what the programs, or the packages that are named, call (govulncheck).
# GOVULNDB is its database: a folder or a URL; empty: https://vuln.go.dev. How to have a copy of it:
# https://go.dev/doc/security/vuln/database
set -euo pipefail
# A folder is from where it was said.
database=${GOVULNDB:-}
if [ -n "$database" ] && [ -d "$database" ]; then
	# govulncheck takes any folder, and finds nothing in one that is no database.
	if [ ! -f "$database/index/modules.json" ]; then
		echo "$database is not a database of govulncheck: it has no index/modules.json, see https://go.dev/doc/security/vuln/database" >&2
		exit 1
	fi
	database=file://$(cd "$database" && pwd)
fi
cd "$(dirname "$0")/.."
. hack/say.sh

say "govulncheck: what the manager and the probe call"
status=0
go tool -modfile=tools/go.mod govulncheck ${database:+-db="$database"} "${@:-./cmd/...}" || status=$?
# 3 is its own word for: found some.
if [ "$status" -ne 0 ] && [ "$status" -ne 3 ]; then
	echo "govulncheck could not look. Without internet, give its database by a path: make audit GOVULNDB=folder" >&2
fi
exit "$status"
