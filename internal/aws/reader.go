package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"k8s.io/utils/clock"

	"github.com/crossvpc/crossvpc/internal/peering"
)

// Query asks for one side.
type Query struct {
	// Owner is who asks, such as <namespace>/<name>. Every read of the region
	// covers what the owners wanted last, until Release, or until they haven't asked for 15 minutes.
	Owner string
	// VPC of the side.
	VPC string
	// Groups whose rules are wanted; without any, Rules costs no call.
	Groups []string
	// Strays are the ids of the groups that StrayGroups is about.
	Strays []string
	// Connection is the id of the one that OneConnection is about.
	Connection string
	Kinds      Kind
	// NotBefore is when the data must have been asked for, at the earliest. Give
	// the time of one's last write to see it, and now.Truncate(sweep) to share one
	// read per sweep with all others of this identity and region.
	NotBefore time.Time
}

// Reader reads a region through one identity, for all peerings at once: twenty
// peerings at rest cost as many calls as one. It is safe for concurrent use.
type Reader struct {
	api           *ec2.Client
	subscriptions *subscriptions

	// sources are in the order of kindTable.
	sources []source
	acls    *sharedRead[topology]
	dns     *dnsCache
	lists   *listCache

	outstanding outstanding
}

func newReader(api *ec2.Client, c clock.Clock) *Reader {
	r := &Reader{api: api, subscriptions: newSubscriptions(c), dns: newDNSCache(c), lists: newListCache(c)}
	for _, e := range kindTable {
		r.sources = append(r.sources, e.open(r, c))
	}
	r.acls = newSharedRead(c, r.readNetworkACLs, r.subscriptions.vpcs)
	return r
}

func newSharedRead[T any](c clock.Clock, read func(context.Context, []string) (T, error), standing func() []string) *sharedRead[T] {
	return &sharedRead[T]{clock: c, read: read, standing: standing}
}

// Want notes what an owner will ask for. After a start, when all owners say so
// before the first of them asks, the first read covers them all; else each VPC
// that no read has covered yet costs one.
func (r *Reader) Want(q Query) { r.subscriptions.note(q) }

// Release forgets what the owner wanted.
func (r *Reader) Release(owner string) { r.subscriptions.release(owner) }

// Side reads one side; kinds are read side by side. The answer is shared with
// other callers: its slices and maps must not be changed. On any error there is
// no snapshot, as half of one would look like things that are gone; the error
// then joins those of all kinds (Failures takes it apart).
func (r *Reader) Side(ctx context.Context, q Query) (peering.SideSnapshot, error) {
	q.Groups = slices.Compact(slices.Sorted(slices.Values(q.Groups)))
	r.subscriptions.note(q)
	var side peering.SideSnapshot
	load := &loading{}
	for i, e := range kindTable {
		if q.Kinds&e.kind != 0 && len(e.scope.keys(q)) > 0 {
			load.start(func() error {
				at, err := r.sources[i].fill(ctx, q, &side)
				if e.at != nil {
					*e.at(&side) = at
				}
				return err
			})
		}
	}
	if err := load.wait(); err != nil {
		return peering.SideSnapshot{}, fmt.Errorf("reading %s: %w", q.VPC, err)
	}
	return side, nil
}

// loading runs reads side by side and gathers all errors.
type loading struct {
	group sync.WaitGroup
	mu    sync.Mutex
	errs  []error
}

func (l *loading) start(read func() error) {
	l.group.Go(func() {
		err := read()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.errs = append(l.errs, err)
	})
}

func (l *loading) wait() error {
	l.group.Wait()
	return errors.Join(l.errs...)
}
