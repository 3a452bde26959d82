package policies

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/iam"
)

const (
	operatorRole = "arn:aws:iam::" + ownAccount + ":role/crossvpc-operator"
	sideRole     = "arn:aws:iam::" + peerAccount + ":role/crossvpc"
	podKey       = "AKIAPOD"
	strangerKey  = "AKIASTRANGER"
)

// podTags are some of the tags that EKS Pod Identity gives a session.
var podTags = map[string]string{"eks-cluster-name": "prod", "kubernetes-namespace": "crossvpc-system"}

// trustWords are of an operator in one account and the role of a side in the other.
func trustWords() Words {
	return Installation(installation).Side("REQUESTER", Place{"aws", "eu-west-1", ownAccount, "vpc-1", "prod"}).
		Side("ACCEPTER", Place{"aws", "us-east-1", peerAccount, "vpc-2", "far"}).
		Side("HUB", Place{"aws", "eu-west-1", ownAccount, "vpc-1", "prod"}).
		With("OPERATOR_ACCOUNT", ownAccount).With("OPERATOR_ROLE", "crossvpc-operator").With("IDENTITY_NAME", "us").
		With("OIDC_PROVIDER", issuer)
}

const issuer = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF"

// assumes makes the operator's role and a side's, each without one of its statements where that is named, and assumes
// the side's with a key, an external id and a role.
func assumes(t *testing.T, key, externalID, role string, without map[string]string) error {
	t.Helper()
	w := newWorld(t, "eu-west-1", "us-east-1")
	for name, tags := range map[string]map[string]string{podKey: podTags, roleKey: nil} {
		principal := awssim.Principal{Account: ownAccount, RoleARN: operatorRole, ARN: "arn:aws:sts::" + ownAccount + ":assumed-role/crossvpc-operator/pod", Tags: tags}
		for tag := range tags {
			principal.TransitiveTags = append(principal.TransitiveTags, tag)
		}
		w.cloud.RegisterKey(name, principal)
	}
	other := strings.Replace(operatorRole, "crossvpc-operator", "other", 1)
	w.cloud.RegisterKey(strangerKey, awssim.Principal{Account: ownAccount, RoleARN: other, ARN: "arn:aws:sts::" + ownAccount + ":assumed-role/other/x"})
	fill := func(file string) []byte {
		text, err := trustWords().Fill(root, file)
		w.ok(err)
		if sid := without[file]; sid != "" {
			text, err = Without(text, sid)
			w.ok(err)
		}
		return text
	}
	w.ok(w.cloud.AttachPolicy(operatorRole, "operator", fill("operator.json")))
	w.ok(w.cloud.AttachPolicy(other, "operator", fill("operator.json")))
	w.ok(w.cloud.DeclareRole(awssim.Role{ARN: sideRole, TrustPolicy: fill("trust.json")}))
	w.ok(w.cloud.DeclareRole(awssim.Role{ARN: sideRole + "-admin", TrustPolicy: fill("trust.json")}))
	in := &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("crossvpc-prod-us")}
	if externalID != "" {
		in.ExternalId = &externalID
	}
	_, err := w.as(key, "eu-west-1").sts.AssumeRole(t.Context(), in)
	return err
}

func TestTheOperatorAssumesTheRolesOfItsSidesWithTheirExternalIDsOnly(t *testing.T) {
	for name, c := range map[string]struct {
		key, externalID, role string
		without               map[string]string
		allowed               bool
	}{
		"a pod's session, whose tags go on":         {podKey, "prod/us", sideRole, nil, true},
		"a session without tags":                    {roleKey, "prod/us", sideRole, nil, true},
		"without the external id":                   {podKey, "", sideRole, nil, false},
		"with that of another identity":             {podKey, "prod/eu", sideRole, nil, false},
		"with that of another installation":         {podKey, "test/us", sideRole, nil, false},
		"another role of the account":               {strangerKey, "prod/us", sideRole, nil, false},
		"a role that operator.json does not name":   {podKey, "prod/us", sideRole + "-admin", nil, false},
		"without AssumeWithTheExternalID":           {roleKey, "prod/us", sideRole, map[string]string{"trust.json": "AssumeWithTheExternalID"}, false},
		"tags without LetTheSessionsTagsIn":         {podKey, "prod/us", sideRole, map[string]string{"trust.json": "LetTheSessionsTagsIn"}, false},
		"no tags, and no need of it":                {roleKey, "prod/us", sideRole, map[string]string{"trust.json": "LetTheSessionsTagsIn"}, true},
		"a user of the account, by its own account": {ownAccount, "prod/us", sideRole, nil, false},
	} {
		err := assumes(t, c.key, c.externalID, c.role, c.without)
		if c.allowed && err != nil || !c.allowed && !denied(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheOperatorsOwnRoleIsForItsPodsOnly(t *testing.T) {
	provider := "arn:aws:iam::" + ownAccount + ":oidc-provider/" + issuer
	token := func(audience, subject string) iam.Context {
		context := iam.Context{}
		context.Set(issuer+":aud", audience)
		context.Set(issuer+":sub", subject)
		return context
	}
	source := func(account, cluster string) iam.Context {
		context := iam.Context{}
		context.Set("aws:SourceAccount", account)
		context.Set("aws:SourceArn", "arn:aws:eks:eu-west-1:"+account+":cluster/"+cluster)
		return context
	}
	pods := iam.Caller{Service: "pods.eks.amazonaws.com"}
	const ours = "system:serviceaccount:crossvpc-system:crossvpc"
	for name, c := range map[string]struct {
		file    string
		by      iam.Caller
		action  string
		context iam.Context
		want    iam.Decision
	}{
		"IRSA: its service account":       {"operator-trust-irsa.json", iam.Caller{Federated: provider}, "sts:AssumeRoleWithWebIdentity", token("sts.amazonaws.com", ours), iam.Allow},
		"another service account":         {"operator-trust-irsa.json", iam.Caller{Federated: provider}, "sts:AssumeRoleWithWebIdentity", token("sts.amazonaws.com", ours+"2"), iam.Implicit},
		"a token for somebody else":       {"operator-trust-irsa.json", iam.Caller{Federated: provider}, "sts:AssumeRoleWithWebIdentity", token("vault", ours), iam.Implicit},
		"another cluster's provider":      {"operator-trust-irsa.json", iam.Caller{Federated: provider + "0"}, "sts:AssumeRoleWithWebIdentity", token("sts.amazonaws.com", ours), iam.Implicit},
		"with keys instead of a token":    {"operator-trust-irsa.json", iam.Caller{Account: ownAccount}, "sts:AssumeRole", nil, iam.Implicit},
		"Pod Identity: the hub's pods":    {"operator-trust-pod-identity.json", pods, "sts:AssumeRole", source(ownAccount, "prod"), iam.Allow},
		"with tags":                       {"operator-trust-pod-identity.json", pods, "sts:TagSession", source(ownAccount, "prod"), iam.Allow},
		"pods of another cluster":         {"operator-trust-pod-identity.json", pods, "sts:AssumeRole", source(ownAccount, "test"), iam.Implicit},
		"of a cluster of another account": {"operator-trust-pod-identity.json", pods, "sts:AssumeRole", source(peerAccount, "prod"), iam.Implicit},
		"another service":                 {"operator-trust-pod-identity.json", iam.Caller{Service: "ec2.amazonaws.com"}, "sts:AssumeRole", source(ownAccount, "prod"), iam.Implicit},
	} {
		text, err := trustWords().Fill(root, c.file)
		if err != nil {
			t.Fatal(err)
		}
		policy, err := iam.Trust(text)
		if err != nil {
			t.Fatalf("%s: %v", c.file, err)
		}
		if got := iam.Decide(c.by, iam.Access{Action: c.action, Resource: operatorRole, Context: c.context}, policy); got != c.want {
			t.Errorf("%s: decision %v, want %v", name, got, c.want)
		}
	}
}
