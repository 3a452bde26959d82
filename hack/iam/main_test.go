package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// longest are values as long as AWS gives them, of two regions with long names and the partition with the longest.
var longest = strings.NewReplacer(
	"PARTITION", "aws-us-gov",
	"OWN_REGION", "ap-southeast-2", "OWN_ACCOUNT", "111111111111", "OWN_VPC", "vpc-0123456789abcdef0", "OWN_CLUSTER", strings.Repeat("c", 100),
	"PEER_REGION", "ap-northeast-1", "PEER_ACCOUNT", "222222222222", "PEER_VPC", "vpc-0fedcba9876543210",
	"REQUESTER_REGION", "ap-southeast-2", "REQUESTER_ACCOUNT", "111111111111", "REQUESTER_VPC", "vpc-0123456789abcdef0", "REQUESTER_CLUSTER", strings.Repeat("c", 100),
	"ACCEPTER_REGION", "ap-northeast-1", "ACCEPTER_ACCOUNT", "222222222222", "ACCEPTER_VPC", "vpc-0fedcba9876543210", "ACCEPTER_CLUSTER", strings.Repeat("c", 100),
	"OWNER_ACCOUNT", "333333333333", "OPERATOR_ACCOUNT", "111111111111", "OPERATOR_ROLE", strings.Repeat("r", 64), "REQUESTER_ROLE", strings.Repeat("r", 64), "ACCEPTER_ROLE", strings.Repeat("r", 64), "INSTALLATION_ID", "01234567-89ab-cdef-0123-456789abcdef", "IDENTITY_NAME", strings.Repeat("i", 63),
	"HUB_ACCOUNT", "111111111111", "HUB_REGION", "ap-southeast-2", "HUB_CLUSTER", strings.Repeat("c", 100), "OIDC_PROVIDER", "oidc.eks.ap-southeast-2.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF",
)

// IAM counts the characters of a managed policy without white space:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	mostOfPolicy = 6144
	mostOfTrust  = 2048
)

func TestEveryPolicyFitsIntoARoleWithTheLongestValues(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no policies: %v", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		filled := longest.Replace(string(content))
		if left := regexp.MustCompile(`\b[A-Z]+_[A-Z_]+\b|\bPARTITION\b`).FindString(filled); left != "" {
			t.Errorf("%s: nothing stands for %s", file, left)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(filled)); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		most := mostOfPolicy
		if strings.Contains(filepath.Base(file), "trust") {
			most = mostOfTrust
		}
		t.Logf("%s: %d of %d characters", filepath.Base(file), compact.Len(), most)
		if compact.Len() > most {
			t.Errorf("%s has %d characters, and IAM takes %d", file, compact.Len(), most)
		}
	}
}

func TestTheOnePolicyAllowsWhatBothSidesNeedAndIsUpToDate(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(root, folder, "both.json"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := merged(root)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content, want) {
		t.Error("config/iam/both.json is out of date: run make generate")
	}
	var both policy
	if err := json.Unmarshal(content, &both); err != nil {
		t.Fatal(err)
	}
	var sids []string
	for _, s := range both.Statement {
		sids = append(sids, s.Sid)
	}
	slices.Sort(sids)
	if unique := slices.Compact(slices.Clone(sids)); len(unique) != len(sids) {
		t.Errorf("a Sid stands for two statements: %v", sids)
	}
}

// An EKS Pod Identity session has tags, and they go with it from role to role: each role on the way must let them in.
// https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
func TestTagsOfASessionMayBePassedOn(t *testing.T) {
	for _, file := range []string{"operator.json", "operator-trust-pod-identity.json", "trust.json"} {
		content, err := os.ReadFile(filepath.Join(root, folder, file))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(content, []byte(`"sts:TagSession"`)) {
			t.Errorf("%s does not allow sts:TagSession", file)
		}
	}
}

// What a side's role is asked for may be any of the calls in the code: a right that a new call needs is in the policies, or
// nobody has it.
func TestEveryCallInTheCodeIsInThePolicies(t *testing.T) {
	input := regexp.MustCompile(`\b(ec2|eks|autoscaling|sts)\.(\w+)Input\{`)
	calls := map[string]string{}
	err := filepath.WalkDir(filepath.Join(root, "internal"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, call := range input.FindAllStringSubmatch(string(text), -1) {
			calls[call[1]+":"+call[2]] = path
		}
		return err
	})
	if err != nil || len(calls) < 15 {
		t.Fatalf("%d calls in the code: %v", len(calls), err)
	}
	delete(calls, "sts:GetCallerIdentity") // needs no right
	// The first run lets the role into clusters, and out again, with the rights of the person who runs it.
	delete(calls, "eks:CreateAccessEntry")
	delete(calls, "eks:DeleteAccessEntry")
	for _, file := range []string{"requester.json", "accepter.json"} {
		granted := actionsOf(t, file)
		for call, path := range calls {
			// Each side does its own part with connections.
			if call == "ec2:CreateVpcPeeringConnection" && file == "accepter.json" || call == "ec2:AcceptVpcPeeringConnection" && file == "requester.json" {
				continue
			}
			// Rules that let out are optional, in a policy of their own.
			if egress := actionsOf(t, "egress.json"); strings.HasSuffix(call, "SecurityGroupEgress") && egress[call] && !granted[call] {
				continue
			}
			if !granted[call] {
				t.Errorf("%s is called in %s, and %s does not allow it", call, path, file)
			}
		}
	}
}

func actionsOf(t *testing.T, file string) map[string]bool {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, folder, file))
	if err != nil {
		t.Fatal(err)
	}
	var document policy
	if err := json.Unmarshal(content, &document); err != nil {
		t.Fatal(err)
	}
	actions := map[string]bool{}
	for _, s := range document.Statement {
		for _, action := range s.Action {
			actions[action] = true
		}
	}
	return actions
}
