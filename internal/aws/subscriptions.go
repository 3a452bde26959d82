package aws

import (
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

type subscriptionKey struct{ owner, vpc string }

type want struct {
	groups  []string
	askedAt time.Time
}

// subscriptions are what the owners want to know of a region.
type subscriptions struct {
	clock clock.PassiveClock
	mu    sync.Mutex
	wants map[subscriptionKey]want
}

func newSubscriptions(c clock.PassiveClock) *subscriptions {
	return &subscriptions{clock: c, wants: map[subscriptionKey]want{}}
}

// note records that an owner wants a VPC and, when the query is about rules, which groups of it.
func (s *subscriptions) note(q Query) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := subscriptionKey{owner: q.Owner, vpc: q.VPC}
	noted := s.wants[key]
	noted.askedAt = s.clock.Now()
	if q.Kinds&Rules != 0 {
		noted.groups = slices.Clone(q.Groups)
	}
	s.wants[key] = noted
}

func (s *subscriptions) release(owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.wants, func(key subscriptionKey, _ want) bool { return key.owner == owner })
}

func (s *subscriptions) vpcs() []string {
	return s.collect(func(key subscriptionKey, _ want) []string { return []string{key.vpc} })
}

func (s *subscriptions) groups() []string {
	return s.collect(func(_ subscriptionKey, noted want) []string { return noted.groups })
}

func (s *subscriptions) collect(ids func(subscriptionKey, want) []string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	oldest := s.clock.Now().Add(-subscriptionTTL)
	maps.DeleteFunc(s.wants, func(_ subscriptionKey, noted want) bool { return noted.askedAt.Before(oldest) })
	var all []string
	for key, noted := range s.wants {
		all = append(all, ids(key, noted)...)
	}
	return all
}
