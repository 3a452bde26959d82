package metrics

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
)

var (
	changed = time.Unix(1_000_000, 0)
	looked  = time.Unix(1_000_600, 0)
)

// scene is a registry over a cache with some objects.
type scene struct {
	registry *prometheus.Registry
	cache    client.Client
	recorder *Recorder
	elected  chan struct{}
}

func newScene(t *testing.T, objects ...client.Object) *scene {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	s := &scene{
		registry: prometheus.NewPedanticRegistry(), elected: make(chan struct{}),
		cache: fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build(),
	}
	var err error
	s.recorder, err = Register(s.registry, Sources{
		Cache: s.cache, Elected: s.elected, Clock: clocktesting.NewFakePassiveClock(looked),
		Readings: func() []aws.Reading {
			return []aws.Reading{{Identity: "eu", Account: "111111111111", Region: "eu-west-1", Kind: "RouteTable", At: looked}}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// expect compares the series of some metrics; # lines are left out of want.
func (s *scene) expect(t *testing.T, names []string, want string) {
	t.Helper()
	var page strings.Builder
	for _, m := range Table() {
		found := false
		for line := range strings.SplitSeq(strings.TrimSpace(want), "\n") {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, m.Name+"{") || strings.HasPrefix(line, m.Name+" ") {
				if !found {
					page.WriteString("# HELP " + m.Name + " " + m.Help + "\n# TYPE " + m.Name + " " + string(m.Type) + "\n")
				}
				found = true
				page.WriteString(line + "\n")
			}
		}
	}
	if err := testutil.GatherAndCompare(s.registry, strings.NewReader(page.String()), names...); err != nil {
		t.Error(err)
	}
}

func conditionsOf(pairs ...string) []metav1.Condition {
	var all []metav1.Condition
	for i := 0; i < len(pairs); i += 3 {
		all = append(all, metav1.Condition{
			Type: pairs[i], Status: metav1.ConditionStatus(pairs[i+1]), Reason: pairs[i+2], LastTransitionTime: metav1.NewTime(changed),
		})
	}
	return all
}

func peeringOf(name string, conditions ...string) *v1alpha1.VPCPeering {
	return &v1alpha1.VPCPeering{
		ObjectMeta: metav1.ObjectMeta{Namespace: "net", Name: name, UID: types.UID(name), CreationTimestamp: metav1.NewTime(changed)},
		Status:     v1alpha1.VPCPeeringStatus{Conditions: conditionsOf(conditions...)},
	}
}

func TestConditionsOfObjectsAreSeriesUntilTheObjectGoes(t *testing.T) {
	object := peeringOf("eu-us", "Ready", "False", "RouteConflict")
	s := newScene(t, object)
	names := []string{"crossvpc_condition", "crossvpc_condition_info", "crossvpc_condition_transition_timestamp_seconds", "crossvpc_last_success_timestamp_seconds"}
	s.expect(t, names, "") // a replica that does not lead says nothing
	close(s.elected)
	s.expect(t, names, `
		crossvpc_condition{kind="VPCPeering",name="eu-us",namespace="net",status="False",type="Ready"} 1
		crossvpc_condition{kind="VPCPeering",name="eu-us",namespace="net",status="True",type="Ready"} 0
		crossvpc_condition{kind="VPCPeering",name="eu-us",namespace="net",status="Unknown",type="Ready"} 0
		crossvpc_condition_info{kind="VPCPeering",name="eu-us",namespace="net",reason="RouteConflict",type="Ready"} 1
		crossvpc_condition_transition_timestamp_seconds{kind="VPCPeering",name="eu-us",namespace="net",type="Ready"} 1e+06
		crossvpc_last_success_timestamp_seconds{kind="VPCPeering",name="eu-us",namespace="net"} 1e+06
	`)
	if err := s.cache.Delete(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	s.expect(t, names, "")
}

func TestObjectsAreCountedByState(t *testing.T) {
	deleting := peeringOf("deleting", "Ready", "False", "Deleting")
	deleting.DeletionTimestamp, deleting.Finalizers = new(metav1.NewTime(changed)), []string{v1alpha1.Finalizer}
	s := newScene(t, deleting,
		peeringOf("ready", "Ready", "True", "Ready", "PeeringActive", "True", "Active"),
		peeringOf("rolling", "Ready", "False", "Progressing", "Reconciling", "True", "Progressing", "PeeringActive", "True", "Active"),
		peeringOf("rejected", "Ready", "False", "PeeringRejected", "Stalled", "True", "PeeringRejected", "PeeringActive", "False", "PeeringRejected"),
		peeringOf("outside its window", "Ready", "False", "OutsideWindow"),
		peeringOf("paused", "Ready", "False", "Paused", "Stalled", "True", "Paused"),
		peeringOf("unreadable", "Ready", "Unknown", "AWSError"),
		peeringOf("new"),
		&v1alpha1.PeeredCluster{
			ObjectMeta: metav1.ObjectMeta{Name: "us", UID: "us"},
			Status: v1alpha1.PeeredClusterStatus{
				Conditions: conditionsOf("Ready", "True", "Ready"),
				Nodes:      &v1alpha1.NodeCounts{Total: 14, Current: 10, Stale: 4, Split: 1, InProgress: 2, Blocked: 3, Unmanaged: 5},
			},
		})
	close(s.elected)
	s.expect(t, []string{"crossvpc_objects", "crossvpc_peering_connections", "crossvpc_nodes"}, `
		crossvpc_objects{kind="AWSIdentity",state="Deleting"} 0
		crossvpc_objects{kind="AWSIdentity",state="Held"} 0
		crossvpc_objects{kind="AWSIdentity",state="Ready"} 0
		crossvpc_objects{kind="AWSIdentity",state="Reconciling"} 0
		crossvpc_objects{kind="AWSIdentity",state="Stalled"} 0
		crossvpc_objects{kind="AWSIdentity",state="Unknown"} 0
		crossvpc_objects{kind="PeeredCluster",state="Deleting"} 0
		crossvpc_objects{kind="PeeredCluster",state="Held"} 0
		crossvpc_objects{kind="PeeredCluster",state="Ready"} 1
		crossvpc_objects{kind="PeeredCluster",state="Reconciling"} 0
		crossvpc_objects{kind="PeeredCluster",state="Stalled"} 0
		crossvpc_objects{kind="PeeredCluster",state="Unknown"} 0
		crossvpc_objects{kind="VPCPeering",state="Deleting"} 1
		crossvpc_objects{kind="VPCPeering",state="Held"} 2
		crossvpc_objects{kind="VPCPeering",state="Ready"} 1
		crossvpc_objects{kind="VPCPeering",state="Reconciling"} 1
		crossvpc_objects{kind="VPCPeering",state="Stalled"} 1
		crossvpc_objects{kind="VPCPeering",state="Unknown"} 2
		crossvpc_peering_connections{state="Active"} 2
		crossvpc_peering_connections{state="PeeringRejected"} 1
		crossvpc_nodes{cluster="us",state="Blocked"} 3
		crossvpc_nodes{cluster="us",state="Current"} 10
		crossvpc_nodes{cluster="us",state="InProgress"} 2
		crossvpc_nodes{cluster="us",state="Split"} 1
		crossvpc_nodes{cluster="us",state="Stale"} 4
		crossvpc_nodes{cluster="us",state="Unmanaged"} 5
	`)
}

func TestProbesRepairsAndReadingsAreTold(t *testing.T) {
	object := peeringOf("eu-us")
	object.Status.Verification = &v1alpha1.VerificationStatus{
		LastRunTime: new(metav1.NewTime(changed)),
		Results:     []v1alpha1.ProbeResult{{Passed: true}, {Passed: true}, {Reason: "ConnectTimeout"}},
		Directions: []v1alpha1.ProbeDirection{
			{From: "eu", To: "us", Probes: 2, Passed: 2, Attempts: 20, Lost: 5, LargestPacketBytes: 8500, ConnectMicroseconds: &v1alpha1.ProbeTimes{Min: 1, Median: 85_000, Max: 9e5}},
			{From: "us", To: "eu", Probes: 1}, // nothing was measured, so nothing is said
		},
	}
	s := newScene(t, object)
	close(s.elected)
	s.recorder.Repaired(v1alpha1.ConditionRoutesReady, 2)
	s.expect(t, []string{"crossvpc_probe_results", "crossvpc_probe_last_run_timestamp_seconds", "crossvpc_probe_connect_median_seconds", "crossvpc_probe_lost_ratio", "crossvpc_probe_largest_packet_bytes", "crossvpc_drift_repaired_total", "crossvpc_snapshot_timestamp_seconds", "crossvpc_leader"}, `
		crossvpc_leader 1
		crossvpc_probe_results{name="eu-us",namespace="net",result="Failed"} 1
		crossvpc_probe_results{name="eu-us",namespace="net",result="Passed"} 2
		crossvpc_probe_last_run_timestamp_seconds{name="eu-us",namespace="net"} 1e+06
		crossvpc_probe_connect_median_seconds{from="eu",name="eu-us",namespace="net",to="us"} 0.085
		crossvpc_probe_lost_ratio{from="eu",name="eu-us",namespace="net",to="us"} 0.25
		crossvpc_probe_largest_packet_bytes{from="eu",name="eu-us",namespace="net",to="us"} 8500
		crossvpc_drift_repaired_total{kind="Route"} 2
		crossvpc_drift_repaired_total{kind="SecurityGroupRule"} 0
		crossvpc_snapshot_timestamp_seconds{account="111111111111",identity="eu",kind="RouteTable",region="eu-west-1"} 1.0006e+06
	`)
}

func TestASuccessIsALookToTheEndThatFoundTheObjectReady(t *testing.T) {
	const lastSuccess = "crossvpc_last_success_timestamp_seconds"
	for name, test := range map[string]struct {
		ready  string
		result reconcile.Result
		err    error
		want   string
	}{
		"ready and done":                 {"True", reconcile.Result{RequeueAfter: time.Minute}, nil, "1.0006e+06"},
		"not ready":                      {"False", reconcile.Result{RequeueAfter: time.Minute}, nil, "1e+06"},
		"an error":                       {"True", reconcile.Result{}, errors.New("no"), "1e+06"},
		"cut short, somebody else wrote": {"True", reconcile.Result{RequeueAfter: 200 * time.Millisecond}, nil, "1e+06"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, peeringOf("eu-us", "Ready", test.ready, "Reason"))
			close(s.elected)
			inner := reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) { return test.result, test.err })
			watched := Watched(s.recorder, inner, &v1alpha1.VPCPeering{})
			if got, err := watched.Reconcile(t.Context(), reconcile.Request{NamespacedName: types.NamespacedName{Namespace: "net", Name: "eu-us"}}); got != test.result || !errors.Is(err, test.err) {
				t.Errorf("the result became %v, %v", got, err)
			}
			s.expect(t, []string{lastSuccess}, lastSuccess+`{kind="VPCPeering",name="eu-us",namespace="net"} `+test.want)
		})
	}
}
