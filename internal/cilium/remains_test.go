package cilium

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestPoliciesSelectPodsThatHaveAnAddressOfTheirOwnAndHaveNotEnded(t *testing.T) {
	pod := func(name, node string, host bool, phase corev1.PodPhase) corev1.Pod {
		return corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Labels: map[string]string{"name": name}},
			Spec:       corev1.PodSpec{NodeName: node, HostNetwork: host}, Status: corev1.PodStatus{Phase: phase},
		}
	}
	nodes := []corev1.Node{{ObjectMeta: metav1.ObjectMeta{Name: "a", Labels: map[string]string{"pool": "a"}}}, {ObjectMeta: metav1.ObjectMeta{Name: "b", Labels: map[string]string{"pool": "b"}}}}
	got := EndpointsOf([]corev1.Pod{pod("web", "b", false, corev1.PodRunning), pod("proxy", "a", true, corev1.PodRunning), pod("job", "a", false, corev1.PodSucceeded), pod("new", "", false, corev1.PodPending)}, nodes)
	want := []Endpoint{
		{Namespace: "shop", Labels: map[string]string{"name": "web"}, NodeLabels: map[string]string{"pool": "b"}},
		{Namespace: "shop", Labels: map[string]string{"name": "new"}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, err := EgressPolicyFromUnstructured(&unstructured.Unstructured{Object: map[string]any{"spec": "none"}}); err == nil || !strings.Contains(err.Error(), "CiliumEgressGatewayPolicy") {
		t.Errorf("of a policy that cannot be read: %v", err)
	}
}

func TestAFootprintIsOnlyOfWhatIsProven(t *testing.T) {
	all := Footprint{SubnetIDs: []string{"subnet-a", "subnet-b", "subnet-c"}, Interfaces: []Interface{
		{ID: "eni-1", Node: "a", SubnetID: "subnet-b"}, {ID: "eni-2", Node: "a", SubnetID: "subnet-a"}, {ID: "eni-2", Node: "b", SubnetID: "subnet-c"}, {ID: "eni-3", Node: "b", SubnetID: "subnet-a"},
	}}
	proven := map[InterfaceKey]bool{{Node: "a", ID: "eni-1"}: true, {Node: "a", ID: "eni-2"}: true, {Node: "b", ID: "eni-3"}: true}
	only := all.Only(func(i Interface) bool { return proven[i.Key()] })
	if d := cmp.Diff([]string{"subnet-a", "subnet-b"}, only.SubnetIDs); d != "" || len(only.Interfaces) != 3 {
		t.Errorf("%s%v", d, only.Interfaces)
	}
	if len(all.Interfaces) != 4 || len(all.SubnetIDs) != 3 {
		t.Error("what it was made of was changed")
	}
	groups := Footprint{Interfaces: []Interface{{CarriesPods: true}, {CarriesPods: true, SecurityGroupIDs: []string{"sg-1"}}, {SecurityGroupIDs: []string{"sg-2"}}}}
	if d := cmp.Diff([][]string{{"sg-1"}}, groups.PodGroupSets()); d != "" {
		t.Error(d)
	}
}

func TestWhatANodeSaysWithoutInterfacesCountsToo(t *testing.T) {
	var fresh CiliumNode
	fresh.Metadata.Name = "fresh"
	fresh.Spec.ENI.VPCID, fresh.Spec.ENI.NodeSubnetID, fresh.Spec.ENI.AvailabilityZone = "vpc-0eu", "subnet-x", "eu-west-1a"
	found, err := Discover([]CiliumNode{fresh}, Pin{})
	if err != nil || found.VPCID != "vpc-0eu" || len(found.SubnetIDs) != 1 || found.SubnetIDs[0] != "subnet-x" {
		t.Errorf("found %+v: %v", found, err)
	}
	mute := ciliumNode(t)
	mute.Spec.ENI.VPCID, mute.Spec.ENI.NodeSubnetID = "", ""
	if found, err := Discover([]CiliumNode{mute}, Pin{}); err != nil || found.VPCID != "vpc-0eu" {
		t.Errorf("by its interfaces alone: %+v, %v", found, err)
	}
}

func TestC7AValueThatWasThereWhenWeCameBeginsTheHistoryWithNothingLost(t *testing.T) {
	began := History{}.Begin(at(10)).Observe(prefix(wideCIDR), at(10))
	for name, test := range map[string]struct {
		history History
		i       int
		want    bool
	}{
		"the beginning":                       {began, 0, true},
		"the value itself":                    {began, 1, false},
		"a history of nothing but that":       {began[:1], 0, false},
		"none of ours, and the value later":   {released, 0, false},
		"one that begins with a value":        {History{period(wideCIDR, 10), period(widerCIDR, 10)}, 0, false},
		"an end without a value in its midst": {History{period(wideCIDR, 5), {From: at(10)}, period(widerCIDR, 10)}, 1, false},
	} {
		if got := test.history.Began(test.i); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if len(began) != 2 || began[0].CIDR.IsValid() || !began[0].From.Equal(at(10)) {
		t.Errorf("it began with %v", began)
	}
}

func TestAListIsWrittenInPlaceOfAValueWhereThatIsTheWay(t *testing.T) {
	for kind, want := range map[Kind]bool{KindIPMasqAgent: true, KindExcludeSNAT: true, KindNativeRoutingCIDR: false, KindNotRequired: false} {
		if got := (Decision{Kind: kind}).WritesList(); got != want {
			t.Errorf("%s: %t", kind, got)
		}
	}
}

func TestAPodIsOlderOnlyWhereItRunsAndHadItsRulesBefore(t *testing.T) {
	started := func(minute float64) Pod { return Pod{Namespace: "default", Name: "p", Started: at(minute)} }
	host, ended := started(1), started(1)
	host.HostNetwork, ended.Finished = true, true
	for name, test := range map[string]struct {
		pod  Pod
		want bool
	}{"before": {started(1), true}, "at that time": {started(5), true}, "after": {started(6), false}, "on the host's network": {host, false}, "ended": {ended, false}, "not started": {Pod{}, false}} {
		if got := test.pod.OlderThan(at(5)); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestWhatStatusShowsOfThePeersWithoutIPv4(t *testing.T) {
	for name, test := range map[string]struct {
		in   Input
		want string
	}{
		"no peer at all":                         {scene(peers()), "No peering needs a route from this cluster's pods."},
		"IPv6 alone, and one block":              {scene(peers("fd00:1::/56")), "No peer has an IPv4 block, and crossvpc writes nothing for IPv6."},
		"it says which are not reached":          {scene(peers("fd00:1::/56")), "do not reach fd00:1::/56 with their own address."},
		"nothing is masqueraded":                 {scene(options("enable-ipv4-masquerade", "false")), "Cilium does not masquerade IPv4"},
		"nothing is any more, and it is awaited": {scene(options("enable-ipv4-masquerade", "false"), awaited), "It masqueraded before: crossvpc renews the nodes"},
	} {
		if d := Decide(test.in); !strings.Contains(d.Message, test.want) {
			t.Errorf("%s: %q, want %q", name, d.Message, test.want)
		}
	}
	d := Decide(scene(options("enable-ipv4-masquerade", "false"), awaited))
	if d.Kind != KindNativeRoutingCIDR || !d.SetByOthers || d.CIDR != prefix("10.12.0.0/16") || d.Needed != prefix("10.12.0.0/16") {
		t.Errorf("nodes that are older are renewed for %+v", d)
	}
	if d := Decide(scene(options("enable-ipv4-masquerade", "false"))); d.Kind != KindNotRequired {
		t.Errorf("where it never was: %+v", d)
	}
}

func TestWhatWeAloneWroteToTheConfigMapIsOursAndNoOthers(t *testing.T) {
	value := options(NativeRoutingKey, wideCIDR)
	if facts := scene(value, heldBy(testOwner.FieldManager())).Facts; facts.Applied != prefix(wideCIDR) || len(facts.KeyHolders) != 0 {
		t.Errorf("ours: %v, others %v", facts.Applied, facts.KeyHolders)
	}
	if facts := scene(value, heldBy("helm")).Facts; facts.Applied.IsValid() || len(facts.KeyHolders) != 1 {
		t.Errorf("of helm's: %v, others %v", facts.Applied, facts.KeyHolders)
	}
	if facts := scene(value).Facts; facts.Applied.IsValid() {
		t.Errorf("of nobody's: %v", facts.Applied)
	}
}

func TestOptionsOfOneNodeDoNotMakeTheOthersDiffer(t *testing.T) {
	wide := foreign("wide", "10.0.0.0/8", everyNode)
	d := Decide(scene(nodeConfigs(wide), awaited))
	if !d.SetByOthers || d.CIDR != prefix("10.0.0.0/8") {
		t.Errorf("one value for all: %+v", d)
	}
	gpu := foreign("x-gpu", "10.0.0.0/9", gpuNodes)
	if d := Decide(scene(nodeConfigs(wide, gpu), awaited)); d.SetByOthers {
		t.Errorf("two values: %+v", d)
	}
	first := foreign("x-first", "10.0.0.0/9", &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelHostname: "a"}})
	if d := Decide(scene(nodeConfigs(wide, first), awaited)); d.SetByOthers {
		t.Errorf("the first node has another value: %+v", d)
	}
}

func TestAVPCWithoutAnIPv4BlockIsNotKnownYet(t *testing.T) {
	for name, primary := range map[string]netip.Prefix{"none": {}, "IPv6": prefix("fd00::/56")} {
		in := scene()
		in.VPC.Primary = primary
		if d := Decide(in); d.Reason != ReasonClusterNotResolved {
			t.Errorf("%s: %s", name, d.Message)
		}
	}
}

func TestTheWidestReleasedValueIsInForceAndTheFirstOfEqualOnes(t *testing.T) {
	released := func(value string) Revision { return Revision{prefix(value), Selection{Mode: SelectAllBut}} }
	if got := InForce([]Revision{released("10.8.0.0/13"), released("10.0.0.0/12"), released("172.16.0.0/12")}); got != prefix("10.0.0.0/12") {
		t.Errorf("in force is %s", got)
	}
	if got := InForce([]Revision{{prefix("10.0.0.0/8"), Selection{Mode: SelectCanary, Hostnames: []string{"a"}}}}); got.IsValid() {
		t.Errorf("a canary's value is in force: %s", got)
	}
	two := &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
		{Key: corev1.LabelHostname, Operator: metav1.LabelSelectorOpIn, Values: []string{"a"}}, {Key: "pool", Operator: metav1.LabelSelectorOpIn, Values: []string{"gpu"}},
	}}
	if _, ok := readSelector(two); ok {
		t.Error("two expressions are none of ours")
	}
}

func TestAnAgentReadItsOptionsWhenItsInitContainerEndedOrElseWhenItWasMade(t *testing.T) {
	if got := agent(10).configRead(); !got.Equal(at(10.1)) {
		t.Errorf("read at %s", got)
	}
	unknown := agent(10, func(a *Agent) { a.ConfigRead = time.Time{} })
	if got := unknown.configRead(); !got.Equal(at(10)) {
		t.Errorf("read at %s", got)
	}
}

func TestWordsAfterTheProgramAreItsArgumentsWhereverItStands(t *testing.T) {
	for name, test := range map[string]struct {
		container corev1.Container
		want      []string
	}{
		"the program first":      {corev1.Container{Command: []string{"cilium-agent", "--a"}}, []string{"--a"}},
		"by its path":            {corev1.Container{Command: []string{"/usr/bin/cilium-agent"}, Args: []string{"--a"}}, []string{"--a"}},
		"behind a wrapper":       {corev1.Container{Command: []string{"wrap", "-x", "cilium-agent", "--a"}}, []string{"--a"}},
		"arguments of the image": {corev1.Container{Args: []string{"--a", "--b"}}, []string{"--a", "--b"}},
	} {
		if d := cmp.Diff(test.want, arguments(test.container, "cilium-agent")); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	from := corev1.EnvVar{Name: "X", ValueFrom: &corev1.EnvVarSource{}}
	if got := expanded("$(X)-$(Y)-$$", []corev1.EnvVar{{Name: "Y", Value: "y"}, from}); got != "$(X)-y-$" {
		t.Errorf("expanded to %q", got)
	}
}

func TestAnEmptyVariableTakesBackOneOfTheSameName(t *testing.T) {
	name := "CILIUM_IPV4_NATIVE_ROUTING_CIDR"
	container := corev1.Container{Env: []corev1.EnvVar{{Name: name, Value: "10.0.0.0/8"}, {Name: name}}}
	if got := agentEnvironment(container); got != nil {
		t.Errorf("it is %v", got)
	}
}
