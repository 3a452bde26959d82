package aws

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/crossvpc/crossvpc/internal/peering"
)

// sweep reads all sides at once, as the reconcilers of n peerings do.
func sweep(t *testing.T, r *Reader, n int, notBefore time.Time) {
	t.Helper()
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			if _, err := r.Side(t.Context(), queryOf(i, notBefore)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}

func queryOf(i int, notBefore time.Time) Query {
	return Query{
		Owner: fmt.Sprintf("ns/p%d", i), VPC: fmt.Sprintf("vpc-%d", i), Groups: []string{fmt.Sprintf("sg-%d", i)},
		Kinds: AllKinds, NotBefore: notBefore,
	}
}

func TestTwentyPeeringsAtRestCostTheCallsOfOne(t *testing.T) {
	want := map[string]int{
		"DescribeVpcs": 1, "DescribeVpcPeeringConnections": 1, "DescribeRouteTables": 1,
		"DescribeSecurityGroups": 1, "DescribeSecurityGroupRules": 1,
	}
	for _, n := range []int{1, 20, 100} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			server := startedEndpoint(t)
			now := clocktesting.NewFakeClock(time.Unix(1_800_000_000, 0))
			r := NewClients(server.configuration(), WithClock(now)).Reader(Identity{}, "eu-west-1")
			for i := range n {
				r.Want(queryOf(i, now.Now()))
			}
			for range 4 {
				sweep(t, r, n, now.Now())
				if diff := cmp.Diff(want, server.actions()); diff != "" {
					t.Errorf("calls of a sweep (-want +got):\n%s", diff)
				}
				server.forget()
				now.Step(time.Minute)
			}
		})
	}
}

func TestReadsAreForTheInterestOnlyAndRulesOfNoGroupCostNothing(t *testing.T) {
	server := startedEndpoint(t)
	now := clocktesting.NewFakeClock(time.Unix(1_800_000_000, 0))
	r := NewClients(server.configuration(), WithClock(now)).Reader(Identity{}, "eu-west-1")
	read := func(q Query) {
		t.Helper()
		now.Step(time.Second)
		q.NotBefore = now.Now()
		if _, err := r.Side(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	read(Query{Owner: "a", VPC: "vpc-a", Kinds: AllKinds})
	if calls := server.requests("DescribeSecurityGroupRules"); len(calls) != 0 {
		t.Errorf("rules of no group were read: %v", calls)
	}
	read(Query{Owner: "b", VPC: "vpc-b", Kinds: RouteTables})
	r.Release("a")
	read(Query{Owner: "b", VPC: "vpc-b", Kinds: RouteTables})
	var scopes []string
	for _, request := range server.requests("DescribeRouteTables") {
		scopes = append(scopes, strings.Join(filterOf(request.Form), ","))
	}
	if diff := cmp.Diff([]string{"vpc-id=vpc-a", "vpc-id=vpc-a,vpc-b", "vpc-id=vpc-b"}, scopes); diff != "" {
		t.Errorf("route tables were read for (-want +got):\n%s", diff)
	}
}

// TestOneConnectionIsReadByItsIDAlone: emulators ignore filters, and one that AWS does not show yet is no error.
func TestOneConnectionIsReadByItsIDAlone(t *testing.T) {
	server := startedEndpoint(t)
	server.answerWith("DescribeVpcPeeringConnections", func(url.Values) (int, string) {
		return http.StatusOK, "<R><vpcPeeringConnectionSet><item><vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId></item>" +
			"<item><vpcPeeringConnectionId>pcx-2</vpcPeeringConnectionId></item></vpcPeeringConnectionSet></R>"
	})
	r := NewClients(server.configuration()).Reader(Identity{}, "eu-west-1")
	for id, want := range map[string]int{"pcx-2": 1, "pcx-9": 0, "": 0} {
		side, err := r.Side(t.Context(), Query{Owner: "a", VPC: "vpc-a", Connection: id, Kinds: OneConnection, NotBefore: time.Now()})
		if err != nil || len(side.Connections) != want || want > 0 && side.Connections[0].ID != id {
			t.Errorf("%q: %v, %v", id, side.Connections, err)
		}
	}
	var asked []string
	for _, request := range server.requests("DescribeVpcPeeringConnections") {
		asked = append(asked, strings.Join(filterOf(request.Form), ","))
	}
	slices.Sort(asked)
	if diff := cmp.Diff([]string{"vpc-peering-connection-id=pcx-2", "vpc-peering-connection-id=pcx-9"}, asked); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
}

// TestStrayGroupsAreReadByTheirIDsOfWhateverVPC: one that AWS does not show is no error.
func TestStrayGroupsAreReadByTheirIDsOfWhateverVPC(t *testing.T) {
	server := startedEndpoint(t)
	server.answerWith("DescribeSecurityGroups", func(url.Values) (int, string) {
		return http.StatusOK, "<R><securityGroupInfo><item><groupId>sg-1</groupId><vpcId>vpc-b</vpcId><ownerId>444444444444</ownerId></item>" +
			"<item><groupId>sg-2</groupId><vpcId>vpc-a</vpcId></item></securityGroupInfo></R>"
	})
	r := NewClients(server.configuration()).Reader(Identity{}, "eu-west-1")
	side, err := r.Side(t.Context(), Query{Owner: "a", VPC: "vpc-a", Strays: []string{"sg-1", "sg-9"}, Kinds: StrayGroups, NotBefore: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]peering.SecurityGroup{{ID: "sg-1", VPC: "vpc-b", Owner: "444444444444"}}, side.StrayGroups, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if _, err := r.Side(t.Context(), Query{Owner: "a", VPC: "vpc-a", Kinds: StrayGroups, NotBefore: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if asked := server.requests("DescribeSecurityGroups"); len(asked) != 1 || strings.Join(filterOf(asked[0].Form), ",") != "group-id=sg-1,sg-9" {
		t.Errorf("asked for %v", asked)
	}
}

// filterOf is the request's only filter: "name=value,value".
func filterOf(form url.Values) []string {
	var values []string
	for i := 1; form.Has(fmt.Sprintf("Filter.1.Value.%d", i)); i++ {
		values = append(values, form.Get(fmt.Sprintf("Filter.1.Value.%d", i)))
	}
	if len(values) > 0 {
		values[0] = form.Get("Filter.1.Name") + "=" + values[0]
	}
	return values
}

func TestLongScopesAreReadInChunksAndPagesToTheEnd(t *testing.T) {
	server := startedEndpoint(t)
	server.answerWith("DescribeVpcs", func(form url.Values) (int, string) {
		var items strings.Builder
		for _, value := range filterOf(form) {
			fmt.Fprintf(&items, "<item><vpcId>%s</vpcId><cidrBlock>10.0.0.0/16</cidrBlock></item>", strings.TrimPrefix(value, "vpc-id="))
		}
		if form.Get("NextToken") == "" {
			return http.StatusOK, "<R><vpcSet></vpcSet><nextToken>more</nextToken></R>"
		}
		return http.StatusOK, "<R><vpcSet>" + items.String() + "</vpcSet></R>"
	})
	r := NewClients(server.configuration()).Reader(Identity{}, "eu-west-1")
	for i := range 450 {
		r.subscriptions.note(Query{Owner: "o", VPC: fmt.Sprintf("vpc-%d", i)})
	}
	for _, vpc := range []string{"vpc-0", "vpc-449"} {
		side, err := r.Side(t.Context(), Query{Owner: "o", VPC: vpc, Kinds: VPCs})
		if err != nil || side.VPC == nil || side.VPC.ID != vpc {
			t.Errorf("%s: %+v, %v", vpc, side.VPC, err)
		}
	}
	requests := server.requests("DescribeVpcs")
	if len(requests) != 6 {
		t.Errorf("%d requests, want 3 chunks of 2 pages", len(requests))
	}
	for _, request := range requests {
		if values := len(filterOf(request.Form)); values > 200 {
			t.Errorf("a filter of %d values", values)
		}
	}
}

func TestADeniedKindGivesNoHalfSnapshotAndAllDenials(t *testing.T) {
	server := startedEndpoint(t)
	server.refuse("DescribeRouteTables", "UnauthorizedOperation", "no")
	server.refuse("DescribeVpcs", "UnauthorizedOperation", "no")
	side, err := NewClients(server.configuration()).Reader(Identity{}, "eu-west-1").
		Side(t.Context(), Query{Owner: "o", VPC: "vpc-1", Kinds: AllKinds})
	if diff := cmp.Diff(peering.SideSnapshot{}, side); diff != "" {
		t.Errorf("snapshot (-want +got):\n%s", diff)
	}
	denied := map[string]bool{}
	for _, failure := range Failures(err) {
		denied[failure.Action()] = failure.Denied
	}
	if diff := cmp.Diff(map[string]bool{"ec2:DescribeRouteTables": true, "ec2:DescribeVpcs": true}, denied); diff != "" {
		t.Errorf("denials (-want +got):\n%s", diff)
	}
}

func TestASideIsObservedInCanonicalTerms(t *testing.T) {
	server := startedEndpoint(t)
	for action, body := range observedBodies {
		server.answer(action, body)
	}
	at := time.Unix(1_800_000_000, 0)
	r := NewClients(server.configuration(), WithClock(clocktesting.NewFakeClock(at))).Reader(Identity{}, "eu-west-1")
	got, err := r.Side(t.Context(), Query{Owner: "o", VPC: "vpc-1", Groups: []string{"sg-1", "sg-1"}, Kinds: AllKinds})
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	want := peering.SideSnapshot{
		ConnectionsReadAt: at,
		VPC: &peering.VPC{ID: "vpc-1", OwnerID: "111111111111", Primary: p("10.11.0.0/16"), Blocks: []peering.Block{
			{Prefix: p("10.11.0.0/16"), State: "associated"},
			{Prefix: p("100.64.0.0/16"), State: "disassociating"},
			{Prefix: p("2001:db8::/56"), State: "associated"},
		}},
		Connections: []peering.Connection{{
			ID: "pcx-1", State: peering.StateActive, StatusMessage: "Active",
			Requester: peering.ConnectionEnd{Account: "111111111111", Region: "eu-west-1", VPC: "vpc-1", DNSResolution: &yes},
			Accepter:  peering.ConnectionEnd{Account: "222222222222", Region: "us-east-1", VPC: "vpc-2"},
			Tags:      map[string]string{"k": "v"},
		}},
		RouteTables: []peering.RouteTable{
			{ID: "rtb-main", VPC: "vpc-1", Owner: "111111111111", Main: true, Tags: map[string]string{}, Subnets: []string{"subnet-1"}, Routes: []peering.Route{
				{Destination: p("10.11.0.0/16"), Target: "local", State: "active", Origin: "CreateRouteTable"},
				{Destination: p("10.12.0.0/16"), Target: "pcx-1", State: "blackhole", Origin: "CreateRoute"},
				{Destination: p("::/0"), Target: "eigw-1", State: "active"},
				{PrefixListID: "pl-1", Target: "vpce-1", State: "active"},
				{Destination: p("0.0.0.0/0"), Target: "nat-1", State: "active"},
				{Destination: p("10.13.0.0/16"), Target: "tgw-1", State: "active"},
				{Destination: p("10.14.0.0/16"), Target: "eni-1", State: "active"},
				{Destination: p("10.15.0.0/16"), Target: "cagw-1", State: "active"},
				{Destination: p("10.16.0.0/16"), Target: "lgw-1", State: "active"},
				{Destination: p("10.17.0.0/16"), Target: "arn:aws:networkmanager::1:core-network/c", State: "active"},
			}},
			{ID: "rtb-edge", VPC: "vpc-1", Owner: "111111111111", Edge: true, Tags: map[string]string{}},
		},
		Groups: []peering.SecurityGroup{{ID: "sg-1", Name: "nodes", VPC: "vpc-1", Tags: map[string]string{}}},
		Rules: []peering.SecurityGroupRule{
			{ID: "sgr-1", GroupID: "sg-1", Source: p("10.12.0.0/16"), Protocol: "tcp", FromPort: 443, ToPort: 443, Tags: map[string]string{"k": "v"}},
			{ID: "sgr-2", GroupID: "sg-1", Egress: true, Source: p("::/0"), Protocol: "-1", FromPort: -1, ToPort: -1, Tags: map[string]string{}},
			{ID: "sgr-3", GroupID: "sg-1", ReferencedGroupID: "sg-2", Protocol: "tcp", FromPort: 22, ToPort: 22, Tags: map[string]string{}},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("side (-want +got):\n%s", diff)
	}
}

func p(text string) netip.Prefix { return netip.MustParsePrefix(text) }

// observedBodies hold more than was asked for, as emulators that ignore filters answer.
var observedBodies = map[string]string{
	"DescribeVpcs": `<R><vpcSet><item><vpcId>vpc-9</vpcId></item><item><vpcId>vpc-1</vpcId><ownerId>111111111111</ownerId><cidrBlock>10.11.0.0/16</cidrBlock>
		<cidrBlockAssociationSet><item><cidrBlock>10.11.0.0/16</cidrBlock><cidrBlockState><state>associated</state></cidrBlockState></item>
		<item><cidrBlock>100.64.0.0/16</cidrBlock><cidrBlockState><state>disassociating</state></cidrBlockState></item></cidrBlockAssociationSet>
		<ipv6CidrBlockAssociationSet><item><ipv6CidrBlock>2001:db8::/56</ipv6CidrBlock><ipv6CidrBlockState><state>associated</state></ipv6CidrBlockState></item>
		<item><ipv6CidrBlockState><state>associating</state></ipv6CidrBlockState></item></ipv6CidrBlockAssociationSet></item></vpcSet></R>`,
	"DescribeVpcPeeringConnections": `<R><vpcPeeringConnectionSet>
		<item><vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId>
		<requesterVpcInfo><ownerId>111111111111</ownerId><vpcId>vpc-1</vpcId><region>eu-west-1</region><peeringOptions><allowDnsResolutionFromRemoteVpc>true</allowDnsResolutionFromRemoteVpc></peeringOptions></requesterVpcInfo>
		<accepterVpcInfo><ownerId>222222222222</ownerId><vpcId>vpc-2</vpcId><region>us-east-1</region></accepterVpcInfo>
		<status><code>active</code><message>Active</message></status><tagSet><item><key>k</key><value>v</value></item></tagSet></item>
		<item><vpcPeeringConnectionId>pcx-9</vpcPeeringConnectionId><requesterVpcInfo><vpcId>vpc-8</vpcId></requesterVpcInfo><accepterVpcInfo><vpcId>vpc-9</vpcId></accepterVpcInfo></item>
		</vpcPeeringConnectionSet></R>`,
	"DescribeRouteTables": `<R><routeTableSet><item><routeTableId>rtb-main</routeTableId><vpcId>vpc-1</vpcId><ownerId>111111111111</ownerId>
		<associationSet><item><main>true</main><associationState><state>associated</state></associationState></item>
		<item><subnetId>subnet-1</subnetId><associationState><state>associating</state></associationState></item>
		<item><subnetId>subnet-2</subnetId><associationState><state>disassociated</state></associationState></item></associationSet>
		<routeSet><item><destinationCidrBlock>10.11.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId><state>active</state><origin>CreateRouteTable</origin></item>
		<item><destinationCidrBlock>10.12.0.1/16</destinationCidrBlock><vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId><state>blackhole</state><origin>CreateRoute</origin></item>
		<item><destinationIpv6CidrBlock>::/0</destinationIpv6CidrBlock><egressOnlyInternetGatewayId>eigw-1</egressOnlyInternetGatewayId><state>active</state></item>
		<item><destinationPrefixListId>pl-1</destinationPrefixListId><gatewayId>vpce-1</gatewayId><state>active</state></item>
		<item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><natGatewayId>nat-1</natGatewayId><state>active</state></item>
		<item><destinationCidrBlock>10.13.0.0/16</destinationCidrBlock><transitGatewayId>tgw-1</transitGatewayId><state>active</state></item>
		<item><destinationCidrBlock>10.14.0.0/16</destinationCidrBlock><instanceId>i-1</instanceId><networkInterfaceId>eni-1</networkInterfaceId><state>active</state></item>
		<item><destinationCidrBlock>10.15.0.0/16</destinationCidrBlock><carrierGatewayId>cagw-1</carrierGatewayId><state>active</state></item>
		<item><destinationCidrBlock>10.16.0.0/16</destinationCidrBlock><localGatewayId>lgw-1</localGatewayId><state>active</state></item>
		<item><destinationCidrBlock>10.17.0.0/16</destinationCidrBlock><coreNetworkArn>arn:aws:networkmanager::1:core-network/c</coreNetworkArn><state>active</state></item>
		</routeSet></item>
		<item><routeTableId>rtb-edge</routeTableId><vpcId>vpc-1</vpcId><ownerId>111111111111</ownerId><associationSet><item><gatewayId>igw-1</gatewayId><associationState><state>associated</state></associationState></item></associationSet></item>
		<item><routeTableId>rtb-9</routeTableId><vpcId>vpc-9</vpcId></item></routeTableSet></R>`,
	"DescribeSecurityGroups": `<R><securityGroupInfo><item><groupId>sg-1</groupId><groupName>nodes</groupName><vpcId>vpc-1</vpcId></item><item><groupId>sg-9</groupId><vpcId>vpc-9</vpcId></item></securityGroupInfo></R>`,
	"DescribeSecurityGroupRules": `<R><securityGroupRuleSet>
		<item><securityGroupRuleId>sgr-1</securityGroupRuleId><groupId>sg-1</groupId><isEgress>false</isEgress><ipProtocol>tcp</ipProtocol><fromPort>443</fromPort><toPort>443</toPort><cidrIpv4>10.12.0.7/16</cidrIpv4><tagSet><item><key>k</key><value>v</value></item></tagSet></item>
		<item><securityGroupRuleId>sgr-2</securityGroupRuleId><groupId>sg-1</groupId><isEgress>true</isEgress><ipProtocol>-1</ipProtocol><cidrIpv6>::/0</cidrIpv6></item>
		<item><securityGroupRuleId>sgr-3</securityGroupRuleId><groupId>sg-1</groupId><ipProtocol>tcp</ipProtocol><fromPort>22</fromPort><toPort>22</toPort><referencedGroupInfo><groupId>sg-2</groupId></referencedGroupInfo></item>
		<item><securityGroupRuleId>sgr-9</securityGroupRuleId><groupId>sg-9</groupId></item></securityGroupRuleSet></R>`,
}

func TestDNSAttributesAreKeptLongerWhenTheyAreOn(t *testing.T) {
	server := startedEndpoint(t)
	hostnames := "false"
	server.answerWith("DescribeVpcAttribute", func(form url.Values) (int, string) {
		if form.Get("Attribute") == "enableDnsSupport" {
			return http.StatusOK, `<R><enableDnsSupport><value>true</value></enableDnsSupport></R>`
		}
		return http.StatusOK, `<R><enableDnsHostnames><value>` + hostnames + `</value></enableDnsHostnames></R>`
	})
	now := clocktesting.NewFakeClock(time.Unix(1_800_000_000, 0))
	r := NewClients(server.configuration(), WithClock(now)).Reader(Identity{}, "eu-west-1")
	check := func(want bool, calls int) {
		t.Helper()
		support, got, err := r.DNSAttributes(t.Context(), "vpc-1")
		if err != nil || !support || got != want {
			t.Errorf("support %t, hostnames %t, %v", support, got, err)
		}
		if made := len(server.requests("DescribeVpcAttribute")); made != calls {
			t.Errorf("%d calls so far, want %d", made, calls)
		}
	}
	check(false, 2)
	check(false, 2)
	hostnames = "true"
	now.Step(31 * time.Second)
	check(true, 4)
	now.Step(4 * time.Minute)
	check(true, 4)
	now.Step(2 * time.Minute)
	check(true, 6)
}
