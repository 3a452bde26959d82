package conformance

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
)

// A question is about AWS and open: no source answers it, and crossvpc is built so that either answer will do. It is asked with
// TARGET=aws; the simulated AWS is asked too, so that what asks is known to work and to leave nothing behind.
type question struct {
	Name string
	// Writes: makes VPCs, which cost nothing, in a sandbox account, and deletes them again.
	Writes bool
	// Ask returns the answer in words.
	Ask func(t *T, b *sandbox) string
}

var questions = []question{
	{"what an account may see of its peerings, and how many there are", false, func(t *T, b *sandbox) string {
		ids, err := b.here.search()
		t.ok(err)
		return fmt.Sprintf("%d connections in %s", len(ids), here)
	}},
	{"a filter that names an unknown connection", false, func(_ *T, b *sandbox) string {
		ids, err := b.here.search(filter("vpc-peering-connection-id", "pcx-0123456789abcdef0"))
		return fmt.Sprintf("%d connections, %s", len(ids), codeOf(err))
	}},
	{"the main table of a VPC that does not exist", false, func(_ *T, b *sandbox) string {
		unknown := "vpc-0123456789abcdef0"
		_, err := b.here.describeVPC(unknown)
		return codeOf(err)
	}},
	{"tags of a second request for the same pair", true, func(t *T, b *sandbox) string {
		p := b.siblings(t)
		first := p.pending()
		again := p.request()
		again.TagSpecifications = []types.TagSpecification{{ResourceType: types.ResourceTypeVpcPeeringConnection,
			Tags: []types.Tag{{Key: aws.String("crossvpc-question"), Value: aws.String("second")}}}}
		_, err := p.ours.ec2.CreateVpcPeeringConnection(t.Context(), again)
		seen, _ := p.ours.peering(first)
		return fmt.Sprintf("%s; the first connection has %d tags", codeOf(err), len(seen.Tags))
	}},
	{"a route that is made twice", true, func(t *T, b *sandbox) string {
		p := b.siblings(t)
		id := p.pending()
		t.ok(p.theirs.accept(id))
		p.ours.becomes(id, stateActive)
		table := p.ours.table(p.ourVPC)
		t.ok(p.ours.route(table, theirBlock, id))
		return codeOf(p.ours.route(table, theirBlock, id))
	}},
	{"a peering of a VPC with itself", true, func(t *T, b *sandbox) string {
		vpc := b.vpc(t, b.here, ourBlock)
		_, err := b.here.ec2.CreateVpcPeeringConnection(t.Context(), &ec2.CreateVpcPeeringConnectionInput{VpcId: &vpc, PeerVpcId: &vpc})
		return codeOf(err)
	}},
	{"one duplicate among several rules", true, func(t *T, b *sandbox) string {
		vpc := b.vpc(t, b.here, ourBlock)
		group := b.here.group(vpc, "crossvpc-question")
		_, err := b.here.authorize(group, tcp(443, "10.20.0.0/16"), nil)
		t.ok(err)
		_, err = b.here.authorize(group, tcp(443, "10.20.0.0/16", "10.21.0.0/16"), nil)
		made := 0
		for _, rule := range b.here.rules(filter("group-id", group)) {
			if rule.IsEgress != nil && !*rule.IsEgress {
				made++
			}
		}
		return fmt.Sprintf("%s; %d of 2 rules are there", codeOf(err), made)
	}},
	{"a list of connections with one unknown id", true, func(t *T, b *sandbox) string {
		p := b.siblings(t)
		out, err := p.ours.ec2.DescribeVpcPeeringConnections(t.Context(),
			&ec2.DescribeVpcPeeringConnectionsInput{VpcPeeringConnectionIds: []string{p.pending(), "pcx-0123456789abcdef0"}})
		if err != nil {
			return codeOf(err)
		}
		return fmt.Sprintf("%d connections", len(out.VpcPeeringConnections))
	}},
	{"the state after a request in the other direction", true, func(t *T, b *sandbox) string {
		p := b.siblings(t)
		id := p.pending()
		t.ok(p.theirs.accept(id))
		p.ours.becomes(id, stateActive)
		reversed, err := p.theirs.ec2.CreateVpcPeeringConnection(t.Context(), &ec2.CreateVpcPeeringConnectionInput{VpcId: &p.peerVPC, PeerVpcId: &p.ourVPC})
		if err != nil {
			return codeOf(err)
		}
		second := *reversed.VpcPeeringConnection.VpcPeeringConnectionId
		p.theirs.becomes(second, statePending)
		err = p.ours.accept(second)
		seen, _ := p.ours.peering(second)
		return fmt.Sprintf("accepting it: %s; then it is %s", codeOf(err), seen.Status.Code)
	}},
	{"how long a new request stays unknown in the accepter's region", true, func(t *T, b *sandbox) string {
		p := &pair{t: t, ours: b.here, theirs: b.there, ourVPC: b.vpc(t, b.here, ourBlock), peerVPC: b.vpc(t, b.there, theirBlock)}
		id := p.create()
		refused, code := 0, ""
		t.until(b.target, "accepted", func() bool {
			err := p.theirs.accept(id)
			if err != nil {
				refused, code = refused+1, codeOf(err)
			}
			return err == nil
		})
		return fmt.Sprintf("accepted after %d refusals (%s)", refused, code)
	}},
}

// A sandbox is one account whose VPCs a question may make, and deletes.
type sandbox struct {
	target      *Target
	here, there *side
	made        []func() error
}

// siblings are two VPCs of the sandbox.
func (b *sandbox) siblings(t *T) *pair {
	return &pair{t: t, ours: b.here, theirs: b.here, ourVPC: b.vpc(t, b.here, ourBlock), peerVPC: b.vpc(t, b.here, theirBlock)}
}

func (b *sandbox) vpc(t *T, s *side, block string) string {
	id := s.vpc(block)
	b.made = append(b.made, func() error { return s.removeVPC(t, id) })
	return id
}

// removeVPC deletes a VPC and all that a question puts into one.
func (s *side) removeVPC(t *T, id string) error {
	for _, end := range []string{"requester-vpc-info.vpc-id", "accepter-vpc-info.vpc-id"} {
		peerings, _ := s.search(filter(end, id))
		for _, peering := range peerings {
			_ = s.deletePeering(peering) // one that failed or was deleted already
		}
	}
	for _, table := range s.tables(filter("vpc-id", id)) {
		_, _ = s.ec2.DeleteRouteTable(t.Context(), &ec2.DeleteRouteTableInput{RouteTableId: table.RouteTableId}) // not the main one
	}
	groups, err := s.ec2.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{Filters: []types.Filter{filter("vpc-id", id)}})
	if err != nil {
		return err
	}
	for _, group := range groups.SecurityGroups {
		_ = s.deleteGroup(*group.GroupId) // not the default one
	}
	_, err = s.ec2.DeleteVpc(t.Context(), &ec2.DeleteVpcInput{VpcId: &id})
	return err
}

func (b *sandbox) clean(t *testing.T) {
	for _, remove := range b.made {
		if err := remove(); err != nil {
			t.Errorf("not cleaned up, delete it by hand: %v", err)
		}
	}
}

func codeOf(err error) string {
	var said smithy.APIError
	switch {
	case err == nil:
		return "no error"
	case errors.As(err, &said):
		return said.ErrorCode() + ": " + said.ErrorMessage()
	}
	return err.Error()
}

func TestTheOpenQuestionsAboutAWS(t *testing.T) {
	target := openTarget(t)
	for _, q := range questions {
		t.Run(q.Name, func(t *testing.T) {
			ask := &T{ctx: t.Context()}
			account := target.newAccount()
			if q.Writes && target.Name == "aws" && os.Getenv("CONFORMANCE_WRITE") != account {
				t.Skipf("SKIPPED: it makes VPCs; CONFORMANCE_WRITE=%s allows that in this account", account)
			}
			b := &sandbox{target: target}
			t.Cleanup(func() { b.clean(t) })
			failures := check{Run: func(ask *T, target *Target) {
				b.here, b.there = newSide(ask, target, account, here), newSide(ask, target, account, there)
				t.Logf("ANSWER %s: %s", q.Name, q.Ask(ask, b))
			}}.run(ask.ctx, target)
			if len(failures) > 0 {
				t.Errorf("it could not be asked: %s", strings.Join(failures, "; "))
			}
		})
	}
}

func TestThePageNamesEveryOpenQuestion(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "conformance.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range questions {
		if !strings.Contains(string(page), "| "+q.Name+" |") {
			t.Errorf("docs/conformance.md lacks %q", q.Name)
		}
	}
}
