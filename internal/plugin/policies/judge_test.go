package policies

import (
	"encoding/json"
	"net/netip"
	"os"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/internal/cilium"
)

// subject is the pod shop/cart with policies written as people write them; "spec" alone is a CiliumNetworkPolicy.
func subject(t *testing.T, texts ...string) Subject {
	t.Helper()
	s := Subject{
		Pod: &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cart-0", Labels: map[string]string{"app": "cart"}}, Spec: corev1.PodSpec{
			Containers: []corev1.Container{{Ports: []corev1.ContainerPort{{Name: "web", ContainerPort: 8080}, {Name: "dns", ContainerPort: 5353, Protocol: corev1.ProtocolUDP}}}},
		}},
		Namespace: &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: map[string]string{"team": "blue"}}},
		Groups: []cilium.CIDRGroup{{
			Metadata: cilium.NodeConfigMetadata{Name: "crossvpc-network.eu-us", Labels: map[string]string{cilium.LabelPeeringName: "eu-us"}},
			Spec:     cilium.CIDRGroupSpec{ExternalCIDRs: []string{"10.12.0.0/16"}},
		}},
	}
	for _, text := range texts {
		content, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		object := &unstructured.Unstructured{}
		if err := json.Unmarshal(content, &object.Object); err != nil {
			t.Fatal(err)
		}
		object.SetName("only")
		switch {
		case object.GetKind() == KindKubernetes:
			policy := networkingv1.NetworkPolicy{}
			if err := json.Unmarshal(content, &policy); err != nil {
				t.Fatal(err)
			}
			policy.Name = "plain"
			s.Kubernetes = append(s.Kubernetes, policy)
			continue
		case object.GetKind() == "":
			object.SetKind(KindCilium)
		}
		object.SetAPIVersion("cilium.io/v2")
		policy, err := CiliumFromUnstructured(object)
		if err != nil {
			t.Fatal(err)
		}
		s.Cilium = append(s.Cilium, policy)
	}
	return s
}

func peer(blocks ...string) Peer {
	found := Peer{}
	for _, block := range blocks {
		found.Blocks = append(found.Blocks, netip.MustParsePrefix(block))
	}
	return found
}

// cart selects the pod.
const cart = "spec: {endpointSelector: {matchLabels: {app: cart}}, "

func TestCiliumsPoliciesAreJudgedAsCiliumEnforcesThem(t *testing.T) {
	content, err := os.ReadFile("testdata/egress.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name     string
		Refused  bool // by Cilium
		Want     Verdict
		Policies []string
	}
	if err := yaml.UnmarshalStrict(content, &cases); err != nil || len(cases) < 40 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, test := range cases {
		if got := subject(t, test.Policies...).ByKind(KindCilium, Egress, peer("10.12.0.0/16")); got.Verdict != test.Want {
			t.Errorf("%s: %+v, want %s", test.Name, got, test.Want)
		}
	}
}

func TestAPolicyOfAnotherKindIsNotBlamed(t *testing.T) {
	plain := "{kind: NetworkPolicy, spec: {podSelector: {}, policyTypes: [Egress]}}"
	clusterwide := "{kind: CiliumClusterwideNetworkPolicy, spec: {endpointSelector: {}, egress: [{}]}}"
	for name, test := range map[string]struct {
		policies []string
		closed   string
	}{
		"a NetworkPolicy":      {[]string{plain}, KindKubernetes},
		"one of the cluster":   {[]string{clusterwide}, KindClusterwide},
		"one of the namespace": {[]string{cart + "egress: [{}]}"}, KindCilium},
	} {
		s := subject(t, test.policies...)
		for _, kind := range []string{KindKubernetes, KindCilium, KindClusterwide} {
			want := Open
			if kind == test.closed {
				want = Closed
			}
			if got := s.ByKind(kind, Egress, peer("10.12.0.0/16")); got.Verdict != want {
				t.Errorf("%s, asked about %s: %+v, want %s", name, kind, got, want)
			}
		}
	}
}

func TestPortsCountWhereOneIsAskedFor(t *testing.T) {
	block := "fromCIDR: [10.12.0.0/16]"
	plain := func(ports string) string {
		return "{kind: NetworkPolicy, spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.12.0.0/16}}], ports: " + ports + "}]}}"
	}
	for name, test := range map[string]struct {
		policy, port string
		want         Verdict
	}{
		"no ports":                       {cart + "ingress: [{" + block + "}]}", "8080", Admitted},
		"that port":                      {cart + "ingress: [{" + block + ", toPorts: [{ports: [{port: \"8080\", protocol: TCP}]}]}]}", "8080", Admitted},
		"another port":                   {cart + "ingress: [{" + block + ", toPorts: [{ports: [{port: \"443\", protocol: TCP}]}]}]}", "8080", Closed},
		"another protocol":               {cart + "ingress: [{" + block + ", toPorts: [{ports: [{port: \"8080\", protocol: UDP}]}]}]}", "8080", Closed},
		"any protocol":                   {cart + "ingress: [{" + block + ", toPorts: [{ports: [{port: \"8080\", protocol: ANY}]}]}]}", "8080/udp", Admitted},
		"in a range":                     {cart + "ingress: [{" + block + ", toPorts: [{ports: [{port: \"8000\", endPort: 8999}]}]}]}", "8080", Admitted},
		"behind a range":                 {cart + "ingress: [{" + block + ", toPorts: [{ports: [{port: \"8000\", endPort: 8079}]}]}]}", "8080", Closed},
		"all ports of a protocol":        {cart + "ingress: [{" + block + ", toPorts: [{ports: [{port: \"0\", protocol: TCP}]}]}]}", "8080", Admitted},
		"the container's name":           {cart + "ingress: [{" + block + ", toPorts: [{ports: [{port: web}]}]}]}", "8080", Admitted},
		"a name of another protocol":     {cart + "ingress: [{" + block + ", toPorts: [{ports: [{port: dns, protocol: TCP}]}]}]}", "5353/udp", Closed},
		"a name that is not there":       {cart + "ingress: [{" + block + ", toPorts: [{ports: [{port: other}]}]}]}", "8080", Closed},
		"only ICMP":                      {cart + "ingress: [{" + block + ", icmps: [{fields: [{type: 8}]}]}]}", "8080", Closed},
		"NetworkPolicy: that port":       {plain("[{port: 8080}]"), "8080", Admitted},
		"NetworkPolicy: TCP is meant":    {plain("[{port: 8080}]"), "8080/udp", Closed},
		"NetworkPolicy: all of UDP":      {plain("[{protocol: UDP}]"), "53/udp", Admitted},
		"NetworkPolicy: a range":         {plain("[{port: 8000, endPort: 8999}]"), "8080", Admitted},
		"NetworkPolicy: behind a range":  {plain("[{port: 8000, endPort: 8079}]"), "8080", Closed},
		"NetworkPolicy: by name":         {plain("[{port: web}]"), "8080", Admitted},
		"NetworkPolicy: name not there":  {plain("[{port: other}]"), "8080", Closed},
		"NetworkPolicy: one of two":      {plain("[{port: 443}, {port: 8080}]"), "8080", Admitted},
		"nobody selects the pod at all":  {"spec: {endpointSelector: {matchLabels: {app: other}}, ingress: [{}]}", "8080", Open},
		"the port without any addresses": {cart + "ingress: [{toPorts: [{ports: [{port: \"8080\"}]}]}]}", "8080", Admitted},
	} {
		asked := peer("10.12.0.0/16")
		port, err := ParsePort(test.port)
		if err != nil {
			t.Fatal(err)
		}
		asked.Port = &port
		s := subject(t, test.policy)
		if got := s.ByPort(Ingress, asked); got.Verdict != test.want {
			t.Errorf("%s: %+v, want %s", name, got, test.want)
		}
	}
}

func TestADenialCountsOnItsPortAlone(t *testing.T) {
	s := subject(t, cart+"egress: [{toEntities: [all]}], egressDeny: [{toEntities: [world], toPorts: [{ports: [{port: \"25\"}]}]}]}")
	for text, want := range map[string]Verdict{"25": Denied, "443": Admitted} {
		port, err := ParsePort(text)
		if err != nil {
			t.Fatal(err)
		}
		asked := peer("10.12.0.0/16")
		asked.Port = &port
		if got := s.ByKind(KindCilium, Egress, asked); got.Verdict != want {
			t.Errorf("port %s: %+v, want %s", text, got, want)
		}
	}
}

// TestWhatCouldNotBeReadIsNotJudged: policies that are not read may close the pod, and may admit what the others close.
func TestWhatCouldNotBeReadIsNotJudged(t *testing.T) {
	s := subject(t, "{kind: NetworkPolicy, spec: {podSelector: {}, policyTypes: [Egress]}}")
	s.Unread = map[string]string{KindClusterwide: "forbidden"}
	for kind, want := range map[string]Verdict{KindKubernetes: Unsettled, KindCilium: Open, KindClusterwide: Unsettled} {
		if got := s.ByKind(kind, Egress, peer("10.12.0.0/16")); got.Verdict != want {
			t.Errorf("%s: %+v, want %s", kind, got, want)
		}
	}
	s = subject(t, cart+"egress: [{toCIDRSet: [{cidrGroupRef: crossvpc-network.eu-us}]}]}")
	s.Groups, s.Unread = nil, map[string]string{KindGroup: "forbidden"}
	if got := s.ByKind(KindCilium, Egress, peer("10.12.0.0/16")); got.Verdict != Unsettled || !strings.Contains(got.Why, "forbidden") {
		t.Errorf("a group that was not read: %+v", got)
	}
	s = subject(t, "spec: {endpointSelector: {matchLabels: {io.cilium.k8s.namespace.labels.team: red}}, egress: [{toEntities: [world]}]}")
	s.Namespace = nil
	if got := s.ByKind(KindCilium, Egress, peer("10.12.0.0/16")); got.Verdict != Unsettled {
		t.Errorf("a namespace that was not read: %+v", got)
	}
}

func TestAPortIsReadAsPeopleWriteIt(t *testing.T) {
	for text, want := range map[string]string{"8080": "8080/TCP", "53/udp": "53/UDP", "9/SCTP": "9/SCTP"} {
		if port, err := ParsePort(text); err != nil || port.String() != want {
			t.Errorf("%s: %s, %v", text, port, err)
		}
	}
	for _, text := range []string{"", "0", "65536", "http", "80/icmp", "80/", "-1", "80-90"} {
		if port, err := ParsePort(text); err == nil {
			t.Errorf("%q is read as %s", text, port)
		}
	}
}

// TestInAMeshBlocksAndLabelsSettleNothing, neither for who admits nor for who denies; where no policy selects the pod it is open.
func TestInAMeshBlocksAndLabelsSettleNothing(t *testing.T) {
	port := Port{corev1.ProtocolTCP, 8080, 8080}
	asked := peer("10.12.0.0/16")
	asked.Port = &port
	for name, test := range map[string]struct {
		policy string
		want   Verdict
	}{
		"none":                        {"spec: {endpointSelector: {matchLabels: {app: other}}, ingress: [{}]}", Open},
		"its block":                   {cart + "ingress: [{fromCIDR: [10.12.0.0/16]}]}", Unsettled},
		"labels, which may be theirs": {cart + "ingress: [{fromEndpoints: [{matchLabels: {app: cart}}]}]}", Unsettled},
		"denied":                      {cart + "enableDefaultDeny: {ingress: false}, ingressDeny: [{fromCIDR: [10.12.0.0/16]}]}", Unsettled},
		"denied by labels":            {cart + "enableDefaultDeny: {ingress: false}, ingressDeny: [{fromEndpoints: [{matchLabels: {app: cart}}]}]}", Unsettled},
		"denied by labels, elsewhere": {cart + "enableDefaultDeny: {ingress: false}, ingressDeny: [{fromEndpoints: [{}], toPorts: [{ports: [{port: \"25\"}]}]}]}", Open},
		"NetworkPolicy: labels":       {"{kind: NetworkPolicy, spec: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}}", Unsettled},
		"a rule that closes nothing":  {cart + "enableDefaultDeny: {ingress: false}, ingress: [{fromCIDR: [10.13.0.0/16]}]}", Open},
	} {
		s := subject(t, test.policy)
		s.Mesh = "which it is"
		kind := KindCilium
		if len(s.Kubernetes) > 0 {
			kind = KindKubernetes
		}
		if got := s.ByKind(kind, Ingress, asked); got.Verdict != test.want || got.Verdict == Unsettled && got.Why != s.Mesh {
			t.Errorf("%s: %+v, want %s", name, got, test.want)
		}
		if got := s.ByPort(Ingress, asked); got.Verdict == Closed || got.Verdict == Admitted {
			t.Errorf("%s, by port: %+v", name, got)
		}
	}
}

func TestTheDeniedPartIsNamed(t *testing.T) {
	s := subject(t, cart+"egress: [{toEntities: [all]}], egressDeny: [{toCIDR: [10.12.0.10/32, 10.13.0.0/16]}]}")
	got := s.ByKind(KindCilium, Egress, peer("10.12.0.0/16"))
	if got.Verdict != DeniedInPart || len(got.Part) != 1 || got.Part[0].String() != "10.12.0.10/32" {
		t.Errorf("%+v", got)
	}
}

func TestAPartThatIsDeniedIsNotMissedOnAPort(t *testing.T) {
	asked := peer("10.12.0.0/16")
	asked.Port = &Port{corev1.ProtocolTCP, 8080, 8080}
	s := subject(t, cart+"egress: [{toCIDRSet: [{cidr: 10.12.0.0/16, except: [10.12.3.0/24]}]}], egressDeny: [{toCIDR: [10.12.3.0/24]}]}")
	if kind, port := s.ByKind(KindCilium, Egress, asked), s.ByPort(Egress, asked); kind.Verdict != DeniedInPart || port.Verdict != Admitted {
		t.Errorf("%+v, and on the port %+v", kind, port)
	}
}

func TestARuleForNoPortNamesNone(t *testing.T) {
	s := subject(t, cart+"ingress: [{fromCIDR: [10.12.0.0/16], toPorts: [{ports: [{port: other}]}]}]}")
	if got := s.ByKind(KindCilium, Ingress, peer("10.12.0.0/16")); got.Verdict != Closed {
		t.Errorf("%+v", got)
	}
	if got := s.ByPort(Ingress, peer("10.12.0.0/16")); len(got.Ports) > 0 {
		t.Errorf("%+v", got)
	}
}
