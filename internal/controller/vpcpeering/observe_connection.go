package vpcpeering

import (
	"context"
	"slices"
	"time"

	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
)

// observeConnections reads the connections again. While a request of ours is on its way it is read by its id alone, since an
// account may have a thousand connections: all others stay as this reconciliation first read them.
func (p *reconciliation) observeConnections(ctx context.Context, notBefore time.Time, roles ...peering.Role) error {
	if p.request.ConnectionID == "" || !p.request.RequestedLately || p.sightless() || p.changesAnother() {
		p.listed = p.listed || len(roles) == len(peering.Roles())
		return p.observeSides(ctx, notBefore, aws.Connections, roles...)
	}
	var readings []*reading
	for _, role := range roles {
		readings = append(readings, &reading{actor: p.actorFor(role, false), kinds: aws.OneConnection})
	}
	p.readAll(ctx, notBefore, readings)
	if err := errorOf(readings); err != nil {
		return err
	}
	for _, r := range readings {
		side := p.snapshot.At(r.Role)
		*side = side.WithConnection(p.request.ConnectionID, r.side.Connections)
		p.seenConnections.note(seenView{p.owner(), r.Role}, r.side.Connections, r.side.ConnectionsReadAt)
	}
	return nil
}

// lookAgain plans on what AWS shows now. A first request may rest on a list of a moment ago, which hundreds of VPCPeerings that are
// applied together then share; whatever else that list leads to is decided on one of this reconciliation.
func (p *reconciliation) lookAgain(ctx context.Context) error {
	if p.asksFirst() {
		if err := p.lookSince(ctx, p.start.Add(-soon)); err != nil || p.asksFirst() {
			return err
		}
	}
	return p.lookSince(ctx, p.start)
}

func (p *reconciliation) lookSince(ctx context.Context, notBefore time.Time) error {
	if err := p.observeConnections(ctx, notBefore, peering.Roles()...); err != nil {
		return err
	}
	p.planConnection()
	return nil
}

// asksFirst reports whether a connection is to be requested, and none ever was for this object: no request of its own can be
// missing in a list of before. One of another VPCPeering of the pair is in that one's status (checkPair), and where somebody else
// joined the VPCs meanwhile AWS answers with that connection's id, or refuses at Accept.
func (p *reconciliation) asksFirst() bool {
	return slices.ContainsFunc(p.connection.Actions, isRequest) && p.object.Status.Inventory == nil && !hasAsked(p.object)
}

// changesAnother reports whether the plan deletes other connections than the one that status names: no read by its id shows
// what becomes of them.
func (p *reconciliation) changesAnother() bool {
	return slices.ContainsFunc(p.connection.Actions, func(action peering.Action) bool {
		deletion, is := action.(peering.DeleteConnection)
		return is && deletion.ID != p.request.ConnectionID
	})
}

// listBeforeRequest has a new request rest on a list of this reconciliation, also where one of before was looked at by its id alone:
// somebody may have joined the VPCs meanwhile (A4). True: the plan has to be made again.
func (p *reconciliation) listBeforeRequest(ctx context.Context) (bool, error) {
	if p.listed || !slices.ContainsFunc(p.connection.Actions, isRequest) {
		return false, nil
	}
	p.listed = true
	return true, p.observe(ctx, p.start, aws.Connections)
}

func isRequest(action peering.Action) bool {
	_, is := action.(peering.CreateConnection)
	return is
}
