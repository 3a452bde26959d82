#!/usr/bin/env bash
# gorun.sh PACKAGE [ARGS...]: `go run`, which compiles for minutes without a word. This one says every
# SAY_EVERY seconds (10) that it does, and hands on the program's own exit code.
set -euo pipefail
package=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

go build -o "$folder/program" "$package" &
build=$!
began=$SECONDS
said=$SECONDS
while kill -0 "$build" 2>/dev/null; do
	if [ $((SECONDS - said)) -ge "${SAY_EVERY:-10}" ]; then
		said=$SECONDS
		echo "    … compiling $package ($((SECONDS - began)) s)"
	fi
	sleep 0.2
done
wait "$build"

# The program takes this process's place, so that signals, the terminal and the exit code are its own: whoever ends make ends it,
# and it has clusters to stop. Somebody else removes the folder then.
(
	trap '' INT TERM HUP
	while kill -0 "$$" 2>/dev/null; do sleep 0.5; done
	rm -rf "$folder"
) </dev/null >/dev/null 2>&1 &
exec "$folder/program" "$@"
