package peeredcluster

import (
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/chaos"
)

// What can happen. A reconciliation is the most frequent.
const (
	reconciles   = "reconcile"
	waits        = "wait"
	isKilled     = "kill"
	isOvertaken  = "another manager overtakes it"
	isRefused    = "an API server refuses a write"
	fails        = "fault"
	loses        = "lose the answer"
	failsTwice   = "fault and kill"
	edits        = "edit"
	pauses       = "pause"
	plans        = "ask for approval"
	goesOn       = "go on"
	joins        = "another peering"
	recreates    = "delete and recreate"
	recreatesNow = "delete in trouble and recreate"
	drifts       = "drift"
	cordons      = "somebody cordons"
	agentGoes    = "an agent restarts"
	deploys      = "a pod is deployed"
	other        = "another manager"
	isDelayed    = "cache delayed"
	isDropped    = "cache dropped"
	isMerged     = "cache merged"
	stalls       = "watches stall"
)

var deck = chaos.Deck{
	Chances: []chaos.Chance{
		{What: reconciles, Share: 30}, {What: waits, Share: 6}, {What: isKilled, Share: 16}, {What: isOvertaken, Share: 4}, {What: isRefused, Share: 8},
		{What: fails, Share: 6}, {What: loses, Share: 4}, {What: failsTwice, Share: 3}, {What: edits, Share: 6}, {What: pauses, Share: 2}, {What: plans, Share: 2},
		{What: goesOn, Share: 4}, {What: joins, Share: 1}, {What: recreates, Share: 1}, {What: recreatesNow, Share: 2}, {What: drifts, Share: 3},
		{What: cordons, Share: 4}, {What: agentGoes, Share: 2}, {What: deploys, Share: 3}, {What: other, Share: 3},
		{What: isDelayed, Share: 2}, {What: isDropped, Share: 2}, {What: isMerged, Share: 2}, {What: stalls, Share: 5},
	},
	Actions: []string{
		"DescribeRouteTables", "DescribeVpcs", "DescribeSubnets", "DescribeNetworkInterfaces", "DescribeInstances",
		"DescribeAutoScalingInstances", "DescribeAutoScalingGroups", "TerminateInstanceInAutoScalingGroup",
	},
	Fewest: 8, Most: 24,
}

// happen lets an event happen.
func (c *chaosWorld) happen(e chaos.Event) {
	c.t.Helper()
	switch e.What {
	case isKilled, isOvertaken, isRefused, fails, loses, failsTwice, other:
		c.harm(e)
	case edits, pauses, plans, goesOn:
		c.rewrite(e)
	case joins, drifts, cordons, agentGoes, deploys, waits:
		c.change(e)
	case recreates:
		c.calm()
		c.removeAll()
		c.remake()
	case recreatesNow:
		c.removeAll()
		c.remake()
	case isDelayed:
		c.be(chaos.Delayed, 1+e.N%4)
	case isDropped:
		c.be(chaos.Dropped, 1+e.N%4)
	case isMerged:
		c.be(chaos.Merged, 1+e.N%4)
	case stalls:
		c.streams.Hold()
		c.stalled, c.goesOn = 1+e.N%4, e
	default:
		c.once(e)
	}
}

// harm is what befalls the process in a reconciliation.
func (c *chaosWorld) harm(e chaos.Event) {
	c.t.Helper()
	switch e.What {
	case isKilled:
		c.struck(chaos.Strike{At: e.N, Blow: chaos.Kill, After: e.After})
	case isOvertaken:
		c.struck(chaos.Strike{At: e.N, Blow: chaos.Overtaken})
		c.reconcileOnce()
		c.wire.Deliver()
		c.once(e)
	case isRefused:
		c.wire.Arm(e.Refusal())
		c.once(e)
	case fails, loses:
		c.inject(e)
		c.once(e)
	case failsTwice:
		c.inject(e)
		c.struck(chaos.Strike{At: 1 + e.N%12, Blow: chaos.Kill, After: e.After})
	case other:
		c.restart()
		c.once(e)
	}
}

// struck reconciles once with a process that ends by it.
func (c *chaosWorld) struck(strike chaos.Strike) {
	c.t.Helper()
	c.wire.Arm(strike)
	c.reconcileOnce()
	c.letGoOn()
	c.restart()
}

func (c *chaosWorld) inject(e chaos.Event) {
	c.t.Helper()
	if _, err := c.cloud.Inject(e.Fault(managerARN, e.What == loses)); err != nil {
		c.t.Fatal(err)
	}
}

// rewrite is a person who edits the spec.
func (c *chaosWorld) rewrite(e chaos.Event) {
	c.t.Helper()
	if c.present() == nil {
		return
	}
	c.edit(func(spec *v1alpha1.PeeredClusterSpec) {
		switch e.What {
		case pauses:
			spec.Rollout.Paused = true
		case plans:
			spec.Rollout.Approval = v1alpha1.ApprovalManual
		case goesOn:
			spec.Rollout.Paused, spec.Rollout.Approval = false, v1alpha1.ApprovalAutomatic
		default:
			c.spec = e.N % len(specs)
			fresh := c.object().Spec
			fresh.Rollout.Paused, fresh.Rollout.Approval = spec.Rollout.Paused, spec.Rollout.Approval
			*spec = fresh
		}
	})
}

// change is what happens to the cluster.
func (c *chaosWorld) change(e chaos.Event) {
	c.t.Helper()
	switch e.What {
	case waits:
		c.clock.advance(time.Duration(e.N) * 3 * time.Second)
	case joins:
		if c.made == 0 {
			c.made++
			c.peering("eu-ap", "10.32.0.0/16")
		}
	case drifts:
		c.changeConfigs(e.N)
	case cordons:
		c.cordon(e.N)
	case agentGoes:
		c.removeAgent(e.N)
	case deploys:
		c.deploy(e.N)
	}
}

func (c *chaosWorld) be(how chaos.Lateness, looks int) {
	c.t.Helper()
	if err := c.late.Be(c.t.Context(), how, looks); err != nil {
		c.t.Fatal(err)
	}
}

// once reconciles and lets about as much time pass as was asked for.
func (c *chaosWorld) once(e chaos.Event) {
	c.t.Helper()
	again := c.reconcileOnce()
	c.clock.advance(min(max(again, time.Second), time.Duration(e.N)*time.Second))
	if c.stalled--; c.stalled == 0 {
		c.letGoOn()
	}
}

// letGoOn ends a stall: everything is told, or the last of each object, or the watches break.
func (c *chaosWorld) letGoOn() {
	if c.stalled = 0; c.goesOn.N%3 == 0 {
		c.streams.Break()
		return
	}
	c.streams.Release(c.goesOn.N%3 == 1)
}

// calm ends all faults; a person who had paused it lets it go on, and one who had cordoned uncordons.
func (c *chaosWorld) calm() {
	c.t.Helper()
	for _, fault := range c.cloud.Faults() {
		c.cloud.RemoveFault(fault.ID)
	}
	c.be(chaos.Punctual, 0)
	c.letGoOn()
	c.clock.advance(time.Minute)
	c.restart()
	for node := range c.theirs {
		delete(c.theirs, node)
		c.setCordon(node, false)
	}
	c.rewrite(chaos.Event{What: goesOn})
}

func (c *chaosWorld) remake() {
	c.t.Helper()
	c.made = 0
	c.create(c.object())
	c.peering("eu-us", "10.12.0.0/16")
}

// present is the object; nil: there is none.
func (c *chaosWorld) present() *v1alpha1.PeeredCluster {
	c.t.Helper()
	found := &v1alpha1.PeeredCluster{}
	err := c.kube.Get(c.t.Context(), client.ObjectKey{Name: clusterName}, found)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		c.t.Fatal(err)
	}
	return found
}

// settleAll reconciles until the spec is fulfilled and no node is worked on.
func (c *chaosWorld) settleAll() {
	c.t.Helper()
	c.untilAll("settled", func() bool {
		object := c.present()
		configured := meta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionCiliumConfigured)
		ready := meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReady)
		current := configured != nil && configured.ObservedGeneration == object.Generation
		return current && len(c.inProgress) == 0 && (ready || configured.Reason == v1alpha1.ReasonObserveOnly)
	})
}

// removeAll deletes the peerings, and the cluster after them.
func (c *chaosWorld) removeAll() {
	c.t.Helper()
	for _, object := range []client.Object{&v1alpha1.VPCPeering{}, &v1alpha1.PeeredCluster{}} {
		if err := c.kube.DeleteAllOf(c.t.Context(), object, client.InNamespace(namespaceOf(object))); err != nil {
			c.t.Fatal(err)
		}
	}
	c.untilAll("gone", func() bool { return c.present() == nil })
}

func namespaceOf(object client.Object) string {
	if _, is := object.(*v1alpha1.VPCPeering); is {
		return "default"
	}
	return ""
}

const mostInChaos = 200

func (c *chaosWorld) untilAll(what string, done func() bool) {
	c.t.Helper()
	for range mostInChaos {
		again := c.reconcileOnce()
		if done() {
			return
		}
		if c.stalled--; c.stalled == 0 {
			c.letGoOn()
		}
		c.clock.advance(max(again, time.Second))
	}
	text := "it is gone"
	if object := c.present(); object != nil {
		text = sentences(object) + fmt.Sprintf("\n  in progress: %v, of others: %v", c.inProgress, c.theirs)
	}
	c.t.Fatalf("after %d reconciliations not %s: %s", mostInChaos, what, text)
}
