package awssim_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/crossvpc/crossvpc/test/awssim"
)

// pair is a VPC each of two clients, who may be in any accounts and regions.
type pair struct {
	t                   *testing.T
	cloud               *awssim.Cloud
	requester, accepter *ec2.Client
	from, to            string
	toAccount, toRegion string
}

// strangers are two accounts in two regions.
func strangers(t *testing.T, timing awssim.Timing) *pair {
	t.Helper()
	cloud, endpoint := start(t, timing)
	p := &pair{
		t: t, cloud: cloud, requester: ec2For(endpoint, accountA, regionA), accepter: ec2For(endpoint, accountB, regionB),
		toAccount: accountB, toRegion: regionB,
	}
	p.from, p.to = makeVpc(t, p.requester, "10.11.0.0/16"), makeVpc(t, p.accepter, "10.12.0.0/16")
	return p
}

func (p *pair) request() string {
	p.t.Helper()
	made := must[*ec2.CreateVpcPeeringConnectionOutput](p.t)(p.requester.CreateVpcPeeringConnection(p.t.Context(), &ec2.CreateVpcPeeringConnectionInput{
		VpcId: &p.from, PeerVpcId: &p.to, PeerOwnerId: &p.toAccount, PeerRegion: &p.toRegion,
	}))
	return *made.VpcPeeringConnection.VpcPeeringConnectionId
}

func (p *pair) accept(id string) error {
	_, err := p.accepter.AcceptVpcPeeringConnection(p.t.Context(), &ec2.AcceptVpcPeeringConnectionInput{VpcPeeringConnectionId: &id})
	return err
}

func (p *pair) active() string {
	p.t.Helper()
	id := p.request()
	if err := p.accept(id); err != nil {
		p.t.Fatal(err)
	}
	return id
}

// state is the state that the client sees, or the code of the error.
func state(t *testing.T, client *ec2.Client, id string) string {
	t.Helper()
	found, err := client.DescribeVpcPeeringConnections(t.Context(), &ec2.DescribeVpcPeeringConnectionsInput{VpcPeeringConnectionIds: []string{id}})
	if err != nil {
		wantCode(t, err, "InvalidVpcPeeringConnectionID.NotFound")
		return "unknown"
	}
	return string(found.VpcPeeringConnections[0].Status.Code)
}

func (p *pair) sees(id, requester, accepter string) {
	p.t.Helper()
	if got := state(p.t, p.requester, id); got != requester {
		p.t.Errorf("requester sees %s, want %s", got, requester)
	}
	if got := state(p.t, p.accepter, id); got != accepter {
		p.t.Errorf("accepter sees %s, want %s", got, accepter)
	}
}

func (p *pair) pass(d time.Duration) { p.cloud.Clock().Advance(d) }

func seconds(n int) awssim.Duration { return awssim.Duration(n) * awssim.Duration(time.Second) }

func TestAConnectionGoesThroughItsStatesInItsTime(t *testing.T) {
	p := strangers(t, awssim.Timing{Transitions: map[string]awssim.Duration{
		"vpc-peering-connection/initiating-request": seconds(2), "vpc-peering-connection/provisioning": seconds(5), "vpc-peering-connection/deleting": seconds(3),
	}})
	id := p.request()
	p.sees(id, "initiating-request", "unknown")
	p.pass(2 * time.Second)
	p.sees(id, "pending-acceptance", "pending-acceptance")
	if err := p.accept(id); err != nil {
		t.Fatal(err)
	}
	p.sees(id, "provisioning", "provisioning")
	_, err := p.requester.DeleteVpcPeeringConnection(t.Context(), &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: &id})
	wantCode(t, err, "InvalidStateTransition")
	p.pass(5 * time.Second)
	p.sees(id, "active", "active")
	must[*ec2.DeleteVpcPeeringConnectionOutput](t)(p.accepter.DeleteVpcPeeringConnection(t.Context(), &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: &id}))
	p.sees(id, "deleting", "deleting")
	p.pass(3 * time.Second)
	p.sees(id, "deleted", "deleted")
	p.pass(2 * time.Hour)
	p.sees(id, "deleted", "unknown")
	p.pass(46 * time.Hour)
	p.sees(id, "unknown", "unknown")
}

func TestEachSideSeesWhatTheOtherDidAfterTheLag(t *testing.T) {
	p := strangers(t, awssim.Timing{
		Lag:       awssim.Lag{Remote: seconds(10)},
		RegionLag: map[string]awssim.Duration{regionB: seconds(4)},
		KindLag:   map[string]awssim.Lag{"vpc-peering-connection": {Own: seconds(1), Remote: seconds(10)}},
	})
	id := p.request()
	p.sees(id, "unknown", "unknown")
	p.pass(time.Second)
	p.sees(id, "pending-acceptance", "unknown")
	wantCode(t, p.accept(id), "InvalidVpcPeeringConnectionID.NotFound")
	p.pass(3 * time.Second)
	p.sees(id, "pending-acceptance", "pending-acceptance")
	if err := p.accept(id); err != nil {
		t.Fatal(err)
	}
	p.pass(time.Second)
	p.sees(id, "pending-acceptance", "active")
	p.pass(9 * time.Second)
	p.sees(id, "active", "active")
}

func TestTheReversedRequestCanBeAcceptedWhenTheFirstConnectionIsGone(t *testing.T) {
	p := strangers(t, awssim.Instant())
	first := p.active()
	back := &pair{t: t, cloud: p.cloud, requester: p.accepter, accepter: p.requester, from: p.to, to: p.from, toAccount: accountA, toRegion: regionA}
	second := back.request()
	wantCode(t, back.accept(second), "VpcPeeringConnectionAlreadyExists")
	must[*ec2.DeleteVpcPeeringConnectionOutput](t)(p.requester.DeleteVpcPeeringConnection(t.Context(), &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: &first}))
	countVpcs(t, p.requester)
	if err := back.accept(second); err != nil {
		t.Error(err)
	}
}

func TestOnlyTheRequesterMayDeleteAPendingRequest(t *testing.T) {
	p := strangers(t, awssim.Instant())
	id := p.request()
	_, err := p.accepter.DeleteVpcPeeringConnection(t.Context(), &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: &id})
	wantCode(t, err, "OperationNotPermitted")
	p.sees(id, "pending-acceptance", "pending-acceptance")
}

func TestARouteHasTheStateOfItsTarget(t *testing.T) {
	p := strangers(t, awssim.Instant())
	id := p.request()
	table := *must[*ec2.CreateRouteTableOutput](t)(p.requester.CreateRouteTable(t.Context(), &ec2.CreateRouteTableInput{VpcId: &p.from})).RouteTable.RouteTableId
	must[*ec2.CreateRouteOutput](t)(p.requester.CreateRoute(t.Context(), &ec2.CreateRouteInput{
		RouteTableId: &table, DestinationCidrBlock: aws.String("10.12.0.0/16"), VpcPeeringConnectionId: &id,
	}))
	for _, step := range []struct {
		do   func() error
		want types.RouteState
	}{
		{func() error { return nil }, types.RouteStateBlackhole},
		{func() error { return p.accept(id) }, types.RouteStateActive},
		{func() error {
			_, err := p.accepter.DeleteVpcPeeringConnection(t.Context(), &ec2.DeleteVpcPeeringConnectionInput{VpcPeeringConnectionId: &id})
			return err
		}, types.RouteStateBlackhole},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if got := routes(t, p.requester, table)["10.12.0.0/16"].State; got != step.want {
			t.Errorf("route is %s, want %s", got, step.want)
		}
	}
}

func routes(t *testing.T, client *ec2.Client, table string) map[string]types.Route {
	t.Helper()
	found := must[*ec2.DescribeRouteTablesOutput](t)(client.DescribeRouteTables(t.Context(), &ec2.DescribeRouteTablesInput{RouteTableIds: []string{table}}))
	byDestination := map[string]types.Route{}
	for _, r := range found.RouteTables[0].Routes {
		byDestination[aws.ToString(r.DestinationCidrBlock)+aws.ToString(r.DestinationPrefixListId)] = r
	}
	return byDestination
}

func TestAStaticRouteHidesAPropagatedOne(t *testing.T) {
	p := strangers(t, awssim.Instant())
	ctx, client := t.Context(), p.requester
	table := *must[*ec2.CreateRouteTableOutput](t)(client.CreateRouteTable(ctx, &ec2.CreateRouteTableInput{VpcId: &p.from})).RouteTable.RouteTableId
	gateway := must[*ec2.CreateVpnGatewayOutput](t)(client.CreateVpnGateway(ctx, &ec2.CreateVpnGatewayInput{
		Type: types.GatewayTypeIpsec1,
		TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeVpnGateway, Tags: []types.Tag{
			{Key: aws.String("awssim-propagates"), Value: aws.String("10.12.0.0/16 172.16.0.0/12")},
		}}},
	})).VpnGateway.VpnGatewayId
	must[*ec2.AttachVpnGatewayOutput](t)(client.AttachVpnGateway(ctx, &ec2.AttachVpnGatewayInput{VpcId: &p.from, VpnGatewayId: gateway}))
	must[*ec2.EnableVgwRoutePropagationOutput](t)(client.EnableVgwRoutePropagation(ctx, &ec2.EnableVgwRoutePropagationInput{GatewayId: gateway, RouteTableId: &table}))
	if got := routes(t, client, table)["10.12.0.0/16"]; got.Origin != types.RouteOriginEnableVgwRoutePropagation {
		t.Fatalf("got %+v, want a propagated route", got)
	}
	id := p.active()
	must[*ec2.CreateRouteOutput](t)(client.CreateRoute(ctx, &ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: aws.String("10.12.0.0/16"), VpcPeeringConnectionId: &id}))
	if got := routes(t, client, table)["10.12.0.0/16"]; aws.ToString(got.VpcPeeringConnectionId) != id {
		t.Errorf("got %+v, want the static route", got)
	}
	must[*ec2.DeleteRouteOutput](t)(client.DeleteRoute(ctx, &ec2.DeleteRouteInput{RouteTableId: &table, DestinationCidrBlock: aws.String("10.12.0.0/16")}))
	if got := routes(t, client, table)["10.12.0.0/16"]; got.Origin != types.RouteOriginEnableVgwRoutePropagation {
		t.Errorf("got %+v, want the propagated route again", got)
	}
}
