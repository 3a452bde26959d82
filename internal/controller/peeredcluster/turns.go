package peeredcluster

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout/turn"
)

// turns are given to the clusters of an installation by what their status says, and by nothing else.
type turns struct {
	// hub reads PeeredClusters from the cache, live past it.
	hub, live client.Reader
	// atOnce is how many clusters may renew nodes at once.
	atOnce int
	// given has clusters ask one after the other. Another replica writes nothing without the lease.
	given *sync.Mutex
}

// ask gives a cluster its turn, if it may begin. The turn is in the API server before another cluster
// is looked at, and before the first node is touched. Who has to wait costs no read past the cache.
func (t turns) ask(ctx context.Context, c *configuration) (turn.Answer, error) {
	if answer, err := t.look(ctx, t.hub, c); err != nil || !answer.Begins {
		return answer, err
	}
	t.given.Lock()
	defer t.given.Unlock()
	answer, err := t.look(ctx, t.live, c)
	if err != nil || !answer.Begins {
		return answer, err
	}
	return answer, t.give(ctx, c)
}

// give writes the turn. One that could not be written is not given: the report at the end of the reconciliation
// would write it when another cluster has begun meanwhile.
func (t turns) give(ctx context.Context, c *configuration) error {
	was := turnOf(c.Object)
	c.setTurn(was.Begun(c.start))
	if err := c.Persist(ctx); err != nil {
		c.setTurn(was)
		return err
	}
	return nil
}

// look asks whether a cluster may begin, as far as one of the readers knows.
func (t turns) look(ctx context.Context, reader client.Reader, c *configuration) (turn.Answer, error) {
	var all v1alpha1.PeeredClusterList
	if err := reader.List(ctx, &all, client.UnsafeDisableDeepCopy); err != nil { // they are only read
		return turn.Answer{}, fmt.Errorf("listing PeeredClusters: %w", err)
	}
	question := turn.Question{Cluster: c.Object.Name, AtOnce: t.atOnce, Now: stored(c.start).Time}
	for i := range all.Items {
		found := c.standingOf(&all.Items[i])
		if found.Unfinished == "" && slices.Contains(afterOf(c.Object), found.Name) {
			uncounted, err := t.uncounted(ctx, &all.Items[i], c.peerings)
			if err != nil {
				return turn.Answer{}, err
			}
			found.Unfinished = uncounted
		}
		question.All = append(question.All, found)
	}
	return turn.Ask(question), nil
}
