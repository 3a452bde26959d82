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
release_tool() { go tool -modfile=tools/release/go.mod "$@"; }

rm -rf dist
mkdir -p dist
make binaries VERSION="$version" PLATFORMS="$PLATFORMS"
for folder in dist/bin/*; do
	for program in manager probe; do
		cp "$folder/$program" "dist/crossvpc-$program-$version-$(basename "$folder")"
	done
done

say "what the binaries are made of: CycloneDX"
for binary in dist/crossvpc-*-"$version"-*; do
	release_tool cyclonedx-gomod bin -json -noserial -version "$version" -output "$binary.cdx.json" "$binary" 2>/dev/null
done

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
(cd dist && find . -maxdepth 1 -type f ! -name checksums.txt | sed 's|^\./||' | LC_ALL=C sort | xargs sha256sum >checksums.txt && cat checksums.txt)
