package e2e

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/test/e2e/rig"
	"github.com/crossvpc/crossvpc/test/figure"
	"github.com/crossvpc/crossvpc/test/scene"
)

// afterSweep is how long after the sweep that sees it drift may last.
const afterSweep = 2 * time.Second

// drift is what somebody takes away from a peering by hand, and how to see that it is there again.
type drift struct {
	peering   int
	take, has func(*driftOf, context.Context) (bool, error)
}

// driftOf is one peering as somebody in its requester's account sees it.
type driftOf struct {
	kube      client.Client
	api       *ec2.Client
	name      string
	requester *scene.Network
	accepter  *scene.Network
	// connection is the id before.
	connection string
}

var drifts = map[string]drift{
	"a route":      {0, (*driftOf).takeRoute, (*driftOf).hasRoute},
	"a group rule": {9, (*driftOf).takeRule, (*driftOf).hasRule},
	"a connection": {18, (*driftOf).takeConnection, (*driftOf).hasConnection},
}

// drift takes something of each kind away at once, and waits until all is there again.
func (run *crowdRun) drift(t *testing.T, sweep time.Duration) {
	t.Helper()
	var group sync.WaitGroup
	for name, d := range drifts {
		of := run.driftOf(t, d.peering)
		if done, err := d.take(of, t.Context()); err != nil || !done {
			t.Fatalf("%s is not there to be taken away: %v", name, err)
		}
		began := time.Now()
		group.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 10*sweep)
			defer cancel()
			err := rig.Until(ctx, name+" to be repaired", func() (bool, error) { return d.has(of, ctx) })
			if err != nil {
				t.Error(err)
				return
			}
			figure.Figure{
				Name: fmt.Sprintf("repair of %s, sweep of %s", name, sweep), Unit: "s",
				Value: time.Since(began).Seconds(), Target: (sweep + afterSweep).Seconds(), Room: roomForRepair,
			}.Assert(t)
		})
	}
	group.Wait()
}

// roomForRepair: a sweep of fifty takes its time where many programs share the cores.
const roomForRepair = 2

func (run *crowdRun) driftOf(t *testing.T, n int) *driftOf {
	t.Helper()
	of := &driftOf{kube: run.rig.EU.Kube, name: fmt.Sprintf("p-%04d", n)}
	of.requester, of.accepter = run.pair(n, run.requesting, run.accepting)
	config, err := run.rig.Accounts.Config(t.Context(), of.requester.Account, of.requester.Region)
	if err != nil {
		t.Fatal(err)
	}
	of.api = ec2.NewFromConfig(config)
	object, err := of.object(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	of.connection = object.Status.PeeringConnectionID
	return of
}

func (of *driftOf) object(ctx context.Context) (*v1alpha1.VPCPeering, error) {
	object := &v1alpha1.VPCPeering{}
	err := of.kube.Get(ctx, client.ObjectKey{Namespace: rig.UserNamespace, Name: of.name}, object)
	return object, err
}

func (of *driftOf) takeRoute(ctx context.Context) (bool, error) {
	_, err := of.api.DeleteRoute(ctx, &ec2.DeleteRouteInput{RouteTableId: &of.requester.MainTable, DestinationCidrBlock: &of.accepter.Blocks[0]})
	return err == nil, err
}

func (of *driftOf) hasRoute(ctx context.Context) (bool, error) {
	out, err := of.api.DescribeRouteTables(ctx, &ec2.DescribeRouteTablesInput{RouteTableIds: []string{of.requester.MainTable}})
	if err != nil {
		return false, err
	}
	for _, route := range out.RouteTables[0].Routes {
		if awssdk.ToString(route.DestinationCidrBlock) == of.accepter.Blocks[0] {
			return true, nil
		}
	}
	return false, nil
}

func (of *driftOf) rule(ctx context.Context) (string, error) {
	group := of.requester.Groups[scene.PodGroup]
	out, err := of.api.DescribeSecurityGroupRules(ctx, &ec2.DescribeSecurityGroupRulesInput{
		Filters: []ec2types.Filter{{Name: awssdk.String("group-id"), Values: []string{group}}},
	})
	if err != nil {
		return "", err
	}
	for _, rule := range out.SecurityGroupRules {
		if awssdk.ToString(rule.CidrIpv4) == of.accepter.Blocks[0] {
			return awssdk.ToString(rule.SecurityGroupRuleId), nil
		}
	}
	return "", nil
}

func (of *driftOf) takeRule(ctx context.Context) (bool, error) {
	id, err := of.rule(ctx)
	if err != nil || id == "" {
		return false, err
	}
	group := of.requester.Groups[scene.PodGroup]
	_, err = of.api.RevokeSecurityGroupIngress(ctx, &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, SecurityGroupRuleIds: []string{id}})
	return err == nil, err
}

func (of *driftOf) hasRule(ctx context.Context) (bool, error) {
	id, err := of.rule(ctx)
	return id != "", err
}

func (of *driftOf) takeConnection(ctx context.Context) (bool, error) {
	_, err := of.api.DeleteVpcPeeringConnection(ctx, &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: &of.connection})
	return err == nil, err
}

// hasConnection: it is another one, and all that rests on it leads there.
func (of *driftOf) hasConnection(ctx context.Context) (bool, error) {
	object, err := of.object(ctx)
	if err != nil {
		return false, err
	}
	renewed := object.Status.PeeringConnectionID != "" && object.Status.PeeringConnectionID != of.connection
	return renewed && meta.IsStatusConditionTrue(object.Status.Conditions, v1alpha1.ConditionReady), nil
}
