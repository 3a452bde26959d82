package e2e

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/rollout"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/nodesim"
)

// Values that the rollouts of one rig go through: each contains the one before, so that each is a rollout of its own.
const (
	first  = "10.8.0.0/13" // what the operator chooses
	second = "10.0.0.0/12"
	third  = "10.0.0.0/11"
	fourth = "10.0.0.0/10"
	fifth  = "10.0.0.0/9"
)

func pin(t *testing.T, r *rig.Rig, name, value string) {
	t.Helper()
	patch(t, r, name, `{"cilium":{"nativeRoutingCIDR":"`+value+`"}}`)
}

// TestARolloutThatSomethingGetsInTheWayOf has stories that share a rig, and come one after the
// other: each rolls out a wider value.
func TestARolloutThatSomethingGetsInTheWayOf(t *testing.T) {
	t.Parallel()
	var refused atomic.Value // the value at which the eu agents exit
	refused.Store("")
	r := start(t, rig.Options{Nodes: 4, Race: true, EditSim: func(side string, options *nodesim.Options) {
		options.CrashBackoff = time.Second
		if side == "eu" {
			options.RefuseConfig = func(_ string, config map[string]string) error {
				if value := refused.Load().(string); value != "" && config[nodesim.NativeRoutingKey] == value {
					return errors.New("the test refuses " + value)
				}
				return nil
			}
		}
	}})
	refused.Store(first)
	apply(t, r, objects)
	apply(t, r, peering)
	for _, story := range []struct {
		name string
		tell func(*testing.T, *rig.Rig)
	}{
		{"N5 a canary that fails is taken back and nobody else is touched", func(t *testing.T, r *rig.Rig) { canaryFails(t, r, &refused) }},
		{"N6 a manager killed at any time resumes and starts nothing twice", killedAtAnyTime},
		{"N2 a budget that never allows an eviction is named before any cordon", budgetNeverAllows},
		{"N5 a replacement that never comes stops the rollout", replacementNeverComes},
		{"N7 nothing is done to a cluster that can't be reached", unreachableInTheMiddle},
		{"an access entry that is revoked is named, and the cluster works again with a new one", accessRevoked},
		{"one ConfigMap stops the rollouts of all clusters", stopForAll},
		{"the last peering goes in the middle of a rollout", lastPeeringGoes},
	} {
		if !t.Run(story.name, func(t *testing.T) {
			began := time.Now()
			story.tell(t, r)
			t.Logf("took %.1f s", time.Since(began).Seconds())
		}) {
			return
		}
	}
}

func nodesOf(t *testing.T, side *rig.Side) []corev1.Node {
	t.Helper()
	var list corev1.NodeList
	if err := side.Kube.List(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func cordonedNodes(t *testing.T, side *rig.Side) []string {
	t.Helper()
	var names []string
	for _, node := range nodesOf(t, side) {
		if node.Spec.Unschedulable {
			names = append(names, node.Name)
		}
	}
	return names
}

// touched are the nodes that the operator ever wrote to, since a time.
func touched(t *testing.T, side *rig.Side, since time.Time) []string {
	t.Helper()
	var names []string
	for _, e := range ownEventsSince(t, side, since) {
		if resource(e) == "nodes" && !isRead(e.Verb) {
			names = append(names, e.ObjectRef.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// cordonedSince are the nodes that the operator cordoned from that time on, whether or not they still are. That it writes a
// node does not tell that it started on it: once no value is needed, it takes its annotation off every node.
func cordonedSince(t *testing.T, side *rig.Side, since time.Time) []string {
	t.Helper()
	var names []string
	for _, e := range ownEventsSince(t, side, since) {
		var c change
		if resource(e) == "nodes" && !isRead(e.Verb) && succeeded(e) && body(t, e, &c) && c.Spec["unschedulable"] == true {
			names = append(names, e.ObjectRef.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// writes are all that the operator wrote in a cluster, since a time, except to its own objects.
func writes(t *testing.T, side *rig.Side, since time.Time) []string {
	t.Helper()
	var lines []string
	for _, e := range ownEventsSince(t, side, since) {
		own := e.ObjectRef != nil && (e.ObjectRef.Namespace == rig.SystemNamespace ||
			slices.Contains([]string{"networking.crossvpc.io", "events.k8s.io", "authorization.k8s.io", "coordination.k8s.io"}, e.ObjectRef.APIGroup))
		if !isRead(e.Verb) && !own {
			lines = append(lines, e.Verb+" "+e.RequestURI)
		}
	}
	return lines
}

func canaryFails(t *testing.T, r *rig.Rig, refused *atomic.Value) {
	untilCluster(t, r, "local", v1alpha1.ConditionCiliumConfigured, metav1.ConditionFalse, v1alpha1.ReasonCanaryFailed, "keeps crashing", "value was reverted")
	untilCluster(t, r, "local", v1alpha1.ConditionStalled, metav1.ConditionTrue, "")
	untilPeering(t, r, v1alpha1.ConditionCiliumConfigured, metav1.ConditionFalse, v1alpha1.ReasonCanaryFailed, "local: ")
	until(t, "the canary to be given back", func() (bool, string) {
		names := cordonedNodes(t, r.EU)
		left := kubectl(t, r, "get", "ciliumnodeconfigs", "-n", "kube-system", "-o", "name")
		return len(names) == 0 && strings.TrimSpace(left) == "", strings.Join(names, ", ") + left
	})
	canary := touched(t, r.EU, time.Time{})
	if len(canary) != 1 {
		t.Errorf("nodes that were touched: %v, want the canary only", canary)
	}
	until(t, "the canary's agent to be well on the old value", func() (bool, string) {
		out := kubectl(t, r, "get", "pods", "-n", "kube-system", "-l", "k8s-app=cilium", "-o", `jsonpath={range .items[*]}{.status.containerStatuses[0].ready} {end}`)
		return !strings.Contains(out, "false"), out
	})
	// The other cluster goes on by itself.
	untilRolledOut(t, r, "us", first)

	// Cured, and told so as the message says.
	refused.Store("")
	untilCluster(t, r, "local", v1alpha1.ConditionCiliumConfigured, metav1.ConditionFalse, v1alpha1.ReasonCanaryFailed, canary[0], "remove the annotation "+rollout.Annotation)
	kubectl(t, r, "annotate", "node", canary[0], rollout.Annotation+"-")
	untilRolledOut(t, r, "local", first)
	untilPeering(t, r, v1alpha1.ConditionReady, metav1.ConditionTrue, "")
	expectReach(t, r)
}

func killedAtAnyTime(t *testing.T, r *rig.Rig) {
	const kills = 12
	random := rand.New(rand.NewPCG(1, 2))
	before := len(terminations(r))
	pin(t, r, "local", second)
	pin(t, r, "us", second)
	for range kills {
		// Between two kills it comes as far as some reads, or some steps.
		pause(t, time.Duration(200+random.IntN(1300))*time.Millisecond)
		if err := r.Manager.Kill(); err != nil {
			t.Fatal(err)
		}
		startManager(t, r)
	}
	untilRolledOut(t, r, "local", second)
	untilRolledOut(t, r, "us", second)
	expectReach(t, r)
	for _, side := range r.Sides() {
		if names := cordonedNodes(t, side); len(names) > 0 {
			t.Errorf("%s: nodes that are left cordoned: %v", side.Name, names)
		}
		expectInvariants(t, side, maxUnavailable)
	}
	// All but the canary are replaced, each once.
	if ended := terminations(r)[before:]; len(ended) != r.US.Size-1 || len(slices.Compact(slices.Sorted(slices.Values(ended)))) != len(ended) {
		t.Errorf("instances terminated: %v, want %d, each once", ended, r.US.Size-1)
	}
}

// terminations are the instances that the operator had the Auto Scaling group end, one for each call that was carried out.
func terminations(r *rig.Rig) []string {
	var ids []string
	for _, call := range ownCalls(r) {
		if call.Action == "TerminateInstanceInAutoScalingGroup" && call.Code == "OK" {
			ids = append(ids, call.Parameters["InstanceId"])
		}
	}
	return ids
}

// terminatedSince are those that were ended from that time on.
func terminatedSince(r *rig.Rig, since time.Time) []string {
	var ids []string
	for _, call := range ownCalls(r) {
		if call.Action == "TerminateInstanceInAutoScalingGroup" && call.Code == "OK" && !call.Start.Before(since) {
			ids = append(ids, call.Parameters["InstanceId"])
		}
	}
	return ids
}

// autoScalingCalls counts the operator's calls of the action.
func autoScalingCalls(r *rig.Rig, action string) int {
	count := 0
	for _, call := range ownCalls(r) {
		if call.Action == action {
			count++
		}
	}
	return count
}

// pause lets real time go by: what happens in it is the point.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
}

// setBudget says how many pods of the shop may be absent, and waits until that was judged.
func setBudget(t *testing.T, r *rig.Rig, most int32) {
	t.Helper()
	budget, value := &policyv1.PodDisruptionBudget{}, intstr.FromInt32(most)
	key := client.ObjectKey{Namespace: "default", Name: "shop"}
	if err := r.EU.Kube.Get(t.Context(), key, budget); err != nil {
		t.Fatal(err)
	}
	budget.Spec.MaxUnavailable = &value
	if err := r.EU.Kube.Update(t.Context(), budget); err != nil {
		t.Fatal(err)
	}
	until(t, "the budget to be judged", func() (bool, string) {
		if err := r.EU.Kube.Get(t.Context(), key, budget); err != nil {
			t.Fatal(err)
		}
		return budget.Status.ObservedGeneration == budget.Generation && (most > 0 || budget.Status.DisruptionsAllowed == 0), ""
	})
}

func budgetNeverAllows(t *testing.T, r *rig.Rig) {
	setBudget(t, r, 0)
	since := time.Now()
	pin(t, r, "local", third)
	untilCluster(t, r, "local", v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, v1alpha1.ReasonBlocked, "PodDisruptionBudget default/shop", "Relax it, or add replicas")
	blocked := cluster(t, r, "local").Status.BlockedNodes
	if len(blocked) == 0 || blocked[0].Reason != "BudgetNeverAllows" || !strings.Contains(blocked[0].Message, "default/shop") {
		t.Errorf("blocked nodes: %+v", blocked)
	}
	// Nodes without a pod of the shop may be done.
	for _, name := range touched(t, r.EU, since) {
		if slices.ContainsFunc(blocked, func(b v1alpha1.BlockedNode) bool { return b.Name == name }) {
			t.Errorf("node %s was touched although it can't be drained", name)
		}
	}
	untilCluster(t, r, "local", v1alpha1.ConditionStalled, metav1.ConditionTrue, "")
	setBudget(t, r, 1)
	untilRolledOut(t, r, "local", third)
}

func replacementNeverComes(t *testing.T, r *rig.Rig) {
	r.US.Nodes.HoldNewNodes(true)
	pin(t, r, "us", third)
	untilCluster(t, r, "us", v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, v1alpha1.ReasonProgressDeadlineExceeded,
		"Auto Scaling group "+r.US.EKS.AutoScalingGroup, "no new node has joined", "No further node is started")
	untilPeering(t, r, v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, v1alpha1.ReasonProgressDeadlineExceeded, "us: ")
	if left := len(nodesOf(t, r.US)); left < r.US.Size-maxUnavailable {
		t.Errorf("%d nodes are left of %d", left, r.US.Size)
	}
	if names := cordonedNodes(t, r.US); len(names) > 0 {
		t.Errorf("nodes are left cordoned while nothing goes on: %v", names)
	}
	r.US.Nodes.HoldNewNodes(false)
	untilRolledOut(t, r, "us", third)
	expectInvariants(t, r.US, maxUnavailable)
}

func unreachableInTheMiddle(t *testing.T, r *rig.Rig) {
	since := time.Now()
	r.US.Nodes.HoldNewNodes(true) // or a slow machine sees the rollout's end first
	pin(t, r, "us", fourth)
	until(t, "the rollout to be in the middle", func() (bool, string) {
		return len(touched(t, r.US, since)) > 0, ""
	})
	r.US.Cluster.StopAPIServer()
	r.US.Nodes.HoldNewNodes(false)
	stopped := time.Now()
	untilCluster(t, r, "us", v1alpha1.ConditionReachable, metav1.ConditionFalse, v1alpha1.ReasonClusterUnreachable, "refuses connections")
	told := time.Now() // by a pass that found it so: none that had read the nodes before is under way
	for _, kind := range []string{v1alpha1.ConditionCiliumConfigured, v1alpha1.ConditionNodesUpToDate} {
		untilCluster(t, r, "us", kind, metav1.ConditionUnknown, "")
	}
	// The AWS half goes on: a route that is removed comes back.
	route := removeRoute(t, r)
	until(t, "the route to come back", func() (bool, string) { return routeExists(t, r, route), route.table })
	if ended := terminatedSince(r, told); len(ended) > 0 {
		t.Errorf("instances were terminated while nobody could see their nodes: %v", ended)
	}
	// One pass may have read the nodes before, and go on with them.
	if ended := terminatedSince(r, stopped); len(ended) > maxUnavailable {
		t.Errorf("more instances were terminated after the cluster was stopped than one pass may: %v", ended)
	}
	if done := terminatedSince(r, since); len(done) >= r.US.Size-1 { // all but the canary's
		t.Errorf("every instance was terminated before the cluster was stopped, and nothing was left that could have been: %v", done)
	}
	untilPeering(t, r, v1alpha1.ConditionRoutesReady, metav1.ConditionTrue, "")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := r.US.Cluster.StartAPIServer(ctx); err != nil {
		t.Fatal(err)
	}
	untilRolledOut(t, r, "us", fourth)
	expectInvariants(t, r.US, -1)
}

// accessRevoked: who owns a cluster shuts crossvpc out, and lets it in again.
func accessRevoked(t *testing.T, r *rig.Rig) {
	if err := r.ShutOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	untilCluster(t, r, "us", v1alpha1.ConditionReachable, metav1.ConditionFalse, v1alpha1.ReasonAccessEntryMissing,
		"`aws eks create-access-entry --region us-east-1 --cluster-name prod-us --principal-arn "+rig.RoleARN+" --kubernetes-groups crossvpc`")
	untilCluster(t, r, "us", v1alpha1.ConditionStalled, metav1.ConditionTrue, "")
	if err := r.LetIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	untilCluster(t, r, "us", v1alpha1.ConditionReady, metav1.ConditionTrue, "")
}

// stopForAll is what docs/rollouts.md tells to do, with the shipped rights.
func stopForAll(t *testing.T, r *rig.Rig) {
	// A budget holds the rollout in the middle: a slow machine would see its end before it is stopped.
	setBudget(t, r, 0)
	since := time.Now()
	pin(t, r, "local", fourth)
	untilCluster(t, r, "local", v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, v1alpha1.ReasonBlocked, "PodDisruptionBudget default/shop")
	kubectl(t, r, "create", "configmap", "-n", rig.SystemNamespace, v1alpha1.StopConfigMap, "--from-literal=reason=incident 12")
	setBudget(t, r, 1)
	untilCluster(t, r, "local", v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, v1alpha1.ReasonRolloutsStopped, v1alpha1.StopConfigMap, "incident 12")
	untilPeering(t, r, v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, v1alpha1.ReasonRolloutsStopped, "local: ")
	until(t, "nodes in flight to be at a safe end", func() (bool, string) {
		names := cordonedNodes(t, r.EU)
		return len(names) == 0, strings.Join(names, ", ")
	})
	begun := cordonedSince(t, r.EU, since)
	pause(t, 2*time.Second)
	if now := cordonedSince(t, r.EU, since); len(now) > len(begun) {
		t.Errorf("nodes were started on while all rollouts are stopped: %v, before %v", now, begun)
	}
	kubectl(t, r, "delete", "configmap", "-n", rig.SystemNamespace, v1alpha1.StopConfigMap)
	untilRolledOut(t, r, "local", fourth)
	expectInvariants(t, r.EU, maxUnavailable)
}

// lastPeeringGoes in the middle of a rollout, which a budget holds there: what is relaxed afterwards must start nothing.
func lastPeeringGoes(t *testing.T, r *rig.Rig) {
	setBudget(t, r, 0)
	since := time.Now()
	pin(t, r, "local", fifth)
	untilCluster(t, r, "local", v1alpha1.ConditionNodesUpToDate, metav1.ConditionFalse, v1alpha1.ReasonBlocked, "PodDisruptionBudget default/shop")
	kubectl(t, r, "delete", "vpcpeering", "-n", "network", "eu-us", patiently)
	begun := cordonedSince(t, r.EU, since)
	if len(begun) == r.EU.Size {
		t.Fatalf("all %d nodes were started on in spite of the budget: nothing is left that could be", r.EU.Size)
	}
	// Relaxed only then: what had been begun on a reading from before the deletion would be no fault.
	untilWithdrawn(t, r)
	setBudget(t, r, 1)
	untilCluster(t, r, "local", v1alpha1.ConditionReady, metav1.ConditionTrue, "")
	pause(t, 2*time.Second)
	if now := cordonedSince(t, r.EU, since); len(now) > len(begun) {
		t.Errorf("nodes were started on after the last peering was gone: %v, before %v", now, begun)
	}
	expectNothingInAWS(t, r)
	expectInvariants(t, r.EU, maxUnavailable)
}
