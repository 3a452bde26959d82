package vpcpeering

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
)

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
