package diagnosis

import (
	"encoding/json"
	"encoding/xml"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/plugin/policies"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

var now = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func set(conditions *[]metav1.Condition, kind string, status metav1.ConditionStatus, message string) {
	meta.SetStatusCondition(conditions, metav1.Condition{Type: kind, Status: status, Reason: "Reason", Message: message})
}

// healthy is two clusters whose pods talk.
func healthy() Evidence {
	probed := metav1.NewTime(now)
	peering := &v1alpha1.VPCPeering{
		ObjectMeta: metav1.ObjectMeta{Namespace: "network", Name: "eu-us", Generation: 1},
		Spec: v1alpha1.VPCPeeringSpec{
			Verification: &v1alpha1.Verification{Enabled: true},
			Requester:    v1alpha1.VPCPeeringSide{ClusterRefs: []v1alpha1.LocalName{{Name: "local"}}}, Accepter: v1alpha1.VPCPeeringSide{ClusterRefs: []v1alpha1.LocalName{{Name: "us"}}},
		},
		Status: v1alpha1.VPCPeeringStatus{
			ObservedGeneration: 1,
			Requester:          &v1alpha1.SideStatus{VPCID: "vpc-a", CIDRBlocks: []string{"10.11.0.0/16"}, Clusters: []string{"local"}},
			Accepter:           &v1alpha1.SideStatus{VPCID: "vpc-b", CIDRBlocks: []string{"10.12.0.0/16"}, Clusters: []string{"us"}},
			Verification:       &v1alpha1.VerificationStatus{LastRunTime: &probed, Results: []v1alpha1.ProbeResult{{From: "local/n1", To: "us/n2", Passed: true}}},
		},
	}
	for _, kind := range append(v1alpha1.VPCPeeringSteps(), v1alpha1.ConditionPathClear) {
		set(&peering.Status.Conditions, kind, metav1.ConditionTrue, "It is so.")
	}
	return Evidence{
		Peering: peering, ManagerSeen: now.Add(-2 * time.Second), Now: now,
		From: End{Name: "pod/shop/cart", Cluster: cluster("local", "10.12.0.0/16"), Node: "n1", Address: netip.MustParseAddr("10.11.3.4"), Side: peering.Status.Requester, Pod: pod("cart", "10.11.3.4", "n1"), Agent: running("cilium-1")},
		To:   End{Name: "pod/shop/stock", Cluster: cluster("us", "10.11.0.0/16"), Node: "n2", Address: netip.MustParseAddr("10.12.3.4"), Side: peering.Status.Accepter, Pod: pod("stock", "10.12.3.4", "n2"), Agent: running("cilium-2")},
	}
}

func running(name string) Agent { return Agent{Namespace: "kube-system", Name: name, Ready: true} }

func cluster(name, peer string) *v1alpha1.PeeredCluster {
	c := &v1alpha1.PeeredCluster{ObjectMeta: metav1.ObjectMeta{Name: name}, Status: v1alpha1.PeeredClusterStatus{
		Cilium:       &v1alpha1.CiliumStatus{EffectiveCIDR: "10.0.0.0/8"},
		ServiceCIDRs: []string{"172.20.0.0/16"},
		Peerings:     []v1alpha1.ClusterPeering{{Namespace: "network", Name: "eu-us", CIDRBlocks: []string{peer}}},
	}}
	for _, kind := range v1alpha1.PeeredClusterSteps() {
		set(&c.Status.Conditions, kind, metav1.ConditionTrue, "It is so.")
	}
	return c
}

func pod(name, address, node string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Labels: map[string]string{"app": name}},
		Spec:       corev1.PodSpec{NodeName: node}, Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIP: address},
	}
}

// policy selects a pod, for one direction, and admits a block.
func policy(app string, kind networkingv1.PolicyType, block string, except ...string) networkingv1.NetworkPolicy {
	peers := []networkingv1.NetworkPolicyPeer{{IPBlock: &networkingv1.IPBlock{CIDR: block, Except: except}}}
	p := networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "only"}, Spec: networkingv1.NetworkPolicySpec{
		PodSelector: metav1.LabelSelector{MatchLabels: map[string]string{"app": app}}, PolicyTypes: []networkingv1.PolicyType{kind},
	}}
	if kind == networkingv1.PolicyTypeEgress {
		p.Spec.Egress = []networkingv1.NetworkPolicyEgressRule{{To: peers}}
	} else {
		p.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: peers}}
	}
	return p
}

// added adds one of Cilium's policies to an end, and asks about a port.
func added(end func(*Evidence) *End, text string, ports ...string) func(*Evidence) {
	return func(e *Evidence) {
		object := &unstructured.Unstructured{}
		must(json.Unmarshal([]byte(text), &object.Object))
		object.SetName("only")
		found, err := policies.CiliumFromUnstructured(object)
		must(err)
		end(e).Policies.Cilium = append(end(e).Policies.Cilium, found)
		for _, text := range ports {
			port, err := policies.ParsePort(text)
			must(err)
			e.Port = &port
		}
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func fromPolicy(text string, ports ...string) func(*Evidence) { return added(from, text, ports...) }
func toPolicy(text string, ports ...string) func(*Evidence)   { return added(to, text, ports...) }

func denied(kind string) func(*Evidence) {
	return func(e *Evidence) { set(&e.Peering.Status.Conditions, kind, metav1.ConditionFalse, "It is not so.") }
}

// held is an approval that does not have what is needed: the steps go on saying what was made.
func held(reason string) func(*Evidence) {
	return func(e *Evidence) {
		e.Peering.Spec.ApprovedPlan = "pold"
		meta.SetStatusCondition(&e.Peering.Status.Conditions, metav1.Condition{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: reason, Message: "Another plan is needed."})
	}
}

func preflightFailed(reason string) func(*Evidence) {
	return func(e *Evidence) {
		meta.SetStatusCondition(&e.Peering.Status.Conditions, metav1.Condition{Type: v1alpha1.ConditionPreflightPassed, Status: metav1.ConditionFalse, Reason: reason, Message: "It is not so."})
	}
}

// gateway adds a CiliumEgressGatewayPolicy to the source's cluster.
func gateway(spec string) func(*Evidence) {
	return func(e *Evidence) {
		policy := cilium.EgressPolicy{}
		policy.Metadata.Name = "out"
		must(json.Unmarshal([]byte(spec), &policy.Spec))
		e.From.Policies.Gateways, e.From.Policies.NodeLabels = append(e.From.Policies.Gateways, policy), map[string]string{"pool": "general"}
	}
}

// admin adds a policy of administrators to an end.
func admin(end func(*Evidence) *End, text string) func(*Evidence) {
	return func(e *Evidence) {
		policy := policies.AdminPolicy{}
		must(json.Unmarshal([]byte(text), &policy))
		policy.Name = "base"
		end(e).Policies.Admin = append(end(e).Policies.Admin, policy)
	}
}

func paused(e *Evidence)      { e.Peering.Spec.Paused = true }
func onlyPlanned(e *Evidence) { e.Peering.Spec.Mode = v1alpha1.ModePlan }

// notJoined has no connection yet.
func notJoined(mutate func(*Evidence)) func(*Evidence) {
	return func(e *Evidence) {
		mutate(e)
		denied(v1alpha1.ConditionPeeringActive)(e)
	}
}

func found(reason string) func(*Evidence) {
	return func(e *Evidence) {
		e.Peering.Status.Path = &v1alpha1.PathStatus{Findings: []v1alpha1.Finding{{Reason: reason, Message: "Something is in the way."}}}
		set(&e.Peering.Status.Conditions, v1alpha1.ConditionPathClear, metav1.ConditionFalse, "Something is in the way.")
	}
}

func clusterDenied(end func(*Evidence) *End, kind string) func(*Evidence) {
	return func(e *Evidence) {
		set(&end(e).Cluster.Status.Conditions, kind, metav1.ConditionFalse, "It is not so.")
	}
}

func from(e *Evidence) *End { return &e.From }
func to(e *Evidence) *End   { return &e.To }

// mutations are the changes of a healthy world that break one hop each; the check of that hop must be the first that fails.
var mutations = map[string][]func(*Evidence){
	"XV-M01": {func(e *Evidence) { e.Peering, e.From.Side, e.To.Side = nil, nil, nil }},
	"XV-M02": {
		func(e *Evidence) { e.To.Address = netip.MustParseAddr("192.168.1.1") },
		func(e *Evidence) { e.Peering.Spec.Requester.Routes.ExcludeCIDRs = []string{"10.0.0.0/8"} },
		func(e *Evidence) { e.Peering.Spec.Accepter.Routes.ExcludeCIDRs = []string{"10.11.0.0/16"} },
	},
	"XV-M03": {func(e *Evidence) { e.ManagerSeen = now.Add(-time.Hour) }},
	"XV-M04": {func(e *Evidence) { e.Peering.Generation = 2 }},
	"XV-M05": {
		notJoined(paused), notJoined(onlyPlanned), notJoined(held(v1alpha1.ReasonPlanOutdated)), notJoined(held(v1alpha1.ReasonAwaitingApproval)),
		func(e *Evidence) { gone := metav1.NewTime(now); e.Peering.DeletionTimestamp = &gone },
	},
	"XV-I01": {denied(v1alpha1.ConditionIdentitiesReady)},
	"XV-E01": {preflightFailed(v1alpha1.ReasonEncryptionEnforced)},
	"XV-S04": {
		preflightFailed(v1alpha1.ReasonServiceRangeOverlap),
		func(e *Evidence) { e.From.Cluster.Status.ServiceCIDRs = []string{"10.12.0.0/20"} },
	},
	"XV-H02": {preflightFailed(v1alpha1.ReasonDNSAttributes)},
	"XV-I02": {denied(v1alpha1.ConditionPreflightPassed)},
	"XV-K01": {func(e *Evidence) { e.From.Pod.Spec.HostNetwork = true }, func(e *Evidence) { e.From.Pod.Status.Phase = corev1.PodPending }},
	"XV-K02": {
		func(e *Evidence) {
			e.From.Policies.Kubernetes = append(e.From.Policies.Kubernetes, policy("cart", networkingv1.PolicyTypeEgress, "10.11.0.0/16"))
		},
		func(e *Evidence) {
			e.From.Policies.Kubernetes = append(e.From.Policies.Kubernetes, policy("cart", networkingv1.PolicyTypeEgress, "10.0.0.0/8", "10.12.3.0/24"))
		},
	},
	"XV-K07": {
		fromPolicy(`{"kind":"CiliumNetworkPolicy","spec":{"endpointSelector":{},"egress":[{"toCIDR":["10.11.0.0/16"]}]}}`),
		fromPolicy(`{"kind":"CiliumNetworkPolicy","spec":{"endpointSelector":{},"egress":[{"toEntities":["all"]}],"egressDeny":[{"toCIDR":["10.12.3.4/32"]}]}}`),
	},
	"XV-K08": {fromPolicy(`{"kind":"CiliumClusterwideNetworkPolicy","spec":{"endpointSelector":{},"egress":[{"toEndpoints":[{}]}]}}`)},
	"XV-K05": {
		fromPolicy(`{"kind":"CiliumNetworkPolicy","spec":{"endpointSelector":{},"egress":[{"toCIDR":["10.12.0.0/16"],"toPorts":[{"ports":[{"port":"443"}]}]}]}}`, "8080"),
		func(e *Evidence) {
			admitting := policy("cart", networkingv1.PolicyTypeEgress, "10.12.0.0/16")
			admitting.Spec.Egress[0].Ports = []networkingv1.NetworkPolicyPort{{Port: new(intstr.FromInt32(443))}}
			e.From.Policies.Kubernetes, e.Port = append(e.From.Policies.Kubernetes, admitting), &policies.Port{Protocol: corev1.ProtocolTCP, First: 8080, Last: 8080}
		},
	},
	"XV-K11": {
		gateway(`{"selectors":[{"podSelector":{"matchLabels":{"app":"cart"}}}],"destinationCIDRs":["0.0.0.0/0"]}`),
		gateway(`{"selectors":[{"podSelector":{},"nodeSelector":{"matchLabels":{"pool":"general"}}}],"destinationCIDRs":["10.12.3.0/24"],"excludedCIDRs":["10.12.3.5/32"]}`),
	},
	"XV-S01": {clusterDenied(from, v1alpha1.ConditionReachable), func(e *Evidence) { e.From.Cluster.Generation = 2 }},
	"XV-S05": {
		func(e *Evidence) { e.From.Agent = Agent{Namespace: "kube-system"} },
		func(e *Evidence) { e.From.Agent.Ready, e.From.Agent.Failing = false, true },
	},
	"XV-B04": {func(e *Evidence) { e.To.Agent = Agent{Namespace: "kube-system"} }},
	"XV-S02": {
		clusterDenied(from, v1alpha1.ConditionCiliumConfigured),
		func(e *Evidence) { e.From.Cluster.Status.Cilium.EffectiveCIDR = "10.11.0.0/16" },
		func(e *Evidence) { e.From.Cluster.Status.Cilium.UncoveredCIDRs = []string{"10.12.0.0/16"} },
	},
	"XV-S03": {
		clusterDenied(from, v1alpha1.ConditionNodesUpToDate),
		func(e *Evidence) {
			e.From.Cluster.Status.BlockedNodes = []v1alpha1.BlockedNode{{Name: "n1", Message: "A budget."}}
		},
	},
	"XV-L01": {denied(v1alpha1.ConditionPeeringActive), found(v1alpha1.FindingConnectionNotActive)},
	"XV-R01": {found(v1alpha1.FindingRouteMissing)},
	"XV-R02": {found(v1alpha1.FindingRouteElsewhere)},
	"XV-R03": {found(v1alpha1.FindingRouteBlackhole)},
	"XV-R04": {denied(v1alpha1.ConditionRoutesReady)},
	"XV-G01": {found(v1alpha1.FindingGroupDenies)},
	"XV-G02": {denied(v1alpha1.ConditionSecurityGroupsReady)},
	"XV-F01": {found(v1alpha1.FindingACLDenies)},
	"XV-F02": {found(v1alpha1.FindingACLDeniesAnswers)},
	"XV-U01": {found(v1alpha1.FindingPathMTU)},
	"XV-B01": {clusterDenied(to, v1alpha1.ConditionReachable)},
	"XV-B02": {clusterDenied(to, v1alpha1.ConditionCiliumConfigured), func(e *Evidence) { e.To.Cluster.Status.Cilium.EffectiveCIDR = "10.12.0.0/16" }},
	"XV-B03": {clusterDenied(to, v1alpha1.ConditionNodesUpToDate)},
	"XV-K03": {func(e *Evidence) { e.To.Pod.Status.PodIP = "" }},
	"XV-K04": {func(e *Evidence) {
		e.To.Policies.Kubernetes = append(e.To.Policies.Kubernetes, policy("stock", networkingv1.PolicyTypeIngress, "10.12.0.0/16"))
	}},
	"XV-K09": {toPolicy(`{"kind":"CiliumNetworkPolicy","spec":{"endpointSelector":{"matchLabels":{"k8s:app":"stock"}},"ingress":[{"fromEndpoints":[{}]}]}}`)},
	"XV-K10": {toPolicy(`{"kind":"CiliumClusterwideNetworkPolicy","spec":{"endpointSelector":{},"ingressDeny":[{"fromCIDRSet":[{"cidr":"10.0.0.0/8"}]}]}}`)},
	"XV-K06": {toPolicy(`{"kind":"CiliumNetworkPolicy","spec":{"endpointSelector":{},"ingress":[{"fromCIDR":["10.11.0.0/16"],"toPorts":[{"ports":[{"port":"web"}]}]}]}}`, "8080")},
	"XV-H01": {denied(v1alpha1.ConditionDNSReady)},
	"XV-P01": {found("SomethingNew")},
	"XV-V01": {func(e *Evidence) { e.Peering.Status.Verification.Results[0].Passed = false }},
}

// doubts are the changes that make a check Unclear, where it never fails: what it asks is not judged here.
var doubts = map[string][]func(*Evidence){
	"XV-K12": {
		admin(from, `{"kind":"AdminNetworkPolicy","spec":{"subject":{"namespaces":{}},"egress":[{"action":"Deny"}]}}`),
		admin(from, `{"kind":"ClusterNetworkPolicy","spec":{"subject":{"pods":{"namespaceSelector":{},"podSelector":{"matchLabels":{"app":"cart"}}}},"egress":[{"action":"Pass"}]}}`),
		func(e *Evidence) { e.From.Policies.Unread = map[string]string{"AdminNetworkPolicy": "forbidden"} },
	},
	"XV-K13": {
		fromPolicy(`{"kind":"CiliumNetworkPolicy","spec":{"endpointSelector":{},"egress":[{"toCIDR":["10.12.0.0/16"],"toPorts":[{"ports":[{"port":"80"}],"rules":{"http":[{"method":"GET"}]}}]}]}}`),
		fromPolicy(`{"kind":"CiliumNetworkPolicy","spec":{"endpointSelector":{},"egress":[{"toCIDR":["10.12.0.0/16"],"toPorts":[{"ports":[{"port":"443"}],"serverNames":["a.example"]}]}]}}`, "443"),
	},
	"XV-K14": {admin(to, `{"kind":"BaselineAdminNetworkPolicy","spec":{"subject":{"namespaces":{}},"ingress":[{"action":"Deny"}]}}`)},
	"XV-S05": {
		func(e *Evidence) { e.From.Agent = Agent{NotForNode: true} },
		func(e *Evidence) { e.From.Agent = Agent{Unread: "Ask for that right."} },
		func(e *Evidence) { e.From.Agent.Ready = false },
	},
	"XV-K15": {toPolicy(`{"kind":"CiliumNetworkPolicy","spec":{"endpointSelector":{},"ingress":[{"toPorts":[{"ports":[{"port":"80"}],"rules":{"http":[{"path":"/"}]}}]}]}}`)},
}

// TestWhatIsNotJudgedIsUnclearAndNoOtherCheckIs, and what is not about the pod, the direction or the port is no doubt.
func TestWhatIsNotJudgedIsUnclearAndNoOtherCheckIs(t *testing.T) {
	for code, mutates := range doubts {
		for i, mutate := range mutates {
			evidence := healthy()
			mutate(&evidence)
			for _, step := range Walk(evidence) {
				if want := step.Code == code; (step.Outcome == Unclear) != want || !want && step.Outcome != Holds {
					t.Errorf("%s, change %d: %s is %s: %s", code, i, step.Code, step.Outcome, step.Said)
				}
			}
		}
	}
	for name, mutate := range map[string]func(*Evidence){
		"administrators: the other direction":  admin(from, `{"kind":"AdminNetworkPolicy","spec":{"subject":{"namespaces":{}},"ingress":[{"action":"Deny"}]}}`),
		"administrators: other pods":           admin(to, `{"kind":"AdminNetworkPolicy","spec":{"subject":{"pods":{"namespaceSelector":{},"podSelector":{"matchLabels":{"app":"other"}}}},"ingress":[{}]}}`),
		"a rule into packets, on other ports":  fromPolicy(`{"kind":"CiliumNetworkPolicy","spec":{"endpointSelector":{},"egress":[{"toEntities":["all"]},{"toCIDR":["10.12.0.0/16"],"toPorts":[{"ports":[{"port":"80"}],"rules":{"http":[{}]}}]}]}}`, "443"),
		"a rule into packets, of others":       fromPolicy(`{"kind":"CiliumNetworkPolicy","spec":{"endpointSelector":{},"egress":[{"toCIDR":["10.12.0.0/16"]},{"toCIDR":["192.0.2.0/24"],"toPorts":[{"ports":[{"port":"80"}],"rules":{"http":[{}]}}]}]}}`),
		"a gateway for others":                 gateway(`{"selectors":[{"podSelector":{"matchLabels":{"app":"other"}}}],"destinationCIDRs":["0.0.0.0/0"]}`),
		"a gateway on other nodes":             gateway(`{"selectors":[{"podSelector":{},"nodeSelector":{"matchLabels":{"pool":"gpu"}}}],"destinationCIDRs":["0.0.0.0/0"]}`),
		"a gateway that excludes the peer":     gateway(`{"selectors":[{"podSelector":{}}],"destinationCIDRs":["0.0.0.0/0"],"excludedCIDRs":["10.12.0.0/16"]}`),
		"no agent, where aws-node routes pods": func(e *Evidence) { e.From.Agent, e.From.Cluster.Status.Cilium.Backend = Agent{}, "AWSNode" },
		"Services elsewhere":                   func(e *Evidence) { e.From.Cluster.Status.ServiceCIDRs = []string{"172.20.0.0/16"} },
	} {
		evidence := healthy()
		mutate(&evidence)
		for _, step := range Walk(evidence) {
			if step.Outcome != Holds {
				t.Errorf("%s: %s is %s: %s", name, step.Code, step.Outcome, step.Said)
			}
		}
	}
}

// TestWhatIsWorthKnowingOfAPathThatCarriesPacketsIsARemark and ends no walk.
func TestWhatIsWorthKnowingOfAPathThatCarriesPacketsIsARemark(t *testing.T) {
	for code, mutate := range map[string]func(*Evidence){
		"XV-E01": func(e *Evidence) {
			set(&e.Peering.Status.Conditions, v1alpha1.ConditionPreflightPassed, metav1.ConditionTrue, "VPC vpc-a (requester) "+peering.EnforcesEncryption+".")
		},
		"XV-S04": func(e *Evidence) {
			e.To.Address, e.From.Cluster.Status.ServiceCIDRs = netip.Addr{}, []string{"10.12.0.0/20"}
		},
	} {
		evidence := healthy()
		mutate(&evidence)
		for _, step := range Walk(evidence) {
			if (step.Outcome == Remark) != (step.Code == code) || step.Outcome == NotJudged {
				t.Errorf("%s: %s is %s: %s", code, step.Code, step.Outcome, step.Said)
			}
		}
	}
}

func TestTheCheckOfABrokenHopIsTheFirstThatFails(t *testing.T) {
	for _, check := range Checks() {
		if len(mutations[check.Code])+len(doubts[check.Code]) == 0 {
			t.Errorf("nothing breaks the hop of %s", check.Code)
		}
		for i, mutate := range mutations[check.Code] {
			evidence := healthy()
			mutate(&evidence)
			steps := Walk(evidence)
			first, failed := First(steps)
			if !failed || first.Code != check.Code {
				t.Errorf("%s, mutation %d: the first that fails is %q (%s)", check.Code, i, first.Code, first.Said)
				continue
			}
			at := slices.IndexFunc(steps, func(s Step) bool { return s.Code == check.Code })
			for _, later := range steps[at+1:] {
				if later.Outcome != NotJudged {
					t.Errorf("%s, mutation %d: %s is judged behind it", check.Code, i, later.Code)
				}
			}
		}
	}
}

func TestEveryHopOfAHealthyPairHolds(t *testing.T) {
	for name, evidence := range map[string]Evidence{"there": healthy(), "back": swapped()} {
		for _, step := range Walk(evidence) {
			if step.Outcome != Holds {
				t.Errorf("%s: %s %s: %s", name, step.Code, step.Outcome, step.Said)
			}
		}
	}
}

func swapped() Evidence {
	e := healthy()
	e.From, e.To = e.To, e.From
	return e
}

func TestAPolicyThatAdmitsThePeerIsNotInTheWay(t *testing.T) {
	for name, admitting := range map[string][]networkingv1.NetworkPolicy{
		"the whole block":               {policy("cart", networkingv1.PolicyTypeEgress, "10.12.0.0/16")},
		"one of two":                    {policy("cart", networkingv1.PolicyTypeEgress, "10.99.0.0/16"), policy("cart", networkingv1.PolicyTypeEgress, "10.12.3.4/32")},
		"two halves, of two policies":   {policy("cart", networkingv1.PolicyTypeEgress, "10.12.0.0/17"), policy("cart", networkingv1.PolicyTypeEgress, "10.12.128.0/17")},
		"another pod's":                 {policy("other", networkingv1.PolicyTypeEgress, "10.99.0.0/16")},
		"the other direction":           {policy("cart", networkingv1.PolicyTypeIngress, "10.99.0.0/16")},
		"an exception that is not this": {policy("cart", networkingv1.PolicyTypeEgress, "10.0.0.0/8", "10.99.0.0/16")},
		"a rule without peers": {{Spec: networkingv1.NetworkPolicySpec{
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}, Egress: []networkingv1.NetworkPolicyEgressRule{{}},
		}}},
	} {
		evidence := healthy()
		evidence.From.Policies.Kubernetes, evidence.To.Address = admitting, netip.Addr{} // the whole network, unless one address is admitted
		if name == "one of two" {
			evidence.To.Address = netip.MustParseAddr("10.12.3.4")
		}
		if first, failed := First(Walk(evidence)); failed {
			t.Errorf("%s: %s: %s", name, first.Code, first.Said)
		}
	}
}

func TestWhatIsNotKnownIsNotCalledGood(t *testing.T) {
	evidence := healthy()
	evidence.ManagerSeen = time.Time{}
	set(&evidence.Peering.Status.Conditions, v1alpha1.ConditionPathClear, metav1.ConditionUnknown, "A read was denied.")
	evidence.To.Cluster = nil
	unclear := map[string]bool{}
	for _, step := range Walk(evidence) {
		unclear[step.Code] = step.Outcome == Unclear
	}
	for _, code := range []string{"XV-M03", "XV-R01", "XV-G01", "XV-F01", "XV-P01", "XV-B01", "XV-B02", "XV-B03"} {
		if !unclear[code] {
			t.Errorf("%s is not unclear", code)
		}
	}
}

func TestCodesAreUniqueAndEveryCheckSaysWhatCures(t *testing.T) {
	seen := map[string]bool{}
	for _, check := range Checks() {
		if seen[check.Code] || check.Asks == "" || check.Cure == "" || check.Hop == "" || !strings.HasSuffix(check.Asks, "?") {
			t.Errorf("%+v", check)
		}
		seen[check.Code] = true
	}
}

func TestAJUnitSuiteCountsWhatFailedAndWhatWasNotJudged(t *testing.T) {
	evidence := healthy()
	found(v1alpha1.FindingRouteMissing)(&evidence)
	suite := JUnit("a & b", Walk(evidence))
	if suite.Failures != 1 || suite.Skipped == 0 || suite.Tests != len(Checks()) {
		t.Errorf("%d failures, %d skipped, %d tests", suite.Failures, suite.Skipped, suite.Tests)
	}
	content, err := xml.Marshal(suite)
	if err != nil || !strings.Contains(string(content), `name="a &amp; b"`) {
		t.Errorf("%v %s", err, content)
	}
}

// TestAPathThatWasReadNowIsJudgedWithoutAManager: only what status says is as old as its last look.
func TestAPathThatWasReadNowIsJudgedWithoutAManager(t *testing.T) {
	for name, mutate := range map[string]func(*Evidence){
		"no manager":    func(e *Evidence) { e.ManagerSeen = now.Add(-time.Hour) },
		"a newer spec":  func(e *Evidence) { e.Peering.Generation = 2 },
		"both of these": func(e *Evidence) { e.ManagerSeen, e.Peering.Generation = now.Add(-time.Hour), 2 },
	} {
		evidence := healthy()
		mutate(&evidence)
		found(v1alpha1.FindingRouteMissing)(&evidence)
		evidence.PathReadNow = true
		steps := Walk(evidence)
		if first, _ := First(steps); first.Code != "XV-R01" || !slices.ContainsFunc(steps, func(s Step) bool { return s.Outcome == Unclear }) {
			t.Errorf("%s: %s: %s", name, first.Code, first.Said)
		}
	}
}

func TestWhoHasReadThePathIsNotToldToReadIt(t *testing.T) {
	for readNow, says := range map[bool]string{false: "Read it yourself with --read-aws", true: "Your AWS credentials did not read the path"} {
		evidence := healthy()
		evidence.PathReadNow = readNow
		set(&evidence.Peering.Status.Conditions, v1alpha1.ConditionPathClear, metav1.ConditionUnknown, "A read was denied.")
		for _, step := range Walk(evidence) {
			if step.Code == "XV-R01" && (step.Outcome != Unclear || !strings.Contains(step.Said, says)) {
				t.Errorf("read now %t: %s %s", readNow, step.Outcome, step.Said)
			}
		}
	}
}

// TestAPartThatIsDeniedIsNamedAndTheWalkGoesOn: who asks about a network may mean another address of it.
func TestAPartThatIsDeniedIsNamedAndTheWalkGoesOn(t *testing.T) {
	evidence := healthy()
	policy := policies.CiliumPolicy{TypeMeta: metav1.TypeMeta{Kind: policies.KindCilium}}
	if err := json.Unmarshal([]byte(`{"spec":{"endpointSelector":{},"egress":[{"toEntities":["all"]}],"egressDeny":[{"toCIDR":["10.12.0.10/32"]}]}}`), &policy); err != nil {
		t.Fatal(err)
	}
	evidence.From.Policies.Cilium = []policies.CiliumPolicy{policy}
	evidence.To.Address = netip.Addr{}
	steps := Walk(evidence)
	if first, failed := First(steps); failed {
		t.Errorf("%s: %s", first.Code, first.Said)
	}
	for _, step := range steps {
		if step.Code == "XV-K07" && (step.Outcome != Unclear || !strings.Contains(step.Said, "denies 10.12.0.10/32 of the peer in egressDeny")) {
			t.Errorf("%s: %s", step.Outcome, step.Said)
		}
	}
}

// TestWhatIsHeldBackAndCarriesPacketsIsARemark: what stops packets behind it is still named, and by itself it stops none.
func TestWhatIsHeldBackAndCarriesPacketsIsARemark(t *testing.T) {
	for name, mutate := range map[string]func(*Evidence){
		"paused": paused, "mode Plan": onlyPlanned, "an outdated plan": held(v1alpha1.ReasonPlanOutdated), "a plan to approve": held(v1alpha1.ReasonAwaitingApproval),
	} {
		evidence := healthy()
		mutate(&evidence)
		steps := Walk(evidence)
		at := slices.IndexFunc(steps, func(s Step) bool { return s.Code == "XV-M05" })
		if first, failed := First(steps); failed || steps[at].Outcome != Remark {
			t.Errorf("%s: %q fails, and the intent is called %s", name, first.Code, steps[at].Outcome)
		}
		if tree := Tree("", steps); tree.State != view.AtRest {
			t.Errorf("%s: the whole is %s", name, tree.State)
		}
		found(v1alpha1.FindingRouteMissing)(&evidence)
		if first, _ := First(Walk(evidence)); first.Code != "XV-R01" {
			t.Errorf("%s, and a route is missing: the first that fails is %q", name, first.Code)
		}
	}
}
