package vpcpeering

import (
	"time"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// side is what is at hand of one side: what it is reached through, and its clusters.
type side struct {
	identity aws.Identity
	// groupsIdentity acts on security groups where the VPC is shared.
	groupsIdentity aws.Identity
	// allowed is what the identity lets be changed.
	allowed  peering.Allowed
	clusters []*v1alpha1.PeeredCluster
}

// reconciliation is one pass over one object: what was asked, what was observed
// and what is to be reported.
type reconciliation struct {
	*Reconciler
	object *v1alpha1.VPCPeering
	draft  *object.Draft[*v1alpha1.VPCPeering]
	// start is when the reconciliation began: nothing is written to AWS on older observations.
	start time.Time

	sides      peering.Pair[side]
	request    peering.Request
	snapshot   peering.Snapshot
	connection peering.ConnectionPlan
	// consent is what of the plan may be written.
	consent peering.Consent
	// listed is true once all connections were read in this very reconciliation.
	listed bool
	// requestedNow is true when the connection was requested in this very reconciliation.
	requestedNow bool
	// topology is nil where it was not looked at.
	topology *peering.Pair[topology]
	// path is nil while it was not looked at.
	path *peering.Path

	// answeredBefore is the record of what an earlier reconciliation completed; nil: a step was not.
	answeredBefore *v1alpha1.Inventory

	// notAdmitting are identities that a teardown needs, and that neither admit the object nor
	// ever did, as far as they say.
	notAdmitting []string
	// stillAdmitted is true while the identities of both sides admit the object.
	stillAdmitted bool
	// wasAdmitted is true when an identity says that it admitted the object once.
	wasAdmitted bool
	// forbidding is an AWSIdentity that lets nothing be left behind; empty: none.
	forbidding string
	// away are the sides that cannot be reached, and why; groupsAway those whose security
	// groups cannot, where an identity of their own acts on them.
	away, groupsAway peering.Pair[string]
	// mayComeBack is true in a deletion while a side is away that may be resolved by itself.
	mayComeBack bool
	// goOn holds while what was joined before is kept up although an earlier step is
	// not done.
	goOn bool

	// step is the condition that is worked on.
	step string
	// probes are the clusters of a run of probe pods in progress.
	probes *probes
	// kept are the steps whose former result still counts.
	kept []string

	// again is when a step wants another reconciliation, if before the next sweep.
	again object.Again
	// progress of the steps visited, by condition type.
	verdicts map[string]verdict.Verdict
}

func (r *Reconciler) newReconciliation(read *v1alpha1.VPCPeering) *reconciliation {
	return &reconciliation{
		Reconciler: r,
		object:     read,
		draft:      object.NewDraft(r.Client, read),
		start:      r.Clock.Now(),
		verdicts:   map[string]verdict.Verdict{},
	}
}

// untilNextSweep is the same instant for all objects, so that they share reads.
func (p *reconciliation) untilNextSweep() time.Duration {
	now := p.Clock.Now()
	return now.Truncate(p.Sweep).Add(p.Sweep).Sub(now)
}

// notBefore is how old an observation may be: that of the running sweep, or of
// this very reconciliation when a person changed something and waits for the answer.
func (p *reconciliation) notBefore() time.Time {
	if p.personWaits() {
		return p.start
	}
	return p.start.Truncate(p.Sweep)
}

func (p *reconciliation) personWaits() bool {
	return p.object.Generation != p.object.Status.ObservedGeneration || p.retryAsked()
}

func (p *reconciliation) retryAsked() bool {
	return p.retryToken() != p.object.Status.LastHandledReconcileAt
}

func (p *reconciliation) retryToken() string {
	return object.Token(p.object, v1alpha1.AnnotationReconcile)
}

func sideSpec(object *v1alpha1.VPCPeering, role peering.Role) v1alpha1.VPCPeeringSide {
	return peering.Pick(role, object.Spec.Requester, object.Spec.Accepter)
}

// sideStatus is nil while the side was never resolved.
func sideStatus(object *v1alpha1.VPCPeering, role peering.Role) *v1alpha1.SideStatus {
	return peering.Pick(role, object.Status.Requester, object.Status.Accepter)
}

// owner names the object to the shared readers.
func (p *reconciliation) owner() string { return p.object.Namespace + "/" + p.object.Name }
