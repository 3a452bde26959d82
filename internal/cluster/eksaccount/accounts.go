package eksaccount

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
)

// Accounts finds the identities of PeeredClusters.
type Accounts struct {
	// Identities reads AWSIdentities.
	Identities client.Reader
	Clouds     *aws.Clients
}

// Account implements access.Accounts.
func (a Accounts) Account(ctx context.Context, object *v1alpha1.PeeredCluster) (access.Account, error) {
	identity, err := a.identity(ctx, object)
	if err != nil {
		return nil, err
	}
	asked := *object.Spec.Access.EKS
	return &account{identity: identity, asked: asked, cluster: a.Clouds.EKSCluster(identity, string(asked.Region), asked.Name)}, nil
}

func (a Accounts) identity(ctx context.Context, object *v1alpha1.PeeredCluster) (aws.Identity, error) {
	name := v1alpha1.DefaultName
	if object.Spec.IdentityRef != nil {
		name = object.Spec.IdentityRef.Name
	}
	found := &v1alpha1.AWSIdentity{}
	err := a.Identities.Get(ctx, client.ObjectKey{Name: name}, found)
	if apierrors.IsNotFound(err) {
		missing := access.Errorf(v1alpha1.ReasonIdentityNotFound, err, "There is no AWSIdentity %s. Create it, or name another in spec.identityRef.", name)
		missing.Withdrawn = true
		return aws.Identity{}, missing
	}
	if err != nil {
		return aws.Identity{}, fmt.Errorf("reading AWSIdentity %s: %w", name, err)
	}
	return aws.Identity{Name: name, RoleARN: found.Spec.RoleARN, ExternalID: found.Status.ExternalID}, usable(found)
}

// usable refuses an identity that is not checked, or that was found wanting. One that
// was in order (its account is known) and waits for its users to go works until then:
// without it nothing could be withdrawn from the cluster.
func usable(found *v1alpha1.AWSIdentity) error {
	ready := meta.FindStatusCondition(found.Status.Conditions, v1alpha1.ConditionReady)
	leaving := ready != nil && ready.Reason == v1alpha1.ReasonInUse && found.Status.AccountID != ""
	switch {
	case ready != nil && ready.Status == metav1.ConditionFalse && !leaving:
		return access.Errorf(ready.Reason, nil, "AWSIdentity %s is not Ready: %s", found.Name, ready.Message)
	case found.Spec.RoleARN != "" && found.Status.ExternalID == "":
		waiting := access.Errorf(v1alpha1.ReasonProgressing, nil, "Waiting for AWSIdentity %s to be checked.", found.Name)
		waiting.Passing = true
		return waiting
	default:
		return nil
	}
}
