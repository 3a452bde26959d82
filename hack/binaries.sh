#!/usr/bin/env bash
# Builds the binaries of all platforms into a folder: binaries.sh FOLDER. Neither paths, nor times, nor the state of the
# repository get into them, so that the same sources give the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/say.sh
out=$1

flags="-s -w -buildid="
[ -z "${VERSION:-}" ] || flags="$flags -X github.com/crossvpc/crossvpc/internal/version.release=$VERSION"
build() { # build PLATFORM PROGRAM PACKAGE
	local folder=$out/${1/\//-} suffix=
	say "build $folder/$2"
	mkdir -p "$folder"
	[ "${1%/*}" != windows ] || suffix=.exe
	CGO_ENABLED=0 GOOS=${1%/*} GOARCH=${1#*/} go build -trimpath -buildvcs=false -ldflags="$flags" -o "$folder/$2$suffix" "$3"
}

for platform in $(tr ',' ' ' <<<"${PLATFORMS:-linux/amd64,linux/arm64}"); do
	build "$platform" manager ./cmd
	build "$platform" probe ./cmd/probe
done
# The plugin runs where people sit.
for platform in $(tr ',' ' ' <<<"${PLUGIN_PLATFORMS:-}"); do
	build "$platform" kubectl-crossvpc ./cmd/kubectl-crossvpc
done
