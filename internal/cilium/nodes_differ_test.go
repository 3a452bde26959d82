package cilium

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestNodesAreTakenAsOneOnlyWhereTheSameObjectsApplyToThem: hundreds of nodes share an answer, and none may get another's.
func TestNodesAreTakenAsOneOnlyWhereTheSameObjectsApplyToThem(t *testing.T) {
	selecting := func(name, value string, selector *metav1.LabelSelector) NodeConfig {
		return foreign(name, value, selector)
	}
	sources := Sources{List: []Source{
		{Kind: SourceConfigMap, Namespace: "kube-system", Name: ConfigMapName}, {Kind: SourceNodeConfig, Namespace: "kube-system"}, {Kind: SourceNode},
	}}
	objects := Objects{
		ConfigMaps:  map[string]map[string]string{"kube-system/cilium-config": {NativeRoutingKey: "10.0.0.0/8"}},
		NodeConfigs: []NodeConfig{selecting("b", "10.11.0.0/16", gpuNodes), selecting("a", "10.12.0.0/16", &metav1.LabelSelector{MatchLabels: map[string]string{"arch": "arm"}})},
	}
	annotated := testNode("annotated")
	annotated.Annotations = map[string]string{"config.cilium.io/" + NativeRoutingKey: "10.14.0.0/16"}
	nodes := []Node{
		testNode("plain"), testNode("gpu", "pool", "gpu"), testNode("arm", "arch", "arm"), testNode("both", "pool", "gpu", "arch", "arm"),
		testNode("labelled", "config.cilium.io/"+NativeRoutingKey, "10.13.0.0/16"), testNode("labelled-otherwise", "config.cilium.io/"+NativeRoutingKey, "10.15.0.0/16"),
		annotated, testNode("plain-too"),
	}
	resolver := newResolver(sources, objects)
	for _, node := range nodes {
		if d := cmp.Diff(sources.Resolve(objects, node), resolver.resolve(node)); d != "" {
			t.Errorf("node %s (-alone +beside others):\n%s", node.Name, d)
		}
	}
	if shared := len(resolver.known); shared != len(nodes)-1 {
		t.Errorf("%d different answers for %d nodes, of which 2 are alike", shared, len(nodes))
	}
}

func TestAnObjectForTwoSourcesCountsAsEachOfThem(t *testing.T) {
	here, there := foreign("x", "10.11.0.0/16", everyNode), foreign("x", "10.12.0.0/16", gpuNodes)
	there.Metadata.Namespace = "net"
	sources := Sources{List: []Source{{Kind: SourceNodeConfig, Namespace: "net"}, {Kind: SourceNodeConfig, Namespace: "kube-system"}}}
	resolver := newResolver(sources, Objects{NodeConfigs: []NodeConfig{here, there}})
	for _, node := range []Node{testNode("a"), testNode("b", "pool", "gpu")} {
		if d := cmp.Diff(sources.Resolve(resolver.objects, node), resolver.resolve(node)); d != "" {
			t.Errorf("node %s (-alone +beside others):\n%s", node.Name, d)
		}
	}
}

// TestSelectorsOfHostnamesAreJudgedAsKubernetesDoes: the short way to judge ours gives the API machinery's answer.
func TestSelectorsOfHostnamesAreJudgedAsKubernetesDoes(t *testing.T) {
	one := func(key string, operator metav1.LabelSelectorOperator, values ...string) metav1.LabelSelectorRequirement {
		return metav1.LabelSelectorRequirement{Key: key, Operator: operator, Values: values}
	}
	host := corev1.LabelHostname
	in, notIn := one(host, metav1.LabelSelectorOpIn, "a", "b"), one(host, metav1.LabelSelectorOpNotIn, "a", "b")
	list := func(expressions ...metav1.LabelSelectorRequirement) *metav1.LabelSelector {
		return &metav1.LabelSelector{MatchExpressions: expressions}
	}
	withLabel := list(in)
	withLabel.MatchLabels = map[string]string{"pool": "gpu"}
	withLabels := list(notIn)
	withLabels.MatchLabels = map[string]string{"pool": "gpu", "arch": "arm"}
	for i, test := range []struct {
		selector *metav1.LabelSelector
		simple   bool
	}{
		{nil, false}, {list(), false}, {list(in), true}, {list(notIn), true}, {list(one(host, metav1.LabelSelectorOpExists)), false},
		{list(one(host, metav1.LabelSelectorOpDoesNotExist)), false}, {list(in, notIn), false}, {list(in, one("pool", metav1.LabelSelectorOpIn, "gpu")), false},
		{list(one("pool", metav1.LabelSelectorOpIn, "gpu")), false}, {list(one("pool", metav1.LabelSelectorOpNotIn, "gpu")), false}, {withLabel, false}, {withLabels, false},
		{list(one(host, metav1.LabelSelectorOpIn)), false}, {list(one(host, metav1.LabelSelectorOpNotIn, "a")), true},
	} {
		for _, node := range []Node{testNode("a"), testNode("c"), testNode("a", "pool", "gpu"), testNode("c", "pool", "gpu", "arch", "arm"), {}} {
			if _, simple := selectsHostname(test.selector, node.Labels[host]); simple != test.simple {
				t.Errorf("selector %d is judged the short way: %t", i, simple)
			}
			selector, err := metav1.LabelSelectorAsSelector(test.selector)
			want := err == nil && selector.Matches(labelSet(node.Labels))
			if got := (NodeConfig{Spec: NodeConfigSpec{NodeSelector: test.selector}}).Selects(node.Labels); got != want {
				t.Errorf("selector %d and labels %v: %t, want %t", i, node.Labels, got, want)
			}
		}
	}
}

type labelSet map[string]string

func (s labelSet) Has(label string) bool              { _, has := s[label]; return has }
func (s labelSet) Get(label string) string            { return s[label] }
func (s labelSet) Lookup(label string) (string, bool) { v, has := s[label]; return v, has }

func TestADaemonSetRollsWhileAnyNodeIsBehind(t *testing.T) {
	status := func(observed int64, desired, updated, ready int32) *appsv1.DaemonSet {
		return &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Generation: 2}, Status: appsv1.DaemonSetStatus{
			ObservedGeneration: observed, DesiredNumberScheduled: desired, UpdatedNumberScheduled: updated, NumberReady: ready,
		}}
	}
	for name, test := range map[string]struct {
		daemonSet *appsv1.DaemonSet
		want      bool
	}{
		"all are at it":        {status(2, 3, 3, 3), false},
		"it was not looked at": {status(1, 3, 3, 3), true},
		"one has the old pod":  {status(2, 3, 2, 3), true},
		"one is not ready":     {status(2, 3, 3, 2), true},
		"there is no node":     {status(2, 0, 0, 0), false},
	} {
		if got := rolling(test.daemonSet); got != test.want {
			t.Errorf("%s: it rolls: %t", name, got)
		}
	}
}

func TestNodesAreInTheOrderOfTheirNames(t *testing.T) {
	in := scene(func(i *Install, _ *Input) { i.Nodes = []Node{testNode("c"), testNode("a"), testNode("b")} })
	var got []string
	for _, node := range in.Facts.Nodes {
		got = append(got, node.Node.Name)
	}
	if fmt.Sprint(got) != "[a b c]" {
		t.Errorf("they are %v", got)
	}
}

func TestTheOptionOfANodeCanBeALabelOrAnAnnotation(t *testing.T) {
	node := testNode("a", "config.cilium.io/mtu", "9000", "config.cilium.io/debug", "true")
	node.Annotations = map[string]string{"config.cilium.io/mtu": "8500"}
	options := Source{Kind: SourceNode}.read(Objects{}, node)
	if options["mtu"].Value != "8500" || options["debug"].Value != "true" || options["debug"].Source != "Node/a" {
		t.Errorf("read %v", options)
	}
}
