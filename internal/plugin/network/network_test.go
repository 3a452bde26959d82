package network

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crossvpc/crossvpc/internal/peering"
)

const yours = "Yours allow: aws service-quotas get-service-quota --service-code vpc --region eu-west-1 --quota-code CODE."

func connection(id string, state peering.ConnectionState, requester, accepter string) peering.Connection {
	return peering.Connection{ID: id, State: state, Requester: peering.ConnectionEnd{VPC: requester}, Accepter: peering.ConnectionEnd{VPC: accepter}}
}

func TestAVPCShowsItsBlocksItsEncryptionControlAndWhatIsInUse(t *testing.T) {
	vpc := &peering.VPC{ID: "vpc-a", Blocks: []peering.Block{
		{Prefix: netip.MustParsePrefix("10.11.0.0/16"), State: "associated"}, {Prefix: netip.MustParsePrefix("10.12.0.0/16"), State: "disassociated"},
	}}
	enforced := *vpc
	enforced.Encryption = peering.Encryption{Mode: "enforce", State: "available"}
	for name, test := range map[string]struct {
		seen                       peering.SideSnapshot
		blocks, encryption, quotas string
	}{
		"nothing in it": {
			peering.SideSnapshot{VPC: vpc}, "10.11.0.0/16.", "The VPC has none.",
			"0 peering connections (L-7E9ECCDB); at most 0 routes in one table, there is none (L-93826ACB); of the pods' groups none has an ingress rule (L-0EA8095F). " + yours,
		},
		"connections of others and former ones do not count, nor do egress rules": {
			peering.SideSnapshot{
				VPC: &enforced,
				Connections: []peering.Connection{
					connection("pcx-1", peering.StateActive, "vpc-a", "vpc-b"), connection("pcx-2", peering.StatePending, "vpc-c", "vpc-a"),
					connection("pcx-3", peering.StateDeleted, "vpc-a", "vpc-b"), connection("pcx-4", peering.StateActive, "vpc-c", "vpc-b"),
				},
				RouteTables: []peering.RouteTable{{ID: "rtb-1", Routes: make([]peering.Route, 1)}, {ID: "rtb-2", Routes: make([]peering.Route, 3)}},
				Rules:       []peering.SecurityGroupRule{{GroupID: "sg-2"}, {GroupID: "sg-1"}, {GroupID: "sg-2"}, {GroupID: "sg-2", Egress: true}},
			},
			"10.11.0.0/16.", "Mode enforce (available), exclusion of peering disabled.",
			"2 peering connections (L-7E9ECCDB); at most 3 routes in one table, rtb-2 (L-93826ACB); of the pods' groups sg-1 has 1 ingress rule, sg-2 has 2 ingress rules (L-0EA8095F). " + yours,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[string]string{}
			for _, item := range Items("vpc-a", "eu-west-1", test.seen) {
				got[item.Name] = item.Message
			}
			want := map[string]string{"Blocks": test.blocks, "Encryption control": test.encryption, "Quotas in use": test.quotas}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
