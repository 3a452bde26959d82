package plugin

import (
	"testing"

	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/plugin/dryrun"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

func TestACheckOfAWSSaysWhatWouldBeRefusedAndWhatCouldNotBeRead(t *testing.T) {
	read := dryrun.Network{Role: peering.Requester, VPC: "vpc-a", Region: "eu-west-1", Seen: peering.SideSnapshot{VPC: &peering.VPC{ID: "vpc-a"}}}
	for name, test := range map[string]struct {
		seen    dryrun.Seen
		state   view.State
		message string
		first   string
	}{
		"all in place": {
			dryrun.Seen{Plan: view.Plan{Actions: []string{"Note: traffic moves."}}, Networks: []dryrun.Network{read}},
			view.Good, "Nothing would be refused.", "vpc-a (requester, eu-west-1)",
		},
		"changes are due": {
			dryrun.Seen{Plan: view.Plan{Actions: []string{"Route 10.12.0.0/16 in rtb-1 to pcx-1.", "And wait."}}, Networks: []dryrun.Network{read}},
			view.Working, "1 change has still to be made, and nothing would be refused.", "vpc-a (requester, eu-west-1)",
		},
		"preflight finds something": {
			dryrun.Seen{Plan: view.Plan{Findings: []string{"vpc-b enforces encryption"}}, Networks: []dryrun.Network{read}},
			view.Bad, "See below.", "Would be refused",
		},
		"a change is blocked": {
			dryrun.Seen{Plan: view.Plan{Actions: []string{"Blocked: rtb-1 already routes 10.12.0.0/16 to igw-1."}}},
			view.Bad, "See below.", "Would be refused",
		},
		"an identity cannot be used": {
			dryrun.Seen{Plan: view.Plan{Unread: []string{"your AWS credentials cannot be used"}}},
			view.Unknown, "See below.", "Not read",
		},
		"a VPC cannot be read": {
			dryrun.Seen{Networks: []dryrun.Network{{Role: peering.Accepter, VPC: "vpc-b", Region: "us-east-1", Unread: "You are not authorized."}}},
			view.Unknown, "See below.", "vpc-b (accepter, us-east-1)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			item := seenOf(test.seen)
			if item.State != test.state || item.Message != test.message || len(item.Items) == 0 || item.Items[0].Name != test.first {
				t.Errorf("%+v", item)
			}
		})
	}
}
