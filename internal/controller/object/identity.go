package object

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// Identities finds AWSIdentities for those who want to act through them.
type Identities struct{ Reader client.Reader }

// Refusal says why nobody acts through an AWSIdentity now. It is an error, too, for
// those who ask deep inside a step: what a person has to put right is a condition in
// the end, and [errors.AsType] finds it.
type Refusal struct {
	verdict.Verdict
	// Detail is what the identity's own condition says. It may name accounts and users:
	// only who owns identities may see it.
	Detail string
}

// Error is the message, for whoever treats a refusal as one more error.
func (r *Refusal) Error() string { return r.Message }

// Find gives an identity by its name, which must not be changed: it is the cache's own. Where there is
// none it is refused: the user, "the requester" say, is told what to do.
func (i Identities) Find(ctx context.Context, name, user string) (*v1alpha1.AWSIdentity, *Refusal, error) {
	identity := &v1alpha1.AWSIdentity{}
	err := i.Reader.Get(ctx, client.ObjectKey{Name: name}, identity, &client.GetOptions{UnsafeDisableDeepCopy: new(true)})
	switch {
	case apierrors.IsNotFound(err):
		return nil, &Refusal{Verdict: verdict.Newf(verdict.Stalled, v1alpha1.ReasonIdentityNotFound,
			"%s acts through AWSIdentity %s, which does not exist. Create it, or name another in identityRef.", user, name)}, nil
	case err != nil:
		return nil, nil, fmt.Errorf("reading AWSIdentity %s: %w", name, err)
	}
	return identity, nil, nil
}

// Checked refuses an identity that was not found to be in order: nobody acts through
// credentials that were not looked at, or that lead to another account (A12).
func Checked(identity *v1alpha1.AWSIdentity, user string) *Refusal {
	ready := meta.FindStatusCondition(identity.Status.Conditions, v1alpha1.ConditionReady)
	switch {
	case ready != nil && ready.Status == metav1.ConditionUnknown && ready.Reason == v1alpha1.ReasonAWSError && SpeaksOf(ready, identity):
		return &Refusal{Detail: ready.Message, Verdict: verdict.Newf(verdict.Wait, v1alpha1.ReasonProgressing,
			"AWS does not answer, so AWSIdentity %s (%s) cannot be checked. Nothing acts through it until it is.", identity.Name, user)}
	case ready == nil || ready.Status == metav1.ConditionUnknown || !SpeaksOf(ready, identity):
		return &Refusal{Verdict: verdict.Newf(verdict.Wait, v1alpha1.ReasonProgressing, "Waiting for AWSIdentity %s to be checked.", identity.Name)}
	case ready.Status != metav1.ConditionTrue:
		return &Refusal{Detail: ready.Message, Verdict: verdict.Newf(verdict.Stalled, ready.Reason,
			"AWSIdentity %s (%s) is not Ready. Its owner sees why with kubectl describe awsidentity %[1]s.", identity.Name, user)}
	}
	return nil
}

// SpeaksOf reports whether a condition is about the spec as it is now. A deletion raises the
// generation by one and changes no spec, so what was found before it holds; InUse is found
// after it.
func SpeaksOf(ready *metav1.Condition, identity *v1alpha1.AWSIdentity) bool {
	if ready.ObservedGeneration == identity.Generation {
		return true
	}
	return !identity.DeletionTimestamp.IsZero() && ready.Reason != v1alpha1.ReasonInUse && ready.ObservedGeneration == identity.Generation-1
}

// PermitsVPC reports whether an identity may act on a VPC.
func PermitsVPC(identity *v1alpha1.AWSIdentity, vpc v1alpha1.VPCID) bool {
	return len(identity.Spec.AllowedVPCIDs) == 0 || slices.Contains(identity.Spec.AllowedVPCIDs, vpc)
}

// Credentials are those that an identity stands for.
func Credentials(identity *v1alpha1.AWSIdentity) aws.Identity {
	return aws.Identity{Name: identity.Name, RoleARN: identity.Spec.RoleARN, ExternalID: identity.Status.ExternalID}
}

// IdentityName is the name that a reference means: without one, the default's.
func IdentityName(ref *v1alpha1.LocalName) string {
	if ref == nil {
		return v1alpha1.DefaultName
	}
	return ref.Name
}

// SideIdentity is the name of the identity that a side acts through: its own, else that
// of the first of its clusters that names one, else the default. A cluster that is not
// there is nil.
func SideIdentity(side v1alpha1.VPCPeeringSide, clusters []*v1alpha1.PeeredCluster) string {
	if side.IdentityRef != nil {
		return side.IdentityRef.Name
	}
	for _, cluster := range clusters {
		if cluster != nil && cluster.Spec.IdentityRef != nil {
			return cluster.Spec.IdentityRef.Name
		}
	}
	return v1alpha1.DefaultName
}

// GroupsIdentity is the name of the identity that acts on a side's security groups, where it
// is not the one that acts on the side; else empty.
func GroupsIdentity(side v1alpha1.VPCPeeringSide, clusters []*v1alpha1.PeeredCluster) string {
	ref := side.SecurityGroups.IdentityRef
	if ref == nil || ref.Name == SideIdentity(side, clusters) {
		return ""
	}
	return ref.Name
}

// NamesIdentity reports whether a side acts through an identity by what its spec says.
func NamesIdentity(side v1alpha1.VPCPeeringSide, clusters []*v1alpha1.PeeredCluster, identity string) bool {
	return SideIdentity(side, clusters) == identity || GroupsIdentity(side, clusters) == identity
}

// PinnedIdentities are those that a side acted through when it was last resolved.
func PinnedIdentities(pinned *v1alpha1.SideStatus) []string {
	switch {
	case pinned == nil:
		return nil
	case pinned.SecurityGroups == nil:
		return []string{pinned.Identity}
	default:
		return []string{pinned.Identity, pinned.SecurityGroups.Identity}
	}
}
