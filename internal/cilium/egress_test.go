package cilium

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func egressPolicy(t *testing.T, spec string) EgressPolicy {
	t.Helper()
	object := map[string]any{}
	if err := yaml.Unmarshal([]byte("metadata: {name: to-office}\nspec: "+spec), &object); err != nil {
		t.Fatal(err)
	}
	policy, err := EgressPolicyFromUnstructured(&unstructured.Unstructured{Object: object})
	if err != nil {
		t.Fatal(err)
	}
	return policy
}

func TestAnEgressGatewayThatTakesPodsTrafficToAPeerIsNamed(t *testing.T) {
	t.Parallel()
	pods := []Endpoint{
		{Namespace: "shop", Labels: map[string]string{"app": "web"}, NodeLabels: map[string]string{"pool": "general"}},
		{Namespace: "bank", Labels: map[string]string{"app": "ledger"}, NodeLabels: map[string]string{"pool": "gpu"}},
	}
	const all = `{selectors: [{podSelector: {}}], destinationCIDRs: `
	for name, c := range map[string]struct{ spec, taken string }{
		"everything, of every pod":                {all + `["0.0.0.0/0"]}`, "10.12.0.0/16"},
		"the peer's block":                        {all + `["10.12.0.0/16"]}`, "10.12.0.0/16"},
		"a part of it":                            {all + `["10.12.128.0/17"]}`, "10.12.128.0/17"},
		"a block that is not in canonical form":   {all + `["10.12.3.4/16"]}`, "10.12.0.0/16"},
		"everything but the peer":                 {all + `["0.0.0.0/0"], excludedCIDRs: ["10.12.0.0/16"]}`, ""},
		"everything but more than the peer":       {all + `["0.0.0.0/0"], excludedCIDRs: ["10.0.0.0/8"]}`, ""},
		"everything but half of the peer":         {all + `["0.0.0.0/0"], excludedCIDRs: ["10.12.0.0/17"]}`, "10.12.128.0/17"},
		"something else":                          {all + `["192.0.2.0/24"]}`, ""},
		"IPv6":                                    {all + `["::/0"]}`, ""},
		"what Cilium cannot read":                 {all + `["10.12.0.0/16", "x"]}`, ""},
		"what Cilium cannot read of the excluded": {all + `["10.12.0.0/16"], excludedCIDRs: ["x"]}`, ""},
		"pods by label":                           {`{selectors: [{podSelector: {matchLabels: {app: web}}}], destinationCIDRs: ["0.0.0.0/0"]}`, "10.12.0.0/16"},
		"pods by a label with its source":         {`{selectors: [{podSelector: {matchLabels: {"k8s:app": web}}}], destinationCIDRs: ["0.0.0.0/0"]}`, "10.12.0.0/16"},
		"pods by an expression":                   {`{selectors: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [web, cart]}]}}], destinationCIDRs: ["0.0.0.0/0"]}`, "10.12.0.0/16"},
		"no pod there is":                         {`{selectors: [{podSelector: {matchLabels: {app: mail}}}], destinationCIDRs: ["0.0.0.0/0"]}`, ""},
		"no pod, by a label that is missing":      {`{selectors: [{podSelector: {matchExpressions: [{key: egress, operator: Exists}]}}], destinationCIDRs: ["0.0.0.0/0"]}`, ""},
		"pods of a namespace, as Cilium says it":  {`{selectors: [{podSelector: {matchLabels: {"io.kubernetes.pod.namespace": shop}}}], destinationCIDRs: ["0.0.0.0/0"]}`, "10.12.0.0/16"},
		"pods of no namespace there is":           {`{selectors: [{podSelector: {matchLabels: {"k8s:io.kubernetes.pod.namespace": mail}}}], destinationCIDRs: ["0.0.0.0/0"]}`, ""},
		"pods by a label that Cilium makes":       {`{selectors: [{podSelector: {matchLabels: {"io.cilium.k8s.policy.serviceaccount": web}}}], destinationCIDRs: ["0.0.0.0/0"]}`, "10.12.0.0/16"},
		"namespaces by name":                      {`{selectors: [{namespaceSelector: {matchLabels: {"kubernetes.io/metadata.name": shop}}}], destinationCIDRs: ["0.0.0.0/0"]}`, "10.12.0.0/16"},
		"no namespace by name":                    {`{selectors: [{namespaceSelector: {matchLabels: {"kubernetes.io/metadata.name": mail}}}], destinationCIDRs: ["0.0.0.0/0"]}`, ""},
		"namespaces by a label nobody reads":      {`{selectors: [{namespaceSelector: {matchLabels: {team: a}}}], destinationCIDRs: ["0.0.0.0/0"]}`, "10.12.0.0/16"},
		"a pod of another namespace":              {`{selectors: [{namespaceSelector: {matchLabels: {"kubernetes.io/metadata.name": bank}}, podSelector: {matchLabels: {app: web}}}], destinationCIDRs: ["0.0.0.0/0"]}`, ""},
		"pods of nodes":                           {`{selectors: [{podSelector: {}, nodeSelector: {matchLabels: {pool: gpu}}}], destinationCIDRs: ["0.0.0.0/0"]}`, "10.12.0.0/16"},
		"pods of no node there is":                {`{selectors: [{podSelector: {}, nodeSelector: {matchLabels: {pool: arm}}}], destinationCIDRs: ["0.0.0.0/0"]}`, ""},
		"a pod that is on another node":           {`{selectors: [{podSelector: {matchLabels: {app: web}}, nodeSelector: {matchLabels: {pool: gpu}}}], destinationCIDRs: ["0.0.0.0/0"]}`, ""},
		"nodes without pods, which is refused":    {`{selectors: [{nodeSelector: {}}], destinationCIDRs: ["0.0.0.0/0"]}`, ""},
		"nobody":                                  {`{selectors: [], destinationCIDRs: ["0.0.0.0/0"]}`, ""},
	} {
		in := scene()
		in.EgressPolicies, in.Endpoints = []EgressPolicy{egressPolicy(t, c.spec)}, pods
		d := Decide(in)
		remark := " CiliumEgressGatewayPolicy to-office sends what the pods that it selects send to " + c.taken + " through its gateway, with the gateway's address. Add these blocks to its excludedCIDRs."
		if named := strings.Contains(d.Message, "CiliumEgressGatewayPolicy"); named != (c.taken != "") || named && !strings.HasSuffix(d.Message, remark) {
			t.Errorf("%s: %q", name, d.Message)
		}
		if d.Kind != KindNativeRoutingCIDR {
			t.Errorf("%s: it is a remark, and no obstacle: %s", name, d.Kind)
		}
	}
}

func TestARemarkNamesAFewPoliciesAndWhatMayNotBeRead(t *testing.T) {
	t.Parallel()
	in := scene(options("enable-ipv4-masquerade", "false"))
	for range 5 {
		in.EgressPolicies = append(in.EgressPolicies, egressPolicy(t, `{selectors: [{podSelector: {}}], destinationCIDRs: ["0.0.0.0/0"]}`))
	}
	in.Endpoints = []Endpoint{{Namespace: "shop"}}
	if d := Decide(in); d.Kind != KindNotRequired || !strings.HasSuffix(d.Message, "So do 2 more CiliumEgressGatewayPolicies.") {
		t.Errorf("%s: %s", d.Kind, d.Message)
	}
	in = scene()
	in.Unseen = "CiliumEgressGatewayPolicies"
	if d := Decide(in); d.Kind != KindNativeRoutingCIDR || !strings.HasSuffix(d.Message, "crossvpc may not read CiliumEgressGatewayPolicies. Apply config/cluster/role.yaml again.") {
		t.Errorf("%s: %s", d.Kind, d.Message)
	}
}

func TestAnEgressGatewayTakesWhatAPodThatItSelectsSendsToItsBlocks(t *testing.T) {
	t.Parallel()
	policy := egressPolicy(t, "{selectors: [{podSelector: {matchLabels: {app: cart}}}], destinationCIDRs: [10.12.0.0/16]}")
	peer := prefixes("10.12.0.0/16", "10.13.0.0/16")
	if taken := policy.Takes(Endpoint{Namespace: "shop", Labels: map[string]string{"app": "cart"}}, peer); !slices.Equal(taken, prefixes("10.12.0.0/16")) {
		t.Errorf("of a pod that is selected it takes %v", taken)
	}
	if taken := policy.Takes(Endpoint{Namespace: "shop", Labels: map[string]string{"app": "stock"}}, peer); len(taken) > 0 {
		t.Errorf("of another pod it takes %v", taken)
	}
}

func TestNodesDecideOnlyWhereASelectorNamesThem(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]bool{
		"{selectors: [{podSelector: {}}]}":                                        false,
		"{selectors: [{podSelector: {}}, {nodeSelector: {matchLabels: {a: b}}}]}": true,
		"{selectors: []}": false,
	} {
		if got := egressPolicy(t, spec).ByNode(); got != want {
			t.Errorf("%s: %v", spec, got)
		}
	}
}
