package vpcpeering

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// mostRounds bounds create, accept and their confirmations in one reconciliation.
const mostRounds = 6

// connect makes, accepts and confirms the connection. Whatever the cached
// observation says short of "done" is read again before anything is written.
func (p *reconciliation) connect(ctx context.Context) (verdict.Verdict, error) {
	p.planConnection()
	if judged := p.awaitTurn(); judged != nil {
		return *judged, nil
	}
	if p.connection.Progress != verdict.Done {
		if err := p.lookAgain(ctx); err != nil {
			return p.failed("Reading the connection", err), nil
		}
	}
	if judged, err := p.adopt(ctx); judged != nil || err != nil {
		return orZero(judged), err
	}
	for range mostRounds {
		if p.connection.Progress != verdict.Act {
			break
		}
		if again, err := p.listBeforeRequest(ctx); err != nil {
			return p.failed("Reading the connections", err), nil
		} else if again {
			p.planConnection()
			continue
		}
		if fought := p.fightOver(p.connection.Actions); fought != nil {
			return *fought, nil
		}
		if judged, err := p.actOnConnection(ctx); judged != nil || err != nil {
			return orZero(judged), err
		}
		p.planConnection()
	}
	return p.settleConnection(), nil
}

func (p *reconciliation) planConnection() {
	p.connection = p.acceptInTime(peering.HoldNew(p.request, p.snapshot, peering.PlanConnection(p.request, p.snapshot)))
	if p.connection.Reason == v1alpha1.ReasonForeignPeering && !p.connection.Stripped {
		// AWS answers a request for a pair that is joined with the other's id.
		p.remember("")
	}
	p.noteRefusal()
	if p.connection.ID != "" {
		p.remember(p.connection.ID)
		p.object.Status.Adopted, p.request.Adopted = p.connection.Adopted, p.connection.Adopted
	}
}

// noteRefusal keeps what was decided about a request for as long as it counts, also when
// AWS no longer shows it.
func (p *reconciliation) noteRefusal() {
	before, refused := p.object.Status.Refused, peering.Refused(p.request, p.snapshot, p.connection)
	if refused != nil && refused != before {
		refused.Generation, refused.ReconcileAt = p.object.Generation, p.retryToken()
	}
	p.object.Status.Refused, p.request.Refused = refused, refused
}

func (p *reconciliation) remember(id string) {
	p.object.Status.PeeringConnectionID = id
	p.request.ConnectionID = id
}

// actOnConnection applies one round of actions and reads what they changed. The
// id is in status before anything else is done with it.
func (p *reconciliation) actOnConnection(ctx context.Context) (*verdict.Verdict, error) {
	views := peering.Roles()
	var failures []error
	for _, action := range p.connection.Actions {
		if judged := p.awaitRequest(action); judged != nil {
			return judged, nil
		}
		if err := p.noteRequest(ctx, action); err != nil {
			return nil, err
		}
		before := p.request.ConnectionID
		outcome, err := p.applyOne(ctx, action)
		p.countRequest(action, outcome, err)
		p.countAnotherRequest(action, before, err)
		if err != nil {
			failures = append(failures, err)
		}
		if create, ok := action.(peering.CreateConnection); ok && err == nil {
			views = []peering.Role{create.Role()}
			if err := p.requested(ctx, outcome.ConnectionID); err != nil {
				return nil, err
			}
		}
	}
	if len(failures) < len(p.connection.Actions) { // something was changed
		if err := p.observeConnections(ctx, p.Clock.Now(), views...); err != nil {
			failures = append(failures, err)
		}
	}
	if len(failures) == 0 {
		return nil, nil
	}
	judged := p.connectionFailed(failures)
	return &judged, nil
}

// requested writes the id of a connection down before anything else is done with it.
func (p *reconciliation) requested(ctx context.Context, id string) error {
	p.remember(id)
	p.request.RequestedLately, p.requestedNow = true, true
	p.startRecord()
	p.announceRequest(ctx, id)
	return p.draft.Persist(ctx)
}

// noteRequest writes into status that a connection is about to be requested:
// if this process ends now and the object is deleted, teardown knows that one may
// come to be seen. The observed generation stays, so that a retry stays a retry.
func (p *reconciliation) noteRequest(ctx context.Context, action peering.Action) error {
	if !isRequest(action) {
		return nil
	}
	note := metav1.Condition{
		Type: v1alpha1.ConditionPeeringActive, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonProgressing,
		Message: p.connection.Message, LastTransitionTime: metav1.NewTime(p.Clock.Now()),
	}
	if before := meta.FindStatusCondition(p.object.Status.Conditions, note.Type); before != nil {
		note.ObservedGeneration = before.ObservedGeneration
	}
	// Set alone it would keep the time of an earlier failure, and the request would
	// count as long ago.
	meta.RemoveStatusCondition(&p.object.Status.Conditions, note.Type)
	meta.SetStatusCondition(&p.object.Status.Conditions, note)
	p.object.Status.TagKeys = peering.TagKeys(p.request, p.request.TagKeys) // the request sets them
	return p.draft.Persist(ctx)
}

// startRecord: from the request on, no record at all means that status was lost;
// an empty record says that nothing was made yet.
func (p *reconciliation) startRecord() {
	if p.object.Status.Inventory == nil {
		p.object.Status.Inventory = peering.FirstRecord(p.request, p.snapshot)
	}
	p.request.Inventory = p.object.Status.Inventory
}

// connectionFailed: right after the request the region that was asked may not know
// the id yet (terraform-provider-aws#30423); minutes later something is wrong.
func (p *reconciliation) connectionFailed(failures []error) verdict.Verdict {
	if judged := p.refusedForNow(failures); judged != nil {
		return *judged
	}
	asked, unseen := unseenBy(failures)
	if !unseen {
		return p.failed("Joining the VPCs", failures...)
	}
	if p.isNew() {
		p.again.Within(p.untilSeen())
		return unseenByAsked(asked)
	}
	return p.stalled(v1alpha1.ReasonAccepterCannotSee, fmt.Sprintf(
		"Account %s does not see connection %s in %s. Check that the %s's identity belongs to the account that owns %s.",
		asked.Side.Account, asked.ID, asked.Side.Region, asked.Side.Role, asked.Side.VPC))
}

// unseenBy is what could not be accepted because the side that was asked does not see it.
func unseenBy(failures []error) (asked peering.AcceptConnection, unseen bool) {
	if len(failures) != 1 || !aws.Classify(failures[0]).Is("InvalidVpcPeeringConnectionID.NotFound") {
		return asked, false
	}
	refused, known := errors.AsType[*refusedAction](failures[0])
	if !known {
		return asked, false
	}
	asked, unseen = refused.action.(peering.AcceptConnection)
	return asked, unseen
}

// backoff grows with the time that the connection has been on its way.
func (p *reconciliation) backoff() time.Duration { return growing(p.sinceRequest()) }

// growing is when to look again at what has been waited for so long.
func growing(waited time.Duration) time.Duration { return min(max(soon, waited/4), slowly) }

func (p *reconciliation) settleConnection() verdict.Verdict {
	switch p.connection.Progress {
	case verdict.Done:
		p.endRequest()
	case verdict.Wait, verdict.Act:
		p.again.Within(p.backoff())
	}
	return p.connection.Verdict
}
