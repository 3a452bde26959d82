package view

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

var update = flag.Bool("update", false, "write the golden files")

// now is the time of all pictures.
var now = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func condition(kind string, status metav1.ConditionStatus, reason, message string, ago time.Duration) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message, ObservedGeneration: 2, LastTransitionTime: metav1.NewTime(now.Add(-ago))}
}

// rolling is a peering whose clusters renew their nodes: one node is blocked by a budget.
func rolling() (*v1alpha1.VPCPeering, map[string]*v1alpha1.PeeredCluster) {
	probed := metav1.NewTime(now.Add(-3 * time.Minute))
	peering := &v1alpha1.VPCPeering{
		ObjectMeta: metav1.ObjectMeta{Namespace: "network", Name: "eu-us", Generation: 2},
		Status: v1alpha1.VPCPeeringStatus{
			ObservedGeneration: 2, PeeringConnectionID: "pcx-0123456789abcdef0",
			Requester: &v1alpha1.SideStatus{AccountID: "111122223333", Region: "eu-west-1", VPCID: "vpc-aaa", CIDRBlocks: []string{"10.11.0.0/16"}, Clusters: []string{"local"}},
			Accepter:  &v1alpha1.SideStatus{AccountID: "444455556666", Region: "us-east-1", VPCID: "vpc-bbb", CIDRBlocks: []string{"10.12.0.0/16", "100.64.0.0/16"}, Clusters: []string{"us"}},
			Conditions: []metav1.Condition{
				condition(v1alpha1.ConditionReady, metav1.ConditionFalse, "NodesNotReady", "Nodes of PeeredCluster local are being renewed: 3 of 8 use the value.", 5*time.Minute),
				condition(v1alpha1.ConditionReconciling, metav1.ConditionTrue, "Progressing", "", 5*time.Minute),
				condition(v1alpha1.ConditionRoutesReady, metav1.ConditionTrue, "RoutesReady", "6 routes lead to the peer.", 26*time.Hour),
				condition(v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, "Rolling", "Nodes of PeeredCluster local are being renewed: 3 of 8 use the value.", 5*time.Minute),
			},
			Verification: &v1alpha1.VerificationStatus{LastRunTime: &probed, Directions: []v1alpha1.ProbeDirection{
				{From: "us", To: "local", Probes: 1, Attempts: 3, Lost: 3},
				{From: "local", To: "us", Probes: 1, Passed: 1, Attempts: 10, Lost: 1, LargestPacketBytes: 8500,
					ConnectMicroseconds: &v1alpha1.ProbeTimes{Min: 85120, Median: 85990, Max: 386400}},
			}, Results: []v1alpha1.ProbeResult{
				{From: "local/node-1", To: "us/node-7", Passed: true},
				{From: "us/node-7", To: "local/node-1", Passed: false, Message: "No answer within 5 seconds."},
			}},
		},
	}
	cluster := &v1alpha1.PeeredCluster{
		ObjectMeta: metav1.ObjectMeta{Name: "local", Generation: 1},
		Status: v1alpha1.PeeredClusterStatus{
			ObservedGeneration: 1,
			Conditions: []metav1.Condition{
				condition(v1alpha1.ConditionReady, metav1.ConditionFalse, "Rolling", "3 of 8 nodes use the value; node node-4 is next.", 5*time.Minute),
				condition(v1alpha1.ConditionReachable, metav1.ConditionTrue, "Reachable", "", time.Hour),
			},
			Nodes:   &v1alpha1.NodeCounts{Total: 8, Current: 3, InProgress: 1, Stale: 5, Blocked: 1},
			Rollout: &v1alpha1.RolloutStatus{Message: "Node node-4 is being drained."},
			BlockedNodes: []v1alpha1.BlockedNode{
				{Name: "node-5", Reason: "DisruptionBudget", Message: "PodDisruptionBudget shop/cart allows no disruption. Scale the Deployment up, or raise maxUnavailable."},
			},
		},
	}
	return peering, map[string]*v1alpha1.PeeredCluster{"local": cluster}
}

func TestATreeShowsWhatIsWaitedForAtEveryWidth(t *testing.T) {
	for _, width := range []int{0, 40, 80, 140} {
		var out bytes.Buffer
		peering, clusters := rolling()
		if err := (Paper{Width: width, Now: now}).Write(&out, Peering(peering, clusters)); err != nil {
			t.Fatal(err)
		}
		expectGolden(t, fmt.Sprintf("tree-%d.txt", width), out.Bytes())
	}
}

func TestANodeLineSaysHowAndThatItIsPausedAndHasNoDrawingInData(t *testing.T) {
	_, clusters := rolling()
	cluster := clusters["local"]
	cluster.Spec.Rollout.Paused = true
	cluster.Status.BlockedNodes = nil
	cluster.Status.Rollout = &v1alpha1.RolloutStatus{Strategy: v1alpha1.RolloutReplaceNodes, Message: "spec.rollout.strategy asks for it."}
	items := Cluster(cluster).Items
	got := items[len(items)-1]
	want := "3 of 8 use the value, 1 in progress, 5 stale, 1 blocked. Strategy ReplaceNodes: spec.rollout.strategy asks for it. Paused: spec.rollout.paused is true."
	if got.Message != want || got.State != AtRest || got.Name != "Nodes" {
		t.Errorf("got %+v, want %q", got, want)
	}
	if content, err := json.Marshal(got); err != nil || strings.Contains(string(content), "█") {
		t.Errorf("%s, %v", content, err)
	}
}

func TestColoursMarkTheStateAlone(t *testing.T) {
	var out bytes.Buffer
	item := Item{Name: "Nodes", State: Bad, Message: "One is blocked."}
	if err := (Paper{Color: true, Now: now}).Write(&out, item); err != nil {
		t.Fatal(err)
	}
	if want := "\x1b[31m✖\x1b[0m Nodes\n  One is blocked.\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

func TestTheStateOfAnObjectFollowsItsConditions(t *testing.T) {
	ready := func(status metav1.ConditionStatus) metav1.Condition {
		return condition(v1alpha1.ConditionReady, status, "Reason", "", 0)
	}
	stalled := func(reason string) metav1.Condition {
		return condition(v1alpha1.ConditionStalled, metav1.ConditionTrue, reason, "", 0)
	}
	for name, test := range map[string]struct {
		observed   int64
		conditions []metav1.Condition
		want       State
	}{
		"nobody has looked":               {2, nil, Unknown},
		"the status is of an older spec":  {1, []metav1.Condition{ready(metav1.ConditionTrue)}, Unknown},
		"ready":                           {2, []metav1.Condition{ready(metav1.ConditionTrue)}, Good},
		"not ready yet":                   {2, []metav1.Condition{ready(metav1.ConditionFalse)}, Working},
		"not ready, and nobody can go on": {2, []metav1.Condition{ready(metav1.ConditionFalse), stalled(v1alpha1.ReasonRouteConflict)}, Bad},
		"paused by a person":              {2, []metav1.Condition{ready(metav1.ConditionFalse), stalled(v1alpha1.ReasonPaused)}, AtRest},
		"nobody knows whether it works":   {2, []metav1.Condition{ready(metav1.ConditionUnknown)}, Unknown},
	} {
		if got := (object{2, test.observed, test.conditions}).state(); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestAGraphHasEachNetworkOnceAndDotsWhatDoesNotWork(t *testing.T) {
	peering, _ := rolling()
	other := peering.DeepCopy()
	other.Name, other.Status.Accepter.VPCID, other.Status.PeeringConnectionID = "eu-ap", "vpc-ccc", ""
	other.Status.Path = &v1alpha1.PathStatus{Findings: []v1alpha1.Finding{
		{Reason: v1alpha1.FindingRouteElsewhere, Message: "one"}, {Reason: v1alpha1.FindingRouteElsewhere, Message: "two"}, {Reason: v1alpha1.FindingGroupDenies, Message: "three"},
	}}
	unknown := v1alpha1.VPCPeering{}
	graph := Networks([]v1alpha1.VPCPeering{*peering, *other, unknown})
	expectGolden(t, "graph.mermaid", []byte(graph.Mermaid()))
	expectGolden(t, "graph.dot", []byte(graph.DOT()))
}

func TestTheMatrixCountsProbesAndNamesThoseThatFailed(t *testing.T) {
	peering, _ := rolling()
	silent := v1alpha1.VPCPeering{ObjectMeta: metav1.ObjectMeta{Namespace: "network", Name: "silent"}}
	matrix := NewMatrix([]v1alpha1.VPCPeering{*peering, silent})
	var out bytes.Buffer
	if err := matrix.Write(&out, 80); err != nil {
		t.Fatal(err)
	}
	expectGolden(t, "matrix.txt", out.Bytes())
	out.Reset()
	if err := matrix.Write(&out, 40); err != nil {
		t.Fatal(err)
	}
	expectGolden(t, "matrix-40.txt", out.Bytes())
	if matrix.State() != Bad {
		t.Errorf("the matrix is %s", matrix.State())
	}
	at := metav1.Now()
	silent.Spec.Verification = &v1alpha1.Verification{Enabled: true}
	silent.Status.Verification = &v1alpha1.VerificationStatus{LastRunTime: &at, Findings: []v1alpha1.Finding{{Reason: "NoImage", Message: "There is no image."}}}
	if matrix := NewMatrix([]v1alpha1.VPCPeering{silent}); matrix.State() != Unknown || !slices.Equal(matrix.Notes, []string{"VPCPeering network/silent: There is no image."}) {
		t.Errorf("a run that probed nothing is %s with %q", matrix.State(), matrix.Notes)
	}
	if state := NewMatrix(nil).State(); state != Unknown {
		t.Errorf("a matrix of nothing is %s", state)
	}
}

func TestABarIsAsLongAsItIsFull(t *testing.T) {
	for _, test := range []struct {
		counts v1alpha1.NodeCounts
		want   string
	}{
		{v1alpha1.NodeCounts{Total: 1}, "░░░░░░░░░░░░░░░░░░░░"},
		{v1alpha1.NodeCounts{Total: 1, Current: 1, InProgress: 1}, "████████████████████"},
		{v1alpha1.NodeCounts{Total: 500, Current: 1, InProgress: 1}, "▒░░░░░░░░░░░░░░░░░░░"},
		{v1alpha1.NodeCounts{Total: 4, Current: 2, InProgress: 1}, "██████████▒▒▒▒▒░░░░░"},
	} {
		if got := bar(&test.counts); got != test.want {
			t.Errorf("%+v: %s, want %s", test.counts, got, test.want)
		}
	}
}

func expectGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestAnObjectThatNobodyLooksAtLeadsToTheLog(t *testing.T) {
	for _, conditions := range [][]metav1.Condition{nil, {condition(v1alpha1.ConditionReady, metav1.ConditionTrue, "Ready", "", 0)}} {
		item := object{2, 1, conditions}.head("x")
		if item.State != Unknown || !strings.HasSuffix(item.Message, "Run: kubectl crossvpc check. If a manager acts, its log says what stops it.") {
			t.Errorf("%+v", item)
		}
	}
}
