package vpcpeering

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/scene"
	"github.com/crossvpc/crossvpc/test/soak"
)

// What a run may grow by from the first quarter to the end, however long it is. The simulated AWS is in the same process.
const (
	soakPeerings   = 100
	soakSweep      = 10 * time.Minute
	mostHeapGrowth = 1.0 // MiB
	mostGoroutines = 5.0
	// mostCallGrowth is in calls of a sweep, of which 100 peerings of two identities make some tens.
	mostCallGrowth = 15.0
)

// TestSoakWhatAHundredVPCPeeringsAtRestTakeDoesNotGrow: hour after hour somebody deletes routes by hand, which are there
// again a sweep later.
func TestSoakWhatAHundredVPCPeeringsAtRestTakeDoesNotGrow(t *testing.T) {
	soak.OnlyWhereAskedFor(t)
	s := newSoak(t)
	began, want := s.clock.Now(), s.inAWS()
	run, random := soak.NewRun(fmt.Sprintf("%d VPCPeerings", soakPeerings)), rand.New(rand.NewPCG(1, 16)) //nolint:gosec // it is not about secrets
	for at := time.Duration(0); at < soak.Length(); at = s.clock.Since(began) {
		s.Asked.Store(0)
		s.cloud.ClearJournal()
		s.pass(soakSweep)
		run.Note("calls to AWS in a sweep", at, float64(len(s.cloud.Journal(awssim.Query{}))))
		run.Note("requests to the API server in a sweep", at, float64(s.Asked.Load()))
		run.Note("open watches", at, float64(s.Watches.Load()))
		run.NoteProcess(at)
		s.drift(s.pairs[random.IntN(len(s.pairs))])
	}
	s.pass(2 * soakSweep)
	if diff := cmp.Diff(want, s.inAWS()); diff != "" {
		t.Errorf("what is in AWS in the end (-want +got):\n%s", diff)
	}
	run.Flat(t, soak.Heap, "MiB", mostHeapGrowth)
	run.Flat(t, soak.Goroutines, "goroutines", mostGoroutines)
	run.Flat(t, "calls to AWS in a sweep", "calls", mostCallGrowth)
	run.Flat(t, "requests to the API server in a sweep", "requests", mostCallGrowth)
	run.Flat(t, "open watches", "watches", 0.5)
}

// soakWorld is a hundred VPCPeerings that are Ready, read from a cache as the manager does.
type soakWorld struct {
	*world

	pairs   []*scene.Pair
	objects []*v1alpha1.VPCPeering
	due     []time.Time
	soak.Meter
}

func newSoak(t *testing.T) *soakWorld {
	t.Helper()
	w, pairs := newRivalsWorld(t, soakPeerings)
	s := &soakWorld{world: w, pairs: pairs, due: make([]time.Time, soakPeerings)}
	w.restartWith(s.cached(), nil)
	w.reconciler.Sweep = soakSweep
	for i := range pairs {
		w.pair = pairs[i]
		s.objects = append(s.objects, w.peering(fmt.Sprintf("pair-%d", i), nil))
	}
	s.pass(2 * soakSweep)
	for _, object := range s.objects {
		if now := w.read(object); !meta.IsStatusConditionTrue(now.Status.Conditions, v1alpha1.ConditionReady) {
			t.Fatalf("%s is not Ready after two sweeps:%s", now.Name, sentences(now))
		}
	}
	return s
}

// cached reads the test's namespace through watches.
func (s *soakWorld) cached() client.Client {
	s.t.Helper()
	config := controlplane.Shared(s.t, controlplane.Options{Names: []string{"component"}}).Cluster("component").Config()
	config.QPS = -1
	config.Wrap(s.Around)
	watched, err := cache.New(config, cache.Options{Scheme: s.kube.Scheme(), DefaultNamespaces: map[string]cache.Config{s.namespace: {}}})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := watched.IndexField(s.t.Context(), &v1alpha1.VPCPeering{}, pairIndex, pairKeys); err != nil {
		s.t.Fatal(err)
	}
	go func() { _ = watched.Start(s.t.Context()) }()
	kube, err := client.New(config, client.Options{Scheme: s.kube.Scheme(), Cache: &client.CacheOptions{Reader: watched}})
	if err != nil {
		s.t.Fatal(err)
	}
	return kube
}

// pass has so much time pass, in which each object is reconciled whenever it asked to be.
func (s *soakWorld) pass(long time.Duration) {
	s.t.Helper()
	for end := s.clock.Now().Add(long); ; {
		next := 0
		for i := range s.due {
			if s.due[i].Before(s.due[next]) {
				next = i
			}
		}
		if now := s.clock.Now(); s.due[next].After(now) {
			s.clock.advance(min(s.due[next].Sub(now), max(0, end.Sub(now))))
		}
		if !s.clock.Now().Before(end) {
			return
		}
		result, err := s.tryReconcile(s.t.Context(), s.objects[next])
		if err != nil {
			s.t.Fatal(err)
		}
		s.due[next] = s.clock.Now().Add(max(result.RequeueAfter, time.Second))
	}
}

// drift is somebody who deletes all routes of a VPC to its peer.
func (s *soakWorld) drift(pair *scene.Pair) {
	s.t.Helper()
	asked := s.ec2(s.pairs[0].Requester)
	for _, table := range pair.Requester.Tables {
		for _, block := range pair.Accepter.Blocks {
			if _, err := asked.DeleteRoute(s.t.Context(), &ec2.DeleteRouteInput{RouteTableId: &table, DestinationCidrBlock: &block}); err != nil {
				s.t.Fatal(err)
			}
		}
	}
}

// inAWS is what there is of peerings: all pairs are in two accounts and regions.
func (s *soakWorld) inAWS() []string {
	s.t.Helper()
	s.pair = s.pairs[0]
	return s.shape()
}
