package aws_test

import (
	"net/netip"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/test/awssim"
)

const operatorAccount = "999999999999"

// land is one side in the simulated AWS, with the identity that the operator has there.
type land struct {
	side         peering.Side
	identity     aws.Identity
	table, group string
	block        netip.Prefix
}

// world is a simulated AWS over HTTP with two lands, and the operator's clients.
type world struct {
	*testing.T
	cloud   *awssim.Cloud
	clients *aws.Clients
	lands   map[peering.Role]*land
}

func newWorld(t *testing.T, timing awssim.Timing) *world {
	t.Helper()
	cloud := awssim.New(awssim.Options{Timing: timing})
	url, err := cloud.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	configFor := func(account, region string) awssdk.Config {
		return awssdk.Config{
			BaseEndpoint: &url, Region: region, RetryMaxAttempts: 1,
			Credentials: credentials.NewStaticCredentialsProvider(account, "any", ""),
		}
	}
	w := &world{T: t, cloud: cloud, clients: aws.NewClients(configFor(operatorAccount, "eu-west-1")), lands: map[peering.Role]*land{}}
	for role, place := range map[peering.Role]struct{ account, region, block string }{
		peering.Requester: {"111111111111", "eu-west-1", "10.11.0.0/16"},
		peering.Accepter:  {"222222222222", "us-east-1", "10.12.0.0/16"},
	} {
		identity := aws.Identity{Name: string(role), RoleARN: "arn:aws:iam::" + place.account + ":role/crossvpc", ExternalID: "installation/" + string(role)}
		if err := cloud.DeclareRole(awssim.Role{ARN: identity.RoleARN, Principals: []string{operatorAccount}, ExternalID: identity.ExternalID}); err != nil {
			t.Fatal(err)
		}
		w.lands[role] = w.settle(ec2.NewFromConfig(configFor(place.account, place.region)), place.block)
		w.lands[role].identity = identity
		w.lands[role].side = peering.Side{Role: role, Account: place.account, Region: place.region, VPC: w.lands[role].side.VPC}
	}
	cloud.ClearJournal()
	return w
}

// settle makes a VPC with an IPv6 block and a group.
func (w *world) settle(client *ec2.Client, block string) *land {
	w.Helper()
	vpc, err := client.CreateVpc(w.Context(), &ec2.CreateVpcInput{CidrBlock: &block, AmazonProvidedIpv6CidrBlock: awssdk.Bool(true)})
	if err != nil {
		w.Fatal(err)
	}
	for _, attribute := range []*ec2.ModifyVpcAttributeInput{
		{VpcId: vpc.Vpc.VpcId, EnableDnsHostnames: &ec2types.AttributeBooleanValue{Value: awssdk.Bool(true)}},
	} {
		if _, err := client.ModifyVpcAttribute(w.Context(), attribute); err != nil {
			w.Fatal(err)
		}
	}
	group, err := client.CreateSecurityGroup(w.Context(), &ec2.CreateSecurityGroupInput{GroupName: awssdk.String("nodes"), Description: awssdk.String("nodes"), VpcId: vpc.Vpc.VpcId})
	if err != nil {
		w.Fatal(err)
	}
	return &land{side: peering.Side{VPC: *vpc.Vpc.VpcId}, group: *group.GroupId, block: netip.MustParsePrefix(block)}
}

func (w *world) sides() peering.Sides {
	return peering.Sides{Requester: w.lands[peering.Requester].side, Accepter: w.lands[peering.Accepter].side}
}

func (w *world) apply(action peering.Action) aws.Outcome {
	w.Helper()
	land := w.lands[action.Role()]
	out, err := w.clients.Apply(w.Context(), land.identity, land.side.Region, action)
	if err != nil {
		w.Fatal(err)
	}
	return out
}

func (w *world) read(role peering.Role) peering.SideSnapshot {
	w.Helper()
	land := w.lands[role]
	side, err := w.clients.Reader(land.identity, land.side.Region).Side(w.Context(), aws.Query{
		Owner: "ns/p", VPC: land.side.VPC, Groups: []string{land.group}, Kinds: aws.AllKinds, NotBefore: time.Now(),
	})
	if err != nil {
		w.Fatal(err)
	}
	return side
}

// peered makes the connection and tells its id.
func (w *world) peered(tags map[string]string) string {
	w.Helper()
	id := w.apply(peering.CreateConnection{Sides: w.sides(), Tags: tags}).ConnectionID
	w.apply(peering.AcceptConnection{ID: id, Side: w.sides().Accepter})
	w.apply(peering.TagConnection{On: peering.Accepter, ID: id, Tags: tags})
	return id
}

func TestAPeeringIsBuiltSeenAndTakenDownAcrossAccountsAndRegions(t *testing.T) {
	w := newWorld(t, awssim.Instant())
	owner := aws.Owner("installation", "ns", "p")
	tags := aws.Tags("installation", "ns", "p", map[string]string{"team": "net"})
	id := w.peered(tags)

	built := map[string]int{}
	for _, role := range peering.Roles() {
		other := w.lands[role.Other()]
		peer := w.read(role.Other()).VPC
		table := w.read(role).RouteTables[0].ID
		for _, block := range peer.Blocks {
			w.apply(peering.CreateRoute{On: role, RouteTableID: table, Destination: block.Prefix, ConnectionID: id})
		}
		rules := []peering.Ingress{
			{Source: other.block, Protocol: "-1", FromPort: -1, ToPort: -1},
			{Source: peer.Blocks[1].Prefix, Protocol: "tcp", FromPort: 443, ToPort: 443},
		}
		out := w.apply(peering.AuthorizeRules{On: role, GroupID: w.lands[role].group, Rules: rules, Tags: tags})
		if out.RuleIDs[rules[0]] == "" || out.RuleIDs[rules[1]] == "" {
			t.Errorf("rule ids %v", out.RuleIDs)
		}
		w.apply(peering.SetDNSResolution{On: role, End: role, ConnectionID: id, Enabled: true})
		w.lands[role].table = table
	}
	for _, role := range peering.Roles() {
		side := w.read(role)
		connection := side.Connections[0]
		if connection.State != peering.StateActive || connection.Tags[v1alpha1.TagOwner] != owner || connection.ID != id {
			t.Errorf("%s's connection: %+v", role, connection)
		}
		if connection.Requester.Account != "111111111111" || connection.Accepter.Region != "us-east-1" {
			t.Errorf("%s's connection has ends %+v and %+v", role, connection.Requester, connection.Accepter)
		}
		for _, route := range side.RouteTables[0].Routes {
			built[route.Target+" "+route.State]++
		}
		for _, rule := range side.Rules {
			if rule.Tags[v1alpha1.TagOwner] == owner {
				built["rule"]++
				w.apply(peering.RevokeRules{On: role, GroupID: rule.GroupID, RuleIDs: []string{rule.ID}})
			}
		}
	}
	if diff := cmp.Diff(map[string]int{"local active": 4, id + " active": 4, "rule": 4}, built); diff != "" {
		t.Errorf("routes and rules (-want +got):\n%s", diff)
	}
	requester := w.read(peering.Requester).Connections[0].Requester
	if requester.DNSResolution == nil || !*requester.DNSResolution {
		t.Errorf("the requester's end: %+v", requester)
	}

	for _, role := range peering.Roles() {
		for _, block := range w.read(role.Other()).VPC.Blocks {
			w.apply(peering.DeleteRoute{On: role, RouteTableID: w.lands[role].table, Destination: block.Prefix})
		}
	}
	w.apply(peering.DeleteConnection{On: peering.Accepter, ID: id})
	for _, role := range peering.Roles() {
		side := w.read(role)
		if len(side.Rules) != 1 || len(side.RouteTables[0].Routes) != 2 || !side.Connections[0].State.Gone() {
			t.Errorf("%s's side is not as before: %+v", role, side)
		}
	}
	if refused := len(w.cloud.Journal(awssim.Query{})) - len(w.cloud.Journal(awssim.Query{Code: "OK"})); refused != 0 {
		t.Errorf("AWS refused %d calls", refused)
	}
}

func TestEveryActionMayBeDoneTwice(t *testing.T) {
	w := newWorld(t, awssim.Instant())
	id := w.apply(peering.CreateConnection{Sides: w.sides()}).ConnectionID
	if again := w.apply(peering.CreateConnection{Sides: w.sides()}).ConnectionID; again != id {
		t.Errorf("asked twice, got %s and %s", id, again)
	}
	table := w.read(peering.Requester).RouteTables[0].ID
	route := peering.CreateRoute{On: peering.Requester, RouteTableID: table, Destination: w.lands[peering.Accepter].block, ConnectionID: id}
	group := w.lands[peering.Requester].group
	rule := peering.Ingress{Source: w.lands[peering.Accepter].block, Protocol: "tcp", FromPort: 443, ToPort: 443}
	made := ""
	for range 2 {
		w.apply(peering.AcceptConnection{ID: id, Side: w.sides().Accepter})
		w.apply(route)
		out := w.apply(peering.AuthorizeRules{On: peering.Requester, GroupID: group, Rules: []peering.Ingress{rule}})
		if made == "" {
			made = out.RuleIDs[rule]
		} else if !out.Stale {
			t.Errorf("the second time: %+v", out)
		}
	}
	for range 2 {
		w.apply(peering.RevokeRules{On: peering.Requester, GroupID: group, RuleIDs: []string{made}})
		w.apply(peering.DeleteRoute{On: peering.Requester, RouteTableID: table, Destination: route.Destination})
		w.apply(peering.DeleteConnection{On: peering.Requester, ID: id})
	}
}

func TestARequestThatTheOtherRegionDoesNotShowYetIsWaitedFor(t *testing.T) {
	w := newWorld(t, awssim.Instant())
	lagging := awssim.Realistic()
	w.cloud.SetTiming(lagging)
	id := w.apply(peering.CreateConnection{Sides: w.sides()}).ConnectionID
	accepter := w.lands[peering.Accepter]
	_, err := w.clients.Apply(t.Context(), accepter.identity, accepter.side.Region, peering.AcceptConnection{ID: id, Side: accepter.side})
	failure := aws.Classify(err)
	if failure.Class != aws.Soon || !failure.NotFound || failure.Patience != 5*time.Minute {
		t.Errorf("failure %+v of %v", failure, err)
	}
}

func TestADenialNamesActionAndResource(t *testing.T) {
	w := newWorld(t, awssim.Instant())
	requester := w.lands[peering.Requester]
	w.cloud.Deny(requester.identity.RoleARN, "ec2:CreateVpcPeeringConnection")
	_, err := w.clients.Apply(t.Context(), requester.identity, requester.side.Region, peering.CreateConnection{Sides: w.sides()})
	failure := aws.Classify(err)
	if failure.Class != aws.User || !failure.Denied || failure.Action() != "ec2:CreateVpcPeeringConnection" {
		t.Errorf("failure %+v", failure)
	}
}

func TestARoleThatAsksForAnotherExternalIDIsRefused(t *testing.T) {
	w := newWorld(t, awssim.Instant())
	wrong := w.lands[peering.Requester].identity
	wrong.ExternalID = "installation/other"
	_, err := w.clients.CallerAccount(t.Context(), wrong, time.Now())
	if failure := aws.Classify(err); !failure.Denied || failure.Action() != "sts:AssumeRole" {
		t.Errorf("failure %+v of %v", failure, err)
	}
	account, err := w.clients.CallerAccount(t.Context(), w.lands[peering.Requester].identity, time.Now())
	if err != nil || account != "111111111111" {
		t.Errorf("the right one is of account %q, %v", account, err)
	}
}

func TestALostAnswerIsTriedAgainNotBelieved(t *testing.T) {
	w := newWorld(t, awssim.Instant())
	for _, effect := range []awssim.Effect{awssim.ResetAfter, awssim.ResetBefore} {
		if _, err := w.cloud.Inject(awssim.Fault{Action: "CreateVpcPeeringConnection", Effect: effect}); err != nil {
			t.Fatal(err)
		}
		requester := w.lands[peering.Requester]
		_, err := w.clients.Apply(t.Context(), requester.identity, requester.side.Region, peering.CreateConnection{Sides: w.sides()})
		if failure := aws.Classify(err); failure.Class != aws.Retry {
			t.Errorf("%s: failure %+v of %v", effect, failure, err)
		}
	}
	if connections := w.read(peering.Requester).Connections; len(connections) != 1 {
		t.Errorf("connections: %+v", connections)
	}
}
