#!/usr/bin/env bash
# terraform-beside.sh FOLDER: applies FOLDER (an initialized copy of test/terraform/beside) to the simulated AWS, adds the routes and rules
# that crossvpc adds, by the calls that it makes, and fails where Terraform would change anything then; at the end all of it is destroyed.
# A second plan without the documented ignore_changes has to see them, else the first proves nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1

command -v aws >/dev/null || { echo "SKIPPED: Terraform beside crossvpc: the AWS CLI is not on this machine" && exit 0; }
unset AWS_CA_BUNDLE AWS_PROFILE AWS_SESSION_TOKEN
export AWS_EC2_METADATA_DISABLED=true AWS_ACCESS_KEY_ID=111111111111 AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=eu-west-1 AWS_PAGER=

go build -o "$folder/awssim" ./test/awssim/cmd/awssim
"$folder/awssim" -addr 127.0.0.1:0 -instant >"$folder/awssim.log" &
sim=$!
trap 'kill "$sim"' EXIT
for _ in $(seq 100); do
	AWS_ENDPOINT_URL=$(sed -n 's/^awssim listens on //p' "$folder/awssim.log")
	[ -z "$AWS_ENDPOINT_URL" ] || break
	sleep 0.1
done
[ -n "$AWS_ENDPOINT_URL" ] || { cat "$folder/awssim.log" >&2 && echo "the simulated AWS did not start, and nobody else is asked" >&2 && exit 1; }
export AWS_ENDPOINT_URL TF_VAR_endpoint=$AWS_ENDPOINT_URL

unchanged() { # unchanged: Terraform has nothing to do
	terraform -chdir="$folder" plan -input=false -no-color -detailed-exitcode >"$folder/log" 2>&1
}
quietly() { # quietly COMMAND...: what it prints is shown only if it fails
	"$@" >"$folder/log" 2>&1 || { cat "$folder/log" >&2 && return 1; }
}

quietly terraform -chdir="$folder" apply -auto-approve -input=false -no-color
connection=$(terraform -chdir="$folder" output -raw connection)
for table in $(terraform -chdir="$folder" output -raw tables); do
	quietly aws ec2 create-route --route-table-id "$table" --destination-cidr-block 10.12.0.0/16 --vpc-peering-connection-id "$connection"
done
for group in $(terraform -chdir="$folder" output -raw groups); do
	quietly aws ec2 authorize-security-group-ingress --group-id "$group" --ip-permissions 'IpProtocol=-1,IpRanges=[{CidrIp=10.12.0.0/16}]' \
		--tag-specifications 'ResourceType=security-group-rule,Tags=[{Key=networking.crossvpc.io/owner,Value=prod/network/eu-us}]'
done
unchanged || { cat "$folder/log" >&2 && echo "Terraform would undo what crossvpc adds, with the documented ignore_changes" >&2 && exit 1; }

cp "$folder/main.tf" "$folder/documented"
sed -i.bak 's/ignore_changes = .*/ignore_changes = []/' "$folder/main.tf"
status=0
unchanged || status=$?
if [ "$status" -ne 2 ]; then # 2: there is something to change
	cat "$folder/log" >&2
	echo "without ignore_changes Terraform's plan ends with $status, not with 2: the check proves nothing" >&2
	exit 1
fi
cp "$folder/documented" "$folder/main.tf"
quietly terraform -chdir="$folder" destroy -auto-approve -input=false -no-color
echo "Terraform beside crossvpc: no change in the plan"
