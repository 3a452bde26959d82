package eksaccount

import (
	"context"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// Identities gives the credentials that a cluster is reached with; object.Identities does.
type Identities interface {
	// Reaching finds the identity of a cluster; refused says why nobody reaches it with that.
	Reaching(ctx context.Context, cluster *v1alpha1.PeeredCluster) (credentials aws.Identity, refused *verdict.Verdict, err error)
}

// Accounts finds the accounts of PeeredClusters.
type Accounts struct {
	Identities Identities
	Clouds     *aws.Clients
}

// Account implements access.Accounts.
func (a Accounts) Account(ctx context.Context, object *v1alpha1.PeeredCluster) (access.Account, error) {
	identity, refused, err := a.Identities.Reaching(ctx, object)
	if err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, unusable(*refused)
	}
	asked := *object.Spec.Access.EKS
	return &account{identity: identity, asked: asked, cluster: a.Clouds.EKSCluster(identity, string(asked.Region), asked.Name)}, nil
}

// unusable: an identity that is gone was taken away; one that is yet to be checked may
// be in order in a moment.
func unusable(refused verdict.Verdict) *access.Error {
	known := access.Errorf(refused.Reason, nil, "%s", refused.Message)
	known.Withdrawn = refused.Reason == v1alpha1.ReasonIdentityNotFound
	known.Passing = refused.Progress == verdict.Wait
	return known
}
