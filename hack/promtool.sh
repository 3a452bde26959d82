#!/usr/bin/env bash
# promtool.sh: prints the path of Prometheus' promtool, which checks config/prometheus: what
# $PROMTOOL names, else what is on the PATH, else what the cache has. With "fetch" it takes
# it out of Debian's package prometheus into the cache where it is nowhere and apt-get is there.
# Without any it prints nothing; the tests that need it are skipped then.
set -euo pipefail

cached=${XDG_CACHE_HOME:-$HOME/.cache}/crossvpc/promtool/promtool

fetch() {
	command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 0
	local folder
	folder=$(mktemp -d)
	if (cd "$folder" && timeout 120 apt-get -qq download prometheus && dpkg -x prometheus_*.deb .) >&2; then
		mkdir -p "$(dirname "$cached")"
		mv "$folder/usr/bin/promtool" "$cached"
	fi
	rm -rf "$folder"
}

if [ -n "${PROMTOOL:-}" ]; then
	echo "$PROMTOOL"
elif ! command -v promtool; then
	[ -x "$cached" ] || [ "${1:-}" != fetch ] || fetch
	[ ! -x "$cached" ] || echo "$cached"
fi
