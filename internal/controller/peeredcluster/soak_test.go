package peeredcluster

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/cluster/access"
	"github.com/crossvpc/crossvpc/internal/rollout/podrules"
	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/soak"
)

// What a run may grow by from the first quarter to the end, however long it is. The simulated AWS is in the same process.
// Once an hour, and for each new pair of subnet and groups, EC2 is asked for interfaces again: some calls in one sample.
const (
	soakClusters   = 10
	soakNodes      = 4
	churnEvery     = 5 * time.Minute
	mostHeapGrowth = 1.5 // MiB
	mostGoroutines = 5.0
	mostCallGrowth = 5.0
)

// TestSoakTenClustersTakeNoMoreAndNoMore: hour after hour a node leaves and another one joins, and a VPCPeering begins
// or ends.
func TestSoakTenClustersTakeNoMoreAndNoMore(t *testing.T) {
	soak.OnlyWhereAskedFor(t)
	s := newSoak(t)
	began, run := s.clock.Now(), soak.NewRun(fmt.Sprintf("%d PeeredClusters", soakClusters))
	round := 0
	for at := time.Duration(0); at < soak.Length(); at = s.clock.Since(began) {
		s.churn(round)
		s.Asked.Store(0)
		s.cloud.ClearJournal()
		s.pass(churnEvery)
		run.Note("calls to AWS in five minutes", at, float64(len(s.cloud.Journal(awssim.Query{}))))
		run.Note("requests to clusters in five minutes", at, float64(s.Asked.Load()))
		run.Note("open watches", at, float64(s.Watches.Load()))
		run.NoteProcess(at)
		round++
	}
	if object := s.read(); !meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReady) || object.Status.Nodes.Total != soakNodes {
		t.Errorf("in the end there are %+v:%s", object.Status.Nodes, sentences(object))
	}
	run.Flat(t, soak.Heap, "MiB", mostHeapGrowth)
	run.Flat(t, soak.Goroutines, "goroutines", mostGoroutines)
	run.Flat(t, "calls to AWS in five minutes", "calls", mostCallGrowth)
	run.Flat(t, "requests to clusters in five minutes", "requests", 4*mostCallGrowth)
	run.Flat(t, "open watches", "watches", 0.5)
}

// soakWorld is the cluster of the incident, and others without Cilium and without a VPCPeering: they watch the same nodes and
// pods, on instances of another provider.
type soakWorld struct {
	*chaosWorld

	uid    string
	server *rest.Config
	due    map[string]time.Time
	soak.Meter
}

func newSoak(t *testing.T) *soakWorld {
	t.Helper()
	s := &soakWorld{chaosWorld: &chaosWorld{world: newWorld(t), theirs: map[string]bool{}}, server: restConfig(t), due: map[string]time.Time{}}
	system := &corev1.Namespace{}
	if err := s.kube.Get(t.Context(), client.ObjectKey{Name: "kube-system"}, system); err != nil {
		t.Fatal(err)
	}
	s.uid = string(system.UID)
	s.reconciler.Connector = &aged{Connector: cluster.NewConnector(s)}
	s.installs("1.18.0", soakNodes)
	s.peeredCluster(nil)
	s.peering("eu-us", "10.12.0.0/16")
	s.due[clusterName] = s.clock.Now()
	for i := range soakClusters - 1 {
		s.addCluster(fmt.Sprintf("other-%d", i))
	}
	s.pass(4 * churnEvery)
	for name := range s.due {
		object := &v1alpha1.PeeredCluster{}
		if err := s.kube.Get(t.Context(), client.ObjectKey{Name: name}, object); err != nil {
			t.Fatal(err)
		}
		if !meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReady) {
			t.Fatalf("%s is not Ready:%s", name, sentences(object))
		}
	}
	return s
}

func (s *soakWorld) addCluster(name string) {
	s.t.Helper()
	object := &v1alpha1.PeeredCluster{}
	object.Name = name
	object.Spec.Access.Local = &v1alpha1.LocalAccess{}
	object.Spec.Region, object.Spec.VPCID = v1alpha1.Region(s.network.Region), v1alpha1.VPCID(s.network.VPCID)
	s.create(object)
	s.due[name] = s.clock.Now()
	s.t.Cleanup(func() { s.reconciler.Connector.Forget(name) })
}

// Takes implements access.Way.
func (s *soakWorld) Takes(v1alpha1.ClusterAccess) bool { return true }

// Access implements access.Way: each cluster is the same API server under another identity.
func (s *soakWorld) Access(_ context.Context, object *v1alpha1.PeeredCluster) (*access.Access, error) {
	name, config := object.Name, rest.CopyConfig(s.server)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return &asCluster{s.Around(next), s, name} })
	return &access.Access{Config: config, Source: name, Explain: func(access.Failure) *access.Error { return nil }}, nil
}

// Forget implements access.Way.
func (*soakWorld) Forget(string) {}

// asCluster is the way to one of the clusters.
type asCluster struct {
	http.RoundTripper

	soak *soakWorld
	name string
}

func (c *asCluster) RoundTrip(request *http.Request) (*http.Response, error) {
	if c.name != clusterName && strings.Contains(request.URL.Path, "cilium") {
		answer := `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}`
		return &http.Response{StatusCode: http.StatusNotFound, Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(strings.NewReader(answer)), ContentLength: int64(len(answer)), Request: request}, nil
	}
	response, err := c.RoundTripper.RoundTrip(request)
	if err == nil && c.name != clusterName && strings.HasPrefix(request.URL.Path, "/api/v1/nodes") {
		response.Body = elsewhere{response.Body}
	}
	if err == nil && strings.HasSuffix(request.URL.Path, "/namespaces/kube-system") {
		err = c.identify(response)
	}
	return response, err
}

// WrappedRoundTripper lets the client see what is behind it.
func (c *asCluster) WrappedRoundTripper() http.RoundTripper { return c.RoundTripper }

// elsewhere are Nodes of another provider: instances are of one cluster alone, or none of them is confirmed.
type elsewhere struct{ io.ReadCloser }

// Read puts a word in the place of one that is as long. Where a read ends within it, the instance stays AWS's until the Node
// is read again.
func (e elsewhere) Read(into []byte) (int, error) {
	n, err := e.ReadCloser.Read(into)
	copy(into, bytes.ReplaceAll(into[:n], []byte("aws:///"), []byte("gce:///")))
	return n, err
}

// identify gives kube-system a UID of its own.
func (c *asCluster) identify(response *http.Response) error {
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	_ = response.Body.Close()
	content = bytes.ReplaceAll(content, []byte(c.soak.uid), []byte(c.soak.uid+"-"+c.name))
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(content)), int64(len(content))
	response.Header.Del("Content-Length")
	return nil
}

// churn has the oldest node leave and another one join, and a second VPCPeering begin or end.
func (s *soakWorld) churn(round int) {
	s.t.Helper()
	oldest := s.nodes()[0]
	for _, node := range s.nodes() {
		if node.Annotations[madeAt] < oldest.Annotations[madeAt] {
			oldest = node
		}
	}
	id, _ := podrules.InstanceID(oldest.Spec.ProviderID)
	if _, err := s.ec2.TerminateInstances(s.t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{id}}); err != nil {
		s.t.Fatal(err)
	}
	s.removeNode(&oldest)
	s.addNode(fmt.Sprintf("node-%d", round))
	if round%2 == 0 {
		s.peering("eu-ap", "10.13.0.0/16")
	} else {
		s.deletePeering("eu-ap")
	}
}

// pass has so much time pass, in which each object is reconciled whenever it asked to be.
func (s *soakWorld) pass(long time.Duration) {
	s.t.Helper()
	for end := s.clock.Now().Add(long); ; {
		next := clusterName
		for name, due := range s.due {
			if due.Before(s.due[next]) {
				next = name
			}
		}
		if now := s.clock.Now(); s.due[next].After(now) {
			s.clock.advance(min(s.due[next].Sub(now), max(0, end.Sub(now))))
		}
		if !s.clock.Now().Before(end) {
			return
		}
		result, err := s.reconciler.Reconcile(s.t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Name: next}})
		if err != nil {
			s.t.Fatalf("%s: %v", next, err)
		}
		if next == clusterName {
			s.playNodes()
		}
		s.due[next] = s.clock.Now().Add(max(result.RequeueAfter, time.Second))
	}
}
