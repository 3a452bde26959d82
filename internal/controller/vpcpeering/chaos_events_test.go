package vpcpeering

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/chaos"
	"github.com/crossvpc/crossvpc/test/scene"
)

// What can happen besides what happens to every process.
const (
	lags    = "lag"
	isAhead = "clock ahead"
)

var deck = chaos.Deck{
	Chances: []chaos.Chance{
		{What: chaos.Reconciles, Share: 28}, {What: chaos.Waits, Share: 8}, {What: chaos.IsKilled, Share: 13}, {What: chaos.IsOvertaken, Share: 3}, {What: chaos.IsRefused, Share: 8},
		{What: chaos.Fails, Share: 12}, {What: chaos.Loses, Share: 8}, {What: chaos.FailsTwice, Share: 3},
		{What: chaos.Edits, Share: 6}, {What: chaos.Plans, Share: 2}, {What: chaos.Pauses, Share: 2},
		{What: chaos.GoesOn, Share: 4}, {What: chaos.Recreates, Share: 2}, {What: chaos.RecreatesNow, Share: 3}, {What: chaos.Drifts, Share: 5}, {What: lags, Share: 5}, {What: chaos.Other, Share: 5},
		{What: chaos.IsDelayed, Share: 3}, {What: chaos.IsDropped, Share: 3}, {What: chaos.IsMerged, Share: 3}, {What: isAhead, Share: 4},
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
	if c.harm().Befalls(e) {
		return
	}
	switch e.What {
	case chaos.Waits:
		c.clock.advance(time.Duration(e.N) * 3 * time.Second)
	case chaos.Other:
		c.another(e)
	case chaos.Edits, chaos.Plans, chaos.Pauses, chaos.GoesOn:
		c.rewrite(e)
	case chaos.Recreates:
		c.calm()
		c.remove(c.object)
		c.make()
	case chaos.RecreatesNow:
		c.removeNow(e)
		c.make()
	case chaos.Drifts:
		c.drift(e.N)
	case lags:
		c.cloud.SetTiming(e.Lag())
		c.lagging = true
	case isAhead:
		c.ahead = e.Ahead()
		c.restart()
	default:
		c.once(e)
	}
}

func (c *chaosWorld) harm() chaos.Harm {
	return chaos.Harm{
		Wire: &c.wire, Strike: c.strike, Inject: c.inject, Reconcile: func() { c.reconcileOnce() }, Once: c.once, Late: c.be,
	}
}

// another has a manager act beside this one.
func (c *chaosWorld) another(e chaos.Event) {
	c.t.Helper()
	mine := c.reconciler
	c.restart()
	c.once(e)
	c.reconciler = mine
	c.once(e)
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
	if _, err := c.cloud.Inject(e.Fault(roleIn(account), e.What == chaos.Loses)); err != nil {
		c.t.Fatal(err)
	}
}

// rewrite is a person who edits the spec.
func (c *chaosWorld) rewrite(e chaos.Event) {
	c.t.Helper()
	c.edit(c.object, func(object *v1alpha1.VPCPeering) {
		switch e.What {
		case chaos.Plans:
			object.Spec.Mode = v1alpha1.ModePlan
		case chaos.Pauses:
			object.Spec.Paused = true
		case chaos.GoesOn:
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
