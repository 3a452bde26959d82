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

// What can happen besides what happens to every process.
const (
	joins     = "another peering"
	cordons   = "somebody cordons"
	agentGoes = "an agent restarts"
	deploys   = "a pod is deployed"
	stalls    = "watches stall"
)

var deck = chaos.Deck{
	Chances: []chaos.Chance{
		{What: chaos.Reconciles, Share: 30}, {What: chaos.Waits, Share: 6}, {What: chaos.IsKilled, Share: 16}, {What: chaos.IsOvertaken, Share: 4}, {What: chaos.IsRefused, Share: 8},
		{What: chaos.Fails, Share: 6}, {What: chaos.Loses, Share: 4}, {What: chaos.FailsTwice, Share: 3},
		{What: chaos.Edits, Share: 6}, {What: chaos.Pauses, Share: 2}, {What: chaos.Plans, Share: 2},
		{What: chaos.GoesOn, Share: 4}, {What: joins, Share: 1}, {What: chaos.Recreates, Share: 1}, {What: chaos.RecreatesNow, Share: 2}, {What: chaos.Drifts, Share: 3},
		{What: cordons, Share: 4}, {What: agentGoes, Share: 2}, {What: deploys, Share: 3}, {What: chaos.Other, Share: 3},
		{What: chaos.IsDelayed, Share: 2}, {What: chaos.IsDropped, Share: 2}, {What: chaos.IsMerged, Share: 2}, {What: stalls, Share: 5},
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
	if c.harm().Befalls(e) {
		return
	}
	switch e.What {
	case chaos.Other:
		c.restart()
		c.once(e)
	case chaos.Edits, chaos.Pauses, chaos.Plans, chaos.GoesOn:
		c.rewrite(e)
	case joins, chaos.Drifts, cordons, agentGoes, deploys, chaos.Waits:
		c.change(e)
	case chaos.Recreates:
		c.calm()
		c.removeAll()
		c.remake()
	case chaos.RecreatesNow:
		c.removeAll()
		c.remake()
	case stalls:
		c.streams.Hold()
		c.stalled, c.goesOn = 1+e.N%4, e
	default:
		c.once(e)
	}
}

func (c *chaosWorld) harm() chaos.Harm {
	return chaos.Harm{
		Wire: c.wire, Strike: c.struck, Inject: c.inject, Reconcile: func() { c.reconcileOnce() }, Once: c.once, Late: c.be,
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
	if _, err := c.cloud.Inject(e.Fault(managerARN, e.What == chaos.Loses)); err != nil {
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
		case chaos.Pauses:
			spec.Rollout.Paused = true
		case chaos.Plans:
			spec.Rollout.Approval = v1alpha1.ApprovalManual
		case chaos.GoesOn:
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
	case chaos.Waits:
		c.clock.advance(time.Duration(e.N) * 3 * time.Second)
	case joins:
		if c.made == 0 {
			c.made++
			c.peering("eu-ap", "10.32.0.0/16")
		}
	case chaos.Drifts:
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
	c.rewrite(chaos.Event{What: chaos.GoesOn})
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
