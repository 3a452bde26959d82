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

# Whoever ends this script ends the program, which has clusters to stop. A terminal's Ctrl-C reaches both by itself.
"$folder/program" "$@" <&0 &
program=$!
trap 'kill -TERM "$program" 2>/dev/null || true' TERM HUP
trap '' INT
status=0
wait "$program" || status=$?
while kill -0 "$program" 2>/dev/null; do # a signal ends a wait before the program is over
	status=0
	wait "$program" || status=$?
done
exit "$status"
