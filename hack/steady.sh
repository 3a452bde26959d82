#!/usr/bin/env bash
# steady.sh COMMAND...: runs it into a pipe, as CI does, shows what it says, and fails where it is silent for too long: for more than
# FIRST_WITHIN seconds (2) at its start, or QUIET_AT_MOST seconds (15) later. Its own failure comes first.
set -uo pipefail

watch() { # watch: copies lines, and ends with 1 after a silence
	local began=$SECONDS said=$SECONDS most=${FIRST_WITHIN:-2} silence=0 line
	while IFS= read -r line || [ -n "$line" ]; do
		judge
		printf '%s\n' "$line"
		said=$SECONDS most=${QUIET_AT_MOST:-15}
	done
	judge # its end is as good as a line
	return "$silence"
}

judge() { # judge: notes whether the silence since the last line was too long
	[ $((SECONDS - said)) -gt "$most" ] || return 0
	echo "steady.sh: nothing was said for $((SECONDS - said)) s, $((said - began)) s after the start; at most $most s are allowed" >&2
	silence=1
}

"$@" 2>&1 | watch
status=("${PIPESTATUS[@]}")
[ "${status[0]}" -eq 0 ] || exit "${status[0]}"
exit "${status[1]}"
