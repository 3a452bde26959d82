package awsstate

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"testing"

	"github.com/crossvpc/crossvpc/test/dataplane/fabric"
)

// answer is what awssim says of a VPC, shortened.
const answer = `{"ec2": {"111111111111/eu-west-1": {
  "vpcSet": [{"vpcId": "vpc-a"}],
  "subnetSet": [{"subnetId": "subnet-1", "vpcId": "vpc-a", "cidrBlock": "10.11.0.0/20"}, {"subnetId": "subnet-2", "vpcId": "vpc-a", "cidrBlock": "10.13.0.0/20"}],
  "routeTableSet": [
    {"routeTableId": "rtb-main", "vpcId": "vpc-a", "associationSet": [{"main": true}], "routeSet": [{"destinationCidrBlock": "10.11.0.0/16", "gatewayId": "local", "state": "active"}]},
    {"routeTableId": "rtb-1", "vpcId": "vpc-a", "associationSet": [{"main": false, "subnetId": "subnet-1"}], "routeSet": [
      {"destinationCidrBlock": "10.12.0.0/16", "vpcPeeringConnectionId": "pcx-1", "state": "active"},
      {"destinationCidrBlock": "10.14.0.0/16", "vpcPeeringConnectionId": "pcx-0", "state": "blackhole"}]}],
  "securityGroupRuleSet": [
    {"groupId": "sg-1", "isEgress": false, "ipProtocol": "tcp", "fromPort": 80, "toPort": 81, "cidrIpv4": "10.12.0.0/16"},
    {"groupId": "sg-1", "isEgress": false, "ipProtocol": "-1", "fromPort": -1, "toPort": -1, "referencedGroupInfo": {"groupId": "sg-1"}},
    {"groupId": "sg-1", "isEgress": true, "ipProtocol": "-1", "fromPort": -1, "toPort": -1, "cidrIpv4": "0.0.0.0/0"}],
  "networkInterfaceSet": [{"networkInterfaceId": "eni-1", "subnetId": "subnet-1", "macAddress": "02:00:00:00:00:01", "privateIpAddress": "10.11.1.10",
    "sourceDestCheck": true, "groupSet": [{"groupId": "sg-1"}], "attachment": {"deviceIndex": 1},
    "privateIpAddressesSet": [{"privateIpAddress": "10.11.1.10", "primary": true}, {"privateIpAddress": "10.11.1.11", "primary": false}]}],
  "vpcPeeringConnectionSet": [
    {"vpcPeeringConnectionId": "pcx-1", "requesterVpcInfo": {"vpcId": "vpc-a", "region": "eu-west-1"}, "accepterVpcInfo": {"vpcId": "vpc-b", "region": "us-east-1"}, "status": {"code": "active"}},
    {"vpcPeeringConnectionId": "pcx-0", "requesterVpcInfo": {"vpcId": "vpc-a", "region": "eu-west-1"}, "accepterVpcInfo": {"vpcId": "vpc-c", "region": "eu-west-1"}, "status": {"code": "deleted"}}]
}}}`

func TestTheFabricIsWhatAWSSays(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/_awssim/state" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, answer)
	}))
	defer server.Close()
	got, err := Read(context.Background(), server.URL)
	if err != nil {
		t.Fatal(err)
	}
	prefix := netip.MustParsePrefix
	want := fabric.State{
		VPCs: []fabric.VPC{{
			ID: "vpc-a",
			Subnets: []fabric.Subnet{
				{ID: "subnet-1", Block: prefix("10.11.0.0/20"), Table: "rtb-1"}, {ID: "subnet-2", Block: prefix("10.13.0.0/20"), Table: "rtb-main"},
			},
			Tables: []fabric.Table{{ID: "rtb-main"}, {ID: "rtb-1", Routes: []fabric.Route{{Destination: prefix("10.12.0.0/16"), Peering: "pcx-1"}}}},
		}},
		Interfaces: []fabric.Interface{{
			ID: "eni-1", Subnet: "subnet-1", MAC: "02:00:00:00:00:01", Device: "eth1", Address: netip.MustParseAddr("10.11.1.10"),
			Secondary: []netip.Prefix{prefix("10.11.1.11/32")}, Groups: []string{"sg-1"},
		}},
		Groups: map[string]fabric.Group{"sg-1": {
			Ingress: []fabric.Rule{
				{Protocol: 6, FromPort: 80, ToPort: 81, Peer: prefix("10.12.0.0/16")}, {Peer: prefix("10.11.1.10/32")}, {Peer: prefix("10.11.1.11/32")},
			},
			Egress: []fabric.Rule{{Peer: prefix("0.0.0.0/0")}},
		}},
		Peerings: []fabric.Peering{{ID: "pcx-1", Requester: "vpc-a", Accepter: "vpc-b", MTU: 8500}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}
