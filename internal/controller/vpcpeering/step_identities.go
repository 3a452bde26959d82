package vpcpeering

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// resolveIdentities resolves both sides to an account, a region and a VPC that
// this namespace may act on, and pins them in status.
func (p *reconciliation) resolveIdentities(ctx context.Context) (verdict.Verdict, error) {
	namespace := &corev1.Namespace{}
	if err := p.Get(ctx, client.ObjectKey{Name: p.object.Namespace}, namespace); err != nil {
		return verdict.Verdict{}, fmt.Errorf("reading namespace %s: %w", p.object.Namespace, err)
	}
	var sides peering.Sides
	var refused []refusedSide
	for _, role := range peering.Roles() {
		side, why, err := p.resolveSide(ctx, role, namespace)
		if err != nil {
			return verdict.Verdict{}, err
		}
		if why != nil {
			if !p.askedBefore() && !p.isDeleted() {
				return *why, nil
			}
			if side, err = p.asFarAsKnown(ctx, role); err != nil {
				return verdict.Verdict{}, err
			}
			refused = append(refused, refusedSide{side, why})
		}
		*sides.At(role) = side
	}
	if len(refused) > 0 {
		return p.withoutSides(ctx, sides, refused, namespace)
	}
	p.stillAdmitted = true
	p.request = p.newRequest(sides)
	return verdict.Newf(verdict.Done, v1alpha1.ReasonReady,
		"Both sides are resolved: %s and %s.", sides.Requester, sides.Accepter), nil
}

func (p *reconciliation) resolveSide(ctx context.Context, role peering.Role, namespace *corev1.Namespace) (peering.Side, refusal, error) {
	if refused, err := p.loadClusters(ctx, role, namespace); refused != nil || err != nil {
		return peering.Side{}, refused, err
	}
	found, refused := resolvePlace(role, sideSpec(p.object, role), p.sides.At(role).clusters)
	if refused != nil {
		if refused.Reason == v1alpha1.ReasonClusterNotResolved {
			*p.away.At(role) = "its PeeredClusters"
		}
		return peering.Side{}, refused, nil
	}
	user := identityUser{role: role, name: found.identity, noun: string(role), away: p.away.At(role)}
	identity, refused, err := p.loadIdentity(ctx, user, found.vpc, namespace)
	if refused != nil || err != nil {
		return peering.Side{}, refused, err
	}
	side := peering.Side{
		Role: role, Account: string(identity.Status.AccountID), Region: string(found.region),
		VPC: string(found.vpc), Identity: identity.Name,
	}
	if refused := checkPin(role, sideStatus(p.object, role), side); refused != nil {
		return peering.Side{}, refused, nil
	}
	p.sides.At(role).identity = object.Credentials(identity)
	p.sides.At(role).allowed = peering.Allowed{
		Identity: identity.Name, GroupTags: identity.Spec.AllowedSecurityGroupTags, TableTags: identity.Spec.AllowedRouteTableTags,
	}
	if refused, err := p.resolveGroups(ctx, found, namespace, &side); refused != nil || err != nil {
		return peering.Side{}, refused, err
	}
	return side, nil, p.pin(ctx, role, side)
}

// resolveGroups adds the identity that acts on a side's security groups, where the spec names one. It is
// admitted as the side's own.
func (p *reconciliation) resolveGroups(ctx context.Context, found place, namespace *corev1.Namespace, side *peering.Side) (refusal, error) {
	role := side.Role
	if found.groups != "" {
		user := identityUser{role: role, name: found.groups, noun: "security groups of the " + string(role), away: p.groupsAway.At(role)}
		identity, refused, err := p.loadIdentity(ctx, user, found.vpc, namespace)
		if refused != nil || err != nil {
			return refused, err
		}
		side.GroupsAccount, side.GroupsIdentity = string(identity.Status.AccountID), identity.Name
		p.actOnGroups(role, identity)
	}
	return checkGroupsPin(role, sideStatus(p.object, role), p.sideInventory(role), *side), nil
}

func (p *reconciliation) loadClusters(ctx context.Context, role peering.Role, namespace *corev1.Namespace) (refusal, error) {
	for _, ref := range sideSpec(p.object, role).ClusterRefs {
		cluster := &v1alpha1.PeeredCluster{}
		err := p.Get(ctx, client.ObjectKey{Name: ref.Name}, cluster)
		switch {
		case apierrors.IsNotFound(err):
			*p.away.At(role) = "PeeredCluster " + ref.Name
			return refuse(verdict.Stalled, v1alpha1.ReasonClusterNotFound, "spec.%s.clusterRefs: There is no PeeredCluster %s. Create it, or correct the name.", role, ref.Name), nil
		case err != nil:
			return nil, fmt.Errorf("reading PeeredCluster %s: %w", ref.Name, err)
		case !admits(cluster.Spec.AllowedNamespaces, namespace):
			return p.withdrawn(refuse(verdict.Stalled, v1alpha1.ReasonNamespaceNotAllowed,
				"PeeredCluster %s does not admit namespace %s. Its owner must add the namespace to spec.allowedNamespaces.", ref.Name, namespace.Name), nil), nil
		case !cluster.DeletionTimestamp.IsZero() && !p.usedCluster(role, ref.Name):
			return beingDeleted(role, "PeeredCluster", ref.Name), nil
		}
		p.sides.At(role).clusters = append(p.sides.At(role).clusters, cluster)
	}
	return nil, nil
}

func (p *reconciliation) awsIdentities() object.Identities {
	return object.Identities{Reader: p.Client}
}

// identityUser is who wants to act through an identity.
type identityUser struct {
	role peering.Role
	// name of the identity.
	name string
	// noun is what it is for: "requester", or "security groups of the requester".
	noun string
	// away is told where the identity cannot be used for now.
	away *string
}

func (p *reconciliation) loadIdentity(ctx context.Context, user identityUser, vpc v1alpha1.VPCID, namespace *corev1.Namespace) (*v1alpha1.AWSIdentity, refusal, error) {
	identity, missing, err := p.awsIdentities().Find(ctx, user.name, "The "+user.noun)
	switch {
	case err != nil:
		return nil, nil, err
	case missing != nil:
		*user.away = "AWSIdentity " + user.name
		return nil, &missing.Verdict, nil //nolint:nilerr // a refusal is a verdict, and no failure
	case !admits(identity.Spec.AllowedNamespaces, namespace):
		return nil, p.withdrawn(refuse(verdict.Stalled, v1alpha1.ReasonNamespaceNotAllowed,
			"AWSIdentity %s does not admit namespace %s. Its owner must add the namespace to spec.allowedNamespaces.", identity.Name, namespace.Name), identity), nil
	case !object.PermitsVPC(identity, vpc):
		return nil, p.withdrawn(refuse(verdict.Stalled, v1alpha1.ReasonVPCNotAllowed,
			"AWSIdentity %s does not list %s (%s). Its owner must add the VPC to spec.allowedVPCIDs.", identity.Name, vpc, user.noun), identity), nil
	case p.object.Spec.DeletionPolicy == v1alpha1.DeletionOrphan && !object.PermitsLeaving(identity):
		return nil, refuse(verdict.Stalled, v1alpha1.ReasonDeletionPolicyNotAllowed,
			"AWSIdentity %s (%s) does not allow deletionPolicy Orphan. Set spec.deletionPolicy to Delete, or let its owner add Orphan to its spec.deletionPolicies.", identity.Name, user.noun), nil
	case !identity.DeletionTimestamp.IsZero() && !p.usedIdentity(user.role, identity.Name):
		return nil, beingDeleted(user.role, "AWSIdentity", identity.Name), nil
	}
	if refused := object.Checked(identity, user.noun); refused != nil {
		*user.away = "AWSIdentity " + identity.Name
		//nolint:nilerr // a refusal is a verdict, without its detail: it may name accounts that are no business of this namespace
		return nil, &refused.Verdict, nil
	}
	return identity, nil, nil
}

// admits reports whether a namespace may use an object; by default none may. A
// selector that is not valid admits none: its owner is told by the object itself.
func admits(allowed v1alpha1.AllowedNamespaces, namespace *corev1.Namespace) bool {
	admitted, err := allowed.Admits(namespace.Name, namespace.Labels)
	return err == nil && admitted
}

// newRequest gathers what the plans depend on.
func (p *reconciliation) newRequest(sides peering.Sides) peering.Request {
	active := meta.FindStatusCondition(p.object.Status.Conditions, v1alpha1.ConditionPeeringActive)
	request := peering.Request{
		Sides:        sides,
		Spec:         p.object.Spec,
		Owner:        aws.Owner(p.InstallationID, p.object.Namespace, p.object.Name),
		Tags:         aws.Tags(p.InstallationID, p.object.Namespace, p.object.Name, plainTags(p.object.Spec.Tags)),
		TagKeys:      p.object.Status.TagKeys,
		ConnectionID: p.object.Status.PeeringConnectionID,
		Adopted:      p.object.Status.Adopted,

		ConnectionMade: p.object.Status.PeeringConnectionID != "" && !p.object.Status.Adopted,

		Inventory:     p.object.Status.Inventory,
		StillAdmitted: p.stillAdmitted,
		Allowed:       peering.Pair[peering.Allowed]{Requester: p.sides.Requester.allowed, Accepter: p.sides.Accepter.allowed},
		Refused:       p.object.Status.Refused,
		RetryTerminal: p.mayAskAgain(active),
	}
	if active != nil && active.Status == metav1.ConditionFalse {
		since := p.start.Sub(active.LastTransitionTime.Time)
		request.RequestedLately = since < propagation
		request.RequestUnderWay = since < underWay && active.Reason == v1alpha1.ReasonProgressing
	}
	request.RulesLately = p.lately(v1alpha1.ConditionSecurityGroupsReady)
	request.RoutesLately = p.lately(v1alpha1.ConditionRoutesReady)
	request.RoutesMade = meta.IsStatusConditionTrue(p.object.Status.Conditions, v1alpha1.ConditionRoutesReady)
	if request.RoutesMade && meta.IsStatusConditionTrue(p.object.Status.Conditions, v1alpha1.ConditionSecurityGroupsReady) {
		p.answeredBefore = p.object.Status.Inventory.DeepCopy()
	}
	for _, role := range peering.Roles() {
		networks, services := request.Networks.At(role), request.Services.At(role)
		for _, cluster := range p.sides.At(role).clusters {
			*networks = append(*networks, cluster.Status.Network)
			*request.Coverage.At(role) = append(*request.Coverage.At(role), p.coverage(cluster))
			*services = append(*services, peering.Services{
				Cluster: cluster.Name, Ranges: prefixes(cluster.Status.ServiceCIDRs), Acknowledged: prefixes(cluster.Spec.Cilium.AcknowledgedCIDRs),
			})
		}
	}
	return request
}

// coverage is what a cluster says it covers for this object.
func (p *reconciliation) coverage(cluster *v1alpha1.PeeredCluster) peering.Coverage {
	covered := peering.Coverage{Cluster: cluster.Name}
	for _, entry := range cluster.Status.Peerings {
		if p.isOwn(entry) && !entry.Orphaned {
			covered.Blocks = entry.CIDRBlocks
		}
	}
	return covered
}

// mayAskAgain holds once a person changed the spec or the annotation since a request was
// rejected or failed, and, for one that failed, once the blocks are others. It holds
// until a request was made.
func (p *reconciliation) mayAskAgain(active *metav1.Condition) bool {
	refused := p.object.Status.Refused
	if refused == nil {
		return p.retryAsked() || active != nil && active.ObservedGeneration != p.object.Generation
	}
	asked := refused.Generation != p.object.Generation || refused.ReconcileAt != p.retryToken()
	return asked || refused.Reason == v1alpha1.ReasonPeeringFailed && refused.BlocksChanged
}

// noteBlocks remembers that a request failed with other blocks than there are now.
func (p *reconciliation) noteBlocks() {
	refused := p.object.Status.Refused
	switch {
	case refused == nil:
	case len(refused.CIDRBlocks) == 0: // that was seen while a VPC was not
		refused.CIDRBlocks = peering.BlockNames(p.snapshot)
	case peering.BlocksChanged(*refused, p.snapshot):
		refused.BlocksChanged = true
		p.request.RetryTerminal = p.mayAskAgain(nil)
	}
}

// lately holds until a step has been True for as long as EC2 may take to show
// what was made for it.
func (p *reconciliation) lately(condition string) bool {
	found := meta.FindStatusCondition(p.object.Status.Conditions, condition)
	return found == nil || found.Status != metav1.ConditionTrue || p.start.Sub(found.LastTransitionTime.Time) < propagation
}

func plainTags(tags map[string]v1alpha1.TagValue) map[string]string {
	plain := make(map[string]string, len(tags))
	for key, value := range tags {
		plain[key] = string(value)
	}
	return plain
}
