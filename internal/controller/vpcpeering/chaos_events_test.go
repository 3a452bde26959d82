package vpcpeering

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/chaos"
	"github.com/crossvpc/crossvpc/test/scene"
)

// What can happen. A reconciliation is the most frequent.
const (
	reconciles   = "reconcile"
	waits        = "wait"
	isKilled     = "kill"
	isOvertaken  = "another manager overtakes it"
	isRefused    = "the API server refuses a write"
	fails        = "fault"
	loses        = "lose the answer"
	failsTwice   = "fault and kill"
	edits        = "edit"
	plans        = "plan"
	pauses       = "pause"
	goesOn       = "apply"
	recreates    = "delete and recreate"
	recreatesNow = "delete in trouble and recreate"
	drifts       = "drift"
	lags         = "lag"
	other        = "another manager"
	isDelayed    = "cache delayed"
	isDropped    = "cache dropped"
	isMerged     = "cache merged"
	isAhead      = "clock ahead"
)

var deck = chaos.Deck{
	Chances: []chaos.Chance{
		{What: reconciles, Share: 28}, {What: waits, Share: 8}, {What: isKilled, Share: 13}, {What: isOvertaken, Share: 3}, {What: isRefused, Share: 8},
		{What: fails, Share: 12}, {What: loses, Share: 8}, {What: failsTwice, Share: 3}, {What: edits, Share: 6}, {What: plans, Share: 2}, {What: pauses, Share: 2},
		{What: goesOn, Share: 4}, {What: recreates, Share: 2}, {What: recreatesNow, Share: 3}, {What: drifts, Share: 5}, {What: lags, Share: 5}, {What: other, Share: 5},
		{What: isDelayed, Share: 3}, {What: isDropped, Share: 3}, {What: isMerged, Share: 3}, {What: isAhead, Share: 4},
	},
	Actions: []string{
		"CreateVpcPeeringConnection", "AcceptVpcPeeringConnection", "DescribeVpcPeeringConnections", "ModifyVpcPeeringConnectionOptions", "CreateTags",
		"AuthorizeSecurityGroupIngress", "DescribeSecurityGroupRules", "CreateRoute", "DescribeRouteTables", "DescribeVpcs",
		"RevokeSecurityGroupIngress", "DeleteRoute", "DeleteVpcPeeringConnection",
	},
	Fewest: 5, Most: 16,
}

// happen lets an event happen.
func (c *chaosWorld) happen(e chaos.Event) {
	c.t.Helper()
	switch e.What {
	case waits:
		c.clock.advance(time.Duration(e.N) * 3 * time.Second)
	case isKilled, isOvertaken, isRefused, fails, loses, failsTwice, other:
		c.harm(e)
	case edits, plans, pauses, goesOn:
		c.rewrite(e)
	case recreates:
		c.calm()
		c.remove(c.object)
		c.make()
	case recreatesNow:
		c.removeNow(e)
		c.make()
	case drifts:
		c.drift(e.N)
	case lags:
		c.cloud.SetTiming(e.Lag())
		c.lagging = true
	case isDelayed:
		c.be(chaos.Delayed, 1+e.N%4)
	case isDropped:
		c.be(chaos.Dropped, 1+e.N%4)
	case isMerged:
		c.be(chaos.Merged, 1+e.N%4)
	case isAhead:
		c.ahead = e.Ahead()
		c.restart()
	default:
		c.once(e)
	}
}

// harm is what befalls the process in a reconciliation.
func (c *chaosWorld) harm(e chaos.Event) {
	c.t.Helper()
	switch e.What {
	case isKilled:
		c.strike(chaos.Strike{At: e.N, Blow: chaos.Kill, After: e.After})
	case isOvertaken:
		c.strike(chaos.Strike{At: e.N, Blow: chaos.Overtaken})
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
		c.strike(chaos.Strike{At: 1 + e.N%12, Blow: chaos.Kill, After: e.After})
	case other:
		mine := c.reconciler
		c.restart()
		c.once(e)
		c.reconciler = mine
		c.once(e)
	}
}

// strike reconciles once with a process that ends by it or lives on as another one.
func (c *chaosWorld) strike(strike chaos.Strike) {
	c.restart()
	c.wire.Arm(strike)
	c.reconcileOnce()
	c.restart()
}

func (c *chaosWorld) inject(e chaos.Event) {
	c.t.Helper()
	account := []string{scene.RequesterAccount, scene.AccepterAccount}[e.N/2%2]
	if _, err := c.cloud.Inject(e.Fault(roleIn(account), e.What == loses)); err != nil {
		c.t.Fatal(err)
	}
}

// rewrite is a person who edits the spec.
func (c *chaosWorld) rewrite(e chaos.Event) {
	c.t.Helper()
	c.edit(c.object, func(object *v1alpha1.VPCPeering) {
		switch e.What {
		case plans:
			object.Spec.Mode = v1alpha1.ModePlan
		case pauses:
			object.Spec.Paused = true
		case goesOn:
			object.Spec.Mode, object.Spec.Paused = v1alpha1.ModeApply, false
		default:
			c.spec = e.N % len(specs)
			fresh := c.fresh()
			specs[c.spec](fresh)
			fresh.Spec.Mode, fresh.Spec.Paused = object.Spec.Mode, object.Spec.Paused
			object.Spec = fresh.Spec
		}
	})
}

func (c *chaosWorld) be(how chaos.Lateness, looks int) {
	c.t.Helper()
	if err := c.late.Be(c.t.Context(), how, looks); err != nil {
		c.t.Fatal(err)
	}
}

func (c *chaosWorld) reconcileOnce() time.Duration {
	c.t.Helper()
	if err := c.late.Look(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	result, _ := c.tryReconcile(c.t.Context(), c.object)
	return result.RequeueAfter
}

// once reconciles and lets about as much time pass as was asked for.
func (c *chaosWorld) once(e chaos.Event) {
	c.t.Helper()
	c.clock.advance(min(c.reconcileOnce(), time.Duration(e.N)*time.Second))
}

// removeNow deletes the object while everything is as bad as it is.
func (c *chaosWorld) removeNow(e chaos.Event) {
	c.t.Helper()
	c.delete(c.object)
	for range 4 * mostPasses {
		again := c.reconcileOnce()
		if c.read(c.object) == nil {
			c.once(e) // what is told late of the object that is gone
			return
		}
		c.clock.advance(max(again, time.Second))
	}
	c.t.Fatalf("not gone: %s", sentences(c.read(c.object)))
}

// drift is what somebody does by hand to what is ours.
func (c *chaosWorld) drift(n int) {
	c.t.Helper()
	network := c.networks()[n%2]
	if n%3 == 0 {
		for _, connection := range c.live(network) {
			_, _ = c.ec2(network).DeleteVpcPeeringConnection(c.t.Context(), &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: connection.VpcPeeringConnectionId})
		}
		return
	}
	tables, err := c.ec2(network).DescribeRouteTables(c.t.Context(), &ec2.DescribeRouteTablesInput{})
	if err != nil {
		c.t.Fatal(err)
	}
	for _, table := range tables.RouteTables {
		for _, route := range table.Routes {
			if route.VpcPeeringConnectionId != nil {
				_, _ = c.ec2(network).DeleteRoute(c.t.Context(), &ec2.DeleteRouteInput{RouteTableId: table.RouteTableId, DestinationCidrBlock: route.DestinationCidrBlock})
			}
		}
	}
}
