package nodesim

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/crossvpc/crossvpc/test/awssim"
	"github.com/crossvpc/crossvpc/test/controlplane"
	"github.com/crossvpc/crossvpc/test/scene"
)

var peer = netip.MustParsePrefix("10.12.0.0/16")

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard()) // what has no logger of a Sim's
	os.Exit(m.Run())
}

// a stage is a cluster with nodes: one control plane, since Cilium is there once in a cluster.
type stage struct {
	t       *testing.T
	sim     *Sim
	client  client.Client
	config  aws.Config
	cluster *scene.Cluster
	refuse  atomic.Bool
}

func newStage(t *testing.T, nodes int, options Options) *stage {
	t.Helper()
	s := &stage{t: t}
	fleet := controlplane.ForTest(t, controlplane.Options{Workloads: true})
	accounts, watch := accountsFor(t)
	options.Watch = watch
	network, err := scene.AddNetwork(t.Context(), accounts, scene.CanonicalRequester())
	if err != nil {
		t.Fatal(err)
	}
	if s.cluster, err = scene.AddCluster(t.Context(), accounts, network, scene.ClusterSpec{Name: "eu", Nodes: nodes}); err != nil {
		t.Fatal(err)
	}
	if s.config, err = accounts.Config(t.Context(), network.Account, network.Region); err != nil {
		t.Fatal(err)
	}
	options.Log = funcr.New(func(prefix, args string) { t.Log(prefix, args) }, funcr.Options{})
	options.Kubernetes, options.AWS, options.Cluster = fleet.Cluster("local").Config(), s.config, s.cluster
	options.RefuseConfig = func(_ string, config map[string]string) error {
		if s.refuse.Load() && config[NativeRoutingKey] != "" {
			return errors.New("level=fatal msg=\"for reasons of the test\"")
		}
		return nil
	}
	if s.sim, err = Start(t.Context(), options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.sim.Stop)
	s.client = s.sim.Client()
	s.waitForNodes(nodes)
	return s
}

// in makes what fails in a subtest fail there.
func (s *stage) in(test func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) {
		outer := s.t
		s.t = t
		defer func() { s.t = outer }()
		test(t)
	}
}

// accountsFor leads to a simulated AWS of the test's own, or to the moto server that SCENE_MOTO_URL names.
func accountsFor(t *testing.T) (*scene.Accounts, func(context.Context, func())) {
	t.Helper()
	if url := os.Getenv("SCENE_MOTO_URL"); url != "" {
		return scene.RolePerAccount(url), nil
	}
	cloud := awssim.New(awssim.Options{})
	url, err := cloud.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return scene.KeyPerAccount(url), func(ctx context.Context, changed func()) {
		cloud.OnInstance(ctx, func(awssim.InstanceEvent) { changed() })
	}
}

// patience bounds each wait, on a machine that has other things to do and may stand still for seconds.
const patience = 3 * time.Minute

func (s *stage) waitForNodes(n int) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	if err := s.sim.WaitForNodes(ctx, n); err != nil {
		s.t.Fatal(err)
	}
}

// eventually polls a condition; what it returns last is the failure.
func (s *stage) eventually(what string, holds func() error) {
	s.t.Helper()
	var last error
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-ticker.C {
		if last = holds(); last == nil {
			return
		}
	}
	s.t.Fatalf("%s: %v", what, last)
}

func (s *stage) deploy(w Workload) {
	s.t.Helper()
	for _, object := range w.Objects() {
		if err := s.client.Create(s.t.Context(), object); err != nil {
			s.t.Fatal(err)
		}
	}
	s.eventually("pods of "+w.Name, func() error {
		if n := len(s.pods(w.Name)); n != int(w.Replicas) {
			return fmt.Errorf("%d pods with rules, want %d", n, w.Replicas)
		}
		return nil
	})
}

// pods lists those of a workload that have their rules.
func (s *stage) pods(app string) []corev1.Pod {
	s.t.Helper()
	var list corev1.PodList
	if err := s.client.List(s.t.Context(), &list, client.MatchingLabels{"app": app}); err != nil {
		s.t.Fatal(err)
	}
	var ready []corev1.Pod
	for _, pod := range list.Items {
		if pod.Annotations[BornWithAnnotation] != "" && pod.DeletionTimestamp == nil {
			ready = append(ready, pod)
		}
	}
	return ready
}

func (s *stage) agentOn(node string) *corev1.Pod {
	s.t.Helper()
	var list corev1.PodList
	if err := s.client.List(s.t.Context(), &list, client.InNamespace(Namespace), client.MatchingLabels{"k8s-app": agentName}); err != nil {
		s.t.Fatal(err)
	}
	for i := range list.Items {
		if list.Items[i].Spec.NodeName == node && list.Items[i].DeletionTimestamp == nil {
			return &list.Items[i]
		}
	}
	return nil
}

// renewAgent deletes a node's agent pod and waits for its successor to be in the state.
func (s *stage) renewAgent(node string, state func(*corev1.Pod) bool) *corev1.Pod {
	s.t.Helper()
	old := s.agentOn(node)
	if err := s.client.Delete(s.t.Context(), old); err != nil {
		s.t.Fatal(err)
	}
	var fresh *corev1.Pod
	s.eventually("a new agent on "+node, func() error {
		if fresh = s.agentOn(node); fresh == nil || fresh.UID == old.UID || !state(fresh) {
			return fmt.Errorf("agent: %+v", fresh)
		}
		return nil
	})
	return fresh
}

func (s *stage) configure(name, value string, hostnames ...any) {
	s.t.Helper()
	object := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"nodeSelector": map[string]any{"matchExpressions": []any{
			map[string]any{"key": corev1.LabelHostname, "operator": "In", "values": hostnames},
		}},
		"defaults": map[string]any{NativeRoutingKey: value},
	}}}
	object.SetGroupVersionKind(NodeConfigKind)
	object.SetNamespace(Namespace)
	object.SetName(name)
	if err := s.client.Create(s.t.Context(), object); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = s.client.Delete(context.WithoutCancel(s.t.Context()), object) })
}

func isReady(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

func crashLoops(pod *corev1.Pod) bool {
	statuses := pod.Status.ContainerStatuses
	return len(statuses) == 1 && statuses[0].State.Waiting != nil && statuses[0].State.Waiting.Reason == "CrashLoopBackOff"
}

func (s *stage) node(i int) corev1.Node {
	s.t.Helper()
	var nodes corev1.NodeList
	if err := s.client.List(s.t.Context(), &nodes); err != nil {
		s.t.Fatal(err)
	}
	slices.SortFunc(nodes.Items, func(a, b corev1.Node) int { return strings.Compare(a.Name, b.Name) })
	return nodes.Items[i]
}

func TestNodesComeFromInstancesAndPodsKeepWhatTheyAreBornWith(t *testing.T) {
	s := newStage(t, 3, Options{CrashBackoff: time.Second})
	t.Run("a node carries what the kubelet and Cilium write", s.in(s.testNode))
	s.deploy(Workload{Namespace: "default", Name: "app", Replicas: 9, MaxUnavailable: 1})
	t.Run("pods have addresses of both interfaces", s.in(s.testAddresses))
	t.Run("a new value reaches an agent only when its pod is recreated", s.in(s.testPickUp))
	t.Run("a pod made after that reaches the peer", s.in(s.testNewPods))
	t.Run("an agent that refuses its value crash-loops and goes on refusing it", s.in(s.testCrashLoop))
	t.Run("a terminated instance takes its node and pods with it and is replaced", s.in(s.testReplacement))
}

func (s *stage) testNode(t *testing.T) {
	node := s.node(0)
	if !strings.HasPrefix(node.Name, "ip-10-11-") || !strings.HasPrefix(node.Spec.ProviderID, "aws:///eu-west-1") {
		t.Errorf("name %q, providerID %q", node.Name, node.Spec.ProviderID)
	}
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(ciliumNodeKind)
	if err := s.client.Get(t.Context(), client.ObjectKey{Name: node.Name}, object); err != nil {
		t.Fatal(err)
	}
	enis, _, _ := unstructured.NestedMap(object.Object, "status", "eni", "enis")
	if len(enis) != 2 {
		t.Errorf("%d interfaces in the CiliumNode", len(enis))
	}
	for id := range enis {
		primary, _, _ := unstructured.NestedString(enis, id, "vpc", "primary-cidr")
		secondary, _, _ := unstructured.NestedStringSlice(enis, id, "vpc", "cidrs")
		if primary != "10.11.0.0/16" || len(secondary) != 1 || secondary[0] != "10.13.0.0/16" {
			t.Errorf("blocks of %s: %s, %v", id, primary, secondary)
		}
	}
}

func (s *stage) testAddresses(*testing.T) {
	count := map[string]int{}
	s.eventually("addresses", func() error {
		clear(count)
		for _, pod := range s.pods("app") {
			block := pod.Status.PodIP[:strings.Index(pod.Status.PodIP[3:], ".")+3]
			count[block]++
			if verdict := s.sim.Reaches(&pod, peer); verdict.Both() != (block == "10.11") || !verdict.Out {
				return fmt.Errorf("pod %s at %s: %+v", pod.Name, pod.Status.PodIP, verdict)
			}
		}
		if count["10.11"] == 0 || count["10.13"] == 0 || len(count) != 2 {
			return fmt.Errorf("pods by block: %v", count)
		}
		return nil
	})
}

func (s *stage) testPickUp(t *testing.T) {
	node, other := s.node(0), s.node(1)
	s.configure("wide", "10.8.0.0/13", node.Name, other.Name)
	fresh := s.renewAgent(node.Name, isReady)
	if kernel := s.sim.kernel(other.Name); kernel.Excluded.String() != "10.11.0.0/16" {
		t.Errorf("where its pod is not recreated the agent runs with %s", kernel.Excluded)
	}
	if kernel := s.sim.kernel(node.Name); kernel.Excluded.String() != "10.8.0.0/13" {
		t.Errorf("after that it runs with %s", kernel.Excluded)
	}
	init := fresh.Status.InitContainerStatuses
	if len(init) != 1 || init[0].State.Terminated == nil || init[0].State.Terminated.StartedAt.IsZero() {
		t.Errorf("init container: %+v", init)
	}
	for _, pod := range s.pods("app") {
		if verdict := s.sim.Reaches(&pod, peer); pod.Spec.NodeName == node.Name && strings.HasPrefix(pod.Status.PodIP, "10.13.") && (verdict.Out || verdict.In) {
			t.Errorf("old pod %s under a new agent: %+v, want it cut off", pod.Name, verdict)
		}
	}
}

func (s *stage) testNewPods(t *testing.T) {
	node := s.node(0).Name
	for _, pod := range s.pods("app") {
		if pod.Spec.NodeName == node {
			if err := s.client.Delete(t.Context(), &pod, &client.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &pod.UID}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	s.eventually("pods on "+node+" that reach the peer", func() error {
		pods, there := s.pods("app"), 0
		for _, pod := range pods {
			if pod.Spec.NodeName != node {
				continue
			}
			there++
			if verdict := s.sim.Reaches(&pod, peer); !verdict.Both() {
				return fmt.Errorf("pod %s at %s: %+v", pod.Name, pod.Status.PodIP, verdict)
			}
		}
		if there == 0 || len(pods) != 9 {
			return fmt.Errorf("%d pods on the node, %d in all", there, len(pods))
		}
		return nil
	})
}

func (s *stage) testCrashLoop(t *testing.T) {
	node := s.node(1)
	s.configure("wrong", "10.20.0.0/16", node.Name) // apart from the VPC
	fresh := s.renewAgent(node.Name, crashLoops)
	exit := fresh.Status.ContainerStatuses[0].LastTerminationState.Terminated
	if exit == nil || !strings.Contains(exit.Message, "None of the VPC CIDRs contains the specified native routing CIDR") {
		t.Errorf("terminated: %+v", exit)
	}
	if err := s.client.DeleteAllOf(t.Context(), nodeConfigObject(), client.InNamespace(Namespace)); err != nil {
		t.Fatal(err)
	}
	s.eventually("a restart, which does not read the configuration again", func() error {
		if again := s.agentOn(node.Name); again.UID != fresh.UID || !crashLoops(again) || again.Status.ContainerStatuses[0].RestartCount < 1 {
			return fmt.Errorf("agent: %+v", again.Status.ContainerStatuses)
		}
		return nil
	})
	if got := s.node(1).Spec.Taints; len(got) == 0 {
		t.Error("the node has no taint while its agent is down")
	}
	s.renewAgent(node.Name, isReady)
}

func nodeConfigObject() *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(NodeConfigKind)
	return object
}

func (s *stage) testReplacement(t *testing.T) {
	node := s.node(2)
	id := node.Spec.ProviderID[strings.LastIndex(node.Spec.ProviderID, "/")+1:]
	_, err := autoscaling.NewFromConfig(s.config).TerminateInstanceInAutoScalingGroup(t.Context(), &autoscaling.TerminateInstanceInAutoScalingGroupInput{
		InstanceId: &id, ShouldDecrementDesiredCapacity: aws.Bool(false),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.eventually("another node in place of "+node.Name, func() error {
		var nodes corev1.NodeList
		if err := s.client.List(t.Context(), &nodes); err != nil {
			return err
		}
		for _, n := range nodes.Items {
			if n.UID == node.UID {
				return errors.New("the node is still there")
			}
		}
		if len(nodes.Items) != 3 {
			return fmt.Errorf("%d nodes", len(nodes.Items))
		}
		return nil
	})
	s.waitForNodes(3)
	began := time.Now()
	s.eventually("no pod on the node that is gone", func() error {
		var pods corev1.PodList
		if err := s.client.List(t.Context(), &pods, client.MatchingLabels{"app": "app"}); err != nil {
			return err
		}
		for _, pod := range pods.Items {
			if pod.Spec.NodeName == node.Name {
				return fmt.Errorf("pod %s is still on %s", pod.Name, node.Name)
			}
		}
		return nil
	})
	// The pods go with the node: Kubernetes' own collector of orphans would need 40 s.
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("the pods of the node that is gone took %s", took)
	}
	s.eventually("nine pods", func() error {
		if ready := len(s.pods("app")); ready != 9 {
			return fmt.Errorf("%d pods", ready)
		}
		return nil
	})
}
