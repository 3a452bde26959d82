package aws

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/crossvpc/crossvpc/internal/peering"
)

// listed is a table with routes by prefix list: two by pl-1, one by pl-2, and one of a gateway endpoint.
const listed = `<R><routeTableSet><item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><routeSet>
	<item><destinationPrefixListId>pl-1</destinationPrefixListId><transitGatewayId>tgw-1</transitGatewayId><state>active</state></item>
	<item><destinationPrefixListId>pl-s3</destinationPrefixListId><gatewayId>vpce-1</gatewayId><state>active</state></item></routeSet></item>
	<item><routeTableId>rtb-2</routeTableId><vpcId>vpc-1</vpcId><routeSet>
	<item><destinationPrefixListId>pl-1</destinationPrefixListId><transitGatewayId>tgw-1</transitGatewayId><state>active</state></item>
	<item><destinationPrefixListId>pl-2</destinationPrefixListId><natGatewayId>nat-1</natGatewayId><state>active</state></item></routeSet></item></routeTableSet></R>`

type listScene struct {
	t      *testing.T
	server *endpoint
	clock  *clocktesting.FakeClock
	reader *Reader
}

func newListScene(t *testing.T) *listScene {
	server, now := startedEndpoint(t), clocktesting.NewFakeClock(time.Unix(1_800_000_000, 0))
	server.answer("DescribeRouteTables", listed)
	server.answerWith("GetManagedPrefixListEntries", func(form url.Values) (int, string) {
		block := map[string]string{"pl-1": "10.12.0.0/16", "pl-2": "10.13.0.0/16"}[form.Get("PrefixListId")]
		if form.Get("NextToken") == "" {
			return http.StatusOK, fmt.Sprintf("<R><entrySet><item><cidr>%s</cidr></item></entrySet><nextToken>more</nextToken></R>", block)
		}
		return http.StatusOK, "<R><entrySet><item><cidr>192.0.2.0/24</cidr></item></entrySet></R>"
	})
	return &listScene{t: t, server: server, clock: now, reader: NewClients(server.configuration(), WithClock(now)).Reader(Identity{}, "eu-west-1")}
}

func (s *listScene) read() ([]peering.RouteTable, error) {
	side, err := s.reader.Side(s.t.Context(), Query{Owner: "o", VPC: "vpc-1", Kinds: RouteTables, NotBefore: s.clock.Now()})
	return side.RouteTables, err
}

func TestRoutesByPrefixListAreSpelledOut(t *testing.T) {
	s := newListScene(t)
	tables, err := s.read()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, table := range tables {
		for _, route := range table.Spelled() {
			got = append(got, table.ID+" "+route.Destination.String()+" "+route.PrefixListID+" "+route.Target)
		}
	}
	want := []string{
		"rtb-1 10.12.0.0/16 pl-1 tgw-1", "rtb-1 192.0.2.0/24 pl-1 tgw-1",
		"rtb-2 10.12.0.0/16 pl-1 tgw-1", "rtb-2 192.0.2.0/24 pl-1 tgw-1", "rtb-2 10.13.0.0/16 pl-2 nat-1", "rtb-2 192.0.2.0/24 pl-2 nat-1",
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
}

func TestPrefixListsAreReadOnceForAllTablesAndAgainAfterFiveMinutes(t *testing.T) {
	s := newListScene(t)
	for minute := range 10 {
		if _, err := s.read(); err != nil {
			t.Fatal(err)
		}
		// Two lists of two pages each; that of the gateway endpoint is not asked for.
		if got, want := len(s.server.requests("GetManagedPrefixListEntries")), 4*(1+minute/5); got != want {
			t.Errorf("%d calls after %d minutes, want %d", got, minute, want)
		}
		s.clock.Step(time.Minute)
	}
}

func TestAPrefixListThatMayNotBeReadIsSaidAndReadOnceItMay(t *testing.T) {
	for code, said := range map[string]string{
		"UnauthorizedOperation":        "Allow ec2:GetManagedPrefixListEntries to the identity",
		"InvalidPrefixListID.NotFound": "no longer shared with this account",
	} {
		t.Run(code, func(t *testing.T) {
			s := newListScene(t)
			allowed := s.server.answers["GetManagedPrefixListEntries"]
			s.server.refuse("GetManagedPrefixListEntries", code, "no")
			tables, err := s.read()
			if err != nil {
				t.Fatal(err)
			}
			unread := strings.Join(tables[0].Unread(), "\n")
			if !strings.Contains(unread, "the entries of prefix list pl-1, which leads to tgw-1 in rtb-1, could not be read: ec2:GetManagedPrefixListEntries") || !strings.Contains(unread, said) {
				t.Errorf("it says %q", unread)
			}
			s.server.answerWith("GetManagedPrefixListEntries", allowed)
			s.clock.Step(time.Minute)
			if tables, err = s.read(); err != nil || len(tables[0].Unread()) > 0 {
				t.Errorf("once allowed it says %q, %v", tables[0].Unread(), err)
			}
		})
	}
}

func TestA11APrefixListThatFailsToBeReadFailsTheRead(t *testing.T) {
	s := newListScene(t)
	s.server.refuse("GetManagedPrefixListEntries", "RequestLimitExceeded", "slow down")
	if tables, err := s.read(); err == nil {
		t.Errorf("half an observation: %v", tables)
	}
}

// TestGroupRulesAboutPrefixListsAreSpelledOut: else a list without the peer's blocks would pass for one that admits it.
func TestGroupRulesAboutPrefixListsAreSpelledOut(t *testing.T) {
	s := newListScene(t)
	s.server.answer("DescribeSecurityGroupRules", `<R><securityGroupRuleSet>
		<item><securityGroupRuleId>sgr-1</securityGroupRuleId><groupId>sg-1</groupId><ipProtocol>-1</ipProtocol><prefixListId>pl-1</prefixListId></item>
		<item><securityGroupRuleId>sgr-2</securityGroupRuleId><groupId>sg-1</groupId><ipProtocol>-1</ipProtocol><referencedGroupInfo><groupId>sg-2</groupId></referencedGroupInfo></item>
		</securityGroupRuleSet></R>`)
	read := func() []peering.SecurityGroupRule {
		side, err := s.reader.Side(t.Context(), Query{Owner: "o", VPC: "vpc-1", Groups: []string{"sg-1"}, Kinds: Rules, NotBefore: s.clock.Now()})
		if err != nil {
			t.Fatal(err)
		}
		return side.Rules
	}
	rules := read()
	if len(rules) != 2 || len(rules[0].Entries) != 2 || rules[0].Entries[0] != netip.MustParsePrefix("10.12.0.0/16") || rules[0].Unread != "" || rules[1].ReferencedGroupID != "sg-2" {
		t.Fatalf("rules are %+v", rules)
	}
	s.clock.Step(time.Minute)
	read()
	if got := len(s.server.requests("GetManagedPrefixListEntries")); got != 2 { // pages of one list
		t.Errorf("%d calls, want 2: a list changes seldom", got)
	}
	s.server.refuse("GetManagedPrefixListEntries", "UnauthorizedOperation", "no")
	s.clock.Step(time.Hour)
	if rules = read(); len(rules[0].Entries) > 0 || !strings.Contains(rules[0].Unread, "Allow ec2:GetManagedPrefixListEntries to the identity") {
		t.Errorf("a list that may not be read: %+v", rules[0])
	}
}
