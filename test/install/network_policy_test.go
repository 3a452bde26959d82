package install

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// ciliumPolicies is what the API server of a cluster with Cilium serves besides.
const ciliumPolicies = "cilium.io/v2/CiliumNetworkPolicy"

// policies are the chart's network policies, by kind, for a cluster with Cilium.
func policies(t *testing.T, values string, served ...string) map[string]*unstructured.Unstructured {
	t.Helper()
	manifest, err := renderFor(parseValues(t, values), releaseName, namespace, served...)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]*unstructured.Unstructured{}
	for _, object := range parse(t, manifest) {
		if strings.HasSuffix(object.GetKind(), "NetworkPolicy") {
			found[object.GetKind()] = object
		}
	}
	return found
}

func TestTheChartsNetworkPoliciesAreThoseOfTheKustomizeTree(t *testing.T) {
	want, got := "", ""
	for _, folder := range []string{"config/network-policy/cilium", "config/network-policy"} {
		for _, object := range kustomize(t, folder) {
			want += bare(t, object)
		}
	}
	rendered := policies(t, "networkPolicy: {enabled: true}", ciliumPolicies)
	for _, kind := range []string{"CiliumNetworkPolicy", "NetworkPolicy"} {
		object := rendered[kind]
		if object == nil {
			t.Fatalf("the chart has no %s", kind)
		}
		expectLabels(t, object)
		unstructured.RemoveNestedField(object.Object, "metadata", "annotations") // waves of Argo CD
		got += bare(t, object)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-kustomize +chart:\n%s", diff)
	}
}

func TestTheNetworkPolicyLetsTheChosenCredentialsOut(t *testing.T) {
	const agent, metadata = "169.254.170.23/32", "169.254.169.254/32"
	role := ", roleARN: " + operatorsRole
	for name, test := range map[string]struct {
		values          string
		agent, metadata bool
	}{
		"Pod Identity":                       {"aws: {credentials: PodIdentity}", true, false},
		"IRSA asks STS":                      {"aws: {credentials: IRSA" + role + "}", false, false},
		"keys ask nobody":                    {"aws: {credentials: Static, secretName: aws}", false, false},
		"Pod Identity and instance metadata": {"aws: {instanceMetadata: true}", true, true},
		"IRSA and instance metadata":         {"aws: {credentials: IRSA, instanceMetadata: true" + role + "}", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			found := policies(t, "networkPolicy: {enabled: true}\n"+test.values, ciliumPolicies)
			if got := letsOut(t, found["NetworkPolicy"], agent); got != test.agent {
				t.Errorf("the agent of Pod Identity can be reached: %t, want %t", got, test.agent)
			}
			if got := letsOut(t, found["NetworkPolicy"], metadata); got != test.metadata {
				t.Errorf("the instance metadata service can be reached: %t, want %t", got, test.metadata)
			}
			// To Cilium the agent's address is the host, which no block of addresses means.
			if got := found["CiliumNetworkPolicy"] != nil; got != test.agent {
				t.Errorf("there is a policy of Cilium: %t, want %t", got, test.agent)
			}
		})
	}
	if found := policies(t, "networkPolicy: {enabled: true}"); len(found) != 1 {
		t.Errorf("where nobody serves policies of Cilium, there are %d policies", len(found))
	}
	if found := policies(t, "", ciliumPolicies); len(found) != 0 {
		t.Errorf("with networkPolicy off there are %d policies", len(found))
	}
}

// letsOut reports whether a policy has a rule to a block at port 80.
func letsOut(t *testing.T, policy *unstructured.Unstructured, block string) bool {
	t.Helper()
	rules, _, err := unstructured.NestedSlice(policy.Object, "spec", "egress")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules {
		text, err := json.Marshal(rule)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), `"cidr":"`+block+`"`) && strings.Contains(string(text), `"ports":[{"port":80}]`) {
			return true
		}
	}
	return false
}
