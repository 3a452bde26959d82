package vpcpeering

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/figure"
	"github.com/crossvpc/crossvpc/test/scene"
)

// How many calls there may be for each that is needed.
const (
	mostToReady    = 1.15
	mostToTearDown = 1.2
)

// What has to be read: one list of each kind. A removal needs no VPC and, where groups are named by
// id, no list of groups.
const (
	kindsToMake   = 5
	kindsToRemove = 3
)

// floor is what a graph needs at least, counted from the graph alone: one list for each kind, identity and region, and one
// call for each thing that is written. No read only confirms, and nobody asks STS.
type floor struct{ reads, writes int }

func (f floor) calls() int { return f.reads + f.writes }

// places are the accounts and regions of some pairs: one identity reads each.
func places(pairs []*scene.Pair) int {
	found := map[string]bool{}
	for _, pair := range pairs {
		found[pair.Requester.Account+pair.Requester.Region] = true
		found[pair.Accepter.Account+pair.Accepter.Region] = true
	}
	return len(found)
}

// toMake are the things of one pair: a route for each table and block of the peer, and the rules of a group in one call.
func toMake(pair *scene.Pair) int {
	routes := len(pair.Requester.Tables)*len(pair.Accepter.Blocks) + len(pair.Accepter.Tables)*len(pair.Requester.Blocks)
	return routes + len(pair.Requester.Groups) + len(pair.Accepter.Groups)
}

// floorToReady: the connection is requested, accepted, and tagged where it was not requested.
func floorToReady(pairs ...*scene.Pair) floor {
	f := floor{reads: kindsToMake * places(pairs)}
	for _, pair := range pairs {
		f.writes += toMake(pair) + 3
	}
	return f
}

// floorToTearDown: the connection is deleted once, from either side.
func floorToTearDown(pairs ...*scene.Pair) floor {
	f := floor{reads: kindsToRemove * places(pairs)}
	for _, pair := range pairs {
		f.writes += toMake(pair) + 1
	}
	return f
}

// expectAtMost compares the calls since the journal was cleared with a floor.
func (w *world) expectAtMost(ratio float64, needed floor, what string) {
	w.t.Helper()
	calls := len(w.cloud.Journal(awssim.Query{Service: "ec2"}))
	w.t.Logf("%d EC2 calls, floor of %d reads and %d writes (%s)", calls, needed.reads, needed.writes, figures(w.byAction(awssim.Query{})))
	figure.Figure{Name: "calls for each that is needed: " + what, Value: float64(calls) / float64(needed.calls()), Target: ratio}.Assert(w.t)
}

// newRivalsWorld has pairs such as rivals were measured on.
func newRivalsWorld(t *testing.T, n int) (*world, []*scene.Pair) {
	t.Helper()
	w := newSmallWorld(t)
	pairs, err := scene.Rivals(t.Context(), w.accounts, n)
	if err != nil {
		t.Fatal(err)
	}
	w.pair = pairs[0]
	w.cloud.ClearJournal()
	return w, pairs
}

func TestPaceTheFirstReadyAndTheTeardownTakeFewMoreCallsThanTheGraphNeeds(t *testing.T) {
	for name, set := range map[string]func(*testing.T) *world{
		"the rivals' graph":   func(t *testing.T) *world { w, _ := newRivalsWorld(t, 1); return w },
		"the canonical graph": newWorld,
	} {
		t.Run(name, func(t *testing.T) {
			w := set(t)
			w.clock.toNextSweep()
			object := w.settle(w.peering("eu-us", nil))
			w.expectAtMost(mostToReady, floorToReady(w.pair), "Ready, "+name)
			w.clock.toNextSweep()
			w.reconcile(object) // a read confirms what was answered
			w.clock.toNextSweep()
			w.cloud.ClearJournal()
			w.remove(object)
			w.expectAtMost(mostToTearDown, floorToTearDown(w.pair), "teardown, "+name)
			w.expectIdentitiesAskedOnce()
		})
	}
}

// expectIdentitiesAskedOnce: each of the two, by all objects of a sweep together.
func (w *world) expectIdentitiesAskedOnce() {
	w.t.Helper()
	if asked := len(w.cloud.Journal(awssim.Query{Service: "sts", Action: "GetCallerIdentity"})); asked > 2 {
		w.t.Errorf("two identities were asked for %d times in one sweep", asked)
	}
}

func TestPaceTwentyThatAreDeletedTogetherShareReadsAndAskEachIdentityOnce(t *testing.T) {
	const many = 20
	w, pairs := newRivalsWorld(t, many)
	objects := make([]*v1alpha1.VPCPeering, many)
	for i := range pairs {
		w.pair = pairs[i]
		objects[i] = w.settle(w.peering(fmt.Sprintf("pair-%d", i), nil))
	}
	timing := awssim.Instant()
	timing.Latency = awssim.Duration(20 * time.Millisecond)
	w.cloud.SetTiming(timing)
	w.clock.toNextSweep()
	w.cloud.ClearJournal()
	for _, object := range objects {
		w.delete(object)
	}
	var lists atomic.Int32
	w.reconciler.Live = interceptor.NewClient(w.kube, interceptor.Funcs{
		List: func(ctx context.Context, kube client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			lists.Add(1)
			return kube.List(ctx, list, options...)
		},
	})
	var group sync.WaitGroup
	for _, object := range objects {
		group.Go(func() { w.untilGone(t.Context(), object) })
	}
	group.Wait()
	w.expectAtMost(mostToTearDown, floorToTearDown(pairs...), fmt.Sprintf("teardown of %d together", many))
	w.expectIdentitiesAskedOnce()
	if listed := lists.Load(); listed > 0 {
		t.Errorf("all VPCPeerings were listed past the cache %d times", listed)
	}
}

// untilGone is until for many objects side by side.
func (w *world) untilGone(ctx context.Context, object *v1alpha1.VPCPeering) {
	for range mostPasses {
		if _, err := w.tryReconcile(ctx, object); err != nil {
			w.t.Errorf("reconcile: %v", err)
		}
		if err := w.kube.Get(ctx, client.ObjectKeyFromObject(object), &v1alpha1.VPCPeering{}); apierrors.IsNotFound(err) {
			return
		}
	}
	w.t.Errorf("after %d passes %s is not gone", mostPasses, object.Name)
}
