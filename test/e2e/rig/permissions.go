package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/scene"
)

// ManagerARN is the role that the manager runs as, in the requester's account.
const ManagerARN = "arn:aws:iam::" + scene.RequesterAccount + ":role/crossvpc-operator"

// managerKey is the manager's access key, so that its calls can be told from those of whoever sets the scene.
const managerKey = "AKIAMANAGER"

// PolicyActions are the actions that policies of config/iam allow. sts:GetCallerIdentity needs no policy.
func PolicyActions(ctx context.Context, files ...string) ([]string, error) {
	root, err := Root(ctx)
	if err != nil {
		return nil, err
	}
	var actions []string
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(root, "config", "iam", file))
		if err != nil {
			return nil, fmt.Errorf("reading an IAM policy: %w", err)
		}
		var policy struct{ Statement []struct{ Action []string } }
		if err := json.Unmarshal(content, &policy); err != nil {
			return nil, fmt.Errorf("IAM policy %s: %w", file, err)
		}
		for _, statement := range policy.Statement {
			actions = append(actions, statement.Action...)
		}
	}
	slices.Sort(actions)
	return slices.Compact(actions), nil
}

// limitPermissions gives the manager, and the role that it assumes, what config/iam allows and nothing else.
func (r *Rig) limitPermissions(ctx context.Context) error {
	requester, err := PolicyActions(ctx, "operator.json", "requester.json")
	if err != nil {
		return err
	}
	accepter, err := PolicyActions(ctx, "accepter.json")
	if err != nil {
		return err
	}
	r.Cloud.RegisterKey(managerKey, awssim.Principal{Account: scene.RequesterAccount, ARN: ManagerARN, UserID: "AROAMANAGER"})
	r.Cloud.AllowOnly(ManagerARN, append(requester, "sts:GetCallerIdentity")...)
	r.Cloud.AllowOnly(RoleARN, append(accepter, "sts:GetCallerIdentity")...)
	return nil
}
