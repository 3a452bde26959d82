package peeredcluster

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cluster"
	"github.com/crossvpc/crossvpc/internal/clusterview"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/rollout"
)

// BenchmarkDecidingOnFiveHundredNodes is what a reconciliation in the middle of a rollout of
// 500 nodes with 5,000 pods and 40 budgets computes, without what it reads and writes.
func BenchmarkDecidingOnFiveHundredNodes(b *testing.B) {
	const nodes, podsEach, budgets = 500, 10, 40
	made := manyNodes(nodes, podsEach, budgets)
	b.ReportAllocs()
	for b.Loop() {
		n := made.rollout()
		n.view.Facts = cilium.Observe(n.view.Install)
		input, err := n.rolloutInput(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if decision := rollout.Plan(input); decision.Counts.Total != nodes || decision.Counts.Stale == 0 || decision.Counts.Stale == nodes {
			b.Fatalf("%+v", decision.Counts)
		}
	}
}

// manyNodesCluster is a cluster of which every second node is held back yet.
type manyNodesCluster struct {
	object   *v1alpha1.PeeredCluster
	observed clusterview.View
	value    netip.Prefix
	start    time.Time
}

func (c *manyNodesCluster) rollout() *nodeRollout {
	seen := c.observed // without an index yet
	s := &subject{Draft: object.NewDraft[*v1alpha1.PeeredCluster](nil, c.object.DeepCopy()), start: c.start, owner: c.owner(), memory: &memory{}, clock: clock.RealClock{}}
	return &nodeRollout{mayStart: true, configuration: &configuration{
		connection:   &cluster.Connection{},
		valueHistory: valueHistory{subject: s, view: &seen},
		decision:     cilium.Decision{Kind: cilium.KindNativeRoutingCIDR, CIDR: c.value, Revision: cilium.RevisionOf(c.value)},
	}}
}

func (c *manyNodesCluster) owner() cilium.Owner {
	return cilium.Owner{InstallationID: "i", PeeredCluster: c.object.Name, UID: string(c.object.UID)}
}

func manyNodes(nodes, podsEach, budgets int) *manyNodesCluster {
	born := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	c := &manyNodesCluster{object: &v1alpha1.PeeredCluster{}, value: netip.MustParsePrefix("10.8.0.0/13"), start: born.Add(2 * time.Hour)}
	c.object.Name, c.object.UID = "us", "us-uid"
	c.object.Spec.Rollout = v1alpha1.RolloutPolicy{Strategy: v1alpha1.RolloutRecyclePods, MaxUnavailable: 25}
	c.object.Status.Peerings = []v1alpha1.ClusterPeering{{Namespace: "n", Name: "p", CIDRBlocks: []string{"10.11.0.0/16"}}}
	c.object.Status.Cilium = &v1alpha1.CiliumStatus{History: writeHistory(cilium.History{{From: born}, {CIDR: c.value, From: born.Add(time.Hour)}})}
	c.object.Status.Cilium.SettlingSince = &metav1.Time{Time: born}
	daemonSet := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "cilium", UID: "ds"}}
	daemonSet.Spec.Template.Spec = agentSpec("")
	daemonSet.Spec.Template.Spec.InitContainers[0].Command = []string{"cilium-dbg", "build-config"}
	o := &c.observed
	o.Install = cilium.Install{Namespace: "kube-system", Owner: c.owner(), DaemonSet: daemonSet}
	o.Install.Objects.ConfigMaps = map[string]map[string]string{"kube-system/cilium-config": ciliumConfig()}
	var held []string
	for n := range nodes {
		node := benchNode(n, born)
		o.Nodes = append(o.Nodes, node)
		o.Install.Nodes = append(o.Install.Nodes, cilium.Node{Name: node.Name, Labels: node.Labels})
		agentBorn := born
		if n%2 == 0 {
			held = append(held, node.Name)
		} else {
			agentBorn = born.Add(90 * time.Minute)
		}
		agent := benchPod(node.Name, "agent", 0, "DaemonSet", agentBorn)
		agent.Spec = agentSpec(node.Name)
		o.Pods = append(o.Pods, agent)
		o.Install.AgentPods = append(o.Install.AgentPods, agent)
		for i := range podsEach {
			o.Pods = append(o.Pods, benchPod(node.Name, fmt.Sprintf("app-%d", (n*podsEach+i)%budgets), i, "ReplicaSet", agentBorn.Add(time.Minute)))
		}
	}
	for _, config := range cilium.NodeConfigs(o.Install.Owner, "kube-system", []cilium.Revision{{CIDR: c.value, Selection: cilium.Selection{Mode: cilium.SelectAllBut, Hostnames: held}}}) {
		config.Metadata.UID = "cnc"
		o.Install.Objects.NodeConfigs = append(o.Install.Objects.NodeConfigs, config)
	}
	for i := range budgets {
		o.Budgets = append(o.Budgets, policyv1.PodDisruptionBudget{
			ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: fmt.Sprintf("app-%d", i)},
			Spec:       policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": fmt.Sprintf("app-%d", i)}}},
			Status:     policyv1.PodDisruptionBudgetStatus{ExpectedPods: 125, DesiredHealthy: 112},
		})
	}
	return c
}

func benchNode(n int, born time.Time) corev1.Node {
	name := fmt.Sprintf("ip-10-12-%d-%d.ec2.internal", n/250, n%250)
	return corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, UID: types.UID(name), CreationTimestamp: metav1.Time{Time: born},
			Labels: map[string]string{corev1.LabelHostname: name, corev1.LabelTopologyZone: string('a' + rune(n%3))},
		},
		Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Time{Time: born}}}},
	}
}

func benchPod(node, app string, i int, owner string, born time.Time) corev1.Pod {
	name, controller := fmt.Sprintf("%s-%s-%d", app, node, i), true
	at := metav1.Time{Time: born}
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "default", Name: name, UID: types.UID(name), Labels: map[string]string{"app": app}, CreationTimestamp: at,
			OwnerReferences: []metav1.OwnerReference{{Kind: owner, Name: "o", UID: "ds", Controller: &controller}},
		},
		Spec: corev1.PodSpec{NodeName: node},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, StartTime: &at,
			Conditions:        []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: at}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "cilium-agent", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at}}}},
		},
	}
}

func agentSpec(node string) corev1.PodSpec {
	const image = "quay.io/cilium/cilium:v1.18.4"
	return corev1.PodSpec{
		NodeName: node, HostNetwork: true,
		InitContainers: []corev1.Container{{Name: "config", Image: image}}, Containers: []corev1.Container{{Name: "cilium-agent", Image: image}},
	}
}

// ciliumConfig is about as long as the chart's.
func ciliumConfig() map[string]string {
	config := map[string]string{"ipam": "eni", "routing-mode": "native", "enable-ipv4-masquerade": "true"}
	for i := range 150 {
		config[fmt.Sprintf("some-option-of-the-agent-%d", i)] = "false"
	}
	return config
}
