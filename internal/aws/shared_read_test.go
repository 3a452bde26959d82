package aws

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"
)

// gate is a read that takes a second and returns its own number.
type gate struct {
	mu     sync.Mutex
	scopes [][]string
	err    error
}

func (g *gate) read(_ context.Context, scope []string) (int, error) {
	g.mu.Lock()
	g.scopes = append(g.scopes, scope)
	number, err := len(g.scopes), g.err
	g.mu.Unlock()
	<-time.After(time.Second) // a synctest bubble: no real time goes by
	return number, err
}

func (g *gate) sharedRead(standing ...string) *sharedRead[int] {
	return newSharedRead(clock.RealClock{}, g.read, func() []string { return standing })
}

func value(t *testing.T, f *flight[int]) int {
	t.Helper()
	<-f.done
	if f.err != nil {
		t.Fatal(f.err)
	}
	return f.value
}

func TestCallersAtTheSameTimeShareOneRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{}
		c := g.sharedRead("vpc-1", "vpc-2")
		now := time.Now()
		for range 20 {
			if got := value(t, c.join(now, []string{"vpc-1"})); got != 1 {
				t.Fatalf("read %d", got)
			}
		}
		if diff := cmp.Diff([][]string{{"vpc-1", "vpc-2"}}, g.scopes); diff != "" {
			t.Errorf("reads (-want +got):\n%s", diff)
		}
	})
}

func TestWhoComesAfterAReadStartedSharesTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{}
		c := g.sharedRead()
		first := c.join(time.Now(), nil)
		<-time.After(time.Millisecond)
		wrote := time.Now()
		var late []*flight[int]
		for range 20 {
			late = append(late, c.join(wrote, nil))
		}
		early := c.join(wrote.Add(-time.Millisecond), nil)
		if got := value(t, first); got != 1 {
			t.Errorf("the first caller got read %d", got)
		}
		if got := value(t, early); got != 1 {
			t.Errorf("who is content with the read under way got read %d", got)
		}
		for _, f := range late {
			if got := value(t, f); got != 2 || f.started.Before(wrote) {
				t.Errorf("who wrote in between got read %d, started at %s before %s", got, f.started, wrote)
			}
		}
		if len(g.scopes) != 2 {
			t.Errorf("%d reads", len(g.scopes))
		}
	})
}

func TestReadsThatFollowEachOtherLeaveTimeForMoreToJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{}
		c := g.sharedRead()
		first := c.join(time.Now(), nil)
		var group sync.WaitGroup
		for i := range 20 { // some while the first read is in progress, some just after it
			group.Go(func() {
				<-time.After(time.Duration(i+1) * 70 * time.Millisecond)
				value(t, c.join(time.Now(), nil))
			})
		}
		value(t, first)
		ended := time.Now()
		group.Wait()
		if len(g.scopes) != 2 {
			t.Errorf("%d reads", len(g.scopes))
		}
		if paused := c.last.started.Sub(ended); paused != longestGathering {
			t.Errorf("the second read began %s after the first ended", paused)
		}
		asked := time.Now()
		alone := c.join(asked, nil)
		value(t, alone)
		if !alone.started.Equal(asked) {
			t.Errorf("who asks alone waited for %s", alone.started.Sub(asked))
		}
	})
}

func TestAReadThatDoesNotCoverAVPCIsNotGoodEnough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{}
		c := g.sharedRead("vpc-1")
		before := time.Now()
		value(t, c.join(before, []string{"vpc-1"}))
		if got := value(t, c.join(before, []string{"vpc-9"})); got != 2 {
			t.Errorf("read %d", got)
		}
		if diff := cmp.Diff([][]string{{"vpc-1"}, {"vpc-1", "vpc-9"}}, g.scopes); diff != "" {
			t.Errorf("reads (-want +got):\n%s", diff)
		}
	})
}

func TestAFailedReadFailsItsSharersAndIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{err: errors.New("denied")}
		c := g.sharedRead()
		before := time.Now()
		sharers := []*flight[int]{c.join(before, nil), c.join(before, nil)}
		for _, f := range sharers {
			if <-f.done; f.err == nil {
				t.Error("a sharer was told nothing")
			}
		}
		g.err = nil
		if got := value(t, c.join(before, nil)); got != 2 {
			t.Errorf("read %d", got)
		}
	})
}

func TestACallerThatGivesUpDoesNotFailTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{}
		c := g.sharedRead()
		now := time.Now()
		hurried, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, _, err := c.get(hurried, now, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the hurried caller got %v", err)
		}
		if got, at, err := c.get(t.Context(), now, nil); got != 1 || err != nil || !at.Equal(now) {
			t.Errorf("the patient one got read %d of %s, %v", got, at, err)
		}
	})
}

func TestTheSubscriptionsOfOwnersExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := newSubscriptions(clock.RealClock{})
		i.note(Query{Owner: "a", VPC: "vpc-1", Kinds: Rules, Groups: []string{"sg-1"}})
		i.note(Query{Owner: "a", VPC: "vpc-2", Kinds: VPCs})
		i.note(Query{Owner: "b", VPC: "vpc-2", Kinds: Rules, Groups: []string{"sg-2"}})
		check := func(when string, vpcs, groups []string) {
			t.Helper()
			got := [][]string{slices.Compact(slices.Sorted(slices.Values(i.vpcs()))), slices.Sorted(slices.Values(i.groups()))}
			if diff := cmp.Diff([][]string{vpcs, groups}, got); diff != "" {
				t.Errorf("%s, subscribed VPCs and groups (-want +got):\n%s", when, diff)
			}
		}
		check("at first", []string{"vpc-1", "vpc-2"}, []string{"sg-1", "sg-2"})
		i.note(Query{Owner: "a", VPC: "vpc-1", Kinds: VPCs})
		check("after a query without rules", []string{"vpc-1", "vpc-2"}, []string{"sg-1", "sg-2"})
		i.release("a")
		check("after release", []string{"vpc-2"}, []string{"sg-2"})
		<-time.After(subscriptionTTL + time.Second)
		check("unasked for long", nil, nil)
	})
}
