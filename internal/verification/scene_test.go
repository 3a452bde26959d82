package verification

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/probe"
)

var began = time.Unix(1_800_000_000, 0)

// scene is a run between two clusters, eu and us, of three nodes each in two zones.
// Pods of eu have addresses in 10.11.4.0/24, those of us in 10.12.4.0/24, all on
// interface 1; nodes are 10.1x.1.N.
type scene struct {
	t *testing.T
	Run
	evidence Evidence
	created  int
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{t: t, Run: Run{
		Settings: Settings{InstallationID: "inst", PeeringUID: "0a1b2c3d-0000-0000-0000-000000000000", Image: "crossvpc:1"},
		Start:    began, Now: began,
		Clusters: []Cluster{
			{Role: peering.Requester, Name: "eu", Namespace: "crossvpc-probe", Port: Port, Nodes: nodesOf("eu", "10.11"), Interfaces: interfaces("eu", "10.11.4.0/24", 1)},
			{Role: peering.Accepter, Name: "us", Namespace: "probes", Port: Port, Nodes: nodesOf("us", "10.12"), Interfaces: interfaces("us", "10.12.4.0/24", 1)},
		},
	}}
	s.evidence = Evidence{
		Request: peering.Request{Sides: peering.Sides{Requester: peering.Side{Region: "eu-west-1"}, Accepter: peering.Side{Region: "eu-west-1"}}},
		Snapshot: peering.Snapshot{
			Requester: peering.SideSnapshot{VPC: vpc("10.11.0.0/16")},
			Accepter:  peering.SideSnapshot{VPC: vpc("10.12.0.0/16")},
		},
		Clusters: map[string]*v1alpha1.PeeredCluster{"eu": healthy("10.8.0.0/13"), "us": healthy("10.8.0.0/13")},
		Policies: map[string][]string{}, Denied: map[string]bool{},
	}
	return s
}

func vpc(block string) *peering.VPC {
	return &peering.VPC{Blocks: []peering.Block{{Prefix: netip.MustParsePrefix(block), State: "associated"}}}
}

func healthy(value string) *v1alpha1.PeeredCluster {
	cluster := &v1alpha1.PeeredCluster{}
	cluster.Status.Cilium = &v1alpha1.CiliumStatus{Masquerade: "IPTables", EffectiveCIDR: value}
	cluster.Status.Nodes = &v1alpha1.NodeCounts{Total: 3, Current: 3}
	return cluster
}

func nodesOf(cluster, network string) []corev1.Node {
	var nodes []corev1.Node
	for i := range 3 {
		nodes = append(nodes, corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("%s-%d", cluster, i), Labels: map[string]string{corev1.LabelTopologyZone: string(rune('a' + i%2))}},
			Status: corev1.NodeStatus{
				Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
				Addresses:  []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: fmt.Sprintf("%s.1.%d", network, 10+i)}},
			},
		})
	}
	return nodes
}

// interfaces: every node has one interface of that number with the pods' addresses.
func interfaces(cluster, prefix string, number int) []cilium.CiliumNode {
	var nodes []cilium.CiliumNode
	for i := range 3 {
		var node cilium.CiliumNode
		node.Metadata.Name = fmt.Sprintf("%s-%d", cluster, i)
		node.Status.ENI.ENIs = map[string]cilium.ENI{"eni-1": {ID: "eni-1", Number: number, Prefixes: []string{prefix}}}
		nodes = append(nodes, node)
	}
	return nodes
}

// apply does what a step says; pods that are created are pending.
func (s *scene) apply(step Step) {
	for i := range s.Clusters {
		for _, pod := range step.Create[s.Clusters[i].Name] {
			s.created++
			s.Clusters[i].Pods = append(s.Clusters[i].Pods, *pod)
		}
	}
}

// each edits the pods of a mode, of one cluster or of all ("").
func (s *scene) each(cluster, mode string, edit func(int, *corev1.Pod)) {
	n := 0
	for i := range s.Clusters {
		for j := range s.Clusters[i].Pods {
			pod := &s.Clusters[i].Pods[j]
			if pod.Labels[LabelMode] == mode && (cluster == "" || s.Clusters[i].Name == cluster) {
				edit(n, pod)
				n++
			}
		}
	}
}

// start has the servers of a cluster run, with addresses from a /24.
func (s *scene) start(cluster, network string) {
	s.each(cluster, modeServe, func(n int, pod *corev1.Pod) {
		pod.Status.Phase, pod.Status.PodIP = corev1.PodRunning, fmt.Sprintf("%s.%d", network, 77+n)
	})
}

// report has the dialers of a cluster end with what they found of each peer.
func (s *scene) report(cluster, network string, dial func(peer string) probe.Dial) {
	s.each(cluster, modeDial, func(n int, pod *corev1.Pod) {
		report := probe.Report{Version: probe.Version}
		for _, arg := range pod.Spec.Containers[0].Args {
			if peer, ok := strings.CutPrefix(arg, "--peer="); ok {
				found := dial(peer)
				found.Peer = peer
				if found.Own == "" {
					found.Own = fmt.Sprintf("%s.%d", network, 90+n)
				}
				if found.Outcome == probe.Passed {
					found.Seen, found.Bytes = found.Own, 65536
				}
				report.Dials = append(report.Dials, found)
			}
		}
		line, err := report.Line()
		if err != nil {
			s.t.Fatal(err)
		}
		pod.Status.Phase = corev1.PodSucceeded
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Message: string(line)}}}}
	})
}

func passes(string) probe.Dial { return probe.Dial{Outcome: probe.Passed} }

func outcome(o probe.Outcome, detail string) func(string) probe.Dial {
	return func(string) probe.Dial { return probe.Dial{Outcome: o, Detail: detail} }
}

// serving is a scene whose servers run, and whose dialers have been made.
func serving(t *testing.T) *scene {
	t.Helper()
	s := newScene(t)
	s.apply(s.Next())
	s.start("eu", "10.11.4")
	s.start("us", "10.12.4")
	s.apply(s.Next())
	return s
}
