#!/usr/bin/env bash
# Builds the binaries of all platforms into a folder: binaries.sh FOLDER. Neither paths, nor times, nor the state of the
# repository get into them, so that the same sources give the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/say.sh
out=$1

flags="-s -w -buildid="
[ -z "${VERSION:-}" ] || flags="$flags -X github.com/crossvpc/crossvpc/internal/version.release=$VERSION"
for platform in $(tr ',' ' ' <<<"${PLATFORMS:-linux/amd64,linux/arm64}"); do
	folder=$out/${platform/\//-}
	say "build $folder"
	mkdir -p "$folder"
	for program in manager probe; do
		package=./cmd
		[ "$program" = manager ] || package=./cmd/$program
		CGO_ENABLED=0 GOOS=${platform%/*} GOARCH=${platform#*/} go build -trimpath -buildvcs=false -ldflags="$flags" -o "$folder/$program" "$package"
	done
done
