package vpcpeering

import (
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/event"
)

// mostOutstanding is how many requests of an account may be open at once before no further one
// is made. AWS allows 25 (VPC user guide, "Amazon VPC quotas"); the rest is for people.
const mostOutstanding = 20

// requests counts, by the requester's account, the connections that this process asked for and
// that are on their way to being accepted. Hundreds of VPCPeerings that are applied together
// would else run into AWS's limit, each of them until its next sweep.
type requests struct {
	mu        sync.Mutex
	byAccount map[string]*accountRequests
	// accepted are those of ours that were, and when: a read from before shows them open.
	accepted map[string]time.Time

	turn chan turn
}

// turn is an object that may ask for its connection now.
type turn = event.TypedGenericEvent[types.NamespacedName]

// accountRequests are those of one account.
type accountRequests struct {
	moving map[types.NamespacedName]request
	// queue has who was turned away, in the order in which they first were.
	queue []types.NamespacedName
}

// request is one that was made, or is about to be.
type request struct {
	since time.Time
	// connection is empty while AWS has not answered.
	connection string
}

// begin reports whether an object may ask for a connection, and counts it then. Shown are the
// account's open requests that AWS shows, ours and others'. Where others fill the account and none
// of ours moves, one may ask all the same: AWS says what the account's limit is. If not, ahead
// is how many are before it.
func (r *requests) begin(account string, object types.NamespacedName, shown []string, now time.Time) (ahead int, may bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	of := r.of(account, now)
	if ahead, may := r.place(of, object, shown); !may {
		return ahead, false
	}
	of.waitsNoMore(object)
	of.moving[object] = request{since: now}
	return 0, true
}

// await is begin for an object that does not ask yet: it takes its place in the queue where it would be turned away.
func (r *requests) await(account string, object types.NamespacedName, shown []string, now time.Time) (ahead int, may bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.place(r.of(account, now), object, shown)
}

// place turns an object away that is not counted where the account is full; the caller holds the lock.
func (r *requests) place(of *accountRequests, object types.NamespacedName, shown []string) (ahead int, may bool) {
	_, counted := of.moving[object]
	if !counted && len(of.moving) > 0 && of.open(r.notAccepted(shown)) >= mostOutstanding {
		return of.wait(object), false
	}
	return 0, true
}

// of is an account's, without what is too old to count.
func (r *requests) of(account string, now time.Time) *accountRequests {
	if r.byAccount == nil {
		r.byAccount, r.accepted = map[string]*accountRequests{}, map[string]time.Time{}
	}
	found, known := r.byAccount[account]
	if !known {
		found = &accountRequests{moving: map[types.NamespacedName]request{}}
		r.byAccount[account] = found
	}
	maps.DeleteFunc(found.moving, func(_ types.NamespacedName, one request) bool { return now.Sub(one.since) >= requestMoves })
	maps.DeleteFunc(r.accepted, func(_ string, at time.Time) bool { return now.Sub(at) >= readsAreNewer })
	return found
}

func (r *requests) notAccepted(shown []string) []string {
	return slices.DeleteFunc(slices.Clone(shown), func(id string) bool {
		_, accepted := r.accepted[id]
		return accepted
	})
}

// open counts those that move, and those that AWS shows beside them.
func (a *accountRequests) open(shown []string) int {
	count := len(a.moving) + len(shown)
	for _, one := range a.moving {
		if slices.Contains(shown, one.connection) {
			count--
		}
	}
	return count
}

// wait gives the object its place in the queue.
func (a *accountRequests) wait(object types.NamespacedName) int {
	if place := slices.Index(a.queue, object); place >= 0 {
		return place
	}
	a.queue = append(a.queue, object)
	return len(a.queue) - 1
}

func (a *accountRequests) waitsNoMore(object types.NamespacedName) {
	a.queue = slices.DeleteFunc(a.queue, func(waiting types.NamespacedName) bool { return waiting == object })
}

// made notes which connection AWS answered with.
func (r *requests) made(account string, object types.NamespacedName, connection string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if one, counted := r.of(account, now).moving[object]; counted {
		r.of(account, now).moving[object] = request{since: one.since, connection: connection}
	}
}

// accept notes that a connection does not wait for its accepter any more.
func (r *requests) accept(account, connection string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.of(account, now)
	r.accepted[connection] = now
}

// acceptedLately reports whether we had AWS accept a connection a moment ago, so that reads may not
// show it yet.
func (r *requests) acceptedLately(connection string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, accepted := r.accepted[connection]
	return accepted && now.Sub(at) < acceptShows
}

// end frees the object's place, if it has one: its request is accepted, or will not be. Who
// waits longest is next.
func (r *requests) end(account string, object types.NamespacedName, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	of := r.of(account, now)
	of.waitsNoMore(object)
	if _, counted := of.moving[object]; !counted {
		return
	}
	if delete(of.moving, object); len(of.queue) > 0 {
		next := of.queue[0]
		of.queue = append(of.queue[1:], next) // if it does not come, another one is next
		r.call(next)
	}
}

// call has the object reconciled now. It comes by itself later where nobody listens.
func (r *requests) call(object types.NamespacedName) {
	select {
	case r.turn <- turn{Object: object}:
	default:
	}
}

// turns gives the objects whose turn it is; called before the first reconciliation.
func (r *requests) turns() <-chan turn {
	r.turn = make(chan turn, mostOutstanding)
	return r.turn
}

// moves reports whether a request of the object is on its way.
func (r *requests) moves(account string, object types.NamespacedName, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, counted := r.of(account, now).moving[object]
	return counted
}

// othersMove reports whether requests of other objects are on their way.
func (r *requests) othersMove(account string, object types.NamespacedName, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	moving := r.of(account, now).moving
	_, own := moving[object]
	return len(moving) > 1 || len(moving) == 1 && !own
}
