// Package eksaccount gives the EKS way of package access what it needs of AWS and of
// AWSIdentities, with errors in the words of a condition.
package eksaccount

import (
	"context"
	"fmt"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
)

// account is one EKS cluster, as one identity sees it.
type account struct {
	identity aws.Identity
	asked    v1alpha1.EKSAccess
	cluster  *aws.EKSCluster
}

// ID implements access.Account.
func (a *account) ID() string {
	return fmt.Sprintf("%s %s %s", a.identity.Name, a.identity.RoleARN, a.identity.ExternalID)
}

// Describe implements access.Account.
func (a *account) Describe(ctx context.Context) (access.Description, error) {
	found, err := a.cluster.Describe(ctx)
	if aws.Classify(err).NotFound {
		return access.Description{}, access.Errorf(v1alpha1.ReasonEKSClusterNotFound, err,
			"AWSIdentity %s sees no EKS cluster %s in %s. Check spec.access.eks, and that the identity is one of the cluster's account.",
			a.identity.Name, a.asked.Name, a.asked.Region)
	}
	return access.Description(found), told(err)
}

// Token implements access.Account.
func (a *account) Token(ctx context.Context) (string, error) {
	made, err := a.cluster.Tokens.Token(ctx)
	return made.Value, told(err)
}

// Drop implements access.Account.
func (a *account) Drop(token string) { a.cluster.Tokens.Drop(token) }

// Principal implements access.Account.
func (a *account) Principal(ctx context.Context) (string, error) {
	arn, err := a.cluster.Principal(ctx)
	return arn, told(err)
}

// Entry implements access.Account.
func (a *account) Entry(ctx context.Context, principal string) (access.Entry, error) {
	found, err := a.cluster.AccessEntry(ctx, principal)
	return access.Entry(found), told(err)
}

// told says what an error of AWS means.
func told(err error) error {
	if err == nil {
		return nil
	}
	verdict := aws.Classify(err)
	reason := v1alpha1.ReasonAWSError
	if verdict.Denied {
		reason = v1alpha1.ReasonPermissionDenied
	}
	known := access.Errorf(reason, err, "%s", verdict.Message)
	known.Passing = verdict.Class == aws.Retry || verdict.Class == aws.Soon
	return known
}
