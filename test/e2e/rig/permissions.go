package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/crossvpc/crossvpc/internal/partition"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/awssim/policies"
	"github.com/crossvpc/crossvpc/test/scene"
)

// ManagerARN is the role that the manager runs as, in the requester's account.
const ManagerARN = "arn:aws:iam::" + scene.RequesterAccount + ":role/crossvpc-operator"

// ManagerSession is its session, as EKS Pod Identity names it.
const ManagerSession = "arn:aws:sts::" + scene.RequesterAccount + ":assumed-role/crossvpc-operator/eks-prod-eu-crossvpc-0-01234567"

// managerKey is the manager's access key, so that its calls can be told from those of whoever sets the scene.
const managerKey = "AKIAMANAGER"

// sessionTags are those that EKS Pod Identity gives a session; they go on to every role that is assumed with it
// (docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html).
var sessionTags = map[string]string{
	"eks-cluster-arn":            "arn:aws:eks:eu-west-1:" + scene.RequesterAccount + ":cluster/prod-eu",
	"eks-cluster-name":           "prod-eu",
	"kubernetes-namespace":       SystemNamespace,
	"kubernetes-service-account": ServiceAccount,
	"kubernetes-pod-name":        "crossvpc-0",
	"kubernetes-pod-uid":         "01234567-89ab-cdef-0123-456789abcdef",
}

// words are what the words in capitals of config/iam stand for in the rig.
func (r *Rig) words() policies.Words {
	place := func(n *scene.Network, side string) policies.Place {
		return policies.Place{Partition: partition.Of(n.Region).ID, Region: n.Region, Account: n.Account, VPC: n.VPCID, Cluster: EKSName(side)}
	}
	return policies.Installation(InstallationID).Side("REQUESTER", place(r.Pair.Requester, "eu")).Side("ACCEPTER", place(r.Pair.Accepter, "us")).
		With("OPERATOR_ACCOUNT", scene.RequesterAccount).With("OPERATOR_ROLE", "crossvpc-operator").With("IDENTITY_NAME", "us")
}

// PolicyActions are the actions that policies of config/iam allow. sts:GetCallerIdentity needs no policy.
func (r *Rig) PolicyActions(ctx context.Context, files ...string) ([]string, error) {
	var actions []string
	for _, file := range files {
		text, err := r.policy(ctx, file)
		if err != nil {
			return nil, err
		}
		var policy struct{ Statement []struct{ Action []string } }
		if err := json.Unmarshal(text, &policy); err != nil {
			return nil, fmt.Errorf("IAM policy %s: %w", file, err)
		}
		for _, statement := range policy.Statement {
			actions = append(actions, statement.Action...)
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions), nil
}

func (r *Rig) policy(ctx context.Context, file string) ([]byte, error) {
	root, err := r.sources(ctx)
	if err != nil {
		return nil, err
	}
	return r.words().Fill(root, file)
}

// limitPermissions makes the roles with the policies of config/iam and nothing else: the operator's, which is the
// requester's too, and the one that it assumes.
func (r *Rig) limitPermissions(ctx context.Context) error {
	r.Cloud.RegisterKey(managerKey, awssim.Principal{
		Account: scene.RequesterAccount, ARN: ManagerSession, RoleARN: ManagerARN, UserID: "AROAMANAGER:eks-prod-eu-crossvpc-0-01234567",
		Tags: sessionTags, TransitiveTags: slices.Sorted(maps.Keys(sessionTags)),
	})
	trust, err := r.policy(ctx, "trust.json")
	if err != nil {
		return err
	}
	if err := r.Cloud.DeclareRole(awssim.Role{ARN: RoleARN, TrustPolicy: trust}); err != nil {
		return err
	}
	for _, attached := range []struct{ role, file string }{
		{ManagerARN, "operator.json"}, {ManagerARN, "requester.json"}, {RoleARN, "accepter.json"},
	} {
		text, err := r.policy(ctx, attached.file)
		if err != nil {
			return err
		}
		if err := r.Cloud.AttachPolicy(attached.role, attached.file, text); err != nil {
			return err
		}
	}
	return nil
}

// HubRole is a role in the requester's account that only works there, as docs/install.md makes it; Options.Untouched has it.
const HubRole = "arn:aws:iam::" + scene.RequesterAccount + ":role/crossvpc"

// addHubRole makes it, for an AWSIdentity eu.
func (r *Rig) addHubRole(ctx context.Context) error {
	root, err := r.sources(ctx)
	if err != nil {
		return err
	}
	trust, err := r.words().With("IDENTITY_NAME", "eu").Fill(root, "trust.json")
	if err != nil {
		return err
	}
	if err := r.Cloud.DeclareRole(awssim.Role{ARN: HubRole, TrustPolicy: trust}); err != nil {
		return err
	}
	text, err := r.policy(ctx, "requester.json")
	if err != nil {
		return err
	}
	return r.Cloud.AttachPolicy(HubRole, "requester.json", text)
}
