package vpcpeering

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// awaitRequest holds a request for a connection back while the requester's account has as many open as
// may be; nil: continue.
func (p *reconciliation) awaitRequest(action peering.Action) *verdict.Verdict {
	if !isRequest(action) {
		return nil
	}
	return p.turnedAway(p.requests.begin)
}

// awaitTurn is awaitRequest before anything is read for a request that would be held back anyway: hundreds that wait would
// else have AWS list their regions without end; nil: continue.
func (p *reconciliation) awaitTurn() *verdict.Verdict {
	if !slices.ContainsFunc(p.connection.Actions, isRequest) {
		return nil
	}
	return p.turnedAway(p.requests.await)
}

func (p *reconciliation) turnedAway(ask func(account string, object client.ObjectKey, shown []string, now time.Time) (int, bool)) *verdict.Verdict {
	account := p.request.Sides.Requester.Account
	ahead, may := ask(account, client.ObjectKeyFromObject(p.object), p.Cloud.OutstandingRequests(account), p.start)
	if may {
		return nil
	}
	// Who is next is called; this is for a call that got lost.
	p.again.Within(min(soon+time.Duration(ahead)*eachRequest, requestMoves))
	return new(p.manyOpen())
}

func (p *reconciliation) manyOpen() verdict.Verdict {
	return verdict.Newf(verdict.Wait, v1alpha1.ReasonManyOpenRequests,
		"Account %s has as many open requests for peering connections as may be open at once. This one is made when others are accepted.",
		p.request.Sides.Requester.Account)
}

// countRequest keeps the count of open requests after a call.
func (p *reconciliation) countRequest(action peering.Action, outcome aws.Outcome, err error) {
	class := aws.Classify(err).Class
	switch action := action.(type) {
	case peering.CreateConnection:
		if err == nil {
			p.requests.made(p.request.Sides.Requester.Account, client.ObjectKeyFromObject(p.object), outcome.ConnectionID, p.Clock.Now())
		} else if class != aws.Retry { // where the answer was lost it may have been made
			p.endRequest()
		}
	case peering.AcceptConnection:
		// Accepted, AWS counts it no more. Where that fails for a lasting reason, it counts as one of
		// those that AWS shows.
		if class == aws.OK {
			p.requests.accept(p.request.Sides.Requester.Account, action.ID, p.Clock.Now())
		}
		if class == aws.OK || class == aws.User || class == aws.Terminal {
			p.endRequest()
		}
	}
}

// priority of the next reconciliation: an object whose request is open goes before those that wait for it to end.
func (p *reconciliation) priority() int {
	if p.requests.moves(p.request.Sides.Requester.Account, client.ObjectKeyFromObject(p.object), p.Clock.Now()) {
		return priorityOfOpenRequests
	}
	return 0
}

func (p *reconciliation) endRequest() {
	p.requests.end(p.request.Sides.Requester.Account, client.ObjectKeyFromObject(p.object), p.Clock.Now())
}

// refusedForNow: the account's limit is reached, and requests of ours are on their way to being
// accepted, which makes room; nil: it is something else, or nothing moves.
func (p *reconciliation) refusedForNow(failures []error) *verdict.Verdict {
	if len(failures) != 1 || !tooManyOpen(aws.Classify(failures[0])) {
		return nil
	}
	if !p.requests.othersMove(p.request.Sides.Requester.Account, client.ObjectKeyFromObject(p.object), p.start) {
		return nil
	}
	p.again.Within(soon)
	return new(p.manyOpen())
}

// tooManyOpen: EC2 names the limit in two ways (EC2 developer guide, "Error codes for the Amazon EC2 API").
func tooManyOpen(failure aws.Failure) bool {
	return failure.Is("OutstandingVpcPeeringConnectionLimitExceeded") || failure.Is("PendingVpcPeeringConnectionLimitExceeded")
}

// acceptInTime leaves out an Accept that AWS would refuse, and that is taken from the few calls that it
// allows: of what was accepted a moment ago and is not shown so yet, and of what the region that was asked does not
// show yet. Right after the request nobody has looked there, and it is tried.
func (p *reconciliation) acceptInTime(plan peering.ConnectionPlan) peering.ConnectionPlan {
	if len(plan.Actions) != 1 {
		return plan
	}
	accept, ok := plan.Actions[0].(peering.AcceptConnection)
	switch {
	case !ok:
	case p.requests.acceptedLately(accept.ID, p.Clock.Now()):
		plan.Actions = nil
		plan.Verdict = verdict.Newf(verdict.Wait, v1alpha1.ReasonProgressing, "Waiting for AWS to show that %s is accepted.", accept.ID)
	case !p.requestedNow && p.isNew() && !peering.Sees(p.snapshot, accept.Side.Role, accept.ID):
		p.again.Within(p.untilSeen())
		plan.Actions, plan.Verdict = nil, unseenByAsked(accept)
	}
	return plan
}

func (p *reconciliation) untilSeen() time.Duration {
	if p.sinceRequest() < glancing {
		return glance
	}
	return p.backoff()
}

// isNew holds while a region may not know a connection yet that was requested in another one.
func (p *reconciliation) isNew() bool { return p.sinceRequest() < propagation }

// sinceRequest is for how long the connection has been on its way.
func (p *reconciliation) sinceRequest() time.Duration {
	active := meta.FindStatusCondition(p.object.Status.Conditions, v1alpha1.ConditionPeeringActive)
	if active == nil {
		return 0
	}
	return p.start.Sub(active.LastTransitionTime.Time)
}

// unseenByAsked: the side that has to accept need not be spec.accepter.
func unseenByAsked(asked peering.AcceptConnection) verdict.Verdict {
	return verdict.Newf(verdict.Wait, v1alpha1.ReasonProgressing, "Waiting for the %s's region to see connection %s.", asked.Side.Role, asked.ID)
}
