package aws

import (
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

// interestTTL is how long an owner that no longer asks is still read for. One
// that asks again later costs a read, nothing else.
const interestTTL = 15 * time.Minute

type interestKey struct{ owner, vpc string }

type want struct {
	groups  []string
	askedAt time.Time
}

// interest is what the owners want to know of a region.
type interest struct {
	clock clock.PassiveClock
	mu    sync.Mutex
	wants map[interestKey]want
}

func newInterest(c clock.PassiveClock) *interest {
	return &interest{clock: c, wants: map[interestKey]want{}}
}

// note records that an owner wants a VPC and, when the query is about rules, which groups of it.
func (i *interest) note(q Query) {
	i.mu.Lock()
	defer i.mu.Unlock()
	key := interestKey{owner: q.Owner, vpc: q.VPC}
	noted := i.wants[key]
	noted.askedAt = i.clock.Now()
	if q.Kinds&Rules != 0 {
		noted.groups = slices.Clone(q.Groups)
	}
	i.wants[key] = noted
}

func (i *interest) release(owner string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	maps.DeleteFunc(i.wants, func(key interestKey, _ want) bool { return key.owner == owner })
}

func (i *interest) vpcs() []string {
	return i.collect(func(key interestKey, _ want) []string { return []string{key.vpc} })
}

func (i *interest) groups() []string {
	return i.collect(func(_ interestKey, noted want) []string { return noted.groups })
}

func (i *interest) collect(ids func(interestKey, want) []string) []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	oldest := i.clock.Now().Add(-interestTTL)
	maps.DeleteFunc(i.wants, func(_ interestKey, noted want) bool { return noted.askedAt.Before(oldest) })
	var all []string
	for key, noted := range i.wants {
		all = append(all, ids(key, noted)...)
	}
	return all
}
