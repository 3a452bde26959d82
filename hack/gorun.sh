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
status=0
"$folder/program" "$@" || status=$?
exit "$status"
