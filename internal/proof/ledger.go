package proof

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// How many interfaces EC2 is asked for at once.
const (
	// perPair is how many interfaces of one pair are asked for at once: one may be a lie.
	perPair = 5
	// mostAsked is how many interfaces are asked for at once: so many values one filter takes.
	mostAsked = 200
)

// Ledger remembers what EC2 said. It may be lost: then EC2 is asked again.
type Ledger struct {
	// confirmed is when EC2 confirmed a pair of subnet and groups last.
	confirmed map[string]time.Time
	// refuted are claims that EC2 contradicted.
	refuted map[string]refuted
	// unseen is when EC2 was first and last asked for an interface that it does not show.
	unseen map[string]unseen
	// lapsed is since when no proven interface has something.
	lapsed map[string]time.Time
	// tagged: instances of the cluster say by tags whose they are.
	tagged bool
}

type refuted struct {
	at      time.Time
	message string
	// untagged: nothing but a tag is missing.
	untagged bool
}

type unseen struct{ first, last time.Time }

// Ask gives the ids of the interfaces to ask EC2 for: some of each pair that is not confirmed, or was an hour ago.
func (l *Ledger) Ask(claims []InterfaceClaim, now time.Time) []string {
	var ids []string
	asked := map[string]int{}
	for _, claim := range inOrder(claims) {
		pair := claim.pair()
		_, isRefuted := l.refuted[claim.key()]
		known := l.isConfirmed(pair, now) && !isRefuted || l.waits(claim, now)
		if known || len(ids) == mostAsked || asked[pair] == perPair || slices.Contains(ids, claim.ID) {
			continue
		}
		asked[pair]++
		ids = append(ids, claim.ID)
	}
	slices.Sort(ids)
	return ids
}

func (l *Ledger) isConfirmed(pair string, now time.Time) bool {
	at, confirmed := l.confirmed[pair]
	return confirmed && now.Sub(at) < ConfirmedFor
}

// waits: EC2 was asked for the claim a moment ago.
func (l *Ledger) waits(claim InterfaceClaim, now time.Time) bool {
	refused, is := l.refuted[claim.key()]
	return is && now.Sub(refused.at) < refutedFor || now.Sub(l.unseen[claim.ID].last) < unseenFor
}

// Learn keeps what EC2 said of the interfaces that were asked for.
func (l *Ledger) Learn(claims []InterfaceClaim, asked []string, own Claims, others []Claims, said EC2, now time.Time) {
	l.forget(claims)
	for _, names := range said.Tags {
		l.tagged = l.tagged || len(owners(names)) > 0
	}
	proven := map[string]bool{}
	for _, claim := range claims {
		if !slices.Contains(asked, claim.ID) {
			continue
		}
		fact, shown := said.Interfaces[claim.ID]
		if !shown {
			l.noteUnseen(claim, now)
		} else {
			delete(l.unseen, claim.ID)
			l.noteShown(claim, refuted{now, claim.contradiction(own, others, fact, tags{said.Tags, l.tagged}), claim.lacksATag(own.Cluster, fact, said.Tags)})
		}
		_, is := l.refuted[claim.key()]
		proven[claim.pair()] = proven[claim.pair()] || shown && !is
	}
	for pair, is := range proven {
		if is {
			set(&l.confirmed, pair, now)
		} else if !l.isConfirmed(pair, now) {
			delete(l.confirmed, pair)
		}
	}
}

func (l *Ledger) noteUnseen(claim InterfaceClaim, now time.Time) {
	first := l.unseen[claim.ID].first
	if first.IsZero() {
		first = now
	}
	set(&l.unseen, claim.ID, unseen{first, now})
}

func (l *Ledger) noteShown(claim InterfaceClaim, found refuted) {
	if found.message == "" {
		delete(l.refuted, claim.key())
		return
	}
	set(&l.refuted, claim.key(), found)
}

// forget drops what is remembered of claims that nobody makes any more.
func (l *Ledger) forget(claims []InterfaceClaim) {
	keys, ids, pairs := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, claim := range claims {
		keys[claim.key()], ids[claim.ID], pairs[claim.pair()] = true, true, true
	}
	maps.DeleteFunc(l.refuted, func(key string, _ refuted) bool { return !keys[key] })
	maps.DeleteFunc(l.unseen, func(id string, _ unseen) bool { return !ids[id] })
	maps.DeleteFunc(l.confirmed, func(pair string, _ time.Time) bool { return !pairs[pair] })
}

func set[K comparable, V any](in *map[K]V, key K, value V) {
	if *in == nil {
		*in = map[K]V{}
	}
	(*in)[key] = value
}

func inOrder(claims []InterfaceClaim) []InterfaceClaim {
	return slices.SortedFunc(slices.Values(claims), func(a, b InterfaceClaim) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.ID, b.ID))
	})
}
