#!/usr/bin/env bash
# Validates all Terraform that is shipped, and applies test/terraform/beside to the simulated AWS beside what crossvpc adds. Needs terraform, and its aws provider from a registry or from the folder that
# TERRAFORM_MIRROR names; what is missing is said, and nothing is claimed.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v terraform >/dev/null || { echo "SKIPPED: terraform is not on this machine" && exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R config test/terraform "$work"
terraform fmt -check -recursive -diff "$work"
for folder in config/iam/terraform/example config/testbed terraform/beside; do
	[ -d "$work/$folder" ] || continue
	if ! terraform -chdir="$work/$folder" init -backend=false -input=false ${TERRAFORM_MIRROR:+-plugin-dir="$TERRAFORM_MIRROR"} >"$work/log" 2>&1; then
		grep -q "Failed to query available provider packages" "$work/log" && { echo "SKIPPED: $folder: Terraform's aws provider can't be had here" && continue; }
		cat "$work/log" >&2
		exit 1
	fi
	terraform -chdir="$work/$folder" validate
	[ "$folder" != terraform/beside ] || hack/terraform-beside.sh "$work/$folder"
done
