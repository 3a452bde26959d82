package aws

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
)

var sides = peering.Sides{
	Requester: peering.Side{Role: peering.Requester, Account: "111111111111", Region: "eu-west-1", VPC: "vpc-1"},
	Accepter:  peering.Side{Role: peering.Accepter, Account: "222222222222", Region: "us-east-1", VPC: "vpc-2"},
}

var tagged = map[string]string{v1alpha1.TagOwner: "i/ns/p"}

// everyAction has each kind of action with the request it is.
var everyAction = map[string]struct {
	action peering.Action
	want   string
}{
	"create": {
		peering.CreateConnection{Sides: sides, Tags: tagged},
		"Action=CreateVpcPeeringConnection PeerOwnerId=222222222222 PeerRegion=us-east-1 PeerVpcId=vpc-2 TagSpecification.1.ResourceType=vpc-peering-connection TagSpecification.1.Tag.1.Key=networking.crossvpc.io/owner TagSpecification.1.Tag.1.Value=i/ns/p VpcId=vpc-1",
	},
	"accept": {
		peering.AcceptConnection{ID: "pcx-1", Side: sides.Accepter},
		"Action=AcceptVpcPeeringConnection VpcPeeringConnectionId=pcx-1",
	},
	"tag": {
		peering.TagConnection{On: peering.Accepter, ID: "pcx-1", Tags: tagged},
		"Action=CreateTags ResourceId.1=pcx-1 Tag.1.Key=networking.crossvpc.io/owner Tag.1.Value=i/ns/p",
	},
	"delete": {
		peering.DeleteConnection{On: peering.Requester, ID: "pcx-1"},
		"Action=DeleteVpcPeeringConnection VpcPeeringConnectionId=pcx-1",
	},
	"authorize": {
		peering.AuthorizeRules{On: peering.Requester, GroupID: "sg-1", Tags: tagged, Rules: []peering.Ingress{
			{Source: p("10.12.0.0/16"), Protocol: "tcp", FromPort: 443, ToPort: 444},
			{Source: p("2001:db8::/56"), Protocol: "-1", FromPort: -1, ToPort: -1},
		}},
		"Action=AuthorizeSecurityGroupIngress GroupId=sg-1" +
			" IpPermissions.1.FromPort=443 IpPermissions.1.IpProtocol=tcp IpPermissions.1.IpRanges.1.CidrIp=10.12.0.0/16 IpPermissions.1.IpRanges.1.Description=crossvpc i/ns/p IpPermissions.1.ToPort=444" +
			" IpPermissions.2.IpProtocol=-1 IpPermissions.2.Ipv6Ranges.1.CidrIpv6=2001:db8::/56 IpPermissions.2.Ipv6Ranges.1.Description=crossvpc i/ns/p" +
			" TagSpecification.1.ResourceType=security-group-rule TagSpecification.1.Tag.1.Key=networking.crossvpc.io/owner TagSpecification.1.Tag.1.Value=i/ns/p",
	},
	"revoke": {
		peering.RevokeRules{On: peering.Requester, GroupID: "sg-1", RuleIDs: []string{"sgr-1", "sgr-2"}},
		"Action=RevokeSecurityGroupIngress GroupId=sg-1 SecurityGroupRuleId.1=sgr-1 SecurityGroupRuleId.2=sgr-2",
	},
	"route": {
		peering.CreateRoute{On: peering.Requester, RouteTableID: "rtb-1", Destination: p("10.12.0.0/16"), ConnectionID: "pcx-1"},
		"Action=CreateRoute DestinationCidrBlock=10.12.0.0/16 RouteTableId=rtb-1 VpcPeeringConnectionId=pcx-1",
	},
	"route IPv6": {
		peering.CreateRoute{On: peering.Requester, RouteTableID: "rtb-1", Destination: p("2001:db8::/56"), ConnectionID: "pcx-1"},
		"Action=CreateRoute DestinationIpv6CidrBlock=2001:db8::/56 RouteTableId=rtb-1 VpcPeeringConnectionId=pcx-1",
	},
	"let out": {
		peering.AuthorizeRules{On: peering.Requester, GroupID: "sg-1", Egress: true, Rules: []peering.Ingress{{Source: p("10.12.0.0/16"), Protocol: "tcp", FromPort: 443, ToPort: 443}}},
		"Action=AuthorizeSecurityGroupEgress GroupId=sg-1 IpPermissions.1.FromPort=443 IpPermissions.1.IpProtocol=tcp IpPermissions.1.IpRanges.1.CidrIp=10.12.0.0/16 IpPermissions.1.IpRanges.1.Description=crossvpc rule IpPermissions.1.ToPort=443",
	},
	"let out no longer": {
		peering.RevokeRules{On: peering.Requester, GroupID: "sg-1", Egress: true, RuleIDs: []string{"sgr-1"}},
		"Action=RevokeSecurityGroupEgress GroupId=sg-1 SecurityGroupRuleId.1=sgr-1",
	},
	"replace a route": {
		peering.ReplaceRoute{On: peering.Requester, RouteTableID: "rtb-1", Destination: p("10.12.0.0/16"), ConnectionID: "pcx-1", Was: "pcx-0"},
		"Action=ReplaceRoute DestinationCidrBlock=10.12.0.0/16 RouteTableId=rtb-1 VpcPeeringConnectionId=pcx-1",
	},
	"delete a route": {
		peering.DeleteRoute{On: peering.Requester, RouteTableID: "rtb-1", Destination: p("2001:db8::/56")},
		"Action=DeleteRoute DestinationIpv6CidrBlock=2001:db8::/56 RouteTableId=rtb-1",
	},
	"DNS of the requester": {
		peering.SetDNSResolution{On: peering.Accepter, End: peering.Requester, ConnectionID: "pcx-1", Enabled: true},
		"Action=ModifyVpcPeeringConnectionOptions RequesterPeeringConnectionOptions.AllowDnsResolutionFromRemoteVpc=true VpcPeeringConnectionId=pcx-1",
	},
	"DNS of the accepter": {
		peering.SetDNSResolution{On: peering.Accepter, End: peering.Accepter, ConnectionID: "pcx-1"},
		"AccepterPeeringConnectionOptions.AllowDnsResolutionFromRemoteVpc=false Action=ModifyVpcPeeringConnectionOptions VpcPeeringConnectionId=pcx-1",
	},
}

func TestAnActionIsOneRequest(t *testing.T) {
	for name, row := range everyAction {
		t.Run(name, func(t *testing.T) {
			server := startedEndpoint(t)
			if _, err := NewClients(server.configuration()).Apply(t.Context(), Identity{}, "sa-east-1", row.action); err != nil {
				t.Fatal(err)
			}
			requests := server.requests("")
			if len(requests) != 1 || requests[0].Region != "sa-east-1" {
				t.Fatalf("requests: %+v", requests)
			}
			if diff := cmp.Diff(row.want, flat(requests[0].Form)); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

// flat is a form as sorted words, without the version.
func flat(form url.Values) string {
	form.Del("Version")
	text, err := url.QueryUnescape(strings.ReplaceAll(form.Encode(), "&", " "))
	if err != nil {
		return err.Error()
	}
	return text
}

func TestTheAnswerToACreateIsTheConnection(t *testing.T) {
	server := startedEndpoint(t)
	server.answer("CreateVpcPeeringConnection", `<R><vpcPeeringConnection><vpcPeeringConnectionId>pcx-1</vpcPeeringConnectionId><status><code>initiating-request</code></status></vpcPeeringConnection></R>`)
	out, err := NewClients(server.configuration()).Apply(t.Context(), Identity{}, "eu-west-1", peering.CreateConnection{Sides: sides})
	if err != nil {
		t.Fatal(err)
	}
	want := Outcome{ConnectionID: "pcx-1", Connection: &peering.Connection{ID: "pcx-1", State: peering.StateInitiating, Tags: map[string]string{}}}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}

func TestWhatIsDoneAlreadyIsNoError(t *testing.T) {
	for name, row := range map[string]struct {
		action, code, message string
	}{
		"a connection that is there":    {"create", "VpcPeeringConnectionAlreadyExists", ""},
		"an accepted connection":        {"accept", "InvalidStateTransition", ""},
		"a deleted connection":          {"delete", "InvalidStateTransition", "attempted to transition from deleted to deleting"},
		"a connection nobody knows":     {"delete", "InvalidVpcPeeringConnectionID.NotFound", ""},
		"revoked rules":                 {"revoke", "InvalidSecurityGroupRuleId.NotFound", ""},
		"rules of a group that is gone": {"revoke", "InvalidGroup.NotFound", ""},
		"a route that is there":         {"route", "RouteAlreadyExists", ""},
		"a route that is gone":          {"delete a route", "InvalidRoute.NotFound", ""},
		"a table that is gone":          {"delete a route", "InvalidRouteTableID.NotFound", ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := startedEndpoint(t)
			action := everyAction[row.action].action
			name, _, _ := strings.Cut(strings.TrimPrefix(everyAction[row.action].want, "Action="), " ")
			server.refuse(name, row.code, row.message)
			out, err := NewClients(server.configuration()).Apply(t.Context(), Identity{}, "eu-west-1", action)
			if err != nil || !out.Stale {
				t.Errorf("outcome %+v, %v", out, err)
			}
		})
	}
}

func TestARefusalNamesTheAction(t *testing.T) {
	server := startedEndpoint(t)
	server.refuse("CreateRoute", "RouteLimitExceeded", "The maximum number of routes has been reached.")
	_, err := NewClients(server.configuration()).Apply(t.Context(), Identity{}, "eu-west-1", everyAction["route"].action)
	if err == nil || !strings.HasPrefix(err.Error(), "trying to route 10.12.0.0/16 in rtb-1 (requester) to pcx-1: ") {
		t.Errorf("error %v", err)
	}
	want := "ec2:CreateRoute: The maximum number of routes has been reached (RouteLimitExceeded). Raise this quota in Service Quotas, or free some of it."
	if failure := Classify(err); !failure.Quota || failure.Message != want {
		t.Errorf("failure %+v", failure)
	}
}

func TestNothingIsSentForAConnectionWithoutAnID(t *testing.T) {
	server := startedEndpoint(t)
	for _, action := range []peering.Action{
		peering.AcceptConnection{}, peering.TagConnection{}, peering.DeleteConnection{},
		peering.CreateRoute{Destination: p("10.12.0.0/16")}, peering.ReplaceRoute{Destination: p("10.12.0.0/16")}, peering.SetDNSResolution{},
	} {
		if _, err := NewClients(server.configuration()).Apply(t.Context(), Identity{}, "eu-west-1", action); err == nil {
			t.Errorf("%T was sent", action)
		}
	}
	if requests := server.requests(""); len(requests) != 0 {
		t.Errorf("requests: %+v", requests)
	}
}

// group answers AuthorizeSecurityGroupIngress for a group that has one rule already.
func group(existing string) func(url.Values) (int, string) {
	made := 0
	return func(form url.Values) (int, string) {
		var rules strings.Builder
		for i := 1; form.Has(fmt.Sprintf("IpPermissions.%d.IpProtocol", i)); i++ {
			source := form.Get(fmt.Sprintf("IpPermissions.%d.IpRanges.1.CidrIp", i))
			if source == existing {
				return http.StatusBadRequest, refusal("InvalidPermission.Duplicate", `the specified rule "peer: `+source+`" already exists`)
			}
			made++
			fmt.Fprintf(&rules, "<item><securityGroupRuleId>sgr-%d</securityGroupRuleId><groupId>sg-1</groupId><ipProtocol>tcp</ipProtocol><cidrIpv4>%s</cidrIpv4><fromPort>443</fromPort><toPort>443</toPort></item>", made, source)
		}
		return http.StatusOK, "<R><return>true</return><securityGroupRuleSet>" + rules.String() + "</securityGroupRuleSet></R>"
	}
}

func TestADuplicateRuleDoesNotKeepTheOthersOut(t *testing.T) {
	rule := func(source string) peering.Ingress {
		return peering.Ingress{Source: p(source), Protocol: "6", FromPort: 443, ToPort: 443}
	}
	rules := []peering.Ingress{rule("10.1.0.0/16"), rule("10.2.0.0/16"), rule("10.3.0.0/16")}
	for name, row := range map[string]struct {
		existing string
		calls    int
		want     Outcome
	}{
		"none is there": {"", 1, Outcome{RuleIDs: map[peering.Ingress]string{rules[0]: "sgr-1", rules[1]: "sgr-2", rules[2]: "sgr-3"}}},
		"one is there":  {"10.2.0.0/16", 4, Outcome{Stale: true, RuleIDs: map[peering.Ingress]string{rules[0]: "sgr-2", rules[2]: "sgr-3"}}},
	} {
		t.Run(name, func(t *testing.T) {
			server := startedEndpoint(t)
			server.answerWith("AuthorizeSecurityGroupIngress", group(row.existing))
			out, err := NewClients(server.configuration()).Apply(t.Context(), Identity{}, "eu-west-1", peering.AuthorizeRules{GroupID: "sg-1", Rules: rules})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, out, cmp.Comparer(func(a, b peering.Ingress) bool { return a == b })); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			if calls := len(server.requests("")); calls != row.calls {
				t.Errorf("%d calls, want %d", calls, row.calls)
			}
		})
	}
}
