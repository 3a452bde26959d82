package plugin

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/plugin/policies"
)

// kinds answers a list by kind and version: with objects, or with an error; what is not in it is not served.
type kinds map[string]any

func (k kinds) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	switch object := object.(type) {
	case *corev1.Namespace:
		object.Name = key.Name
	case *corev1.Node:
		switch found := k["Node/"+key.Name].(type) {
		case map[string]string:
			object.Labels = found
		case error:
			return found
		}
	case *corev1.ConfigMap:
		switch found := k["ConfigMap/"+key.Namespace+"/"+key.Name].(type) {
		case map[string]string:
			object.Data = found
		case error:
			return found
		default:
			return apierrors.NewNotFound(schema.GroupResource{Resource: "configmaps"}, key.Name)
		}
	}
	return nil
}

func (k kinds) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	into, ok := list.(*unstructured.UnstructuredList)
	if !ok {
		return nil // no NetworkPolicies
	}
	kind := into.GroupVersionKind()
	switch found := k[strings.TrimSuffix(kind.Kind, "List")+"/"+kind.Version].(type) {
	case []unstructured.Unstructured:
		into.Items = found
		return nil
	case error:
		return found
	}
	return &meta.NoKindMatchError{GroupKind: kind.GroupKind(), SearchedVersions: []string{kind.Version}}
}

func ciliumObject(kind, name string, spec map[string]any) unstructured.Unstructured {
	return unstructured.Unstructured{Object: map[string]any{"apiVersion": "cilium.io/v2", "kind": kind, "metadata": map[string]any{"name": name}, "spec": spec}}
}

func TestPoliciesThatMayNotBeReadAreNamedAndKindsThatAreNotServedAreNone(t *testing.T) {
	shop := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cart-0"}}
	forbidden := apierrors.NewForbidden(schema.GroupResource{Group: "cilium.io", Resource: "ciliumclusterwidenetworkpolicies"}, "", nil)
	subject, err := readPolicies(t.Context(), kinds{}, shop)
	if err != nil || len(subject.Unread) > 0 || len(subject.Cilium) > 0 || subject.Namespace == nil {
		t.Errorf("nothing of Cilium's is served: %v, %+v", err, subject)
	}
	subject, err = readPolicies(t.Context(), kinds{
		"CiliumNetworkPolicy/v2":            []unstructured.Unstructured{ciliumObject("CiliumNetworkPolicy", "only", map[string]any{"endpointSelector": map[string]any{}, "egress": []any{map[string]any{}}})},
		"CiliumClusterwideNetworkPolicy/v2": error(forbidden),
		"CiliumCIDRGroup/v2alpha1":          []unstructured.Unstructured{ciliumObject("CiliumCIDRGroup", "group", map[string]any{"externalCIDRs": []any{"10.12.0.0/16"}})},
	}, shop)
	if err != nil || len(subject.Cilium) != 1 || subject.Cilium[0].Kind != policies.KindCilium || len(subject.Groups) != 1 {
		t.Errorf("%v, %+v", err, subject)
	}
	if why := subject.Unread[policies.KindClusterwide]; !strings.Contains(why, "forbidden") || !strings.Contains(why, "Ask for that right") {
		t.Errorf("what may not be read: %v", subject.Unread)
	}
	subject, err = readPolicies(t.Context(), kinds{"CiliumNetworkPolicy/v2": []unstructured.Unstructured{
		ciliumObject("CiliumNetworkPolicy", "odd", map[string]any{"egress": "everywhere"}),
	}}, shop)
	if err != nil || !strings.Contains(subject.Unread[policies.KindCilium], "reading CiliumNetworkPolicy odd") {
		t.Errorf("a policy that nobody can read: %v, %v", err, subject.Unread)
	}
}

func list(objects ...unstructured.Unstructured) []unstructured.Unstructured { return objects }

// TestGatewaysAndWhatTheySelectByAreRead: the node's labels alone where one asks for them.
func TestGatewaysAndWhatTheySelectByAreRead(t *testing.T) {
	cart := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cart-0"}, Spec: corev1.PodSpec{NodeName: "n1"}}
	selecting := func(selector map[string]any) unstructured.Unstructured {
		return ciliumObject("CiliumEgressGatewayPolicy", "out", map[string]any{"selectors": []any{selector}, "destinationCIDRs": []any{"10.12.0.0/16"}})
	}
	byPod, byNode := selecting(map[string]any{"podSelector": map[string]any{}}),
		selecting(map[string]any{"podSelector": map[string]any{}, "nodeSelector": map[string]any{"matchLabels": map[string]any{"pool": "general"}}})
	forbidden := error(apierrors.NewForbidden(schema.GroupResource{Resource: "nodes"}, "n1", nil))
	for name, test := range map[string]struct {
		of            kinds
		taken         bool
		unread, noted string
	}{
		"one that takes all pods":       {kinds{"CiliumEgressGatewayPolicy/v2": list(byPod), "Node/n1": forbidden}, true, "", ""},
		"one for the pod's node":        {kinds{"CiliumEgressGatewayPolicy/v2": list(byNode), "Node/n1": map[string]string{"pool": "general"}}, true, "", ""},
		"one for other nodes":           {kinds{"CiliumEgressGatewayPolicy/v2": list(byNode), "Node/n1": map[string]string{"pool": "gpu"}}, false, "", ""},
		"the node may not be read":      {kinds{"CiliumEgressGatewayPolicy/v2": list(byNode), "Node/n1": forbidden}, false, policies.KindNode, "Ask for that right"},
		"gateways may not be read":      {kinds{"CiliumEgressGatewayPolicy/v2": forbidden}, false, policies.KindGateway, "Ask for that right"},
		"one that is not what it says":  {kinds{"CiliumEgressGatewayPolicy/v2": list(ciliumObject("CiliumEgressGatewayPolicy", "odd", map[string]any{"selectors": "all"}))}, false, policies.KindGateway, "odd"},
		"a cluster that serves no such": {kinds{}, false, "", ""},
	} {
		subject, err := readPolicies(t.Context(), test.of, cart)
		if err != nil {
			t.Fatal(err)
		}
		if _, taken := subject.Diverted([]netip.Prefix{netip.MustParsePrefix("10.12.3.4/32")}); (len(taken) > 0) != test.taken {
			t.Errorf("%s: it takes %v", name, taken)
		}
		if why := subject.Unread[test.unread]; len(subject.Unread) > 1 || !strings.Contains(why, test.noted) || (len(subject.Unread) > 0) != (test.unread != "") {
			t.Errorf("%s: unread is %v", name, subject.Unread)
		}
	}
}

// TestAdministratorsPoliciesAreReadInTheVersionsThatAreServed: one kind has taken the place of two.
func TestAdministratorsPoliciesAreReadInTheVersionsThatAreServed(t *testing.T) {
	cart := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "cart-0", Labels: map[string]string{"app": "cart"}}}
	policy := func(kind, name string) unstructured.Unstructured {
		made := ciliumObject(kind, name, map[string]any{"subject": map[string]any{"namespaces": map[string]any{}}, "egress": []any{map[string]any{"action": "Deny"}}})
		made.SetAPIVersion(policies.AdminGroup + "/v1alpha1")
		return made
	}
	subject, err := readPolicies(t.Context(), kinds{
		"AdminNetworkPolicy/v1alpha1":         list(policy("AdminNetworkPolicy", "old")),
		"BaselineAdminNetworkPolicy/v1alpha1": error(apierrors.NewForbidden(schema.GroupResource{Group: policies.AdminGroup, Resource: "baselineadminnetworkpolicies"}, "", nil)),
		"ClusterNetworkPolicy/v1alpha2":       list(policy("ClusterNetworkPolicy", "new")),
	}, cart)
	if err != nil {
		t.Fatal(err)
	}
	if names := subject.Administrators(policies.Egress); !slices.Equal(names, []string{"AdminNetworkPolicy old", "ClusterNetworkPolicy new"}) {
		t.Errorf("in force are %q", names)
	}
	if names := subject.Administrators(policies.Ingress); len(names) > 0 {
		t.Errorf("without a rule for ingress, in force are %q", names)
	}
	if why := subject.Unread["BaselineAdminNetworkPolicy"]; len(subject.Unread) != 1 || !strings.Contains(why, "Ask for that right") {
		t.Errorf("unread is %v", subject.Unread)
	}
}

func TestWhetherThereMayBeAMeshIsReadInCiliumsNamespace(t *testing.T) {
	const where = "ConfigMap/net/cilium-config"
	for name, test := range map[string]struct {
		found any
		says  string
	}{
		"none":        {map[string]string{"cluster-id": "0"}, ""},
		"not set":     {map[string]string{}, ""},
		"no Cilium":   {nil, ""},
		"an id":       {map[string]string{"cluster-id": "2"}, "cluster-id in ConfigMap net/cilium-config is 2"},
		"not allowed": {error(apierrors.NewForbidden(schema.GroupResource{Resource: "configmaps"}, "cilium-config", nil)), "Ask for that right"},
	} {
		if got := meshOf(t.Context(), kinds{where: test.found}, "net"); !strings.Contains(got, test.says) || test.says == "" && got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}
