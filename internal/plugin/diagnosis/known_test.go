package diagnosis

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium/backend"
)

// notRequired has the source's cluster say that it needs no value.
func notRequired(e *Evidence) {
	e.From.Cluster.Status.Cilium.EffectiveCIDR = "10.11.0.0/16"
	for i := range e.From.Cluster.Status.Conditions {
		if condition := &e.From.Cluster.Status.Conditions[i]; condition.Type == v1alpha1.ConditionCiliumConfigured {
			condition.Reason = v1alpha1.ReasonNotRequired
		}
	}
}

func unread(e *Evidence) {
	found(v1alpha1.FindingPathMTU)(e)
	e.Peering.Status.Path.Unread = []string{"network ACLs of the accepter"}
}

// TestWhatWasNotLookedAtIsUnclear: each of these was called good once.
func TestWhatWasNotLookedAtIsUnclear(t *testing.T) {
	for name, test := range map[string]struct {
		put  func(*Evidence)
		code string
		says string
	}{
		"nothing found in the ACLs, which were not read": {unread, "XV-F01", "this could not be read: network ACLs of the accepter."},
		"the cluster has not taken up the peering":       {func(e *Evidence) { notRequired(e); e.From.Cluster.Status.Peerings = nil }, "XV-S02", "does not name VPCPeering network/eu-us in its status.peerings"},
		"preflight was not judged yet": {func(e *Evidence) {
			e.Peering.Status.Conditions = slices.DeleteFunc(e.Peering.Status.Conditions, func(c metav1.Condition) bool { return c.Type == v1alpha1.ConditionPreflightPassed })
		}, "XV-E01", "is not there yet"},
		"preflight could not be judged": {func(e *Evidence) {
			set(&e.Peering.Status.Conditions, v1alpha1.ConditionPreflightPassed, metav1.ConditionUnknown, "It could not be read.")
		}, "XV-H02", "It could not be read."},
		"groups of hosts of which no cluster tells": {func(e *Evidence) { e.Peering.Spec.Accepter.ClusterRefs = nil }, "XV-G01", "Which groups the hosts of the accepter have is not known"},
		"no address of Services is known":           {func(e *Evidence) { e.From.Cluster.Status.ServiceCIDRs = nil }, "XV-S04", "is not known"},
		"one address of Services is known":          {func(e *Evidence) { e.From.Cluster.Status.ServiceCIDRs = []string{"10.0.0.1/32"} }, "XV-S04", "is not known"},
		"the address may be of two clusters": {func(e *Evidence) {
			e.From.Side.Clusters, e.From.Cluster = []string{"local", "other"}, nil
		}, "XV-S01", "may be in any of the PeeredClusters local, other"},
		"IPv6 of a network that was asked about as a whole": {func(e *Evidence) {
			e.To.Address, e.To.Side.CIDRBlocks = netip.Addr{}, []string{"10.12.0.0/16", "fd00:12::/56"}
			e.From.Cluster.Status.Cilium.UncoveredCIDRs = []string{"fd00:12::/56"}
		}, "XV-S02", "does not cover fd00:12::/56 of the peer"},
	} {
		evidence := healthy()
		test.put(&evidence)
		steps := Walk(evidence)
		at := slices.IndexFunc(steps, func(s Step) bool { return s.Code == test.code })
		if steps[at].Outcome != Unclear || !strings.Contains(steps[at].Said, test.says) {
			t.Errorf("%s: %s is %s: %s", name, test.code, steps[at].Outcome, steps[at].Said)
		}
	}
}

// TestWhatIsInNobodysWayIsNotNamed: each of these was called bad once.
func TestWhatIsInNobodysWayIsNotNamed(t *testing.T) {
	for name, put := range map[string]func(*Evidence){
		"Services that begin too far away": func(e *Evidence) {
			e.From.Cluster.Status.ServiceCIDRs = []string{"172.20.0.1/32", "10.100.0.1/32", "fd00::1/128"}
		},
		"a value that pods do not need": notRequired,
		"a value beside the list of the ip-masq-agent": func(e *Evidence) {
			*e.From.Cluster.Status.Cilium = v1alpha1.CiliumStatus{EffectiveCIDR: "10.11.0.0/16", Backend: backend.IPMasqAgent}
		},
		"a value beside the list of aws-node": func(e *Evidence) {
			*e.From.Cluster.Status.Cilium = v1alpha1.CiliumStatus{EffectiveCIDR: "10.11.0.0/16", Backend: backend.AWSNode}
		},
		"IPv6, where an address of IPv4 was asked about": func(e *Evidence) { e.From.Cluster.Status.Cilium.UncoveredCIDRs = []string{"fd00:12::/56"} },
		"IPv6 of another peer": func(e *Evidence) {
			e.To.Address = netip.Addr{}
			e.From.Cluster.Status.Cilium.UncoveredCIDRs = []string{"fd00:99::/56"}
		},
		"another block of the peer that is not covered yet": func(e *Evidence) { e.To.Side.CIDRBlocks = append(e.To.Side.CIDRBlocks, "100.65.0.0/24") },
		"a block that the spec leaves out": func(e *Evidence) {
			e.To.Address, e.To.Side.CIDRBlocks = netip.Addr{}, append(e.To.Side.CIDRBlocks, "100.65.0.0/24")
			e.Peering.Spec.Requester.Routes.ExcludeCIDRs = []string{"100.64.0.0/10"}
		},
	} {
		evidence := healthy()
		put(&evidence)
		for _, step := range Walk(evidence) {
			if step.Outcome != Holds {
				t.Errorf("%s: %s is %s: %s", name, step.Code, step.Outcome, step.Said)
			}
		}
	}
}

// TestWhatTheManagerIsLateWithIsNotOfNow: its lease is renewed all the same.
func TestWhatTheManagerIsLateWithIsNotOfNow(t *testing.T) {
	evidence := healthy()
	evidence.Late = []string{"PeeredCluster local (due 12m ago)"}
	if first, _ := First(Walk(evidence)); first.Code != "XV-M03" || !strings.Contains(first.Said, "does not look at these in time: PeeredCluster local (due 12m ago).") {
		t.Errorf("%s: %s", first.Code, first.Said)
	}
	evidence.PathReadNow = true
	if first, failed := First(Walk(evidence)); failed {
		t.Errorf("a path that was read now: %s: %s", first.Code, first.Said)
	}
}

func TestProbesAreCountedAsPeopleDo(t *testing.T) {
	passed, failed := v1alpha1.ProbeResult{From: "local/n1", To: "us/n2", Passed: true}, v1alpha1.ProbeResult{From: "local/n1", To: "us/n2", Message: "No answer."}
	for want, results := range map[string][]v1alpha1.ProbeResult{
		"1 of 1 probe passed (5m ago).":                                      {passed},
		"3 of 3 probes passed (5m ago).":                                     {passed, passed, passed},
		"1 of 1 probe did not pass (5m ago). Local/n1 to us/n2: No answer.":  {failed},
		"1 of 2 probes did not pass (5m ago). local/n1 to us/n2: No answer.": {passed, failed},
	} {
		evidence := healthy()
		evidence.Now, evidence.ManagerSeen = now.Add(5*time.Minute), now.Add(5*time.Minute)
		evidence.Peering.Status.Verification.Results = results
		steps := Walk(evidence)
		if got := steps[len(steps)-1]; !strings.EqualFold(got.Said, want) {
			t.Errorf("%s: %q, want %q", got.Code, got.Said, want)
		}
	}
}

// TestASideIsKnownByItsVPC: a path that was read now comes with a copy of the object.
func TestASideIsKnownByItsVPC(t *testing.T) {
	evidence := healthy()
	evidence.Peering.Spec.Accepter.Routes.ExcludeCIDRs = []string{"10.11.0.0/16"}
	evidence.Peering = evidence.Peering.DeepCopy()
	if first, _ := First(Walk(evidence)); first.Code != "XV-M02" || !strings.Contains(first.Said, "is left out by spec.accepter.routes.excludeCIDRs") {
		t.Errorf("%s: %s", first.Code, first.Said)
	}
}
