#!/usr/bin/env bash
# Makes all that a release publishes, in dist/: release.sh v1.2.3. The workflow of a tag uploads and signs it.
set -euo pipefail
cd "$(dirname "$0")/.."
. hack/say.sh

version=${1:-}
if ! [[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
	echo "VERSION must be given like v1.2.3, not '$version'" >&2
	exit 1
fi
bill_of() { release_tool cyclonedx-gomod bin -json -noserial -version "$version" -output "$2.cdx.json" "$1" 2>/dev/null; }
release_tool() { go tool -modfile=tools/release/go.mod "$@"; }

rm -rf dist
mkdir -p dist
make binaries VERSION="$version" PLATFORMS="$PLATFORMS" PLUGIN_PLATFORMS="$PLUGIN_PLATFORMS"
for program in dist/bin/*/{manager,probe}; do
	cp "$program" "dist/crossvpc-$(basename "$program")-$version-$(basename "$(dirname "$program")")"
done

say "what the binaries are made of: CycloneDX"
for binary in dist/crossvpc-*-"$version"-*; do
	bill_of "$binary" "$binary"
done
for binary in dist/bin/*/kubectl-crossvpc*; do
	bill_of "$binary" "dist/kubectl-crossvpc-$version-$(basename "$(dirname "$binary")")"
done

say "the plugin of kubectl: archives, and the manifest for Krew"
(cd tools/krew && go run ./pack -binaries=../../dist/bin -license=../../LICENSE -out=../../dist -platforms="$PLUGIN_PLATFORMS" -version="$version" \
	-url="https://github.com/crossvpc/crossvpc/releases/download/$version" &&
	go tool validate-krew-manifest -skip-install -manifest=../../dist/crossvpc.yaml)

make image VERSION="$version" PLATFORMS="$PLATFORMS" BASE_IMAGE="$BASE_IMAGE" PUSH="$PUSH" | tee dist/image.log
tail -n 1 dist/image.log >dist/image-digest.txt
rm dist/image.log
tar -C dist/image -cf "dist/crossvpc-image-$version.tar" .

say "the chart"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R charts/crossvpc "$work"
# The version is in the annotations, too.
sed -i.former "s|\(image: ghcr.io/crossvpc/crossvpc:\).*|\1$version|" "$work/crossvpc/Chart.yaml" && rm "$work/crossvpc/Chart.yaml.former"
release_tool helm package "$work/crossvpc" --version "${version#v}" --app-version "$version" --destination dist

make build-installer VERSION="$version"

say "checksums"
# shellcheck disable=SC2094 # find leaves the file of checksums out
(cd dist && find . -maxdepth 1 -type f ! -name checksums.txt | sed 's|^\./||' | LC_ALL=C sort | xargs sha256sum >checksums.txt && cat checksums.txt)
